"""One step of a recording as a kernel: a model's state, patched to what was recorded.

A recording of an unknown kernel has the answers and, if the recorder could look, the jail list,
processes and counters after each.  Everything else comes from whichever of the models' next states
is nearest.  So code that inspects a kernel can inspect a recording too.
"""

import socket
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from jail_kernel import allow
from jail_kernel.call import (
    Errno,
    JailGet,
    Poke,
    Result,
    kernel_bytes,
)
from jail_kernel.jail_conf import ADDR_SIZE
from jail_kernel.jail_get import VIEW_FIELDS, View, host_view
from jail_kernel.jail_get_params import wished_names
from jail_kernel.kernel import Kernel
from jail_kernel.reference import ALIVE, DYING
from jail_kernel.state import NAME_SIZE, KernelPanic, Prison, PrisonState, Proc, ProcState, Ucred
from jaildiff.differ.comparison import Comparison
from jaildiff.kernels.registry import Model
from jaildiff.kernels.snapshot import (
    ADDR_LISTS,
    VALUES,
    last_json,
    procs_json,
    result_json,
    states_json,
    values_json,
)
from jaildiff.programs.commands.command import Op
from jaildiff.recordings.follow import filled
from jaildiff.recordings.validate import NO_DEADID, Row, final_state

FIELDS = ("ref", "uref", "childcount", "childmax", "persist")  # the last five of a state


def recorded_model(row: Row, call: Op, reference: Comparison) -> Model:
    """A kernel that answers this call as was recorded, and is then in the recorded state."""

    def handler(k: Kernel, call: Op) -> Result:
        if "panic" in row:
            raise KernelPanic(row["panic"])
        answer = filled(row["result"], result_json(nearest(k, call, row, reference)))
        patch(k, row, getattr(call, "pid", 0))
        return result_of(k, call, answer)

    new = reference.new
    return replace(new, name="recorded", handlers={**new.handlers, type(call): handler})


def final_model(final: Sequence[Mapping[str, Any]], reference: Comparison) -> Model:
    """The new model, but a poke sets the jails to the state in the last parameters."""

    def poke(k: Kernel, _call: Poke) -> Result:
        states = [final_state(values) for values in final]
        k.lock(k.prison0)
        for state in states:
            if state[0] == 0:
                k.prison0.ref, k.prison0.uref, k.prison0.childcount = state[4:7]
        patch_jails(k, [state for state in states if state[0] != 0])
        return Result(None, 0)

    new = reference.new
    return replace(new, name="recorded", handlers={**new.handlers, Poke: poke})


def nearest(k: Kernel, call: Op, row: Row, reference: Comparison) -> Result:
    """Put `k` into the state that is most like the recorded one: the next state of the new model,
    that of the old model, or the state as it was.  Ties go in this order.  Returns the old model's
    answer if its state was taken, else the new model's.
    """
    refused = row["result"]["errno"] is not None
    distances, results = [], []
    models = (reference.new, reference.old)
    for model in models:
        result = model.step(k, call)
        results.append(result)
        answer = result_json(result)
        answered = distance(k, model, row) + (answer != filled(row["result"], answer))
        distances.append(answered + ((result.errno is not None) != refused))
        k.rollback()
    distances.append(distance(k, reference.new, row) + (not refused))
    best = distances.index(min(distances))
    if best < 2:
        models[best].step(k, call)
    return results[best % 2]


def distance(k: Kernel, model: Model, row: Row) -> int:
    """How many jails, processes and counters are not as recorded."""
    found = 0
    if "states" in row:
        ours, theirs = states_json(k), row["states"]
        found += sum(state not in theirs for state in ours)
        found += sum(state not in ours for state in theirs)
    if "procs" in row:
        ours_at, theirs_at = procs_json(k), row["procs"]
        found += sum(
            ours_at.get(pid) != theirs_at.get(pid) for pid in ours_at.keys() | theirs_at.keys()
        )
    if "last" in row:
        has_deadid = row["last"][1] != NO_DEADID
        found += row["last"] != last_json(replace(model, has_deadid=has_deadid), k)
    return found


def patch(k: Kernel, row: Row, caller: int) -> None:
    """Set the jails, processes and counters of `k` to what was recorded; can be rolled back."""
    if "states" in row:
        patch_jails(k, row["states"])
    if "procs" in row:
        patch_processes(k, row["procs"], caller)
    if "states" in row:
        account_for_host(k)
    if "last" in row:
        k.lastprid, lastdeadid = row["last"]
        if lastdeadid != NO_DEADID:
            k.lastdeadid = lastdeadid


def patch_jails(k: Kernel, states: Sequence[Sequence[Any]]) -> None:
    """Set the jail list; a jid that is in it twice is taken once."""
    rows = {state[0]: state for state in states}
    for jid, state in rows.items():
        if jid not in k.prid:
            moved = renumbered(k, rows, state)
            if moved is not None:
                k.renumber(moved, jid)
    for pr in [pr for pr in k.allprison if pr.jid not in rows]:
        k.lock(pr)
        k.unlink(pr)
    for jid, state in rows.items():
        parent = k.prid.get(state[2], k.prison0)
        if jid in k.prid and k.prid[jid].parent is not parent:
            k.lock(k.prid[jid])
            k.unlink(k.prid[jid])
        if jid not in k.prid:
            k.new_prison(jid, parent)
        patch_jail(k, k.prid[jid], state)


def account_for_host(k: Kernel) -> None:
    """Set the counts of prison0, which no recorded state shows, to its number of holders."""
    pr = k.prison0
    k.lock(pr)
    creds = {p.cred for p in k.procs.values()} | set(k.resources.values())
    pr.ref = 1 + len(pr.children) + sum(cred.prison is pr for cred in creds)
    pr.uref = 1 + len(pr.children) + len(pr.procs)
    pr.childcount = len(k.allprison)


def renumbered(k: Kernel, rows: Mapping[int, Sequence[Any]], state: Sequence[Any]) -> Prison | None:
    """The jail that was given the jid of this state.  It has the same name, and its own jid is gone
    from the list, or, if it is dying, belongs to another jail.
    """
    for pr in k.allprison:
        left = pr.jid not in rows or (
            state[3] == DYING and pr.state is DYING and rows[pr.jid][3] == ALIVE
        )
        if left and pr.name == kernel_bytes(state[1]):
            return pr
    return None


def patch_jail(k: Kernel, pr: Prison, state: Sequence[Any]) -> None:
    """One jail."""
    k.lock(pr)
    name = kernel_bytes(state[1])
    if name != pr.name:
        k.set_name(pr, name.ljust(NAME_SIZE, "\0") + pr.path)
    pr.state = PrisonState(state[3])
    for field, value in zip(FIELDS, state[4:], strict=True):
        setattr(pr, field, value)


def patch_processes(k: Kernel, procs: Mapping[str, Sequence[Any]], caller: int) -> None:
    """Put processes in their jails; a new one shares the caller's credential, as after fork."""
    for pid in [pid for pid in k.procs if str(pid) not in procs]:
        let_go(k, k.procs[pid].cred)
        k.del_proc(k.procs[pid])
    for text, (jid, state) in procs.items():
        pr = k.prid.get(jid, k.prison0)
        p = k.procs.get(int(text))
        if p is None:
            cred = k.procs[caller].cred if caller in k.procs else Ucred(pr)
            if cred.prison is pr:
                k.lock(cred)
                cred.ref += 1
            else:
                cred = Ucred(pr)
            k.add_proc(Proc(int(text), cred, ProcState(state)))
            continue
        if p.cred.prison is not pr:
            let_go(k, p.cred)
            k.set_cred(p, Ucred(pr))
        if p.state != state:
            k.lock(p)
            p.state = ProcState(state)


def let_go(k: Kernel, cred: Ucred) -> None:
    """Take one holder from a credential, whatever that does to its prison."""
    k.lock(cred)
    cred.ref -= 1


def result_of(k: Kernel, call: Op, answer: Mapping[str, Any]) -> Result:
    """A recorded answer; the state supplies what it does not say of a jail."""
    values: View | None = None
    wanted: tuple[tuple[str, object], ...] | None = None
    read = answer.get("values")
    if read is not None and (not isinstance(call, JailGet) or call.plain):
        values = view_of(read, k.prid.get(answer["ret"], k.prison0))
    if read is not None and isinstance(call, JailGet) and (call.want or not call.plain):
        wanted = tuple((name, wanted_of(name, read.get(name))) for name in wished_names(call))
    errno = cast("Errno | None", answer["errno"])  # Perhaps of an unknown kernel.
    return Result(errno, answer["ret"], answer["errmsg"], values, wanted)


def wanted_of(name: str, value: Any) -> object:
    """The value that came back for a wish, in the kernel's form."""
    if name in ADDR_LISTS:
        return value * ADDR_SIZE[name[:3]] if type(value) is int else value_of(name, value or ())
    return kernel_bytes(value) if isinstance(value, str) else value


def view_of(values: Mapping[str, Any], pr: Prison) -> View:
    """Recorded parameters as a jail_get answers them."""
    field: dict[str, object] = dict(zip(VIEW_FIELDS, host_view(pr), strict=True))
    now = values_json(host_view(pr))
    for name, (key, _) in VALUES.items():
        if name in values and values[name] != now[name]:
            field[key] = value_of(name, values[name])
    named = sum(bit for name, bit in allow.BIT.items() if values.get(name, now[name]))
    bits = pr.allow & ~allow.ALL | named
    return tuple((field | {"allow": bits})[name] for name in VIEW_FIELDS)


def value_of(name: str, value: Any) -> object:
    """One parameter, from a prison's fields."""
    if name == "dying":
        return DYING if value else ALIVE
    if name in ("host", "vnet"):
        return value == "new"
    if name in ("ip4", "ip6"):
        return value == "disable"
    if name in ("ip4.addr", "ip6.addr"):
        family = socket.AF_INET if name == "ip4.addr" else socket.AF_INET6
        return tuple(socket.inet_pton(family, addr) for addr in value)
    return kernel_bytes(value) if isinstance(value, str) else value
