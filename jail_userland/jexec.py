"""jexec(8).  usr.sbin/jexec/jexec.c."""

from jail_kernel.call import JailAttach
from jail_userland.files import SystemFailure
from jail_userland.host import User
from jail_userland.libc import OptionError, getopt, strerror
from jail_userland.libjail import JailError, jail_getid
from jail_userland.process import Process

USAGE = "usage: jexec [-l] [-u username | -U username] jail [command ...]\n"
ROOT_UID = 0
DEFAULT_SHELL = "/bin/sh"


def main(proc: Process, argv: list[str]) -> int:
    """Run jexec(8); the exit status of the command.

    :raises ProgramExit: if it does not get that far.
    """
    clean = False
    username: str | None = None
    from_host = from_jail = False
    words: list[str] = []
    try:
        for option, argument in getopt(argv[1:], "lnu:U:"):
            match option:
                case "":
                    words = argv[1 + int(argument) :]
                case "l":
                    clean = True
                case "u":
                    username, from_host = argument, True
                case "U":
                    username, from_jail = argument, True
    except OptionError as error:
        proc.warnx(str(error))
        proc.usage(USAGE)
    if not words or (from_host and from_jail):
        proc.usage(USAGE)
    user = get_user_info(proc, username) if from_host or (clean and not from_jail) else None
    attach(proc, words[0])
    if from_jail:
        user = get_user_info(proc, username)
    shell = DEFAULT_SHELL
    if user is not None:
        proc.host.setusercontext(proc.pid, user, whole=username is not None, clean=clean)
        shell = user.shell or DEFAULT_SHELL
        if clean:
            change_dir(proc, user.home)
    return become(proc, words[1:], shell)


def attach(proc: Process, name: str) -> None:
    """Enter the jail.

    :raises ProgramExit: if there is none, or it cannot be entered.
    """
    try:
        jid = jail_getid(proc, name)
    except JailError as error:
        proc.errx(error.errmsg)
    result = proc.host.call(JailAttach(proc.pid, jid))
    if result.errno is not None:
        proc.errx(f"jail_attach({jid}): {strerror(result.errno)}")


def change_dir(proc: Process, path: str) -> None:
    """chdir(2) to the user's home.

    :raises ProgramExit: if that is not possible.
    """
    try:
        proc.host.files.chdir(path)
    except SystemFailure as failure:
        proc.errx(f"chdir: {path}: {strerror(failure.errno)}")


def become(proc: Process, words: list[str], shell: str) -> int:
    """Become the command, or a shell.

    :raises ProgramExit: if there is no such program.
    """
    function = "execvp" if words else "execlp"
    argv = words or [shell, "-i"]
    try:
        task = proc.host.exec(proc.pid, argv)
    except SystemFailure as failure:
        proc.errx(f"{function}: {argv[0]}: {strerror(failure.errno)}")
    proc.became_command = True
    assert isinstance(task.status, int)
    return task.status


def get_user_info(proc: Process, username: str | None) -> User:
    """The user that is named, else the one who runs jexec(8).

    :raises ProgramExit: if there is none.
    """
    host = proc.host
    user = host.getpwuid(ROOT_UID) if username is None else host.getpwnam(username)
    if user is None:
        proc.errx(f"unknown uid: {ROOT_UID}" if username is None else f"{username}: no such user")
    return user
