"""Perform programs with real calls, and note the answer to each op."""

from __future__ import annotations

import errno
import os
import re
import select
import signal
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from fuzz.recordings.recorder.actor import Actor, receive, send, serve
from fuzz.recordings.recorder.jids import JAIL_MAX, Jids
from fuzz.recordings.recorder.packing import READABLE, buffer_for, pack, unpack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fuzz.recordings.recorder.system import Answered, System

FLAG_BITS = {
    "create": 0x01,
    "update": 0x02,
    "attach": 0x04,
    "dying": 0x08,
    "use_desc": 0x10,
    "at_desc": 0x20,
    "get_desc": 0x40,
    "own_desc": 0x80,
}
JAIL_DYING = 8
ERRMSG_SIZE = 1024
NO_MORE = "no jail after "  # how the kernel says that a walk has ended
OP_FIELDS: dict[str, dict[str, Any]] = {  # of each op, with the types of their values
    "jail_set": {"pid": int, "flags": (int, list), "params": dict},
    "jail_get": {"pid": int, "flags": (int, list), "by": dict},
    "jail_attach": {"pid": int, "jid": int},
    "jail_remove": {"pid": int, "jid": int},
    "fork": {"pid": int, "child": int},
    "exit": {"pid": int},
    "hold": {"pid": int, "res": str},
    "drop": {"res": str},
}
KEYS = {"jid": int, "lastjid": int, "name": str}
NOT_DONE = ("fork_begin", "fork_end", "poke", "jail_attach_jd", "jail_remove_jd", "close")
FLOOR = 1000  # automatic jids are raised above those that programs usually name
ROOM = 10_000  # and no program names one so far above the last of them
MODELLED = {"osreldate": 1400097, "osrelease": "14.0-RELEASE"}  # as in the models
PATIENCE = 10.0  # seconds for what was made to go away
POLL = 0.01


class RefusedError(Exception):
    """The recorder cannot use a machine or a program; the text says why."""


class KillerGoneError(Exception):
    """The process that would clean up after us has gone, so we must do it."""


def errno_name(number: int) -> str:
    """The name of an errno."""
    return errno.errorcode.get(number, f"E{number}")


def answer(ret: int | None, name: str | None = None, errmsg: str | None = None) -> dict[str, Any]:
    """An answer as recordings have it."""
    return {"errno": name, "ret": None if name else ret, "errmsg": errmsg if name else None}


def is_well_formed(op: Any) -> bool:
    """Whether an op has the fields that it should have."""
    fields = OP_FIELDS.get(str(op.get("op"))) if isinstance(op, dict) else None
    if fields is None or set(op) != {"op", *fields}:
        return False
    if not all(is_a(op[name], kind) for name, kind in fields.items()):
        return False
    flags = op.get("flags", [])
    if isinstance(flags, list) and not all(is_a(f, int) or f in FLAG_BITS for f in flags):
        return False
    if any(not is_a(value, KEYS.get(key, ())) for key, value in op.get("by", {}).items()):
        return False
    return all(is_value(value) for value in op.get("params", {}).values())


def is_a(value: Any, kind: Any) -> bool:
    """Whether a value is of a type, where a boolean is no number."""
    return isinstance(value, kind) and not isinstance(value, bool)


def is_value(value: Any) -> bool:
    """Whether this can be the value of a parameter."""
    if isinstance(value, list):
        return all(isinstance(item, str) for item in value)
    return value is None or isinstance(value, (bool, int, str))


def bits(flags: Any) -> int:
    """The flags of a call as a number."""
    found = 0
    for flag in flags if isinstance(flags, list) else [flags]:
        found |= FLAG_BITS.get(flag, 0) if isinstance(flag, str) else flag
    return found & 0xFFFFFFFF


def why_not(program: dict[str, Any], last: int) -> str | None:
    """The reason why a program cannot be performed on this machine; None if it can."""
    if program.get("jail_max", JAIL_MAX) != JAIL_MAX:
        return "it is for a kernel with another JAIL_MAX"
    for op in program["ops"]:
        kind = op.get("op") if isinstance(op, dict) else None
        if kind in NOT_DONE:
            return f"no system call does what {kind} does"
        if kind == "command":
            return "it has commands"
        if kind == "jail_get" and set(op) & {"want", "only"}:
            return "it has wish lists"
        params = op.get("params", {}) if is_well_formed(op) else {}
        if any(int(digits) > JAIL_MAX for digits in re.findall("[0-9]+", str(params.get("name")))):
            return f"its name {params['name']} is a jid only after an overflow"
        jid = params.get("jid")
        if isinstance(jid, int) and last < jid <= last + ROOM:
            return f"its jid {jid} is where the machine's automatic jids are now"
    return None


def listed(system: System) -> Iterator[tuple[int, str, bool]]:
    """All jails: jid, name, whether it is dying."""
    last = 0
    while True:
        pairs = [
            pack("lastjid", last),
            *((n.encode(), buffer_for(n)) for n in ("name", "dying")),
        ]
        found = system.jail("jail_get", pairs, JAIL_DYING)
        if found.errno:
            return
        last = found.ret
        _, name, dying = found.buffers
        yield last, unpack("name", name), unpack("dying", dying)


class Recorder:
    """Performs programs; `guard` turns readable when nobody is left to clean up after us."""

    def __init__(self, system: System, guard: int) -> None:
        self.system = system
        self.guard = guard
        self.actors: dict[int, Actor] = {}
        self.held: dict[str, int] = {}
        self.usual: dict[str, Any] = {}  # what a jail has from this machine
        self.jids = Jids(self.first_automatic())

    # THE MACHINE

    def first_automatic(self) -> int:
        """Raise the kernel's automatic jid above those that programs name; returns it."""
        while True:
            made = self.probe()
            if is_alone(self.guard):
                raise KillerGoneError
            if made >= FLOOR:
                return made

    def probe(self) -> int:
        """The current automatic jid of the kernel, tried with a jail that is removed at once."""
        made = self.system.jail("jail_set", [pack("persist", True)], FLAG_BITS["create"])
        if made.errno:
            raise RefusedError("a jail cannot be made here: " + os.strerror(made.errno))
        if not self.usual:
            wishes = [(name.encode(), buffer_for(name)) for name in MODELLED]
            read = self.system.jail("jail_get", [pack("jid", made.ret), *wishes], 0).buffers[1:]
            self.usual = {name: unpack(name, data) for name, data in zip(MODELLED, read)}  # noqa: B905  # Python 3.9
        self.system.remove(made.ret)
        return made.ret

    # A PROGRAM

    def record(self, program: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The answers to a program, one by one.  What it made is removed afterwards."""
        self.jids = Jids(self.first_automatic())
        try:
            self.actors[1] = self.first_actor()
            for op in program["ops"]:
                if is_alone(self.guard):
                    raise KillerGoneError
                yield self.perform(op)
        finally:
            self.clean_up()

    def first_actor(self) -> Actor:
        """Process 1 of a program: root on the host."""
        ours, theirs = socket.socketpair()
        pid = self.system.fork()
        if pid == 0:
            ours.close()
            send(theirs, os.getpid())
            serve(self.system, theirs)
        theirs.close()
        return Actor(ours, receive(ours), 0)

    def perform(self, op: Any) -> dict[str, Any]:
        """Perform one op; its answer."""
        if not is_well_formed(op):
            return answer(None, "EBADOP")
        kind = op["op"]
        if kind == "drop":
            return self.drop(op["res"])
        actor = self.actors.get(op["pid"])
        if actor is None:
            return answer(None, "ESRCH")
        if kind == "exit":
            return self.exit(op["pid"], actor)
        if actor.killed:
            return answer(None, "EKILLED")
        done: dict[str, Any] = getattr(self, kind)(op, actor)
        return done

    def jail_set(self, op: dict[str, Any], actor: Actor) -> dict[str, Any]:
        """jail_set(2)."""
        params = {name: self.outward(name, value) for name, value in op["params"].items()}
        takes_any = params.get("jid", 0) == 0
        if takes_any and isinstance(params.get("name"), str):
            params["name"] = self.jids.name_to_machine(op["params"]["name"], foretells=True)
        pairs = [pack(name, value) for name, value in params.items()]
        done = actor.jail("jail_set", [*pairs, (b"errmsg", bytes(ERRMSG_SIZE))], bits(op["flags"]))
        now = [jid for jid, _, _ in listed(self.system)]
        made = done.ret if not done.errno and done.ret not in self.jids.present else None
        again = not done.errno and bits(op["flags"]) & 3 == 1  # a pure create makes a new one
        if made is not None or again:
            self.jids.observe(now, done.ret, self.asked(op["params"], params, done.ret))
        else:
            self.jids.observe(now, None, None)
        told = self.told(done)
        if done.errno and takes_any and bits(op["flags"]) & FLAG_BITS["create"]:
            self.jids.advance(self.probe())  # The failed create may have used up a jid.
        return told

    def asked(self, params: dict[str, Any], passed: dict[str, Any], made: int) -> int | None:
        """The jid that a create asked for, in the program's numbers; None if it takes any."""
        if is_a(params.get("jid"), int) and params["jid"] != 0:
            return int(params["jid"])
        last = str(passed.get("name", "")).rpartition(".")[2]
        if last == str(made):
            return int(str(params["name"]).rpartition(".")[2])
        return None

    def jail_get(self, op: dict[str, Any], actor: Actor) -> dict[str, Any]:
        """jail_get(2) of everything that can be read."""
        if is_a(op["by"].get("lastjid"), int) and not self.jids.in_order():
            return self.next_jail(op, actor)
        return self.read(op["by"], bits(op["flags"]), actor)

    def read(self, by: dict[str, Any], flags: int, actor: Actor) -> dict[str, Any]:
        """Everything that can be read of a jail.

        The name needs a call of its own: its empty buffer would be taken for the key of a search.
        """
        keys = [pack(name, self.outward(name, value)) for name, value in by.items()]
        names = [name for name in READABLE if name not in (*by, "name")]
        wishes = [(name.encode(), buffer_for(name)) for name in names]
        passed = [*keys, *wishes, (b"errmsg", bytes(ERRMSG_SIZE))]
        told = self.told(done := actor.jail("jail_get", passed, flags))
        if not done.errno:
            read = done.buffers[len(keys) : -1]
            values = {names[at]: unpack(names[at], data) for at, data in enumerate(read)}
            told["values"] = {name: self.inward(name, value) for name, value in values.items()}
            told["values"]["jid"] = told["ret"]
            pairs = [pack("jid", done.ret), (b"name", buffer_for("name"))]
            named = actor.jail("jail_get", [*pairs, (b"errmsg", bytes(ERRMSG_SIZE))], JAIL_DYING)
            if named.errno:
                return self.told(named)
            name = unpack("name", named.buffers[1])
            told["values"]["name"] = self.jids.text_to_program(name)
        elif str(told["errmsg"]).startswith(NO_MORE):
            told["errmsg"] = f"{NO_MORE}{by['lastjid']}"
        return told

    def next_jail(self, op: dict[str, Any], actor: Actor) -> dict[str, Any]:
        """jail_get(2) with lastjid, if the machine has the jails in another order.  Asks for them
        one by one, in the program's order.
        """
        for jid in sorted(self.jids.used()):
            if jid > op["by"]["lastjid"]:
                told = self.read({"jid": jid}, bits(op["flags"]), actor)
                if told["errno"] is None:
                    return told
        told = self.read({"lastjid": JAIL_MAX}, 0, actor)
        return {**told, "errmsg": f"{NO_MORE}{op['by']['lastjid']}"}

    def jail_attach(self, op: dict[str, Any], actor: Actor) -> dict[str, Any]:
        """jail_attach(2)."""
        return self.told(actor.call("attach", self.jids.to_machine(op["jid"])))

    def jail_remove(self, op: dict[str, Any], actor: Actor) -> dict[str, Any]:
        """jail_remove(2); then each process is asked whether it has survived."""
        done = actor.call("remove", self.jids.to_machine(op["jid"]))
        if not done.errno:
            for other in self.actors.values():
                if not other.killed:
                    try:
                        other.ask("ping")
                    except EOFError:
                        other.killed = True
            self.see()
        return self.told(done)

    def fork(self, op: dict[str, Any], actor: Actor) -> dict[str, Any]:
        """fork(2)."""
        if op["child"] in self.actors:
            return answer(None, "EEXIST")
        self.actors[op["child"]] = actor.fork(op["pid"])
        return answer(op["child"])

    def exit(self, pid: int, actor: Actor) -> dict[str, Any]:
        """_exit(2), or the end of a process that was killed."""
        if not actor.killed:
            with suppress(EOFError):
                actor.ask("exit")
        self.reap(actor)
        del self.actors[pid]
        self.see()
        return answer(0)

    def reap(self, actor: Actor) -> None:
        """Reap a process that has ended: its parent does that, or we do."""
        actor.link.close()
        parent = self.actors.get(actor.parent)
        if parent is not None and parent is not actor and not parent.killed:
            try:
                parent.ask("reap", actor.pid)
            except EOFError:
                pass
            else:
                return
        self.system.reap(actor.pid)

    def hold(self, op: dict[str, Any], actor: Actor) -> dict[str, Any]:
        """Let something keep the credential of a process."""
        if op["res"] in self.held:
            return answer(None, "EEXIST")
        self.held[op["res"]] = actor.hold(op["res"])
        return answer(0)

    def drop(self, res: str) -> dict[str, Any]:
        """Let go of a credential."""
        if res not in self.held:
            return answer(None, "ENOENT")
        self.system.release(res, self.held.pop(res))
        self.see()
        return answer(0)

    # NUMBERS

    def see(self) -> None:
        """Look which jails there are."""
        self.jids.observe((jid for jid, _, _ in listed(self.system)), None, None)

    def outward(self, name: str, value: Any) -> Any:
        """A value with the machine's jids in it."""
        if name == "lastjid" and is_a(value, int):
            return self.jids.last_to_machine(value)
        if name == "jid" and is_a(value, int):
            return self.jids.to_machine(value)
        return (
            self.jids.name_to_machine(value) if name == "name" and isinstance(value, str) else value
        )

    def inward(self, name: str, value: Any) -> Any:
        """A value with the program's jids in it."""
        if name in ("jid", "parent"):
            return self.jids.to_program(value)
        if name in MODELLED and value == self.usual[name]:
            return MODELLED[name]
        return self.jids.text_to_program(value) if name == "name" else value

    def told(self, done: Answered) -> dict[str, Any]:
        """What a call answered, in the program's numbers."""
        if not done.errno:
            return answer(self.jids.to_program(done.ret))
        text = done.buffers[-1].partition(b"\0")[0] if done.buffers else b""
        errmsg = self.jids.text_to_program(text.decode("utf-8", "surrogateescape"))
        return answer(None, errno_name(done.errno), errmsg or None)

    # CLEANING UP

    def clean_up(self) -> None:
        """End all processes, let go of all that is held, remove all jails."""
        for actor in self.actors.values():
            kill(actor.pid)
        for actor in reversed(list(self.actors.values())):
            actor.link.close()
        for res, held in self.held.items():
            self.system.release(res, held)
        for actor in self.actors.values():
            try:
                self.system.reap(actor.pid)
            except ChildProcessError:
                continue  # Its parent, a process of the program, reaped it and is gone too.
        self.actors.clear()
        self.held.clear()
        remove_all(self.system)


def is_alone(guard: int) -> bool:
    """Whether the process that cleans up after us has gone; a pipe tells."""
    return bool(select.select([guard], [], [], 0)[0])


def kill(pid: int) -> None:
    """kill(2) of a process that may be gone already."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def remove_all(system: System) -> None:
    """Remove all jails: on this machine all are ours.

    Raises RefusedError that names what stays.
    """
    end = time.monotonic() + PATIENCE
    while True:
        left = list(listed(system))
        if not left:
            return
        for jid, _, dying in left:
            if not dying:
                system.remove(jid)
        if time.monotonic() > end:
            names = ", ".join(f"{jid} ({name})" for jid, name, _ in left)
            raise RefusedError("these jails cannot be removed: " + names)
        time.sleep(POLL)
