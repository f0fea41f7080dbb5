"""Paths of directories.  namei(9) over the recorder's pretended file system."""

from jail_kernel.call import Errno

MAXPATHLEN = 1024
NAME_MAX = 255


def namei(root: str, path: str) -> str | Errno:
    """The full path, from the real root, of the directory `path` below `root`.

    Every name is a directory, but `missing` does not exist and `file` is a plain file.
    """
    if not path:
        return Errno.ENOENT
    if len(path) >= MAXPATHLEN:
        return Errno.ENAMETOOLONG
    found: list[str] = []
    plain_file = False
    for name in path.split("/"):
        if len(name) > NAME_MAX:
            return Errno.ENAMETOOLONG
        if not name:
            continue
        if plain_file:
            return Errno.ENOTDIR
        if name == "..":
            del found[-1:]
        elif name == "missing":
            return Errno.ENOENT
        elif name == "file":
            plain_file = True
        elif name != ".":
            found.append(name)
    if plain_file:
        return Errno.ENOTDIR
    full = "/".join(["" if root == "/" else root, *found]) or "/"
    return full if len(full) < MAXPATHLEN else Errno.ENAMETOOLONG
