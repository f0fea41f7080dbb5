import pytest

from jail_kernel.call import Errno
from jail_kernel.namei import MAXPATHLEN, namei


@pytest.mark.parametrize(
    ("path", "full"),
    [
        ("/", "/"),
        (".", "/"),
        ("a", "/a"),
        ("/a/b", "/a/b"),
        ("//a///b/", "/a/b"),
        ("a/./b", "/a/b"),
        ("a/../b", "/b"),
        ("..", "/"),
        ("/../../a", "/a"),
        ("a/..", "/"),
        ("a/b/..", "/a"),
        ("filex", "/filex"),
        ("missing.", "/missing."),
        ("x" * 255, "/" + "x" * 255),
    ],
)
def test_directories(path: str, full: str) -> None:
    """A path counts from the root, "." and ".." work, and ".." stops at the root."""
    assert namei("/", path) == full


def test_root_is_not_left() -> None:
    """The full path is below the caller's root, whatever the path says."""
    assert namei("/j/k", "/") == "/j/k"
    assert namei("/j/k", "../../a") == "/j/k/a"


@pytest.mark.parametrize(
    ("path", "errno"),
    [
        ("", Errno.ENOENT),
        ("missing", Errno.ENOENT),
        ("a/missing/b", Errno.ENOENT),
        ("missing/..", Errno.ENOENT),
        ("file", Errno.ENOTDIR),
        ("file/", Errno.ENOTDIR),
        ("file/x", Errno.ENOTDIR),
        ("file/..", Errno.ENOTDIR),
        ("file/missing", Errno.ENOTDIR),
        ("a/file", Errno.ENOTDIR),
        ("x" * 256, Errno.ENAMETOOLONG),
        ("a/" + "x" * 256, Errno.ENAMETOOLONG),
        ("missing/" + "x" * 256, Errno.ENOENT),
        ("/" * 1024, Errno.ENAMETOOLONG),
    ],
)
def test_errors(path: str, errno: Errno) -> None:
    """The first component that goes wrong decides."""
    assert namei("/", path) is errno


def test_longest_path() -> None:
    """A path has 1023 characters at most, and so has the full one."""
    assert namei("/", "/" * 1023) == "/"
    assert namei("/r", "a/" * 510) == "/r" + "/a" * 510
    assert namei("/" + "r" * 10, "a/" * 506) == "/" + "r" * 10 + "/a" * 506
    assert namei("/" + "r" * 11, "a/" * 506) is Errno.ENAMETOOLONG
    assert MAXPATHLEN == 1024
