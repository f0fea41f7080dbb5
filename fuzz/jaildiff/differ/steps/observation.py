"""What a user can see of a kernel, and where two kernels differ in that.

`observe` asks everything.  It calls jail_get for every jail, with and without JAIL_DYING, by jid
and by name, from the host and from each jail with a running process.  It also notes where each
process is.  That is slow, so `Differences` keeps track of the differences between two kernels op
by op and looks only at what the last op can have changed.  A property test checks that the two
agree.

It is enough for `Differences` to compare what the host sees (names, parents, paths) and the order
in which a walk visits equal names: what a jail sees follows from these.
"""

from typing import Final

from jail_kernel.jail_get import VIEW_FIELDS, View, host_view, relative_view
from jail_kernel.kernel import Kernel
from jail_kernel.lookup import named, prison_find_name
from jail_kernel.reference import ALIVE, descendants
from jail_kernel.state import PRISON_FIELDS, KernelPanic, Prison, Proc
from jaildiff.differ.steps.name_views import NameViews, viewers

PANIC: Final = "page fault"
PR_ID: Final[int] = PRISON_FIELDS.index("jid")
PR_NAME: Final[int] = PRISON_FIELDS.index("name")
Key = tuple[str, object]


def observe(k: Kernel) -> dict[Key, object]:
    """All answers by question, such as ("jail", (viewer, jid)) and ("name", (viewer, name))."""
    seen: dict[Key, object] = {("process", pid): location(p) for pid, p in k.procs.items()}
    seen["next jid", 0] = k.lastprid
    for viewer in viewers(k):
        for pr in descendants(viewer):
            try:
                view: View | str = relative_view(k, viewer, pr)
            except KernelPanic:
                view = PANIC
            seen["jail", (viewer.jid, pr.jid)] = view
            if isinstance(view, tuple):
                seen["name", (viewer.jid, view[1])] = by_name(k, viewer, str(view[1]))
    return seen


def by_name(k: Kernel, viewer: Prison, name: str) -> tuple[int, bool]:
    """The jid that jail_get with JAIL_DYING answers, and whether it also answers without."""
    pr = prison_find_name(k, viewer, name)
    return (0, False) if pr is None else (pr.jid, pr.state is ALIVE)


def location(p: Proc) -> tuple[int, str]:
    """The jid of a process's jail, and its state."""
    return p.cred.prison.jid, str(p.state)


class Differences:
    """Where two kernels differ for a user, updated op by op.

    `now` maps ("jail", jid), ("process", pid), ("name", full name) or ("next jid", 0) to the
    names of what differs there.
    """

    def __init__(self) -> None:
        self.now: dict[Key, tuple[str, ...]] = {}
        self.views: NameViews | None = None  # while a kernel has garbled names

    def update(self, old: Kernel, new: Kernel) -> list[tuple[Key, str]]:
        """Compare again what the last op touched in either kernel; return what newly differs."""
        jids: dict[int, None] = {}
        pids: dict[int, None] = {}
        names: dict[str, None] = {}
        for k in (old, new):
            touched(k, jids, pids, names)
        return self._compare(old, new, jids, pids, names)

    def begin(self, old: Kernel, new: Kernel) -> None:
        """Compare everything, after ops that were not followed."""
        self.now, self.views = {}, None
        jids, pids = dict.fromkeys([*old.prid, *new.prid]), dict.fromkeys([*old.procs, *new.procs])
        self._compare(old, new, jids, pids, dict.fromkeys([*old.names, *new.names]))

    def _compare(
        self,
        old: Kernel,
        new: Kernel,
        jids: dict[int, None],
        pids: dict[int, None],
        names: dict[str, None],
    ) -> list[tuple[Key, str]]:
        """Compare these; return what newly differs."""
        appeared: list[tuple[Key, str]] = []
        for jid in jids:
            self._note(appeared, ("jail", jid), jail_differs(old.prid.get(jid), new.prid.get(jid)))
        for pid in pids:
            self._note(appeared, ("process", pid), process_differs(old, new, pid))
        self._update_names(appeared, old, new, names)
        moved = ("jid",) if old.lastprid != new.lastprid else ()
        self._note(appeared, ("next jid", 0), moved)
        return appeared

    def _update_names(
        self, appeared: list[tuple[Key, str]], old: Kernel, new: Kernel, names: dict[str, None]
    ) -> None:
        garbled = bool(old.garbled or new.garbled)
        if garbled != (self.views is not None):  # Keys have another meaning from now on.
            names.update((str(key), None) for kind, key in self.now if kind == "name")
        if not garbled:
            self.views = None
            for name in names:
                self._note(appeared, ("name", name), name_differs(old, new, name))
            return
        if self.views is None:
            self.views = NameViews((old, new))
            names |= dict.fromkeys(self.views.viewers)
        else:
            names |= self.views.update((old, new))
        for name in names:
            order = ("order",) if self.views.differs(name) else ()
            self._note(appeared, ("name", name), order)

    def _note(self, appeared: list[tuple[Key, str]], key: Key, differs: tuple[str, ...]) -> None:
        known = self.now.get(key, ())
        if differs == known:
            return
        if differs:
            self.now[key] = differs
            appeared.extend((key, what) for what in differs if what not in known)
        else:
            del self.now[key]


def touched(
    k: Kernel, jids: dict[int, None], pids: dict[int, None], names: dict[str, None]
) -> None:
    """Collect the jids, pids and names about which the last op can have changed an answer."""
    for obj, image in k.before.items():
        if isinstance(obj, Prison):
            jids[obj.jid] = None
            names[obj.name] = None
            if image:
                jid, name = image[PR_ID], image[PR_NAME]
                assert isinstance(jid, int)
                names[str(name)] = None
                if jid != obj.jid:
                    jids[jid] = None
                    jids.update((cpr.jid, None) for cpr in obj.children.values())
                    pids.update((pid, None) for pid in obj.procs)
        elif isinstance(obj, Proc):
            pids[obj.pid] = None


def jail_differs(old: Prison | None, new: Prison | None) -> tuple[str, ...]:
    """The parameters of a jail that differ; ("exists",) if only one kernel has the jail."""
    if old is None or new is None:
        return () if old is new else ("exists",)
    one, other = host_view(old), host_view(new)
    if one == other:
        return ()
    return tuple(field for field, a, b in zip(VIEW_FIELDS, one, other, strict=True) if a != b)


def process_differs(old: Kernel, new: Kernel, pid: int) -> tuple[str, ...]:
    """("location",) if jail or state of a process differ; ("exists",) if only one kernel has it."""
    p, q = old.procs.get(pid), new.procs.get(pid)
    if p is None or q is None:
        return () if p is q else ("exists",)
    return () if location(p) == location(q) else ("location",)


def name_differs(old: Kernel, new: Kernel, name: str) -> tuple[str, ...]:
    """("order",) if a walk visits the jails with a full name in different orders."""
    return () if meets(old, name) == meets(new, name) else ("order",)


def meets(k: Kernel, name: str) -> list[int]:
    """The jids of the jails with a full name, in the order of a walk."""
    return [pr.jid for pr in named(k, k.prison0, name)]
