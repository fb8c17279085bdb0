"""Finds the sources of a project: its Python files, notebooks and Markdown, and the names that it imports itself by."""

from __future__ import annotations

import os
from pathlib import Path

from doctor.reading.clean import is_clean

_DEPTH_LIMIT = 20
_ENTRY_LIMIT = 200_000

#: what is built, fetched or installed, and so not written by the project's people
_LEFT_OUT = frozenset(
    {"node_modules", "build", "_build", "dist", "site-packages", "__pycache__", "venv", "env", "__pypackages__"}
)
#: files by which a folder below the top says for itself what it needs
_MANIFESTS = frozenset(
    {"pyproject.toml", "setup.py", "setup.cfg", "environment.yml", "environment.yaml", "Pipfile", "pixi.toml"}
)
#: what modules are made of beside Python files
_COMPILED = (".pyx", ".pyi", ".so", ".pyd")
#: texts that may be notebooks
_MARKDOWN = (".md", ".Rmd", ".rmd", ".qmd")


class Walk:
    """One look at the project's folders: its sources, and the names under which they can be imported."""

    def __init__(self, project: Path) -> None:
        self.complete = True
        self.folders: dict[str, list[str]] = {}  #: relative folder -> its sources
        self.texts: dict[str, list[str]] = {}  #: relative folder -> its Markdown
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
            texts: list[str] = []
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
                        elif name.endswith(_MARKDOWN) and entry.is_file():
                            texts.append(name)
                        elif name in _MANIFESTS and folder:
                            self.nested.add(folder)
                        elif name.endswith(_COMPILED):
                            self.anywhere.add(name.partition(".")[0])
            except OSError:
                continue
            if is_environment and folder:
                continue
            self.folders[folder] = sorted(sources)
            self.texts[folder] = sorted(texts)
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
        return _near_first(self.folders)

    def markdown(self) -> list[str]:
        """Markdown files by path, those near the top first."""
        return _near_first(self.texts)

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


def _near_first(folders: dict[str, list[str]]) -> list[str]:
    ordered = sorted(folders.items(), key=lambda item: (item[0].count("/") + bool(item[0]), item[0]))
    return [f"{folder}/{name}" if folder else name for folder, names in ordered for name in names]
