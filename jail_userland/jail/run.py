"""The state of one run of jail(8): its static variables."""

from dataclasses import dataclass, field

from jail_userland.conf.jails import JF, CfJail, Jails
from jail_userland.deltas import Release
from jail_userland.process import Process


@dataclass(slots=True)
class Run:
    """The queues of jails, and the options."""

    proc: Process
    jails: Jails
    iflag: bool = False
    verbose: int = 0
    note_remove: bool = False
    separator: str = "\t"
    paralimit: int = -1  # how many more commands may be started; negative: any number
    jails_byname: list[CfJail] | None = None
    ready: list[CfJail] = field(default_factory=list)
    depend: list[CfJail] = field(default_factory=list)
    sleeping: list[CfJail] = field(default_factory=list)
    runnable: list[CfJail] = field(default_factory=list)
    phash: list[tuple[int, CfJail]] = field(default_factory=list)  # the newest first

    @property
    def cfjails(self) -> list[CfJail]:
        """The queue of jails that are in no other."""
        return self.jails.cfjails

    @property
    def release(self) -> Release:
        """Which userland this is."""
        return self.proc.release

    def warnx(self, j: CfJail, text: str) -> None:
        """A warning about a jail.  jail_warnx()."""
        j.warnx(self.proc, text)

    def note(self, j: CfJail, text: str) -> None:
        """A notice about a jail. jail_note()."""
        j.note(self.proc, text)

    def failed(self, j: CfJail) -> None:
        """Note that a jail failed; it is handled next."""
        j.flags |= JF.FAILED
        requeue_head(j, self.ready)


def requeue(j: CfJail, queue: list[CfJail]) -> None:
    """Move a jail to the end of a queue, unless it is in it already."""
    if j.queue is not queue:
        j.queue.remove(j)
        queue.append(j)
        j.queue = queue


def requeue_head(j: CfJail, queue: list[CfJail]) -> None:
    """Move a jail to the head of a queue."""
    j.queue.remove(j)
    queue.insert(0, j)
    j.queue = queue
