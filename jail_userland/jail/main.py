"""jail(8): main().  usr.sbin/jail/jail.c."""

from jail_userland.conf.jails import JF, CfJail, Jails
from jail_userland.conf.params import string_param
from jail_userland.deltas import Release
from jail_userland.files import SystemFailure
from jail_userland.jail.check import check_intparams, import_params
from jail_userland.jail.command import STOP, finish_command, next_command, start_commands
from jail_userland.jail.create import clear_persist, rdtun_params, running_jid, update_jail
from jail_userland.jail.options import Options, find_jails, parse
from jail_userland.jail.quote import jail_line, old_jail_line
from jail_userland.jail.run import Run, requeue
from jail_userland.jail.state import (
    dep_check,
    dep_done,
    dep_reset,
    dep_setup,
    next_jail,
    start_state,
)
from jail_userland.libc import strerror
from jail_userland.process import Process, ProgramExit

DYING_WARNING = "the 'allow.dying' parameter and '-d' flag are deprecated and have no effect."


def main(proc: Process, argv: list[str]) -> int:
    """Run jail(8); its exit status.

    :raises ProgramExit: if it ends early.
    :raises Hang: if it waits for ever.
    """
    run = Run(proc, Jails(proc))
    options = parse(run, argv)
    find_jails(run, options)
    dep_setup(run, options.docf)
    error = False
    if options.op == JF.STOP:
        for word in options.words:
            if not start_state(
                run, word, docf=options.docf, state=options.op, running=options.remove_any
            ):
                error = True
    else:
        target = options.words[0] if options.words else None
        if not start_state(run, target, docf=options.docf, state=options.op, running=False):
            raise ProgramExit(1)
    jid_file = open_jid_file(run, options)
    return int(Loop(run, options, jid_file, error).go_through())


def open_jid_file(run: Run, options: Options) -> str | None:
    """-J: the file to list new jails in, emptied.

    :raises ProgramExit: if it cannot be written.
    """
    if options.jid_file is None:
        return None
    try:
        return run.proc.host.files.open_to_write(options.jid_file, append=False)
    except SystemFailure as failure:
        run.proc.errx(f"open {options.jid_file}: {strerror(failure.errno)}")


class Loop:
    """The main loop: take the next jail, do what can be done with it, and repeat."""

    def __init__(self, run: Run, options: Options, jid_file: str | None, error: bool) -> None:
        self.run = run
        self.options = options
        self.jid_file = jid_file
        self.error = error
        self.dying_warned = False

    def go_through(self) -> bool:
        """Process all jails until none is left; returns whether one failed."""
        while (j := next_jail(self.run)) is not None:
            if j.flags & JF.FAILED:
                self.error = True
                if j.commands is None:
                    dep_done(self.run, j)
                    continue
            if not self.prepare(j):
                continue
            if not j.jid:
                running_jid(self.run, j)
            if finish_command(self.run, j):
                continue
            if self.decide(j):
                self.work(j)
        return self.error

    def prepare(self, j: CfJail) -> bool:
        """Check the parameters, once."""
        run = self.run
        if not j.flags & JF.PARAMS:
            j.flags |= JF.PARAMS
            if self.options.dflag:
                run.jails.add_internal(j, "allow.dying", None)
            if not check_intparams(run, j):
                return False
            if j.flags & (JF.START | JF.SET) and not import_params(run, j):
                return False
        dying = "allow.dying" in j.intparams and not self.dying_warned
        if run.release >= Release.R15 and dying:  # [15: U2]
            run.proc.warnx(DYING_WARNING)
            self.dying_warned = True
        return True

    def decide(self, j: CfJail) -> bool:
        """Choose the operation by verbs and by whether the jail runs; False if that failed."""
        run = self.run
        match j.flags & JF.OP_MASK:
            case JF.START_SET:
                j.flags = JF.START if j.jid < 0 else JF.SET
            case JF.SET_RESTART if j.jid < 0:
                self.not_found(j)
                return False
            case JF.START_SET_RESTART if j.jid < 0:
                j.flags = JF.START
            case JF.SET_RESTART | JF.START_SET_RESTART:
                j.flags = JF.RESTART if rdtun_params(run, j, dofail=False) else JF.SET
                if j.flags == JF.RESTART:
                    dep_reset(j)
        return True

    def work(self, j: CfJail) -> None:
        """Do the next step for a jail."""
        match j.flags & JF.OP_MASK:
            case JF.START:
                self.start(j)
            case JF.SET:
                self.set(j)
            case JF.STOP | JF.RESTART:
                self.stop(j)

    def start(self, j: CfJail) -> None:
        """-c."""
        run = self.run
        exists = False
        if j.commands is None:
            if j.jid > 0 and not j.flags & (JF.DEPEND | JF.WILD):
                self.quoted_warnx(j, "already exists", "(null)")
                run.failed(j)
                return
            if dep_check(run, j):
                return
            exists = j.jid > 0
            if not exists:
                begin(j, start_commands(run.release))
        if not exists and next_command(run, j):
            return
        clear_persist(run, j)
        self.list_jail(j)
        dep_done(run, j)

    def set(self, j: CfJail) -> None:
        """-m."""
        run = self.run
        if j.jid < 0 and not j.flags & JF.DEPEND:
            self.not_found(j)
            return
        if dep_check(run, j):
            return
        if not j.flags & JF.DEPEND:
            if rdtun_params(run, j, dofail=True) < 0 or not update_jail(run, j):
                return
            if run.verbose >= 0 and (j.name is not None or run.verbose > 0):
                run.note(j, "updated\n")
        dep_done(run, j)

    def stop(self, j: CfJail) -> None:
        """-r, and the first half of a restart."""
        run = self.run
        done = False
        if j.commands is None:
            if dep_check(run, j):
                return
            if j.jid < 0:
                if not j.flags & (JF.DEPEND | JF.WILD):
                    if run.verbose >= 0:
                        self.quoted_warnx(j, "not found", "(null)")
                    run.failed(j)
                done = True
            else:
                begin(j, STOP)
        elif j.flags & JF.FAILED and j.jid > 0:
            done = True
        if not done and next_command(run, j):
            return
        dep_done(run, j)
        if j.flags & (JF.START | JF.FAILED) == JF.START:
            j.commands = None
            j.flags &= ~JF.STOP
            dep_reset(j)
            requeue(j, run.depend if j.ndeps else run.ready)

    def not_found(self, j: CfJail) -> None:
        """Complain that there is no jail to change."""
        self.quoted_warnx(j, "not found", "no jail specified")
        self.run.failed(j)

    def quoted_warnx(self, j: CfJail, message: str, nameless: str) -> None:
        """A message that names the jail in quotes."""
        name = j.name
        if name is None:
            name = string_param(j.intparams.get("jid"))
        if name is None:
            name = string_param(j.intparams.get("name"))
        self.run.proc.warnx(nameless if name is None else f'"{name}" {message}')

    def list_jail(self, j: CfJail) -> None:
        """-J: one line."""
        if self.jid_file is None:
            return
        separator = self.run.separator
        line = (
            old_jail_line(j, separator)
            if self.options.oldcl
            else jail_line(j, separator, running=True)
        )
        self.run.proc.host.files.files[self.jid_file] += line


def begin(j: CfJail, commands: tuple[str, ...]) -> None:
    """Start with the first of these commands."""
    j.commands, j.command, j.string = commands, 0, None
