"""Facts about the jails that a call asks for, in one kernel, before the call."""

from collections.abc import Iterator, Mapping

from jail_kernel.call import Drop, JailGet, JailSet, Result, kernel_bytes
from jail_kernel.jail_conf import jail_conf
from jail_kernel.kernel import Kernel
from jail_kernel.lookup import prison_find_name, prison_ischild
from jail_kernel.reference import DYING
from jail_kernel.state import Prison
from jaildiff.differ.steps.experiment import asked_for
from jaildiff.findings.story.call_words import listed
from jaildiff.findings.story.difference_words import holders
from jaildiff.programs.commands.command import Op
from jaildiff.support.printable import quoted

Dying = Mapping[int, int]  # by the jail's age, the step since which it has been dying


def facts(k: Kernel, call: Op, dying: Dying) -> Iterator[str]:
    """Sentences without their full stops."""
    if isinstance(call, Drop):
        yield f"the holder {quoted(call.res)} keeps {kept_jail(k, call.res)}"
        return
    me = caller_jail(k, call)
    asked = asked_by(k, me, call)
    for jid in dict.fromkeys(asked):
        pr = k.prid.get(jid)
        if pr is None:
            continue
        seen = prison_ischild(k, me, pr)
        if pr.state is DYING:
            yield dying_words(k, pr, dying)
            if not seen:
                yield f"the caller's jail is not above jail {jid}"
        elif jid != asked[0]:
            yield f"the name that the call gives is that of jail {jid}, which is alive"
        elif isinstance(call, JailSet) and seen and pr.parent is not me:
            here = "on the host" if me is k.prison0 else "in the caller's jail"
            yield f"jail {jid} lies in jail {pr.parent.jid}, not directly {here}"
    ppr = parent_named(k, me, call)
    if ppr is not None and ppr.state is DYING and ppr.jid not in asked:
        yield f"the name asks for a jail below a dying one: {dying_words(k, ppr, dying)}"


def asked_by(k: Kernel, me: Prison, call: Op) -> tuple[int, int]:
    """The jid that a call asks for, and the jid of the jail that its name means."""
    if not isinstance(call, JailGet):
        return asked_for(k, me, call)
    by = dict(call.by)
    jid = int(by.get("jid", 0))
    if jid or "name" not in by:
        return jid, 0
    pr = prison_find_name(k, me, kernel_bytes(str(by["name"])))
    return 0, 0 if pr is None else pr.jid


def parent_named(k: Kernel, me: Prison, call: Op) -> Prison | None:
    """The jail named before the last dot of the name in a jail_set."""
    conf = jail_conf(call) if isinstance(call, JailSet) else None
    if conf is None or isinstance(conf, Result) or conf.name is None or "." not in conf.name:
        return None
    return prison_find_name(k, me, conf.name.rpartition(".")[0])


def dying_words(k: Kernel, pr: Prison, dying: Dying) -> str:
    """Since when a jail has been dying, and who holds it."""
    since = f"has been dying since step {dying[pr.seq]}" if pr.seq in dying else "is dying"
    keep = holders(k, pr)
    return f"jail {pr.jid} {since}" + (f", held by {listed(keep)}" if keep else "")


def kept_jail(k: Kernel, res: str) -> str:
    """The jail that a holder keeps."""
    cred = k.resources.get(res)
    if cred is None:
        return "nothing"
    return f"jail {cred.prison.jid}" if cred.prison.jid else "the host"


def caller_jail(k: Kernel, call: Op) -> Prison:
    """The jail of the caller, or prison0 if there is none."""
    p = k.procs.get(getattr(call, "pid", 0))
    return k.prison0 if p is None else p.cred.prison
