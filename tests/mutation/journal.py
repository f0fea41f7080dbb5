"""What came of each mutant, so that a run that was interrupted goes on."""

import json
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

UNDECIDED, SURVIVED = PASSED = ("undecided", "survived")  # so far, and to the end


class Journal:
    """A file with a line for each mutant that was tried.

    A mutant that failed is not tried again as long as it is the same text; one that passed is, if
    anything that it is tried with has changed.
    """

    def __init__(self, path: Path, tried_with: str) -> None:
        self.path = path
        self.tried_with = tried_with
        self.outcomes: dict[str, str] = {}
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            noted = json.loads(line)
            if noted["part"] not in PASSED or noted["with"] == tried_with:
                self.outcomes[noted["mutant"]] = noted["part"]
            else:
                self.outcomes.pop(noted["mutant"], None)

    def note(self, mutant: str, part: str) -> None:
        """Remember what came of a mutant."""
        self.outcomes[mutant] = part
        noted = {"mutant": mutant, "part": part, "with": self.tried_with}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(noted) + "\n")


def digest(paths: Iterable[Path]) -> str:
    """What these files say, in short."""
    whole = sha256()
    for path in paths:
        whole.update(sha256(path.read_bytes()).digest())
    return whole.hexdigest()[:24]
