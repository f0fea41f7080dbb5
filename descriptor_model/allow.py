"""The allow.* permission bits, with those added later (pr_allow_names[] in kern_jail.c)."""

from jail_kernel import allow

# [Modified: J10]
BIT = allow.BIT | allow.LATER_BIT
# [Modified: J10]
DIFFERENCES = allow.UNPRIVILEGED_PROC_DEBUG | BIT["allow.unprivileged_parent_tampering"]
