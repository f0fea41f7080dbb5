"""Linux namespaces: our programs under /usr/sbin, files of our own, processes that end with us.
unshare(2), mount(2), pid_namespaces(7), user_namespaces(7).  Nothing of this is visible outside.
"""

import ctypes
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
MS_RDONLY = 0x1
MS_NOSUID = 0x2
MS_NODEV = 0x4
MS_NOEXEC = 0x8
MS_REMOUNT = 0x20
MS_BIND = 0x1000
MS_REC = 0x4000
MS_PRIVATE = 1 << 18
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

PROGRAM_PLACES = ("/sbin", "/usr/sbin", "/bin", "/usr/bin")
LIBEXEC = "/usr/libexec"  # where FreeBSD has atf-sh, and its tests look for it
NOT_COPIED = ("/proc", "/sys", "/dev", "/run")  # not ordinary files


def checked(answer: int, what: str) -> None:
    """Raise OSError if a call of the C library failed."""
    if answer != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)


def libc() -> ctypes.CDLL:
    """The C library."""
    return ctypes.CDLL(None, use_errno=True)


def unshare(flags: int) -> None:
    """unshare(2)."""
    checked(libc().unshare(flags), "unshare")


def mount_at(source: str, target: str, kind: str | None, flags: int = 0, data: str = "") -> None:
    """mount(2)."""
    texts = [None if text is None else os.fsencode(text) for text in (source, target, kind)]
    checked(libc().mount(*texts, ctypes.c_ulong(flags), os.fsencode(data)), target)


def die_with_parent() -> None:
    """Let the kernel kill us when our parent ends."""
    libc().prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def adopt_orphans() -> None:
    """Make orphaned descendants our children, so that none gets lost."""
    libc().prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def own_mounts() -> None:
    """Make mounts from here on private.  Without root rights, become root of a user namespace."""
    uid, gid = os.geteuid(), os.getegid()
    if uid == 0:
        unshare(CLONE_NEWNS)
    else:
        unshare(CLONE_NEWNS | CLONE_NEWUSER)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {uid} 1")
        Path("/proc/self/gid_map").write_text(f"0 {gid} 1")
    mount_at("none", "/", None, MS_REC | MS_PRIVATE)


def bind_programs(folder: str) -> tuple[str, ...]:
    """Lay the commands of the sandbox over the system's; returns where the system's own are now."""
    moved = []
    for number, place in enumerate(sorted({os.path.realpath(place) for place in PROGRAM_PLACES})):
        if not Path(place).is_dir():
            continue
        away = f"{folder}/system{number}"
        Path(away).mkdir(exist_ok=True)
        mount_at(place, away, None, MS_BIND)
        mount_at("overlay", place, "overlay", 0, f"lowerdir={folder}/bin:{place}")
        moved.append(away)
    if Path(LIBEXEC).is_dir():
        mount_at("overlay", LIBEXEC, "overlay", 0, f"lowerdir={folder}/libexec:{LIBEXEC}")
    return tuple(moved)


def copy_files(folder: str) -> None:
    """Keep changes to files in memory from here on; they vanish with us."""
    here = Path.cwd()
    kept = os.open(folder, os.O_PATH)
    points = [(point, os.open(point, os.O_PATH)) for point in writable_places()]
    scratch = f"{folder}/scratch"
    Path(scratch).mkdir()
    mount_at("tmpfs", scratch, "tmpfs")
    memory = os.open(scratch, os.O_PATH)
    for number, (point, lower) in enumerate(points):
        for part in ("upper", "work"):
            Path(f"/proc/self/fd/{memory}/{number}/{part}").mkdir(parents=True)
        upper = f"/proc/self/fd/{memory}/{number}"
        layers = f"lowerdir=/proc/self/fd/{lower},upperdir={upper}/upper,workdir={upper}/work"
        if not Path(point).is_dir():
            continue  # A mount that we cannot see hides it.
        try:
            mount_at("overlay", point, "overlay", 0, layers + xattr())
        except OSError:
            freeze(point)
    mount_at(f"/proc/self/fd/{kept}", folder, None, MS_BIND | MS_REC)
    for descriptor in (kept, memory, *(lower for _, lower in points)):
        os.close(descriptor)
    os.chdir(here)


def freeze(point: str) -> None:
    """Make a folder read-only: an overlay would hide mounts in it, which only real root may do."""
    kept = os.statvfs(point).f_flag & (MS_NOSUID | MS_NODEV | MS_NOEXEC)
    mount_at(point, point, None, MS_BIND | MS_REC)
    mount_at(point, point, None, MS_REMOUNT | MS_BIND | MS_RDONLY | kept)


def xattr() -> str:
    """What an overlay needs in a user namespace."""
    whole = Path("/proc/self/uid_map").read_text().split() == ["0", "0", "4294967295"]
    return "" if whole else ",userxattr"


def writable_places() -> Iterator[str]:
    """The folders at the top, and whatever is mounted below them, the outer ones first."""
    tops = [
        str(top)
        for top in Path("/").iterdir()
        if str(top) not in NOT_COPIED and not top.is_symlink()
    ]
    table = Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape")
    mounted = [line.split()[4] for line in table.splitlines()]
    below = [point for point in mounted if point.startswith(tuple(f"{top}/" for top in tops))]
    yield from (point for point in sorted({*tops, *below}) if Path(point).is_dir())


def own_processes() -> None:
    """Put children from here on into a process namespace.  The first is its init, and none outlives
    it.
    """
    unshare(CLONE_NEWPID | CLONE_NEWNS)


def own_proc() -> None:
    """Let /proc show the processes of our namespace."""
    mount_at("proc", "/proc", "proc")


def possible(folder: str) -> bool:
    """Whether all of this works on this machine; tried in a child."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] == 0
    status = 1
    with suppress(OSError):
        own_mounts()
        bind_programs(folder)
        own_processes()
        inner = os.fork()
        if not inner:
            with suppress(OSError):
                own_proc()
                status = 0
            os._exit(status)
        status = os.waitstatus_to_exitcode(os.waitpid(inner, 0)[1])
    os._exit(status)
