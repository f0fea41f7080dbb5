import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import islice, pairwise
from pathlib import Path

import pytest

from jaildiff.differ.comparison import LANDED
from jaildiff.differ.diff import Report, diff
from jaildiff.differ.verdict.advice import Audience
from jaildiff.differ.verdict.landed.rules import RULEBOOK
from jaildiff.findings.evidence import about
from jaildiff.findings.findings_file import FIELDS, FINDINGS
from jaildiff.findings.reports import write_report as report
from jaildiff.findings.reports.escaping import cell, markdown, markdown_block, markdown_code
from jaildiff.findings.reports.parts.coverage import ABSENT, DYING, Cell, Coverage
from jaildiff.findings.reports.parts.curves import Curves
from jaildiff.findings.reports.parts.results import EFFECTS, Design, Explored, Searched
from jaildiff.findings.reports.parts.users import ForUsers, Labelled, Matter
from jaildiff.findings.reports.write_report import load_findings, write_report
from jaildiff.findings.story.glossary import GLOSSARY
from jaildiff.kernels.invariants import BY_ID as INVARIANTS
from jaildiff.kernels.snapshot import result_json
from jaildiff.programs.answer_language import answer_text
from jaildiff.programs.loading import read_programs
from jaildiff.programs.op_language import Line, Script, call_text, parse, render
from jaildiff.programs.program import Program
from jaildiff.support.errors import InputError
from jaildiff.support.files import write_atomic
from jaildiff.support.printable import printable

TRACES = Path(__file__).parents[4] / "corpus" / "traces"
NAMES = ["report.html", "report.md", "report.csv"]

WITNESS = """\
jaildiff 1
# A story.
p1: jail_set(CREATE, jid=5, persist)  # why
    both 5
p1: jail_remove(5)
"""

ROOT: dict[str, object] = {
    "fingerprint": "00000000000000aa",
    "kind": "root",
    "verdict": "intended",
    "rule": "some-rule",
    "title": "a create takes a jid",
    "surface": "jid",
    "severity": "medium",
    "bug_kind": None,
    "side": None,
    "why": "What the patch is for.",
    "reference": "a commit",
    "count": 7,
    "step": 1,
    "call": "p1: jail_remove(5)",
    "old": 'EINVAL "no"',
    "new": "0",
    "differs": ["jail 5: exists"],
    "causes": [],
    "known": None,
    "kernels": "legacy,new",
    "story": ["This is intended: a create takes a jid.", "What to do: Nothing."],
    "program": "witness.jd",
}
ECHO = ROOT | {"fingerprint": "ec40", "kind": "echo", "count": 2, "causes": [0, 1]}
BUG = ROOT | {
    "fingerprint": "b0b",
    "verdict": "bug",
    "rule": "some-bug",
    "title": "a bug",
    "severity": "high",
    "bug_kind": "wrong errno",
    "side": "new",
}
VIOLATION = BUG | {
    "fingerprint": "0dd",
    "kind": "violation",
    "rule": "some-invariant",
    "title": "all is well",
    "side": "both",
    "step": 2,
    "call": None,
    "old": None,
    "new": None,
}
UNEXPLAINED = ROOT | {
    "fingerprint": "abc",
    "verdict": "unexplained",
    "rule": None,
    "title": "",
    "why": "No rule claims it.",
    "severity": "high",
}
ALL = [ROOT, ECHO, BUG, VIOLATION, UNEXPLAINED]

USERS = ForUsers(
    configuration=("web {", "    jid = 5;", "}"),
    summary="1 thing breaks, for web",
    matters=(
        Matter(
            "breaks",
            "Breaks, always, for web",
            (
                Labelled("You do", "jail -m web", is_code=True),
                Labelled("Why", "So it is.", is_code=False),
            ),
        ),
    ),
    tools_summary="FreeBSD 15 breaks 1 of 2 tools (cbsd), and makes no difference to 1.",
    tools_heads=("tool", "impact"),
    tools=(("cbsd", "breaks"),),
    unaffected=("pot",),
)

SEARCHED = Searched(
    Coverage(
        3,
        Counter({Cell("jail_set", "CREATE", ABSENT, "ok", "ok"): 1_200}),
        {("jail_set", "CREATE"): (ABSENT, DYING), ("jail_remove", ""): (ABSENT,)},
    ),
    Curves(
        7, 20, 900, 0.1, "Nothing new is in sight.", ((1, 1), (20, 4)), ((1, 1),), ((900, 9e3),)
    ),
    Explored("tiny: one jid", "Closed: nothing new is met.", 11_595, 1_078_335, 44),
    (Design("upward", "a dying jail moves", "argued", dict.fromkeys(EFFECTS, 3), 5, 2),),
)

HOSTILE = (
    "<script>alert(1)</script> | `x` **b** [a](http://evil) \\| &amp; '\" $\\frac \u202e\x1b\n# h"
)


class Page(HTMLParser):
    """What is in a page: tags, ids, links and text; and that every tag is closed in its turn."""

    VOID = frozenset({"meta", "br", "wbr"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(key, value or "") for key, value in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(key, value or "") for key, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data + " "  # No two cells grow together.

    def all(self, *keys: str) -> list[str]:
        return [value for key, value in self.attributes if key in keys]


def write_findings(folder: Path, *findings: dict[str, object]) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / FINDINGS).write_text("".join(json.dumps(finding) + "\n" for finding in findings))
    (folder / "witness.jd").write_text(WITNESS)
    return folder


def texts(folder: Path) -> dict[str, str]:
    """The report on a folder, by file name."""
    paths = write_report(folder, folder / "out")
    assert [path.name for path in paths] == NAMES
    return {path.name: path.read_text(encoding="utf-8") for path in paths}


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def failure(folder: Path) -> str:
    """What a report on the folder complains of, from behind the folder; nothing is written."""
    with pytest.raises(InputError) as caught:
        write_report(folder, folder / "out")
    assert not (folder / "out").exists()
    text = str(caught.value)
    assert text.startswith(f"{folder}/")
    return text.removeprefix(f"{folder}/")


def answers(one: Report, step: int) -> tuple[str | None, str | None]:
    if step >= len(one.answers):
        return None, None
    old, new = (answer_text(result_json(result)) for result in one.answers[step])
    return old, new


def findings_of(program: Program, one: Report) -> Iterator[dict[str, object]]:
    """What a run would write down about one program."""
    for d in one.divergences:
        title = RULEBOOK.by_id[d.rule].title if d.rule else ""
        reference = RULEBOOK.by_id[d.rule].reference if d.rule else None
        yield {key: getattr(d, key, None) for key in FIELDS} | {
            "title": title,
            "reference": reference,
            "call": call_text(program.calls[d.step]),
            "kernels": one.comparison.name,
            "story": [f"Step {d.step}."],
        }
    for v in one.violations:
        yield ROOT | {
            "fingerprint": f"{v.invariant}-{v.side}",
            "kind": "violation",
            "verdict": "bug",
            "rule": v.invariant,
            "title": INVARIANTS[v.invariant].title,
            "severity": "high",
            "bug_kind": v.bug_kind,
            "side": v.side,
            "step": v.step,
            "why": v.why,
            "differs": [],
        }


def witness_of(program: Program, one: Report) -> str:
    lines = []
    for step, call in enumerate(program.calls):
        old, new = answers(one, step)
        lines.append(Line(call, old=old, new=new))
    return render(Script(program.id, program.jail_max, lines=tuple(lines)))


@pytest.fixture(scope="module")
def realistic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a run over recorded programs finds."""
    folder = tmp_path_factory.mktemp("findings")
    found: dict[object, dict[str, object]] = {}
    for name in ("cases", "idioms", "small"):
        for entry in islice(read_programs(TRACES / f"{name}.jsonl.zst"), 120):
            one = diff(entry.program, LANDED)
            for finding in findings_of(entry.program, one):
                known = found.setdefault(finding["fingerprint"], finding)
                if known is finding:
                    step = int(str(finding["step"]))
                    old, new = answers(one, step)
                    file = f"{finding['fingerprint']}.jd"
                    finding |= {"old": old, "new": new, "program": file, "count": 0}
                    found[finding["fingerprint"]] = finding
                    (folder / file).write_text(witness_of(entry.program, one))
                known = found[finding["fingerprint"]]
                known["count"] = int(str(known["count"])) + 1
    return write_findings(folder, *found.values())


def test_the_same_findings_give_the_same_bytes(
    realistic: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No date, no random id, no path and no setting of the user is in a report."""
    first = [path.read_bytes() for path in write_report(realistic, tmp_path / "a")]
    (tmp_path / "matplotlibrc").write_text("font.size: 30\nsvg.fonttype: path\n")
    monkeypatch.setenv("MATPLOTLIBRC", str(tmp_path / "matplotlibrc"))
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    copy = tmp_path / "copy"
    realistic.rename(copy)
    try:
        second = [path.read_bytes() for path in write_report(copy, tmp_path / "b")]
    finally:
        copy.rename(realistic)
    assert first == second


def test_page_and_markdown_do_not_depend_on_the_order(tmp_path: Path) -> None:
    """Whatever order a run writes its findings in, the reader gets the same page."""
    forth = texts(write_findings(tmp_path / "a", *ALL))
    back = texts(write_findings(tmp_path / "b", *reversed(ALL)))
    assert [forth[name] for name in NAMES[:2]] == [back[name] for name in NAMES[:2]]


def test_every_finding_appears(realistic: Path) -> None:
    """Each finding is in the page, in the Markdown and a row of the table."""
    frame = load_findings(realistic)
    assert len(frame) > 40
    assert set(frame["kind"]) == {"root", "echo", "violation"}
    found = texts(realistic)
    text = Page(found["report.html"]).text
    for finding in frame.to_dict("records"):
        assert finding["fingerprint"] in text
        assert finding["fingerprint"] in found["report.md"]
    assert [row["fingerprint"] for row in rows(found["report.csv"])] == list(frame["fingerprint"])


def test_every_rule_has_its_section(realistic: Path) -> None:
    """Title, reason, source and evidence of each rule are told, and a witness program is shown."""
    found = texts(realistic)
    text = " ".join(Page(found["report.html"]).text.split())
    frame = load_findings(realistic)
    roots = frame[frame["kind"] == "root"]
    for rule in set(roots["rule"]):
        for said in (
            RULEBOOK.by_id[rule].title[1:],
            RULEBOOK.by_id[rule].rationale,
            RULEBOOK.by_id[rule].reference,
        ):
            assert " ".join(said.split()) in text
        for line in (line for claim in about(rule) for line in claim.lines):
            assert " ".join(line.split()) in text
            assert f"- **Evidence:** {line}" in found["report.md"]
    assert text.count("Witness program") == frame["rule"].nunique()


def test_page_is_sound_and_stands_alone(realistic: Path) -> None:
    """Tags are balanced, ids unique, links lead somewhere in the page, nothing is loaded."""
    page = Page(texts(realistic)["report.html"])
    ids = page.all("id")
    assert len(ids) == len(set(ids))
    assert {link for link in page.all("href", "xlink:href") if link[1:] not in ids} == set()
    labels = " ".join(page.all("aria-labelledby")).split()
    assert set(labels) <= set(ids)
    assert page.all("src", "srcset", "action", "onload") == []
    assert not {"script", "link", "img", "iframe", "object"} & set(page.tags)


def test_page_can_be_read_aloud(realistic: Path) -> None:
    """Charts have a text, tables a caption, and no level of heading is left out."""
    page = Page(texts(realistic)["report.html"])
    assert page.tags.count("caption") == page.tags.count("table") > 3
    levels = [int(tag[1]) for tag in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))
    charts = [label for label in page.all("aria-label") if label.startswith("Bar chart")]
    assert len(charts) == page.all("role").count("img") == 2
    assert page.tags.count("svg") == len(charts) + page.all("aria-hidden").count("true")


def test_charts_are_in_the_page(tmp_path: Path) -> None:
    """Both charts are drawn inside the page, in its colours, and told in words."""
    html = texts(write_findings(tmp_path / "f", *ALL))["report.html"]
    page = Page(html)
    assert page.all("role").count("img") == 2
    assert "Bar chart of findings. jid: 2 bug, 1 intended, 1 unexplained." in page.all("aria-label")
    assert "Bar chart of findings. wrong errno: 1 both, 1 new." in page.all("aria-label")
    for name in ("intended", "bug", "unexplained", "new", "both", "ink"):
        assert f"fill: var(--{name})" in html


def test_counts_are_correct(tmp_path: Path) -> None:
    """The tiles count mistakes and classes, the line below them classes, and all that was seen."""
    second = ROOT | {"fingerprint": "bb", "count": 1000}
    found = texts(write_findings(tmp_path / "f", *ALL, second))
    text = " ".join(Page(found["report.html"]).text.split())
    for tile in (
        "1 intended change (3 classes)",
        "0 mistakes the patch fixes (0 classes)",
        "1 mistake the patch brought (1 class)",
        "1 mistake in both kernels (1 class)",
        "1 unexplained",
        "6 classes (4 roots, 1 broken invariant, 1 echo), seen 1030 times in all",
        "2 findings, seen 1007 times; 1 echo",
    ):
        assert tile in text
    assert "| Mistakes, or changes | 1 | 0 | 1 | 1 | 1 |" in found["report.md"]
    assert "| Classes | 3 | 0 | 1 | 1 | 1 |" in found["report.md"]
    assert "2 findings, seen 1007 times, 1 echo" in found["report.md"]
    assert sum(int(row["count"]) for row in rows(found["report.csv"])) == 1030


def test_an_invariant_is_counted_on_each_side(tmp_path: Path) -> None:
    """Where it breaks in either kernel by itself, each side has the numbers of its own, and the
    mistake is one of both.
    """
    old = VIOLATION | {"fingerprint": "1", "side": "old", "count": 3}
    new = VIOLATION | {"fingerprint": "2", "side": "new", "count": 4}
    markdown_text = texts(write_findings(tmp_path / "f", old, new))["report.md"]
    for count in (3, 4):
        assert f"| Broken invariant: all is well | wrong errno | high | {count} |" in markdown_text
    assert "| Mistakes, or changes | 0 | 0 | 0 | 1 | none |" in markdown_text
    assert "| Classes | 0 | 0 | 0 | 2 | none |" in markdown_text


def test_an_echo_with_a_rule_of_its_own_is_no_echo_of_it(tmp_path: Path) -> None:
    """A panic that only an echo shows is a bug like any other, with a witness."""
    own = BUG | {"kind": "echo", "rule": "a-panic", "title": "the old kernel panics"}
    page = Page(texts(write_findings(tmp_path / "f", ROOT, ECHO, own))["report.html"])
    assert "1 mistake the patch brought" in " ".join(page.text.split())
    assert "bug-rule-a-panic" in page.all("id")


def test_unexplained_is_prominent(tmp_path: Path) -> None:
    """What nobody explains comes first; what is in the baseline raises no alarm."""
    fresh = texts(write_findings(tmp_path / "a", *ALL))
    assert '<div class="notice bad">' in fresh["report.html"]
    assert fresh["report.html"].index('id="unexplained-finding-abc"') < fresh["report.html"].index(
        'id="intended-rule-some-rule"'
    )
    assert "**1 difference without an explanation.**" in fresh["report.md"]
    known = texts(write_findings(tmp_path / "b", ROOT, UNEXPLAINED | {"known": "It is old."}))
    assert '<div class="notice bad">' not in known["report.html"]
    assert "of which 1 in the baseline" in known["report.html"]
    none = texts(write_findings(tmp_path / "c", ROOT))
    assert all("None." in none[name] for name in NAMES[:2])


def test_bugs_that_are_news_are_named(tmp_path: Path) -> None:
    """A bug that is not in the baseline is told at the top, and that there is none as well."""
    fresh = texts(write_findings(tmp_path / "a", BUG, VIOLATION | {"known": "It is old."}))
    assert "**1 bug is not in the baseline:**\n\n- A bug\n" in fresh["report.md"]
    text = " ".join(Page(fresh["report.html"]).text.split())
    assert "1 bug is not in the baseline : A bug Admins" in text
    assert text.count("In the baseline: ") == 0
    assert "Baseline It is old." in text
    known = texts(write_findings(tmp_path / "b", BUG | {"known": "It is old."}))
    assert "All bugs are in the baseline" in known["report.md"]
    assert "All bugs are in the" in known["report.html"]


def test_a_violation_may_leave_its_answers_to_the_witness(tmp_path: Path) -> None:
    """It is about the state, so its line has none; those of the op are shown all the same."""
    finding = VIOLATION | {"step": 0, "call": "p1: jail_set(...)", "old": "", "new": ""}
    text = " ".join(
        Page(texts(write_findings(tmp_path / "f", finding))["report.html"]).text.split()
    )
    assert "(here) p1: jail_set(CREATE, jid=5, persist) A story. why 5 5" in text


def test_witness_shows_the_step_and_both_answers(tmp_path: Path) -> None:
    """Op by op with the answers that the file has; the marked op has those of the finding."""
    page = Page(texts(write_findings(tmp_path / "f", ROOT))["report.html"])
    text = " ".join(page.text.split())
    assert "Step Call Old kernel New kernel 0 p1: jail_set(CREATE, jid=5, persist)" in text
    assert 'why 5 5 1 (here) p1: jail_remove(5) EINVAL "no" 0' in text
    assert page.all("class").count("here") == 1


def test_story_and_glossary(tmp_path: Path) -> None:
    """A finding is told in its sentences, and the words used are explained."""
    found = texts(write_findings(tmp_path / "f", ROOT))
    for text in (Page(found["report.html"]).text, found["report.md"]):
        assert text.count("This is intended: a create takes a jid.") == 1
        assert "What to do: Nothing." in text
        shown = text.replace("\\*", "*")
        assert [entry.word for entry in GLOSSARY if entry.meaning not in shown] == []


def test_advice_stands_apart_by_reader(tmp_path: Path) -> None:
    """What somebody can do is said under his name, and not once more in the story."""
    advice = [f"{who}: Do {n}." for n, who in enumerate(Audience)]
    html = texts(write_findings(tmp_path / "f", BUG | {"story": ["It is so.", *advice]}))[NAMES[0]]
    text = " ".join(Page(html).text.split())
    assert "What to do: Administrators Do 1." in text
    assert "What to do: Authors of jail managers Do 0." in text
    assert "What to do: Kernel developers Do 2." in text
    assert not any(line in text for line in advice)
    assert "What to do" not in texts(write_findings(tmp_path / "g", BUG | {"story": []}))[NAMES[0]]


def test_an_arrow_leads_from_causes_to_what_follows(tmp_path: Path) -> None:
    """It is drawn beside the steps of an echo, and said to those who cannot see it."""
    echo = ECHO | {"causes": [0]}
    html = texts(write_findings(tmp_path / "f", ROOT, echo))["report.html"]
    page = Page(html)
    assert page.all("href").count("#arrow-first") == page.all("href").count("#arrow-to") == 1
    assert "(cause)" in page.text
    assert "(follows from it)" in page.text
    alone = Page(texts(write_findings(tmp_path / "g", ROOT))["report.html"])
    assert not any(link.startswith("#arrow-") for link in alone.all("href"))


def test_users_come_first(tmp_path: Path) -> None:
    """What changes in commands stands before all else, in the page and in Markdown; nobody is
    asked for it if the findings are about other kernels.
    """
    folder = write_findings(tmp_path / "f", *ALL)
    write_report(folder, tmp_path / "out", None, lambda: USERS)
    page = Page((tmp_path / "out" / "report.html").read_text())
    text = " ".join(page.text.split())
    assert page.all("id").index("users") < page.all("id").index("changes")
    assert "Breaks, always, for web You do jail -m web Why So it is." in text
    assert "1 of 2 tools" in text
    assert "The same on 14 and on 15: pot." in text
    assert "### Breaks, always, for web" in (tmp_path / "out" / "report.md").read_text()
    others = write_findings(tmp_path / "g", ROOT | {"kernels": "new,legacy"})
    write_report(others, tmp_path / "out", None, lambda: pytest.fail("asked"))
    assert "users" not in Page((tmp_path / "out" / "report.html").read_text()).all("id")


def test_hostile_users_stay_text(tmp_path: Path) -> None:
    """A configuration and what is told of it are as untrusted as the rest."""
    evil = ForUsers(
        (HOSTILE,),
        HOSTILE,
        (Matter(HOSTILE, HOSTILE, (Labelled(HOSTILE, HOSTILE, is_code=True),)),),
        HOSTILE,
        (HOSTILE,),
        ((HOSTILE,),),
        (HOSTILE,),
    )
    write_report(write_findings(tmp_path / "f", *ALL), tmp_path / "out", None, lambda: evil)
    assert "script" not in Page((tmp_path / "out" / "report.html").read_text()).tags
    assert "<script>" not in (tmp_path / "out" / "report.md").read_text()


def test_what_was_covered_is_a_table(tmp_path: Path) -> None:
    """Each cell has its number, and says so where it was never met; what was never met at all is
    listed, and all answers stand below.
    """
    folder = write_findings(tmp_path / "f", *ALL)
    write_report(folder, tmp_path / "out", searched=lambda _: SEARCHED)
    html = (tmp_path / "out" / "report.html").read_text()
    page = Page(html)
    text = " ".join(page.text.split())
    assert "3 programs made 1,200 calls about jails" in text
    assert '<td class="first h4" title="ok: 1,200">1,200</td>' in html
    assert "Of 3 combinations of call, flags and jail these were never met" in text
    assert "jail_set CREATE : dying" in text
    assert "jail_set CREATE absent ok: 1,200" in text
    # 15 cells in a row, 3 for each kind of jail: of 9 that can be one was met.
    assert (html.count(">never<"), html.count(">cannot be<")) == (8, 30 - 9)
    told = (tmp_path / "out" / "report.md").read_text()
    assert "- `jail_set CREATE`: dying" in told
    assert "| jail_set | CREATE | absent | ok: 1,200 |" in told


def test_the_search_is_told(tmp_path: Path) -> None:
    """A campaign by its curves and what it expects, an exhaustive search by what is certain, the
    designs by a line each; by the names of the kernels that were compared.
    """
    folder = write_findings(tmp_path / "f", *ALL)
    asked: list[str] = []

    def searched(kernels: str) -> Searched:
        asked.append(kernels)
        return SEARCHED

    write_report(folder, tmp_path / "out", searched=searched)
    assert asked == ["legacy,new"]
    page = Page((tmp_path / "out" / "report.html").read_text())
    text = " ".join(page.text.split())
    assert "Seed 7: 20 programs with 900 ops, 9,000 ops in a second of processor time." in text
    assert sum(label.startswith("Curve.") for label in page.all("aria-label")) == 3
    assert "20 4 not looked at" in text
    assert "11,595 pairs of kernels and 1,078,335 calls were tried, with 44 classes. Closed" in text
    assert "upward a dying jail moves argued 3 3 3 3 5 2" in text
    told = (tmp_path / "out" / "report.md").read_text()
    assert "| upward | argued | 3 | 3 | 3 | 3 | 5 | 2 |" in told
    assert {"covered", "designs"} <= set(page.all("id"))
    alone = Page(texts(folder)["report.html"]).all("id")
    assert not {"covered", "designs"} & set(alone)


def test_hostile_results_stay_text(tmp_path: Path) -> None:
    """The files that other commands printed may come from anybody."""
    evil = Searched(
        Coverage(1, Counter({Cell(HOSTILE, HOSTILE, ABSENT, HOSTILE, HOSTILE): 1}), {}),
        explored=Explored(HOSTILE, HOSTILE, 1, 1, 1),
        designs=(Design(HOSTILE, HOSTILE, HOSTILE, dict.fromkeys(EFFECTS, 1), 1, 1),),
    )
    write_report(write_findings(tmp_path / "f", *ALL), tmp_path / "out", searched=lambda _: evil)
    assert "script" not in Page((tmp_path / "out" / "report.html").read_text()).tags
    assert "<script>" not in (tmp_path / "out" / "report.md").read_text()


@pytest.mark.parametrize("rule", [None, "some-rule"])
def test_ten_thousand_findings_are_a_small_page(tmp_path: Path, rule: str | None) -> None:
    """Each has a row, the first 200 are shown in full, and all are in report.json."""
    lead = ROOT if rule else UNEXPLAINED
    call = "p1: jail_set(UPDATE|DYING, " + ", ".join(f'name="{n}"' for n in range(20)) + ")"
    many = (lead | {"fingerprint": f"{n:016x}", "call": call} for n in range(10_000))
    folder = write_findings(tmp_path / "f", *many)
    written = write_report(folder, tmp_path / "out", None, lambda: USERS, lambda _: SEARCHED)
    assert [path.name for path in written] == [*NAMES, "report.json"]
    assert written[0].stat().st_size < 2_000_000
    page = Page(written[0].read_text())
    assert all(f"{n:016x}" in page.text for n in range(10_000))
    assert page.tags.count("article") == (1 if rule else 200)
    assert set(page.all("href")) <= {f"#{name}" for name in page.all("id")}
    told = json.loads(written[3].read_text())
    assert len(told["findings"]) == 10_000
    assert told["witnesses"] == {"witness.jd": WITNESS}


def test_long_witness_is_cut(tmp_path: Path) -> None:
    """A page shows the end of a long story and says what is not there."""
    folder = write_findings(tmp_path / "f", ROOT | {"step": 99})
    (folder / "witness.jd").write_text("jaildiff 1\n" + "p1: jail_remove(5)\n" * 102)
    text = Page(texts(folder)["report.html"]).text
    assert "The first 40 calls are left out here" in text
    assert "2 more calls below" in text


@pytest.mark.parametrize("key", [key for key, (what, _) in FIELDS.items() if "text" in what])
def test_hostile_text_stays_text(tmp_path: Path, key: str) -> None:
    """Whatever is written in a finding, no reader takes it for markup, a formula or a colour."""
    evil: object = [HOSTILE] if key in ("differs", "story") else HOSTILE
    findings = [finding | {key: evil} for finding in (BUG, BUG | {"kind": "echo"})]
    extra = {"fingerprint": f"{HOSTILE} 2"} if key == "fingerprint" else {"fingerprint": "2"}
    found = texts(write_findings(tmp_path / "f", findings[0], findings[1] | extra))
    page = Page(found["report.html"])
    assert "script" not in page.tags
    assert page.tags.count("b") == 5
    assert set(page.all("href")) <= {f"#{name}" for name in page.all("id")}
    outside = re.sub(r"^```text\n.*?^```$", "", found["report.md"], flags=re.DOTALL | re.MULTILINE)
    for evil in ("<script>", "http://evil", "`x`", "[a]", "# h", "**b**"):
        assert evil not in outside.replace("\\n# h", "")
    for text in found.values():
        assert all(c.isprintable() or c == "\n" for c in text)
    for table in re.findall(r"(?:^\|.*\n)+", found["report.md"], re.MULTILINE):
        columns = {line.count("|") for line in table.splitlines()}
        assert len(columns) == 1
    if key not in ("known", "mistake"):
        assert printable(HOSTILE) in page.text or key in ("rule", "bug_kind", "surface")


def test_hostile_witness_stays_text(tmp_path: Path) -> None:
    """The comments and strings of a program are as untrusted as the rest."""
    folder = write_findings(tmp_path / "f", ROOT | {"step": 0})
    name = json.dumps("`````<script>|\u202e")
    story = f"jaildiff 1\n# <script>\x1b|\np1: jail_set(CREATE, name={name})  # </td><script>\n"
    (folder / "witness.jd").write_text(story)
    found = texts(folder)
    page = Page(found["report.html"])
    assert "script" not in page.tags
    assert page.text.count("<script>") == 3
    assert "``````text\n" in found["report.md"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\uff1d"])
def test_no_cell_is_a_formula(tmp_path: Path, start: str) -> None:
    """A text that a spreadsheet would run has an apostrophe before it."""
    evil = f"{start}cmd|' /C calc'!A0"
    finding = ROOT | {"title": evil, "old": evil, "differs": [evil], "why": f"\t{evil}"}
    (row,) = rows(texts(write_findings(tmp_path / "f", finding))["report.csv"])
    assert {row["title"], row["old"], row["differs"]} == {f"'{evil}"}
    assert row["why"] == f"\\t{evil}"
    assert row["new"] == "0"


def test_table_has_a_line_for_each_finding(tmp_path: Path) -> None:
    """Even with line ends in its texts; lists are joined, and nothing is an empty cell."""
    text = texts(write_findings(tmp_path / "f", ECHO | {"why": "a\nb"}))["report.csv"]
    assert len(text.splitlines()) == 2
    (row,) = rows(text)
    assert list(row) == list(FIELDS)
    assert (row["causes"], row["known"], row["why"]) == ("0; 1", "", "a\\nb")


def test_nothing_found_is_said(tmp_path: Path) -> None:
    """An empty findings.jsonl gives a report that says so, without charts."""
    found = texts(write_findings(tmp_path / "f"))
    page = Page(found["report.html"])
    assert "Nothing was found." in page.text
    assert "Nothing was found." in found["report.md"]
    assert "svg" not in page.tags
    assert rows(found["report.csv"]) == []
    assert load_findings(tmp_path / "f").empty


def test_missing_files_are_named(tmp_path: Path) -> None:
    """A folder without findings is no run, and a finding without its witness is no finding."""
    assert failure(tmp_path).startswith(f"{FINDINGS}: expected the findings of a run: No such file")
    folder = write_findings(tmp_path / "f", ROOT)
    (folder / "witness.jd").unlink()
    missing = "witness.jd: expected the witness of a finding, found no such file"
    assert failure(folder) == missing
    (folder / "witness.jd").mkdir()
    assert failure(folder) == missing


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (b"{", "2:2: expected JSON: Expecting property name enclosed in double quotes"),
        (b"[" * 200_000, "2: expected values nested at most 100 deep"),
        (b'"\xff"', "2:2: expected UTF-8, found byte 0xff"),
        (b"[]", "2: expected an object, found []"),
        (
            {"fingerprint": "00000000000000aa"},
            "2: expected a new fingerprint, found that of line 1",
        ),
        ({"verdikt": 1}, "2: expected a known key, found 'verdikt' (did you mean 'verdict'?)"),
        ({"kind": "roots"}, "2: expected \"kind\": root, echo, violation, found 'roots'"),
        ({"kind": ["root"]}, "2: expected \"kind\": root, echo, violation, found ['root']"),
        ({"count": True}, '2: expected "count": number from 0 to 1000000000000, found True'),
        ({"count": 1.5}, '2: expected "count": number from 0 to 1000000000000, found 1.5'),
        ({"count": 10**400}, '2: expected "count": number from 0 to 1000000000000, found 1000'),
        ({"count": 0}, '2: "count": expected 1 or more, found 0'),
        ({"step": -1}, '2: expected "step": number from 0 to 1000000000000, found -1'),
        ({"why": None}, '2: expected "why": text, found None'),
        ({"why": "\ud800"}, "2: expected \"why\": text, found '\\ud800'"),
        ({"differs": "a"}, "2: expected \"differs\": a list of texts, found 'a'"),
        ({"program": "../a.jd"}, '2: expected "program": a file name without a folder'),
        ({"program": ".."}, '2: expected "program": a file name without a folder'),
        ({"program": ""}, '2: expected "program": a file name without a folder'),
        ({"rule": None}, '2: expected "rule" of the verdict intended, found null'),
        ({"verdict": "bug"}, '2: expected "bug_kind" of the verdict bug, found null'),
    ],
)
def test_a_bad_line_is_named(
    tmp_path: Path, line: bytes | dict[str, object], complaint: str
) -> None:
    """The first line that is no finding is told, with what was expected; nothing is written."""
    if isinstance(line, dict):
        line = json.dumps(ROOT | {"fingerprint": "2"} | line).encode()
    folder = write_findings(tmp_path / "f", ROOT)
    with (folder / FINDINGS).open("ab") as file:
        file.write(line + b"\n")
    assert failure(folder).startswith(f"{FINDINGS}:{complaint}")


def test_every_key_is_needed(tmp_path: Path) -> None:
    """A line without one of the keys is no finding, even if the key may be null."""
    for key in FIELDS.keys() - {"kernels", "mistake"}:
        finding = {name: value for name, value in ROOT.items() if name != key}
        folder = write_findings(tmp_path / "f", finding)
        assert failure(folder) == f'{FINDINGS}:1: expected the key "{key}", found none'


@pytest.mark.parametrize(
    ("program", "complaint"),
    [
        (b"nonsense", "witness.jd:1:1: expected 'jaildiff 1', found 'nonsense'"),
        (b"jaildiff 1\n# \xff", "witness.jd:2:3: expected UTF-8, found byte 0xff"),
        (b"jaildiff 1\np1: exit()\n", "witness.jd: expected more than 1 calls, found 1"),
    ],
)
def test_a_bad_witness_is_named(tmp_path: Path, program: bytes, complaint: str) -> None:
    """A program that cannot be read, or has no such step, stops the report."""
    folder = write_findings(tmp_path / "f", ROOT)
    (folder / "witness.jd").write_bytes(program)
    assert failure(folder).startswith(complaint)


def test_a_witness_in_json_is_refused(tmp_path: Path) -> None:
    """Only the op language has lines that a reader can be shown."""
    folder = write_findings(tmp_path / "f", ROOT | {"program": "a.jsonl"})
    (folder / "a.jsonl").write_text('{"format": 1, "id": "a", "ops": []}\n')
    assert failure(folder) == "a.jsonl: expected a program in the op language, found JSON"


def test_nothing_is_written_before_all_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If one of the three cannot be made, the others are not written either."""

    def fail(frame: object) -> str:
        raise InputError(f"{tmp_path}/f/{FINDINGS}", 0, 0, f"no table of {type(frame).__name__}")

    monkeypatch.setattr(report, "table", fail)
    assert failure(write_findings(tmp_path / "f", ROOT)) == f"{FINDINGS}: no table of DataFrame"


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """Where a file is in the way the complaint is about the output, not the findings."""
    folder = write_findings(tmp_path / "f", ROOT)
    write_atomic(tmp_path / "out", "a file")
    with pytest.raises(InputError, match=r"/out: cannot be written: File exists$"):
        write_report(folder, tmp_path / "out")


def test_texts_are_made_harmless() -> None:
    """Each kind of output has its own dangerous characters."""
    assert printable("a\tb\u202e\xa0\\") == "a\\tb\\u202e\\xa0\\"
    assert cell("a=b") == "a=b"
    assert cell("-1") == "'-1"
    assert markdown("a|b `c` <i> jail_set _x_ http://h") == (
        "a&#124;b &#96;c&#96; &#60;i&#62; jail_set \\_x\\_ http&#58;//h"
    )
    assert markdown_code("x*y") == "`x*y`"
    assert markdown_code("a|b\\") == "<code>a&#124;b\\\\</code>"
    assert markdown_block(["a", "````"]) == "`````text\na\n````\n`````"


def test_the_witness_of_this_test_is_a_program() -> None:
    """The tests above are about the report and not about a program that nobody can read."""
    assert len(parse(WITNESS, "-").lines) == 2
