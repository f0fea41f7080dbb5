"""Commands and their setup in JSON.  docs/op-language.md."""

from collections.abc import Callable, Mapping

from jaildiff.programs.commands.command import (
    EXIT_MAX,
    FILES_MAX,
    IGNORE,
    LEAVES_MAX,
    RELEASES,
    STAY,
    WORDS_MAX,
    Behaviour,
    Command,
    Setup,
    fault_of,
    is_span,
)
from jaildiff.support.checks import is_short_integer, is_text
from jaildiff.support.errors import InputError, mismatch

SETUP_FIELDS = ("userland", "dirs", "files", "commands")
NOTHING = Behaviour("")


class RefusedError(Exception):
    """An op is malformed; the reader turns it into a `Malformed` call."""


def setup_from_json(value: Mapping[str, object]) -> Setup:
    """The setup in a JSON program.  Raises InputError without a place."""
    userland, dirs = value.get("userland"), value.get("dirs", [])
    files, commands = value.get("files", {}), value.get("commands", [])
    if userland is not None and (not is_short_integer(userland) or userland not in RELEASES):
        raise wrong('14 or 15 as "userland"', userland)
    if not isinstance(dirs, list) or len(dirs) > FILES_MAX or not all(map(is_text, dirs)):
        raise wrong(f'a list of at most {FILES_MAX} paths as "dirs"', dirs)
    if (
        not isinstance(files, dict)
        or len(files) > FILES_MAX
        or not all(map(is_text, [*files, *files.values()]))
    ):
        raise wrong(f'at most {FILES_MAX} paths with texts as "files"', files)
    try:
        behaviours = behaviours_from_json(commands)
    except RefusedError:
        raise wrong('a list of what commands do as "commands"', commands) from None
    return Setup(userland, tuple(files.items()), tuple(dirs), behaviours)


def setup_to_json(setup: Setup) -> dict[str, object]:
    """The inverse, without what is not given."""
    given = {
        "userland": setup.userland,
        "dirs": list(setup.dirs),
        "files": dict(setup.files),
        "commands": [behaviour_to_json(one) for one in setup.behaviours],
    }
    return {name: value for name, value in given.items() if value}


def command_from_json(op: Mapping[str, object]) -> Command:
    """The command that a JSON op describes.  Raises RefusedError."""
    argv, stdin, stays = op.get("argv"), op.get("stdin", ""), op.get("stays", False)
    if not isinstance(argv, list) or len(argv) > WORDS_MAX or not all(map(is_text, argv)):
        raise RefusedError
    if not op.keys() <= {"op", "argv", "stdin", "stays", "commands"} or fault_of(tuple(argv)):
        raise RefusedError
    if not is_text(stdin) or not isinstance(stays, bool):
        raise RefusedError
    return Command(tuple(argv), stdin, stays, behaviours_from_json(op.get("commands", [])))


def command_to_json(command: Command) -> dict[str, object]:
    """The inverse."""
    given = {
        "stdin": command.stdin,
        "stays": command.stays,
        "commands": [behaviour_to_json(one) for one in command.behaviours],
    }
    more = {name: value for name, value in given.items() if value}
    return {"op": "command", "argv": list(command.argv)} | more


def behaviours_from_json(value: object) -> tuple[Behaviour, ...]:
    """A list of behaviours.  Raises RefusedError."""
    if not isinstance(value, list) or len(value) > FILES_MAX:
        raise RefusedError
    return tuple(map(behaviour_from_json, value))


def behaviour_from_json(value: object) -> Behaviour:
    """One behaviour.  Raises RefusedError."""
    if not isinstance(value, dict) or not value.keys() <= FROM_JSON.keys() or "text" not in value:
        raise RefusedError
    given = {name: FROM_JSON[name](item) for name, item in value.items()}
    return Behaviour(**given)  # type: ignore[arg-type]  # FROM_JSON gives them


def behaviour_to_json(one: Behaviour) -> dict[str, object]:
    """The inverse, without what is not given."""
    given = {name: getattr(one, name) for name in FROM_JSON}
    usual = {name: getattr(NOTHING, name) for name in FROM_JSON}
    more = {name: value for name, value in given.items() if value != usual[name]}
    return {"text": one.text} | {
        name: list(value) if isinstance(value, tuple) else value for name, value in more.items()
    }


def wrong(expected: str, found: object) -> InputError:
    """An InputError without a place."""
    return InputError("", 0, 0, mismatch(expected, found))


def must(check: Callable[[object], bool]) -> Callable[[object], object]:
    """A reader that returns values that pass `check`, and raises RefusedError for others."""

    def read(value: object) -> object:
        if not check(value):
            raise RefusedError
        return value

    return read


def exit_statuses(value: object) -> tuple[int, ...]:
    """Exit statuses."""
    if not isinstance(value, list) or not 0 < len(value) <= WORDS_MAX:
        raise RefusedError
    if not all(is_short_integer(status) and 0 <= status <= EXIT_MAX for status in value):
        raise RefusedError
    return tuple(value)


def is_secs(value: object) -> bool:
    """Whether this is a number of seconds within our limit."""
    return type(value) in (int, float) and is_span(value)  # type: ignore[arg-type]  # as said


FROM_JSON: Mapping[str, Callable[[object], object]] = {
    "text": must(is_text),
    "exits": exit_statuses,
    "secs": must(is_secs),
    "leaves": must(lambda value: is_short_integer(value) and 0 <= value <= LEAVES_MAX),
    "term": must(lambda value: value == IGNORE or is_secs(value)),
    "kill": must(lambda value: value == STAY),
    "noexec": must(lambda value: isinstance(value, bool)),
}
