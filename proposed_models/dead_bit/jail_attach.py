"""jail_attach(2), which finds no dying jail, and may leave the old jail dying."""

from jail_kernel import jail_attach as untouched
from jail_source.descent import inherit
from proposed_models.dead_bit.lookup import prison_find_child
from proposed_models.dead_bit.reference import crfree, prison_deref

do_jail_attach = inherit(untouched.do_jail_attach, prison_deref=prison_deref, crfree=crfree)
jail_attach = inherit(
    untouched.jail_attach, prison_find_child=prison_find_child, do_jail_attach=do_jail_attach
)
