"""What the change means for those who use jails: their configuration, their tools."""
