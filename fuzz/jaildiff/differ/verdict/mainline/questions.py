"""The questions that the rules of the kernel with descriptors ask about a root."""

from collections.abc import Callable
from functools import wraps

from jail_kernel.call import (
    JAIL_AT_DESC,
    JAIL_CREATE,
    JAIL_GET_DESC,
    JAIL_OWN_DESC,
    JAIL_UPDATE,
    JAIL_USE_DESC,
    Errno,
    JailAttachJd,
    JailGet,
    JailRemoveJd,
    JailSet,
)
from jaildiff.differ.steps.root_experiment import RootExperiment
from jaildiff.differ.verdict.predicates import changes

DESC_FLAGS = JAIL_USE_DESC | JAIL_AT_DESC | JAIL_GET_DESC | JAIL_OWN_DESC
NO_DESC = ("not a jail descriptor", "descriptor to dead jail")
TEXTS = ("meta", "env")
LATER = ("extattr", "adjtime", "settime", "routing", "setaudit", "unprivileged_parent_tampering")
LATER_NAMES = frozenset(f"allow.{no}{name}" for name in LATER for no in ("", "no"))
TWICE = ("still has", "dead prison", "address (nil)")
ENDLESS = "endless loop"
HALF_BUILT = "Found invalid prison"


def asked_once(question: Callable[[RootExperiment], bool]) -> Callable[[RootExperiment], bool]:
    """The same question, with its last answer kept: many rules ask it about one case in turn."""
    last: list[tuple[RootExperiment, bool]] = []

    @wraps(question)
    def answered(case: RootExperiment) -> bool:
        if not last or last[0][0] is not case:
            last[:] = [(case, question(case))]
        return last[0][1]

    return answered


def flags(case: RootExperiment) -> int:
    """The descriptor flags of a jail_set or jail_get."""
    call = case.call
    return call.flags & DESC_FLAGS if isinstance(call, JailSet | JailGet) else 0


def asked(case: RootExperiment) -> set[str]:
    """The names of parameters that the call sets or wishes for."""
    call = case.call
    if isinstance(call, JailSet):
        return {name for name, _ in call.params}
    return {name for name, _ in call.want} if isinstance(call, JailGet) else set()


def about_texts(case: RootExperiment) -> bool:
    """meta or env is set or read, as a whole or by a key."""
    return any(name.partition(".")[0] in TEXTS for name in asked(case))


def about_later_permissions(case: RootExperiment) -> bool:
    """A permission that came with this kernel is set or read."""
    return not LATER_NAMES.isdisjoint(asked(case))


def new_calls(case: RootExperiment) -> bool:
    """A system call that the old kernel does not have."""
    return isinstance(case.call, JailAttachJd | JailRemoveJd)


def by_descriptor(case: RootExperiment) -> bool:
    """A call with a flag of descriptors, or with desc alone."""
    return bool(flags(case)) or "desc" in asked(case) or "desc" in by(case)


def by(case: RootExperiment) -> set[str]:
    """The keys of a jail_get."""
    return {key for key, _ in case.call.by} if isinstance(case.call, JailGet) else set()


def new_panics(case: RootExperiment, *texts: str) -> bool:
    """The new kernel panics with one of these texts."""
    message = case.new.result.errmsg or ""
    return case.new.kind == "panic" and any(text in message for text in texts)


def bad_descriptor_at(case: RootExperiment) -> bool:
    """A call with JAIL_AT_DESC did not find its descriptor."""
    return bool(flags(case) & JAIL_AT_DESC) and case.new.result.errmsg in NO_DESC


def attached_by_descriptor(case: RootExperiment) -> bool:
    """jail_attach_jd succeeded."""
    return isinstance(case.call, JailAttachJd) and case.new.ok


def refused_but_done(case: RootExperiment) -> bool:
    """The new kernel refuses a jail_set, but has changed something."""
    refused = case.new.kind not in ("ok", "panic")
    return isinstance(case.call, JailSet) and refused and bool(changes(case.new_effects))


def half_built(case: RootExperiment) -> bool:
    """A refused create leaves a new jail behind."""
    appeared = case.new.after.keys() - case.before.keys()
    return refused_but_done(case) and case.flag(JAIL_CREATE) and bool(appeared)


def refused_read_removed(case: RootExperiment) -> bool:
    """A jail_get fails, and a jail is gone or dying."""
    refused = case.new.kind not in ("ok", "panic")
    gone = {"removed", "died"} & case.new_effects
    return isinstance(case.call, JailGet) and refused and bool(gone)


def outside(case: RootExperiment) -> bool:
    """An update by descriptor changed a jail that is not a child of the caller's."""
    using = flags(case) & JAIL_USE_DESC and case.flag(JAIL_UPDATE)
    ret = case.new.result.ret
    if not using or not case.new.ok or ret is None or ret not in case.before:
        return False
    return "updated" in case.new_effects and case.parent(ret) != case.me


def other_order(case: RootExperiment) -> bool:
    """The old kernel refuses for lack of privilege; the new one finds another fault first."""
    return (
        isinstance(case.call, JailSet)
        and case.old.kind == Errno.EPERM
        and case.new.kind in (Errno.EINVAL, Errno.ENOENT)
        and not changes(case.new_effects)
    )


def files_only(case: RootExperiment) -> bool:
    """Both answer alike, but differ in what happens to open files."""
    return case.old.result == case.new.result and case.leaves_traces
