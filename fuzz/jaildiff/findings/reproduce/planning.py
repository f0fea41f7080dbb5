"""From a program to a plan: each call becomes a command of jail(8) or jls(8) if that makes the very
same difference to the kernel, else a `jailcall`.
"""

from dataclasses import dataclass, field

from jail_kernel.call import (
    JAIL_ATTACH,
    JAIL_CREATE,
    JAIL_DYING,
    Call,
    Drop,
    Errno,
    Exit,
    Fork,
    Hold,
    JailAttach,
    JailGet,
    JailRemove,
    JailSet,
    Result,
)
from jail_kernel.jail_get import VIEW_FIELDS
from jail_kernel.namei import namei
from jail_userland.host import SHELL_PID
from jail_userland.param_types import PARAM_TYPES
from jaildiff.findings.reproduce.calls import (
    Jids,
    jail_command,
    jls_command,
    raw_get,
    raw_set,
    remove_command,
    spoken,
)
from jaildiff.findings.reproduce.deaths import Group, name_of, with_deaths, with_shell
from jaildiff.findings.reproduce.forms.shell_words import ShellWord
from jaildiff.findings.reproduce.plan import (
    ROOT,
    Answer,
    InexpressibleError,
    Keep,
    Plan,
    Release,
    Run,
)
from jaildiff.findings.reproduce.tried_kernel import PANIC, TriedKernel, answer_of, differing
from jaildiff.kernels.registry import Model
from jaildiff.programs.commands.command import Command
from jaildiff.programs.op_language import call_text
from jaildiff.programs.program import JAIL_MAX, Program

JailCall = JailSet | JailGet | JailRemove | JailAttach

# A jid is shown anyway, and a path differs on the real machine.
JLS_SHOWS = frozenset(PARAM_TYPES) - {"jid", "path", "parent"}
NAME = VIEW_FIELDS.index("name")
DEAD_MAX = 1000  # jids of dying jails that a program can come to


def plan(program: Program, wanted: Model, other: Model) -> Plan:
    """How to see on a real system whether it answers as `wanted` or as `other` does.

    Raises InexpressibleError if a script cannot do what the program does, or would show no
    difference.
    """
    if program.jail_max != JAIL_MAX:
        raise InexpressibleError(f"the program is for a kernel with JAIL_MAX {program.jail_max}")
    on_wanted, on_other = (
        TriedKernel(model, with_shell(JAIL_MAX, model)) for model in (wanted, other)
    )
    planner = Planner(on_wanted, on_other, asked_for(program))
    for group in with_deaths(program, wanted):
        try:
            planner.take(group)
        except InexpressibleError as error:
            raise InexpressibleError(f"step {group.step}: {error}") from None
    if planner.plan.shown_at is None:
        raise InexpressibleError("to a script both kernels look alike")
    planner.plan.forget_unused()
    return planner.plan


def asked_for(program: Program) -> frozenset[object]:
    """The jids that a program asks for when it makes a jail."""
    sets = [call for call in program.calls if isinstance(call, JailSet)]
    return frozenset(dict(call.params).get("jid") for call in sets if call.flags & JAIL_CREATE)


@dataclass(slots=True)
class Planner:
    """A plan in the making, and both kernels; once they differ only the wanted one counts."""

    wanted: TriedKernel
    other: TriedKernel
    asked: frozenset[object]  # the jids that creates ask for
    plan: Plan = field(default_factory=Plan)
    jids: Jids = field(default_factory=Jids)
    kept: dict[str, str] = field(default_factory=dict)  # staying commands, by process or holder
    step: int = 0

    def take(self, group: Group) -> None:
        """Plan a step."""
        self.step = group.step
        for hold in group.before:
            self.hold(hold)
        call = group.call
        match call:
            case JailSet() | JailGet() | JailRemove() | JailAttach():
                self.jail_call(group, call)
            case Fork():
                self.fork(call)
            case Exit():
                self.both([call])
                self.release(name_of(call.pid))
            case Hold():
                self.hold(call)
            case Drop():
                self.both([call])
                self.release(call.res)
            case Command():
                raise InexpressibleError(
                    f"scripts are made of calls, and this is {call_text(call)}"
                )
            case _:
                raise InexpressibleError(f"no system call does this: {call_text(call)}")
        for end in group.after:
            self.release(name_of(end.pid))

    def both(self, calls: list[Call]) -> None:
        """Let both kernels take calls whose answers the script does not check."""
        self.wanted.take(calls)
        self.other.take(calls)

    # PROCESSES AND HOLDERS

    def hold(self, call: Hold) -> None:
        """Somebody outside keeps a credential of the jail."""
        jid = self.wanted.jid_of(call.pid)
        results = self.wanted.take([call])
        self.other.take([call])
        if jid and results[0].ok:
            self.keep(call.res, f"h{len(self.kept) + 1}", ("-j",), self.jids.word(jid), ("hold",))

    def fork(self, call: Fork) -> None:
        """No child is needed outside jails: commands have processes of their own."""
        results = self.wanted.take([call])
        self.other.take([call])
        jid = self.wanted.jid_of(call.child)
        if jid and results[0].ok:
            self.reside(call.child, jid)

    def reside(self, pid: int, jid: int) -> None:
        """A process is in a jail."""
        self.keep(name_of(pid), name_of(pid), ("attach",), self.jids.word(jid))

    def keep(self, what: str, name: str, *words: ShellWord) -> None:
        """Let a command stay that cannot fail."""
        self.release(what)
        self.kept[what] = name
        self.plan.actions.append(Keep(self.step, name, (("jailcall",), *words), Answer(ok=True)))

    def release(self, what: str) -> None:
        """Release a command, if it is there."""
        name = self.kept.pop(what, None)
        if name is not None:
            self.plan.actions.append(Release(self.step, name))

    # CALLS ABOUT JAILS

    def jail_call(self, group: Group, call: JailCall) -> None:
        """Plan a call: as a command if one does the same, else as a `jailcall`."""
        if isinstance(call, JailSet):
            self.make_folders(call)
        inside = self.wanted.jid_of(call.pid)
        before = (self.wanted.copy(), self.other.copy())
        calls = (call, *group.after)
        result = self.wanted.take(calls)[0]
        self.note_dead()
        result_other = next(iter(self.other.take(calls)), None)
        stays = moves(call) and result.ok
        chosen = isinstance(call, JailSet) and is_chosen(call, result, before[0])
        words = None
        if not inside and not stays:
            words = self.command(call, self.shown(result, result_other), chosen=chosen)
        answers = None if words is None else self.alike(call, words, before, result)
        if words is None or answers is None:
            from_inside = (("-j",), self.jids.word(inside)) if inside else ()
            # The command must fail to enter.  On a kernel that lets it in it must not stay.
            returns: tuple[ShellWord, ...] = (("-n",),) if moves(call) and not stays else ()
            words = (("jailcall",), *returns, *from_inside, *raw(call, self.jids))
            answers = (
                answer_of(call, result, self.jids),
                answer_of(call, result_other or result, self.jids),
            )
        self.compare(*answers)
        self.note(call, words, answers[0], result, chosen=chosen, stays=stays)
        self.probe()

    def note_dead(self) -> None:
        """Dying jails have got jids that are counted down since the machine was booted."""
        for jid in self.wanted.kernel.prid:
            if jid > JAIL_MAX - DEAD_MAX and jid not in self.asked:
                self.plan.dead[jid] = self.jids.add(jid).name

    def command(
        self, call: JailCall, shown: tuple[str, ...], *, chosen: bool
    ) -> tuple[ShellWord, ...] | None:
        """A command that might do what the call does; None if there is none."""
        match call:
            case JailSet():
                return jail_command(call, self.jids, chosen=chosen)
            case JailRemove():
                return remove_command(call, self.jids)
            case JailGet():
                return jls_command(call, self.jids, ("jid", *shown))
            case JailAttach():
                return None

    def alike(
        self,
        call: JailCall,
        words: tuple[ShellWord, ...],
        before: tuple[TriedKernel, TriedKernel],
        result: Result,
    ) -> tuple[Answer, Answer] | None:
        """What a command answers on both kernels; None if its effect is not that of the call."""
        argv = spoken(words, self.variables)
        answers = []
        for tried, now in zip(before, (self.wanted, self.other), strict=True):
            answer, after = tried.command(argv)
            if after.panicked != now.panicked or not (now.panicked or after.is_as(now)):
                return None
            answers.append(answer)
        if answers[0].ok != result.ok:
            return None
        if isinstance(call, JailGet) and result.ok and not starts_with(answers[0], result.ret):
            return None
        return self.seen(call, answers[0]), self.seen(call, answers[1])

    def compare(self, answer: Answer, other: Answer) -> None:
        """Remember where the kernels first differ."""
        if self.plan.shown_at is None and answer != other:
            self.plan.shown_at = self.step
            self.plan.panics = self.other.panicked

    def probe(self) -> None:
        """If the kernels differ, but not in what they answered: look at the jails."""
        if self.plan.shown_at is not None or self.other.panicked:
            return
        for jid in sorted(self.wanted.kernel.prid.keys() | self.other.kernel.prid.keys()):
            call = JailGet(SHELL_PID, JAIL_DYING, (("jid", jid),))
            one, other = (tried.look(call) for tried in (self.wanted, self.other))
            words = jls_command(call, self.jids, ("jid", *self.shown(one, other)))
            if words is None or (one.ok and other.ok and not differing(one, other)):
                continue
            argv = spoken(words, self.variables)
            answers = [
                self.seen(call, tried.command(argv)[0]) for tried in (self.wanted, self.other)
            ]
            if answers[0] != answers[1]:
                self.compare(*answers)
                self.plan.actions.append(Run(self.step, words, answers[0]))

    def seen(self, call: JailCall, answer: Answer) -> Answer:
        """The part of a command's answer that is the same on every run."""
        if answer == PANIC:
            return answer
        text = "".join(map(str, answer.text))
        if answer.ok and isinstance(call, JailGet):
            jid, *rest = text.split(" ")
            return Answer(ok=True, text=(*self.jids.word(int(jid)), "".join(f" {r}" for r in rest)))
        if answer.ok or self.jids.occur_in(text) or not text.isprintable():
            return Answer(answer.ok)
        return answer

    def shown(self, result: Result, other: Result | None) -> tuple[str, ...]:
        """The parameters that are asked for: those that tell the kernels apart, else whether it
        is dying.
        """
        told = [name for name in differing(result, other) if name in JLS_SHOWS]
        if "name" in told and any(map(self.jids.occur_in, names_of(result, other))):
            told.remove("name")  # The kernel chose this jid.
        return tuple(told) or ("dying",)

    def note(
        self,
        call: JailCall,
        words: tuple[ShellWord, ...],
        answer: Answer,
        result: Result,
        *,
        chosen: bool,
        stays: bool,
    ) -> None:
        """Put a command into the plan; who has moved stays in the jail."""
        stores = self.jids.add(result.ret or 0).name if chosen else None
        if stores is not None:
            answer = Answer(ok=True)
        if stays:
            name = name_of(call.pid)
            self.release(name)
            self.kept[name] = name
            self.plan.actions.append(Keep(self.step, name, words, answer, stores))
        else:
            self.plan.actions.append(Run(self.step, words, answer, stores))

    @property
    def variables(self) -> dict[str, str]:
        """What the variables of the script stand for on our kernels."""
        return {ROOT.name: ""} | {var.name: str(jid) for jid, var in self.jids.chosen.items()}

    def make_folders(self, call: JailSet) -> None:
        """Plan the folder that is to be a jail's root, unless the program wants it missing."""
        for name, path in call.params:
            if name != "path" or not isinstance(path, str) or not path.strip("/"):
                continue
            inner = self.wanted.kernel.procs.get(call.pid)
            root = inner.cred.prison.root if inner else "/"
            full = namei(root, path)
            if full is Errno.ENOTDIR:
                raise InexpressibleError(f"there is a file in the way of the path {path!r}")
            if not isinstance(full, Errno):
                self.plan.folders[full] = None
                self.wanted.folders[full] = self.other.folders[full] = None


def starts_with(answer: Answer, jid: int | None) -> bool:
    """Whether jls(8) printed that jail, and its output can be compared."""
    text = "".join(map(str, answer.text))
    return text.isprintable() and text.split(" ")[0] == str(jid)


def names_of(*results: Result | None) -> list[str]:
    """The names of the jails that were found."""
    found = (result.values for result in results if result)
    return [str(values[NAME]) for values in found if values]


def moves(call: JailCall) -> bool:
    """Whether the caller is to be in another jail afterwards."""
    return isinstance(call, JailAttach) or (
        isinstance(call, JailSet) and bool(call.flags & JAIL_ATTACH)
    )


def is_chosen(call: JailSet, result: Result, before: TriedKernel) -> bool:
    """Whether a call has made a jail whose jid the kernel chose."""
    asked = dict(call.params).get("jid", 0)
    return result.ok and not asked and result.ret not in before.kernel.prid


def raw(call: JailCall, jids: Jids) -> tuple[ShellWord, ...]:
    """A call as jailcall takes it."""
    match call:
        case JailSet():
            return raw_set(call, jids)
        case JailGet():
            return raw_get(call, jids)
        case JailRemove():
            return (("remove",), jids.word(call.jid))
        case JailAttach():
            return (("attach",), jids.word(call.jid))
