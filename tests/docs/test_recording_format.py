import json
import re
from pathlib import Path
from typing import Any

from jaildiff import conform, judge
from jaildiff.programs.json_form import call_to_json
from jaildiff.programs.loading import Entry, read_programs
from tests.house.tools import ROOT

PAGE = (ROOT / "docs" / "recording-format.md").read_text(encoding="utf-8")
(EXAMPLE,) = re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def entries(folder: Path, recorded: dict[str, Any]) -> list[Entry]:
    """A recording, written as a file and read again."""
    path = folder / "mine.jsonl"
    path.write_text(json.dumps(recorded))
    return list(read_programs(path, None))


def test_the_example_is_a_recording(tmp_path: Path) -> None:
    """Both commands take it, and the kernel that it shows is the new one."""
    found = entries(tmp_path, json.loads(EXAMPLE))
    assert conform("new", found, key="mine").complete
    assert judge(found, key="mine").summary()["agree_with_new"] == 1


def test_a_wrong_answer_does_not_agree(tmp_path: Path) -> None:
    """What the page says is compared is."""
    wrong = json.loads(EXAMPLE)
    wrong["mine"]["results"][0]["ret"] = 2
    assert not conform("new", entries(tmp_path, wrong), key="mine").complete


def test_every_call_and_answer_is_described() -> None:
    """All calls and keys of recordings in the corpus stand on the page."""
    for file in ("traces/cases.jsonl.zst", "descriptors/directed.jsonl.zst"):
        for entry in read_programs(ROOT / "corpus" / file, None):
            calls = [json.loads(json.dumps(call_to_json(call))) for call in entry.program.calls]
            words = {str(call["op"]) for call in calls}
            words |= {key for call in calls for key in call}
            for answers in (entry.recorded or {}).values():
                assert isinstance(answers, dict)
                words |= answers.keys()
            assert {word for word in words if f"`{word}`" not in PAGE} == set(), entry.where
