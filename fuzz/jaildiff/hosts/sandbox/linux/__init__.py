"""What Linux gives: processes, namespaces, a place to start from."""
