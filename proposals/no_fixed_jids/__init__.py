"""A create may not name a jid: every new jail takes the next automatic one.

Source: review D28150, jamie: "you may no longer specify the JID of a new jail."

Decisions:

- A create that names a jid is refused with EINVAL, before the limits are looked at.
- A create that names the jid of a live jail is still refused with EEXIST.
- A name that is a number asks for that jid, so a create with one is refused, too.
- An update may name the jid of a live jail, and JAIL_CREATE beside it does no harm then.
- A dying jail keeps its jid for as long as it is there: nobody can want it.
"""

from new_model import HANDLERS as PARENT
from prison.call import JailSet
from prison.step import Handlers
from proposals.no_fixed_jids.jail_set import jail_set

HANDLERS: Handlers = {**PARENT, JailSet: jail_set}
