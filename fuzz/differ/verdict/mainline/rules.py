"""The rulebooks of the kernel with descriptors: what it brings is intended, its mistakes are bugs.

The bugs are asked first; what none of them claims and descriptors, meta, env or a new permission
account for is intended.  Against the kernel before the patch the rules of the patch come last.
"""

from dataclasses import replace

from fuzz.differ.steps.case import Case
from fuzz.differ.verdict.advice import callers, menders
from fuzz.differ.verdict.landed import rules as landed_patch
from fuzz.differ.verdict.mainline import questions as p
from fuzz.differ.verdict.rule import Rule, Severity, Surface, Verdict
from fuzz.differ.verdict.rulebook import Rulebook
from fuzz.kernels.bug_kinds import BugKind, Side

JAIL = "sys/kern/kern_jail.c"
DESC = "sys/kern/kern_jaildesc.c"
META = "sys/kern/kern_jailmeta.c"

BUGS: tuple[Rule[Case], ...] = (
    Rule(
        id="endless-lookup-of-empty-key",
        title="reading meta or env by an empty key never ends",
        advice=menders("Refuse an empty key before the text is searched for it."),
        surface=Surface.PANIC,
        verdict=Verdict.BUG,
        severity=Severity.HIGH,
        bug_kind=BugKind.PANIC,
        side=Side.NEW,
        rationale="The search for a key goes on behind the place where it was found, by the "
        "length of the key.  With an empty key it stays where it is, in the kernel, with the list "
        "of jails locked.",
        reference=f"{META}, jm_osd_method_get()",
        witness="descriptors/rules/endless-lookup-of-empty-key.jd",
        matches=lambda c: p.new_panics(c, p.ENDLESS),
    ),
    Rule(
        id="half-built-jail-panic",
        title="whoever finds a half-built jail stops the kernel",
        advice=menders(
            "Look for the create that left the jail behind: nothing can be done with it any more."
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
            "Look for the earlier call that gave a reference back which was not its own."
        ),
        surface=Surface.PANIC,
        verdict=Verdict.BUG,
        severity=Severity.HIGH,
        bug_kind=BugKind.PANIC,
        side=Side.NEW,
        rationale="References have been given back that were others', so that the last one goes "
        "while the jail is in use, or the system's own does.",
        reference=f"{JAIL}, prison_deref() and prison_free(), KASSERT",
        witness="descriptors/rules/reference-given-back-twice-panic.jd",
        matches=lambda c: p.new_panics(c, *p.TWICE),
    ),
    Rule(
        id="bad-descriptor-drops-callers-jail",
        title="a bad descriptor to work at costs the caller's jail a reference",
        advice=menders("Let the caller's jail go only after the descriptor was found."),
        surface=Surface.LIFECYCLE,
        verdict=Verdict.BUG,
        severity=Severity.HIGH,
        bug_kind=BugKind.NO_REFERENCE,
        side=Side.NEW,
        rationale="With JAIL_AT_DESC the caller's jail is let go before the descriptor is looked "
        "up.  If there is none, the way out lets it go once more.  Any process can do it, without "
        "privilege, until the jail is freed under it.",
        reference=f"{JAIL}, kern_jail_set() and kern_jail_get(): prison_free(mypr)",
        witness="descriptors/rules/bad-descriptor-drops-callers-jail.jd",
        matches=lambda c: c.new.kind != "panic" and p.bad_descriptor_at(c),
    ),
    Rule(
        id="attach-by-descriptor-leaks",
        title="each attach by descriptor keeps a reference for ever",
        advice=callers(
            "Use jail_attach by jid where that is safe, or let the attach take the "
            "reference that the lookup has."
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
        rationale="The request to kill a jail that failed late is ignored for every jail that is "
        "not alive, and a new jail is not alive yet.  A persistent one stays.",
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
        rationale="The modules are asked after all is stored, a rename and the end of persist "
        "too.  The call fails, and nothing is put back.",
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
        rationale="An owning descriptor is given the jail before the parameters are read.  If "
        "that fails it is closed, and its last close removes the jail.",
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
        rationale="The presumed parent is the caller's jail, whoever the real parent is: limits, "
        "permissions, addresses and names of another jail decide.",
        reference=f"{JAIL}, kern_jail_set(), ppr",
        witness="descriptors/rules/use-by-descriptor-takes-callers-limits.jd",
        matches=lambda c: c.new.ok and p.outside(c),
    ),
)


@p.asked_once
def is_bug(case: Case) -> bool:
    """Whether a rule above claims the root."""
    return any(rule.matches(case) for rule in BUGS)


INTENDED: tuple[Rule[Case], ...] = (
    Rule(
        id="descriptors-come",
        title="jails can be named by descriptors",
        advice=callers("Keep a descriptor instead of a jid: it never means another jail."),
        surface=Surface.LIFECYCLE,
        verdict=Verdict.INTENDED,
        severity=Severity.LOW,
        rationale="JAIL_USE_DESC, JAIL_AT_DESC, JAIL_GET_DESC, JAIL_OWN_DESC and the parameter "
        "desc are new: before, they were unknown.",
        reference="jail(2), 2025",
        witness="descriptors/rules/descriptors-come.jd",
        matches=lambda c: not is_bug(c) and p.by_descriptor(c),
    ),
    Rule(
        id="calls-by-descriptor-come",
        title="jail_attach_jd and jail_remove_jd are there",
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
        rationale="They were unknown parameters before; off in a new jail.",
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
        title="jail_set looks at flags and operation before it asks for the privilege",
        advice=callers("Take any refusal for one: without the privilege its errno tells nothing."),
        surface=Surface.ERRNO,
        verdict=Verdict.INTENDED,
        severity=Severity.LOW,
        rationale="The privilege may be that of whoever opened a descriptor, so it is asked for "
        "behind the descriptor.  Who has none reads another errno.",
        reference=f"{JAIL}, kern_jail_set(), priv_check()",
        witness="descriptors/rules/privilege-asked-for-later.jd",
        matches=lambda c: not is_bug(c) and not featured(c) and p.other_order(c),
    ),
    Rule(
        id="open-descriptors-follow",
        title="open descriptors are shared, closed, and lose a jail that dies",
        advice=callers("Close descriptors that a child must not have: fork shares them."),
        surface=Surface.LIFECYCLE,
        verdict=Verdict.INTENDED,
        severity=Severity.LOW,
        rationale="fork shares open files, exit and close let them go, an owning one with its "
        "jail, and a jail that dies is taken from all of them.",
        reference=DESC,
        witness="descriptors/rules/open-descriptors-follow.jd",
        matches=lambda c: not is_bug(c) and not featured(c) and p.files_only(c),
    ),
)


def featured(case: Case) -> bool:
    """Whether the call itself says something that the kernel before does not know."""
    return (
        p.by_descriptor(case)
        or p.new_calls(case)
        or p.about_texts(case)
        or p.about_later_permissions(case)
    )


def half_done(case: Case) -> str | None:
    """What is wrong with the new side of a claimed root, though its kind is known; None: nothing.

    The mistakes that we know of are rules; a refusal that left something behind would be another.
    """
    if not is_bug(case) and p.refused_but_done(case):
        return "a refusal changed something"
    return None


DESCRIPTOR_RULES = BUGS + INTENDED
SINCE_NEW = Rulebook(DESCRIPTOR_RULES, (), half_done)


@p.asked_once
def claimed(case: Case) -> bool:
    """Whether a rule of this kernel claims the root."""
    return any(rule.matches(case) for rule in DESCRIPTOR_RULES)


def unless_ours(rule: Rule[Case]) -> Rule[Case]:
    """The rule of the patch, for calls that do not involve descriptors."""
    return replace(rule, matches=lambda c: not claimed(c) and rule.matches(c))


def flaw_of_both(case: Case) -> str | None:
    """As either rulebook says of its own."""
    return half_done(case) if claimed(case) else landed_patch.RULEBOOK.flaw(case)


SINCE_14 = Rulebook(
    (*DESCRIPTOR_RULES, *map(unless_ours, landed_patch.RULEBOOK.rules)),
    landed_patch.RULEBOOK.echo_rules,
    flaw_of_both,
)
