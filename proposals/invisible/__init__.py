"""A dying jail cannot be seen or named from user space at all, and its jid is free at once.

Source: review D28150, jamie: "making dying jails totally invisible to userspace".

Decisions:

- JAIL_DYING is accepted by jail_get, and has no effect, as the landed patch has it for jail_set.
- A removal of a dying jail finds no jail, so a second removal is refused with EINVAL.
- A jail below a dying one cannot be made: its parent is not found.
- A dying jail still counts for children.cur and children.max.
- A process that was killed and is not yet gone is still shown with the jid of its jail.
- The next automatic jid may be one that only dying jails have.
- A jail stays invisible when its jid is used again: any number of dying jails can have one jid.
"""

from new_model import HANDLERS as PARENT
from prison.call import JailAttach, JailGet, JailRemove, JailSet
from prison.step import Handlers
from proposals.invisible.jail_attach import jail_attach
from proposals.invisible.jail_get import jail_get
from proposals.invisible.jail_remove import jail_remove
from proposals.invisible.jail_set import jail_set

HANDLERS: Handlers = {
    **PARENT,
    JailSet: jail_set,
    JailGet: jail_get,
    JailAttach: jail_attach,
    JailRemove: jail_remove,
}
