"""jail_remove(2), which finds no dying jail."""

from prison import jail_remove as untouched
from prison.descent import inherit
from proposals.invisible.lookup import prison_find_child

jail_remove = inherit(untouched.jail_remove, prison_find_child=prison_find_child)
