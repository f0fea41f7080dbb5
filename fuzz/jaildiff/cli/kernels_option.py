"""The options that choose which kernels are compared."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps

import click

from jail_source.build import run_text_only
from jaildiff.differ.comparison import LANDED_NAMES, Comparison, Named, comparison, named
from jaildiff.kernels.registry import KERNELS
from jaildiff.programs.program import Program

module_option = click.option(
    "--kernel-module",
    "modules",
    multiple=True,
    metavar="PACKAGE",
    help="A Python package with a kernel of your own; repeatable.",
)


@dataclass(frozen=True, slots=True)
class Kernels:
    """The kernels on the command line; `names` is None if it has none."""

    names: Named | None
    modules: tuple[str, ...]

    @property
    def named(self) -> Named:
        """The requested comparison, else that of the landed patch."""
        return self.names or LANDED_NAMES

    @property
    def comparison(self) -> Comparison:
        """The same with its kernels.  Raises InputError if one does not exist."""
        return comparison(self.named)

    def of(self, program: Program) -> Comparison:
        """The requested comparison, else the one that a program names."""
        return comparison(self.names or Named(*program.kernels, self.modules))


def take_text_for(names: Iterable[str]) -> None:
    """Run nothing compiled if a kernel is edited or the user's own."""
    if any(name not in KERNELS for name in names):
        run_text_only()


def kernels_option(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command --kernels and --kernel-module, as one value: its argument `kernels`."""

    @click.option(
        "--kernels",
        "text",
        metavar="OLD,NEW",
        help="The kernels to compare; default: legacy,new.  `jaildiff kernels` lists them.",
    )
    @module_option
    @wraps(command)
    def with_kernels(text: str | None, modules: tuple[str, ...], **others: object) -> int:
        chosen = Kernels(None if text is None else named(text, modules), modules)
        take_text_for(chosen.named[:2])
        return command(kernels=chosen, **others)

    return with_kernels
