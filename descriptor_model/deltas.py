"""What the work on jail descriptors changed; the marks in this package cite these ids."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Delta:
    """One change between the patch of 2021 and FreeBSD 15."""

    id: str
    title: str
    reference: str


DELTAS = (
    Delta(
        "J1",
        "a file can stand for a jail: it holds a reference, and loses the jail when that dies",
        "sys/kern/kern_jaildesc.c",
    ),
    Delta(
        "J2",
        "jail_set checks the privilege after flags and descriptor, because the privilege may be "
        "that of the descriptor's opener",
        "kern_jail_set(), priv_check()",
    ),
    Delta(
        "J3",
        "desc and its four flags: work on the jail of a descriptor, work below it, get a "
        "descriptor, get one that owns the jail",
        "kern_jail_set(), kern_jail_get(): JAIL_USE_DESC, JAIL_AT_DESC, JAIL_GET_DESC, "
        "JAIL_OWN_DESC",
    ),
    Delta(
        "J4",
        "with JAIL_AT_DESC the kernel lets go of the caller's jail before it looks up the "
        "descriptor, and again if the lookup fails",
        "kern_jail_set(), kern_jail_get(): prison_free(mypr)",
    ),
    Delta(
        "J5",
        "one function removes a jail for system calls by jid, for those by descriptor and for the "
        "close of an owning descriptor; it does nothing to a jail that is not alive",
        "prison_remove(), prison_deref(): PD_KILL",
    ),
    Delta(
        "J6",
        "an attach by descriptor means the lookup's reference to become the new credential's, but "
        "do_jail_attach takes another one",
        "sys_jail_attach_jd(), do_jail_attach(): PD_LOCK_FLAGS",
    ),
    Delta(
        "J7",
        "a new jail becomes alive only after the modules were asked; if one refuses, the request "
        "to kill the jail finds it not alive",
        "kern_jail_set(), osd_jail_call(): PR_METHOD_SET",
    ),
    Delta(
        "J8",
        "references can be given back twice, and jails left half built; so assertions that could "
        "not fail before are written out",
        "prison_free(), prison_deref(), prison_find_child(), prison_find_name(): KASSERT",
    ),
    Delta(
        "J9",
        "meta and env: two texts for each jail, as a whole or line by line",
        "sys/kern/kern_jailmeta.c",
    ),
    Delta("J10", "six more permissions", "pr_allow_names[]"),
)
