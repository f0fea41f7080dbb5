"""The installation is what a configuration needs."""

from pathlib import Path

from jail_userland.deltas import Release
from jaildiff.impact.lifecycle import Lifecycle, When, jail
from jaildiff.impact.lifecycle_runs.installation import installation_of
from jaildiff.impact.lifecycle_runs.running import Column, run_lifecycle
from jaildiff.impact.reading.rc_conf import NO_RC_CONF
from jaildiff.kernels.registry import KERNELS
from tests.impacts import conf


def test_what_is_named_is_there(tmp_path: Path) -> None:
    """Directories, mount points, logs, users, fstabs, addresses of a host name: the jail starts,
    and a process stays in it.
    """
    text = """
    a {
      path = /j/a; host.hostname = a.example.net; ip_hostname; interface = em0;
      mount.devfs; mount.procfs; mount.fdescfs; mount.fstab = /etc/fstab.a;
      mount = "tmpfs /j/a/scratch tmpfs rw 0 0";
      exec.consolelog = /var/log/jails/a.log; exec.jail_user = somebody; exec.system_jail_user;
      exec.start = "/bin/sh /etc/rc";
    }
    """
    installation = installation_of(conf(tmp_path, text), NO_RC_CONF)
    for release, kernel in ((Release.R14, "legacy"), (Release.R15, "new")):
        column = Column(release, KERNELS[kernel])
        steps = (jail("-c"), jail("-m", "name=a", "securelevel=1"))
        done = run_lifecycle(installation, Lifecycle("x", When.ALWAYS, ("a",), steps), column)
        assert [one.stderr for one in done] == ["", ""]
        assert [one.ok for one in done] == [True, True]
