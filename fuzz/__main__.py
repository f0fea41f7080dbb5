"""`python -m fuzz` is `jaildiff`."""

from fuzz.cli import main

main()
