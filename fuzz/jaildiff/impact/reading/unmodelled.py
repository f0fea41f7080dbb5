"""The parameters that exist: those that are modelled, and those that real systems know."""

from jail_userland.conf.params import INTPARAMS_15
from jail_userland.libjail import nononame
from jail_userland.param_types import PARAM_TYPES, UNMODELLED, ParamType, Type

# Kernel modules add their own.  Their names do not matter to a dying jail.
FAMILIES = {
    "allow.mount.": ParamType(Type.BOOL),
    "env.": ParamType(Type.STRING, size=4096),
    "linux.": ParamType(Type.STRING, size=256),
    "meta.": ParamType(Type.STRING, size=4096),
    "sysv": ParamType(Type.JAILSYS),
    "zfs.": ParamType(Type.STRING, size=4096),
}
OTHERS = {
    "env": ParamType(Type.STRING, size=4096),
    "meta": ParamType(Type.STRING, size=4096),
}


def known_type(name: str) -> str | None:
    """The name under which a parameter is modelled; None if it is not."""
    for same in (name, nononame(name)):
        if same in PARAM_TYPES or (same in INTPARAMS_15 and same != "zfs.dataset"):
            return same
    return None


def unmodelled(name: str) -> dict[str, ParamType] | None:
    """The system's name of a parameter that is not modelled; None if no system knows it."""
    for same in (name, nononame(name)):
        if same is None:
            continue
        kind = {**UNMODELLED, **OTHERS}.get(same) or next(
            (kind for start, kind in FAMILIES.items() if same.startswith(start)), None
        )
        if kind is not None:
            return {same: kind}
    return None
