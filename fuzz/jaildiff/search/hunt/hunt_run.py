"""The whole job of `jaildiff fuzz`: replay the corpus, fuzz, minimise, write."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

from jaildiff.findings.counting import count_bugs, counts_json, rows_of
from jaildiff.findings.findings_file import write_index, write_witness
from jaildiff.findings.reports.ci_outcome import (
    Changed,
    FailOn,
    Outcome,
    Problem,
    Shown,
    changes,
    outcome,
    place_of_witness,
)
from jaildiff.findings.triage import COMPLETE, mistakes
from jaildiff.programs.loading import Entry
from jaildiff.programs.program import Program
from jaildiff.search.hunt.earlier import Earlier
from jaildiff.search.hunt.guide import Feature, Guide
from jaildiff.search.hunt.hunt import Hunt, budgeted_programs
from jaildiff.support.files import refuse_link
from jaildiff.support.signals import Terminated

REFRESH = 0.2  # seconds between calls of `tick`

Tick = Callable[[float, str], None]  # programs or seconds done, and the status in words


class Job:
    """A hunt that writes every witness at once; an interrupt or a disk error ends it early."""

    def __init__(self, hunt: Hunt, out: Path, earlier: Earlier | None = None) -> None:
        refuse_link(out)
        self.hunt = hunt
        self.out = out
        self.earlier = earlier or Earlier()  # findings already in the folder
        self.replayed = 0
        self.changes: list[Changed] = []  # corpus files whose expectations are not met
        self.guide: Guide | None = None
        self.cut_short = False  # the time was up before the replay was complete
        self.interrupted = False
        self.terminated = False  # interrupted by SIGTERM
        self.trouble: OSError | None = None  # the first error of the machine

    @property
    def changed(self) -> list[str]:
        """The expectations of the corpus that are no longer met, one line each."""
        return [str(change) for change in self.changes]

    @property
    def news(self) -> bool:
        """True if something was found that is neither known nor expected."""
        return bool(self.changes) or any(f.news for f in self.hunt.findings.values())

    def replay(self, entries: Iterable[Entry]) -> None:
        """Run the scripts of the corpus and check their expectations."""
        with self.interruptible():
            for entry in entries:
                if self.hunt.timed_out:
                    self.cut_short = True
                    return
                assert entry.script is not None
                self.replayed += 1
                self.changes += changes(entry.where, entry.script, self.hunt.comparison)
                self.run(entry.program)

    def fuzz(
        self,
        seed: int,
        *,
        seconds: float | None,
        runs: int | None,
        guided: bool = False,
        tick: Tick = lambda _done, _status: None,
    ) -> None:
        """Run generated programs until the time is up or there were `runs` of them."""
        if self.interrupted or self.trouble:
            return
        with self.interruptible():
            started = shown = time.monotonic()
            descriptors = self.hunt.comparison.has_descriptors
            self.guide = Guide(seed, descriptors=descriptors) if guided else None
            chosen = budgeted_programs(
                seed,
                seconds=seconds,
                runs=runs,
                guide=self.guide,
                descriptors=descriptors,
            )
            for number, program in enumerate(chosen, 1):
                self.run(program)
                now = time.monotonic()
                if now - shown > REFRESH:
                    shown = now
                    done = number if runs else now - started
                    tick(done, self.status())

    def run(self, program: Program) -> None:
        """Run one program; new witnesses are written at once, then minimised and written again."""
        features: set[Feature] | None = set() if self.guide else None
        fresh = self.hunt.try_program(program, features)
        if self.guide:
            self.guide.learn(program, features or ())
        for fingerprint in fresh:
            if fingerprint not in self.earlier.witnesses:
                self.write(fingerprint)
        for fingerprint in fresh:
            self.hunt.minimize(fingerprint)
            self.write(fingerprint)

    def write(self, fingerprint: str) -> None:
        """Write the witness of a finding, unless an earlier run left one as short."""
        if self.earlier.is_as_short(fingerprint, self.hunt.witnesses[fingerprint]):
            count = self.hunt.findings[fingerprint].count
            known = replace(self.earlier.findings[fingerprint], count=count)
            self.hunt.findings[fingerprint] = known
            self.hunt.witnesses[fingerprint] = self.earlier.witnesses[fingerprint]
            return
        hunt = self.hunt
        finding, program = hunt.findings[fingerprint], hunt.witnesses[fingerprint]
        write_witness(self.out, finding, program, hunt.reports[fingerprint])

    def status(self) -> str:
        """The progress in one line."""
        hunt = self.hunt
        return f"{hunt.ops:,} ops, {len(hunt.findings)} classes"

    def save(self) -> None:
        """Write the index of all findings and any witnesses that an interrupt left unwritten.

        Witnesses that no longer show their class are removed.
        """
        with self.interruptible():
            for fingerprint, finding in list(self.hunt.findings.items()):
                if not finding.program:
                    self.write(fingerprint)
            write_index(self.out, self.earlier.united(self.hunt.findings.values()))
            for path in self.earlier.stale:
                path.unlink(missing_ok=True)

    @property
    def complete(self) -> bool:
        """Whether the run was long enough to meet everything in the baseline."""
        enough = self.hunt.ops >= COMPLETE and self.replayed > 0
        return enough and not (self.interrupted or self.cut_short or self.trouble)

    def outcome(self, fail_on: FailOn, problems: Iterable[Problem] = ()) -> Outcome:
        """The outcome for a CI system, after `save`."""
        found = self.hunt.findings.values()
        shown = [Shown(finding, place_of_witness(self.out, finding)) for finding in found]
        return outcome(shown, self.changes, fail_on, problems)

    def summary(self, seed: int, seconds: float) -> dict[str, object]:
        """What `fuzz --json` prints."""
        return {
            "kernels": self.hunt.comparison.name,
            "seed": seed,
            "programs": self.hunt.programs,
            "ops": self.hunt.ops,
            "seconds": round(seconds, 3),
            "replayed": self.replayed,
            "changed": self.changed,
            "interrupted": self.interrupted,
            "known": mistakes(self.hunt.baseline, self.hunt.findings),
            "bugs": counts_json(count_bugs(rows_of(self.hunt.findings.values()))),
            "findings": [asdict(finding) for finding in self.hunt.findings.values()],
        } | ({"kept": dict(self.guide.kept)} if self.guide else {})

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Let Ctrl-C, SIGTERM or an error of the disk end the block; what was found is kept."""
        try:
            yield
        except KeyboardInterrupt as stop:
            self.interrupted = True
            self.terminated = isinstance(stop, Terminated)
        except BrokenPipeError:
            raise
        except OSError as error:
            self.trouble = self.trouble or error
