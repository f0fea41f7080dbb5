"""Answers in the op language, as written below an op."""

import json
from collections.abc import Mapping
from typing import Final

from jaildiff.programs.commands.command_language import ending_text
from jaildiff.support.printable import quoted

# What jail_get(2) answers for a jail created with only a name and persist (program G01 of the
# recorded traces).  jid and name are not here, as they have no usual value.
PLAIN: Final[Mapping[str, object]] = {
    "parent": 0,
    "securelevel": -1,
    "children.cur": 0,
    "children.max": 0,
    "enforce_statfs": 2,
    "devfs_ruleset": 0,
    "osreldate": 1400097,
    "host": "new",
    "vnet": "inherit",
    "ip4": "disable",
    "ip6": "disable",
    "persist": True,
    "ip4.saddrsel": True,
    "ip6.saddrsel": True,
    "dying": False,
    "path": "/",
    "host.hostname": "",
    "host.domainname": "",
    "host.hostuuid": "00000000-0000-0000-0000-000000000000",
    "host.hostid": 0,
    "osrelease": "14.0-RELEASE",
    "ip4.addr": [],
    "ip6.addr": [],
    "allow.set_hostname": True,
    "allow.sysvipc": False,
    "allow.raw_sockets": False,
    "allow.chflags": False,
    "allow.mount": False,
    "allow.quotas": False,
    "allow.socket_af": False,
    "allow.mlock": False,
    "allow.reserved_ports": True,
    "allow.read_msgbuf": False,
    "allow.unprivileged_proc_debug": True,
    "allow.suser": True,
    "allow.nfsd": False,
    "allow.mount.devfs": False,
    "allow.mount.fdescfs": False,
    "allow.mount.nullfs": False,
    "allow.mount.procfs": False,
    "allow.mount.tmpfs": False,
    "allow.mount.zfs": False,
}


def answer_text(answer: Mapping[str, object]) -> str:
    """An answer of recording-format.md in the op language: `EINVAL "text"`, `5 {name="a"}`.

    If a jail_get read everything, values equal to those in PLAIN are left out, and so is the jid
    if it is also the return value; no information is lost.  If it read only a wish list, all of
    it is shown.  {"panic": text} becomes `panic: text`, and {"undefined": text} the text.
    The answer of a command has a row for each line of output.
    """
    if "undefined" in answer:
        return str(answer["undefined"])
    if "exit" in answer:
        return ending_text(answer)
    if "panic" in answer:
        return f"panic: {answer['panic']}"
    ret = value_text(answer["ret"])
    text = ret if answer["errno"] is None else str(answer["errno"])
    if answer.get("errmsg") is not None:
        text += f" {value_text(answer['errmsg'])}"
    if "fd" in answer:
        text += f" {{desc={answer['fd']}}}"
    values = answer.get("values")
    if isinstance(values, Mapping):
        shown = {name: value_text(values[name]) for name in sorted(values)}
        usual = _PLAIN_TEXT | {"jid": ret} if PLAIN.keys() <= values.keys() else {}
        text += f" {{{', '.join(f'{k}={v}' for k, v in shown.items() if v != usual.get(k))}}}"
    return text


def value_text(value: object) -> str:
    """A value in the op language."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(value_text, value))}]"
    return json.dumps(value)


_PLAIN_TEXT = {name: value_text(value) for name, value in PLAIN.items()}
