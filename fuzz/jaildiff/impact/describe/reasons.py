"""Reasons in the words of jail(8): why something differs, and since when.

Rules speak of system calls.  Rules that mean the same to somebody who types commands share one
reason here.  A rule without a reason gives its own title and rationale.
"""

from collections.abc import Iterable

from jaildiff.differ.steps.root_experiment import RootExperiment
from jaildiff.differ.verdict.rule import Rule, Verdict
from jaildiff.impact.describe.judging import NOT_REVIVED, STRUCK, WARNED, Explanation
from jaildiff.kernels.bug_kinds import Side

REVIVED = "revived"
JID_TAKEN = "jid-taken"
NESTED_REFUSED = "nested-refused"
NESTED_LIMITS = "nested-limits"

SAME: dict[str, str] = {
    "dying-jid-reused": JID_TAKEN,
    "dying-name-reused": REVIVED,
    "resurrected-with-stale-parameters": REVIVED,
    "resurrected-instead-of-created": REVIVED,
    "resurrection-withdrawn": REVIVED,
    "alive-without-references": REVIVED,
    "retried-update-meets-new-jail": REVIVED,
    "nested-update-refused": NESTED_REFUSED,
    "nested-update-exceeds-parent": NESTED_LIMITS,
    WARNED: WARNED,
    NOT_REVIVED: REVIVED,
    STRUCK: STRUCK,
}
SENTENCES = {
    JID_TAKEN: "On 15 a jail that is still dying does not keep its jid: the new jail gets it, and "
    "the dying one gets another, counted down from 999999. 14 refuses until it is gone.",
    REVIVED: "With allow.dying or -d, 14 brings the dying jail back to life, with what it still "
    "has. 15 never does: a removed jail stays removed.",
    NESTED_REFUSED: "When jail(8) changes a nested jail, the kernel of 15 checks the change "
    "against the caller's jail instead of the nested jail's parent. jail(8) cannot avoid this, "
    "because it always passes the jid. This is a mistake of that kernel.",
    NESTED_LIMITS: "When a nested jail is changed by its jid, the kernel of 15 checks the change "
    "against the limits of the caller's jail instead of those of the nested jail's parent. This is "
    "a mistake of that kernel.",
    STRUCK: "On 15 a dying jail can have the name of one that runs, and a jid counted down from "
    "999999. jail -r with that jid asks for the name, finds it in jail.conf, and stops the jail "
    "that runs; the dying one stays.",
    WARNED: "allow.dying and -d have no effect on 15, and jail(8) says so on standard error. A "
    "tool that takes any output there for a failure stops.",
}
KERNEL_15 = "the kernel of 15.0 (commit ed31b3f4a146, review D28150)"
JAIL_15 = "jail(8) of 15.0"


def reasons(judged: Explanation) -> tuple[str, ...]:
    """What caused the difference, as ids.  Differences with equal ids are one matter."""
    return tuple(dict.fromkeys(SAME.get(cause, cause) for cause in judged.causes))


def why(judged: Explanation) -> tuple[str, ...]:
    """A sentence for each reason."""
    rules = {rule.id: rule for rule in judged.rules}
    told: dict[str, None] = {}
    for cause in judged.causes:
        same = SAME.get(cause)
        told[SENTENCES[same] if same else by_rule(rules[cause])] = None
    return tuple(told) or ("No rule explains it.",)


def by_rule(rule: Rule[RootExperiment]) -> str:
    """The rule's own words."""
    whose = {Side.NEW: "This is a mistake of the new kernel.", Side.OLD: "14 is mistaken here."}
    mistake = whose.get(rule.side) if rule.verdict is Verdict.BUG and rule.side else None
    return " ".join(filter(None, (f"{rule.title[0].upper()}{rule.title[1:]}.", mistake)))


def since(judged: Explanation) -> str:
    """Since when it is so."""
    parts: Iterable[str] = (
        *([KERNEL_15] if judged.rules or STRUCK in judged.userland else ()),
        *([JAIL_15] if {WARNED, NOT_REVIVED} & {*judged.userland} else ()),
    )
    return " and ".join(parts) or "unknown"
