"""What the tests of `impact` share: small configurations, and what is told of them."""

from collections.abc import Mapping
from pathlib import Path

from jaildiff.differ.comparison import LANDED
from jaildiff.impact.analyze import analyze_configuration
from jaildiff.impact.describe.findings import Impact, ImpactFinding
from jaildiff.impact.reading.configuration import Configuration, read_configuration
from jaildiff.impact.reading.rc_conf import NO_RC_CONF, RcText

PLAIN = """\
exec.start = "/bin/sh /etc/rc";
exec.stop = "/bin/sh /etc/rc.shutdown";
path = "/jails/$name";
"""
NESTED = PLAIN + "outer {\n  children.max = 2;\n  inner { persist; }\n}\n"
STATIC = PLAIN + "web {\n  jid = 5;\n}\n"
DYING = PLAIN + "web {\n  jid = 5;\n  allow.dying;\n}\n"
UNAFFECTED = PLAIN + "web { ip4.addr = 10.0.0.1; }\ndb { depend = web; vnet; persist; }\n"


def conf(folder: Path, text: str, others: Mapping[str, str] | None = None) -> Configuration:
    """A jail.conf, read from a folder; `others` are files beside it."""
    for name, other in (others or {}).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(other, encoding="utf-8")
    path = folder / "jail.conf"
    path.write_text(text, encoding="utf-8")
    return read_configuration(path)


def told(folder: Path, text: str, rc_conf: RcText = NO_RC_CONF) -> Impact:
    """What is told of a jail.conf."""
    return analyze_configuration(conf(folder, text), LANDED, rc_conf)


def effects(impact: Impact) -> list[tuple[str, str, tuple[str, ...]]]:
    """Effect, likelihood and reasons of each finding."""
    return [(str(one.effect), str(one.when), one.reasons) for one in impact.findings]


def by_reason(impact: Impact, reason: str) -> ImpactFinding:
    """The first finding with a reason."""
    return next(one for one in impact.findings if reason in one.reasons)
