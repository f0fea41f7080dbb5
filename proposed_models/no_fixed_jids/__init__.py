"""A create may not name a jid: every new jail takes the next automatic one.

Source: review D28150, jamie: "you may no longer specify the JID of a new jail."

Decisions:

- A create that names a jid is refused with EINVAL, before the limits are checked.
- A create that names the jid of a live jail is still refused with EEXIST.
- A name that is a number asks for that jid, so a create with one is refused, too.
- An update may name the jid of a live jail, even with JAIL_CREATE beside JAIL_UPDATE.
- A dying jail keeps its jid as long as it exists, because nobody can ask for that jid.
"""

from jail_kernel.call import JailSet
from jail_kernel.step import Handlers
from new_model import HANDLERS as PARENT
from proposed_models.no_fixed_jids.jail_set import jail_set

HANDLERS: Handlers = {**PARENT, JailSet: jail_set}
