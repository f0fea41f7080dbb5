"""Which check refused a call, by name, where the answer itself does not say so.

A parameter is to blame if the call without it gets another answer.  So the call is tried again
without each parameter, and each trial is undone.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from jail_kernel import allow
from jail_kernel.call import (
    JAIL_CREATE,
    Errno,
    JailAttach,
    JailRemove,
    JailSet,
    Result,
    kernel_bytes,
    user_text,
)
from jail_kernel.jail_conf import jail_conf
from jail_kernel.kernel import Kernel
from jail_kernel.lookup import prison_ischild, siblings_named
from jail_kernel.reference import ALIVE, DYING, ancestry, descendants
from jail_kernel.state import Prison
from jaildiff.findings.story.call_words import listed
from jaildiff.findings.story.facts import caller_jail
from jaildiff.findings.story.limit_words import limit_words, parents
from jaildiff.kernels.registry import Model
from jaildiff.programs.commands.command import Op
from jaildiff.programs.op_language import param_text
from jaildiff.support.printable import quoted

ASSERTED = "Cannot add a process"  # how a panic that needs INVARIANTS begins
LIMIT = "prison limit exceeded"
TAKEN = re.compile(r'jail "(.+)" already exists')
NO_BLAME = ("jid", "persist")  # without one of these it would be a different call
CHECKS = {  # what is wrong with a parameter, by its name and the error
    ("devfs_ruleset", Errno.EINVAL): "is no number of a ruleset",
    ("path", Errno.ENOENT): "does not exist",
    ("path", Errno.ENOTDIR): "is no directory",
}
OTHERS = {
    Errno.EPERM: "is not permitted",
    Errno.EINVAL: "is no value that it can have",
    Errno.ENAMETOOLONG: "is too long",
}


INVARIANTS_ONLY = "it is built with INVARIANTS, and so checks this; else the call succeeds"


def needs_invariants(text: str | None) -> bool:
    """Whether this is the text of a panic that only a kernel with INVARIANTS has."""
    return text is not None and text.startswith(ASSERTED)


def reason(k: Kernel, model: Model, call: Op, result: Result) -> str:
    """Why a kernel refuses a call: a sentence without its full stop; empty if its answer says it.

    The kernel is one that has not yet taken the call.
    """
    if result.panicked and needs_invariants(result.errmsg):
        return INVARIANTS_ONLY
    if result.errno is None:
        return ""
    if isinstance(call, JailAttach | JailRemove):
        return not_reached(k, call)
    if not isinstance(call, JailSet):
        return ""
    me = caller_jail(k, call)
    if result.errmsg == LIMIT:
        return full(k, me)
    if result.errno is Errno.EADDRINUSE:
        return listed([*owners(k, call)])
    if result.errmsg is not None:
        taken = TAKEN.fullmatch(result.errmsg)
        return name_owner(k, me, call, taken[1]) if taken else ""

    def answer(other: JailSet) -> Result:
        answered = model.step(k, other)
        k.rollback()
        return answered

    told = wrong_parameter(k, call, result, answer) or no_right(call, me, result)
    if not told and result.errno is Errno.ENAMETOOLONG:
        told = f"behind the name of jail {me.jid}, which has {len(me.name)} bytes, no name fits"
    return told


def not_reached(k: Kernel, call: JailAttach | JailRemove) -> str:
    """Why there is no jail to enter or to remove."""
    pr, p = k.prid.get(call.jid), k.procs.get(call.pid)
    if p is None or pr is None:
        return f"there is no jail {call.jid}" if p else ""
    if not prison_ischild(k, p.cred.prison, pr):
        return f"jail {call.jid} does not lie below the caller's jail"
    return f"jail {call.jid} is dying" if pr.state is DYING else ""


def full(k: Kernel, me: Prison) -> str:
    """Which jail already has as many jails below it as it may, and which of them are dying."""
    pr = next((pr for pr in ancestry(k, me) if pr.childcount >= pr.childmax), None)
    if pr is None:
        return ""
    dying = [f"jail {child.jid}" for child in descendants(pr) if child.state is DYING]
    where = f"jail {pr.jid}" if pr is not k.prison0 else "the host"
    told = f"{where} has as many jails below it as it may (children.max={pr.childmax})"
    are = "is" if len(dying) == 1 else "are"
    return told + (f"; {listed(dying)} among them {are} dying" if dying else "")


def owners(k: Kernel, call: JailSet) -> Iterator[str]:
    """Which live jails have the addresses that a call asks for."""
    conf = jail_conf(call)
    if isinstance(conf, Result):
        return
    for addr in (*(conf.ip4 or ()), *(conf.ip6 or ())):
        for pr in k.addrs.get(addr, ()):
            if pr.state is ALIVE and pr.jid != conf.jid:
                yield f"jail {pr.jid} has one of the addresses"


def name_owner(k: Kernel, me: Prison, call: JailSet, name: str) -> str:
    """Which live jail has the name that is taken, be it in leftover bytes of an earlier name."""
    conf = jail_conf(call)
    if isinstance(conf, Result):
        return ""
    last = kernel_bytes(name).rpartition(".")[2]
    for ppr in parents(k, me, call, conf):
        for pr in siblings_named(k, ppr, last):
            if pr.state is not ALIVE or pr.jid == conf.jid:
                continue
            if pr.name == (last if ppr is k.prison0 else f"{ppr.name}.{last}"):
                own = conf.name is None  # and the jail that it asks for is brought back by its name
                before = (
                    f"the call, which gives no name, is taken to give that of jail {conf.jid}; "
                )
                return f"{before if own else ''}jail {pr.jid} has that name"
            return (
                f"in memory {quoted(user_text(last))} still follows the name of jail "
                f"{pr.jid}, {quoted(user_text(pr.name))}, left by an earlier one, and is read"
            )
    return ""


def wrong_parameter(
    k: Kernel, call: JailSet, result: Result, answer: Callable[[JailSet], Result]
) -> str:
    """The first parameter without which the answer changes."""
    for name, value in call.params:
        rest = tuple(pair for pair in call.params if pair[0] != name)
        if name in NO_BLAME or answer(replace(call, params=rest)) == result:
            continue
        if name == "name" and result.errno is not Errno.ENAMETOOLONG:
            continue
        if name == "name" and isinstance(value, str):
            return too_long(call, value, answer)
        assert result.errno is not None
        wrong = CHECKS.get((name, result.errno)) or OTHERS.get(result.errno)
        if result.errno is Errno.EPERM:
            wrong = limit_words(k, caller_jail(k, call), call, name) or wrong
        return f"{param_text(name, value)} {wrong}" if wrong else ""
    return ""


def too_long(call: JailSet, name: str, answer: Callable[[JailSet], Result]) -> str:
    """How long the last part of the name is, and how long it may be."""
    parent, dot, last = name.rpartition(".")
    least, most = 0, len(last)  # the shortest length fits, the longest does not
    while most - least > 1:
        size = (least + most) // 2
        params = [
            ("name", f"{parent}{dot}{last[:size]}") if key == "name" else (key, value)
            for key, value in call.params
        ]
        fits = answer(replace(call, params=tuple(params))).errno is not Errno.ENAMETOOLONG
        least, most = (size, most) if fits else (least, size)
    if not least:
        return "no name is short enough for the names of the jails below"
    return f"the last part of the name has {len(last)} bytes, {least} fit"


def no_right(call: JailSet, me: Prison, result: Result) -> str:
    """Why the caller may not call at all."""
    if result.errno is not Errno.EPERM:
        return ""
    if call.flags & JAIL_CREATE and me.childmax == 0:
        return "the caller's jail may have no jails below it (children.max=0)"
    if me.allow & allow.SUSER:
        return ""
    return "the caller's jail has no rights of root (allow.suser)"
