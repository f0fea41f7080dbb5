"""jailcall, compiled here against a jail_set(2) that prints what it is given."""

import os
import signal
import subprocess
from importlib import resources
from pathlib import Path

import pytest

from tests.debian import needs

HEADER = """
struct iovec;
#define JAIL_CREATE 1
#define JAIL_UPDATE 2
#define JAIL_ATTACH 4
#define JAIL_DYING 8
int jail_set(struct iovec *, unsigned int, int);
int jail_get(struct iovec *, unsigned int, int);
int jail_attach(int);
int jail_remove(int);
"""
CALLS = r"""
#include <sys/uio.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/jail.h>
static int show(const char *what, struct iovec *iov, unsigned int n, int flags)
{
	printf("%s %d", what, flags);
	for (unsigned int i = 0; i + 2 < n; i += 2) {
		printf(" %s=", (char *)iov[i].iov_base);
		for (size_t j = 0; j < iov[i + 1].iov_len; j++)
			printf("%02x", ((unsigned char *)iov[i + 1].iov_base)[j]);
	}
	printf("\n");
	if (strcmp(iov[0].iov_base, "bad") != 0)
		return (7);
	strcpy(iov[n - 1].iov_base, "it is bad");
	errno = EINVAL;
	return (-1);
}
int jail_set(struct iovec *iov, unsigned int n, int flags) { return show("set", iov, n, flags); }
int jail_get(struct iovec *iov, unsigned int n, int flags) { return show("get", iov, n, flags); }
static int nine(const char *what, int jid, int number)
{
	printf("%s %d\n", what, jid);
	fflush(stdout);
	errno = number;
	return (jid == 9 ? -1 : 0);
}
int jail_attach(int jid) { return nine("attach", jid, EPERM); }
int jail_remove(int jid) { return nine("remove", jid, EINVAL); }
"""


@pytest.fixture(scope="session")
def jailcall(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program."""
    needs("cc")
    folder = tmp_path_factory.mktemp("jailcall")
    (folder / "sys").mkdir()
    (folder / "sys" / "jail.h").write_text(HEADER)
    (folder / "calls.c").write_text(CALLS)
    source = resources.files("jaildiff.findings.reproduce") / "jailcall.c"
    (folder / "jailcall.c").write_text(source.read_text("utf-8"))
    strict = ("-Wall", "-Wextra", "-Wshadow", "-Werror", "-D_GNU_SOURCE", f"-I{folder}")
    command = ["/usr/bin/cc", *strict, "-o", "jailcall", "jailcall.c", "calls.c"]
    subprocess.run(command, cwd=folder, check=True)
    return folder / "jailcall"


def run(program: Path, *words: str) -> tuple[int, str, str]:
    """How it ends, and what it prints."""
    answer = subprocess.run(
        [program, *words], capture_output=True, text=True, check=False, timeout=20
    )
    return answer.returncode, answer.stdout, answer.stderr


@pytest.mark.parametrize(
    ("words", "seen"),
    [
        ("set create persist", "set 1 persist="),
        ("set create,update,dying jid=i:5", "set 11 jid=05000000"),
        ("set 512 securelevel=i:-1", "set 512 securelevel=ffffffff"),
        ("get 0 name=s:a=b", "get 0 name=613d6200"),
        ("set 1 host.hostid=q:4294967297", "set 1 host.hostid=0100000001000000"),
        ("set 1 ip4.addr=4:10.0.0.1,10.0.0.2", "set 1 ip4.addr=0a0000010a000002"),
        ("set 1 ip4.addr=4:", "set 1 ip4.addr="),
        ("set 1 ip6.addr=6:::1", f"set 1 ip6.addr={'00' * 15}01"),
    ],
)
def test_parameters_are_packed(jailcall: Path, words: str, seen: str) -> None:
    """Each type of value arrives byte for byte, the name with its NUL, and the jid is printed."""
    assert run(jailcall, *words.split(" ")) == (0, f"{seen}\n7\n", "")


def test_a_call_from_inside(jailcall: Path) -> None:
    """With -j it attaches first; what is refused there is the answer."""
    assert run(jailcall, "-j", "3", "set", "0", "persist")[1].startswith("attach 3\nset 0")
    assert run(jailcall, "-j", "9", "set", "0", "persist") == (1, "attach 9\n", "EPERM\n")


def test_a_refusal_has_errno_and_message(jailcall: Path) -> None:
    """Both are printed, and the status is 1."""
    code, _, message = run(jailcall, "set", "1", "bad=i:1")
    assert (code, message) == (1, "EINVAL: it is bad\n")
    assert run(jailcall, "remove", "9") == (1, "remove 9\n", "EINVAL\n")


@pytest.mark.parametrize(
    "words", [("attach", "3"), ("set", "create,attach", "jid=i:7"), ("-j", "3", "hold")]
)
def test_what_stays(jailcall: Path, words: tuple[str, ...]) -> None:
    """It says that it is ready, and waits to be killed."""
    with subprocess.Popen([jailcall, *words], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        last = ""
        while last not in ("in\n", "7\n", "held\n"):
            last = process.stdout.readline()
            assert last
        assert process.poll() is None
        os.kill(process.pid, signal.SIGTERM)
    assert process.returncode == -signal.SIGTERM


def test_what_would_stay_can_return(jailcall: Path) -> None:
    """With -n nobody waits, so that a script which expects a refusal does not hang."""
    assert run(jailcall, "-n", "attach", "3") == (0, "attach 3\nin\n", "")
    assert run(jailcall, "-n", "set", "attach", "jid=i:7")[0] == 0


def test_a_jail_that_cannot_be_held(jailcall: Path) -> None:
    """The refusal is the answer, and nothing waits."""
    assert run(jailcall, "-j", "9", "hold") == (1, "attach 9\n", "EPERM\n")


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("what", "1"),
        ("set",),
        ("set", "made"),
        ("set", "0", "a=5"),
        ("-j", "x", "hold"),
        ("set", "0", "a=4:x"),
    ],
)
def test_wrong_use(jailcall: Path, words: tuple[str, ...]) -> None:
    """It is told from a refusal by the status."""
    assert run(jailcall, *words)[0] == 2
