"""jail.conf(5): what the file says, before any jail is touched."""
