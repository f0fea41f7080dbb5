"""What the house rules share: where the sources are and what is written in them."""

import ast
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "jail_kernel",
    "legacy_model",
    "new_model",
    "descriptor_model",
    "proposed_models",
    "jail_source",
    "jail_userland",
    "fuzz",
    "pytest_jaildiff",
)

Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources(*folders: str) -> list[Path]:
    """Return the Python files below the folders, sorted."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def name(path: Path) -> str:
    """Return a file's name as a complaint shows it."""
    return path.relative_to(ROOT).as_posix()


def module_name(path: Path) -> str:
    """Return the dotted name under which a file is imported."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts).removeprefix("fuzz.").removesuffix(".__init__")


def parse(path: Path) -> ast.Module:
    """Return a file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), path)


def functions(tree: ast.AST) -> Iterator[Function]:
    """Yield every function in a tree, methods and nested ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def comments(text: str) -> Iterator[tuple[int, str, bool]]:
    """Yield line, text and "is alone on its line" of every comment."""
    lines = iter(text.splitlines(keepends=True))
    for token in tokenize.generate_tokens(lambda: next(lines, "")):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string, token.line.strip() == token.string


def imports(path: Path) -> set[str]:
    """Return the dotted names of the modules that a file imports, wherever in it they stand."""
    found = set()
    package = module_name(path).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            anchor = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*anchor, *([node.module] if node.module else [])])
            found |= {_module_of(base, alias.name) for alias in node.names}
    return found


def definitions(path: Path) -> set[str]:
    """Return the public names that a file defines: functions, classes and values.

    A type variable is no name to look for.
    """
    found: set[str] = set()
    for node in parse(path).body:
        if isinstance(node, Function | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and not _is_type_variable(node.value):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return {name for name in found if not name.startswith("_")}


def packages(folder: Path) -> list[Path]:
    """Return a folder and the folders below it that hold Python files, sorted."""
    return sorted({path.parent for path in folder.rglob("*.py")})


def within(module: str, *packages: str) -> bool:
    """Tell whether a module is one of the packages or lies in one."""
    return any(module == package or module.startswith(package + ".") for package in packages)


def _module_of(base: str, member: str) -> str:
    """Return base.member if that is a module of ours, else base: it is a name inside."""
    parts = base.split(".")
    inner = ROOT.joinpath(*(("fuzz",) if parts[0] == "jaildiff" else ()), *parts, member)
    is_module = inner.with_suffix(".py").exists() or (inner / "__init__.py").exists()
    return f"{base}.{member}" if is_module else base


def _is_type_variable(value: ast.expr | None) -> bool:
    """Return whether a value is that of `T = TypeVar("T")`."""
    return isinstance(value, ast.Call) and ast.unparse(value.func) == "TypeVar"
