"""jailcall: one raw system call about jails (fuzz/jaildiff/findings/reproduce/jailcall.c)."""

from jail_kernel.call import (
    JAIL_ATTACH,
    Call,
    Exit,
    Hold,
    JailAttach,
    JailGet,
    JailRemove,
    JailSet,
    Result,
    kernel_bytes,
    user_text,
)
from jail_userland.host import SHELL_PID
from jail_userland.process import Process, ProgramExit
from jaildiff.hosts.jailcall_words import flags_of, param_of
from jaildiff.hosts.sandbox.host import RealHost
from jaildiff.hosts.sandbox.standins.standin import options

USAGE = "usage: jailcall [-n] [-j jid] set|get|remove|attach|hold ...\n"
WRONG_USE = 2
FOREVER = ["sleep", "2147483647"]


def jailcall(host: RealHost, proc: Process, argv: list[str]) -> int:
    """Make the call; a command that stays becomes a process that sleeps."""
    known, words = options(proc, argv, "nj:", USAGE)
    asked = dict(known)
    try:
        jid = int(asked.get("j", "0"))
        call = None if words == ["hold"] else call_of(proc.pid, [user_text(word) for word in words])
    except (ValueError, IndexError):
        proc.errx(f"expected {USAGE.removeprefix('usage: ').strip()}", WRONG_USE)
    if call is None:
        return held(host, proc, jid)
    if jid:
        answered(proc, host.call(JailAttach(proc.pid, jid)))
    result = answered(proc, host.call(call))
    stays = isinstance(call, JailAttach) or (
        isinstance(call, JailSet) and bool(call.flags & JAIL_ATTACH)
    )
    if not isinstance(call, JailRemove):
        proc.print("in\n" if isinstance(call, JailAttach) else f"{result.ret}\n")
    return sleep(host, proc) if stays and "n" not in asked else 0


def call_of(pid: int, words: list[str]) -> Call:
    """The call that is asked for.

    :raises ValueError: if there is none like that.
    :raises IndexError: if a word is missing.
    """
    match words[0]:
        case "set":
            return JailSet(pid, flags_of(words[1]), tuple(map(param_of, words[2:])))
        case "get":
            keys = [param_of(word) for word in words[2:]]
            by = tuple((key, value) for key, value in keys if isinstance(value, int | str))
            return JailGet(pid, flags_of(words[1]), by)
        case "remove":
            return JailRemove(pid, int(words[1]))
        case "attach":
            return JailAttach(pid, int(words[1]))
    raise ValueError(words[0])


def held(host: RealHost, proc: Process, jid: int) -> int:
    """Hold a credential of a jail until this process ends."""
    world, resource = host.site.world, f"jailcall {proc.pid}"
    with world.lock:
        pid = world.helper(SHELL_PID)
        attached = world.step(JailAttach(pid, jid))
        if attached.ok:
            world.step(Hold(pid, resource))
            world.holders[proc.pid] = resource
        world.step(Exit(pid))
    answered(proc, attached)
    proc.print("held\n")
    return sleep(host, proc)


def answered(proc: Process, result: Result) -> Result:
    """The answer of a call that succeeded.

    :raises ProgramExit: with errno and message if it did not.
    """
    if result.errno is not None:
        message = f": {kernel_bytes(result.errmsg)}" if result.errmsg else ""
        proc.err.append(f"{result.errno}{message}\n")
        raise ProgramExit(1)
    return result


def sleep(host: RealHost, proc: Process) -> int:
    """Wait to be killed."""
    host.exec(proc.pid, FOREVER)
    proc.became_command = True
    return 0
