"""Commands run in a sandbox, whose jails a kernel model answers for."""

from pathlib import Path

from jail_userland.deltas import Release
from jaildiff.hosts.sandbox.sandbox import Outcome, Setting, run_sandbox
from jaildiff.kernels.registry import Model

# HOME is where kyua keeps its results.
IN_FOLDER = ("/bin/sh", "-c", 'cd "$0" && HOME=$0 && export HOME && exec "$@"')


def sandboxed(folder: Path, model: Model, *command: object) -> Outcome:
    """How a command ends that is run in a folder, and what it prints."""
    words = (*IN_FOLDER, str(folder), *map(str, command))
    release = Release.R14 if model.shipped_as == "legacy" else Release.R15
    return run_sandbox(Setting(model, release, words, captured=True, timeout=60))
