"""Running one command, possibly in the jail.  usr.sbin/jail/command.c, run_command()."""

from dataclasses import replace

from jail_kernel.call import Errno, JailAttach, JailRemove
from jail_userland.conf.jails import JF, CfJail
from jail_userland.conf.params import OP, bool_param, int_param, string_param
from jail_userland.deltas import Release
from jail_userland.files import SystemFailure
from jail_userland.host import SECOND, User
from jail_userland.jail.argv import CommandError, Words, command_words, down
from jail_userland.jail.create import create_jail
from jail_userland.jail.paths import check_path
from jail_userland.jail.procs import add_proc, term_procs
from jail_userland.jail.run import Run
from jail_userland.jail.state import dep_done
from jail_userland.libc import strerror
from jail_userland.process import Process, ProgramExit

IN_JAIL = ("exec.start", "command", "exec.stop")
ROOT_UID = 0


def run_command(run: Run, j: CfJail, key: str) -> bool:
    """Run one command; True if the jail has to wait for it.

    :raises CommandError: if it could not be started; that has been reported.
    """
    if key == "stop.timeout":
        return term_procs(run, j)
    if key == OP:
        (remove if down(j) else create)(run, j)
        return False
    string = None if j.string is None or j.string < 0 else j.intparams[key].val[j.string]
    words = command_words(run, j, key, string)
    if key == "command" and j.name is None:
        j.string = -1  # all values were used at once
    if not words.argv:
        return False
    timeout = int_param(j.intparams.get("exec.timeout"))
    j.timeout = run.proc.host.clock + timeout * SECOND if timeout else None
    injail = key in IN_JAIL
    if injail:
        open_consolelog(run, j)
    j.comline = " ".join(words.argv)
    username = string_param(j.intparams.get("exec.jail_user" if injail else "exec.system_user"))
    if run.verbose > 0:
        where = " in jail" if injail else ""
        who = "" if username is None else f" as {username}"
        run.note(j, f"run command{where}{who}: {j.comline}\n")
    pid = run.proc.host.fork(run.proc.pid)
    child_main(replace(run.proc, pid=pid), j, words, username, injail=injail)
    if words.background:
        return False
    add_proc(run, j, pid)
    run.paralimit -= 1
    return True


def remove(run: Run, j: CfJail) -> None:
    """jail_remove(2).  Only EPERM is a failure: if the jail is gone already, that is fine."""
    result = run.proc.host.call(JailRemove(run.proc.pid, j.jid))
    if result.errno == Errno.EPERM:
        run.warnx(j, f"jail_remove: {strerror(Errno.EPERM)}")
        raise CommandError
    noted = run.note_remove if j.flags & JF.STOP else j.name is not None
    if run.verbose > 0 or (run.verbose == 0 and noted):
        run.note(j, "removed\n")
    j.stopped_jid, j.jid = j.jid, -1
    if j.flags & JF.STOP:
        dep_done(run, j, light=True)
    else:
        j.flags &= ~JF.PERSIST


def create(run: Run, j: CfJail) -> None:
    """jail_set(2)."""
    if create_jail(run, j) < 0:
        raise CommandError
    if run.iflag:
        run.proc.print(f"{j.jid}\n")
    if run.verbose >= 0 and (j.name is not None or run.verbose > 0):
        run.note(j, "created\n")
    dep_done(run, j, light=True)


def open_consolelog(run: Run, j: CfJail) -> None:
    """The file that takes the output of commands in the jail."""
    conslog = string_param(j.intparams.get("exec.consolelog"))
    if conslog is None:
        return
    if not check_path(run, j, "exec.consolelog", conslog, isfile=True, umount_type=None):
        raise CommandError
    try:
        run.proc.host.open_log(conslog)
    except SystemFailure as failure:
        run.warnx(j, f"open {conslog}: {strerror(failure.errno)}")
        raise CommandError from None


# THE CHILD


def child_main(
    proc: Process, j: CfJail, words: Words, username: str | None, *, injail: bool
) -> None:
    """The child, until it becomes the command or exits."""
    try:
        set_up(proc, j, username, injail=injail)
        if proc.release >= Release.R15:  # [15: U5]
            proc.host.setenv(proc.pid, variables(j))
        try:
            proc.host.exec(proc.pid, words.argv, background=words.background)
        except SystemFailure as failure:
            leave(proc, j, f"exec {words.argv[0]}: {strerror(failure.errno)}")
    except ProgramExit as done:
        proc.host.exit_without_exec(proc.pid, done.status)


def leave(proc: Process, j: CfJail, message: str) -> None:
    """The child gives up.

    :raises ProgramExit: always.
    """
    j.warnx(proc, message)
    raise ProgramExit(1)


def set_up(proc: Process, j: CfJail, username: str | None, *, injail: bool) -> None:
    """Enter the jail and become the user, with a matching environment.

    :raises ProgramExit: if any of that fails.
    """
    clean = bool_param(j.intparams.get("exec.clean"))
    system_user = injail and bool_param(j.intparams.get("exec.system_jail_user"))
    changes_user = clean or username is not None
    user = get_user_info(proc, j, username) if changes_user and system_user else None
    if injail:
        enter(proc, j)
    if not changes_user:
        return
    if user is None:
        user = get_user_info(proc, j, username)
    proc.host.setusercontext(proc.pid, user, whole=username is not None, clean=clean)
    if clean:
        change_dir(proc, j, user.home)


def variables(j: CfJail) -> dict[str, str]:
    """What a command is told of its jail, as far as it is known by then."""
    number = j.jid if j.jid > 0 else j.stopped_jid if j.flags & JF.STOP else 0
    jid = str(number) if number else string_param(j.intparams.get("jid"))
    name = string_param(j.intparams.get("name"))
    told = {"JID": jid, "JNAME": name or jid, "JPATH": string_param(j.intparams.get("path"))}
    return {key: value for key, value in told.items() if value is not None}


def enter(proc: Process, j: CfJail) -> None:
    """jail_attach(2), from the jail's path."""
    path = string_param(j.intparams.get("path"))
    if path is not None:
        change_dir(proc, j, path)
    result = proc.host.call(JailAttach(proc.pid, j.jid))
    if result.errno is not None:
        leave(proc, j, f"jail_attach: {strerror(result.errno)}")


def change_dir(proc: Process, j: CfJail, path: str) -> None:
    """chdir(2)."""
    try:
        proc.host.files.chdir(path)
    except SystemFailure as failure:
        leave(proc, j, f"chdir {path}: {strerror(failure.errno)}")


def get_user_info(proc: Process, j: CfJail, username: str | None) -> User:
    """The user that a command runs as: the one named, else whoever runs jail(8)."""
    host = proc.host
    user = host.getpwuid(ROOT_UID) if username is None else host.getpwnam(username)
    if user is None:
        unknown = f"unknown uid {ROOT_UID}" if username is None else f"{username}: no such user"
        j.warnx(proc, unknown)
        raise ProgramExit(1)
    return user
