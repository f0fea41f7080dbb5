"""The allow.* permission bits, with those that came later (pr_allow_names[] in kern_jail.c)."""

from prison import allow

# [New: J10]
LATER = (
    "allow.extattr",
    "allow.adjtime",
    "allow.settime",
    "allow.routing",
    "allow.setaudit",
    "allow.unprivileged_parent_tampering",  # the one that prison0 has not
)
# [New: J10]
BIT = allow.BIT | {name: 1 << len(allow.NAMES) + number for number, name in enumerate(LATER)}
# [Modified: J10]
DIFFERENCES = allow.UNPRIVILEGED_PROC_DEBUG | BIT["allow.unprivileged_parent_tampering"]
