from textwrap import dedent

from tests.house.tools import ROOT

PAGE = ROOT / "docs" / "add-a-rule.md"
RULES = ROOT / "fuzz" / "differ" / "verdict" / "landed" / "rules.py"


def test_the_entry_is_one_of_the_rules() -> None:
    """The example is an entry of rules.py, word for word."""
    page = PAGE.read_text(encoding="utf-8")
    start = page.index("       Rule(")
    end = page.index("\n\n", start)
    rules = RULES.read_text(encoding="utf-8").replace("\n    ", "\n")
    assert dedent(page[start:end]) in rules
