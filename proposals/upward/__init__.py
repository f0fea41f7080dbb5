"""The dying jail moves up: it gets the next automatic jid, as in an earlier revision of the patch.

Source: review D28150, bz of that revision: "suddenly jail 42..50 are on 43..51".

Decisions:

- The jid that is taken over counts as used while the dying jail's new one is looked for.
- The dying jail's new jid counts as handed out: the next automatic jid is the one behind it.
- A create that fails later leaves the dying jail renumbered, as in the patch that landed.
"""

from new_model import HANDLERS as PARENT
from prison.call import JailSet
from prison.step import Handlers
from proposals.upward.jail_set import jail_set

HANDLERS: Handlers = {**PARENT, JailSet: jail_set}
