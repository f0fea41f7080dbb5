"""One mutant tried in a process of its own, so that whatever it does ends there."""

import mmap
import os
import resource
import struct
import traceback
from importlib import import_module

from jaildiff.kernels.edited import Edit
from tests.mutation import harness

PARTS = ("load", "traces", "corpus", "fuzz", "survived")
MEMORY = 8 << 30  # bytes; the recordings take the greater part of two
NOTE = struct.Struct("ii")  # a part, and the number of a program in it


def attempt(edit: Edit, rows: list[harness.Row], *, thorough: bool = False) -> tuple[str, int]:
    """The part of the test that a mutant fails and the program's number, or ("survived", 0).

    One that hangs or ends its process fails the part that it is in.
    """
    with mmap.mmap(-1, NOTE.size) as note:
        pid = os.fork()
        if pid == 0:
            try:
                work(edit, rows, note, thorough)
            except BaseException:  # noqa: BLE001  # shown here: only the parent may go on
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        if os.WIFEXITED(status) and os.WEXITSTATUS(status):
            raise RuntimeError(f"the test itself failed with a mutant of {edit.file}")
        part, number = NOTE.unpack_from(note)
        return PARTS[part], number


def work(edit: Edit, rows: list[harness.Row], note: mmap.mmap, thorough: bool) -> None:
    """What the child does; it notes where it is, and at last what came of it."""

    def enter(part: str, number: int = 0) -> None:
        NOTE.pack_into(note, 0, PARTS.index(part), number)

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    enter("load")
    test = harness
    if edit.module in harness.EVERYWHERE:
        harness.edit_everywhere(edit)
        try:
            test = import_module("tests.mutation.harness")
        except Exception:  # noqa: BLE001  # whatever a mutant raises has noticed it
            return
    enter(*test.first_failure(edit, rows, enter, thorough=thorough))
