import pytest

from jail_kernel.kernel import Kernel
from jaildiff.differ.comparison import LANDED
from jaildiff.kernels.registry import LEGACY, NEW
from jaildiff.kernels.snapshot import result_json, states_json
from jaildiff.programs.commands.host_state import boot
from jaildiff.recordings.as_kernel import recorded_model
from jaildiff.recordings.follow import KnownToBoth, first_parting
from jaildiff.recordings.validate import row_of
from tests.programs import NESTED, generated, program
from tests.recordings import record


def test_a_recorded_step_answers_and_is_as_recorded() -> None:
    """From the new model's state, each step of the old kernel is as the old kernel recorded it."""
    for found in generated(11, 40):
        recorded = record(LEGACY, found)
        parted = first_parting(NEW, found, KnownToBoth(recorded))
        if parted is None or parted.step == len(found.calls) or "panic_op" in recorded:
            continue
        k = boot(found)
        for call in found.calls[: parted.step]:
            NEW.step(k, call)
        before = states_json(k)
        row = row_of(recorded, parted.step)
        call = found.calls[parted.step]
        result = recorded_model(row, call, LANDED).step(k, call)
        assert (result_json(result), states_json(k)) == (row["result"], row["states"])
        k.rollback()
        assert states_json(k) == before


def test_a_counter_that_a_kernel_has_not_is_no_difference() -> None:
    """The old kernel has no lastdeadid, and is for that no other where nothing else differs."""
    found = program(*NESTED)
    assert first_parting(NEW, found, KnownToBoth(record(LEGACY, found))) is None


GET = program(*NESTED, "p1: jail_get(0, jid=1)")


@pytest.mark.parametrize("gone", ["osrelease", "name", "allow.chflags", None])
def test_a_parameter_that_was_not_recorded_is_no_difference(gone: str | None) -> None:
    """Neither one of them nor, with None, all that a jail_get reads."""
    recorded = record(NEW, GET)
    if gone is None:
        del recorded["results"][-1]["values"]
    else:
        del recorded["results"][-1]["values"][gone]
    assert first_parting(NEW, GET, KnownToBoth(recorded)) is None


def test_a_parameter_of_another_release_is_no_difference() -> None:
    """Parameters that no model knows are not compared."""
    recorded = record(NEW, GET)
    for values in (recorded["results"][-1]["values"], *recorded["final"]):
        values["allow.extattr"] = False
    assert first_parting(NEW, GET, KnownToBoth(recorded)) is None


LISTS = program(
    *NESTED,
    "p1: jail_get(0, jid=1, only name, ip4.addr:0, ip6.addr, persist, vnet, path:1024)",
    "p1: jail_get(0, jid=1, want nopersist, cpuset.id)",
    "p1: jail_get(0, jid=1, only)",
)


def test_an_answer_to_a_wish_list_is_as_recorded() -> None:
    """A recorded answer is the same result again, names, numbers and addresses."""
    recorded = record(NEW, LISTS)
    assert first_parting(NEW, LISTS, KnownToBoth(recorded)) is None
    k = Kernel(LISTS.jail_max)
    for index, call in enumerate(LISTS.calls):
        model = recorded_model(row_of(recorded, index), call, LANDED)
        right = NEW.step(k, call)
        k.rollback()
        assert model.step(k, call) == right


@pytest.mark.parametrize(("name", "value"), [("path", "/x"), ("ip4.addr", 3), ("persist", False)])
def test_a_wish_that_was_answered_otherwise_counts(name: str, value: object) -> None:
    """What was recorded for a wish is compared, and what was not recorded of it is not."""
    recorded = record(NEW, LISTS)
    recorded["results"][-3]["values"][name] = value
    parted = first_parting(NEW, LISTS, KnownToBoth(recorded))
    assert parted is not None
    assert parted.step == len(LISTS.calls) - 3
    del recorded["results"][-3]["values"][name]
    assert first_parting(NEW, LISTS, KnownToBoth(recorded)) is None


def test_what_was_recorded_of_other_parameters_still_counts() -> None:
    """One parameter that is missing hides no other."""
    recorded = record(NEW, GET)
    values = recorded["results"][-1]["values"]
    del values["osrelease"]
    values["path"] = "/elsewhere"
    parted = first_parting(NEW, GET, KnownToBoth(recorded))
    assert parted is not None
    assert parted.step == len(GET.calls) - 1
