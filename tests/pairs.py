"""Any two kernels, at length: what tests/fuzz/differ/test_comparison.py claims of few programs.

    python -m tests.pairs --programs 10000 --ops 1000000 --seed 1

Prints a line for each claim, and exits with 1 if one does not hold.
"""

import argparse
import sys
from collections.abc import Iterator
from itertools import count

from jaildiff.differ.comparison import LANDED, Comparison, Named, comparison
from jaildiff.differ.diff import Report, diff
from jaildiff.differ.steps.lockstep import Lockstep
from jaildiff.findings.story.story import tell
from jaildiff.kernels.fault import load
from jaildiff.kernels.registry import KERNELS, NEW
from jaildiff.programs.program import Program
from jaildiff.search.generator.generate import generate

MIRROR = Comparison(LANDED.new, LANDED.old)
SWAPPED = {"old": "new", "new": "old", "both": "both"}
OLD_WORDS = ("the old kernel", "the new kernel")
EACH = 40  # programs for each seeded fault


def facts(report: Report, *, swapped: bool) -> object:
    """What a report says without a rulebook: answers, steps, kinds, causes, differences."""
    sides = SWAPPED if swapped else dict(zip(SWAPPED, SWAPPED, strict=True))
    order = slice(None, None, -1 if swapped else 1)
    answers = [pair[order] for pair in report.answers]
    divergences = [
        (d.step, d.kind, d.causes, (d.old, d.new)[order], sorted(d.differs))
        for d in report.divergences
    ]
    broken = [(v.step, sides[v.side], v.invariant, v.jid, v.why) for v in report.violations]
    return answers, divergences, sorted(broken)


def is_mirrored(program: Program) -> bool:
    """Swapped sides give the mirror image."""
    there, back = diff(program, LANDED), diff(program, MIRROR)
    return facts(there, swapped=True) == facts(back, swapped=False)


def differs_from_itself(program: Program, kernel: Comparison) -> bool:
    """A kernel beside itself takes a step otherwise."""
    lockstep = Lockstep(program.jail_max, kernel, program.setup)
    for call in program.calls:
        if lockstep.step(call) is not None:
            return True
        if lockstep.panicked:
            return False
    return False


def wrong_stories(seed: int) -> Iterator[str]:
    """Each seeded fault against its own kernel: stories that name another kernel, or crash."""
    for fault in load().values():
        if fault.model not in KERNELS:
            continue
        faulty = comparison(Named(fault.model, f"{fault.model}+{fault.id}"))
        for number in range(EACH):
            program = generate(seed, number)
            try:
                report = diff(program, faulty)
            except (LookupError, ValueError, AttributeError, AssertionError):
                continue  # The fault breaks the kernel itself, not what is told of it.
            for story in tell(program, report):
                if any(word in " ".join(story.sentences) for word in OLD_WORDS):
                    yield f"{fault.id}, program {number}: {story.verdict}"


def main() -> None:
    """Check the claims."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=int, default=1000)
    parser.add_argument("--ops", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    wrong = [n for n in range(args.programs) if not is_mirrored(generate(args.seed, n))]
    sys.stdout.write(f"mirror image: {args.programs} programs, {len(wrong)} wrong {wrong[:5]}\n")
    ops, alone = 0, []
    for number in count():
        program = generate(args.seed, number)
        ops += len(program.calls)
        if differs_from_itself(program, Comparison(NEW, NEW)):
            alone.append(number)
        if ops >= args.ops:
            break
    sys.stdout.write(f"new against itself: {ops} ops, {len(alone)} wrong {alone[:5]}\n")
    stories = list(wrong_stories(args.seed))
    sys.stdout.write(f"stories of seeded faults: {len(stories)} wrong {stories[:3]}\n")
    sys.exit(bool(wrong or alone or stories))


if __name__ == "__main__":
    main()
