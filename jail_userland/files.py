"""The host's files: names, directories, mounts.  Nothing on the real system is touched."""

import re
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

DIRS = (
    "/",
    "/work",
    "/etc",
    "/var",
    "/var/log",
    "/var/run",
    "/root",
    "/home",
    "/home/admin",
    "/sbin",
    "/dev",
)
CWD = "/work"
NAME_MAX = 255


class SystemFailure(Exception):  # noqa: N818  # an errno is an answer, not a fault of the program
    """A system call failed; the text is the name of the errno."""

    @property
    def errno(self) -> str:
        """Its name."""
        return str(self.args[0])


@dataclass(slots=True)
class Files:
    """The contents of the file system; `cwd` is the working directory of the commands."""

    files: MutableMapping[str, str] = field(default_factory=dict)
    dirs: set[str] = field(default_factory=lambda: set(DIRS))
    mounts: dict[str, str] = field(default_factory=lambda: {"/": "ufs"})
    cwd: str = CWD

    @classmethod
    def of(cls, files: Mapping[str, str], dirs: tuple[str, ...]) -> "Files":
        """A file system with these files and directories, and those of every system."""
        found = cls()
        for path in dirs:
            found.make_dir(found.absolute(path))
        for path, text in files.items():
            whole = found.absolute(path)
            found.make_dir(whole.rpartition("/")[0] or "/")
            found.files[whole] = text
        return found

    def make_dir(self, path: str) -> None:
        """A directory, with those above it."""
        while path and path not in self.dirs:
            self.dirs.add(path)
            path = path.rpartition("/")[0]

    def absolute(self, path: str) -> str:
        """The path from the root, without `.`, `..` and doubled slashes."""
        parts: list[str] = []
        for part in (path if path.startswith("/") else f"{self.cwd}/{path}").split("/"):
            if part == "..":
                del parts[-1:]
            elif part not in ("", "."):
                parts.append(part)
        return "/" + "/".join(parts)

    def resolve(self, path: str) -> str:
        """What a path leads to.

        :raises SystemFailure: if it leads to nothing.
        """
        whole = self.parent_checked(path)
        if whole in self.dirs:
            return whole
        if whole not in self.files:
            raise SystemFailure("ENOENT")
        if path.endswith("/"):
            raise SystemFailure("ENOTDIR")
        return whole

    def parent_checked(self, path: str) -> str:
        """The whole path, if all but its last component are directories."""
        if not path:
            raise SystemFailure("ENOENT")
        parts: list[str] = []
        for part in (path if path.startswith("/") else f"{self.cwd}/{path}").split("/"):
            if part in ("", "."):
                continue
            parent = "/" + "/".join(parts)
            if parent not in self.dirs:
                raise SystemFailure("ENOTDIR" if parent in self.files else "ENOENT")
            if len(part) > NAME_MAX:
                raise SystemFailure("ENAMETOOLONG")
            if part == "..":
                del parts[-1:]
            else:
                parts.append(part)
        return "/" + "/".join(parts)

    def is_dir(self, path: str) -> bool:
        """stat(2): whether it is a directory.

        :raises SystemFailure: if there is nothing.
        """
        return self.resolve(path) in self.dirs

    def chdir(self, path: str) -> None:
        """Whether chdir(2) would succeed; a command's working directory shows nowhere else.

        :raises SystemFailure: if it would not.
        """
        if not self.is_dir(path):
            raise SystemFailure("ENOTDIR")

    def read(self, path: str) -> str:
        """The text of a file.

        :raises SystemFailure: if it is not a file.
        """
        whole = self.resolve(path)
        if whole in self.dirs:
            raise SystemFailure("EISDIR")
        return self.files[whole]

    def open_to_write(self, path: str, *, append: bool) -> str:
        """Make or empty a file; its whole name.

        :raises SystemFailure: if that is not possible.
        """
        whole = self.parent_checked(path)
        if whole in self.dirs or path.endswith("/"):
            raise SystemFailure("EISDIR")
        self.files[whole] = self.files.get(whole, "") if append else ""
        return whole

    def mounted_on(self, path: str) -> tuple[str, str]:
        """The mount point above a path, and its type.  statfs(2)."""
        point = self.resolve(path)
        while point not in self.mounts:
            point = point.rpartition("/")[0] or "/"
        return point, self.mounts[point]

    @staticmethod
    def is_pattern(name: str) -> bool:
        """Whether glob(3) sees a pattern in a name."""
        return re.search(r"[*?]|\[[^/]+\]", name) is not None

    def glob(self, pattern: str) -> list[str]:
        """The names that match a pattern, sorted.  glob(3); * and ? stop at slashes and dots."""
        found = [""] if pattern.startswith("/") else ["."]
        for part in pattern.split("/"):
            if part:
                found = [path for base in found for path in self.glob_part(base, part)]
        return sorted(path.removeprefix("./") for path in found)

    def glob_part(self, base: str, part: str) -> list[str]:
        """The names below `base` that match one component."""
        whole = self.absolute(base or "/")
        below = whole.rstrip("/") + "/"
        names = {
            path[len(below) :]
            for path in {*self.files, *self.dirs}
            if path.startswith(below) and "/" not in path[len(below) :] and path != below
        }
        fitting = [
            name
            for name in names
            if fnmatchcase(name, part) and (part.startswith(".") or not name.startswith("."))
        ]
        if part in (".", ".."):
            fitting = [part]
        return [f"{base}/{name}" for name in fitting if name]
