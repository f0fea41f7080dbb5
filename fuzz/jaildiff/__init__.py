"""Compare FreeBSD jail kernels from Python.

>>> from jaildiff import compare, parse
>>> script = parse('''jaildiff 1
... p1: fork() = p2
... p2: jail_set(CREATE|ATTACH, jid=5)
... p1: jail_remove(5)
... p1: jail_set(CREATE, jid=5, persist)
... ''', "example.jd")
>>> report = compare(script.program)
>>> [(found.step, found.kind, found.rule) for found in report.divergences]
[(3, 'root', 'dying-jid-reused')]

What `__all__` names is public; everything else may change from version to version.  Hypothesis
strategies are in `jaildiff.strategies`, a state machine in `jaildiff.machine`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from jail_source.build import use_text_if_asked

use_text_if_asked()  # before any module that may be compiled

if TYPE_CHECKING:
    from jaildiff.interface import *  # noqa: F403  # its names are the names of this package
    from jaildiff.interface import __all__ as __all__
else:

    def __getattr__(name: str) -> object:
        """A public name.  The command line starts without the modules behind it."""
        interface = import_module("jaildiff.interface")
        if name == "__all__" or name in interface.__all__:
            return getattr(interface, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
