"""The kernel before the patch: jail_set can bring a dying jail back to life."""

from legacy_model import jail_set
from prison.call import JailSet
from prison.step import HANDLERS as UNTOUCHED
from prison.step import Handlers

HANDLERS: Handlers = {**UNTOUCHED, JailSet: jail_set.jail_set}
