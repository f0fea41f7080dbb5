"""The commands of a jail, one after the other.  usr.sbin/jail/command.c."""

from jail_userland.conf.jails import JF, CfJail
from jail_userland.conf.params import (
    IP4_IFADDR,
    IP6_IFADDR,
    MOUNT_FROM_FSTAB,
    OP,
    PF,
    bool_param,
)
from jail_userland.deltas import Release
from jail_userland.jail.argv import CommandError
from jail_userland.jail.execute import run_command
from jail_userland.jail.run import Run, requeue, requeue_head

END = ""  # stands at both ends of a list of commands
STOP_TIMEOUT = "stop.timeout"
DUMMY = -1  # the place of a command that has no list of values

START_14 = (
    END,
    "exec.prepare",
    IP4_IFADDR,
    IP6_IFADDR,
    "mount",
    MOUNT_FROM_FSTAB,
    "mount.devfs",
    "mount.fdescfs",
    "mount.procfs",
    "exec.prestart",
    OP,
    "exec.created",
    "vnet.interface",
    "exec.start",
    "command",
    "exec.poststart",
    END,
)
START_15 = (
    END,
    "exec.prepare",
    IP4_IFADDR,
    IP6_IFADDR,
    "mount",
    MOUNT_FROM_FSTAB,
    "mount.devfs",
    "mount.fdescfs",
    "mount.procfs",
    "exec.prestart",
    OP,
    "exec.created",
    "zfs.dataset",  # [15: U3]
    "vnet.interface",
    "exec.start",
    "command",
    "exec.poststart",
    END,
)
STOP = (
    END,
    "exec.prestop",
    "exec.stop",
    STOP_TIMEOUT,
    OP,
    "exec.poststop",
    "mount.procfs",
    "mount.fdescfs",
    "mount.devfs",
    MOUNT_FROM_FSTAB,
    "mount",
    IP6_IFADDR,
    IP4_IFADDR,
    "exec.release",
    END,
)
NOT_UNDONE = (
    "exec.prestart",
    "exec.created",
    "exec.start",
    "command",
    "exec.poststart",
    "exec.prepare",
)


def start_commands(release: Release) -> tuple[str, ...]:
    """What creating a jail takes, in order."""
    return START_14 if release < Release.R15 else START_15


def next_command(run: Run, j: CfJail) -> bool:
    """Run the next commands of a jail; True if it must wait for one, or for its turn.

    If creation fails, the steps so far are undone by walking the list backwards.
    """
    if run.paralimit == 0:
        if j.flags & JF.FROM_RUNQ:
            requeue_head(j, run.runnable)
        else:
            requeue(j, run.runnable)
        return True
    j.flags &= ~JF.FROM_RUNQ
    create_failed = j.flags & (JF.STOP | JF.FAILED) == JF.FAILED
    while True:
        if not advance(j, create_failed=create_failed):
            return False
        key = current(j)
        if not has_command(j) or (create_failed and key in NOT_UNDONE):
            continue
        try:
            waits = run_command(run, j, key)
        except CommandError:
            run.failed(j)
            return True
        if waits:
            return True


def current(j: CfJail) -> str:
    """The command that is being run.  *comparam."""
    assert j.commands is not None
    return j.commands[j.command]


def advance(j: CfJail, *, create_failed: bool) -> bool:
    """Go to the next value of the command, or to the next command; False at the end."""
    key = current(j)
    param = j.intparams.get(key)
    if j.string is None:
        j.command += -1 if create_failed else 1
        key = current(j)
        param = j.intparams.get(key)
        if key == END:
            return False
        if key in ("mount.devfs", "mount.fdescfs", "mount.procfs"):
            j.string = DUMMY if bool_param(param) else None
        elif key in (OP, STOP_TIMEOUT):
            j.string = DUMMY
        elif param is not None and param.val:
            j.string = len(param.val) - 1 if backwards(j, param.flags, create_failed) else 0
        return True
    if j.string == DUMMY or param is None:
        j.string = None
        return True
    j.string += -1 if backwards(j, param.flags, create_failed) else 1
    if not 0 <= j.string < len(param.val):
        j.string = None
    return True


def backwards(j: CfJail, flags: PF, create_failed: bool) -> bool:
    """Whether the values of a parameter are processed in reverse order."""
    return create_failed or bool(j.flags & JF.STOP and flags & PF.REV)


def has_command(j: CfJail) -> bool:
    """Whether there is something to run at the jail's current place."""
    if j.string is None:
        return False
    return j.string == DUMMY or bool(j.intparams[current(j)].val[j.string].s)


def finish_command(run: Run, j: CfJail) -> bool:
    """Check how the last command ended; True if it failed."""
    if not j.flags & JF.SLEEPQ:
        return False
    j.flags &= ~JF.SLEEPQ
    if current(j) == STOP_TIMEOUT:
        j.flags &= ~JF.TIMEOUT
        j.pstatus = 0
        return False
    run.paralimit += 1
    if run.runnable:
        rj = run.runnable[0]
        rj.flags |= JF.FROM_RUNQ
        requeue(rj, run.ready)
    problem = ""
    if j.flags & JF.TIMEOUT:
        j.flags &= ~JF.TIMEOUT
        problem = "timed out"
    elif j.pstatus != 0:
        signal = str(j.pstatus).removeprefix("signal ")
        problem = "failed" if isinstance(j.pstatus, int) else f"exited on signal {signal}"
        j.pstatus = 0
    if problem:
        run.warnx(j, f"{j.comline}: {problem}")
        run.failed(j)
    return bool(problem)
