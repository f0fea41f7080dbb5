"""What people see of the larger commands."""
