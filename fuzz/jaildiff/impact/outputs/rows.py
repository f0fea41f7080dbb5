"""What every output says of a finding, in the same order and the same words."""

from collections.abc import Iterator, Sequence

from jaildiff.impact.describe.findings import Impact, ImpactFinding, listed
from jaildiff.impact.describe.judging import Effect

LISTED_MAX = 6
NEEDED = "Write instead"
POSSIBLE = "On 14 you can"  # nothing has to be done for what improves
CODE = ("You do", NEEDED, POSSIBLE, "Or", "The same", "Written in")  # shown as code is


def heading(one: ImpactFinding) -> str:
    """A finding in a line."""
    return f"{str(one.effect).capitalize()}, {one.when}, for {listed(one.jails)}"


def rows(one: ImpactFinding) -> Iterator[tuple[str, str]]:
    """The rest of it, as labels and texts."""
    yield "You do", "; ".join(one.do)
    yield "On 14", one.before
    yield "On 15", one.after
    if one.between:
        yield "14's jail(8) on the kernel of 15", one.between
    yield "Why", " ".join(one.why)
    yield "Since", one.since
    if one.places:
        yield "Written in", first_of(list(map(str, one.places)), ", ")
    advice = POSSIBLE if one.effect is Effect.IMPROVES else NEEDED
    for number, text in enumerate(one.instead):
        yield ("Or" if number else advice), text
    if one.also:
        yield "The same", first_of(one.also, "; ")


def first_of(texts: Sequence[str], between: str) -> str:
    """The first texts, and the number of further ones."""
    more = len(texts) - LISTED_MAX
    return between.join(texts[:LISTED_MAX]) + (f" and {more} more" if more > 0 else "")


def notes(told: Impact) -> Iterator[str]:
    """What is to be said at the end."""
    if told.tried:
        yield f"Tried: {', '.join(told.tried)}."
    if told.not_starting:
        said = "; ".join(f"{name} ({why})" for name, why in told.not_starting.items())
        yield f"Does not start, on 14 nor on 15: {said}."
    if told.not_modelled:
        yield f"Not modelled, and so without effect here: {', '.join(told.not_modelled)}."
    yield from told.remarks
