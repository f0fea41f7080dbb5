"""The folder of a campaign: its journal, its corpus, and findings as `jaildiff fuzz` writes them.

DIR/campaign.journal     all results
DIR/corpus/ADDRESS.jd    the shortest program of each class, and programs that you put there
DIR/findings.jsonl, DIR/RULE-FINGERPRINT.jd      as in a folder of `jaildiff fuzz`
"""

import time
from contextlib import suppress
from pathlib import Path

from jaildiff.differ.comparison import Comparison
from jaildiff.differ.diff import diff
from jaildiff.findings.baseline import Baseline
from jaildiff.findings.finding import Finding, findings_of
from jaildiff.findings.findings_file import (
    FINDINGS,
    finding_of,
    read_findings,
    write_index,
    write_witness,
)
from jaildiff.programs.content_address import address, addressed
from jaildiff.programs.loading import SUFFIXES, read_file
from jaildiff.programs.op_language import parse
from jaildiff.programs.program import Program
from jaildiff.search.campaign.ledger import Ledger
from jaildiff.support.errors import InputError
from jaildiff.support.files import files_below, write_into

CORPUS = "corpus"


class Folder:
    """The files that follow from a ledger."""

    def __init__(self, path: Path, baseline: Baseline, comparison: Comparison) -> None:
        self.path = path
        self.baseline = baseline
        self.comparison = comparison
        self.corpus = path / CORPUS
        self.findings: dict[str, Finding] = {}
        self.written: dict[str, str] = {}  # by fingerprint: the program on the disk

    def read_index(self, ledger: Ledger) -> None:
        """Know the findings of earlier runs from the start; each is judged anew in its turn.

        A list that cannot be read is none: all of it follows from the ledger.
        """
        with suppress(InputError):
            rows = read_findings(self.path / FINDINGS, self.comparison.name)
            found = [finding_of(row) for row in rows]
            self.findings = {
                one.fingerprint: one for one in found if one.fingerprint in ledger.first
            }

    def seeds(self, ledger: Ledger) -> tuple[dict[str, str], list[str]]:
        """The user's programs in the corpus yet to be replayed, and notes on other files there."""
        ours = {address(parse(text, "").program) for text in ledger.witnesses.values()}
        seeds: dict[str, str] = {}
        unread: list[InputError] = []
        found = files_below(self.corpus, unread) if self.corpus.exists() else []
        complaints = [f"{error}; left alone" for error in unread]
        for file in found:
            if not file.name.endswith(SUFFIXES):
                complaints.append(f"{file}: not a program, left alone")
                continue
            try:
                for entry in read_file(file):
                    name, text = addressed(entry.program)
                    if address(entry.program) not in ours | ledger.replayed:
                        seeds[name] = text
            except InputError as error:
                complaints.append(f"{error}; left alone")
        return seeds, complaints

    def address_of(self, text: str) -> str:
        """The address of a program given as text."""
        return address(parse(text, "").program)

    def write(self, ledger: Ledger, seconds: float) -> bool:
        """Write missing witnesses, shortened or not, for at most `seconds`; True if there were any.

        Raises OSError if the disk fails.
        """
        fresh, end = False, time.monotonic() + seconds
        for fingerprint, sighting in ledger.first.items():
            text = ledger.witnesses.get(fingerprint)
            key = text or str(sighting)
            if self.written.get(fingerprint) == key:
                continue
            if time.monotonic() >= end:
                break
            program = (
                parse(text, "").program if text else sighting.program(ledger.seed, self.comparison)
            )
            self.write_finding(fingerprint, program, keep=text is not None)
            self.written[fingerprint] = key
            fresh = True
        return fresh

    def write_finding(self, fingerprint: str, program: Program, *, keep: bool) -> None:
        """Write one witness; with `keep`, also write its program into the corpus."""
        report = diff(program, self.comparison)
        for finding in findings_of(program, self.baseline, report):
            if finding.fingerprint == fingerprint:
                write_witness(self.path, finding, program, report)
                self.findings[fingerprint] = finding
                break
        if keep:
            name, text = addressed(program)
            file = self.corpus / name
            if not file.is_file() or file.read_bytes() != text.encode():
                write_into(self.corpus, name, text)

    def write_index(self, ledger: Ledger) -> None:
        """Write the index of the findings that have witnesses, with their counts."""
        write_index(self.path, self.counted(ledger))

    def counted(self, ledger: Ledger) -> list[Finding]:
        """The findings with their counts, in the order of their first sightings."""
        for fingerprint, finding in self.findings.items():
            finding.count = max(1, ledger.counts[fingerprint])
        first = ledger.first
        return sorted(
            self.findings.values(), key=lambda f: (first[f.fingerprint].number, f.fingerprint)
        )
