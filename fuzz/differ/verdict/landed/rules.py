"""The rulebook of legacy against new: what the landed patch changes.

Exactly one rule claims a root; none or several make it unexplained.
"""

from fuzz.differ.steps.case import Case
from fuzz.differ.verdict import predicates as p
from fuzz.differ.verdict.expectations import flaw
from fuzz.differ.verdict.landed import advice
from fuzz.differ.verdict.landed.echoes import ECHO_RULES
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
        advice=advice.DYING_JID_REUSED,
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
        advice=advice.DYING_NAME_REUSED,
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
        advice=advice.FOREIGN_DYING_JAIL_RENUMBERED,
        reference="jail(8): hierarchical jails; kern_jail_set(), deadpr is not checked for "
        "visibility",
        witness="rules/foreign-dying-jail-renumbered.jd",
        matches=lambda c: (
            p.about_dying(c) and c.new.ok and p.renumbered(c.new_effects) and p.foreign(c)
        ),
    ),
    Rule(
        id="resurrected-with-stale-parameters",
        title="the old kernel brings a jail back with parameters that nobody asked for",
        surface=Surface.PARAMETERS,
        verdict=Verdict.BUG,
        severity=Severity.HIGH,
        bug_kind=BugKind.STALE_PARAMETERS,
        side=Side.OLD,
        rationale="The dying jail keeps what it was given in its first life, and the call does not "
        "set all of it anew. The caller asked for a jail with certain parameters and gets one with "
        "others; the new kernel has made a pristine jail.",
        advice=advice.RESURRECTED_WITH_STALE_PARAMETERS,
        reference="review D28150, summary: newly created jails are always pristine; a design "
        "error of the original work",
        witness="rules/resurrected-with-stale-parameters.jd",
        matches=lambda c: p.made_another(c) and p.stale(c),
    ),
    Rule(
        id="resurrected-instead-of-created",
        title="the old kernel brings a dying jail back where the new one makes another",
        surface=Surface.JID,
        verdict=Verdict.INTENDED,
        severity=Severity.MEDIUM,
        rationale="Both jails have the same parameters, except perhaps persist. But the one that "
        "the old kernel answers with is the jail that was removed: it keeps its jid, whichever the "
        "call asks for, and whatever held it while it was dying still does.",
        advice=advice.RESURRECTED_INSTEAD_OF_CREATED,
        reference=f"{COMMIT}, kern_jail_set(); jail(2) since the patch: JAIL_DYING has no effect",
        witness="rules/resurrected-instead-of-created.jd",
        matches=lambda c: p.made_another(c) and not p.stale(c),
    ),
    Rule(
        id="resurrection-withdrawn",
        title="a dying jail can no longer be updated back to life",
        surface=Surface.LIFECYCLE,
        verdict=Verdict.INTENDED,
        severity=Severity.MEDIUM,
        rationale="JAIL_DYING is accepted by jail_set but has no effect: a removed jail stays "
        "removed. An update says that there is no such jail; a call that may create one can fail "
        "for the reasons for which a create fails.",
        advice=advice.RESURRECTION_WITHDRAWN,
        reference="jail(2) since the patch: JAIL_DYING is deprecated in jail_set and has no effect",
        witness="rules/resurrection-withdrawn.jd",
        matches=lambda c: p.withdrawn(c) and not p.made_another(c),
    ),
    Rule(
        id="alive-without-references",
        title="the old kernel makes a dying jail alive though nothing keeps it up",
        surface=Surface.LIFECYCLE,
        verdict=Verdict.BUG,
        severity=Severity.MEDIUM,
        bug_kind=BugKind.NO_REFERENCE,
        side=Side.OLD,
        rationale="An update with JAIL_DYING and neither persist nor attach sets the jail alive "
        "with no user reference. If the kernel is built with INVARIANTS, a child made in it, or "
        "the removal of its parent, then fails an assertion; else both succeed.",
        advice=advice.ALIVE_WITHOUT_REFERENCES,
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
        advice=advice.NAME_WINS_OVER_DYING_JID,
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
        advice=advice.DYING_READS_NOT_FOUND,
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
        id="dying-jail-fills-limit",
        title="a create is refused because a dying jail counts for children.max",
        surface=Surface.LIMITS,
        verdict=Verdict.INTENDED,
        severity=Severity.MEDIUM,
        rationale="The jid, or the name, of the dying jail can be had, but children.max counts "
        "every jail below, dying ones too. From the same state the old kernel would not get to "
        "this check, since the dying jail is in its way before; nor would it have room until that "
        "jail is gone.",
        advice=advice.DYING_JAIL_FILLS_LIMIT,
        reference="kern_jail_set(), pr_childcount; jail(8), children.max",
        witness="rules/dying-jail-fills-limit.jd",
        matches=lambda c: p.dying_in_the_way(c) and p.fills_limit(c),
    ),
    Rule(
        id="dying-parent-refuses",
        title="a create below a dying jail is refused because of its parent",
        surface=Surface.ERRNO,
        verdict=Verdict.INTENDED,
        severity=Severity.LOW,
        rationale="The name asks for a jail below one that is dying, which no kernel allows. The "
        "old kernel met the dying jail of that jid before; the new one says what stands in the "
        "way.",
        advice=advice.DYING_PARENT_REFUSES,
        reference="kern_jail_set(), ppr is looked up after the jid",
        witness="rules/dying-parent-refuses.jd",
        matches=lambda c: p.dying_in_the_way(c) and p.below_dying(c),
    ),
    Rule(
        id="dying-no-longer-refuses",
        title="a call that a dying jail made fail now fails for its own reason",
        surface=Surface.ERRNO,
        verdict=Verdict.INTENDED,
        severity=Severity.LOW,
        rationale="For the new kernel the dying jail does not stand in the way of this call, so it "
        "gets to a later check, which refuses it. Either way the call fails and leaves everything "
        "as it was.",
        advice=advice.DYING_NO_LONGER_REFUSES,
        reference=f"{COMMIT}, kern_jail_set(): order of the checks",
        witness="rules/dying-no-longer-refuses.jd",
        matches=lambda c: p.dying_in_the_way(c) and not p.fills_limit(c) and not p.below_dying(c),
    ),
    Rule(
        id="failed-create-renumbers",
        title="a create that fails leaves the dying jail renumbered",
        surface=Surface.JID,
        verdict=Verdict.BUG,
        severity=Severity.MEDIUM,
        bug_kind=BugKind.HALF_DONE,
        side=Side.NEW,
        rationale="The dying jail is renumbered before the parameters are checked, and not put "
        "back when a check fails. So a call that fails changes a jid, and nobody has the jid that "
        "it asked for. The review allows for a renumbering when a new jail is made, and none is.",
        advice=advice.FAILED_CREATE_RENUMBERS,
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
        advice=advice.FAILED_CREATE_USES_JID,
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
        advice=advice.FALSE_NO_JID_LEFT,
        reference="get_next_deadid(); jail(2), ERRORS: EAGAIN",
        witness="rules/false-no-jid-left.jd",
        matches=lambda c: p.about_dying(c) and p.new_refused(c) and p.false_exhaustion(c),
    ),
    # UPDATES BY JID OF JAILS BELOW OTHER JAILS
    Rule(
        id="nested-update-exceeds-parent",
        title="an update by jid gives a nested jail what its parent does not have",
        surface=Surface.LIMITS,
        verdict=Verdict.BUG,
        severity=Severity.HIGH,
        bug_kind=BugKind.BROKEN_LIMIT,
        side=Side.NEW,
        rationale="The limits are those of the caller's jail instead of the jail's own parent, so "
        "securelevel, enforce_statfs, children.max, allow.*, devfs_ruleset or addresses can "
        "exceed the parent's.",
        advice=advice.NESTED_UPDATE,
        reference="jail(8): a jail is never less restricted than its parent; kern_jail_set(), ppr",
        witness="rules/nested-update-exceeds-parent.jd",
        matches=lambda c: p.nested_update(c) and c.new.ok and c.old.kind == "EPERM",
    ),
    Rule(
        id="nested-update-clashes",
        title="an update by jid gives a nested jail an address that another live jail has",
        surface=Surface.PARAMETERS,
        verdict=Verdict.BUG,
        severity=Severity.HIGH,
        bug_kind=BugKind.BROKEN_LIMIT,
        side=Side.NEW,
        rationale="Addresses in use are looked for in the network of the caller's jail, not in "
        "that of the jail's own parent, which has a network of its own.",
        advice=advice.NESTED_UPDATE,
        reference="kern_jail.c, prison_ip_conflict_check(); kern_jail_set(), ppr",
        witness="rules/nested-update-clashes.jd",
        matches=lambda c: p.nested_update(c) and c.new.ok and c.old.kind == "EADDRINUSE",
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
        advice=advice.NESTED_UPDATE,
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
        advice=advice.NESTED_UPDATE,
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
        advice=advice.NESTED_UPDATE,
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
        severity=Severity.HIGH,
        bug_kind=BugKind.WRONG_ERRNO,
        side=Side.NEW,
        rationale="Name, parent and limits are compared with the caller's jail instead of the "
        "jail's own parent, so a correct update fails, or fails with the wrong error. jail(8) "
        "passes jid and full name with every update, so jail -m, -cm and -cmr of a running nested "
        "jail all fail from the host.",
        advice=advice.NESTED_UPDATE,
        reference="jail(2); kern_jail_set(), ppr",
        witness="rules/nested-update-refused.jd",
        matches=lambda c: p.nested_update(c) and c.new.kind not in ("ok", "panic"),
    ),
    # THE USERLAND
    Rule(
        id="deprecated-flag-warned",
        title="jail(8) of 15 warns that -d and allow.dying mean nothing any more",
        surface=Surface.MESSAGE,
        verdict=Verdict.INTENDED,
        severity=Severity.LOW,
        rationale="The kernel is asked the same and does the same. jail(8) of 15 prints a warning "
        "once for each run with -d or with allow.dying in a jail that it is about, also where that "
        "is switched off.",
        advice=advice.DEPRECATED_FLAG_WARNED,
        reference="jail(8) since the patch, main()",
        witness="rules/deprecated-flag-warned.jd",
        matches=p.only_warned,
    ),
)

RULEBOOK: Rulebook = Rulebook(RULES, ECHO_RULES, flaw)
