"""jail_set(2) for a jail: creating and updating.  usr.sbin/jail/jail.c."""

from dataclasses import replace

from jail_kernel.call import JAIL_CREATE, JAIL_DYING, JAIL_UPDATE, JailGet, user_text
from jail_userland.conf.jails import JF, CfJail
from jail_userland.conf.params import bool_param, int_param, same_options, string_param
from jail_userland.deltas import Release
from jail_userland.files import SystemFailure
from jail_userland.jail.quote import quoted
from jail_userland.jail.run import Run
from jail_userland.libc import int32, strerror, strtol
from jail_userland.libjail import (
    JailError,
    JailParam,
    jail_set,
    jailparam_export,
    jailparam_get,
    jailparam_set,
)
from jail_userland.param_types import PARAM_TYPES, Type


def create_jail(run: Run, j: CfJail) -> int:
    """Create a jail; its jid, or -1."""
    if not path_is_usable(run, j):
        return -1
    dopersist = not bool_param(j.intparams.get("persist")) and any(
        key in j.intparams for key in ("exec.start", "command", "exec.poststart")
    )
    params = [
        replace(param)
        for param in j.jp
        if not dopersist or param.name not in same_options("persist")
    ]
    if dopersist:
        params.insert(0, JailParam("persist", PARAM_TYPES["persist"]))
    create = create_14 if run.release < Release.R15 else create_15
    create(run, j, params)
    if dopersist and j.jid > 0:
        j.flags |= JF.PERSIST
    return j.jid


def create_14(run: Run, j: CfJail, params: list[JailParam]) -> None:
    """Create a jail, or bring a dying one back: three steps, if allow.dying is set."""
    try:
        try:
            j.jid = jailparam_set_note(run, j, params, JAIL_CREATE)
        except JailError as error:
            jid = int_param(j.intparams.get("jid"))
            if error.errno != "EEXIST" or not allow_dying(j) or not jid:
                raise
            j.jid = -1
            revive(run, j, params, jid, error)
    except JailError as error:
        refused(run, j, error)


def create_15(run: Run, j: CfJail, params: list[JailParam]) -> None:
    """Create a jail."""
    try:  # [15: U1]
        j.jid = jailparam_set_note(run, j, params, JAIL_CREATE)
    except JailError as error:
        refused(run, j, error)


def refused(run: Run, j: CfJail, error: JailError) -> None:
    """The kernel refuses."""
    j.jid = -1
    run.warnx(j, error.errmsg)
    run.failed(j)


def revive(run: Run, j: CfJail, params: list[JailParam], jid: int, error: JailError) -> None:
    """The jid is in use.  If a dying jail has it, update that jail. 14 only.

    :raises JailError: if the kernel refuses, or the jail is not dying after all.
    """
    proc = run.proc
    call = JailGet(proc.pid, JAIL_DYING, (("jid", jid),), (("dying", 4),), plain=False)
    result = proc.host.call(call)
    if result.errno is not None:
        if str(result.errno) != "ENOENT":
            raise error
        # The jail has just ended, or the name is what is in use: try again.
        j.jid = jailparam_set_note(run, j, params, JAIL_CREATE)
        return
    if not dict(result.wanted or ())["dying"]:
        raise error
    j.jid = jid
    if rdtun_params(run, j, dofail=True) < 0:
        j.jid = -1
        return
    changeable = [param for param in params if not param.rdtun or param.name == "jid"]
    try:
        j.jid = jailparam_set_note(run, j, changeable, JAIL_UPDATE | JAIL_DYING)
    except JailError as failure:
        if failure.errno != "ENOENT":
            raise
        j.jid = jailparam_set_note(run, j, params, JAIL_CREATE)


def path_is_usable(run: Run, j: CfJail) -> bool:
    """Check the path, with a better message than jail_set gives."""
    path = string_param(j.intparams.get("path"))
    if path is None:
        return True
    if j.name is not None and not path.startswith("/"):
        run.warnx(j, f"path {path}: not an absolute pathname")
        return False
    try:
        if run.proc.host.files.is_dir(path):
            return True
        problem = "ENOTDIR"
    except SystemFailure as failure:
        problem = failure.errno
    run.warnx(j, f"path {path}: {strerror(problem)}")
    return False


def allow_dying(j: CfJail) -> bool:
    """Whether allow.dying is set.  14 only."""
    return bool_param(j.intparams.get("allow.dying"))


def clear_persist(run: Run, j: CfJail) -> None:
    """Remove a persist that was set while commands ran."""
    if not j.flags & JF.PERSIST:
        return
    j.flags &= ~JF.PERSIST
    result = jail_set(run.proc, JAIL_UPDATE, (("jid", j.jid), ("nopersist", None)))
    if run.verbose > 0:
        problem = "" if result.errno is None else f": {strerror(result.errno)}"
        run.note(j, f"jail_set(JAIL_UPDATE) jid={j.jid} nopersist{problem}\n")


def update_jail(run: Run, j: CfJail) -> bool:
    """Set the parameters of a running jail that can be changed; False if that fails."""
    changeable = [replace(param) for param in j.jp if not param.rdtun]
    if not changeable:
        return True
    flags = JAIL_UPDATE
    if run.release < Release.R15 and allow_dying(j):  # [15: U1]
        flags |= JAIL_DYING
    try:
        jailparam_set_note(run, j, [jid_param(j.jid), *changeable], flags)
    except JailError as error:
        run.warnx(j, error.errmsg)
        run.failed(j)
        return False
    return True


def jid_param(jid: int) -> JailParam:
    """The parameter jid."""
    return JailParam("jid", PARAM_TYPES["jid"], value=jid)


def rdtun_params(run: Run, j: CfJail, *, dofail: bool) -> int:
    """Whether an update would change parameters that can be set on creation only: 1 if so, or -1
    with a message if that is not allowed.  It is checked once.
    """
    if j.flags & JF.RDTUN:
        return 0
    j.flags |= JF.RDTUN
    fixed = [param for param in j.jp if param.rdtun and param.name != "jid"]
    if not fixed:
        return 0
    present = [JailParam(param.name, param.type) for param in fixed]
    flags = 0
    if run.release < Release.R15 and allow_dying(j):  # [15: U1]
        flags = JAIL_DYING
    try:
        jailparam_get(run.proc, [jid_param(j.jid), *present], flags)
    except JailError:
        return 0
    for param, now in zip(fixed, present, strict=True):
        if compared(param) != compared(now):
            if not dofail:
                return 1
            run.warnx(j, f"{param.name} cannot be changed after creation")
            run.failed(j)
            return -1
    return 0


def compared(param: JailParam) -> bytes | None:
    """A value in the form for comparison: like a C string, so up to the first zero byte.

    A number without a value equals no other.
    """
    value = param.value
    if param.type.type is Type.STRING:
        return str(value or "").encode("latin-1")
    if value is None and param.type.type is not Type.JAILSYS:
        return None
    assert isinstance(value, int | None)
    number = 1 if value is None else value
    return (number & 0xFFFFFFFF).to_bytes(4, "little").partition(b"\0")[0]


def running_jid(run: Run, j: CfJail) -> None:
    """Find out whether the jail runs, by its jid if it has one, else by its name."""
    flags = 0
    is_set = j.flags & (JF.SET | JF.DEPEND) == JF.SET
    if run.release < Release.R15 and is_set and allow_dying(j):  # [15: U1]
        flags = JAIL_DYING
    jid = string_param(j.intparams.get("jid"))
    name = string_param(j.intparams.get("name"))
    if jid is not None:
        number, end = strtol(jid)
        if not int32(number) or end != len(jid):
            j.jid = -1
            return
        by: tuple[str, int | str] = ("jid", int32(number))
    elif name is not None:
        by = ("name", user_text(name))
    else:
        j.jid = -1
        return
    result = run.proc.host.call(JailGet(run.proc.pid, flags, (by,), plain=False))
    j.jid = -1 if result.ret is None else result.ret


def jailparam_set_note(run: Run, j: CfJail, params: list[JailParam], flags: int) -> int:
    """jail_set(2); with -v it prints what was set.

    :raises JailError: if the kernel refuses.
    """
    failure = None
    try:
        return jailparam_set(run.proc, params, flags)
    except JailError as error:
        failure = error
        raise
    finally:
        if run.verbose > 0:
            dying = " | JAIL_DYING" if flags & JAIL_DYING else ""
            call = "JAIL_CREATE" if flags & JAIL_CREATE else "JAIL_UPDATE"
            words = "".join(shown(param) for param in params)
            problem = "" if failure is None else f": {strerror(failure.errno)}"
            run.note(j, f"jail_set({call}{dying}){words}{problem}\n")


def shown(param: JailParam) -> str:
    """A parameter as -v shows it."""
    if param.value is None:
        return f" {param.name}"
    return f" {param.name}={quoted(jailparam_export(param))}"
