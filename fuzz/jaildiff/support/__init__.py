"""General tools, without any knowledge of jails: errors, files, libraries, safe text, signals."""
