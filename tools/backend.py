"""The build backend: that of setuptools, with mypy at hand if the build is to be compiled."""

import os
from collections.abc import Mapping
from typing import Any

from setuptools import build_meta
from setuptools.build_meta import *  # noqa: F403  # all other hooks are as they are

Settings = Mapping[str, Any] | None


def get_requires_for_build_wheel(config_settings: Settings = None) -> list[str]:
    """What a build needs besides setuptools."""
    if os.environ.get("JAILDIFF_COMPILE"):
        return ["mypy>=2.4,<2.5"]  # setup.py could not be asked without it.
    needed: list[str] = build_meta.get_requires_for_build_wheel(config_settings)
    return needed
