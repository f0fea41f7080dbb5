"""A jail that dies gets the second-highest bit of its jid set, and only its name finds it.

Source: review D28150, kevans: "a 'dying' bit and not return them by jid".

Decisions:

- A walk by lastjid visits no dying jail, with or without JAIL_DYING.
- A call with the jid of a dying jail, with or without the bit, finds no jail.
- So a second removal is refused with EINVAL.
- A dying jail keeps its name; if several have one name, the oldest is found, as before.
- A dying jail still counts for children.cur and children.max.
- A killed process that has not ended yet is shown with the jid that has the bit.
- A create that asks for a jid with the bit is undefined: no live jail can have it.
"""

from jail_kernel.call import Drop, Exit, ForkEnd, JailAttach, JailGet, JailRemove, JailSet
from jail_kernel.step import Handlers
from new_model import HANDLERS as PARENT
from proposed_models.dead_bit.jail_attach import jail_attach
from proposed_models.dead_bit.jail_get import jail_get
from proposed_models.dead_bit.jail_remove import jail_remove
from proposed_models.dead_bit.jail_set import jail_set
from proposed_models.dead_bit.proc import drop, exit_, fork_end

HANDLERS: Handlers = {
    **PARENT,
    JailSet: jail_set,
    JailGet: jail_get,
    JailAttach: jail_attach,
    JailRemove: jail_remove,
    ForkEnd: fork_end,
    Exit: exit_,
    Drop: drop,
}
