import pytest

from jail_source.descent import inherit


def callee(x: int) -> int:
    return x + 1


def caller(x: int, *, twice: bool = False) -> int:
    """Call callee."""
    return callee(callee(x)) if twice else callee(x)


def test_the_heir_calls_what_is_given() -> None:
    """The same text with another function in it; the original is as it was."""
    heir = inherit(caller, callee=lambda x: x * 10)
    assert (heir(2), heir(2, twice=True)) == (20, 200)
    assert (caller(2), caller(2, twice=True)) == (3, 4)
    assert (heir.__name__, heir.__doc__) == ("caller", "Call callee.")


def test_what_is_not_called_cannot_be_replaced() -> None:
    """A misspelt name is an error, not a change that does nothing."""
    with pytest.raises(NameError, match="caller uses no calee"):
        inherit(caller, calee=callee)


def test_only_functions_have_a_text() -> None:
    """A builtin cannot be taken over."""
    with pytest.raises(TypeError, match="not a plain function"):
        inherit(len)
