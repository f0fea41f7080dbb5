"""jail_attach(2), which finds no dying jail."""

from prison import jail_attach as untouched
from prison.descent import inherit
from proposals.invisible.lookup import prison_find_child

jail_attach = inherit(untouched.jail_attach, prison_find_child=prison_find_child)
