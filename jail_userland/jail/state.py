"""Which jail is next: dependencies and queues.  usr.sbin/jail/state.c."""

from jail_kernel.call import JAIL_DYING, JailGet, user_text
from jail_userland.conf.jails import (
    JF,
    JF_NONE,
    CfDepend,
    CfJail,
    do_stop,
)
from jail_userland.conf.params import wild_jail_match, wild_jail_name
from jail_userland.jail.procs import next_proc
from jail_userland.jail.run import Run, requeue
from jail_userland.libc import int32, strtol

MAXHOSTNAMELEN = 256


def dep_setup(run: Run, docf: bool) -> None:
    """Find out which jail depends on which."""
    if not docf:
        depend_on_running(run)
        return
    run.jails_byname = sorted(run.cfjails, key=lambda j: j.name or "")
    deps = ldeps = plen = 0
    for j in list(run.cfjails):
        if j.flags & JF.FAILED:
            continue
        depend = j.intparams.get("depend")
        for string in depend.val if depend is not None else ():
            dj = find_jail(run, string.s)
            if dj is not None:
                deps += 1
                dep_add(j, dj, light=False)
            else:
                run.warnx(j, f'depends on undefined jail "{string.s}"')
                j.flags |= JF.FAILED
        assert j.name is not None
        if "." not in j.name:
            continue
        # A jail depends on its parent.  The original's buffer for the parent's name only grows, and
        # is filled to its full size.  So a name after a longer one is cut too late, if at all.  A
        # jail that is thus taken as its own parent waits for itself.
        plen = max(plen, j.name.rindex("."))
        dj = find_jail(run, j.name[:plen])
        if dj is not None:
            ldeps += 1
            dep_add(j, dj, light=True)
    if deps and (deps > 1 or ldeps):
        find_loops(run)


def depend_on_running(run: Run) -> None:
    """Without a file, a jail can depend on running jails."""
    j = run.cfjails[0] if run.cfjails else None
    depend = None if j is None else j.intparams.get("depend")
    if j is None or depend is None:
        return
    for string in depend.val:
        if running_jail(run, string.s, 0) is None:
            run.proc.warnx(f'depends on nonexistent jail "{string.s}"')
            j.flags |= JF.FAILED


def find_loops(run: Run) -> None:
    """Simulate the whole run; jails that are left over depend on themselves."""
    start_state(run, None, docf=False, state=JF_NONE, running=False)
    while run.ready:
        j = run.ready[0]
        requeue(j, run.cfjails)
        dep_done(run, j, nofail=True)
    while run.depend:
        j = run.depend[0]
        run.warnx(j, "dependency loop")
        j.flags |= JF.FAILED
        while True:
            requeue(j, run.cfjails)
            dep_done(run, j, nofail=True)
            if not run.ready:
                break
            j = run.ready[0]
    for j in run.cfjails:
        for d in j.dep_from:
            d.seen = False


def dep_check(run: Run, j: CfJail) -> bool:
    """Whether a jail must wait for others; tells those what to do."""
    if j.ndeps == 0:
        return False
    ndeps = 0
    rev = do_stop(j.flags)
    for d in j.dep_to if rev else j.dep_from:
        if d.seen:
            continue
        dj = d.from_ if rev else d.to
        if dj.flags & JF.FAILED:
            if not j.flags & (JF.DEPEND | JF.FAILED) and run.verbose >= 0:
                run.warnx(j, "skipped")
            j.flags |= JF.FAILED
            continue
        demand(run, j, dj)
        if not (d.light and (dj.jid < 0 if rev else dj.jid > 0)):
            ndeps += 1
    if ndeps == 0:
        return False
    requeue(j, run.depend)
    return True


def demand(run: Run, j: CfJail, dj: CfJail) -> None:
    """What a jail wants from one it depends on, unless that one has several things to do."""
    if (dj.flags & JF.OP_MASK).bit_count() > 1:
        return
    reset = False
    if not dj.flags & JF.OP_MASK:
        reset = True
        dj.flags |= JF.DEPEND
        requeue(dj, run.ready)
    match j.flags & JF.OP_MASK:
        case JF.START:
            dj.flags |= JF.START
        case JF.SET:
            if not dj.flags & JF.OP_MASK:
                dj.flags |= JF.SET
            elif dj.flags & JF.STOP:
                dj.flags |= JF.START
        case JF.STOP | JF.RESTART:
            if not dj.flags & JF.STOP:
                reset = True
            dj.flags |= JF.STOP
            if dj.flags & JF.SET:
                dj.flags ^= JF.START | JF.SET
    if reset:
        dep_reset(dj)


def dep_done(run: Run, j: CfJail, *, light: bool = False, nofail: bool = False) -> None:
    """Release the jails that waited for a jail; with `light`, only for its existence."""
    stop = do_stop(j.flags)
    for d in j.dep_from if stop else j.dep_to:
        if d.seen or (light and not d.light):
            continue
        d.seen = True
        dj = d.to if stop else d.from_
        if (
            not nofail
            and j.flags & JF.FAILED
            and j.flags & (JF.OP_MASK | JF.DEPEND) != JF.SET | JF.DEPEND
        ):
            if not dj.flags & (JF.DEPEND | JF.FAILED) and run.verbose >= 0:
                run.warnx(dj, "skipped")
            dj.flags |= JF.FAILED
        dj.ndeps -= 1
        if dj.ndeps == 0 and dj.queue is run.depend:
            requeue(dj, run.ready)


def dep_reset(j: CfJail) -> None:
    """Count what a jail depends on.

    The marks "seen" stay: a jail that a restart waited for while stopping never releases it for
    starting.
    """
    j.ndeps = len(j.dep_to if do_stop(j.flags) else j.dep_from)


def next_jail(run: Run) -> CfJail | None:
    """The next jail that can go on: one whose command has ended, else a ready one.  Of the ready
    ones that stop, it is the last.
    """
    j = next_proc(run, nonblock=bool(run.ready))
    if j is None and run.ready:
        j = run.ready[0]
        if do_stop(j.flags):
            j = next(each for each in reversed(run.ready) if do_stop(each.flags))
    if j is not None:
        requeue(j, run.cfjails)
    return j


def start_state(run: Run, target: str | None, *, docf: bool, state: JF, running: bool) -> bool:
    """Tell the target jails what to do; False if there is none."""
    if target is None or (not docf and state != JF.STOP) or (not running and target == "*"):
        for j in list(run.cfjails):
            j.flags = j.flags & JF.FAILED | state | (JF.WILD if docf else JF_NONE)
            dep_reset(j)
            requeue(j, run.depend if j.ndeps else run.ready)
    elif wild_jail_name(target):
        if running:
            add_running(run, target)
        for j in list(run.cfjails):
            if wild_jail_match(j.name or "", target):
                begin(run, j, state | JF.WILD)
    else:
        found = find_jail(run, target)
        if found is None and state == JF.STOP:
            found = running_jail(run, target, JAIL_DYING)
        if found is None:
            run.proc.warnx(f'"{target}" not found')
            return False
        begin(run, found, state)
    return True


def begin(run: Run, j: CfJail, state: JF) -> None:
    """A target jail begins at once, whatever it depends on."""
    j.flags = j.flags & JF.FAILED | state
    dep_reset(j)
    requeue(j, run.ready)


def add_running(run: Run, target: str) -> None:
    """The running jails that match a wildcard; those of the file do not count."""
    proc = run.proc
    jid = 0
    while True:
        call = JailGet(
            proc.pid, 0, (("lastjid", jid),), (("jid", 4), ("name", MAXHOSTNAMELEN)), plain=False
        )
        result = proc.host.call(call)
        if result.errno is not None or result.ret is None:
            return
        jid = result.ret
        name = str(dict(result.wanted or ())["name"])
        if wild_jail_match(name, target):
            run.jails.add_jail(name).jid = jid


def dep_add(from_: CfJail, to: CfJail, *, light: bool) -> None:
    """An edge between two jails."""
    d = CfDepend(from_, to, light)
    from_.dep_from.append(d)
    to.dep_to.append(d)


def find_jail(run: Run, name: str) -> CfJail | None:
    """The jail of the file with that name.  Of two of one name it is the one that bsearch(3) meets
    first.
    """
    names = run.jails_byname or []
    low, high = 0, len(names)
    while low < high:
        middle = (low + high) // 2
        found = names[middle].name or ""
        if found == name:
            return names[middle]
        if name < found:
            high = middle
        else:
            low = middle + 1
    return None


def running_jail(run: Run, name: str, flags: int) -> CfJail | None:
    """A running jail, by number or name; it is added to the others if it is not among them."""
    proc = run.proc
    number, end = strtol(name)
    jid = int32(number)
    if jid and end == len(name):
        call = JailGet(proc.pid, flags, (("jid", jid),), (("name", MAXHOSTNAMELEN),), plain=False)
    else:
        by = (("jid", 0), ("name", user_text(name)))
        call = JailGet(proc.pid, flags, by, plain=False)
    result = proc.host.call(call)
    if result.errno is not None or result.ret is None:
        return None
    wanted = dict(result.wanted or ())
    jail_name = str(wanted["name"]) if "name" in wanted else name
    j = find_jail(run, jail_name)
    if j is None:
        j = run.jails.add_jail(jail_name)
        j.jid = result.ret
    return j
