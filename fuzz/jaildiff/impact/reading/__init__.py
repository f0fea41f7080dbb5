"""What an administrator has: jail.conf, rc.conf, a script of commands, the output of jls."""
