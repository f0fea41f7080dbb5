import gc
import sys
from collections.abc import Iterator
from subprocess import run

import pytest

from jaildiff.search.campaign.pool import processes
from jaildiff.support.garbage import OBJECTS, look_rarely
from tests.house.tools import ROOT


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Other tests are looked after as ever."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def test_garbage_is_looked_for_rarely() -> None:
    """But still looked for."""
    look_rarely()
    assert gc.get_threshold()[0] == OBJECTS
    assert gc.isenabled()
    assert gc.get_freeze_count()


def test_workers_look_rarely() -> None:
    """A worker of a campaign is set up so."""
    pool = processes(1)
    try:
        assert pool.submit(gc.get_threshold).result(60)[0] == OBJECTS
    finally:
        pool.close()


def test_commands_look_rarely() -> None:
    """So is every command."""
    text = "import gc, sys; from jaildiff.cli.main import main; sys.argv[1:] = ['--version']\n"
    text += "try: main()\nexcept SystemExit: print(gc.get_threshold()[0])"
    done = run([sys.executable, "-c", text], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split()[-1] == str(OBJECTS)
