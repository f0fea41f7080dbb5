"""jail_remove(2), which finds no dying jail."""

from jail_kernel import jail_remove as untouched
from jail_source.descent import inherit
from proposed_models.invisible.lookup import prison_find_child

jail_remove = inherit(untouched.jail_remove, prison_find_child=prison_find_child)
