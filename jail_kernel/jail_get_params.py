"""How jail_get(2) fills the buffers that it is given.

kern_jail.c, kern_jail_get(), from "Get the parameters of the prison" on.  A wrong size is always
EINVAL without a message, so the order does not matter, except for what precedes a page fault.
"""

from jail_kernel import allow
from jail_kernel.call import JailGet, kernel_bytes, user_text
from jail_kernel.inet import Addrs
from jail_kernel.jail_conf import (
    ADDR_SIZE,
    HOSTUUIDLEN,
    JAIL_MAX_AF_IPS,
    MAXHOSTNAMELEN,
    OSRELEASELEN,
    einval,
    number,
    string,
)
from jail_kernel.kernel import Kernel
from jail_kernel.lookup import prison_name, prison_path
from jail_kernel.options import (
    ERRMSG,
    VFS_MOUNTARG_SIZE_MAX,
    build_option,
    memory_used,
    no_name,
    sanitize_options,
)
from jail_kernel.reference import ALIVE
from jail_kernel.state import NAME_SIZE, Prison

CPUSET_ID = 2  # cpusets are not modelled; this is usually the one of a system's first jail
SIZEOF_HOSTID = 8  # unsigned long
MAXPATHLEN = 1024
META_MAXBUFSIZE = 4096  # jailmeta, in kernels that have it

BOOLEANS = ("persist", "ip4.saddrsel", "ip6.saddrsel", *allow.NAMES, *allow.LATER, "dying")
FLAGS = frozenset((*BOOLEANS, *map(no_name, BOOLEANS)))
# Sizes of buffers that are always large enough.  A text gets the size of its longest value, which
# libjail takes from the parameter's sysctl; a list of addresses, the size of the longest list.
FITS = {
    **dict.fromkeys(("jid", "parent", "lastjid", "cpuset.id", "securelevel"), 4),
    **dict.fromkeys(("children.cur", "children.max", "enforce_statfs", "devfs_ruleset"), 4),
    **dict.fromkeys(("host", "vnet", "ip4", "ip6", "osreldate"), 4),
    **dict.fromkeys(FLAGS, 4),
    "name": NAME_SIZE,
    "path": MAXPATHLEN,
    "ip4.addr": JAIL_MAX_AF_IPS * ADDR_SIZE["ip4"],
    "ip6.addr": JAIL_MAX_AF_IPS * ADDR_SIZE["ip6"],
    "host.hostname": MAXHOSTNAMELEN,
    "host.domainname": MAXHOSTNAMELEN,
    "host.hostuuid": HOSTUUIDLEN,
    "host.hostid": SIZEOF_HOSTID,
    "osrelease": OSRELEASELEN,
}

# What a plain call reads, under these names.
READ = FITS.keys() - {*map(no_name, BOOLEANS), *allow.LATER, "lastjid", "cpuset.id"}


class GetOptions:
    """The options of one jail_get: the keys that it passes, and the buffers to fill.

    To the kernel, a wish is an option like a key, with zeros in its buffer, and replaces a key of
    the same name.  A plain call passes a name as a key in the buffer that is to take the whole
    name.  Raises ConfError (EINVAL) for more than 64 KiB.  vfs_mount.c, vfs_buildopts().
    """

    def __init__(self, call: JailGet) -> None:
        options = [build_option(*key) for key in call.by]
        if call.plain:
            options = [(n, v.ljust(NAME_SIZE, b"\0") if n == "name" else v) for n, v in options]
        used = sum(memory_used(name, len(value)) for name, value in (*options, ERRMSG))
        for wish, size in call.want:
            name = option_name(wish)
            length = FITS.get(name, META_MAXBUFSIZE) if size is None else size % (1 << 64)
            used += memory_used(name, length)
            if used > VFS_MOUNTARG_SIZE_MAX:
                raise einval()
            options.append((name, bytes(length)))
        self.buffers = dict(sanitize_options([*options, ERRMSG]))
        self.seen = {"errmsg"}
        self.values: dict[str, object] = {}

    def keys(self) -> dict[str, int | str]:
        """The keys of the call.  Keys after the one that counts are not read."""
        lastjid = number(self.buffers, "lastjid")
        if lastjid is not None:
            self.setopt("lastjid", lastjid)  # nobody changes it
            return {"lastjid": lastjid}
        jid = number(self.buffers, "jid")
        if jid:
            return {"jid": jid}
        name = string(self.buffers, "name", None)
        return {} if name is None else {"name": user_text(name)}

    def setopt(self, name: str, value: object, size: int = 4) -> None:
        """Store a value of a fixed size; no buffer: its size.  vfs_setopt()."""
        buffer = self.buffers.get(name)
        if buffer is None:
            return
        self.seen.add(name)
        if buffer and len(buffer) != size:
            raise einval()
        self.values[name] = value if buffer else size

    def setopts(self, name: str, text: str) -> None:
        """Store a string, which must fit with its NUL; no buffer: its size.  vfs_setopts()."""
        buffer = self.buffers.get(name)
        if buffer is None:
            return
        self.seen.add(name)
        if buffer and len(text) >= len(buffer):
            raise einval()
        self.values[name] = text if buffer else len(text) + 1

    def setopt_part(self, name: str, addrs: Addrs, size: int) -> None:
        """Store a list, which must fit; no buffer: its size.  vfs_setopt_part()."""
        buffer = self.buffers.get(name)
        if buffer is None:
            return
        self.seen.add(name)
        if buffer and len(buffer) < size * len(addrs):
            raise einval()
        self.values[name] = addrs if buffer else size * len(addrs)

    def flag(self, name: str, *, on: bool) -> None:
        """Store a boolean under both of its names."""
        self.setopt(name, on)
        self.setopt(no_name(name), not on)

    def first_unseen(self) -> str | None:
        """The first option that nothing has read or filled."""
        for name in self.buffers:
            if name not in self.seen:
                return name
        return None

    def wanted(self, call: JailGet) -> tuple[tuple[str, object], ...]:
        """What is in the buffers of the wish list, without what a plain call reads anyway.

        If several wishes are the same option, only the last is filled; the buffers of the others
        keep their zeros.
        """
        names = {wish: option_name(wish) for wish in wished_names(call)}
        return tuple(
            (wish, self.values.get(name, False if name in FLAGS else ""))
            for wish, name in names.items()
        )


def wished_names(call: JailGet) -> list[str]:
    """The names in the answer to a wish list."""
    wishes = dict.fromkeys(wish for wish, _ in call.want)
    return [wish for wish in wishes if not (call.plain and wish in READ)]


def option_name(wish: str) -> str:
    """The name as the kernel gets it."""
    return kernel_bytes(wish).partition("\0")[0]


def get_params(k: Kernel, mypr: Prison, pr: Prison, opts: GetOptions) -> None:
    """Fill the buffers, in the kernel's order.  Raises ConfError for a wrong size."""
    opts.setopt("jid", pr.jid)
    opts.setopt("parent", 0 if pr.parent is mypr else pr.parent.jid)
    opts.setopts("name", prison_name(k, mypr, pr))
    opts.setopt("cpuset.id", CPUSET_ID)
    opts.setopts("path", prison_path(mypr, pr))
    opts.setopt_part("ip4.addr", pr.ip4 or (), ADDR_SIZE["ip4"])
    opts.setopt_part("ip6.addr", pr.ip6 or (), ADDR_SIZE["ip6"])
    opts.setopt("securelevel", pr.securelevel)
    opts.setopt("children.cur", pr.childcount)
    opts.setopt("children.max", pr.childmax)
    opts.setopts("host.hostname", pr.hostname)
    opts.setopts("host.domainname", pr.domainname)
    opts.setopts("host.hostuuid", pr.hostuuid)
    opts.setopt("host.hostid", pr.hostid, SIZEOF_HOSTID)
    opts.setopt("enforce_statfs", pr.enforce_statfs)
    opts.setopt("devfs_ruleset", pr.devfs_ruleset)
    opts.flag("persist", on=pr.persist)
    opts.flag("ip4.saddrsel", on=pr.ip4_saddrsel)
    opts.flag("ip6.saddrsel", on=pr.ip6_saddrsel)
    opts.setopt("host", "new" if pr.host else "inherit")
    opts.setopt("vnet", "new" if pr.vnet else "inherit")
    opts.setopt("ip4", "disable" if pr.ip4_user else "inherit")
    opts.setopt("ip6", "disable" if pr.ip6_user else "inherit")
    for name, bit in allow.BIT.items():
        opts.flag(name, on=bool(pr.allow & bit))
    opts.flag("dying", on=pr.state is not ALIVE)
    opts.setopt("osreldate", pr.osreldate)
    opts.setopts("osrelease", pr.osrelease)
