"""jaildiff-hold keeps a removed jail dying; jaildiff-drop ends that.

On a real system that is a descriptor that a process passed out of the jail, a connection that
lingers, or a mount.  Here it is the credential alone.
"""

from jail_kernel.call import Drop, Exit, Hold, JailAttach, user_text
from jail_userland.host import SHELL_PID
from jail_userland.libc import strerror
from jail_userland.process import Process
from jaildiff.hosts.sandbox.host import RealHost
from jaildiff.hosts.sandbox.standins.standin import jid_named

HOLD_USAGE = "usage: jaildiff-hold jail [name]\n"
DROP_USAGE = "usage: jaildiff-drop name\n"


def hold(host: RealHost, proc: Process, argv: list[str]) -> int:
    """Hold a credential of a jail, under the jail's name or another one."""
    if len(argv) not in (2, 3):
        proc.usage(HOLD_USAGE)
    world, name = host.site.world, user_text(argv[-1])
    jid = jid_named(proc, argv[1])
    with world.lock:
        pid = world.helper(SHELL_PID)
        attached = world.step(JailAttach(pid, jid))
        held = world.step(Hold(pid, name)) if attached.errno is None else attached
        world.step(Exit(pid))
    if held.errno is not None:
        what = "attach" if attached.errno is not None else "hold"
        proc.errx(f"{argv[-1]}: {what}: {strerror(held.errno)}")
    return 0


def drop(host: RealHost, proc: Process, argv: list[str]) -> int:
    """Release what is held under a name."""
    if len(argv) != 2:
        proc.usage(DROP_USAGE)
    dropped = host.site.world.step(Drop(user_text(argv[1])))
    if dropped.errno is not None:
        proc.errx(f"{argv[1]}: nothing is held under that name")
    return 0
