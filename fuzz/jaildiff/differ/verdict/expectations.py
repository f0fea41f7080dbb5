"""What must still hold of a root that a rule has claimed.

A rule recognises what happened.  It does not check that it was done properly, so a mistake in the
new kernel could hide behind it.  This module checks that:
- only jail_set differs;
- a renumbered jail keeps all but its jid, and gets the right one;
- a new jail is pristine;
- a create that leaves the dying jail renumbered failed late.

Like a rule, it sees observations only.
"""

from collections.abc import Iterator, Mapping
from functools import reduce
from operator import or_
from typing import Final

from jail_kernel import allow
from jail_kernel.call import JAIL_CREATE, Errno, JailSet, Result
from jail_kernel.jail_conf import NO_ALLOW
from jail_kernel.jail_get import View, host_view
from jail_kernel.kernel import boot_prison0
from jail_kernel.state import JAIL_MAX
from jaildiff.differ.steps.root_experiment import (
    FIELD,
    JID,
    NAME,
    PARENT,
    STATE,
    Outcome,
    RootExperiment,
)
from jaildiff.kernels.snapshot import PARAMETER
from jaildiff.programs.commands.command import Command

PRISON0 = host_view(boot_prison0(JAIL_MAX))  # calls change nothing in it but children.cur

NO_CALLER: Final = frozenset({"EKILLED", "ESRCH", "EBADOP"})
EARLY: Final = ("prison limit exceeded", " already exists", " not found", " is dying")

# The field that a parameter sets, and a new jail's value if it is not given.
CONSTANT: Final = {
    "children.max": ("childmax", 0),
    "enforce_statfs": ("enforce_statfs", 2),
    "vnet": ("vnet", False),
    "path": ("path", "/"),
    "ip4.saddrsel": ("ip4_saddrsel", True),
    "ip6.saddrsel": ("ip6_saddrsel", True),
    "host.hostname": ("hostname", ""),
    "host.domainname": ("domainname", ""),
    "host.hostuuid": ("hostuuid", "00000000-0000-0000-0000-000000000000"),
    "host.hostid": ("hostid", 0),
}
PERMISSIONS: Final = allow.BIT | NO_ALLOW
INHERITED: Final = ("securelevel", "devfs_ruleset", "osrelease", "osreldate")


def flaw(case: RootExperiment) -> str | None:
    """What is wrong with the new kernel's side of a claimed root; None if nothing."""
    if isinstance(case.call, Command):
        return None  # Both sides have the same kernel.
    if not isinstance(case.call, JailSet):
        return "the patch left this call alone"
    if {case.old.kind, case.new.kind} & NO_CALLER:
        return "the patch does not change who may call"
    unseen = not case.old_effects | case.new_effects
    if case.leaves_traces and unseen and refused(case.old) and refused(case.new):
        return "a refusal left something behind that nobody sees"
    if case.old.lastdeadid != case.lastdeadid:
        return "the old kernel has no counter for the jids of dying jails"
    if case.resurrected and case.dying(case.parent(case.resurrected)):
        return "a jail below a dying one was resurrected"
    found_nothing = Result(Errno.ENOENT, None, f"jail {case.jid} not found")
    update = not case.flag(JAIL_CREATE)
    if update and case.dying(case.jid) and case.new.result != found_nothing:
        return "an update by the jid of a dying jail must find nothing"
    if case.dying(case.new.result.ret or 0) and "created" not in case.new_effects:
        return "the new kernel updated a dying jail"
    if "renumbered" in case.new_effects:
        found = renumbering_flaw(case)
        if found is not None:
            return found
    return new_jail_flaw(case)


def new_jail_flaw(case: RootExperiment) -> str | None:
    """What is wrong with a jail that the new kernel made; None if nothing, or if it made none."""
    if isinstance(case.call, JailSet) and case.new.ok and "created" in case.new_effects:
        return next(creation_flaws(case, case.call), None)
    return None


def refused(outcome: Outcome) -> bool:
    """Whether it refused, other than for lack of a jid, which may move a counter."""
    return outcome.kind not in ("ok", "panic", "EAGAIN")


def renumbering_flaw(case: RootExperiment) -> str | None:
    """What is wrong with how a dying jail was renumbered."""
    moved = [jid for jid in case.new.after if jid not in case.before]
    moved = [jid for jid in moved if case.new.after[jid][STATE] != "alive"]
    if len(moved) != 1 or not case.dying(case.jid):
        return "another jail than the one asked for was renumbered"
    if moved[0] != case.next_deadid:
        return f"the dying jail was given jid {moved[0]}, due was {case.next_deadid}"
    if case.new.lastdeadid != moved[0]:
        return "the search for the next dying jail's jid does not go on from there"
    if not same_but_jid(case.before[case.jid], case.new.after[moved[0]]):
        return "the renumbered jail lost more than its jid"
    if case.new.ok and "created" not in case.new_effects:
        return "a dying jail was renumbered, and nothing has taken its jid"
    message = case.new.result.errmsg or ""
    if message.endswith(EARLY) and not message.startswith("unknown parameter"):
        return "it was refused for what is checked before the renumbering"
    return None


def same_but_jid(before: View, after: View) -> bool:
    """Whether a jail has kept all but its jid; a name that is the jid may change with it."""
    parent, dot, namelc = str(before[NAME]).rpartition(".")
    names = {before[NAME]}
    if namelc == str(before[JID]):
        names.add(f"{parent}{dot}{after[JID]}")
    return after[NAME] in names and after[NAME + 1 :] == before[NAME + 1 :]


def creation_flaws(case: RootExperiment, call: JailSet) -> Iterator[str]:
    """The differences of a new jail from one that a create makes where no jail was dying."""
    jid = case.new.result.ret
    view = None if jid is None else case.new.after.get(jid)
    if view is None:
        return
    parent = case.before.get(number(view[PARENT]), PRISON0)
    given = dict(call.params)
    if parent is PRISON0:
        extends = "." not in str(view[NAME])
    else:
        extends = str(view[NAME]).startswith(f"{parent[NAME]}.")
    if not extends:
        yield "the new jail's name is not its parent's and one component"
    for field, value in defaults(given, parent).items():
        if view[FIELD[field]] != value:
            yield f"the new jail is not pristine: {PARAMETER[field]}"
    if wrong_permissions(given, view, parent):
        yield "the new jail is not pristine: allow"


def defaults(given: Mapping[str, object], parent: View) -> dict[str, object]:
    """The values that parameters must have if they are not given."""
    found = {field: value for name, (field, value) in CONSTANT.items() if name not in given}
    found |= {name: parent[FIELD[name]] for name in INHERITED if name not in given}
    if "host" in given:
        for name in ("hostname", "domainname", "hostuuid", "hostid"):
            found.pop(name, None)
    for family in ("ip4", "ip6"):
        if f"{family}.nosaddrsel" in given:
            found.pop(f"{family}_saddrsel", None)
        if given.keys().isdisjoint({family, f"{family}.addr", "vnet"}):
            found |= {family: None, f"{family}_user": True}
    return found


def wrong_permissions(given: Mapping[str, object], view: View, parent: View) -> bool:
    """Whether permissions that were not asked for differ from those of a new jail."""
    asked = [PERMISSIONS[name] for name in given if name in PERMISSIONS]
    asked_bits = reduce(or_, asked, 0)
    differing = number(view[FIELD["allow"]]) ^ (allow.DEFAULT & number(parent[FIELD["allow"]]))
    return bool(differing & ~asked_bits)


def number(value: object) -> int:
    """A value of a view, as a number."""
    assert isinstance(value, int)
    return value
