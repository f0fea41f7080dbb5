"""Merge corpora into one with as few programs as possible that still show every feature.

The output folder never shows fewer features than before, not even for a moment: new programs are
added first, and superfluous ones removed last.
"""

import heapq
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from jaildiff.findings.findings_file import FINDINGS
from jaildiff.programs.content_address import addressed, is_address
from jaildiff.programs.loading import SUFFIXES, read_file
from jaildiff.programs.op_language import parse
from jaildiff.programs.program import Program
from jaildiff.search.campaign.journal import FILE, LOCK
from jaildiff.support.errors import InputError
from jaildiff.support.files import (
    files_below,
    refuse_link,
    rename,
    temporary_name,
    writable_folder,
    write_into,
)

OURS = frozenset({FINDINGS, FILE, LOCK})  # other files that engines write into a corpus

Features = Callable[[Program], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Kept:
    """What a merge needs to know about a program: its length and its features."""

    calls: int
    features: frozenset[str]


@dataclass(slots=True)
class Merged:
    """The outcome of a merge."""

    read: int = 0  # programs, counting equal ones separately
    kept: list[str] = field(default_factory=list)  # file names
    dropped: int = 0  # distinct programs that show nothing beyond the kept ones
    features: int = 0
    foreign: list[str] = field(default_factory=list)  # files without a program, and why

    def json(self) -> dict[str, object]:
        """The outcome as JSON."""
        return {
            "read": self.read,
            "kept": self.kept,
            "dropped": self.dropped,
            "features": self.features,
            "foreign": self.foreign,
        }


def merge(out: Path, folders: tuple[Path, ...], worth: Features) -> Merged:
    """Write to `out` a cover of all programs in the folders and, if it exists, in `out` itself.

    Raises InputError, with `out` untouched, if a folder does not exist, if there are no programs,
    or if features would be lost; OSError if `out` cannot be written.
    """
    refuse_link(out)
    merged = Merged()
    if not out.name:
        out = out.resolve()  # "." has no name beside which we could stage.
    if not out.name:
        raise InputError(str(out), 0, 0, "expected a folder for programs, found the root")
    stage = out.with_name(temporary_name())
    sources = (*([out] if out.exists() else []), *folders)
    for folder in sources:
        if not folder.exists():
            raise InputError(str(folder), 0, 0, "expected a folder of programs, found none")
    try:
        known = gather(sources, stage, merged, worth)
        if not known:
            raise InputError(str(folders[0]), 0, 0, "expected programs, found none")
        merged.kept = sorted(cover(known))
        merged.dropped = len(known) - len(merged.kept)
        merged.features = check_cover(stage, merged.kept, known, worth)
        publish(stage, out, merged.kept)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return merged


def gather(
    folders: tuple[Path, ...], stage: Path, merged: Merged, worth: Features
) -> dict[str, Kept]:
    """Write each distinct program into the stage; return what each shows, by file name."""
    known: dict[str, Kept] = {}
    names: dict[str, str] = {}  # of features, so that equal strings are stored once
    for program in programs_of(folders, merged.foreign):
        merged.read += 1
        name, text = addressed(program)
        if name not in known:
            write_into(stage, name, text)
            shown = frozenset(names.setdefault(feature, feature) for feature in worth(program))
            known[name] = Kept(len(program.calls), shown)
    return known


def programs_of(folders: tuple[Path, ...], foreign: list[str]) -> Iterator[Program]:
    """Every program in the folders; other files are noted in `foreign` and left alone."""
    for folder in folders:
        unread: list[InputError] = []
        found = files_below(folder, unread) if folder.is_dir() else [folder]
        foreign += map(str, unread)
        for file in found:
            if file.name in OURS:
                continue
            if not file.name.endswith(SUFFIXES):
                foreign.append(f"{file}: not a program")
                continue
            try:
                for entry in read_file(file):
                    yield entry.program
            except InputError as error:
                foreign.append(str(error))


def cover(known: Mapping[str, Kept]) -> list[str]:
    """Names of programs that together show all features, none of them superfluous.

    This is a greedy cover: we always add the program that contributes most, or of equals the
    shorter.  At the end we drop programs that others make superfluous, the longest first.
    """
    covered: set[str] = set()
    chosen = []
    # Gains only shrink, so a program whose gain is still what it was is the best.
    queue = [(-len(kept.features), kept.calls, name) for name, kept in known.items()]
    heapq.heapify(queue)
    while queue:
        gain, calls, name = heapq.heappop(queue)
        now = -len(known[name].features - covered)
        if now == gain and now:
            chosen.append(name)
            covered |= known[name].features
        elif now:
            heapq.heappush(queue, (now, calls, name))
    shown_by = dict.fromkeys(covered, 0)
    for name in chosen:
        for feature in known[name].features:
            shown_by[feature] += 1
    for name in sorted(chosen, key=lambda name: (-known[name].calls, name)):
        if all(shown_by[feature] > 1 for feature in known[name].features):
            chosen.remove(name)
            for feature in known[name].features:
                shown_by[feature] -= 1
    return chosen


def check_cover(stage: Path, kept: list[str], known: Mapping[str, Kept], worth: Features) -> int:
    """Read the kept files again and count the features that they show.

    Raises InputError if some that were read before are missing.
    """
    read = frozenset().union(*(item.features for item in known.values()))
    shown: set[str] = set()
    for name in kept:
        text = (stage / name).read_text(encoding="utf-8")
        shown |= worth(parse(text, name).program)
    if read - shown:
        message = f"{len(read - shown)} features would be lost, {min(read - shown)!r} for one"
        raise InputError(str(stage), 0, 0, f"{message}; nothing was changed")
    return len(shown)


def publish(stage: Path, out: Path, kept: list[str]) -> None:
    """Make `out` contain these programs and no others that a merge wrote."""
    for file in stage.iterdir():
        if file.name not in kept:
            file.unlink()
    if not out.exists():
        rename(stage, out)
        return
    with writable_folder(out) as folder:
        for name in kept:
            os.replace(stage / name, name, dst_dir_fd=folder)
        os.fsync(folder)
        for file in out.iterdir():
            if is_address(file.name) and file.name not in kept:
                os.unlink(file.name, dir_fd=folder)
