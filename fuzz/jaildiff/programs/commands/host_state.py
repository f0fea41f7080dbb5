"""The host around a kernel, between two commands of a program.

The kernel carries the host in `Kernel.host` and never looks inside.  So the two are cloned, rolled
back and compared together.  What runs a command on them is in run_command.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from jail_kernel.call import kernel_bytes
from jail_kernel.kernel import Kernel
from jail_userland.deltas import Release
from jail_userland.files import Files
from jail_userland.host import Task
from jaildiff.programs.commands.command import NO_SETUP, Setup
from jaildiff.programs.program import Program


@dataclass(frozen=True, slots=True)
class HostState:
    """A host between two commands; immutable."""

    setup: Setup
    files: Files
    commands: int = 0  # run so far
    clock: int = 0
    lastpid: int = 0
    tasks: Mapping[int, Task] = field(default_factory=dict)

    @classmethod
    def of(cls, setup: Setup) -> "HostState":
        """The host when a program starts."""
        return cls(setup, files_of(dict(setup.files), setup.dirs))


def files_of(files: Mapping[str, str], dirs: tuple[str, ...]) -> Files:
    """A file system with these files and directories, all of them user text."""
    texts = {kernel_bytes(name): kernel_bytes(text) for name, text in files.items()}
    return Files.of(texts, tuple(map(kernel_bytes, dirs)))


def boot(program: Program) -> Kernel:
    """The machine on which a program starts."""
    return boot_with(program.jail_max, program.setup)


def boot_with(jail_max: int, setup: Setup) -> Kernel:
    """A kernel with that JAIL_MAX, with a host around it if the setup is not empty."""
    k = Kernel(jail_max)
    if setup != NO_SETUP:
        k.host = HostState.of(setup)
    return k


def state_of(k: Kernel) -> HostState:
    """The host around a kernel, or an empty one if it has none yet."""
    return k.host if isinstance(k.host, HostState) else HostState.of(NO_SETUP)


def release_on(k: Kernel, own: Release) -> Release:
    """The release of the userland: the program's choice, or else the kernel's own."""
    asked = state_of(k).setup.userland
    return own if asked is None else Release(asked)
