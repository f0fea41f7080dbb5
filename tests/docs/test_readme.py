from pathlib import Path

from click.testing import CliRunner

from jaildiff.cli.main import cli
from tests.house.tools import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
CONF = """
path = "/jails/$name";
persist;
outer { children.max = 3; }
outer.inner { }
"""


def test_the_first_example(tmp_path: Path) -> None:
    """A file with a nested jail gets the answer that README.md shows."""
    _, _, shown = README.partition("    $ jaildiff impact /etc/jail.conf\n")
    shown = shown.partition("\n\nIt starts,")[0]
    file = tmp_path / "jail.conf"
    file.write_text(CONF)
    said = CliRunner().invoke(cli, ["impact", str(file)]).stdout
    told = [line.strip() for line in said.replace(str(file), "/etc/jail.conf").splitlines()]
    lines = [line.strip() for line in shown.splitlines() if line.strip() not in {"", "[...]"}]
    assert len(lines) == 6
    assert [line for line in lines if line not in told] == []
