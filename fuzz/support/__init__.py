"""What any program needs: errors, files, safe text, TOML entries, signals.  Knows no jails."""
