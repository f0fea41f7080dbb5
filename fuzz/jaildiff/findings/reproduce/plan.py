"""What a reproducer does: commands in order, processes to keep, and what each must answer."""

from dataclasses import dataclass, field, replace

from jaildiff.findings.reproduce.forms.shell_words import ShellWord, Var

ROOT = Var("root")  # the folder below which the paths of jails are made


class InexpressibleError(Exception):
    """What a script cannot do; str() says which step and why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command must answer.

    On success it prints `text`; on failure its message contains it.  Without a text only success or
    failure counts.
    """

    ok: bool
    text: ShellWord = ()


@dataclass(frozen=True, slots=True)
class Run:
    """A command, and what it must answer; `stores` is the variable that keeps what it prints."""

    step: int
    words: tuple[ShellWord, ...]
    answer: Answer
    stores: str | None = None


@dataclass(frozen=True, slots=True)
class Keep:
    """A command that stays until it is released."""

    step: int
    name: str
    words: tuple[ShellWord, ...]
    answer: Answer
    stores: str | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """The end of a command that stays."""

    step: int
    name: str


Action = Run | Keep | Release


@dataclass(slots=True)
class Plan:
    """A whole reproducer; `shown_at` is the step at which the other kernel answers otherwise."""

    actions: list[Action] = field(default_factory=list)
    folders: dict[str, None] = field(default_factory=dict)  # that must exist, below ROOT
    shown_at: int | None = None
    panics: bool = False  # the other kernel, at that step
    # The variables of jids that the kernel counts down for dying jails, by what they are at first.
    dead: dict[int, str] = field(default_factory=dict)

    def forget_unused(self) -> None:
        """Store nothing that no command asks for."""
        used = {
            part.name
            for action in self.actions
            if not isinstance(action, Release)
            for word in (*action.words, action.answer.text)
            for part in word
            if isinstance(part, Var)
        }
        self.dead = {jid: name for jid, name in self.dead.items() if name in used}
        self.actions = [
            replace(action, stores=None)
            if not isinstance(action, Release) and action.stores not in used
            else action
            for action in self.actions
        ]

    @property
    def needs_jailcall(self) -> bool:
        """Whether a call is made that jail(8) does not make."""
        return bool(self.dead) or any(
            action.words[0] == ("jailcall",)
            for action in self.actions
            if not isinstance(action, Release)
        )
