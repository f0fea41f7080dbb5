"""The rulebook of legacy against new: what the landed patch changes.

Exactly one rule must claim a root; if none or several do, the root is unexplained.
"""

from jail_kernel.call import JAIL_UPDATE
from jaildiff.differ.steps.root_experiment import RootExperiment
from jaildiff.differ.verdict import predicates as p
from jaildiff.differ.verdict.expectations import flaw
from jaildiff.differ.verdict.landed import advice
from jaildiff.differ.verdict.landed.echoes import ECHO_RULES
from jaildiff.differ.verdict.rule import Rule, Severity, Surface, Verdict
from jaildiff.differ.verdict.rulebook import Rulebook
from jaildiff.kernels.bug_kinds import BugKind, Side

COMMIT = "commit ed31b3f4a146 (review D28150)"

RULES: tuple[Rule[RootExperiment], ...] = (
    # A DYING JAIL IS IN THE WAY, OR IS ASKED FOR
    Rule(
        id="dying-jid-reused",
        title="a create takes the jid of a dying jail, which is renumbered",
        surface=Surface.JID,
        verdict=Verdict.INTENDED,
        severity=Severity.MEDIUM,
        rationale="What the patch is for: a jid can be used again while the jail that had it is "
        "dying. The new jail is pristine; the dying one goes to the end of the jid range.",
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
        rationale="With JAIL_UPDATE|JAIL_DYING the old kernel tries to update the dying jail and "
        "fails. For the new one there is no such jail, so it creates one.",
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
        rationale="A process in a jail changes the jid of a jail outside its own subtree, which it "
        "cannot even see. The old kernel refused.",
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
        title="the old kernel brings back a jail with parameters that nobody asked for",
        surface=Surface.PARAMETERS,
        verdict=Verdict.BUG,
        severity=Severity.HIGH,
        bug_kind=BugKind.STALE_PARAMETERS,
        side=Side.OLD,
        rationale="The dying jail keeps parameters from its first life, because the call does not "
        "set all of them. So the caller gets a jail with other parameters than it asked for. The "
        "new kernel makes a pristine jail.",
        advice=advice.RESURRECTED_WITH_STALE_PARAMETERS,
        reference="review D28150, summary: newly created jails are always pristine; a design "
        "error of the original work",
        witness="rules/resurrected-with-stale-parameters.jd",
        matches=lambda c: p.made_another(c) and p.stale(c),
    ),
    Rule(
        id="resurrected-instead-of-created",
        title="the old kernel brings back a dying jail where the new one makes another",
        surface=Surface.JID,
        verdict=Verdict.INTENDED,
        severity=Severity.MEDIUM,
        rationale="Both jails have the same parameters, except perhaps persist. But the old kernel "
        "returns the jail that was removed: it keeps its jid, even if the call asks for another "
        "one, and whatever held it while it was dying still does.",
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
        rationale="In jail_set the flag JAIL_DYING no longer has an effect: a removed jail stays "
        "removed. An update finds no such jail. A call that may create one can fail for the same "
        "reasons as any create.",
        advice=advice.RESURRECTION_WITHDRAWN,
        reference="jail(2) since the patch: JAIL_DYING is deprecated in jail_set and has no effect",
        witness="rules/resurrection-withdrawn.jd",
        matches=lambda c: p.withdrawn(c) and not p.made_another(c),
    ),
    Rule(
        id="alive-without-references",
        title="the old kernel makes a dying jail alive although nothing keeps it alive",
        surface=Surface.LIFECYCLE,
        verdict=Verdict.BUG,
        severity=Severity.MEDIUM,
        bug_kind=BugKind.NO_REFERENCE,
        side=Side.OLD,
        rationale="An update with JAIL_DYING and neither persist nor attach makes the jail alive "
        "without a user reference. In a kernel built with INVARIANTS, making a child in it or "
        "removing its parent then fails an assertion; in others both succeed.",
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
        rationale="The new kernel treats a dying jail as absent. With JAIL_CREATE|JAIL_UPDATE both "
        "kernels ignore a jid that no jail has if a live jail has the name.",
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
        rationale='For jail_set a dying jail no longer exists. An update now says "not found" '
        'where it said "is dying" or named another obstacle.',
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
        rationale="The jid or name of the dying jail is available, but children.max counts every "
        "jail below, including dying ones. From the same state the old kernel would not get to "
        "this check, because the dying jail stops it earlier; nor would it have room until that "
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
        rationale="The name asks for a jail below a dying one, which neither kernel allows. The "
        "old kernel stops earlier, at the dying jail with the jid; the new one names the real "
        "obstacle.",
        advice=advice.DYING_PARENT_REFUSES,
        reference="kern_jail_set(), ppr is looked up after the jid",
        witness="rules/dying-parent-refuses.jd",
        matches=lambda c: p.dying_in_the_way(c) and p.below_dying(c),
    ),
    Rule(
        id="dying-no-longer-refuses",
        title="a call that failed because of a dying jail now fails for its own reason",
        surface=Surface.ERRNO,
        verdict=Verdict.INTENDED,
        severity=Severity.LOW,
        rationale="In the new kernel the dying jail is not in the way of this call, so a later "
        "check refuses it. Either way the call fails and changes no jail.",
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
        rationale="The dying jail is renumbered before the parameters are checked, and is not put "
        "back when a check fails. So a failed call changes a jid, and no jail has the jid asked "
        "for. The review accepts a renumbering for the sake of a new jail, but none is made.",
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
        rationale="For the new kernel the call is a create, and a failed create has always used up "
        "its automatic jid.",
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
        title="the search for a dying jail's new jid gives up although some are free",
        surface=Surface.LIMITS,
        verdict=Verdict.BUG,
        severity=Severity.LOW,
        bug_kind=BugKind.BROKEN_LIMIT,
        side=Side.NEW,
        rationale="When the counter has come down to 1, the next candidate is 0. No jail has it, "
        "so it is chosen, and 0 means that none is free. The next attempt works.",
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
        rationale="The kernel checks against the limits of the caller's jail instead of the jail's "
        "own parent. So securelevel, enforce_statfs, children.max, allow.*, devfs_ruleset or "
        "addresses can exceed the parent's.",
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
        rationale="The kernel looks for addresses in use in the network of the caller's jail. But "
        "the jail's own parent has a network of its own.",
        advice=advice.NESTED_UPDATE,
        reference="kern_jail.c, prison_ip_conflict_check(); kern_jail_set(), ppr",
        witness="rules/nested-update-clashes.jd",
        matches=lambda c: p.nested_update(c) and c.new.ok and c.old.kind == "EADDRINUSE",
    ),
    Rule(
        id="nested-rename-ignores-sibling",
        title="a rename by jid overlooks that a sibling of the nested jail has the name",
        surface=Surface.NAME,
        verdict=Verdict.BUG,
        severity=Severity.MEDIUM,
        bug_kind=BugKind.DUPLICATE_NAME,
        side=Side.NEW,
        rationale="The kernel looks for the name among the children of the caller's jail instead "
        "of those of the jail's own parent.",
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
        rationale="The kernel builds the new name from the name of the caller's jail. So the jail "
        "looks like a child of that one, its parent does not find it by name, and if a process in "
        "a jail between them reads the name, the kernel faults.",
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
        rationale="A value that should come from the parent (devfs_ruleset, in a jail) is taken "
        "from the caller's jail.",
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
        title="an update by jid of a nested jail is checked against another jail and refused",
        surface=Surface.ERRNO,
        verdict=Verdict.BUG,
        severity=Severity.HIGH,
        bug_kind=BugKind.WRONG_ERRNO,
        side=Side.NEW,
        rationale="The kernel checks name, parent and limits against the caller's jail instead of "
        "the jail's own parent. So a correct update fails, or a wrong one gets the wrong error. As "
        "jail(8) passes jid and full name with every update, jail -m, -cm and -cmr of a running "
        "nested jail all fail on the host.",
        advice=advice.NESTED_UPDATE,
        reference="jail(2); kern_jail_set(), ppr",
        witness="rules/nested-update-refused.jd",
        matches=lambda c: p.nested_update(c) and c.new.kind not in ("ok", "panic"),
    ),
    # THE USERLAND
    Rule(
        id="deprecated-flag-warned",
        title="jail(8) of 15 warns that -d and allow.dying no longer have a meaning",
        surface=Surface.MESSAGE,
        verdict=Verdict.INTENDED,
        severity=Severity.LOW,
        rationale="The calls of jail(8) are the same, and so is what the kernel does. But jail(8) "
        "of 15 prints a warning in each run with -d, or with allow.dying in a jail concerned, even "
        "if that is switched off.",
        advice=advice.DEPRECATED_FLAG_WARNED,
        reference="jail(8) since the patch, main()",
        witness="rules/deprecated-flag-warned.jd",
        matches=p.only_warned,
    ),
)

RULEBOOK: Rulebook = Rulebook(RULES, ECHO_RULES, flaw)
