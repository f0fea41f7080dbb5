"""Processes and other holders of credentials; a jail dies with the last process."""

from jail_kernel import proc as untouched
from jail_source.descent import inherit
from proposed_models.dead_bit.reference import crfree, prison_deref

exit1 = inherit(untouched.exit1, prison_deref=prison_deref, crfree=crfree)
fork_end = inherit(untouched.fork_end, exit1=exit1)
exit_ = inherit(untouched.exit_, exit1=exit1)
drop = inherit(untouched.drop, crfree=crfree)
