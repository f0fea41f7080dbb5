"""Find the call that made a parameter wrong if that shows only later: in a jail_get, or at the end.

The model has a history of each parameter.  If a jail above got the wrong value after this one last
changed, that call reached too far.  If a refused call would have set that value, it was half done.
Otherwise the last change went wrong.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from jail_kernel import allow
from jail_kernel.call import JailSet, Result
from jail_kernel.jail_conf import jail_conf
from jail_kernel.jail_get import host_view
from jail_kernel.kernel import Kernel
from jail_kernel.reference import ancestry
from jail_kernel.state import Prison, was
from jaildiff.differ.steps.experiment import asked_for
from jaildiff.kernels.registry import Model
from jaildiff.kernels.snapshot import VALUES, values_json
from jaildiff.programs.commands.command import Op
from jaildiff.programs.commands.host_state import boot
from jaildiff.programs.program import Program
from jaildiff.recordings.as_kernel import value_of
from jaildiff.recordings.blame.diagnosis import Examined, examine

ELSEWHERE = frozenset({"jid", "name", "parent", "children.cur", "dying"})  # no parameters

RESTRICTED = {"ip4.restricted": "ip4_restrict", "ip6.restricted": "ip6_restrict"}  # not in a get
NOTHING = object()


@dataclass(frozen=True, slots=True)
class Wrong:
    """A parameter of a prison, known by its age, with a value that it should not have."""

    seq: int
    field: str
    value: object


def wrong_parameters(pr: Prison, values: Mapping[str, Any]) -> list[Wrong]:
    """The parameters that were recorded otherwise than the prison has them."""
    now = values_json(host_view(pr))
    found = [
        Wrong(pr.seq, key, value_of(name, values[name]))
        for name, (key, _) in VALUES.items()
        if name not in ELSEWHERE and name in values and values[name] != now[name]
    ]
    found += [
        Wrong(pr.seq, field, values[name])
        for name, field in RESTRICTED.items()
        if name in values and values[name] != getattr(pr, field)
    ]
    named = sum(bit for name, bit in allow.BIT.items() if values.get(name, now[name]))
    bits = pr.allow & ~allow.ALL | named
    return found if bits == pr.allow else [*found, Wrong(pr.seq, "allow", bits)]


def trace(model: Model, program: Program, end: int, wrong: Iterable[Wrong]) -> Examined | None:
    """The first call before `end` that can explain some of this, and what it explains."""
    origins: dict[int, list[Wrong]] = {}
    for one in wrong:
        origins.setdefault(origin(model, program, end, one), []).append(one)
    index = min(origins, default=-1)
    if index < 0:
        return None
    k = boot(program)
    for call in program.calls[:index]:
        model.step(k, call)
    call = program.calls[index]
    return examine(k, gone_wrong(model, call, origins[index]), model, call)


def origin(model: Model, program: Program, end: int, wrong: Wrong) -> int:
    """The call that made a parameter wrong; -1 if it was wrong from the start."""
    k = boot(program)
    own = other = below = -1
    forgotten = False  # the value is the one from before the last change
    for index, call in enumerate(program.calls[:end]):
        refused = model.step(k, call).errno is not None
        if isinstance(call, JailSet) and gives(k, call, wrong):
            if refused and means(k, call, wrong):
                other = index
            elif not refused:
                below = index
        for obj, before in k.before.items():
            if not isinstance(obj, Prison):
                continue
            value = getattr(obj, wrong.field)
            earlier = was(obj, before, wrong.field) if before else NOTHING
            if earlier == value:
                continue
            if obj.seq == wrong.seq:
                own, forgotten = index, earlier == wrong.value
            elif value == wrong.value and above(k, obj, wrong.seq):
                other = index
    reached = own if forgotten else max(own, other)
    return below if reached < 0 else reached  # Nobody changes this jail, as with prison0.


def gives(k: Kernel, call: JailSet, wrong: Wrong) -> bool:
    """Whether a call asks for the wrong value, for any jail."""
    if wrong.field == "allow":
        conf = jail_conf(call)
        pr = prison_of(k, wrong.seq)
        if isinstance(conf, Result) or pr is None:
            return False
        value = cast("int", wrong.value)
        return bool(conf.allow_on & value & ~pr.allow | conf.allow_off & ~value & pr.allow)
    return any(
        VALUES[name][0] == wrong.field and value == wrong.value
        for name, value in call.params
        if name in VALUES
    )


def means(k: Kernel, call: JailSet, wrong: Wrong) -> bool:
    """Whether a call asks for the jail that is wrong."""
    pr = prison_of(k, wrong.seq)
    if call.pid not in k.procs or pr is None:
        return False
    return pr.jid in asked_for(k, k.procs[call.pid].cred.prison, call)


def prison_of(k: Kernel, seq: int) -> Prison | None:
    """The prison of this age, if it is there."""
    return next((pr for pr in (k.prison0, *k.allprison) if pr.seq == seq), None)


def above(k: Kernel, ppr: Prison, seq: int) -> bool:
    """Whether a prison is above the one of this age."""
    pr = prison_of(k, seq)
    return pr is not None and ppr is not pr and ppr in ancestry(k, pr)


def gone_wrong(model: Model, call: Op, wrong: list[Wrong]) -> Model:
    """The model, except that this call leaves these wrong values behind."""

    def handler(k: Kernel, call: Op) -> Result:
        result = model.handlers[type(call)](k, call)
        prisons = {pr.seq: pr for pr in (k.prison0, *k.allprison)}
        for one in wrong:
            pr = prisons[one.seq]
            k.lock(pr)
            if one.field in ("ip4", "ip6"):
                addrs = one.value
                assert isinstance(addrs, tuple)
                k.set_addrs(pr, one.field, tuple(dict.fromkeys(addrs)) or None)  # once each
            else:
                setattr(pr, one.field, one.value)
            if pr.path.startswith("/"):
                pr.root = pr.path  # Otherwise a later write hid it.
        return result

    return replace(model, handlers={**model.handlers, type(call): handler})
