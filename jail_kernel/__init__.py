"""The jail kernel that the models share.

State, references, parameters, and every function of kern_jail.c that the patch left alone.  A
function is here if the author of the patch did not have to change it.  The changed ones are
written out whole in legacy_model and in new_model.
"""
