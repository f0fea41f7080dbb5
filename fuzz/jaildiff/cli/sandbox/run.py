"""What `jaildiff sandbox` does: run a command on one kernel, on two, or line by line."""

from dataclasses import dataclass

from jail_userland.deltas import Release
from jaildiff.cli.exit_codes import FOUND, MACHINE
from jaildiff.cli.sandbox.compare import compare_outcomes
from jaildiff.cli.sandbox.view import show_compared, warn
from jaildiff.cli.terminal import complain
from jaildiff.differ.comparison import Comparison
from jaildiff.hosts.sandbox.sandbox import SandboxError, Setting, run_sandbox
from jaildiff.kernels.registry import LEGACY, Model


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for on the command line."""

    command: tuple[str, ...]
    userland: str | None  # None: the one that goes with the kernel
    chroot: bool
    private: bool
    timeout: float | None

    def on(self, model: Model, *, compared: bool = False) -> Setting:
        """The options for one kernel.  A compared run changes no files and prints nothing."""
        usual = Release.R14 if model.shipped_as == LEGACY.name else Release.R15
        return Setting(
            model,
            usual if self.userland is None else Release(int(self.userland)),
            self.command,
            self.chroot,
            self.private or compared,
            compared,
            self.timeout,
        )


def alone(asked: Asked, model: Model) -> int:
    """Run it on one kernel; returns its exit code."""
    try:
        outcome = run_sandbox(asked.on(model))
    except SandboxError as error:
        complain(error)
        return MACHINE
    if not outcome.whole:
        warn(outcome)
    if outcome.panic is not None:
        complain(f"the kernel panicked: {outcome.panic}")
        return FOUND
    if outcome.timed_out:
        complain("the time ran out; everything was ended")
    return outcome.status


def compare(asked: Asked, comparison: Comparison, *, as_json: bool) -> int:
    """Run it on two kernels and show what differs; returns the exit code."""
    try:
        old, new = (run_sandbox(asked.on(model, compared=True)) for model in comparison.models)
    except SandboxError as error:
        complain(error)
        return MACHINE
    return show_compared(compare_outcomes(old, new, comparison), as_json)
