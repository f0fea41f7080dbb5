"""Findings that earlier runs left in a folder; a new run adds to them and removes none."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from jaildiff.differ.comparison import Comparison
from jaildiff.differ.diff import diff
from jaildiff.findings.baseline import Baseline
from jaildiff.findings.finding import Finding, findings_of
from jaildiff.findings.findings_file import FINDINGS, read_findings
from jaildiff.programs.loading import read_file
from jaildiff.programs.program import Program
from jaildiff.support.errors import InputError

_WITNESS = re.compile(r".+-([0-9a-f]{16})\.jd")


@dataclass(slots=True)
class Earlier:
    """The classes of earlier runs by fingerprint, judged again, each with its witness."""

    findings: dict[str, Finding] = field(default_factory=dict)
    witnesses: dict[str, Program] = field(default_factory=dict)
    stale: list[Path] = field(default_factory=list)  # witnesses that no longer show their class

    def is_as_short(self, fingerprint: str, program: Program) -> bool:
        """Whether an earlier witness of the class is no longer than this program."""
        known = self.witnesses.get(fingerprint)
        return known is not None and len(known.calls) <= len(program.calls)

    def united(self, findings: Iterable[Finding]) -> list[Finding]:
        """These findings and the earlier ones; each class once, with the sum of the counts."""
        found = {finding.fingerprint: finding for finding in findings}
        counts = {key: finding.count for key, finding in self.findings.items()}
        return [
            replace(finding, count=finding.count + (counts.get(key, 0) if key in found else 0))
            for key, finding in (self.findings | found).items()
        ]


def read_earlier(folder: Path, baseline: Baseline, comparison: Comparison) -> Earlier:
    """The findings in a folder, and any witnesses that a killed run did not list.

    Raises InputError if the folder contains other things, or findings about other kernels.
    """
    earlier = Earlier()
    index = folder / FINDINGS
    rows = read_findings(index) if is_ours(index) else []
    counts = {str(row["program"]): int(str(row["count"])) for row in rows}
    listed = {str(row["program"]): str(row["fingerprint"]) for row in rows}
    listed = {name: mark for name, mark in listed.items() if is_ours(folder / name)}
    unlisted = {
        path.name: found[1]
        for path in sorted(folder.glob("*.jd"))
        if path.name not in listed and (found := _WITNESS.fullmatch(path.name)) and is_ours(path)
    }
    for name, fingerprint in (listed | unlisted).items():
        program = program_of(folder / name, comparison)
        report = diff(program, comparison)
        for finding in findings_of(program, baseline, report):
            if finding.fingerprint == fingerprint:
                finding.count, finding.program = counts.get(name, 1), name
                earlier.findings[fingerprint] = finding
                earlier.witnesses[fingerprint] = program
                break
        else:
            earlier.stale.append(folder / name)
    return earlier


def is_ours(path: Path) -> bool:
    """Whether a run may have written this file; a link is somebody else's, and gets replaced."""
    return path.is_file() and not path.is_symlink()


def program_of(witness: Path, comparison: Comparison) -> Program:
    """The program in a witness.  Raises InputError if it is not for these kernels."""
    entry = next(read_file(witness), None)
    if entry is None:
        raise InputError(str(witness), 0, 0, "expected a program, found none")
    if entry.program.kernels != (comparison.old.name, comparison.new.name):
        found = ",".join(entry.program.kernels)
        message = f"expected findings about {comparison.name}, found one about {found}"
        raise InputError(str(witness), 0, 0, f"{message}; name another folder with --out")
    return entry.program
