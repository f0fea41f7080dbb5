"""The rulebooks of the proposed designs: what each does instead of what 14 does.

A design's own rules come first.  If none of them claims a root, the rules of the landed patch judge
it, because every design does the rest as that patch does.
"""

from collections.abc import Callable
from dataclasses import replace

from jaildiff.differ.steps.root_experiment import Echo, RootExperiment
from jaildiff.differ.verdict.advice import callers, menders
from jaildiff.differ.verdict.expectations import new_jail_flaw
from jaildiff.differ.verdict.landed import rules as landed_patch
from jaildiff.differ.verdict.predicates import renumbered
from jaildiff.differ.verdict.proposed import questions as q
from jaildiff.differ.verdict.rule import Rule, Severity, Surface, Verdict
from jaildiff.differ.verdict.rulebook import Rulebook
from jaildiff.kernels.bug_kinds import BugKind, Side

REVIEW = "review D28150"

HIDDEN: tuple[Rule[RootExperiment], ...] = (
    Rule(
        id="dying-jail-not-shown",
        title="jail_get no longer shows a dying jail when asked for it",
        surface=Surface.LIFECYCLE,
        verdict=Verdict.INTENDED,
        severity=Severity.MEDIUM,
        rationale="With JAIL_DYING the old kernel finds a jail that was removed and is still held. "
        "In this design user space cannot find it that way. So a script that waits for its end, as "
        "with jls -d, goes on while the jail still holds its resources.",
        advice=callers("Do not wait for a dying jail to be gone: wait for its resources."),
        reference=f"{REVIEW}: the usefulness of being able to inspect dying jails",
        witness="designs/rules/dying-jail-not-shown.jd",
        matches=q.shows_dying,
    ),
    Rule(
        id="dying-jail-reads-absent",
        title="a question about a dying jail is answered as if there were none",
        surface=Surface.MESSAGE,
        verdict=Verdict.INTENDED,
        severity=Severity.LOW,
        rationale='Both kernels refuse with ENOENT, but the text now says "not found" instead of '
        '"is dying".',
        advice=callers("Look at the error number, not at the text."),
        reference=f"{REVIEW}: dying jails invisible to userspace",
        witness="designs/rules/dying-jail-reads-absent.jd",
        matches=q.says_not_found,
    ),
    Rule(
        id="second-removal-refused",
        title="removing a dying jail finds no jail",
        surface=Surface.ERRNO,
        verdict=Verdict.INTENDED,
        severity=Severity.LOW,
        rationale="In the old kernel the call succeeds, since the jail is being removed already. "
        "In this design no jid finds the jail, so a script that removes a jail twice fails.",
        advice=callers("Take EINVAL from jail_remove(2) to mean that the jail is gone or dying."),
        reference=f"{REVIEW}: ruling out the possibility of referencing a dying jid",
        witness="designs/rules/second-removal-refused.jd",
        matches=q.second_removal,
    ),
    Rule(
        id="dying-jid-free-at-once",
        title="a create takes the jid of a dying jail, and nothing is renumbered",
        surface=Surface.JID,
        verdict=Verdict.INTENDED,
        severity=Severity.MEDIUM,
        rationale="The jid of a dying jail is free. The new jail is pristine, and no other jail "
        "changes its jid, no matter who the caller is.",
        advice=callers("There is nothing to do: a restart by jid works at once."),
        reference=f"{REVIEW}: as many dying jid 8's as you want",
        witness="designs/rules/dying-jid-free-at-once.jd",
        matches=q.takes_dying_jid,
    ),
    Rule(
        id="dying-jid-given-out",
        title="an automatic jid is that of a dying jail",
        surface=Surface.JID,
        verdict=Verdict.INTENDED,
        severity=Severity.LOW,
        rationale="The old kernel skips the jids of dying jails. In this design they are free, so "
        "a jid can refer to another jail sooner.",
        advice=callers("Do not assume that a jid still means the jail that had it a moment ago."),
        reference=f"{REVIEW}: duplicate jids",
        witness="designs/rules/dying-jid-given-out.jd",
        matches=q.gives_dying_jid_out,
    ),
)

MARKED: Rule[RootExperiment] = Rule(
    id="dying-jid-marked",
    title="a jail that dies loses its jid",
    surface=Surface.JID,
    verdict=Verdict.INTENDED,
    severity=Severity.LOW,
    rationale="A dying jail's jid gets the second-highest bit set, and finds nothing. Its name "
    "still finds the jail, and the processes still in it are shown with that jid.",
    advice=callers("If you look for a jail while it is dying, keep its name rather than its jid."),
    reference=f'{REVIEW}: a "dying" bit',
    witness="designs/rules/dying-jid-marked.jd",
    matches=lambda c: q.loses_its_jid(c) or q.found_by_name_alone(c),
)

UNDEFINED: Rule[RootExperiment] = Rule(
    id="undefined-by-this-design",
    title="the design does not say what this call does",
    surface=Surface.UNDEFINED,
    verdict=Verdict.UNEXPLAINED,
    severity=Severity.MEDIUM,
    rationale="Neither the review nor a decision of ours says what a kernel with this design would "
    "do. So the program ends here without an answer.",
    advice=menders("Make a decision, and write it down in the docstring of the package."),
    reference=f"{REVIEW} says nothing about it",
    witness="designs/rules/undefined-by-this-design.jd",
    matches=q.has_no_answer,
)

FIXED: Rule[RootExperiment] = Rule(
    id="fixed-jid-refused",
    title="a create that names a jid is refused",
    surface=Surface.JID,
    verdict=Verdict.INTENDED,
    severity=Severity.HIGH,
    rationale="Jails with a jid in jail.conf, or with a number as their name, can no longer be "
    "started.",
    advice=callers("Give jails names, and read the jid that jail_set(2) returns."),
    reference=f"{REVIEW}: you may no longer specify the JID of a new jail",
    witness="designs/rules/fixed-jid-refused.jd",
    matches=q.fixed_jid,
)

WHOLE_NAMES: Rule[RootExperiment] = Rule(
    id="renamed-descendants-keep-names",
    title="a rename of a nested jail leaves the names below it whole",
    surface=Surface.NAME,
    verdict=Verdict.BUG,
    severity=Severity.MEDIUM,
    bug_kind=BugKind.LOST_NAME,
    side=Side.OLD,
    rationale="The old kernel, like the patch that landed, measures only the last component when "
    "it changes the names below. So below a nested jail the names come out garbled.",
    advice=menders("Measure the whole name of the renamed jail, before and after."),
    reference="kern_jail_set(), names of descendants",
    witness="designs/rules/renamed-descendants-keep-names.jd",
    matches=q.renames_below,
)

SHIFTED: Rule[Echo] = Rule(
    id="automatic-jids-shifted",
    title="a dying jail has taken the jid that the next jail would have got",
    surface=Surface.JID,
    verdict=Verdict.BUG,
    severity=Severity.MEDIUM,
    bug_kind=BugKind.WRONG_JID,
    side=Side.NEW,
    rationale="A jail that was restarted while it was dying has used up an automatic jid. So the "
    "jails started after it get other jids than without the restart: jails 42 to 50 become 43 to "
    "51.",
    advice=callers("Do not count on automatic jids: read what jail_set(2) returns."),
    reference=f"{REVIEW}, bz: one problem solved, another one introduced",
    witness="designs/rules/automatic-jids-shifted.jd",
    matches=q.shifts_jids,
)

GARBLED_BEFORE = tuple(  # In this design only the old kernel still garbles names.
    replace(rule, side=Side.OLD) if rule.side is Side.BOTH else rule
    for rule in landed_patch.RULEBOOK.echo_rules
)


def moving_up(rule: Rule[RootExperiment]) -> Rule[RootExperiment]:
    """A rule of the landed patch, for roots at which the dying jail also takes an automatic jid.

    It is a rule of its own, so that echoes of the shifted jids are not taken for echoes of the
    resurrection.
    """
    return replace(
        rule,
        id=f"{rule.id}{q.MOVED_UP}",
        title=f"{rule.title}, and the dying one moves up",
        witness=f"designs/rules/{rule.id}{q.MOVED_UP}.jd",
        matches=lambda c: renumbered(c.new_effects) and rule.matches(c),
    )


UP = tuple(moving_up(rule) for rule in landed_patch.RULES if rule.id in q.RESURRECTED)

Flaw = Callable[[RootExperiment], str | None]


def unless(
    own: tuple[Rule[RootExperiment], ...], rule: Rule[RootExperiment]
) -> Rule[RootExperiment]:
    """A rule of the landed patch, restricted to roots that no rule in `own` claims."""
    matches = rule.matches

    def claims(case: RootExperiment) -> bool:
        return not any(one.matches(case) for one in own) and matches(case)

    return replace(rule, matches=claims)


def rulebook(
    own: tuple[Rule[RootExperiment], ...],
    flaw: Flaw = new_jail_flaw,
    echoes: tuple[Rule[Echo], ...] = landed_patch.RULEBOOK.echo_rules,
) -> Rulebook:
    """The rules of one design, followed by those of the landed patch."""
    own = (UNDEFINED, *own)
    behind = (unless(own, rule) for rule in landed_patch.RULEBOOK.rules)
    return Rulebook((*own, *behind), echoes, flaw)


def upward_flaw(case: RootExperiment) -> str | None:
    """What is wrong with a renumbered or a new jail; None if nothing."""
    return q.moved_wrongly(case) or new_jail_flaw(case)


BY_DESIGN = {
    "upward": rulebook(UP, upward_flaw, (SHIFTED, *landed_patch.RULEBOOK.echo_rules)),
    "dead-bit": rulebook((MARKED, *HIDDEN)),
    "invisible": rulebook(HIDDEN),
    "no-fixed-jids": rulebook((FIXED,)),
    "renamed": rulebook((), landed_patch.RULEBOOK.flaw),
    "corrected": rulebook((WHOLE_NAMES,), landed_patch.RULEBOOK.flaw, GARBLED_BEFORE),
}
