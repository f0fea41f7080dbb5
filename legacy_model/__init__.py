"""The kernel before the patch: jail_set can bring a dying jail back to life."""

from jail_kernel.call import JailSet
from jail_kernel.step import HANDLERS as UNTOUCHED
from jail_kernel.step import Handlers
from legacy_model import jail_set

HANDLERS: Handlers = {**UNTOUCHED, JailSet: jail_set.jail_set}
