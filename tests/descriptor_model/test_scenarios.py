"""Programs that people would write with descriptors, and what both kernels make of them."""

from tests.programs import DESCRIPTORS, corpus_script

FILES = sorted(DESCRIPTORS.rglob("*.jd"))


def test_there_are_enough() -> None:
    """At least fifteen stories, and all about this kernel."""
    stories = [path for path in FILES if path.parent.name == "scenarios"]
    assert len(stories) >= 15
    assert {corpus_script(path).kernels[1] for path in FILES} == {"descriptors"}
