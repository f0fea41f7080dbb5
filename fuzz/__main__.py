"""`python -m fuzz` is `jaildiff`."""

from fuzz.cli.main import main

main()
