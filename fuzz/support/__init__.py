"""What any program needs: errors, files, libraries, safe text, signals.  Knows no jails."""
