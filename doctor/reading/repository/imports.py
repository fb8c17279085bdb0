"""Finds what a project's Python files and notebooks import, by parsing and never by running them.

Bounded by files, bytes, depth and time. Notebook cells are parsed one by one, so that a cell with an error in it
hides nothing of the others; what IPython understands and Python does not is cut out first.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from doctor.facts.distributions import Unreadable
from doctor.facts.project import Imported, NotebookKernel, ShellInstall
from doctor.facts.settings import Variable
from doctor.knowledge.elsewhere import is_part_elsewhere
from doctor.reading.clean import is_clean
from doctor.reading.files import Unfit, read_text
from doctor.reading.repository.parsing import may_import, parse_source, parsed_imports
from doctor.reading.repository.set_variables import MOST, variables_in_code, variables_in_files

if TYPE_CHECKING:
    import ast

FILE_LIMIT = 5_000
#: bytes
SOURCE_LIMIT = 2 * 1024 * 1024
TIME_LIMIT = 2.0
_DEPTH_LIMIT = 20
_ENTRY_LIMIT = 200_000
_PLACE_LIMIT = 20
_PROBLEM_LIMIT = 50
_INSTALL_LIMIT = 500

#: what is built, fetched or installed, and so not written by the project's people
_LEFT_OUT = frozenset(
    {"node_modules", "build", "_build", "dist", "site-packages", "__pycache__", "venv", "env", "__pypackages__"}
)
#: files by which a folder below the top says for itself what it needs
_MANIFESTS = frozenset(
    {"pyproject.toml", "setup.py", "setup.cfg", "environment.yml", "environment.yaml", "Pipfile", "pixi.toml"}
)
_NESTED_LIMIT = 200
#: what modules are made of beside Python files
_COMPILED = (".pyx", ".pyi", ".so", ".pyd")
#: an import at the very beginning of a line
_IMPORT_LINE = re.compile(r"(?:import\s+([^\W\d]\w*)|from\s+([^\W\d]\w*)[\w.]*\s+import\b)")
#: %magic, !shell, ?help, help?, x = !shell; not an operator that begins a line, nor a comment that ends in ?
_NOT_PYTHON = re.compile(r"""\s*(?:%{1,2}\w|!(?!=)|\?|[^#]*[^\s?#]\?{1,2}\s*$|[\w.,\s\[\]"']+=\s*(?:%\w|!))""")
_CELL_MAGIC = re.compile(r"^\s*%%(\w+)")
#: cell magics whose cell is Python all the same
_PYTHON_MAGICS = frozenset({"time", "timeit", "capture", "prun", "python", "python3", "pypy", "memit", "mprun", "skip"})
_IMPORT_ERRORS = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
#: what a test speaks of where the import under it is for some machines or readers only
_CONDITIONS = frozenset({"TYPE_CHECKING", "platform", "os_name", "version_info", "find_spec"})


class Imports(NamedTuple):
    """What was found; complete is False where a limit ended the search."""

    imports: dict[str, tuple[Imported, ...]] = {}
    modules: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()  #: folders of the top with an __init__.py
    problems: tuple[Unreadable, ...] = ()
    complete: bool = True
    sets: tuple[Variable, ...] = ()
    kernels: tuple[NotebookKernel, ...] = ()
    notebooks: int = 0
    installs: tuple[ShellInstall, ...] = ()
    nested: tuple[str, ...] = ()  #: folders below the top that say for themselves what they need


class _Found(NamedTuple):
    """What the files tell, as it comes."""

    imports: dict[str, list[Imported]]
    problems: list[Unreadable]
    sets: list[Variable]
    kernels: list[NotebookKernel]
    installs: list[ShellInstall]
    made: set[str]  #: what the notebook that is read writes or fetches by itself


def read_imports(project: Path, seconds: float = TIME_LIMIT) -> Imports:
    """Find the top-level modules that a project imports and that are not its own."""
    deadline = time.monotonic() + seconds
    walk = _Walk(project)
    files = walk.files()
    found = _Found({}, [], list(variables_in_files(project)), [], [], set())
    complete = walk.complete
    for path in files[:FILE_LIMIT]:
        if time.monotonic() > deadline:
            complete = False
            break
        _read_file(project, path, walk, found)
    return Imports(
        {name: tuple(places) for name, places in sorted(found.imports.items())},
        walk.modules(),
        walk.packages(),
        tuple(found.problems),
        complete and len(files) <= FILE_LIMIT,
        tuple(found.sets[:MOST]),
        tuple(found.kernels),
        sum(path.endswith(".ipynb") for path in files),
        tuple(found.installs[:_INSTALL_LIMIT]),
        tuple(sorted(walk.nested)[:_NESTED_LIMIT]),
    )


class _Walk:
    """One look at the project's folders: its sources, and the names under which they can be imported."""

    def __init__(self, project: Path) -> None:
        self.complete = True
        self.folders: dict[str, list[str]] = {}  #: relative folder -> its sources
        self.importable: dict[str, set[str]] = {}  #: relative folder -> modules and packages that lie in it
        self.anywhere: set[str] = set()
        self.nested: set[str] = set()
        self._walk(project)
        self._name_modules()

    def _walk(self, project: Path) -> None:
        entries_left = _ENTRY_LIMIT
        pending = [("", 0)]
        while pending:
            folder, depth = pending.pop()
            sources: list[str] = []
            below: list[str] = []
            is_environment, is_empty = False, True
            try:
                with os.scandir(project / folder) as entries:
                    for entry in entries:
                        entries_left -= 1
                        is_empty = False
                        if entries_left < 0:
                            self.complete = False
                            return
                        name = entry.name
                        if name in ("pyvenv.cfg", "conda-meta"):
                            is_environment = True
                        elif not is_clean(name):
                            continue
                        elif entry.is_dir(follow_symlinks=False):
                            is_template = "{{" in name or "{%" in name
                            if (
                                name[0] != "."
                                and not is_template
                                and not name.endswith(".egg-info")
                                and name not in _LEFT_OUT
                            ):
                                below.append(name)
                        elif name.endswith((".py", ".ipynb")) and entry.is_file():
                            sources.append(name)
                            if name == "setup.py" and folder:
                                self.nested.add(folder)
                        elif name in _MANIFESTS and folder:
                            self.nested.add(folder)
                        elif name.endswith(_COMPILED):
                            self.anywhere.add(name.partition(".")[0])
            except OSError:
                continue
            if is_environment and folder:
                continue
            self.folders[folder] = sorted(sources)
            if is_empty:  # a submodule of git that was not fetched
                self.anywhere.add(folder.rpartition("/")[2])
            if depth < _DEPTH_LIMIT:
                pending += [(f"{folder}/{name}" if folder else name, depth + 1) for name in below]
            elif below:
                self.complete = False

    def _name_modules(self) -> None:
        """Note for each folder which modules and packages lie in it; a package holds Python files itself."""
        for folder, sources in self.folders.items():
            modules = {name[:-3] for name in sources if name.endswith(".py")}
            self.importable.setdefault(folder, set()).update(modules)
            self.anywhere |= modules
            if folder and modules:
                above, _, name = folder.rpartition("/")
                self.importable.setdefault(above, set()).add(name)
                self.anywhere.add(name)
                if "__init__" in modules and above:  # a namespace package holds packages only
                    self.importable.setdefault(above.rpartition("/")[0], set()).add(above.rpartition("/")[2])

    def files(self) -> list[str]:
        """Sources by path, those near the top first."""
        return [f"{folder}/{name}" if folder else name for folder, names in self._near_first() for name in names]

    def _near_first(self) -> list[tuple[str, list[str]]]:
        return sorted(self.folders.items(), key=lambda item: (item[0].count("/") + bool(item[0]), item[0]))

    def modules(self) -> tuple[str, ...]:
        """Modules (with .py) and packages of the project's top and of src/: random.py, helpers, src/mine."""
        found: list[str] = []
        for folder in ("", "src"):
            start = f"{folder}/" if folder else ""
            sources = self.folders.get(folder, ())
            found += [start + name for name in sources if name.endswith(".py")]
            packages = self.importable.get(folder, set()) - {name[:-3] for name in sources} - {"src"}
            found += [start + name for name in packages]
        return tuple(sorted(found))

    def packages(self) -> tuple[str, ...]:
        """Folders of the project's top that have an __init__.py."""
        return tuple(
            sorted(
                name for name, sources in self.folders.items() if name and "/" not in name and "__init__.py" in sources
            )
        )

    def is_own(self, module: str, importer: str) -> bool:
        """Whether a module is one that the importing file can reach in the project itself."""
        folder = importer.rpartition("/")[0]
        while True:
            if module in self.importable.get(folder, ()):
                return True
            if not folder:
                return module in self.importable.get("src", ())
            folder = folder.rpartition("/")[0]


def _read_file(project: Path, path: str, walk: _Walk, found: _Found) -> None:
    try:
        for place, text in _sources(project, path, found):
            if len(found.sets) < MOST:
                found.sets.extend(variables_in_code(text, place, notebook=place != path))
            if may_import(text):
                for module, line, optional, later in _imports(text, notebook=place != path):
                    if not walk.is_own(module, path):
                        places = found.imports.setdefault(module, [])
                        if len(places) < _PLACE_LIMIT:
                            maybe = optional or module in walk.anywhere or module in found.made
                            places.append(Imported(place, line, maybe, later))
    except Unfit as error:
        if len(found.problems) < _PROBLEM_LIMIT:
            found.problems.append(Unreadable(path, error.reason, error.line))


def _sources(project: Path, path: str, found: _Found) -> tuple[tuple[str, str], ...]:
    """The texts of Python in a file, each with its place; a notebook has one for each cell."""
    found.made.clear()
    if path.endswith(".py"):
        text = read_text(project / path, limit=SOURCE_LIMIT, within=project)
        if text.startswith("# ---"):  # the head of a file that jupytext pairs with a notebook
            from doctor.reading.repository.notebooks import kernel_in_head

            kernel = kernel_in_head(path, text)
            if kernel is not None:
                found.kernels.append(kernel)
        return ((path, text),)
    from doctor.reading.repository.notebooks import read_notebook

    notebook = read_notebook(project, path)
    found.kernels.append(notebook.kernel)
    found.made.update(notebook.made)
    if len(found.installs) < _INSTALL_LIMIT:
        found.installs.extend(notebook.installs)
    return notebook.sources


def _plain(cell: str) -> str:
    """A cell without what only IPython understands, its lines kept in number."""
    lines = cell.split("\n")
    first = next((line for line in lines if line.strip()), "")
    magic = _CELL_MAGIC.match(first)
    if magic and magic[1] not in _PYTHON_MAGICS:
        return ""
    return "\n".join(
        f"{line[: len(line) - len(line.lstrip())]}pass" if _NOT_PYTHON.match(line) else line for line in lines
    )


def _imports(text: str, *, notebook: bool) -> Iterator[tuple[str, int, bool, bool]]:
    """(top-level module, line, optional, later) of each absolute import. Raises Unfit where it does not parse."""
    try:
        parts = [(parse_source(_plain(text)), 0)] if notebook else parsed_imports(text)
    except SyntaxError as error:
        yield from _guessed(text)
        if notebook:  # half-written cells are everyday life
            return
        raise Unfit(f"line {error.lineno or 0}: not this Python's syntax", error.lineno or 0) from None
    except (RecursionError, MemoryError):
        raise Unfit("nested too deeply") from None
    except ValueError as error:
        raise Unfit(f"cannot be parsed: {error}") from None
    for tree, lines in parts:
        for module, line, optional, later in _of_tree(tree):
            yield module, lines + line, optional, later


def _of_tree(tree: ast.Module) -> Iterator[tuple[str, int, bool, bool]]:
    """What _imports gives, of parsed statements."""
    import ast

    pending: list[tuple[ast.stmt, bool, bool]] = [(statement, False, False) for statement in reversed(tree.body)]
    while pending:
        statement, optional, later = pending.pop()
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                maybe = optional or is_part_elsewhere(alias.name)
                yield alias.name.partition(".")[0], statement.lineno, maybe, later
        elif isinstance(statement, ast.ImportFrom):
            if not statement.level and statement.module:
                whole = (f"{statement.module}.{alias.name}" for alias in statement.names)
                maybe = optional or is_part_elsewhere(statement.module) or all(map(is_part_elsewhere, whole))
                yield statement.module.partition(".")[0], statement.lineno, maybe, later
        else:
            late = later or _runs_later(statement)
            pending += reversed([(child, optional or maybe, late) for child, maybe in _children(statement)])


def _guessed(text: str) -> Iterator[tuple[str, int, bool, bool]]:
    """What a file that does not parse seems to import, by lines alone: told as optional, for it may be prose."""
    for number, line in enumerate(text.split("\n"), 1):
        found = _IMPORT_LINE.match(line)
        if found:
            yield found[1] or found[2], number, True, False


def _runs_later(statement: ast.stmt) -> bool:
    """Whether what a statement holds runs only when it is called, or where a condition is met."""
    import ast

    if isinstance(statement, ast.If):
        return "__name__" not in _names(statement.test)
    return isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.Match)


def _children(statement: ast.stmt) -> Iterator[tuple[ast.stmt, bool]]:
    """The statements inside a statement, and whether what they import may be missing."""
    import ast

    maybe = False
    if isinstance(statement, ast.Try | ast.TryStar):
        maybe = any(_catches_import_errors(handler.type) for handler in statement.handlers)
        for handler in statement.handlers:
            yield from ((child, True) for child in handler.body)
        yield from ((child, maybe) for child in (*statement.body, *statement.orelse))
        yield from ((child, False) for child in statement.finalbody)
        return
    if isinstance(statement, ast.If):
        maybe = not _CONDITIONS.isdisjoint(_names(statement.test))
    elif isinstance(statement, ast.With | ast.AsyncWith):
        named = [name for item in statement.items for name in _names(item.context_expr)]
        maybe = "suppress" in named and not _IMPORT_ERRORS.isdisjoint(named)
    for field in ("body", "orelse"):
        children = getattr(statement, field, ())
        if isinstance(children, list):
            yield from ((child, maybe) for child in children)
    for case in getattr(statement, "cases", ()):
        yield from ((child, maybe) for child in case.body)


def _catches_import_errors(kind: ast.expr | None) -> bool:
    return kind is None or not _IMPORT_ERRORS.isdisjoint(_names(kind))


def _names(expression: ast.expr) -> Iterator[str]:
    """Every name and attribute in an expression; sys.platform and os.name under the names that _CONDITIONS holds."""
    import ast

    for node in ast.walk(expression):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            is_os_name = node.attr == "name" and isinstance(node.value, ast.Name) and node.value.id == "os"
            yield "os_name" if is_os_name else node.attr
