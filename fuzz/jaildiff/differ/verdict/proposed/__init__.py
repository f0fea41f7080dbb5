"""The rulebooks of the designs that did not land, each against the kernel before the patch."""
