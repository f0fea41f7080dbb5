from jaildiff.differ.comparison import LANDED
from jaildiff.differ.diff import diff
from jaildiff.findings.baseline import Baseline
from jaildiff.findings.finding import findings_of
from jaildiff.programs.op_language import parse
from jaildiff.search.corpus.features import features, features_of
from jaildiff.search.generator.generate import generate

FAILED_CREATE = """jaildiff 1
p1: fork() = p2
p2: jail_set(CREATE|ATTACH, jid=5)
p1: jail_remove(5)
p1: jail_set(CREATE, jid=5, persist, nonsense)
"""


def test_features_are_classes_rules_and_pairs_of_answers() -> None:
    """A create that fails in both kernels for other reasons shows its rule and both errnos."""
    shown = features(parse(FAILED_CREATE, "x.jd").program, LANDED)
    assert {
        "rule failed-create-renumbers",
        "answer JailSet EEXIST EINVAL",
        "answer JailSet ok ok",
        "answer JailRemove ok ok",
        "answer Fork ok ok",
    } <= shown
    assert sum(feature.startswith("class ") for feature in shown) >= 1


def test_every_finding_is_a_feature() -> None:
    """No class is lost as long as all features are kept."""
    for number in range(40):
        program = generate(3, number)
        report = diff(program, LANDED)
        shown = features_of(program, report)
        for finding in findings_of(program, Baseline([]), report):
            assert f"class {finding.fingerprint}" in shown
            assert f"rule {finding.rule or 'none'}" in shown


def test_features_do_not_depend_on_names() -> None:
    """The same calls have the same features, run after run."""
    assert features(generate(4, 1), LANDED) == features(generate(4, 1), LANDED)
