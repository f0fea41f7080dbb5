"""The rulebooks of the kernel with descriptors."""
