"""mount(8) and umount(8): they only note mounts."""

from jail_userland.files import SystemFailure
from jail_userland.libc import strerror
from jail_userland.process import Process
from jaildiff.hosts.sandbox.host import RealHost
from jaildiff.hosts.sandbox.standins.standin import options

MOUNT_PROGRAMS = ("mount_nullfs", "mount_devfs", "mount_fdescfs", "mount_procfs", "mount_unionfs")
MOUNT_USAGE = "usage: mount [-adfpruvw] [-o options] [-t type] [special] [node]\n"
UMOUNT_USAGE = "usage: umount [-fNnv] [-t type] special ... | node ...\n"


def mount(host: RealHost, proc: Process, argv: list[str]) -> int:
    """Note a mount, or list those that are noted."""
    found, words = options(proc, argv, "adF:fLlno:prt:uvw", MOUNT_USAGE)
    kind = argv[0].partition("_")[2]
    for option, argument in found:
        if option == "t":
            kind = argument
    if len(words) < 2:
        plain = ("p", "") not in found
        for point, (device, each) in sorted(host.site.world.mounts.items()):
            line = f"{device} on {point} ({each}, local)" if plain else f"{device}\t{point}\t{each}"
            proc.print(line + ("\n" if plain else "\trw\t0 0\n"))
        return 0
    device, point = words[-2:]
    try:
        if not host.files.is_dir(point):
            raise SystemFailure("ENOTDIR")  # noqa: TRY301  # said in one place
        host.site.world.mounts[host.files.resolve(point)] = (device, kind or "ufs")
    except SystemFailure as failure:
        proc.errx(f"{point}: {strerror(failure.errno)}")
    return 0


def umount(host: RealHost, proc: Process, argv: list[str]) -> int:
    """Forget mounts, by directory or device."""
    found, words = options(proc, argv, "AaF:fh:Nnt:v", UMOUNT_USAGE)
    mounts = host.site.world.mounts
    if any(option in "Aa" for option, _ in found):
        mounts.clear()
    elif not words:
        proc.usage(UMOUNT_USAGE)
    status = 0
    for word in words:
        point = mount_point(host, word)
        if point is None:
            proc.warnx(f"{word}: not a file system root directory")
            status = 1
        else:
            del mounts[point]
    return status


def mount_point(host: RealHost, word: str) -> str | None:
    """The mount point that a word names."""
    mounts = host.site.world.mounts
    try:
        point = host.files.resolve(word)
    except SystemFailure:
        point = ""
    if point in mounts:
        return point
    return next((point for point, (device, _) in mounts.items() if device == word), None)
