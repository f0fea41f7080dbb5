"""jail_userland/files.py."""

import pytest

from jail_userland.files import Files, SystemFailure


@pytest.fixture
def files() -> Files:
    return Files.of({"jail.conf": "x", "/etc/a.conf": "", "/etc/b.conf": ""}, ("/jails/a",))


@pytest.mark.parametrize(
    ("path", "errno"),
    [
        ("", "ENOENT"),
        ("/nope", "ENOENT"),
        ("/nope/../etc", "ENOENT"),
        ("jail.conf/x", "ENOTDIR"),
        ("/" + "x" * 256, "ENAMETOOLONG"),
    ],
)
def test_a_path_that_leads_nowhere_has_its_errno(files: Files, path: str, errno: str) -> None:
    """Each component is looked up in turn, and the first that fails counts."""
    with pytest.raises(SystemFailure, match=errno):
        files.resolve(path)


def test_relative_names_lie_in_the_working_directory(files: Files) -> None:
    """`jail.conf` is /work/jail.conf."""
    assert files.resolve("./../work//jail.conf") == "/work/jail.conf"


def test_a_directory_is_not_read(files: Files) -> None:
    """Reading a directory fails, as writing to it does."""
    with pytest.raises(SystemFailure, match="EISDIR"):
        files.read("/etc")
    with pytest.raises(SystemFailure, match="EISDIR"):
        files.open_to_write("/etc", append=True)


def test_appending_keeps_what_is_there(files: Files) -> None:
    """O_APPEND keeps the text, O_TRUNC does not."""
    assert files.files[files.open_to_write("jail.conf", append=True)] == "x"
    assert files.files[files.open_to_write("jail.conf", append=False)] == ""


def test_a_mount_point_is_found_from_below(files: Files) -> None:
    """statfs(2) names the file system that a path lies in."""
    files.mounts["/jails"] = "zfs"
    assert files.mounted_on("/jails/a") == ("/jails", "zfs")
    assert files.mounted_on("/etc") == ("/", "ufs")


def test_glob_finds_names_in_order(files: Files) -> None:
    """Patterns fit names in one directory; what they do not fit is not found."""
    assert files.glob("/etc/*.conf") == ["/etc/a.conf", "/etc/b.conf"]
    assert files.glob("../etc/[b]*") == ["../etc/b.conf"]
    assert files.glob("*.jd") == []


@pytest.mark.parametrize(("name", "is_pattern"), [("a*", True), ("a[b", False), ("a[b]", True)])
def test_an_open_bracket_is_no_pattern(files: Files, name: str, is_pattern: bool) -> None:
    """A bracket counts only if it is closed."""
    assert files.is_pattern(name) is is_pattern
