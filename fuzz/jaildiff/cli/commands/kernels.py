"""`jaildiff kernels`: the kernels, and the comparisons that can be judged."""

import click
from rich.console import Group
from rich.styled import Styled

from jaildiff.cli.kernels_option import module_option
from jaildiff.cli.options import as_json
from jaildiff.cli.terminal import out, say_json
from jaildiff.differ.comparison import RULEBOOKS
from jaildiff.kernels.named import all_kernels
from jaildiff.kernels.registry import ARGUED, Model


@click.command()
@module_option
@as_json
def kernels(modules: tuple[str, ...], as_json: bool) -> int:
    """The kernels that can be compared.

    A name followed by +ID is that kernel with a seeded fault or a correction, as in
    new+N1-presumed-parent-corrected; use + again for each further one.  A kernel of your own comes
    from a package: see docs/add-a-kernel.md.

    A comparison with a rulebook says of each difference whether it is intended or a bug.  Without a
    rulebook every difference is unexplained.  Edited kernels and your own count as the shipped
    kernel that they descend from.

    A kernel that is argued was never built: it is a design of the review, and no recording supports
    it.  jaildiff designs compares them.  What a kernel of yours rests on, only you know.
    """
    found = all_kernels(modules).values()
    judged = [f"{old},{new}" for old, new in RULEBOOKS]
    if as_json:
        say_json({"kernels": [kernel_json(one) for one in found], "judged": judged})
        return 0
    rows = [
        (
            Group(one.name, Styled(one.title, "dim")),
            one.parent or "-",
            one.rests_on,
            recorded_as(one),
        )
        for one in found
    ]
    heads = (Group("kernel", "what it is"), "descends from", "rests on", "recorded as")
    out.table(heads, rows)
    out.say(f"Comparisons with a rulebook: {' '.join(judged)}")
    return 0


def kernel_json(model: Model) -> dict[str, object]:
    """A kernel for machines."""
    names = ("name", "title", "parent", "key", "package", "has_deadid", "rests_on")
    return {name: getattr(model, name) for name in names}


def recorded_as(model: Model) -> str:
    """The key of its recordings, if there can be any."""
    return "-" if model.rests_on == ARGUED else model.key
