"""`python -m jaildiff` is `jaildiff`."""

from jaildiff.cli.main import main

main()
