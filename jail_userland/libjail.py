"""libjail: parameters by name, with their types, and the two calls that take them.

lib/libjail/jail.c and jail_getid.c.  Values are byte strings, ints, or lists of addresses as text.
"""

import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from jail_kernel.call import JailGet, JailSet, Params, Result, Value, kernel_bytes, user_text
from jail_userland.libc import int32, strerror, strtol, strtoul
from jail_userland.param_types import LASTJID, PARAM_TYPES, Access, ParamType, Type
from jail_userland.process import Process

BOOL_VALUES = ("false", "true")
JAILSYS_VALUES = ("disable", "new", "inherit")
JAIL_SYS_NEW = 1
ARRAY_SANITY = 5
ARRAY_SLOP = 5
SYSV = ("sysvmsg", "sysvsem", "sysvshm")
FAMILY = {Type.IN_ADDR: socket.AF_INET, Type.IN6_ADDR: socket.AF_INET6}
ADDRESS = {Type.IN_ADDR: "IPv4", Type.IN6_ADDR: "IPv6"}

ParamValue = int | str | tuple[str, ...] | None


class JailError(Exception):
    """A function of libjail failed; the text is jail_errmsg."""

    def __init__(self, errmsg: str, errno: str = "EINVAL") -> None:
        super().__init__(errmsg)
        self.errmsg = errmsg
        self.errno = errno


@dataclass(slots=True, eq=False)
class JailParam:
    """A parameter of one call.  struct jailparam (jail.h)."""

    name: str
    type: ParamType
    nobool: bool = False  # the "no" name of a boolean
    value: ParamValue = None
    size: int = 0  # of the buffer, for a list of addresses

    @property
    def boolean(self) -> bool:
        """A boolean, under either name."""
        return self.type.type is Type.BOOL

    @property
    def array(self) -> bool:
        """A list of addresses."""
        return self.type.type in FAMILY

    @property
    def rdtun(self) -> bool:
        """It can be set on creation only."""
        return self.type.access is Access.CREATE


def jailparam_init(proc: Process, name: str) -> JailParam:
    """The parameter of that name, without a value.

    :raises JailError: if there is none, even after trying to load a module that would bring it.
    """
    if name == "lastjid":
        return JailParam(name, LASTJID)
    known = type_of(proc, name)
    if known is not None:
        return JailParam(name, known)
    kldload_param(proc, name)
    negated = nononame(name)
    known = None if negated is None else type_of(proc, negated)
    if known is None or known.type is not Type.BOOL:
        raise JailError(f"unknown parameter: {name}", "ENOENT")
    return JailParam(name, known, nobool=True)


def type_of(proc: Process, name: str) -> ParamType | None:
    """The system's description of a parameter, if it knows it."""
    return PARAM_TYPES.get(name) or proc.host.unmodelled.get(name)


def kldload_param(proc: Process, name: str) -> None:
    """Try to load the module that an unknown parameter may come from."""
    if name == "linux" or name.startswith("linux."):
        proc.host.kldload("linux")
    elif name in SYSV:
        proc.host.kldload(name)
    elif name.startswith("allow.mount."):
        module = name.removeprefix("allow.mount.")
        proc.host.kldload(module)
        if module.startswith("no"):
            proc.host.kldload(module[2:])


def noname(name: str) -> str:
    """The "no" name of a boolean."""
    head, dot, last = name.rpartition(".")
    return f"{head}{dot}no{last}"


def nononame(name: str) -> str | None:
    """The name without its "no"; None if it has none."""
    head, dot, last = name.rpartition(".")
    return f"{head}{dot}{last[2:]}" if last.startswith("no") else None


# IMPORT AND EXPORT


def jailparam_import(param: JailParam, value: str | None) -> None:
    """Give a parameter the value of a text.

    :raises JailError: if the text is no value.
    """
    if value is None:
        return
    if param.type.type is Type.STRING:
        param.value = value
    elif param.array:
        texts = [] if value in ("", "-") else value.split(",")
        param.value = tuple(import_address(param, text) for text in texts)
    else:
        param.value = import_scalar(param, value)


def import_scalar(param: JailParam, value: str) -> int:
    """A number, or a word for one."""
    if param.boolean:
        number = import_enum(BOOL_VALUES, value)
        if number is None:
            raise JailError(f'{param.name}: unknown boolean value "{value}"')
        return number
    if param.type.type is Type.JAILSYS:
        number = JAIL_SYS_NEW if value == "" else import_enum(JAILSYS_VALUES, value)
        if number is None:
            raise JailError(f'{param.name}: unknown jailsys value "{value}"')
        return number
    number, end = strtoul(value) if param.type.type is Type.ULONG else strtol(value)
    if end != len(value):
        raise JailError(f'{param.name}: non-integer value "{value}"')
    return number if param.type.type is Type.ULONG else int32(number)


def import_enum(values: Sequence[str], text: str) -> int | None:
    """The number that a word stands for, ignoring case, or that the text is."""
    if text.lower() in values:
        return values.index(text.lower())
    number, end = strtol(text)
    return int32(number) if end == len(text) else None


def import_address(param: JailParam, text: str) -> str:
    """An address, in its usual form."""
    family = FAMILY[param.type.type]
    try:
        return socket.inet_ntop(family, socket.inet_pton(family, text))
    except (OSError, ValueError):
        kind = ADDRESS[param.type.type]
        raise JailError(f"{param.name}: not an {kind} address: {text}") from None


def jailparam_export(param: JailParam) -> str:
    """The value as text."""
    value = param.value
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return ",".join(value)
    assert value is not None
    if param.boolean and 0 <= value < len(BOOL_VALUES):
        return BOOL_VALUES[value]
    if param.type.type is Type.JAILSYS and 0 <= value < len(JAILSYS_VALUES):
        return JAILSYS_VALUES[value]
    return str(value)


# jail_set


def jailparam_set(proc: Process, params: Sequence[JailParam], flags: int) -> int:
    """jail_set(2) with these parameters; the jid.  Values that are missing get filled in.

    :raises JailError: if the kernel refuses.
    """
    pairs: list[tuple[str, Value]] = []
    for param in params:
        if is_unmodelled(proc, param):
            continue
        if param.boolean:
            name = param.name
            if param.value == 0:
                name = noname(name) if not param.nobool else nononame(name) or name
            pairs.append((user_text(name), None))
            continue
        if param.value is None and not param.array:
            jailparam_import(param, "")
        pairs.append((user_text(param.name), passed(param)))
    result = proc.host.call(JailSet(proc.pid, flags, tuple(pairs)))
    return jid_of(result, "jail_set")


def is_unmodelled(proc: Process, param: JailParam) -> bool:
    """Whether the kernel model does not know a parameter that the system knows."""
    name = (nononame(param.name) or param.name) if param.nobool else param.name
    return name in proc.host.unmodelled


def passed(param: JailParam) -> Value:
    """A value as it is passed; a jailsys number is passed by its name if it has one."""
    value = param.value
    if param.type.type is Type.JAILSYS and isinstance(value, int):
        return JAILSYS_VALUES[value] if 0 <= value < len(JAILSYS_VALUES) else value
    return user_text(value) if isinstance(value, str) else value


def jail_set(proc: Process, flags: int, params: Params) -> Result:
    """jail_set(2) itself, without a buffer for a message."""
    return proc.host.call(JailSet(proc.pid, flags, params))


def jid_of(result: Result, call: str) -> int:
    """The jid in the answer.

    :raises JailError: with the kernel's message, or the errno's.
    """
    if result.errno is None:
        assert result.ret is not None
        return result.ret
    errno = str(result.errno)
    message = result.errmsg and kernel_bytes(result.errmsg)
    raise JailError(message or f"{call}: {strerror(errno)}", errno)


# jail_get


def jailparam_get(proc: Process, params: Sequence[JailParam], flags: int) -> int:
    """jail_get(2) into these parameters; the jid.  One of them, with its value, is the key.

    It asks for the sizes of lists first, and again if they change meanwhile.

    :raises JailError: if the kernel refuses.
    """
    by_name = {param.name: param for param in params}
    key = by_name.get("lastjid")
    if key is None:
        jid = by_name.get("jid")
        key = jid if jid is not None and jid.value else by_name.get("name")
    if key is None or key.value is None:
        raise JailError("no jail specified", "ENOENT")
    arrays = [param for param in params if param.array]
    if arrays:
        ask_sizes(proc, key, arrays, flags)
    rest = [param for param in params if not param.array and param is not key]
    for sanity in range(ARRAY_SANITY + 1):
        result = jail_get(proc, key, arrays + rest, flags)
        if (
            not arrays
            or sanity == ARRAY_SANITY
            or str(result.errno) != "EINVAL"
            or result.errmsg
            or not ask_sizes(proc, key, arrays, flags, again=True)
        ):
            break
    jid_answered = jid_of(result, "jail_get")
    read(params, result)
    return jid_answered


def ask_sizes(
    proc: Process, key: JailParam, arrays: Iterable[JailParam], flags: int, *, again: bool = False
) -> bool:
    """Ask for the lengths of lists, and make buffers for that and a little more.

    :raises JailError: if the kernel refuses, unless this is a retry (`again`).
    """
    result = jail_get(proc, key, [replace(param, size=0) for param in arrays], flags)
    if again and result.errno is not None:
        return False
    jid_of(result, "jail_get")
    sizes = dict(result.wanted or ())
    for param in arrays:
        length = sizes[param.name]
        assert isinstance(length, int)
        param.size = max(param.size, length + param.type.size * ARRAY_SLOP)
    return True


def jail_get(proc: Process, key: JailParam, wants: Sequence[JailParam], flags: int) -> Result:
    """jail_get(2).  If the name is the key, a jid among the wishes is one too, with value 0."""
    assert isinstance(key.value, int | str)
    by = [(key.name, user_text(key.value) if isinstance(key.value, str) else key.value)]
    if key.name == "name" and any(want.name == "jid" for want in wants):
        by.insert(0, ("jid", 0))
        wants = [want for want in wants if want.name != "jid"]
    want = tuple(
        (user_text(param.name), param.size if param.array else param.type.size) for param in wants
    )
    return proc.host.call(JailGet(proc.pid, flags, tuple(by), want, plain=False))


def read(params: Iterable[JailParam], result: Result) -> None:
    """Copy what the kernel has put into the buffers."""
    wanted = {kernel_bytes(name): value for name, value in result.wanted or ()}
    for param in params:
        if param.name == "jid":
            param.value = result.ret
        value = wanted.get(param.name)
        if isinstance(value, tuple):
            family = FAMILY[param.type.type]
            param.value = tuple(socket.inet_ntop(family, address) for address in value)
            param.size = len(value) * param.type.size
        elif isinstance(value, str) and value in JAILSYS_VALUES and is_jailsys(param):
            param.value = JAILSYS_VALUES.index(value)
        elif isinstance(value, str | int):
            param.value = value if isinstance(value, str) else int(value)


def is_jailsys(param: JailParam) -> bool:
    """True for host, vnet, ip4 and ip6."""
    return param.type.type is Type.JAILSYS


def jail_getid(proc: Process, name: str) -> int:
    """The jid of the jail with this number or name; 0 is the host.  jail_getid(3).

    :raises JailError: if there is none.
    """
    number, end = strtoul(name)
    if name and end == len(name):
        jid = int32(number)
        if jid == 0:
            return 0
        key: tuple[str, int | str] = ("jid", jid)
    else:
        key = ("name", user_text(name))
    result = proc.host.call(JailGet(proc.pid, 0, (key,), plain=False))
    return jid_of(result, "jail_get")
