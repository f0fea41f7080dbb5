"""The page as a browser has it: read by axe-core, in Debian's Chromium."""

import json
import re
import subprocess
from html import unescape
from importlib import resources
from pathlib import Path

import pytest

from tests.debian import needs
from tests.house.tools import ROOT

PAGE = ROOT / "docs" / "freebsd-14-to-15.html"
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
RUN = """
axe.run(document, {resultTypes: ["violations"]}).then(found => {
  const told = document.createElement("pre");
  told.id = "axe";
  told.textContent = JSON.stringify(found.violations.map(one => [one.id, one.nodes.length]));
  document.body.append(told);
});
"""


def violations(html: str, folder: Path, *options: str) -> list[list[object]]:
    """What axe-core finds fault with, and how often; all that can be opened is open."""
    needs("chromium")
    axe = resources.files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    html = POLICY.sub("", html).replace("<details", "<details open")
    html = html.replace("content-visibility: auto", "content-visibility: visible")
    scripts = "".join(f"<script>{code}</script>" for code in (axe, RUN))
    page = folder / "page.html"
    page.write_text(html.replace("</body>", f"{scripts}</body>"), encoding="utf-8")
    done = subprocess.run(
        [  # noqa: S607  # wherever the system has it
            "chromium",
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={folder / 'profile'}",
            "--virtual-time-budget=60000",
            *options,
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    told = re.search(r'<pre id="axe">(.*?)</pre>', done.stdout, re.DOTALL)
    assert told is not None, done.stderr
    found: list[list[object]] = json.loads(unescape(told[1]))
    return found


@pytest.mark.parametrize("colours", [(), ("--blink-settings=preferredColorScheme=0",)])
@pytest.mark.parametrize("width", [390, 1280])
def test_everybody_can_read_the_page(tmp_path: Path, width: int, colours: tuple[str, ...]) -> None:
    """On a phone and on a desk, light and dark, axe-core finds no fault."""
    html = PAGE.read_text(encoding="utf-8")
    assert violations(html, tmp_path, f"--window-size={width},900", *colours) == []


def test_a_fault_is_seen(tmp_path: Path) -> None:
    """A page that names no language, in letters as pale as the paper, is complained of."""
    html = PAGE.read_text(encoding="utf-8").replace('<html lang="en">', "<html>")
    # The beginning is enough: to complain of every letter of the page takes minutes.
    html = html.partition('<section aria-labelledby="users">')[0] + "</main></body></html>"
    html = html.replace("--ink: #1b1f24", "--ink: #f0f0f0")
    found = {name for name, _ in violations(html, tmp_path)}
    assert {"html-has-lang", "color-contrast"} <= found
