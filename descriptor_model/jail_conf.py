"""The parameters of one jail_set(2), with all checks that do not depend on any jail.

kern_jail.c, kern_jail_set(), from "Check all the parameters before committing to anything" on.
"""

from collections.abc import Sequence
from typing import Final

from descriptor_model import allow
from descriptor_model.jailmeta import TextOptions, is_text, text_options
from jail_kernel import jail_conf as untouched
from jail_kernel.call import (
    JAIL_AT_DESC,
    JAIL_ATTACH,
    JAIL_CREATE,
    JAIL_GET_DESC,
    JAIL_OWN_DESC,
    JAIL_UPDATE,
    JAIL_USE_DESC,
    Errno,
    JailSet,
    Result,
)
from jail_kernel.jail_conf import (
    ConfError,
    JailConf,
    check_addrs,
    check_booleans,
    check_jailsys,
    check_name_and_host,
    check_numbers,
    check_os,
    einval,
    number,
    refuse_update,
)
from jail_kernel.options import Option, build_options, no_name
from jail_source.descent import inherit

# [New: J3]
DESC_FLAGS = JAIL_USE_DESC | JAIL_AT_DESC | JAIL_GET_DESC | JAIL_OWN_DESC
# [Modified: J3]
SET_FLAGS: Final = untouched.SET_FLAGS | DESC_FLAGS
# [Modified: J3]
KNOWN: Final = untouched.KNOWN | {"desc"}


# [New: J2]
def jail_options(call: JailSet) -> list[Option]:
    """The options of the call, kept with it; raises ConfError if they are too many."""
    options = call.memo.get(jail_options)
    if options is None:
        options = call.memo[jail_options] = build_options(call.params)
    if options is None:
        raise einval()
    assert isinstance(options, list)
    return options


# [New: J9]
def jail_texts(call: JailSet) -> TextOptions:
    """The options of the modules, kept with the call."""
    texts = call.memo.get(jail_texts)
    if texts is None:
        texts = call.memo[jail_texts] = text_options(jail_options(call))
    assert isinstance(texts, list)
    return texts


# [New: J2]
def jail_desc(call: JailSet) -> int | Result | None:
    """The number in desc (None if there is none), or the answer if a check fails.

    These are the checks before the privilege.  They depend on the call alone, so the result is
    cached there.
    """
    try:
        desc: int | Result | None = call.memo[check_desc]  # type: ignore[assignment]  # kept below
    except KeyError:
        try:
            desc = check_desc(call)
        except ConfError as error:
            desc = error.args[0]
        call.memo[check_desc] = desc
    return desc


# [New: J2]
def check_desc(call: JailSet) -> int | None:
    """Check that the call has something to do, and desc if it needs one; raises ConfError."""
    options = jail_options(call)
    if not call.flags & (JAIL_CREATE | JAIL_UPDATE):
        raise einval("no valid operation (create or update)")
    # [New: J3]
    return wanted_desc(dict(options), call.flags, needed_by=DESC_FLAGS)


# [New: J3]
def wanted_desc(opts: dict[str, bytes], flags: int, *, needed_by: int) -> int | None:
    """The number in desc, if the flags need one; else desc is refused.  Raises ConfError."""
    desc = number(opts, "desc")
    if desc is None and flags & needed_by:
        raise ConfError(Result(Errno.ENOENT, None, "missing desc"))
    if desc is not None and not flags & DESC_FLAGS:
        raise einval("unexpected desc")
    return desc


# [Modified: J2]
def check_conf(call: JailSet) -> JailConf:
    """All checks in the kernel's order; raises ConfError."""
    # [Modified: J2]
    options = jail_options(call)
    flags = call.flags
    # [Removed: J2]
    opts = dict(options)
    conf = JailConf()
    check_numbers(conf, opts)
    check_booleans(conf, opts)
    check_jailsys(conf, opts)
    if flags & (JAIL_CREATE | JAIL_ATTACH) == JAIL_CREATE and not conf.persist:
        raise einval("new jail must persist or attach")
    if flags & JAIL_UPDATE:
        for name in ("vnet", "ip4", "ip6"):
            refuse_update(name, update=name in opts)
    check_allow(conf, opts)
    check_name_and_host(conf, opts)
    check_addrs(conf, opts, "ip4", "IPv4")
    check_addrs(conf, opts, "ip6", "IPv6")
    if conf.vnet is not None and not (conf.ip4_user is None and conf.ip6_user is None):
        raise einval("vnet jails cannot have IP address restrictions")
    check_os(conf, opts, update=bool(flags & JAIL_UPDATE))
    conf.unknown = first_unknown(options)
    return conf


def first_unknown(options: Sequence[Option]) -> str | None:
    """The name of the first option that no check reads."""
    for name, _ in options:
        if name not in KNOWN and name not in allow.BIT and name not in NO_ALLOW:
            # [New: J9]
            if is_text(name):
                continue
            return name
    return None


NO_ALLOW: Final = {no_name(name): bit for name, bit in allow.BIT.items()}

jail_conf = inherit(untouched.jail_conf, check_conf=check_conf)
check_allow = inherit(untouched.check_allow, allow=allow, NO_ALLOW=NO_ALLOW)
