"""Check that a path is safe to mount on or to write to. usr.sbin/jail/command.c, check_path()."""

from jail_userland.conf.jails import CfJail
from jail_userland.conf.params import string_param
from jail_userland.files import SystemFailure
from jail_userland.jail.run import Run
from jail_userland.libc import strerror


def check_path(
    run: Run, j: CfJail, pname: str, path: str, *, isfile: bool = False, umount_type: str | None
) -> bool:
    """Whether a path is absolute, exists below the jail's path and, for an unmount, is a mount
    point of that type. Problems are reported. A file need not exist. The original refuses symbolic
    links; this host has none.
    """
    problem = find_problem(run, j, path, isfile) or (
        None if umount_type is None else find_mount_problem(run, path, umount_type)
    )
    if problem is not None:
        run.warnx(j, f"{pname}: {problem}")
    return problem is None


def find_problem(run: Run, j: CfJail, path: str, isfile: bool) -> str | None:
    """What is wrong with the path itself."""
    if not path.startswith("/"):
        return f"{path}: not an absolute pathname"
    jailpath = string_param(j.intparams.get("path")) or ""
    if not path.startswith(jailpath + "/"):
        return None
    end = len(jailpath)
    while end >= 0:
        end = path.find("/", end + 1)
        part = path if end < 0 else path[:end]
        try:
            run.proc.host.files.resolve(part)
        except SystemFailure as failure:
            if failure.errno == "ENOENT" and isfile and end < 0:
                return None
            return f"{part}: {strerror(failure.errno)}"
    return None


def find_mount_problem(run: Run, path: str, umount_type: str) -> str | None:
    """The reason why the path cannot be unmounted."""
    files = run.proc.host.files
    try:
        whole = files.resolve(path)
        point, kind = files.mounted_on(path)
    except SystemFailure as failure:
        return f"{path}: {strerror(failure.errno)}"
    if whole != point:
        return f"{path}: not a mount point"
    if kind != umount_type:
        return f"{path}: not a {umount_type} mount"
    return None
