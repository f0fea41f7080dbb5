"""What is measured in processes of its own: another build, the tree of another commit."""
