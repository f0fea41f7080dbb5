"""What a program is, and how it is written, read, addressed and renamed.  Nothing is run here."""
