"""Variables in the values of a jail's parameters.  usr.sbin/jail/config.c, load_config()."""

from jail_userland.conf.jails import JF, CfJail
from jail_userland.conf.params import PF, CfParam, CfString, CfVar
from jail_userland.process import Process, ProgramExit

VALUE_MAX = 1 << 20  # bytes; variables of variables can double the text again and again


def resolve_variables(proc: Process, j: CfJail) -> None:
    """Replace variables by their values, each parameter's own variables first.

    A parameter that another one needs is moved before that one.
    :raises ProgramExit: signal 11, where jail(8) crashes: see `insert`.
    """
    gen = index = 0
    while index < len(j.params):
        gen += 1
        j.params[index].gen = gen
        while (needed := resolve_param(proc, j, j.params[index], gen)) is not None:
            needed.gen = gen
            index -= j.params.index(needed) < index
            j.params.remove(needed)
            j.params.insert(index, needed)
        index += 1


def resolve_param(proc: Process, j: CfJail, param: CfParam, gen: int) -> CfParam | None:
    """Replace the variables of one parameter, or return the one that must be resolved first."""
    string_index = 0
    while string_index < len(param.val):
        string = param.val[string_index]
        while string.vars:
            var = string.vars[0]
            value = find_value(proc, j, param, var, gen)
            if value is None:
                mark_bad(j, gen)
            elif any(each.vars for each in value.val):
                return value
            elif not insert(proc, j, param, string, var, value):
                mark_bad(j, gen)
            del string.vars[0]
        string_index += 1
    return None


def find_value(proc: Process, j: CfJail, param: CfParam, var: CfVar, gen: int) -> CfParam | None:
    """The parameter or variable that a variable names; None if it has no usable value."""
    value = next((each for each in j.params if each.name == var.name), None)
    if value is None or not value.val:
        j.warnx(proc, f'{param.name}: variable "{var.name}" not found')
        return None
    if value.flags & PF.BAD:
        return None
    if value.gen == gen:
        j.warnx(proc, f"{var.name}: variable loop")
        return None
    return value


def mark_bad(j: CfJail, gen: int) -> None:
    """The jail fails, and so does every parameter that uses the one being resolved."""
    j.flags |= JF.FAILED
    for param in j.params:
        if param.gen == gen:
            param.flags |= PF.BAD


def insert(
    proc: Process, j: CfJail, param: CfParam, string: CfString, var: CfVar, value: CfParam
) -> bool:
    """Put a value into a string; False if it is a list inside other text.

    :raises ProgramExit: if it is a list and the whole string, because jail(8) then loses its place
        among the new strings and follows a null pointer; or if memory runs out.
    """
    if len(value.val) > 1:
        if string.s or len(string.vars) > 1:
            j.warnx(proc, f"{param.name}: array cannot be substituted inline")
            return False
        raise ProgramExit("signal 11")
    text = value.val[0].s
    if len(string.s) + len(text) > VALUE_MAX:
        proc.errx("malloc: Cannot allocate memory")
    string.s = string.s[: var.pos] + text + string.s[var.pos :]
    for later in string.vars[1:]:
        later.pos += len(text)
    return True
