"""Finds what a project's Python files and notebooks import, by parsing and never by running them.

Bounded by files, bytes, depth and time. Notebook cells are parsed one by one, so that a cell with an error in it
hides nothing of the others; what IPython understands and Python does not is cut out first.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from doctor.facts.distributions import Unreadable
from doctor.facts.project import Imported, NotebookKernel, ShellInstall, Specification
from doctor.facts.settings import Variable
from doctor.reading.files import Unfit, read_text
from doctor.reading.repository.import_statements import imports_of
from doctor.reading.repository.parsing import may_import
from doctor.reading.repository.set_variables import MOST, variables_in_code, variables_in_files
from doctor.reading.repository.source_walk import Walk

FILE_LIMIT = 5_000
#: bytes
SOURCE_LIMIT = 2 * 1024 * 1024
TIME_LIMIT = 2.0
_PLACE_LIMIT = 20
_PROBLEM_LIMIT = 50
_INSTALL_LIMIT = 500
_NESTED_LIMIT = 200
_SCRIPT_LIMIT = 50
#: Markdown files that are looked into for a notebook's head
_MARKDOWN_LIMIT = 2_000


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
    scripts: tuple[Specification, ...] = ()  #: what scripts below the top say that they need (PEP 723)


class _Found(NamedTuple):
    """What the files tell, as it comes."""

    imports: dict[str, list[Imported]]
    problems: list[Unreadable]
    sets: list[Variable]
    kernels: list[NotebookKernel]
    installs: list[ShellInstall]
    scripts: list[Specification]


class _Source(NamedTuple):
    """A text of Python: a file's, or one cell's."""

    place: str
    text: str
    notebook: bool = False
    above: int = 0  #: lines of the place before it
    apart: bool = False  #: whether it runs in an environment of its own
    made: frozenset[str] = frozenset()  #: what its notebook writes or fetches by itself


def read_imports(project: Path, seconds: float = TIME_LIMIT) -> Imports:
    """Find the top-level modules that a project imports and that are not its own."""
    deadline = time.monotonic() + seconds
    walk = Walk(project)
    files = walk.files()
    found = _Found({}, [], list(variables_in_files(project)), [], [], [])
    complete = walk.complete
    for path in [*files[:FILE_LIMIT], *walk.markdown()[:_MARKDOWN_LIMIT]]:
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
        tuple(found.scripts),
    )


def _read_file(project: Path, path: str, walk: Walk, found: _Found) -> None:
    try:
        for source in _sources(project, path, found):
            if len(found.sets) < MOST:
                found.sets.extend(
                    variable._replace(line=variable.line + source.above)
                    for variable in variables_in_code(source.text, source.place, notebook=source.notebook)
                )
            if may_import(source.text):
                _note_imports(source, path, walk, found)
    except Unfit as error:
        if len(found.problems) < _PROBLEM_LIMIT:
            found.problems.append(Unreadable(path, error.reason, error.line))


def _note_imports(source: _Source, path: str, walk: Walk, found: _Found) -> None:
    for module, line, optional, later in imports_of(source.text, notebook=source.notebook):
        if not walk.is_own(module, path):
            places = found.imports.setdefault(module, [])
            if len(places) < _PLACE_LIMIT:
                maybe = optional or source.apart or module in walk.anywhere or module in source.made
                places.append(Imported(source.place, source.above + line, maybe, later))


def _sources(project: Path, path: str, found: _Found) -> Iterable[_Source]:
    """The texts of Python in a file; a notebook has one for each cell."""
    if path.endswith(".py"):
        return _of_python(path, read_text(project / path, limit=SOURCE_LIMIT, within=project), found)
    if not path.endswith(".ipynb"):
        return _of_markdown(project, path, found)
    from doctor.reading.repository.notebooks import read_notebook

    notebook = read_notebook(project, path)
    found.kernels.append(notebook.kernel)
    if len(found.installs) < _INSTALL_LIMIT:
        found.installs.extend(notebook.installs)
    return [_Source(place, text, notebook=True, made=notebook.made) for place, text in notebook.sources]


def _of_python(path: str, text: str, found: _Found) -> Iterable[_Source]:
    if text.startswith("# ---"):  # the head of a file that jupytext pairs with a notebook
        from doctor.reading.repository.text_notebooks import kernel_in_head

        kernel = kernel_in_head(path, text)
        if kernel is not None:
            found.kernels.append(kernel)
    script = None
    if "# /// script" in text:
        from doctor.reading.repository.specifications.inline_scripts import inline_script

        try:
            script = inline_script(path, text)
        except Unfit as error:
            if "/" in path and len(found.problems) < _PROBLEM_LIMIT:
                found.problems.append(Unreadable(path, error.reason, error.line))
        if script is not None and "/" in path and len(found.scripts) < _SCRIPT_LIMIT:
            found.scripts.append(script)
    return [_Source(path, text, apart=script is not None)]


def _of_markdown(project: Path, path: str, found: _Found) -> Iterable[_Source]:
    """The cells of a text that is a notebook; one that cannot be read is left to its readers."""
    try:
        text = read_text(project / path, limit=SOURCE_LIMIT, within=project)
    except Unfit:
        return []
    if not text.startswith("---"):
        return []
    from doctor.reading.repository.notebooks import installs_of, made_by
    from doctor.reading.repository.text_notebooks import text_notebook

    notebook = text_notebook(path, text)
    if notebook is None:
        return []
    found.kernels.append(notebook.kernel)
    for cell in notebook.cells if len(found.installs) < _INSTALL_LIMIT else ():
        found.installs.extend(
            install._replace(line=install.line + cell.above) for install in installs_of(cell.text, path)
        )
    made = frozenset(name for cell in notebook.cells for name in made_by(cell.text))
    return [_Source(path, cell.text, notebook=True, above=cell.above, made=made) for cell in notebook.cells]
