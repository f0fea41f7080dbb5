import re
import tomllib

from tests.house.tools import ROOT

PAGE = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
FOR_DEVELOPERS = {"docs", "lint", "mutation", "test"}


def test_the_extras_are_those_of_the_package() -> None:
    """The table names every extra of pyproject.toml that a user may want, and no other."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    named = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)
    assert set(named) == settings["project"]["optional-dependencies"].keys() - FOR_DEVELOPERS


def test_targets_and_variables_exist() -> None:
    """Each target of make is one of the Makefile; what the build reads is what the page sets."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`make ([a-z-]+)`", PAGE):
        assert re.search(rf"^{target}:.*## ", makefile, re.MULTILINE), target
    assert "JAILDIFF_COMPILE=1 " in PAGE
    assert '"JAILDIFF_COMPILE"' in (ROOT / "setup.py").read_text(encoding="utf-8")
