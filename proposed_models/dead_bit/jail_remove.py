"""jail_remove(2), which sets the bit in the jids of the jails that it kills."""

from jail_kernel import jail_remove as untouched
from jail_kernel.jail_remove import prison_proc_kill
from jail_kernel.kernel import Kernel
from jail_kernel.reference import (
    ALIVE,
    DYING,
    descendants,
    free_prison,
    persist_off,
    prison_hold,
    prison_proc_hold,
)
from jail_kernel.state import Prison
from jail_source.descent import inherit
from proposed_models.dead_bit.lookup import prison_find_child
from proposed_models.dead_bit.reference import mark_dead, prison_deref


def prison_deref_kill(k: Kernel, pr: Prison) -> None:
    """Mark `pr` and its alive descendants dying, clear persist, and kill their processes.
    kern_jail.c, prison_deref_kill() and prison_proc_iterate().
    """
    pr.uref += 1
    pr.state = DYING
    # [New: K1]
    mark_dead(k, pr)
    marked = mark_dying(k, pr)
    for cpr in reversed(marked):
        persist_off(cpr)
        cpr.uref -= 1
        cpr.ref -= 1
        if cpr.ref == 0:
            free_prison(k, cpr)
            cpr.parent.ref -= 1
            cpr.parent.uref -= 1
    persist_off(pr)
    pr.uref -= 1
    if pr.uref > 0:
        prison_proc_kill(k, pr)


def mark_dying(k: Kernel, pr: Prison) -> list[Prison]:
    """Hold the alive descendants and mark them dying; parents come before their children."""
    marked = []
    for cpr in descendants(pr, into=lambda cpr: cpr.state is ALIVE):
        prison_proc_hold(k, cpr)
        prison_hold(k, cpr)
        cpr.state = DYING
        # [New: K1]
        mark_dead(k, cpr)
        marked.append(cpr)
    return marked


jail_remove = inherit(
    untouched.jail_remove,
    prison_find_child=prison_find_child,
    prison_deref_kill=prison_deref_kill,
    prison_deref=prison_deref,
)
