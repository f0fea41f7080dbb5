"""What the tests of the userland share: a machine that is driven in one line per command."""

import shlex
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from jail_userland.conf.config import load_config
from jail_userland.conf.jails import CfJail, Jails
from jail_userland.deltas import Release
from jail_userland.files import Files
from jail_userland.host import Host
from jail_userland.process import Process
from jaildiff.kernels.registry import KERNELS
from jaildiff.recordings.sessions.machine import SessionMachine

DIRS = ("/jails/a", "/jails/b", "/jails/web")
both_releases = pytest.mark.parametrize("release", list(Release))

Answer = dict[str, Any]


def boot(
    conf: str | None = None,
    *,
    release: int = 15,
    kernel: str = "new",
    files: Mapping[str, str] | None = None,
    dirs: tuple[str, ...] = DIRS,
    **tables: Any,
) -> SessionMachine:
    """A machine whose /etc/jail.conf is `conf`."""
    files = dict(files or {}) | ({} if conf is None else {"/etc/jail.conf": conf})
    return SessionMachine.boot(Release(release), KERNELS[kernel], files, dirs, tables)


def run(machine: SessionMachine, command: str, **step: object) -> Answer:
    """Run a command, split as a shell would."""
    return machine.step({"run": shlex.split(command), **step})


def said(answer: Answer) -> tuple[str, str, object]:
    """Output, messages and exit status."""
    return answer["stdout"], answer["stderr"], answer["exit"]


def calls(answer: Answer) -> list[str]:
    """The system calls about jails, each as name, flags and errno."""
    return [
        " ".join([event["call"], *event.get("flags", ()), *filter(None, [event["errno"]])])
        for event in answer["events"]
        if "call" in event
    ]


def params(answer: Answer) -> list[dict[str, Any]]:
    """The parameters of each jail_set."""
    return [event["params"] for event in answer["events"] if "params" in event]


def commands(answer: Answer) -> list[str]:
    """The commands that were run, with the jail if they ran in one."""
    return [
        " ".join(event["exec"]) + (f" in {event['in']}" if event["in"] else "")
        for event in answer["events"]
        if "exec" in event
    ]


def names(answer: Answer) -> list[tuple[int, str, str]]:
    """The jails: jid, name and state."""
    return [(jid, name, state) for jid, name, _, state, *_ in answer["states"]]


def nobody(_call: object) -> Any:
    """A kernel that is not to be asked."""
    raise AssertionError("no system call was expected")


def process(files: Mapping[str, str] | None = None, *, release: int = 15) -> Process:
    """A program on a host without a kernel."""
    host = Host(nobody, list, Files.of(dict(files or {}), DIRS))
    return Process(host, 2, "jail", Release(release))


def load(conf: str, files: Mapping[str, str] | None = None) -> tuple[list[CfJail], list[str]]:
    """The jails of a jail.conf, and the messages."""
    proc = process({"jail.conf": conf, **(files or {})})
    jails = Jails(proc)
    load_config(jails, "jail.conf")
    return jails.cfjails, proc.err


def shown(jails: Iterable[CfJail]) -> list[dict[str, list[str]]]:
    """The parameters of jails with their values."""
    return [{param.name: [s.s for s in param.val] for param in j.params} for j in jails]
