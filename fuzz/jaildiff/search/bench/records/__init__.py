"""The numbers of each release, and what is made of them."""
