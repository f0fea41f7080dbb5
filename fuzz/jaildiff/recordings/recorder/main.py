"""The command line of the recorder, and the clean-up if it is killed."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import traceback
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from jaildiff.recordings.recorder.actor import CannotHoldError
from jaildiff.recordings.recorder.folders import make_folders, remove_folders
from jaildiff.recordings.recorder.ops import bits, is_well_formed, why_not
from jaildiff.recordings.recorder.packing import pack
from jaildiff.recordings.recorder.recorder import (
    ENDINGS,
    FLOOR,
    KillerGoneError,
    Recorder,
    RefusedError,
    is_alone,
    kill,
    listed,
    remove_all,
)
from jaildiff.recordings.recorder.system import HOLDERS, System

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

FOUND, BAD_INPUT, MACHINE = 1, 2, 4


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """The parsed command line."""
    parser = argparse.ArgumentParser(
        prog="record",
        description="Perform programs with the real system calls of FreeBSD and record what the "
        "kernel answers.  Run it as root on a machine, or in a jail, set up for this: it refuses "
        "to run where jails exist, and removes everything that it has made.",
        epilog="Exit codes: 0 all was recorded, 1 some programs could not be performed, 2 usage or "
        "bad input, 4 trouble with the machine.",
    )
    parser.add_argument("programs", help="programs: a line of JSON each")
    parser.add_argument("-o", "--output", help="where the recording goes; default: standard output")
    parser.add_argument(
        "--key",
        default=release(),
        help="what the answers are called; default: the release of this system, such as "
        "freebsd-14.3",
    )
    parser.add_argument("--hold", choices=HOLDERS, default="fd", help="what holds a jail (fd)")
    parser.add_argument("--dry-run", action="store_true", help="only show what would be called")
    return parser.parse_args(words)


def release() -> str:
    """The system and its release, without -RELEASE, -STABLE and the like."""
    system = os.uname()
    return "{}-{}".format(system.sysname.lower(), system.release.partition("-")[0])


def programs_in(path: str) -> Iterator[dict[str, Any]]:
    """The programs of a file.  Raises RefusedError with the line of what is not a program."""
    with Path(path).open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                program = json.loads(line)
            except ValueError as error:
                raise RefusedError(f"{path}:{number}: expected JSON: {error}") from None
            if not isinstance(program, dict) or not isinstance(program.get("ops"), list):
                raise RefusedError(f"{path}:{number}: expected a program with a list of ops")
            yield program


def main(words: Sequence[str] | None = None, system: System | None = None) -> int:
    """Run the command line; returns the exit code."""
    asked = arguments(words)
    system = system or System(asked.hold)
    try:
        programs = list(programs_in(asked.programs))
    except RefusedError as error:
        say(f"record: {error}")
        return BAD_INPUT
    except OSError as error:
        say(f"record: {error.filename}: {error.strerror}")
        return MACHINE
    if asked.dry_run:
        for program in programs:
            show(program)
        return 0
    try:
        refusal = system.refusal()
        if refusal is None:
            found = [name for _, name, _ in listed(system)]
            refusal = "there are jails here: {}".format(", ".join(found)) if found else None
        if refusal is not None:
            say(f"record: {refusal}")
            return MACHINE
        return guarded(system, asked, programs)
    except RefusedError as error:
        say(f"record: {error}")
        return MACHINE
    except OSError as error:
        say(f"record: {error.filename}: {error.strerror}")
        return MACHINE


def guarded(system: System, asked: argparse.Namespace, programs: list[dict[str, Any]]) -> int:
    """Record in a child.  If the child is killed we clean up; if we are killed, the child does."""
    system.become_reaper()
    made = make_folders(programs)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(writer)
        code = MACHINE
        try:
            code = work(system, asked, programs, reader)
        finally:
            if is_alone(reader):
                remove_folders(made)
            sys.stderr.flush()
            os._exit(code)
    os.close(reader)
    with handling(lambda number, _frame: kill(child, number)):
        _, status = os.waitpid(child, 0)
    code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else MACHINE
    if os.WIFSIGNALED(status):
        say(f"record: ended by signal {os.WTERMSIG(status)}; cleaning up")
    if code == MACHINE:
        end_all(system)
    remove_folders(made)
    return code


def work(
    system: System, asked: argparse.Namespace, programs: list[dict[str, Any]], guard: int
) -> int:
    """Record, in the child; returns the exit code."""
    try:
        with handling(interrupt):
            return record_all(system, asked, programs, guard)
    except KillerGoneError:
        remove_all(system)
    except RefusedError as error:
        say(f"record: {error}")
    except OSError as error:
        say(f"record: {error.filename or 'system call'}: {error.strerror}")
    except KeyboardInterrupt:
        say("record: interrupted")
    except BaseException:  # noqa: BLE001  # The other process cleans up.
        traceback.print_exc()
    return MACHINE


@contextmanager
def handling(handler: Callable[[int, object], None]) -> Iterator[None]:
    """Within the block, handle the signals that end a recording early, unless they are ignored, as
    by nohup(1).

    After an exception the handlers stay, so that nothing ends the clean-up.
    """
    before = {ending: signal.getsignal(ending) for ending in ENDINGS}
    for ending, usual in before.items():
        if usual is not signal.SIG_IGN:
            signal.signal(ending, handler)
    yield
    for ending, usual in before.items():
        signal.signal(ending, usual)


def interrupt(_number: int, _frame: object) -> None:
    """End the recording as Ctrl-C does, once; later signals leave the clean-up alone."""
    for ending in ENDINGS:
        signal.signal(ending, signal.SIG_IGN)
    raise KeyboardInterrupt


def end_all(system: System) -> None:
    """Reap all processes, which end by themselves without the recorder; remove all jails."""
    while True:
        try:
            system.reap(-1)
        except ChildProcessError:
            break
    system.release_all()
    remove_all(system)


def record_all(
    system: System, asked: argparse.Namespace, programs: list[dict[str, Any]], guard: int
) -> int:
    """Record every program; returns the exit code."""
    system.become_reaper()
    recorder = Recorder(system, guard)
    start = recorder.jids.last + 1
    say(f"record: automatic jids go on from {start} here; they are written as from 1 on")
    skipped = 0
    with Path(asked.output).open("w", encoding="utf-8") if asked.output else sys.stdout as file:
        for program in programs:
            reason = why_not(program, recorder.jids.last)
            if reason is not None:
                skipped += 1
                say(f"record: {program.get('id')}: not performed: {reason}")
                continue
            try:
                record_one(recorder, program, asked.key, file)
            except CannotHoldError as error:
                skipped += 1
                say(f"record: {program.get('id')}: cut short, --hold {asked.hold}: {error}")
    done = len(programs) - skipped
    say(f"record: {done} programs recorded, {skipped} not performed")
    return FOUND if skipped else 0


def record_one(recorder: Recorder, program: dict[str, Any], key: str, file: TextIO) -> None:
    """Record a program. The answers so far are written in any case."""
    results: list[dict[str, Any]] = []
    try:
        results.extend(recorder.record(program))
    finally:
        write(program, results, key, file)


def write(program: dict[str, Any], results: list[dict[str, Any]], key: str, file: TextIO) -> None:
    """Write the answers to a program, shortened to these if it was cut short."""
    recorded = {**program, "ops": program["ops"][: len(results)], key: {"results": results}}
    for other in {"legacy", "new", "descriptors", "old", "main"} - {key}:
        recorded.pop(other, None)
    file.write(json.dumps(recorded) + "\n")
    file.flush()


def say(text: str) -> None:
    """Print a message on standard error."""
    sys.stderr.write(text + "\n")


def out(text: str) -> None:
    """Print a line."""
    sys.stdout.write(text + "\n")


def show(program: dict[str, Any]) -> None:
    """Print the calls that would be made."""
    out("# {}: {}".format(program.get("id"), why_not(program, FLOOR) or "can be performed"))
    for op in program["ops"]:
        if not is_well_formed(op):
            out(f"    nothing: {json.dumps(op)} is no op")
        elif op["op"] in ("jail_set", "jail_get"):
            params = op.get("params", op.get("by"))
            pairs = [pack(name, value) for name, value in params.items()]
            words = [
                "{}={}".format(n.decode("latin-1"), v.hex() if v is not None else "NULL")
                for n, v in pairs
            ]
            call = f"{op['op']}({bits(op['flags'])}: {', '.join(words)})"
            out(f"    p{op['pid']}: {call}")
        else:
            rest = {name: value for name, value in op.items() if name not in ("op", "pid")}
            out("    p{}: {}({})".format(op.get("pid", "-"), op["op"], json.dumps(rest)))


if __name__ == "__main__":
    sys.exit(main())
