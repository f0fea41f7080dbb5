"""The whole self-test: try every fault and correction, and sum up what was found."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from jaildiff.differ.verdict.rulebook import Rulebook
from jaildiff.kernels.fault import Fault, load
from jaildiff.programs.loading import read_programs
from jaildiff.programs.program import Program
from jaildiff.selftest.ground import Ground
from jaildiff.selftest.rule_trial import check_witnesses, gather, noticed, unclaimed
from jaildiff.selftest.trial import Trial, run_clean, run_correction, run_fault
from jaildiff.support.errors import suggestion

# Least shares of the successful trials with the right kind and root; one step may show two kinds.
KIND_SHARE, ROOT_SHARE = 0.93, 0.99
PROGRAMS = 400  # generated, to test the rules
MEDIAN_MAX = 5.0  # seconds of processor time until a fault is found
SECONDS_MAX = 5.0  # for a correction; it should find nothing, so it always uses all of it

Advance = Callable[[str], None]


@dataclass(slots=True)
class SelfTest:
    """The trials, their outcomes, and what they amount to."""

    grounds: tuple[Ground, ...]
    corpus: Path
    seeds: int
    seconds: float  # of processor time, for each fault and seed
    registry: dict[str, Fault] = field(default_factory=load)  # all faults, by id
    trials: dict[str, list[Trial]] = field(default_factory=dict)
    corrections: dict[str, str | None] = field(default_factory=dict)  # what is wrong, by fault
    rules: dict[str, str | None] = field(default_factory=dict)  # the evidence against each fault
    clean: list[Trial] = field(default_factory=list)
    interrupted: bool = False

    def run(self, faults: Iterable[Fault], clean_ops: int, advance: Advance) -> None:
        """Run all trials; Ctrl-C stops them and keeps the outcomes so far.

        Raises InputError before the first trial if a fault no longer applies, a correction names
        a rule that does not exist, or a rule has no witness.
        """
        faults = list(faults)
        for ground in self.grounds:
            check_witnesses(self.corpus, ground.comparison.rulebook)
        for fault in faults:
            fault.check()
            check_gone(fault, self.ground(fault).comparison.rulebook)
        try:
            self.run_models([fault for fault in faults if fault.model != "rules"], advance)
            self.run_rules([fault for fault in faults if fault.model == "rules"], advance)
            for seed in range(1, self.seeds + 1):
                advance("without faults")
                ops = clean_ops // self.seeds // len(self.grounds)
                self.clean += [self.without_fault(ground, seed, ops) for ground in self.grounds]
        except KeyboardInterrupt:
            self.interrupted = True

    def run_models(self, faults: Iterable[Fault], advance: Advance) -> None:
        """Hunt the faults in the models, and try the corrections."""
        for fault in faults:
            advance(fault.id)
            if fault.corrects:
                seconds = min(self.seconds, SECONDS_MAX) / self.seeds
                self.corrections[fault.id] = run_correction(
                    fault, self.ground(fault), self.seeds, seconds, self.witnesses(fault)
                )
                continue
            trials = self.trials.setdefault(fault.id, [])
            for seed in range(1, self.seeds + 1):
                trials.append(self.hunt(fault, seed))

    def run_rules(self, faults: list[Fault], advance: Advance) -> None:
        """Try the faults in the rules."""
        if not faults:
            return
        known = gather(self.corpus, self.ground(faults[0]).comparison, 1, PROGRAMS)
        known += unclaimed(trial for trials in self.trials.values() for trial in trials)
        shown_by = {name for fault in faults for name in fault.shown_by}
        for name in sorted(shown_by - self.trials.keys()):
            known += unclaimed([self.hunt(self.registry[name], 1)])
        for fault in faults:
            advance(fault.id)
            self.rules[fault.id] = noticed(fault, known)

    def ground(self, fault: Fault) -> Ground:
        """The first ground that has the fault; it is hunted there."""
        return next(ground for ground in self.grounds if ground.has(fault))

    def hunt(self, fault: Fault, seed: int) -> Trial:
        """Hunt one fault with one seed."""
        return run_fault(fault, self.ground(fault), seed, self.seconds)

    def without_fault(self, ground: Ground, seed: int, ops: int) -> Trial:
        """Hunt without a fault: nothing should be found."""
        return run_clean(ground, seed, ops)

    def witnesses(self, fault: Fault) -> list[Program]:
        """The witnesses of the rules that a correction leaves without cases."""
        rules = self.ground(fault).comparison.rulebook.by_id
        paths = [self.corpus / rules[rule].witness for rule in sorted(fault.gone)]
        return [entry.program for path in paths for entry in read_programs(path)]

    @property
    def found_trials(self) -> list[Trial]:
        """The trials that found something."""
        return [trial for trials in self.trials.values() for trial in trials if trial.found]

    @property
    def missed(self) -> list[str]:
        """The faults that a seed did not find, and the faults in rules that nothing contradicts."""
        models = [name for name, trials in self.trials.items() if not all(t.found for t in trials)]
        return models + [name for name, where in self.rules.items() if where is None]

    @property
    def misjudged(self) -> list[str]:
        """The faults given a wrong kind, side or root step, and the corrections that failed."""
        wrong = [t.fault for t in self.found_trials if not right(t)]
        return list(dict.fromkeys(wrong)) + [n for n, why in self.corrections.items() if why]

    @property
    def false_alarms(self) -> int:
        """The number of trials that found something although there was no fault."""
        return sum(trial.found for trial in self.clean)

    def right(self, test: Callable[[Trial], bool]) -> int:
        """The number of faults that pass `test` with most seeds.

        A correction and a fault in the rules have no kind; they count if they came out right.
        """
        judged = sum(
            2 * sum(trial.found and test(trial) for trial in trials) > len(trials)
            for trials in self.trials.values()
        )
        gone = sum(why is None for why in self.corrections.values())
        return judged + gone + sum(where is not None for where in self.rules.values())

    def share(self, test: Callable[[Trial], bool]) -> float:
        """The share of the successful trials that pass `test`; 1 if there are none."""
        found = self.found_trials
        return sum(map(test, found)) / len(found) if found else 1.0

    @property
    def medians(self) -> list[float]:
        """For each fault, the median over the seeds of the seconds until it was found."""
        return [median(t.seconds for t in trials) for trials in self.trials.values()]

    @property
    def median_seconds(self) -> float:
        """The median of `medians`; 0 if there are none."""
        return median(self.medians or [0.0])

    @property
    def passed(self) -> bool:
        """Whether the harness is good enough: the bounds above hold and nothing failed."""
        return (
            not self.missed
            and not self.false_alarms
            and not any(self.corrections.values())
            and self.share(named) >= KIND_SHARE
            and self.share(lambda t: t.root_right) >= ROOT_SHARE
            and self.median_seconds <= MEDIAN_MAX
        )

    def json(self) -> dict[str, object]:
        """What `selftest --json` prints; the shares are of the trials that found something."""
        tried = len(self.trials) + len(self.corrections) + len(self.rules)
        unfound = len(self.missed) + sum(map(bool, self.corrections.values()))
        medians = self.medians
        return {
            "faults": tried,
            "found": tried - unfound,
            "kind_right": self.right(named),
            "root_right": self.right(lambda t: t.root_right),
            "kind_share": round(self.share(named), 4),
            "root_share": round(self.share(lambda t: t.root_right), 4),
            "median_seconds": round(self.median_seconds, 4) if medians else None,
            "max_seconds": round(max(medians), 4) if medians else None,
            "false_alarms": self.false_alarms,
            "clean_ops": sum(trial.ops for trial in self.clean),
            "missed": self.missed,
            "misjudged": self.misjudged,
            "corrections": self.corrections,
            "rules": self.rules,
            "passed": self.passed,
            "trials": [trial_json(t) for trials in self.trials.values() for t in trials],
        }


def named(trial: Trial) -> bool:
    """Whether kind and side are right."""
    return trial.kind_right and trial.side_right


def right(trial: Trial) -> bool:
    """Whether kind, side and root step are right."""
    return named(trial) and trial.root_right


def trial_json(trial: Trial) -> dict[str, object]:
    """One trial as JSON."""
    names = ("fault", "seed", "found", "ops", "seconds", "what", "kind", "side")
    judged = ("kind_right", "side_right", "root_right")
    return {name: getattr(trial, name) for name in (*names, *judged)}


def check_gone(fault: Fault, rulebook: Rulebook) -> None:
    """Raise InputError if a correction names a rule that does not exist."""
    for rule in sorted(fault.gone - rulebook.by_id.keys()):
        raise fault.wrong(f"there is no rule {rule!r}{suggestion(rule, [*rulebook.by_id])}")
