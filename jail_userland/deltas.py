"""What changed in the userland between 14 and 15.  The marks `[15: U..]` cite these."""

from dataclasses import dataclass
from enum import IntEnum


class Release(IntEnum):
    """The release of the system that the programs come from."""

    R14 = 14
    R15 = 15


@dataclass(frozen=True, slots=True)
class Delta:
    """One change."""

    id: str
    title: str
    reference: str


DELTAS = (
    Delta(
        "U1",
        "no jail is brought back to life: one jail_set(JAIL_CREATE), and no call has JAIL_DYING",
        "usr.sbin/jail/jail.c: create_jail, update_jail, rdtun_params, running_jid",
    ),
    Delta(
        "U2",
        "allow.dying and -d are deprecated: a warning, once",
        "usr.sbin/jail/jail.c: main",
    ),
    Delta("U3", "zfs.dataset", "usr.sbin/jail/command.c: run_command; config.c: intparams[]"),
    Delta(
        "U4",
        "ip6.addr without further words: 14 takes stale ones, which an earlier line of an fstab "
        "with more than five words left in memory; that is not modelled",
        "usr.sbin/jail/command.c: run_command, IP__IP6_IFADDR",
    ),
    Delta(
        "U5",
        "commands find JID, JNAME, JPATH in their environment; not recorded, FreeBSD's own tests "
        "ask for it",
        "usr.sbin/jail/tests/jail_basic_test.sh: commands, param_consistency",
    ),
    Delta(
        "U6",
        "vnet.interface=a,b and zfs.dataset=a,b on the command line are lists; not recorded, "
        "FreeBSD's own tests ask for it",
        "usr.sbin/jail/tests/jail_basic_test.sh: list",
    ),
    Delta(
        "U7",
        "jls -c -j JAIL prints nothing: its exit status says whether there is such a jail; not "
        "recorded, FreeBSD's own tests ask for it",
        "usr.sbin/jail/tests/jail_basic_test.sh: jid_name_set",
    ),
)
