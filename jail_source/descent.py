"""How a kernel descends from another: make unchanged functions call the changed ones."""

import sys
from collections.abc import Callable
from types import FunctionType
from typing import ParamSpec, TypeVar, cast

from jail_source.text import interpreted

P = ParamSpec("P")
R = TypeVar("R")


def inherit(function: Callable[P, R], **changed: object) -> Callable[P, R]:
    """A copy of the function in which the names in `changed` have these meanings.

    Raises TypeError if it is not a plain function, NameError if it does not use one of the names.
    """
    text, known = function, vars(sys.modules[function.__module__])
    if isinstance(function, FunctionType):
        known = function.__globals__
    elif "__file__" in known:  # It is compiled.
        text = getattr(interpreted(function.__module__), function.__name__)
    if not isinstance(text, FunctionType):
        raise TypeError(f"{function!r} is not a plain function with source text")
    for name in changed:
        if name not in text.__code__.co_names:
            raise NameError(f"{text.__qualname__} uses no {name}")
    heir = FunctionType(
        text.__code__.replace(),  # A copy: code objects cache lookups of globals.
        {**known, **changed},
        text.__name__,
        text.__defaults__,
        text.__closure__,
    )
    heir.__kwdefaults__ = text.__kwdefaults__
    heir.__doc__ = text.__doc__
    heir.__annotations__ = text.__annotations__
    return cast("Callable[P, R]", heir)
