"""What every rule, invariant, delta and modelled behaviour rests on, from evidence.toml.

    [[claim]]
    about = "jail_kernel/jail_attach.py PRIVILEGE"
    says = "Without allow.suser in the caller's own jail the answer is EPERM."
    kernels = "both"
    recorded = [{ trace = "cases/F04-privilege", step = 5, fault = "attach-without-privilege" }]
    source = "kern_jail.c, sys_jail_attach(), priv_check()"
    manual = "jail(2), ERRORS, EPERM"

`about` is the id of a rule, an invariant or a delta, or a file and a name in it: a function, or the
label of a section.  A recording with a fault refutes the opposite: a kernel with that seeded fault
(fuzz/jaildiff/kernels/faults) departs from the recording at that very step.  Where the fault is
"other-kernel", the other kernel departs there.  A recording without a fault only shows the
behaviour.  A design that was never built has no recording: `kernels` is its name, and its claims
rest on argument.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources

from jaildiff.kernels.registry import PROPOSALS
from jaildiff.support.errors import InputError
from jaildiff.support.toml_entries import entries

REASONS = ("source", "manual", "inference")
REQUIRED = frozenset({"about", "says"})
ALLOWED = REQUIRED | {"kernels", "recorded", *REASONS}
OTHER_KERNEL = "other-kernel"
CLAIM_KERNELS = ("legacy", "new", "both", "descriptors", *PROPOSALS)
TRACE = re.compile(r"[a-z-]+/\S+")
STRENGTHS = {  # of the strongest evidence for a claim
    "refuted": "recorded, so that a kernel without it disagrees",
    "shown": "only seen in a recording",
    "source": "only read in the source or the review",
    "manual": "only read in a manual",
    "inference": "only argued",
}


@dataclass(frozen=True, slots=True)
class Recorded:
    """A step of a recording in corpus/traces or corpus/descriptors, and the fault that it refutes,
    if there is one.
    """

    trace: str  # the file's name before its endings, a slash, the program's id
    step: int
    fault: str | None


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence, and why it is believed."""

    about: str
    says: str
    kernels: str  # old, new, both, main, or the name of a design that did not land
    recorded: tuple[Recorded, ...]
    source: str | None
    manual: str | None
    inference: str | None

    @property
    def strength(self) -> str:
        """The strongest kind of evidence there is: a key of STRENGTHS."""
        if self.recorded:
            return "refuted" if any(each.fault for each in self.recorded) else "shown"
        return next(kind for kind in REASONS if getattr(self, kind))

    @property
    def lines(self) -> list[str]:
        """The evidence in words, a line each."""
        found = [
            f"recorded: {each.trace}, step {each.step}"
            + (f"; disagrees: {each.fault}" if each.fault else "")
            for each in self.recorded
        ]
        texts = [(kind, getattr(self, kind)) for kind in REASONS]
        return found + [f"{kind}: {text}" for kind, text in texts if text]

    def json(self) -> dict[str, object]:
        """The same for machines."""
        return asdict(self) | {"strength": self.strength}


@cache
def load_claims() -> tuple[Claim, ...]:
    """All claims that are shipped.  Raises InputError."""
    text = (
        resources.files("jaildiff.findings").joinpath("evidence.toml").read_text(encoding="utf-8")
    )
    return parse_claims(text, "fuzz/jaildiff/findings/evidence.toml")


def about(subject: str) -> list[Claim]:
    """The claims about one rule, invariant, delta or place."""
    return [claim for claim in load_claims() if claim.about == subject]


def summary(claims: Iterable[Claim]) -> str:
    """How many claims there are, by their strongest evidence."""
    found = Counter(claim.strength for claim in claims)
    counts = ", ".join(f"{found[kind]} {text}" for kind, text in STRENGTHS.items() if found[kind])
    return f"{found.total()} claims: {counts}"


def parse_claims(text: str, where: str) -> tuple[Claim, ...]:
    """The claims of a TOML file with a list of tables [[claim]].  Raises InputError."""
    found = entries(text, where, "claim")[0]
    return tuple(parse_claim(entry, where, number) for number, entry in enumerate(found, 1))


def parse_claim(entry: object, where: str, number: int) -> Claim:
    """One claim; every key must be known, and something must speak for it."""
    if not isinstance(entry, dict):
        raise InputError(where, 0, 0, f"entry {number}: expected a table")
    place = f"entry {number} ({entry.get('about')})"
    wrong = sorted((REQUIRED - entry.keys()) | (entry.keys() - ALLOWED))
    if wrong:
        raise InputError(where, 0, 0, f"{place}: missing or unknown keys {wrong}")
    recorded = entry.pop("recorded", [])
    kernels = entry.pop("kernels", "both")
    if not all(isinstance(value, str) and value for value in entry.values()):
        raise InputError(where, 0, 0, f"{place}: expected texts that are not empty")
    if kernels not in CLAIM_KERNELS:
        raise InputError(
            where, 0, 0, f"{place}: expected kernels legacy, new, both, descriptors or a design"
        )
    if not isinstance(recorded, list) or not all(map(is_recorded, recorded)):
        raise InputError(where, 0, 0, f"{place}: expected recorded = [{{trace, step, fault}}, ...]")
    if not recorded and not any(kind in entry for kind in REASONS):
        raise InputError(where, 0, 0, f"{place}: expected some evidence, found none")
    steps = tuple(Recorded(each["trace"], each["step"], each.get("fault")) for each in recorded)
    texts = (entry.get(kind) for kind in REASONS)
    return Claim(entry["about"], entry["says"], kernels, steps, *texts)


def is_recorded(entry: object) -> bool:
    """True for a table with a trace, a step and perhaps a fault."""
    return (
        isinstance(entry, dict)
        and {"trace", "step"} <= entry.keys() <= {"trace", "step", "fault"}
        and isinstance(entry["trace"], str)
        and TRACE.fullmatch(entry["trace"]) is not None
        and type(entry["step"]) is int
        and entry["step"] >= 0
        and isinstance(entry.get("fault", ""), str)
    )
