"""The dying jail moves up: it gets the next automatic jid, as in an earlier revision of the patch.

Source: review D28150, bz of that revision: "suddenly jail 42..50 are on 43..51".

Decisions:

- While the kernel looks for the dying jail's new jid, the jid asked for counts as used.
- The dying jail's new jid counts as handed out: the next automatic jid comes after it.
- A create that fails later leaves the dying jail renumbered, as in the patch that landed.
"""

from jail_kernel.call import JailSet
from jail_kernel.step import Handlers
from new_model import HANDLERS as PARENT
from proposed_models.upward.jail_set import jail_set

HANDLERS: Handlers = {**PARENT, JailSet: jail_set}
