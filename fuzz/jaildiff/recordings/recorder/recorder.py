"""Perform programs with real calls, and note the answer to each op."""

from __future__ import annotations

import errno
import os
import select
import signal
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from jaildiff.recordings.recorder.actor import Actor, receive, serve
from jaildiff.recordings.recorder.jids import JAIL_MAX, Jids
from jaildiff.recordings.recorder.ops import FLAG_BITS, bits, is_a, is_well_formed
from jaildiff.recordings.recorder.packing import LATER, READABLE, buffer_for, pack, unpack
from jaildiff.recordings.recorder.system import NEW_DESCRIPTOR, Answered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jaildiff.recordings.recorder.system import System

JAIL_DYING = 8
WHERE = FLAG_BITS["use_desc"] | FLAG_BITS["at_desc"]  # a descriptor says where a jail is found
ERRMSG_SIZE = 1024
NO_MORE = "no jail after "  # how the kernel says that a walk has ended
FLOOR = 1000  # automatic jids are raised above those that programs usually name
MODELLED = {"osreldate": 1400097, "osrelease": "14.0-RELEASE"}  # of the models' machine
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # what ends a recording early
PATIENCE = 10.0  # seconds to wait for what was made to go away
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
        self.readable = READABLE
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
            self.usual = {name: unpack(name, self.peek(made.ret, name) or b"") for name in MODELLED}
            self.readable = (*READABLE, *self.later(made.ret))
        self.system.remove(made.ret)
        return made.ret

    def peek(self, jid: int, name: str) -> bytes | None:
        """A parameter of a jail; None if the kernel does not know it."""
        wishes = [pack("jid", jid), (name.encode(), buffer_for(name))]
        read = self.system.jail("jail_get", wishes, 0)
        return None if read.errno else read.buffers[1]

    def later(self, jid: int) -> Iterator[str]:
        """The later permissions that can be read, if the kernel has descriptors of jails."""
        asked = self.system.jail("jail_get", [pack("desc", -1)], FLAG_BITS["use_desc"])
        if asked.errno == errno.EBADF:
            yield from (name for name in LATER if self.peek(jid, name) is not None)

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
        # Signals stay blocked in it and its children, because we end them.
        usual = signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
        if self.system.fork() == 0:
            serve(self.system, theirs)
        signal.pthread_sigmask(signal.SIG_SETMASK, usual)
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
        if not done.errno and bits(op["flags"]) & NEW_DESCRIPTOR:
            told["fd"] = unpack("desc", done.buffers[list(params).index("desc")])
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
        if flags & FLAG_BITS["use_desc"] and "desc" in by:
            # Only the descriptor counts; the kernel would write the name into this buffer, which is
            # too small.
            by = {name: value for name, value in by.items() if name != "name"}
        keys = [pack(name, self.outward(name, value)) for name, value in by.items()]
        names = [name for name in self.readable if name not in (*by, "name")]
        wishes = [(name.encode(), buffer_for(name)) for name in names]
        passed = [*keys, *wishes, (b"errmsg", bytes(ERRMSG_SIZE))]
        told = self.told(done := actor.jail("jail_get", passed, flags))
        if not done.errno:
            read = done.buffers[len(keys) : -1]
            values = {names[at]: unpack(names[at], data) for at, data in enumerate(read)}
            told["values"] = {name: self.inward(name, value) for name, value in values.items()}
            told["values"]["jid"] = told["ret"]
            if "desc" in by:
                told["values"]["desc"] = unpack("desc", done.buffers[list(by).index("desc")])
            named = self.name_of(done.ret, by, flags, actor)
            if named.errno:
                return self.told(named)
            told["values"]["name"] = self.jids.text_to_program(unpack("name", named.buffers[-2]))
        elif str(told["errmsg"]).startswith(NO_MORE):
            told["errmsg"] = f"{NO_MORE}{by['lastjid']}"
        return told

    def name_of(self, jid: int, by: dict[str, Any], flags: int, actor: Actor) -> Answered:
        """jail_get(2) of the name alone, from where the jail was found."""
        where = flags & WHERE if "desc" in by else 0
        keys = [pack("desc", by["desc"])] if where else []
        keys += [] if where & FLAG_BITS["use_desc"] else [pack("jid", jid)]
        passed = [*keys, (b"name", buffer_for("name")), (b"errmsg", bytes(ERRMSG_SIZE))]
        return actor.jail("jail_get", passed, JAIL_DYING | where)

    def next_jail(self, op: dict[str, Any], actor: Actor) -> dict[str, Any]:
        """jail_get(2) with lastjid, if the machine has the jails in another order.  Asks for them
        one by one, in the program's order.
        """
        flags = bits(op["flags"])
        for jid in sorted(self.jids.used()):
            if jid > op["by"]["lastjid"]:
                by = {
                    ("jid" if name == "lastjid" else name): value
                    for name, value in op["by"].items()
                }
                told = self.read({**by, "jid": jid}, flags, actor)
                if told["errno"] is None:
                    return told
        told = self.read({**op["by"], "lastjid": JAIL_MAX}, flags, actor)
        return {**told, "errmsg": f"{NO_MORE}{op['by']['lastjid']}"}

    def jail_attach(self, op: dict[str, Any], actor: Actor) -> dict[str, Any]:
        """jail_attach(2)."""
        return self.told(actor.call("attach", self.jids.to_machine(op["jid"])))

    def jail_remove(self, op: dict[str, Any], actor: Actor) -> dict[str, Any]:
        """jail_remove(2)."""
        return self.removed(actor.call("remove", self.jids.to_machine(op["jid"])))

    def jail_attach_jd(self, op: dict[str, Any], actor: Actor) -> dict[str, Any]:
        """jail_attach_jd(2)."""
        return self.told(actor.call("attach_jd", op["fd"]))

    def jail_remove_jd(self, op: dict[str, Any], actor: Actor) -> dict[str, Any]:
        """jail_remove_jd(2)."""
        return self.removed(perhaps_its_last(actor, "remove_jd", op["fd"]))

    def close(self, op: dict[str, Any], actor: Actor) -> dict[str, Any]:
        """close(2): the last one of an owning descriptor removes the jail."""
        return self.removed(perhaps_its_last(actor, "close", op["fd"]))

    def removed(self, done: Answered) -> dict[str, Any]:
        """The answer of a call that may have removed a jail.  Every process is asked whether it has
        survived.
        """
        if not done.errno:
            self.ask_who_survived()
            self.see()
        return self.told(done)

    def ask_who_survived(self) -> None:
        """A process that does not answer was killed."""
        for actor in self.actors.values():
            if not actor.killed:
                try:
                    actor.ask("ping")
                except EOFError:
                    actor.killed = True

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
        self.ask_who_survived()  # Its last descriptors may have owned jails.
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
                parent.killed = True
            else:
                return
        self.reap_orphan(actor.pid)

    def reap_orphan(self, pid: int) -> None:
        """Wait for a process whose parent has ended or is about to, and may have waited for it."""
        while True:
            try:
                self.system.reap(pid)
            except ChildProcessError:
                if not is_there(pid):
                    return
                time.sleep(POLL)
            else:
                return

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
        """Remove all jails, end all processes, release all holders.  Existing recordings ended in
        this order, and it is known to do no harm.
        """
        remove_alive(self.system, self.jids.to_program)
        for actor in self.actors.values():
            kill(actor.pid)
        for actor in reversed(list(self.actors.values())):
            actor.link.close()
        for actor in self.actors.values():
            self.reap_orphan(actor.pid)
        for res, held in self.held.items():
            self.system.release(res, held)
        self.actors.clear()
        self.held.clear()
        remove_all(self.system)


def perhaps_its_last(actor: Actor, name: str, fd: int) -> Answered:
    """Make a call that may remove the caller's own jail: it is then killed before it answers."""
    try:
        return actor.call(name, fd)
    except EOFError:
        actor.killed = True
        return Answered(0, 0)


def is_alone(guard: int) -> bool:
    """Whether the process that cleans up after us has gone; a pipe tells."""
    return bool(select.select([guard], [], [], 0)[0])


def is_there(pid: int) -> bool:
    """Whether a process exists, even if it only waits to be reaped."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def kill(pid: int, number: int = signal.SIGKILL) -> None:
    """kill(2), of a process that may be gone."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def remove_alive(system: System, order: Callable[[int], int] = int) -> None:
    """Remove the live jails in this order of jids; some may stay dying."""
    tried: set[int] = set()
    while True:
        alive = {jid for jid, _, dying in listed(system) if not dying} - tried
        if not alive:
            return
        first = min(alive, key=order)
        tried.add(first)
        system.remove(first)


def remove_all(system: System) -> None:
    """Remove all jails: on this machine all are ours.

    Raises RefusedError that names what stays.
    """
    end = time.monotonic() + PATIENCE
    while True:
        left = list(listed(system))
        if not left:
            return
        remove_alive(system)
        if time.monotonic() > end:
            names = ", ".join(f"{jid} ({name})" for jid, name, _ in left)
            raise RefusedError("these jails cannot be removed: " + names)
        time.sleep(POLL)
