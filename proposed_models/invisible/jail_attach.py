"""jail_attach(2), which finds no dying jail."""

from jail_kernel import jail_attach as untouched
from jail_source.descent import inherit
from proposed_models.invisible.lookup import prison_find_child

jail_attach = inherit(untouched.jail_attach, prison_find_child=prison_find_child)
