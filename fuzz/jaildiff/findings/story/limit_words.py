"""Why a parameter exceeds the limits and addresses of the jail that the kernel checks it against.

Kernels differ in which jail that is: the parent of the updated jail, or the caller's jail.  Here it
is the one that the parameter exceeds.
"""

from collections.abc import Iterator

from jail_kernel import allow
from jail_kernel.call import JAIL_UPDATE, JailSet, Result
from jail_kernel.inet import prison_ip_parent_match
from jail_kernel.jail_conf import JailConf, jail_conf
from jail_kernel.jail_params import check_allow, check_limits
from jail_kernel.kernel import Kernel
from jail_kernel.lookup import prison_find_name, prison_ischild
from jail_kernel.state import Prison

NUMBERS = {  # a parameter: its field, and how it is wrong
    "securelevel": ("securelevel", "is less than that of"),
    "enforce_statfs": ("enforce_statfs", "is less than that of"),
    "children.max": ("childmax", "is not less than that of"),
    "devfs_ruleset": ("devfs_ruleset", "is not that of"),
}
FAMILIES = {"ip4.addr": "ip4", "ip6.addr": "ip6"}


def limit_words(k: Kernel, me: Prison, call: JailSet, name: str) -> str:
    """How a parameter exceeds a limit: "is less than that of jail 1 (2)"; empty if it does not."""
    conf = jail_conf(call)
    if isinstance(conf, Result):
        return ""
    for ppr in dict.fromkeys(parents(k, me, call, conf)):
        where = f"jail {ppr.jid}" if ppr is not k.prison0 else "the host"
        if name in NUMBERS:
            field, wrong = NUMBERS[name]
            if check_limits(k, me, ppr, asking(field, getattr(conf, field))) is not None:
                return f"{wrong} {where} ({getattr(ppr, field)})"
        elif name in FAMILIES:
            addrs = conf.ip4 if name == "ip4.addr" else conf.ip6
            if addrs and not prison_ip_parent_match(ppr, FAMILIES[name], addrs):
                return f"has addresses that {where} does not have"
        elif name in allow.BIT:
            bit = conf.allow_on & allow.BIT[name]
            if check_allow(ppr, asking("allow_on", bit)) is not None:
                return f"is not allowed in {where}"
    return ""


def asking(field: str, value: object) -> JailConf:
    """A jail_set that asks for one thing only."""
    conf = JailConf()
    setattr(conf, field, value)
    return conf


def parents(k: Kernel, me: Prison, call: JailSet, conf: JailConf) -> Iterator[Prison]:
    """The jails whose limits a kernel may check a call against."""
    pr = k.prid.get(conf.jid) if conf.jid else None
    if pr is None and call.flags & JAIL_UPDATE and conf.name:
        pr = prison_find_name(k, me, conf.name)
    if pr is not None and prison_ischild(k, me, pr):
        yield pr.parent
    above = (conf.name or "").rpartition(".")[0]
    ppr = prison_find_name(k, me, above) if above else None
    if ppr is not None:
        yield ppr
    yield me
