"""meta and env: two texts of each jail, one for the host and one for the jail itself.

kern_jailmeta.c.  A text should consist of lines KEY=VALUE, but nothing checks that.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jail_kernel.call import Errno, Result
from jail_kernel.jail_conf import einval
from jail_kernel.jail_get_params import META_MAXBUFSIZE, GetOptions
from jail_kernel.kernel import Kernel
from jail_kernel.options import Option
from jail_kernel.state import KernelPanic, Prison

# [New: J9]
TEXTS = ("meta", "env")  # the order in which the modules are called
STEPS_MAX = META_MAXBUFSIZE + 1  # a search that takes more steps never ends
WATCHDOG = "watchdog: endless loop in kernel code"
NEWLINE = ord("\n")


# [New: J9]
TextOptions = Sequence[tuple[str, Sequence[Option]]]


# [New: J9]
def is_text(name: str) -> bool:
    """True if an option is one of the modules'.  jm_osd_method_check()."""
    return any(belongs(name, text) for text in TEXTS)


# [New: J9]
def belongs(name: str, text: str) -> bool:
    """True if an option is the whole text, or one key of it."""
    return name == text or name.startswith(text + ".")


# SETTING


# [New: J9]
@dataclass(slots=True)
class Hunk:
    """A piece of memory that will be part of a text.  struct hunk."""

    memory: bytes
    start: int
    size: int

    @property
    def end(self) -> int:
        """The end of the piece."""
        return self.start + self.size


# [New: J9]
def osd_jail_set(k: Kernel, pr: Prison, options: TextOptions) -> Result | None:
    """Let both modules set their options.  None, or the answer of the one that refuses.
    osd_jail_call(), PR_METHOD_SET.
    """
    for text, mine in options:
        error = set_text(k, pr, text, mine)
        if error is not None:
            return Result(error)
    return None


# [New: J9]
def text_options(options: Sequence[Option]) -> TextOptions:
    """The options of each module, without modules that have none."""
    few = [opt for opt in options if opt[0].startswith(TEXTS)]  # none, in most calls
    shares = [(text, [opt for opt in few if belongs(opt[0], text)]) for text in TEXTS]
    return [(text, mine) for text, mine in shares if mine]


# [New: J9]
def set_text(k: Kernel, pr: Prison, text: str, options: Iterable[Option]) -> Errno | None:
    """Apply options to one text; an error leaves it unchanged.  jm_osd_method_set()."""
    texts = k.osd.get(pr, {})
    old = texts.get(text)
    hunks = [] if old is None else [whole(old.encode("latin-1") + b"\0")]
    for name, value in options:
        if len(value) > META_MAXBUFSIZE:
            return Errno.EFBIG
        if value and value[-1]:
            return Errno.EINVAL
        if name == text:
            hunks = [whole(value if len(value) > 1 else b"")]
            continue
        key = name[len(text) + 1 :].encode("latin-1")
        if not key:
            return Errno.EINVAL
        cut_occurrences(hunks, key)
        if value:
            hunks.insert(0, whole(key + b"=" + value))
    size = sum(hunk.size for hunk in hunks)
    if size > META_MAXBUFSIZE:
        return Errno.EFBIG
    texts = {name: kept for name, kept in texts.items() if name != text}
    if size > 1:
        texts[text] = assemble(hunks)
    k.set_osd(pr, texts)
    return None


# [New: J9]
def whole(memory: bytes) -> Hunk:
    """All of the memory as one hunk."""
    return Hunk(memory, 0, len(memory))


# [New: J9]
def cut_occurrences(hunks: list[Hunk], key: bytes) -> None:
    """Remove every line with this key.  jm_h_cut_occurrences()."""
    number = 0
    while number < len(hunks):
        hunk = hunks[number]
        place = hunk.start
        while place < hunk.end:
            place = strnstr(hunk, key, place)
            if place < 0:
                break
            if starts_line(hunk.memory, hunk.start, place, key):
                cut_line(hunks, number, place)
                break
            place += len(key)
        number += 1


# [New: J9]
def strnstr(hunk: Hunk, key: bytes, place: int) -> int:
    """The first place of the key in the rest of a hunk, up to a NUL; -1 if there is none."""
    nul = hunk.memory.find(b"\0", place, hunk.end)
    return hunk.memory.find(key, place, hunk.end if nul < 0 else nul)


# [New: J9]
def starts_line(memory: bytes, start: int, place: int, key: bytes) -> bool:
    """True if KEY= is here, at the start of the text or of a line."""
    first = place == start or memory[place - 1] == NEWLINE
    return first and memory[place + len(key) : place + len(key) + 1] == b"="


# [New: J9]
def cut_line(hunks: list[Hunk], number: int, begin: int) -> None:
    """Cut a line out of a hunk; what follows the line becomes a hunk of its own.
    jm_h_cut_line().
    """
    hunk = hunks[number]
    end = begin
    while end + 1 < hunk.end and hunk.memory[end] not in (0, NEWLINE):
        end += 1
    if end + 1 < hunk.end and hunk.memory[end + 1] != 0:
        hunks.insert(number + 1, Hunk(hunk.memory, end + 1, hunk.end - end - 1))
    hunk.size = begin - hunk.start


# [New: J9]
def assemble(hunks: Sequence[Hunk]) -> str:
    """Join the hunks with newlines between them and a NUL at the end.  jm_h_assemble()."""
    buffer = bytearray()
    for number, hunk in enumerate(hunks, 1):
        buffer += hunk.memory[hunk.start : hunk.end]
        if hunk.size and number < len(hunks) and buffer[-1] == 0:
            buffer[-1] = NEWLINE
    buffer[-1] = 0
    return buffer.partition(b"\0")[0].decode("latin-1")


# GETTING


# [New: J9]
def osd_jail_get(k: Kernel, pr: Prison, opts: GetOptions) -> None:
    """Let both modules fill their buffers; raises ConfError if a buffer is too small.
    osd_jail_call(), PR_METHOD_GET; jm_osd_method_get().
    """
    for text in TEXTS:
        osd = k.osd.get(pr, {}).get(text, "")
        for name, buffer in opts.buffers.items():
            if name == text:
                if len(osd) >= len(buffer):
                    raise einval()
                fill(opts, name, osd)
            elif belongs(name, text):
                value = value_of(osd, name[len(text) + 1 :], len(buffer))
                fill(opts, name, value)


# [New: J9]
def fill(opts: GetOptions, name: str, value: str | None) -> None:
    """Put a value into its buffer; None, for an absent key, leaves the buffer empty."""
    opts.seen.add(name)
    opts.values[name] = value


# [New: J9]
def value_of(osd: str, key: str, size: int) -> str | None:
    """The value in the last line with this key; None if there is none.

    The buffer must have room for the rest of the text.  An empty key is found in the same place
    again and again, so the search never ends.
    """
    value = None
    text, name = osd.encode("latin-1"), key.encode("latin-1")
    place = osd.find(key)
    for _ in range(STEPS_MAX):
        if place < 0:
            return value
        rest = osd[place + len(key) + 1 :]
        if starts_line(text, 0, place, name):
            if len(rest) >= size:
                raise einval()
            value = rest.partition("\n")[0]
        place = osd.find(key, place + len(key))
    raise KernelPanic(WATCHDOG)
