"""The rules of the landed patch for echoes with a verdict of their own, other than their roots'."""

from jaildiff.differ.steps.root_experiment import Echo
from jaildiff.differ.verdict import predicates as p
from jaildiff.differ.verdict.landed import advice
from jaildiff.differ.verdict.rule import Rule, Severity, Surface, Verdict
from jaildiff.kernels.bug_kinds import BugKind, Side

ECHO_RULES: tuple[Rule[Echo], ...] = (
    Rule(
        id="empty-alive-jail-panic",
        title="an old kernel built with INVARIANTS panics over a jail that nothing keeps alive",
        surface=Surface.PANIC,
        verdict=Verdict.BUG,
        severity=Severity.MEDIUM,
        bug_kind=BugKind.PANIC,
        side=Side.OLD,
        rationale="The jail was resurrected without a user reference. Taking one, for a child or "
        "during the removal of an ancestor, fails an assertion that there already is one. Only a "
        "kernel built with INVARIANTS makes this assertion; in any other the call succeeds.",
        advice=advice.EMPTY_ALIVE_JAIL_PANIC,
        reference="prison_proc_hold(), KASSERT",
        witness="rules/empty-alive-jail-panic.jd",
        matches=lambda e: p.panics(e.old, "Cannot add a process") and not p.panics(e.new, ""),
    ),
    Rule(
        id="lost-parent-panic",
        title="the new kernel faults when a jail reads a name that lost its parent's part",
        surface=Surface.PANIC,
        verdict=Verdict.BUG,
        severity=Severity.HIGH,
        bug_kind=BugKind.PANIC,
        side=Side.NEW,
        rationale="To find the name relative to the reader, the kernel cuts off one component for "
        "each level. A rename by jid left too few, so the kernel reads on from a null pointer.",
        advice=advice.LOST_PARENT_PANIC,
        reference="prison_name(); kern_jail_set(), ppr",
        witness="rules/lost-parent-panic.jd",
        matches=lambda e: p.panics(e.new, "page fault") and not p.panics(e.old, ""),
    ),
    Rule(
        id="garbled-name-panic",
        title="a jail reads a garbled name, and the kernel faults",
        surface=Surface.PANIC,
        verdict=Verdict.BUG,
        severity=Severity.HIGH,
        bug_kind=BugKind.PANIC,
        side=Side.BOTH,
        rationale="In both kernels, renaming a nested jail garbles the names below it, and a "
        "garbled name can have fewer dots than the jail has parents. Here only the old kernel did "
        "the rename: the new one refused it, or left the parent's part out of the name.",
        advice=advice.GARBLED_NAME_PANIC,
        reference="kern_jail_set(), names of descendants; prison_name()",
        witness="rules/garbled-name-panic.jd",
        matches=lambda e: p.panics(e.old, "page fault") and not p.panics(e.new, ""),
    ),
    # INTERLEAVINGS
    Rule(
        id="fork-survives-removal",
        title="a fork in progress survives the removal of its jail in the old kernel",
        surface=Surface.LIFECYCLE,
        verdict=Verdict.BUG,
        severity=Severity.HIGH,
        bug_kind=BugKind.PROCESS_SURVIVES,
        side=Side.OLD,
        rationale="The removal does not kill a process that is still being forked. Instead, the "
        "fork checks at its end whether the jail is alive. In the old kernel the jail can be alive "
        "again by then, so a process from before the removal lives on in it.",
        advice=advice.FORK_SURVIVES_REMOVAL,
        reference="FreeBSD-SA-21:04.jail_remove; kern_fork.c, do_fork(); review D28150, do_fork",
        witness="rules/fork-survives-removal.jd",
        matches=p.outlives_removal,
    ),
    Rule(
        id="retried-update-meets-new-jail",
        title="an update that followed a refused create finds the jail that the create now makes",
        surface=Surface.JID,
        verdict=Verdict.INTENDED,
        severity=Severity.LOW,
        rationale="The old jail(8) tries a create; if that fails, it looks for the dying jail and "
        "updates it. If the last reference goes in between, the update finds nothing in the old "
        "kernel. In the new one the create has succeeded, so the update changes the new jail.",
        advice=advice.RETRIED_UPDATE_MEETS_NEW_JAIL,
        reference="jail(8), -d, before the patch; review D28150: this obsoletes the flag",
        witness="rules/retried-update-meets-new-jail.jd",
        matches=lambda e: p.late_update(e) and p.only_reused(e.roots),
    ),
)
