"""Exemptions: where the kernels may break a metamorphic relation, and why.

Each has a witness: a program in the op language that breaks the relation unless it is exempt.
"""

import re
from collections.abc import Callable

from jail_kernel.call import JAIL_DYING, Errno, JailAttach, JailGet, JailRemove, JailSet, Result
from jail_kernel.jail_conf import JailConf, jail_conf
from jail_kernel.jail_get import VIEW_FIELDS
from jail_kernel.jail_params import NUMERIC_NAME
from jail_kernel.jail_start import wanted_jid
from jail_kernel.kernel import Kernel
from jail_kernel.reference import ALIVE
from jail_kernel.state import Prison
from jaildiff.programs.commands.command import Op
from tests.relations.relation import Difference, Exemption

COUNT = VIEW_FIELDS.index("childcount")
LIMIT = "prison limit exceeded"
NO_IDS = "no available jail IDs"
JID_MAX = 2**31 - 1
LONG_NUMBER = re.compile(r"\d{10}")

ZOMBIE = """
p1: fork() = p2
p2: jail_set(CREATE|ATTACH, jid=1, name="a")
p2: hold(r)
p2: exit()
"""

# QUESTIONS


def jid_of(call: Op) -> int:
    """The jid in a call; 0 if it has none."""
    match call:
        case JailSet():
            conf = jail_conf(call)
            return wanted_jid(call, conf) if isinstance(conf, JailConf) else 0
        case JailGet():
            return next((int(value) for key, value in call.by if key != "name"), 0)
        case JailAttach() | JailRemove():
            return call.jid
        case _:
            return 0


def gets(what: Difference, key: str) -> bool:
    """Whether the call is a jail_get by this key."""
    return isinstance(what.call, JailGet) and any(name == key for name, _ in what.call.by)


def param(what: Difference, name: str) -> object:
    """The value that a jail_set gives for a parameter; None if it gives none."""
    return dict(what.call.params).get(name) if isinstance(what.call, JailSet) else None


def any_jid(what: Difference) -> bool:
    """Whether the kernel chose the jid of a new jail, and chose differently for the twin."""
    if not isinstance(what.call, JailSet) or jid_of(what.call) != 0:
        return False
    answers = (what.expected, what.answer)
    return all(answer.errno is None for answer in answers) or any(
        answer.errmsg in (NUMERIC_NAME, NO_IDS) for answer in answers
    )


def only_message(what: Difference) -> bool:
    """Whether both fail with ENOENT, one for a dying jail and the other for an absent one."""
    return (
        what.expected.errno is what.answer.errno is Errno.ENOENT
        and str(what.expected.errmsg).endswith("is dying")
        and str(what.answer.errmsg).endswith("not found")
    )


def only_count(what: Difference) -> bool:
    """Whether the answers differ in children.cur and nothing else."""
    one, other = what.expected, what.answer
    if one.ret is None or (one.values, one.wanted) == (other.values, other.wanted):
        return False
    return but_for_count(one) == but_for_count(other)


def but_for_count(result: Result) -> Result:
    """An answer without children.cur."""
    view, wanted = result.values, result.wanted
    if view is not None:
        view = (*view[:COUNT], *view[COUNT + 1 :])
    if wanted is not None:
        wanted = tuple(pair for pair in wanted if pair[0] != "children.cur")
    return result._replace(values=view, wanted=wanted)


def kept_by_dying(pr: Prison) -> bool:
    """Whether a live jail is kept alive only by children that are dying or kept alive that way."""
    return (
        pr.state is ALIVE
        and not pr.persist
        and not pr.procs
        and all(cpr.state is not ALIVE or kept_by_dying(cpr) for cpr in pr.children.values())
    )


def dying(k: Kernel) -> list[Prison]:
    """The jails that are dying."""
    return [pr for pr in k.allprison if pr.state is not ALIVE]


def seq_of(k: Kernel, jid: int) -> int:
    """Creation number of the jail with this jid; 0 if there is none."""
    return k.prid[jid].seq if jid in k.prid else 0


def only_jids(what: Difference) -> bool:
    """Whether the same jails are dying, but with different jids."""
    jids, others = ([(pr.name, pr.jid) for pr in dying(k)] for k in (what.kernel, what.twin))
    names, other_names = (sorted(name for name, _ in found) for found in (jids, others))
    return names == other_names and sorted(jids) != sorted(others)


# DYING IS ABSENT: the twin has nothing that keeps a jail dying

OF_DYING_IS_ABSENT = (
    Exemption(
        "asks-for-dying",
        "The purpose of jail_get with JAIL_DYING is to show what is dying.",
        lambda what: isinstance(what.call, JailGet) and bool(what.call.flags & JAIL_DYING),
        f"{ZOMBIE} p1: jail_get(DYING, jid=1)",
        harmless=True,
    ),
    Exemption(
        "is-dying-message",
        "The errno is the same; the text distinguishes a dying jail from an absent one.",
        only_message,
        f"{ZOMBIE} p1: jail_get(0, jid=1)",
        harmless=True,
    ),
    Exemption(
        "remove-of-dying",
        "jail_remove of a dying jail has nothing left to do and succeeds.",
        lambda what: (
            isinstance(what.call, JailRemove)
            and what.answer.errno is Errno.EINVAL
            and any(pr.jid == jid_of(what.call) for pr in dying(what.kernel))
        ),
        f"{ZOMBIE} p1: jail_remove(1)",
        harmless=True,
    ),
    Exemption(
        "children-cur",
        "children.cur counts dying jails.",
        only_count,
        """
        p1: jail_set(CREATE, name="a", persist, children.max=1)
        p1: fork() = p2
        p2: jail_set(CREATE|ATTACH, name="a.b")
        p2: hold(r)
        p2: exit()
        p1: jail_get(0, jid=1)
        """,
        harmless=True,
    ),
    Exemption(
        "children-max",
        "children.max limits a count that includes dying jails.",
        lambda what: what.expected.errmsg == LIMIT and bool(dying(what.kernel)),
        """
        p1: jail_set(CREATE, name="a", persist, children.max=1)
        p1: fork() = p2
        p2: jail_set(CREATE|ATTACH, name="a.b")
        p2: hold(r)
        p2: exit()
        p1: fork() = p3
        p3: jail_attach(1)
        p3: jail_set(CREATE, persist)
        """,
    ),
    Exemption(
        "automatic-jid",
        "A new jail takes the next free jid, and a dying jail occupies its own.",
        any_jid,
        f"{ZOMBIE} p1: jail_set(CREATE, persist)",
    ),
    Exemption(
        "no-jid-for-the-dying",
        "A create fails if no other jid is left for the dying jail in its way.",
        lambda what: what.expected.errmsg == NO_IDS and bool(dying(what.kernel)),
        f"{ZOMBIE} poke(lastdeadid=1)\n p1: jail_set(CREATE, jid=1, persist)",
    ),
    Exemption(
        "parent-kept",
        "A child keeps its parent alive until it is freed, even while it is dying itself.",
        lambda what: any(map(kept_by_dying, what.kernel.allprison)),
        """
        p1: jail_set(CREATE, name="a", persist, children.max=1)
        p1: fork() = p2
        p2: jail_set(CREATE|ATTACH, name="a.b")
        p2: hold(r)
        p2: exit()
        p1: jail_set(UPDATE, jid=1, persist=false)
        p1: jail_get(0, jid=1)
        """,
    ),
    Exemption(
        "name-of-dying-child",
        "A rename that would make the name of any descendant too long is refused.",
        lambda what: what.expected.errno is Errno.ENAMETOOLONG and bool(dying(what.kernel)),
        f"""
        p1: jail_set(CREATE, name="a", persist, children.max=1)
        p1: fork() = p2
        p2: jail_set(CREATE|ATTACH, name="a.{"x" * 250}")
        p2: hold(r)
        p2: exit()
        p1: jail_set(UPDATE, jid=1, name="longer")
        """,
    ),
)

# LABELS: the twin has different pids, holders, names and jids

LASTJID = """
p1: jail_set(CREATE, jid=3, persist)
p1: jail_set(CREATE, jid=6, persist)
p1: jail_get(0, lastjid=0)
"""


def labels(jid: Callable[[int], int]) -> tuple[Exemption, ...]:
    """The exemptions of a relabelling that maps jids by `jid`."""
    return (
        Exemption(
            "lastjid",
            "jail_get by lastjid finds the next greater jid, and relabelling changes the order.",
            lambda what: gets(what, "lastjid"),
            LASTJID,
            harmless=True,
        ),
        Exemption(
            "automatic-jid",
            "A new jail takes the next free jid, counted up from the last.",
            any_jid,
            "poke(lastprid=2)\n p1: jail_set(CREATE, persist)",
        ),
        Exemption(
            "jid-for-the-dying",
            "The dying jail in the way of a create takes the next free jid, counted down.",
            lambda what: any(seq_of(what.twin, jid(pr.jid)) != pr.seq for pr in dying(what.kernel)),
            f"{ZOMBIE} poke(lastdeadid=5)\n"
            "p1: jail_set(CREATE, jid=1, persist)\n p1: jail_get(DYING, jid=4)",
        ),
        Exemption(
            "int32",
            "A jid has 32 bits; a relabelled one may need more, and is then cut differently.",
            lambda what: (
                jid(jid_of(what.call)) > JID_MAX
                or bool(LONG_NUMBER.search(str(param(what, "name"))))
            ),
            "p1: jail_set(CREATE, jid=2147483647, persist)",
        ),
    )


# STRANGERS: the twin has more jails

OF_STRANGERS = (
    Exemption(
        "lastjid",
        "A walk by lastjid visits every jail.",
        lambda what: gets(what, "lastjid"),
        LASTJID + "p1: jail_get(0, lastjid=6)",
        harmless=True,
    ),
    Exemption(
        "limit-of-the-system",
        "There are at most JAIL_MAX jails, no matter who made them.",
        lambda what: what.answer.errmsg == LIMIT,
        "JAIL_MAX 3\n p1: jail_set(CREATE, jid=1, persist)",
    ),
)

# STEPS: the twin makes a jail first and then changes it, one parameter at a time

OF_STEPS = (
    Exemption(
        "update-that-creates",
        "Every update by an empty name makes another jail.",
        lambda what: param(what, "name") == "",
        'p1: jail_set(UPDATE, name="", persist, securelevel=1)',
    ),
    Exemption(
        "addresses-while-inheriting",
        "Within one call an address overrides inherit; a jail that inherits accepts none later.",
        lambda what: "inherit" in (param(what, "ip4"), param(what, "ip6")),
        'p1: jail_set(CREATE, persist, ip4="inherit", ip4.addr=["10.0.0.1"])',
    ),
    Exemption(
        "nested-update",
        "The new kernel checks an update by jid against the caller's jail, not the parent.",
        lambda what: what.answer.errno is not None and "." in str(param(what, "name")),
        """
        p1: jail_set(CREATE, name="a", persist, children.max=9)
        p1: fork() = p2
        p2: jail_attach(1)
        p2: jail_set(CREATE, name="b", persist, children.max=8)
        p1: jail_set(UPDATE, jid=2, devfs_ruleset=4)
        p2: jail_set(CREATE, name="b.c", persist, devfs_ruleset=4)
        """,
    ),
)

# LEFT OUT: the twin leaves out calls that fail

OF_LEFT_OUT = (
    Exemption(
        "automatic-jid",
        "A create that fails has used up the jid that it would have taken.",
        any_jid,
        "p1: jail_set(CREATE, persist, nonsense)\n p1: jail_set(CREATE, persist)",
    ),
    Exemption(
        "failed-create-renumbers",
        "In the new kernel a failed create leaves the dying jail in its way renumbered.",
        lambda what: what.kernel.lastdeadid != what.twin.lastdeadid or only_jids(what),
        f"{ZOMBIE} p1: jail_set(CREATE, jid=1, persist, nonsense)\n p1: jail_get(DYING, jid=1)",
    ),
    Exemption(
        "false-no-jid-left",
        "A search for a dying jail's jid that fails although some are free works the next time.",
        lambda what: what.answer.errmsg == NO_IDS and bool(dying(what.kernel)),
        f"{ZOMBIE} poke(lastdeadid=1)\n"
        "p1: jail_set(CREATE, jid=1, persist)\n p1: jail_set(CREATE, jid=1, persist)",
    ),
)

# OTHER WORDS: the twin says the same differently

OF_OTHER_WORDS = (
    Exemption(
        "first-unknown-parameter",
        "The error names the first of several unknown parameters.",
        lambda what: str(what.answer.errmsg).startswith("unknown parameter"),
        "p1: jail_set(CREATE, persist, bogus, nonsense)",
        harmless=True,
    ),
)
