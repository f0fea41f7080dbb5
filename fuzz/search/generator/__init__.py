"""Programs made up from a seed, or changed from others."""
