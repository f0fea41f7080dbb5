"""Impacts as a page that needs nothing else.

What is told comes from files that anybody may have written: all of it is escaped.
"""

from collections.abc import Sequence

import jinja2

from jaildiff.impact.describe.findings import Impact
from jaildiff.impact.outputs.rows import CODE, heading, notes, rows
from jaildiff.support.printable import printable

SIDES = ("On 14", "On 15")


def html_of(told: Sequence[Impact]) -> str:
    """The page."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("jaildiff.impact.outputs"),
        autoescape=True,
        finalize=lambda value: printable(value) if isinstance(value, str) else value,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    shown = {"told": told, "heading": heading, "rows": rows, "notes": notes}
    return environment.get_template("impact.html.j2").render(**shown, code=CODE, sides=SIDES)
