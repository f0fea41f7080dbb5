"""The record of a bench: what was measured, and on what."""

import json
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from fuzz.support.files import write_atomic
from prison.source import is_compiled


def machine() -> dict[str, str]:
    """What the numbers hold for."""
    return {
        "jaildiff": version("jaildiff"),
        "build": "compiled" if is_compiled() else "source",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.machine()}",
        "processor": processor(),
    }


def processor(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """The name of the processor, as far as the system tells it."""
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                return value.strip()
    return platform.processor() or "unknown"


def write_record(path: Path, numbers: Mapping[str, object]) -> None:
    """Write the numbers of a bench, and on what they were measured, as JSON."""
    write_atomic(path, json.dumps({"on": machine(), **numbers}, indent=2) + "\n")
