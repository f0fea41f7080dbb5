"""Programs that tests need and Debian has: `.ci/run` installs them."""

import os
import shutil

import pytest


def needs(*programs: str) -> None:
    """Skip a test that needs a program which is not there; under CI let it fail."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        message = f"not installed: {', '.join(missing)}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
