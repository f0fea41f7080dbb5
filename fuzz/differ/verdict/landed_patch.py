"""The rulebook of legacy against new: what the landed patch changes.

Exactly one rule claims a root; none or several make it unexplained.
"""

from fuzz.differ.steps.case import Case
from fuzz.differ.verdict import predicates as p
from fuzz.differ.verdict.expectations import flaw
from fuzz.differ.verdict.landed_patch_echoes import ECHO_RULES
from fuzz.differ.verdict.rule import Rule, Severity, Surface, Verdict
from fuzz.differ.verdict.rulebook import Rulebook
from fuzz.kernels.bug_kinds import BugKind, Side
from prison.call import JAIL_UPDATE

COMMIT = "commit ed31b3f4a146 (review D28150)"

RULES: tuple[Rule[Case], ...] = (
    # A DYING JAIL IS IN THE WAY, OR IS WANTED
    Rule(
        id="dying-jid-reused",
        title="a create takes the jid of a dying jail, which is renumbered",
        surface=Surface.JID,
        verdict=Verdict.INTENDED,
        severity=Severity.MEDIUM,
        rationale="What the patch is for: a jid can be used again while the jail that had it is "
        "dying. The new jail is pristine, the dying one goes to the end of the jid range.",
        advice="Reuse the jid at once, without waiting for the dying jail, and keep track of the "
        "dying one by its name, for its jid has changed.",
        reference=f"{COMMIT}, summary: silently renumbering the old dying jail",
        witness="rules/dying-jid-reused.jd",
        matches=lambda c: (
            p.about_dying(c)
            and p.old_refused(c)
            and c.new.ok
            and {"created", "renumbered"} <= c.new_effects
            and not p.foreign(c)
        ),
    ),
    Rule(
        id="dying-name-reused",
        title="a create takes the name of a dying jail that the old kernel stumbled over",
        surface=Surface.NAME,
        verdict=Verdict.INTENDED,
        severity=Severity.LOW,
        rationale="With JAIL_UPDATE|JAIL_DYING the old kernel tried to update the dying jail and "
        "failed; for the new one there is no such jail, so it creates one.",
        advice="Leave JAIL_DYING out: on the new kernel it does nothing, and a name that only a "
        "dying jail has is free.",
        reference=f"{COMMIT}: a name could be used again before; now with every flag",
        witness="rules/dying-name-reused.jd",
        matches=lambda c: (
            p.about_dying(c)
            and p.old_refused(c)
            and c.new.ok
            and p.created(c.new_effects)
            and not p.renumbered(c.new_effects)
        ),
    ),
    Rule(
        id="foreign-dying-jail-renumbered",
        title="a jailed root renumbers a dying jail that it cannot see",
        surface=Surface.JID,
        verdict=Verdict.BUG,
        severity=Severity.MEDIUM,
        bug_kind=BugKind.WRONG_VISIBILITY,
        side=Side.NEW,
        rationale="A process in a jail changes the jid of a jail outside its own subtree. The old "
        "kernel only told it that the jid was taken.",
        advice="Find a dying jail by its name, not by its jid, while a jail whose root you do not "
        "trust may create jails (children.max above 0).",
        reference="jail(8): hierarchical jails; kern_jail_set(), deadpr is not checked for "
        "visibility",
        witness="rules/foreign-dying-jail-renumbered.jd",
        matches=lambda c: (
            p.about_dying(c) and c.new.ok and p.renumbered(c.new_effects) and p.foreign(c)
        ),
    ),
    Rule(
        id="resurrected-with-stale-parameters",
        title="the old kernel resurrects where the new one creates",
        surface=Surface.PARAMETERS,
        verdict=Verdict.BUG,
        severity=Severity.HIGH,
        bug_kind=BugKind.STALE_PARAMETERS,
        side=Side.OLD,
        rationale="The caller asked for a jail with these parameters and got an earlier jail with "
        "whatever it was given in its first life. The new kernel makes a pristine jail.",
        advice="On the old kernel wait until jls -d no longer shows the dying jail before you "
        "create it again, or pass every parameter that you rely on.",
        reference="review D28150, summary: newly created jails are always pristine; a design "
        "error of the original work",
        witness="rules/resurrected-with-stale-parameters.jd",
        matches=lambda c: p.resurrected(c) and c.new.ok and p.created(c.new_effects),
    ),
    Rule(
        id="resurrection-withdrawn",
        title="a dying jail can no longer be updated back to life",
        surface=Surface.LIFECYCLE,
        verdict=Verdict.INTENDED,
        severity=Severity.MEDIUM,
        rationale="JAIL_DYING is accepted by jail_set but has no effect: a removed jail stays "
        "removed, and an update finds nothing, or a limit that counts dying jails.",
        advice="Create a new jail instead of updating the removed one, and give it all its "
        "parameters again.",
        reference="jail(2) since the patch: JAIL_DYING is deprecated in jail_set and has no effect",
        witness="rules/resurrection-withdrawn.jd",
        matches=lambda c: (
            p.resurrected(c)
            and p.new_refused(c)
            and not p.empty_after(c)
            and not p.false_exhaustion(c)
        ),
    ),
    Rule(
        id="alive-without-references",
        title="the old kernel makes a dying jail alive though nothing keeps it up",
        surface=Surface.LIFECYCLE,
        verdict=Verdict.BUG,
        severity=Severity.HIGH,
        bug_kind=BugKind.NO_REFERENCE,
        side=Side.OLD,
        rationale="An update with JAIL_DYING and neither persist nor attach sets the jail alive "
        "with no user reference. A child made in it, or the removal of its parent, then fails an "
        "assertion.",
        advice="On the old kernel pass persist or JAIL_ATTACH with every update that has "
        "JAIL_DYING.",
        reference="kern_jail_set(), born; prison_proc_hold(), KASSERT",
        witness="rules/alive-without-references.jd",
        matches=lambda c: p.resurrected(c) and p.new_refused(c) and p.empty_after(c),
    ),
    Rule(
        id="name-wins-over-dying-jid",
        title="an update by the name of a live jail ignores a jid that a dying jail has",
        surface=Surface.JID,
        verdict=Verdict.INTENDED,
        severity=Severity.MEDIUM,
        rationale="A dying jail is as good as absent, and with JAIL_CREATE|JAIL_UPDATE both "
        "kernels ignore a jid that nobody has if there is a live jail of the name.",
        advice="Compare the jid that the update returns with the one you asked for, or pass the "
        "name alone.",
        reference=f"{COMMIT}, kern_jail_set(), deadpr",
        witness="rules/name-wins-over-dying-jid.jd",
        matches=lambda c: c.flag(JAIL_UPDATE) and c.dying(c.jid) and p.updated_live(c),
    ),
    Rule(
        id="dying-reads-not-found",
        title="an update of a dying jail finds nothing",
        surface=Surface.MESSAGE,
        verdict=Verdict.INTENDED,
        severity=Severity.LOW,
        rationale='For jail_set a dying jail does not exist any more: an update says "not found" '
        'where it said "is dying", or named what else was in its way.',
        advice="Take ENOENT for gone, whatever its text says, and ask jail_get with JAIL_DYING "
        "where you must know of a dying jail.",
        reference=f"{COMMIT}, kern_jail_set()",
        witness="rules/dying-reads-not-found.jd",
        matches=lambda c: (
            p.about_dying(c)
            and p.old_refused(c)
            and p.new_refused(c)
            and p.finds_nothing(c)
            and c.old.result != c.new.result
        ),
    ),
    Rule(
        id="dying-no-longer-refuses",
        title="a call that a dying jail made fail now fails for its own reason",
        surface=Surface.ERRNO,
        verdict=Verdict.INTENDED,
        severity=Severity.LOW,
        rationale="The dying jail is no obstacle any more, so the call gets to a later check, "
        "which refuses it. Either way the call fails and leaves everything as it was.",
        advice="Mend what the new error names: to wait for the dying jail no longer helps.",
        reference=f"{COMMIT}, kern_jail_set(): order of the checks",
        witness="rules/dying-no-longer-refuses.jd",
        matches=lambda c: (
            p.about_dying(c)
            and p.old_refused(c)
            and p.new_refused(c)
            and c.old.result != c.new.result
            and not p.finds_nothing(c)
            and not p.false_exhaustion(c)
        ),
    ),
    Rule(
        id="failed-create-renumbers",
        title="a create that fails leaves the dying jail renumbered",
        surface=Surface.JID,
        verdict=Verdict.BUG,
        severity=Severity.MEDIUM,
        bug_kind=BugKind.HALF_DONE,
        side=Side.NEW,
        rationale="The dying jail is renumbered before the parameters are checked and not put "
        "back, so a call that fails changes a jid, and the jid asked for is nobody's. The price "
        "that the review names is paid for a new jail only.",
        advice="After a create that failed look for the dying jail by its name, not by its jid; "
        "and check the parameters before you call.",
        reference="kern_jail_set(): get_next_deadid() comes before the checks; review D28150: in "
        "this one specific instance jids are no longer immutable",
        witness="rules/failed-create-renumbers.jd",
        matches=lambda c: not c.new.ok and p.renumbered(c.new_effects),
    ),
    Rule(
        id="failed-create-uses-jid",
        title="a call on a dying name that fails uses up an automatic jid",
        surface=Surface.JID,
        verdict=Verdict.INTENDED,
        severity=Severity.LOW,
        rationale="For the new kernel the call is a create, and a create that fails has always "
        "used up its automatic jid.",
        advice="Read the jid that a successful create returns; do not guess which is next.",
        reference="kern_jail_set(), get_next_prid()",
        witness="rules/failed-create-uses-jid.jd",
        matches=lambda c: (
            p.about_dying(c)
            and p.old_refused(c)
            and p.new_refused(c)
            and c.old.result == c.new.result
            and "next jid" in c.new_effects
        ),
    ),
    Rule(
        id="false-no-jid-left",
        title="the search for a dying jail's new jid gives up though some are free",
        surface=Surface.LIMITS,
        verdict=Verdict.BUG,
        severity=Severity.LOW,
        bug_kind=BugKind.BROKEN_LIMIT,
        side=Side.NEW,
        rationale="When the counter has come down to 1 the next candidate is 0, which no jail "
        "uses, so it is taken, and 0 means that none is free. The next attempt works.",
        advice="Call again when EAGAIN comes though jids are free: the second attempt works.",
        reference="get_next_deadid(); jail(2), ERRORS: EAGAIN",
        witness="rules/false-no-jid-left.jd",
        matches=lambda c: p.about_dying(c) and p.new_refused(c) and p.false_exhaustion(c),
    ),
    # UPDATES BY JID OF JAILS BELOW OTHER JAILS
    Rule(
        id="nested-update-exceeds-parent",
        title="an update by jid gives a nested jail what its parent has not",
        surface=Surface.LIMITS,
        verdict=Verdict.BUG,
        severity=Severity.HIGH,
        bug_kind=BugKind.BROKEN_LIMIT,
        side=Side.NEW,
        rationale="The limits are those of the caller's jail instead of the jail's own parent, so "
        "securelevel, enforce_statfs, children.max, allow.*, devfs_ruleset or addresses can "
        "exceed the parent's.",
        advice="Update a nested jail by its full name alone, without its jid, and compare its "
        "limits with those of its parent.",
        reference="jail(8): a jail is never less restricted than its parent; kern_jail_set(), ppr",
        witness="rules/nested-update-exceeds-parent.jd",
        matches=lambda c: p.nested_update(c) and c.new.ok and c.old.kind in ("EPERM", "EADDRINUSE"),
    ),
    Rule(
        id="nested-rename-ignores-sibling",
        title="a rename by jid does not see that a sibling of the nested jail has the name",
        surface=Surface.NAME,
        verdict=Verdict.BUG,
        severity=Severity.MEDIUM,
        bug_kind=BugKind.DUPLICATE_NAME,
        side=Side.NEW,
        rationale="Equal names are looked for among the children of the caller's jail, not of the "
        "jail's own parent.",
        advice="Rename a nested jail from inside its parent, or look first whether a sibling has "
        "the name.",
        reference="jail(2), ERRORS: EEXIST; kern_jail_set(), ppr",
        witness="rules/nested-rename-ignores-sibling.jd",
        matches=lambda c: p.nested_update(c) and c.new.ok and c.old.kind == "EEXIST",
    ),
    Rule(
        id="nested-rename-loses-parent",
        title="a rename by jid takes the parent's part from a nested jail's name",
        surface=Surface.NAME,
        verdict=Verdict.BUG,
        severity=Severity.HIGH,
        bug_kind=BugKind.LOST_NAME,
        side=Side.NEW,
        rationale="The new name is put together with the name of the caller's jail. The jail looks "
        "like a child of that, its parent does not find it by name, and a process between them "
        "that reads the name makes the kernel fault.",
        advice="Rename a nested jail only from inside its parent.",
        reference="jail(8): names of nested jails are dotted; kern_jail_set(), ppr",
        witness="rules/nested-rename-loses-parent.jd",
        matches=lambda c: (
            p.nested_update(c)
            and c.new.ok
            and c.old.kind in ("ok", "EINVAL", "ENAMETOOLONG")
            and p.name_after(c, c.old) != p.name_after(c, c.new)
        ),
    ),
    Rule(
        id="nested-update-wrong-value",
        title="an update by jid gives a nested jail a value of the caller's jail",
        surface=Surface.PARAMETERS,
        verdict=Verdict.BUG,
        severity=Severity.MEDIUM,
        bug_kind=BugKind.WRONG_VALUE,
        side=Side.NEW,
        rationale="A value that comes from the parent (devfs_ruleset, in a jail) is taken from the "
        "caller's jail instead.",
        advice="Update a nested jail by its full name alone, without its jid, or read the value "
        "back with jail_get.",
        reference="kern_jail_set(), ppr",
        witness="rules/nested-update-wrong-value.jd",
        matches=lambda c: (
            p.nested_update(c)
            and c.new.ok
            and c.old.kind in ("ok", "EINVAL", "ENAMETOOLONG")
            and p.name_after(c, c.old) == p.name_after(c, c.new)
        ),
    ),
    Rule(
        id="nested-update-refused",
        title="an update by jid of a nested jail is refused by the rules of another jail",
        surface=Surface.ERRNO,
        verdict=Verdict.BUG,
        severity=Severity.MEDIUM,
        bug_kind=BugKind.WRONG_ERRNO,
        side=Side.NEW,
        rationale="Name, parent and limits are compared with the caller's jail, so a correct "
        "update (by jid and full name, say) fails, or fails with the wrong error.",
        advice="Update a nested jail by its full name alone, without its jid.",
        reference="jail(2); kern_jail_set(), ppr",
        witness="rules/nested-update-refused.jd",
        matches=lambda c: p.nested_update(c) and c.new.kind not in ("ok", "panic"),
    ),
)

RULEBOOK = Rulebook(RULES, ECHO_RULES, flaw)
