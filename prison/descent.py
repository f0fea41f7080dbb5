"""How a kernel descends from another: the functions that it left alone call those it changed."""

from collections.abc import Callable
from types import FunctionType
from typing import ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")


def inherit(function: Callable[P, R], **changed: object) -> Callable[P, R]:
    """The same function, but the names given mean what is given.

    Raises TypeError if it is no plain function, NameError if it does not use one of the names.
    """
    if not isinstance(function, FunctionType):
        raise TypeError(f"{function!r} is no function with a text of its own")
    for name in changed:
        if name not in function.__code__.co_names:
            raise NameError(f"{function.__qualname__} uses no {name}")
    heir = FunctionType(
        function.__code__,
        {**function.__globals__, **changed},
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    heir.__kwdefaults__ = function.__kwdefaults__
    heir.__doc__ = function.__doc__
    heir.__annotations__ = function.__annotations__
    return cast("Callable[P, R]", heir)
