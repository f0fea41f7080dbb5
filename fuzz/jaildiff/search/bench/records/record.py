"""The record of a benchmark: the numbers and the machine."""

import json
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from jail_source.build import is_compiled
from jaildiff.support.files import write_atomic


def machine() -> dict[str, str]:
    """The machine and the software to which the numbers apply."""
    return {
        "jaildiff": version("jaildiff"),
        "build": "compiled" if is_compiled() else "source",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.machine()}",
        "processor": processor(),
    }


def processor(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """The name of the processor, if the system tells it."""
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                return value.strip()
    return platform.processor() or "unknown"


def write_record(path: Path, numbers: Mapping[str, object]) -> None:
    """Write the numbers of a benchmark and the machine as JSON."""
    write_atomic(path, json.dumps({"on": machine(), **numbers}, indent=2) + "\n")
