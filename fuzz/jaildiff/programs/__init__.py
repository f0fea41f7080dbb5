"""Programs as data: write, read, address and rename them.  Nothing is run here."""
