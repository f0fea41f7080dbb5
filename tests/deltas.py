"""The new kernel with some of its deltas switched off: what a part of the patch would have done.

A delta is switched off by giving its marked places the legacy text back.
"""

from dataclasses import replace
from functools import cache
from itertools import chain, combinations

from jail_kernel.call import JailSet
from jaildiff.kernels.edited import Edit, variant
from jaildiff.kernels.registry import NEW, Model

FILE = "new_model/jail_set.py"
IMPORTS = (
    Edit(FILE, "    JAIL_UPDATE,\n", "    JAIL_DYING,\n    JAIL_UPDATE,\n"),
    Edit(FILE, "import prison_ischild,", "import prison_ischild, prison_name,"),
)
EDITS = {
    "D1": (
        Edit(
            FILE,
            """\
    if pr is not None and pr.state is not ALIVE:
        target.deadpr, pr = pr, None
""",
            "",
        ),
        Edit(  # With D3 on, JAIL_DYING means nothing.
            FILE,
            """\
        target.pr = pr
    elif""",
            """\
        if pr.state is not ALIVE:
            return Result(Errno.ENOENT, None, f"jail {jid} is dying")
        target.pr = pr
    elif""",
        ),
    ),
    "D2": (
        Edit(
            FILE,
            """\
        # [Modified: D2]
""",
            """\
        target.ppr = pr.parent
        if pr.parent.state is not ALIVE:
            return Result(Errno.ENOENT, None, f"jail {pr.parent.jid} is dying")
""",
        ),
    ),
    "D3": (
        Edit(
            FILE,
            "refused = find_by_jid(k, mypr, call.flags, target)",
            "refused = find_by_jid(k, mypr, call.flags, target, conf)",
        ),
        Edit(
            FILE,
            "def find_by_jid(k: Kernel, mypr: Prison, flags: int, target: Target)",
            "def find_by_jid(k: Kernel, mypr: Prison, flags: int, target: Target, conf: JailConf)",
        ),
        Edit(
            FILE,
            """\
            return Result(Errno.ENOENT, None, f"jail {jid} is dying")
        target.pr = pr
""",
            """\
            if not flags & JAIL_DYING:
                return Result(Errno.ENOENT, None, f"jail {jid} is dying")
            if (flags & JAIL_ATTACH or conf.persist) and target.name is None:
                target.name = prison_name(k, mypr, pr)
        target.pr = pr
""",
        ),
    ),
    "D4": (
        Edit(
            FILE,
            """\
    # [Removed: D4]
    for tpr""",
            """\
    deadpr = None
    for tpr""",
        ),
        Edit(
            FILE,
            """\
        # [Removed: D4]
    # [Removed: D4]
""",
            """\
        if target.pr is None and flags & JAIL_UPDATE:
            deadpr = tpr
    if target.pr is None and deadpr is not None:
        if flags & JAIL_DYING:
            target.pr = deadpr
        elif not flags & JAIL_CREATE:
            return Result(Errno.ENOENT, None, f'jail "{name}" is dying')
""",
        ),
    ),
    "D5": (
        Edit(
            FILE,
            """\
    if target.deadpr is not None:
        deadid = get_next_deadid(k)
        if deadid == 0:
            return Result(Errno.EAGAIN, None, "no available jail IDs")
        k.renumber(target.deadpr, deadid)
""",
            "",
        ),
    ),
    "D6": (
        Edit(
            FILE,
            """\
    if target.pr is None:
        pr.state = ALIVE
""",
            """\
    pr.state = ALIVE
""",
        ),
    ),
}
ALL = frozenset(EDITS)
# What else must be off, or there is no such kernel.
NEEDS = {
    "D3": {"D1", "D6"},  # What is as good as absent is not found, and what is brought back lives.
    "D4": {"D6"},  # As D3.
    "D5": {"D1"},  # The dying jail and the new one would have one jid.
}


@cache
def closed() -> list[frozenset[str]]:
    """Every set of deltas that can be off while the others are on, the smallest first."""
    sets = (map(frozenset, combinations(EDITS, size)) for size in range(len(EDITS) + 1))
    return [
        off
        for off in chain.from_iterable(sets)
        if all(NEEDS.get(delta, set()) <= off for delta in off)
    ]


@cache
def without(off: frozenset[str]) -> Model:
    """The new kernel with these deltas switched off."""
    edits = [edit for delta in EDITS if delta in off for edit in EDITS[delta]]
    model = variant(NEW, [*IMPORTS, *edits])
    handlers = {**NEW.handlers, JailSet: model.handlers[JailSet]}
    return replace(model, name="new without " + "+".join(sorted(off)), handlers=handlers)
