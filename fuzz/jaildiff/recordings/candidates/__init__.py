"""The one fault that explains many recordings."""
