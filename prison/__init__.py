"""The jail kernel that both models share.

State, references, parameters, and every function of kern_jail.c that the patch
left alone.  A function lives here if the author of the patch did not have to change
it; the ones that had to be changed are written out whole in legacy_model and new_model.
"""

from prison.source import use_text_if_asked

use_text_if_asked()
