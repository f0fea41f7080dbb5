"""The picture of a page, as README shows it: `python -m tests.picture PAGE.html PICTURE.png`.

It needs a Chromium; without one the picture stays as it is, and that is said.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

SIZE = (1280, 1150)  # pixels
COLOURS = 128  # few enough for a small file
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def main(page: Path, picture: Path) -> None:
    """Take the picture."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.stderr.write(f"{picture} stays as it is: there is no Chromium\n")
        return
    with TemporaryDirectory(prefix="jaildiff-") as folder:
        shot = Path(folder) / "shot.png"
        take(browser, page, shot)
        Image.open(shot).convert("RGB").quantize(COLOURS).save(picture, optimize=True)


def take(browser: str, page: Path, shot: Path) -> None:
    """Let a browser draw the page, light, into a file."""
    root = ("--no-sandbox",) if os.getuid() == 0 else ()
    options = ("--headless", "--disable-gpu", "--hide-scrollbars", *root)
    size = f"--window-size={SIZE[0]},{SIZE[1]}"
    profile = f"--user-data-dir={shot.parent / 'profile'}"
    command = (browser, *options, profile, size, f"--screenshot={shot}", page.resolve().as_uri())
    subprocess.run(command, check=True, capture_output=True, timeout=60)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
