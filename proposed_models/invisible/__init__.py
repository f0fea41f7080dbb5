"""User space can neither see nor name a dying jail, and its jid is free at once.

Source: review D28150, jamie: "making dying jails totally invisible to userspace".

Decisions:

- jail_get accepts JAIL_DYING and ignores it, as jail_set does since the landed patch.
- A removal of a dying jail finds no jail, so a second removal is refused with EINVAL.
- A jail below a dying one cannot be made: its parent is not found.
- A dying jail still counts for children.cur and children.max.
- A killed process that has not ended yet is still shown with the jid of its jail.
- The next automatic jid may be one that only dying jails have.
- A jail stays invisible when its jid is used again, so any number of dying jails can share one.
"""

from jail_kernel.call import JailAttach, JailGet, JailRemove, JailSet
from jail_kernel.step import Handlers
from new_model import HANDLERS as PARENT
from proposed_models.invisible.jail_attach import jail_attach
from proposed_models.invisible.jail_get import jail_get
from proposed_models.invisible.jail_remove import jail_remove
from proposed_models.invisible.jail_set import jail_set

HANDLERS: Handlers = {
    **PARENT,
    JailSet: jail_set,
    JailGet: jail_get,
    JailAttach: jail_attach,
    JailRemove: jail_remove,
}
