"""The registry of kernels: the only place that lists the shipped ones.

A kernel is a table of handlers that work on the state defined in `jail_kernel`.  Users add kernels
by the names of their packages (fuzz/jaildiff/kernels/named.py).  Kernels in KERNELS were built, and
recordings of them support the models.  Those in PROPOSALS were never built; only arguments support
the models.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import ModuleType

import descriptor_model
import legacy_model
import new_model
from descriptor_model.allow import BIT as ALLOW_15
from jail_kernel import allow
from jail_kernel.call import Call, Result
from jail_kernel.kernel import Kernel
from jail_kernel.step import Handlers, step
from jail_userland.deltas import Release
from jaildiff.programs.commands.command import Command, Op
from jaildiff.programs.commands.command_result import CommandResult
from jaildiff.programs.commands.host_state import release_on
from proposed_models import dead_bit, invisible, no_fixed_jids, upward

ARGUED = "argued"  # what supports the model of a kernel that was never built
RECORDED = "recorded"
YOURS = "yours"  # a kernel from a package: its author answers for it


@dataclass(frozen=True, slots=True)
class Model:
    """A kernel's semantics: one handler per kind of call."""

    name: str  # as on the command line
    title: str  # in a few words
    key: str  # its column in recordings
    handlers: Handlers
    has_deadid: bool  # it has lastdeadid, which counts down the jids of dying jails
    package: str  # of its source
    parent: str | None  # the kernel that it descends from
    shipped_as: str  # itself or its nearest shipped ancestor, whose rules judge it
    allow: Mapping[str, int] = field(default_factory=lambda: allow.BIT)  # pr_allow_names
    userland: Release = Release.R15  # whose jail(8) comes with it
    rests_on: str = RECORDED  # what supports the model

    @property
    def has_descriptors(self) -> bool:
        """Whether this is the kernel with jail descriptors or a descendant of it."""
        return "descriptors" in ancestry(self)

    def __str__(self) -> str:
        return self.name

    def step(self, k: Kernel, call: Op) -> Result:
        """Make one call on `k` (jail_kernel/step.py), or run one command on it."""
        if isinstance(call, Command):
            return self.run(k, call, self.step)
        return step(k, self.handlers, call)

    def run(
        self, k: Kernel, command: Command, take: Callable[[Kernel, Call], Result]
    ) -> CommandResult:
        """Run a command of the kernel's userland; `take` makes each of its system calls."""
        from jaildiff.programs.commands.run_command import run_command  # noqa: PLC0415  # loads jail(8)

        return run_command(k, release_on(k, self.userland), command, take)

    def steps_as(self, other: "Model", op: Op) -> bool:
        """Whether both have the same handler for an op, so that they cannot differ in it."""
        kind = type(op)
        return self is other or (
            kind is not Command and self.handlers[kind] is other.handlers[kind]
        )


LEGACY = Model(
    name="legacy",
    title="FreeBSD 14: jail_set can bring a dying jail back to life",
    key="legacy",
    handlers=legacy_model.HANDLERS,
    has_deadid=False,
    package="legacy_model",
    parent=None,
    shipped_as="legacy",
    userland=Release.R14,
)
NEW = Model(
    name="new",
    title="the patch alone (review D28150): a dying jail gives up its jid",
    key="new",
    handlers=new_model.HANDLERS,
    has_deadid=True,
    package="new_model",
    parent="legacy",
    shipped_as="new",
)
DESCRIPTORS = Model(
    name="descriptors",
    title="FreeBSD 15: the patch, jail descriptors, meta and env",
    key="descriptors",
    handlers=descriptor_model.HANDLERS,
    has_deadid=True,
    package="descriptor_model",
    parent="new",
    shipped_as="descriptors",
    allow=ALLOW_15,
)
KERNELS = {model.name: model for model in (LEGACY, NEW, DESCRIPTORS)}
OF_RELEASE = {14: LEGACY, 15: DESCRIPTORS}
"""The kernel that a release runs by default."""


def proposed(name: str, title: str, package: ModuleType) -> Model:
    """A design from the review that was never built, as a descendant of `new`."""
    return replace(
        NEW,
        name=name,
        title=title,
        key=name,
        handlers=package.HANDLERS,
        has_deadid=False,
        package=package.__name__,
        parent=NEW.name,
        shipped_as=name,
        rests_on=ARGUED,
    )


PROPOSALS = {
    model.name: model
    for model in (
        proposed("upward", "a dying jail moves to the next automatic jid", upward),
        proposed("dead-bit", "a jail that dies gets a bit in its jid", dead_bit),
        proposed("invisible", "a dying jail cannot be seen or named", invisible),
        proposed("no-fixed-jids", "a create may not name a jid", no_fixed_jids),
    )
}


def ancestry(model: Model) -> list[str]:
    """A kernel's name, then its ancestors' names, the nearest first."""
    names = [model.name]
    parent = model.parent
    while parent is not None:
        names.append(parent)
        parent = KERNELS[parent].parent if parent in KERNELS else model.shipped_as
    return names
