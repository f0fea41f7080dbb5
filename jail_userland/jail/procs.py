"""Waiting for commands.  usr.sbin/jail/command.c: next_proc, add_proc, term_procs."""

from jail_userland.conf.jails import JF, CfJail
from jail_userland.conf.params import int_param
from jail_userland.host import SECOND
from jail_userland.jail.run import Run, requeue

DEFAULT_STOP_TIMEOUT = 10


def next_proc(run: Run, *, nonblock: bool) -> CfJail | None:
    """The jail whose last command has ended, or has taken too long."""
    host = run.proc.host
    while run.sleeping:
        first = run.sleeping[0]
        left = None
        if first.timeout is not None:
            left = first.timeout - host.clock
            if left <= 0:
                return timed_out(run, first)
        pid = host.wait(0 if nonblock else left)
        if pid is None:
            return None if nonblock else timed_out(run, run.sleeping[0])
        j = find_proc(run, pid)
        if j is not None:
            j.pstatus = host.tasks[pid].status
            return j
    return None


def timed_out(run: Run, j: CfJail) -> CfJail:
    """Its time is over; what it waited for no longer matters."""
    j.flags |= JF.TIMEOUT
    clear_procs(run, j)
    return j


def add_proc(run: Run, j: CfJail, pid: int) -> None:
    """Make a jail wait for a process.  Jails are sorted by deadline."""
    run.proc.host.watch(pid)
    run.phash.insert(0, (pid, j))
    j.nprocs += 1
    j.flags |= JF.SLEEPQ
    if j.timeout is None:
        requeue(j, run.sleeping)
        return
    j.queue.remove(j)
    index = next(
        (
            index
            for index, other in enumerate(run.sleeping)
            if other.timeout is None or j.timeout <= other.timeout
        ),
        len(run.sleeping),
    )
    run.sleeping.insert(index, j)
    j.queue = run.sleeping


def clear_procs(run: Run, j: CfJail) -> None:
    """Remove a jail from the list of waiting ones."""
    j.nprocs = 0
    for pid, owner in run.phash:
        if owner is j:
            run.proc.host.unwatch(pid)
    run.phash = [entry for entry in run.phash if entry[1] is not j]


def find_proc(run: Run, pid: int) -> CfJail | None:
    """The jail for which that was the last process.

    If two jails wait for one process, only the one that came last is told.
    """
    entry = next((entry for entry in run.phash if entry[0] == pid), None)
    if entry is None:
        return None
    run.phash.remove(entry)
    entry[1].nprocs -= 1
    return None if entry[1].nprocs else entry[1]


def term_procs(run: Run, j: CfJail) -> bool:
    """Send SIGTERM to all processes of a jail; True if jail(8) must wait for them."""
    timeout = int_param(j.intparams.get("stop.timeout"))
    if timeout is None:
        timeout = DEFAULT_STOP_TIMEOUT
    elif timeout == 0:
        return False
    host = run.proc.host
    noted = ""
    for proc in list(host.getprocs()):
        if proc.jid == j.jid:
            host.kill(proc.pid, run.proc.pid, j.jid)
            add_proc(run, j, proc.pid)
            noted += f" {proc.pid}"
    if noted and run.verbose > 0:
        run.note(j, f"sent SIGTERM to:{noted}\n")
    if j.nprocs > 0:
        j.timeout = host.clock + timeout * SECOND
        return True
    return False
