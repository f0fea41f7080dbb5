import pytest

from jail_kernel.call import JAIL_CREATE, JAIL_UPDATE, Errno, JailSet, Params, Result
from jail_kernel.jail_conf import JailConf, jail_conf
from jail_kernel.jail_start import start_jail_set, wanted_jid
from jail_kernel.state import Prison
from tests.tools import Machine, asked, boot, both_models, fails, flag_bits, succeeded

EPERM = fails(Errno.EPERM)


@both_models
def test_no_caller(model: str) -> None:
    """ESRCH for a process that does not exist, EKILLED for a killed one, before all checks."""
    m = boot(model)
    m.make("a")
    m.enter(1, 2)
    m.remove(1)
    assert m.set("?", pid=7) == fails(Errno.ESRCH)
    assert m.set("?", pid=2) == fails(Errno.EKILLED)


@both_models
@pytest.mark.parametrize("flags", ["", "C", "U", "A"])
def test_needs_suser(model: str, flags: str) -> None:
    """EPERM in a jail without allow.suser, whatever is asked for."""
    m = boot(model)
    m.make("a", {"allow.suser": False, "children.max": 1})
    m.enter(1, 2)
    assert m.set(flags, pid=2, persist=True) == EPERM


@both_models
def test_no_children_allowed(model: str) -> None:
    """EPERM for a create, not for an update, in a jail that can have no children."""
    m = boot(model)
    m.make("a")
    m.enter(1, 2)
    assert m.set("C", pid=2) == EPERM
    assert m.set("CU", pid=2) == EPERM
    nothing = fails(Errno.ENOENT, "update specified no jail")
    assert m.set("U", pid=2) == nothing


def started(m: Machine, call: JailSet) -> tuple[Prison, dict[str, object], str | None]:
    """The caller's jail, what is asked for, and the full path."""
    found = start_jail_set(m.k, call)
    assert not isinstance(found, Result)
    mypr, conf, path = found
    return mypr, asked(conf), path


def test_what_a_good_start_gives() -> None:
    """The caller's jail, the parameters, and the full path if one is given."""
    m = boot()
    pr = m.make("a", {"children.max": 1, "path": "/a"})
    m.enter(1, 2)
    call = JailSet(2, JAIL_CREATE, (("persist", True), ("path", "b/../c")))
    assert started(m, call) == (pr, {"persist": True, "path": "b/../c"}, "/a/c")
    call = JailSet(1, JAIL_UPDATE, ())
    assert started(m, call) == (m[0], {}, None)


@pytest.mark.parametrize(
    ("path", "errno"),
    [("missing/x", "ENOENT"), ("file", "ENOTDIR"), ("x" * 256, "ENAMETOOLONG"), ("", "ENOENT")],
)
def test_bad_path(path: str, errno: str) -> None:
    """The errno of the path is the answer, without a message."""
    assert boot().set("C", persist=True, path=path) == fails(Errno(errno))


def wanted(flags: str, *params: tuple[str, int | str]) -> int:
    pairs: Params = (*params, ("persist", True))
    call = JailSet(1, flag_bits(flags), pairs)
    conf = jail_conf(call)
    assert isinstance(conf, JailConf)
    return wanted_jid(call, conf)


@pytest.mark.parametrize(
    ("name", "jid"),
    [
        ("5", 5),
        ("a.5", 5),
        ("5.a", 0),
        (" +07", 7),
        ("", 0),
        ("5.", 0),
        ("5x", 0),
        ("-5", -5),
        ("4294967297", 1),
        ("2147483648", -(2**31)),
        ("99999999999999999999", -1),
    ],
)
def test_jid_from_a_name(name: str, jid: int) -> None:
    """A pure create without a jid takes it from the last component, if all of it is a number."""
    assert wanted("C", ("name", name)) == jid


def test_jid_is_not_always_taken_from_the_name() -> None:
    """A jid that is given counts, and an update takes none from a name."""
    assert wanted("C", ("name", "5"), ("jid", 7)) == 7
    assert wanted("CU", ("name", "5")) == 0
    assert wanted("U", ("name", "5")) == 0
    assert wanted("C") == 0


@both_models
def test_negative_jid_from_a_name(model: str) -> None:
    """A name can ask for a negative jid, which is refused."""
    m = boot(model)
    assert m.set("C", name="-5", persist=True) == fails(Errno.EINVAL, "negative jid")
    assert m.set("C", jid=-5, persist=True) == fails(Errno.EINVAL, "negative jid")


@both_models
def test_jid_cut_to_32_bits(model: str) -> None:
    """The name 4294967297 asks for jid 1, but is not accepted as its name."""
    m = boot(model)
    m.make("a")
    assert m.set("C", name="4294967297", persist=True).errmsg == "jail 1 already exists"
    m.remove(1)
    result = m.set("C", name="4294967297", persist=True)
    assert result.errmsg == "name cannot be numeric (unless it is the jid)"


@both_models
def test_caller_in_a_dying_jail(model: str) -> None:
    """EAGAIN in a jail that is not alive, before a negative jid is noticed.

    A process there is killed in every run, so the state is set by hand.
    """
    m = boot(model)
    pr = m.make("a", {"children.max": 1})
    m.enter(1, 2)
    pr.state = pr.state.DYING
    assert m.set("U", pid=2, jid=-1) == fails(Errno.EAGAIN)


@both_models
def test_jid_above_jail_max(model: str) -> None:
    """An explicit jid can be any positive int."""
    m = boot(model)
    assert succeeded(m.set("C", jid=2**31 - 1, persist=True)) == 2**31 - 1
    assert succeeded(m.set("C", jid=1000000, persist=True)) == 1000000
