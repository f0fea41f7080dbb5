"""Another value for each parameter that can be changed while a jail runs."""

from collections.abc import Iterator

from jail_userland.conf.params import same_options
from jail_userland.libjail import noname
from jail_userland.param_types import PARAM_TYPES, Access, Type
from jaildiff.impact.reading.configuration import ConfiguredJail

NUMBERS = {"securelevel": "3", "enforce_statfs": "2", "devfs_ruleset": "4", "children.max": "0"}
TEXTS = {
    "host.hostname": "changed.example.org",
    "host.domainname": "example.org",
    "host.hostuuid": "00000000-0000-0000-0000-000000000001",
    "host.hostid": "1",
}
LEFT_OUT = ("name", "persist", "host")  # a rename is a separate matter; the others can end the jail


def changed_values(one: ConfiguredJail) -> Iterator[tuple[str, str]]:
    """Each parameter that can be changed, with a word that changes it."""
    for name, kind in PARAM_TYPES.items():
        if kind.access is not Access.WRITE or name in LEFT_OUT:
            continue
        if kind.type is Type.BOOL:
            given = next((same for same in same_options(name) if same in one.params), name)
            yield name, noname(name) if given == name else name
        elif name in ("ip4.addr", "ip6.addr"):
            yield name, f"{name}="
        else:
            yield name, f"{name}={NUMBERS.get(name) or TEXTS[name]}"
