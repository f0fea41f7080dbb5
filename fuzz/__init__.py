"""Programs, engines, the differ, reports and the command line."""
