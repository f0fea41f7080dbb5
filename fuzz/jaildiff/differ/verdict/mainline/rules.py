"""The rulebooks of the kernel with descriptors: its features are intended, its mistakes are bugs.

The rules for bugs come first.  A difference that none of them claims is intended if descriptors,
meta, env or a new permission account for it.  If the other kernel is the one before the patch, the
rules of the patch come last.
"""

from dataclasses import replace

from jaildiff.differ.steps.root_experiment import RootExperiment
from jaildiff.differ.verdict.advice import callers, menders
from jaildiff.differ.verdict.landed import rules as landed_patch
from jaildiff.differ.verdict.mainline import questions as p
from jaildiff.differ.verdict.rule import Rule, Severity, Surface, Verdict
from jaildiff.differ.verdict.rulebook import Rulebook
from jaildiff.kernels.bug_kinds import BugKind, Side

JAIL = "sys/kern/kern_jail.c"
DESC = "sys/kern/kern_jaildesc.c"
META = "sys/kern/kern_jailmeta.c"

BUGS: tuple[Rule[RootExperiment], ...] = (
    Rule(
        id="endless-lookup-of-empty-key",
        title="reading meta or env by an empty key never ends",
        advice=menders("Refuse an empty key before the text is searched for it."),
        surface=Surface.PANIC,
        verdict=Verdict.BUG,
        severity=Severity.HIGH,
        bug_kind=BugKind.PANIC,
        side=Side.NEW,
        rationale="After finding a key, the search advances by the key's length.  With an empty "
        "key it never advances, and loops in the kernel with the list of jails locked.",
        reference=f"{META}, jm_osd_method_get()",
        witness="descriptors/rules/endless-lookup-of-empty-key.jd",
        matches=lambda c: p.new_panics(c, p.ENDLESS),
    ),
    Rule(
        id="half-built-jail-panic",
        title="a call that finds a half-built jail stops the kernel",
        advice=menders(
            "Look for the create that left the jail behind: nobody can use or remove that jail."
        ),
        surface=Surface.PANIC,
        verdict=Verdict.BUG,
        severity=Severity.HIGH,
        bug_kind=BugKind.PANIC,
        side=Side.NEW,
        rationale="A jail that a module refused is still in the list, neither alive nor dying.  "
        "The next lookup of its jid or name fails an assertion.",
        reference=f"{JAIL}, prison_find_child() and prison_find_name(), KASSERT",
        witness="descriptors/rules/half-built-jail-panic.jd",
        matches=lambda c: p.new_panics(c, p.HALF_BUILT),
    ),
    Rule(
        id="reference-given-back-twice-panic",
        title="a jail in use loses its last reference",
        advice=menders(
            "Look for the earlier call that gave back a reference that was not its own."
        ),
        surface=Surface.PANIC,
        verdict=Verdict.BUG,
        severity=Severity.HIGH,
        bug_kind=BugKind.PANIC,
        side=Side.NEW,
        rationale="Earlier calls gave back references that belonged to others.  So the last "
        "reference goes while the jail is in use, or the system's own reference goes.",
        reference=f"{JAIL}, prison_deref() and prison_free(), KASSERT",
        witness="descriptors/rules/reference-given-back-twice-panic.jd",
        matches=lambda c: p.new_panics(c, *p.TWICE),
    ),
    Rule(
        id="bad-descriptor-drops-callers-jail",
        title="a bad descriptor with JAIL_AT_DESC costs the caller's jail a reference",
        advice=menders("Let go of the caller's jail only after the descriptor was found."),
        surface=Surface.LIFECYCLE,
        verdict=Verdict.BUG,
        severity=Severity.HIGH,
        bug_kind=BugKind.NO_REFERENCE,
        side=Side.NEW,
        rationale="With JAIL_AT_DESC the kernel lets go of the caller's jail before it looks up "
        "the descriptor.  If there is none, it lets go once more on the way out.  Any process can "
        "repeat this, without privilege, until its jail is freed under it.",
        reference=f"{JAIL}, kern_jail_set() and kern_jail_get(): prison_free(mypr)",
        witness="descriptors/rules/bad-descriptor-drops-callers-jail.jd",
        matches=lambda c: c.new.kind != "panic" and p.bad_descriptor_at(c),
    ),
    Rule(
        id="attach-by-descriptor-leaks",
        title="each attach by descriptor leaks a reference",
        advice=callers(
            "Use jail_attach by jid where that is safe, or make the attach take over the "
            "reference of the lookup."
        ),
        surface=Surface.LIFECYCLE,
        verdict=Verdict.BUG,
        severity=Severity.MEDIUM,
        bug_kind=BugKind.LEAKED_REFERENCE,
        side=Side.NEW,
        rationale="The reference of the lookup was meant to become that of the new credential, "
        "but the attach takes another one.  The jail stays dying after everything is gone.",
        reference=f"{JAIL}, sys_jail_attach_jd(), do_jail_attach(): PD_LOCK_FLAGS",
        witness="descriptors/rules/attach-by-descriptor-leaks.jd",
        matches=p.attached_by_descriptor,
    ),
    Rule(
        id="half-built-jail-stays",
        title="a create that a module refuses leaves a jail that nobody can remove",
        advice=callers(
            "Check the length of meta and env before you create a jail with them, or set "
            "them in an update afterwards."
        ),
        surface=Surface.LIFECYCLE,
        verdict=Verdict.BUG,
        severity=Severity.HIGH,
        bug_kind=BugKind.HALF_DONE,
        side=Side.NEW,
        rationale="The kernel ignores the request to kill the jail, because the jail is not alive: "
        "a new jail is not alive yet.  So a persistent one stays.",
        reference=f"{JAIL}, prison_deref(): PD_KILL",
        witness="descriptors/rules/half-built-jail-stays.jd",
        matches=p.half_built,
    ),
    Rule(
        id="refused-update-done",
        title="an update that a module refuses has changed everything else",
        advice=callers(
            "Set meta and env in a call of their own, or read the jail again after a failure."
        ),
        surface=Surface.PARAMETERS,
        verdict=Verdict.BUG,
        severity=Severity.MEDIUM,
        bug_kind=BugKind.HALF_DONE,
        side=Side.NEW,
        rationale="The kernel asks the modules after it has stored everything, including a rename "
        "and the end of persist.  The call then fails, and nothing is put back.",
        reference=f"{JAIL}, kern_jail_set(), osd_jail_call(): PR_METHOD_SET",
        witness="descriptors/rules/refused-update-done.jd",
        matches=lambda c: p.refused_but_done(c) and not p.half_built(c),
    ),
    Rule(
        id="refused-read-removes-jail",
        title="a jail_get that fails removes the jail",
        advice=callers(
            "Ask for an owning descriptor alone, and read the parameters in another call."
        ),
        surface=Surface.LIFECYCLE,
        verdict=Verdict.BUG,
        severity=Severity.HIGH,
        bug_kind=BugKind.HALF_DONE,
        side=Side.NEW,
        rationale="An owning descriptor is tied to the jail before the parameters are read.  If "
        "reading fails, the descriptor is closed, and its last close removes the jail.",
        reference=f"{JAIL}, kern_jail_get(): kern_close()",
        witness="descriptors/rules/refused-read-removes-jail.jd",
        matches=p.refused_read_removed,
    ),
    Rule(
        id="use-by-descriptor-takes-callers-limits",
        title="an update by descriptor is checked against the caller's jail, not the jail's parent",
        advice=menders(
            "Compare the new values with those of the jail's own parent before they are set."
        ),
        surface=Surface.LIMITS,
        verdict=Verdict.BUG,
        severity=Severity.MEDIUM,
        bug_kind=BugKind.BROKEN_LIMIT,
        side=Side.NEW,
        rationale="The kernel presumes that the parent is the caller's jail, even if it is not.  "
        "So the limits, permissions, addresses and names of another jail decide.",
        reference=f"{JAIL}, kern_jail_set(), ppr",
        witness="descriptors/rules/use-by-descriptor-takes-callers-limits.jd",
        matches=lambda c: c.new.ok and p.outside(c),
    ),
)


@p.asked_once
def is_bug(case: RootExperiment) -> bool:
    """Whether a rule above claims the root."""
    return any(rule.matches(case) for rule in BUGS)


INTENDED: tuple[Rule[RootExperiment], ...] = (
    Rule(
        id="descriptors-come",
        title="jails can be named by descriptors",
        advice=callers("Keep a descriptor instead of a jid: it never means another jail."),
        surface=Surface.LIFECYCLE,
        verdict=Verdict.INTENDED,
        severity=Severity.LOW,
        rationale="The flags JAIL_USE_DESC, JAIL_AT_DESC, JAIL_GET_DESC and JAIL_OWN_DESC and the "
        "parameter desc are new.",
        reference="jail(2), 2025",
        witness="descriptors/rules/descriptors-come.jd",
        matches=lambda c: not is_bug(c) and p.by_descriptor(c),
    ),
    Rule(
        id="calls-by-descriptor-come",
        title="jail_attach_jd and jail_remove_jd exist",
        advice=callers("Expect ENOSYS on a kernel that has no descriptors."),
        surface=Surface.LIFECYCLE,
        verdict=Verdict.INTENDED,
        severity=Severity.LOW,
        rationale="Two system calls that the earlier kernel does not have.",
        reference="jail(2), 2025",
        witness="descriptors/rules/calls-by-descriptor-come.jd",
        matches=lambda c: not is_bug(c) and p.new_calls(c),
    ),
    Rule(
        id="texts-come",
        title="jails have the texts meta and env",
        advice=callers("Expect an unknown parameter on a kernel that has no meta and env."),
        surface=Surface.PARAMETERS,
        verdict=Verdict.INTENDED,
        severity=Severity.LOW,
        rationale="meta and env, as a whole or by keys, were unknown parameters before.",
        reference=META,
        witness="descriptors/rules/texts-come.jd",
        matches=lambda c: not is_bug(c) and not p.by_descriptor(c) and p.about_texts(c),
    ),
    Rule(
        id="permissions-come",
        title="there are six more permissions",
        advice=callers("Expect an unknown parameter on a kernel that has fewer permissions."),
        surface=Surface.PARAMETERS,
        verdict=Verdict.INTENDED,
        severity=Severity.LOW,
        rationale="They were unknown parameters before.  They are off in a new jail.",
        reference=f"{JAIL}, pr_flag_allow[]",
        witness="descriptors/rules/permissions-come.jd",
        matches=lambda c: (
            not is_bug(c)
            and not p.by_descriptor(c)
            and not p.about_texts(c)
            and p.about_later_permissions(c)
        ),
    ),
    Rule(
        id="privilege-asked-for-later",
        title="jail_set checks flags and operation before the privilege",
        advice=callers("Treat all refusals alike: without the privilege the errno tells nothing."),
        surface=Surface.ERRNO,
        verdict=Verdict.INTENDED,
        severity=Severity.LOW,
        rationale="The privilege may be that of a descriptor's opener, so it is checked after the "
        "descriptor is found.  A caller without the privilege gets another errno.",
        reference=f"{JAIL}, kern_jail_set(), priv_check()",
        witness="descriptors/rules/privilege-asked-for-later.jd",
        matches=lambda c: not is_bug(c) and not featured(c) and p.other_order(c),
    ),
    Rule(
        id="open-descriptors-follow",
        title="open descriptors are shared, are closed, and lose a jail that dies",
        advice=callers("Close descriptors that a child must not have, because fork shares them."),
        surface=Surface.LIFECYCLE,
        verdict=Verdict.INTENDED,
        severity=Severity.LOW,
        rationale="A fork shares open files; exit and close let go of them.  Closing an owning one "
        "removes its jail.  A jail that dies is detached from all of its descriptors.",
        reference=DESC,
        witness="descriptors/rules/open-descriptors-follow.jd",
        matches=lambda c: not is_bug(c) and not featured(c) and p.files_only(c),
    ),
)


def featured(case: RootExperiment) -> bool:
    """Whether the call itself uses something that the earlier kernel does not know."""
    return (
        p.by_descriptor(case)
        or p.new_calls(case)
        or p.about_texts(case)
        or p.about_later_permissions(case)
    )


def half_done(case: RootExperiment) -> str | None:
    """What is wrong with the new side of a claimed root; None if nothing.

    The known mistakes are rules.  Any other refusal that changes something would be a new mistake.
    """
    if not is_bug(case) and p.refused_but_done(case):
        return "a refusal changed something"
    return None


DESCRIPTOR_RULES = BUGS + INTENDED
SINCE_NEW = Rulebook(DESCRIPTOR_RULES, (), half_done)


@p.asked_once
def claimed(case: RootExperiment) -> bool:
    """Whether one of this kernel's own rules claims the root."""
    return any(rule.matches(case) for rule in DESCRIPTOR_RULES)


def unless_ours(rule: Rule[RootExperiment]) -> Rule[RootExperiment]:
    """A rule of the patch, restricted to roots that no rule of this kernel claims."""
    return replace(rule, matches=lambda c: not claimed(c) and rule.matches(c))


def flaw_of_both(case: RootExperiment) -> str | None:
    """The flaw of a root by the rulebook whose rule claims it."""
    return half_done(case) if claimed(case) else landed_patch.RULEBOOK.flaw(case)


SINCE_14 = Rulebook(
    (*DESCRIPTOR_RULES, *map(unless_ours, landed_patch.RULEBOOK.rules)),
    landed_patch.RULEBOOK.echo_rules,
    flaw_of_both,
)
