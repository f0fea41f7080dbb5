"""Where a name is garbled: by which names the viewers of both kernels meet other jails.

As long as every name extends its parent's, full names say it all.  A garbled one is read from
somewhere in its middle, and from elsewhere by each viewer, so then each is asked for itself.
"""

from collections.abc import Iterator

from jail_kernel.kernel import Kernel, c_string
from jail_kernel.lookup import name_offset, named
from jail_kernel.reference import ancestry, descendants
from jail_kernel.state import PRISON_FIELDS, Image, Prison, Proc, ProcState, was

JID, BUF = (PRISON_FIELDS.index(name) for name in ("jid", "buf"))
Kernels = tuple[Kernel, Kernel]


class NameViews:
    """The names by which some viewer of both kernels meets other jails than in the other kernel,
    or the same in another order; kept up to date op by op.
    """

    def __init__(self, kernels: Kernels) -> None:
        self.viewers: dict[str, set[int]] = {}  # by name: the jids of those viewers
        for jid in {pr.jid: None for k in kernels for pr in viewers(k)}:
            self._look_from(kernels, jid)

    def differs(self, name: str) -> bool:
        """Whether any viewer meets something else by this name."""
        return name in self.viewers

    def update(self, kernels: Kernels) -> dict[str, None]:
        """Look again at what the last op touched in either kernel; the names looked at."""
        jids: dict[int, None] = {}  # of jails that may see from elsewhere, or not any more
        asked: dict[tuple[int, str], None] = {}
        for k in kernels:
            for obj, image in k.before.items():
                if isinstance(obj, Proc):
                    jids[obj.cred.prison.jid] = None
                    if image:
                        jids[was(obj, image, "cred").prison.jid] = None
                elif isinstance(obj, Prison) and is_moved(k, obj, image):
                    jids |= {obj.jid: None, int(image[JID]) if image else obj.jid: None}
                    asked |= dict.fromkeys(readings(k, obj, image))
        looked: dict[str, None] = {}
        for jid in filter(None, jids):  # prison0 always sees, and every name as it is.
            looked |= self._look_from(kernels, jid)
        for jid, name in asked:
            self._look_for(kernels, jid, name)
            looked[name] = None
        return looked

    def _look_from(self, kernels: Kernels, jid: int) -> dict[str, None]:
        """Look at all that a viewer meets; the names, and those that it met before."""
        names = {name: None for name, found in self.viewers.items() if jid in found}
        if is_shared(kernels, jid):
            for k in kernels:
                pr = k.prid.get(jid, k.prison0)
                offset = name_offset(k, pr)
                names |= {c_string(cpr.buf, offset): None for cpr in descendants(pr)}
        for name in names:
            self._look_for(kernels, jid, name)
        return names

    def _look_for(self, kernels: Kernels, jid: int, name: str) -> None:
        """Look at what a viewer meets by a name."""
        found = self.viewers.setdefault(name, set())
        one, other = (met(k, jid, name) for k in kernels)
        if one == other or not is_shared(kernels, jid):
            found.discard(jid)
        else:
            found.add(jid)
        if not found:
            del self.viewers[name]


def viewers(k: Kernel) -> list[Prison]:
    """prison0 and each jail with a running process."""
    return [k.prison0, *(pr for pr in k.allprison if is_viewer(pr))]


def is_viewer(pr: Prison) -> bool:
    """Whether a process runs in a jail."""
    return any(p.state is ProcState.RUNNING for p in pr.procs.values())


def is_shared(kernels: Kernels, jid: int) -> bool:
    """Whether both kernels have a viewer of this jid; prison0 always is one."""
    found = [k.prid.get(jid) for k in kernels]
    return jid == 0 or all(pr is not None and is_viewer(pr) for pr in found)


def met(k: Kernel, jid: int, name: str) -> list[int]:
    """The jails that a viewer meets by a name, in order."""
    return [pr.jid for pr in named(k, k.prid.get(jid, k.prison0), name)]


def is_moved(k: Kernel, pr: Prison, image: Image) -> bool:
    """Whether the last op made a jail, freed it, or gave it another jid or name."""
    return not image or not k.has(pr) or image[JID] != pr.jid or image[BUF] != pr.buf


def readings(k: Kernel, pr: Prison, image: Image) -> Iterator[tuple[int, str]]:
    """How those above a jail read its name, and what they read before the last op."""
    for above in ancestry(k, pr.parent):
        offset = name_offset(k, above)
        yield above.jid, c_string(pr.buf, offset)
        if image:
            yield above.jid, c_string(str(image[BUF]), offset)
