"""Reads notebooks as data: their Python cells, the kernel that they name, and the cells that install packages.

Each notebook is parsed once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from doctor.facts.project import NotebookKernel, ShellInstall
from doctor.reading.clean import clean
from doctor.reading.files import read_json
from doctor.reading.redact import redact

#: bytes; a notebook holds its pictures too
NOTEBOOK_LIMIT = 32 * 1024 * 1024
#: of one notebook
_CELLS = 20_000
_INSTALLS = 50
_NAME = 200

_CELL_MAGIC = re.compile(r"^\s*%%(\w+)")
_SHELL_CELLS = frozenset({"bash", "sh", "script", "!", "sx", "system", "cmd"})
#: !pip install, ! python -m pip install, !uv pip install, %pip install, %conda install, %uv pip install
_INSTALL = re.compile(
    r"""\s*(?P<mark>[!%])\s*(?P<start>(?:sudo\s+(?:-H\s+)?)?(?:[A-Z_][A-Z0-9_]*=\S+\s+)*)
    (?P<tool>(?:python[0-9.]*\s+-m\s+)?pip[0-9.]*|uv(?:\s+pip)?|conda|mamba|micromamba)
    \s+(?:-\S+\s+)*(?:install|add)\b(?P<rest>.*)""",
    re.VERBOSE,
)
_SHELL_LINE = re.compile(
    r"\s*(?:sudo\s+(?:-H\s+)?)?(?:(?:python[0-9.]*\s+-m\s+)?pip[0-9.]*|uv\s+pip|conda|mamba|micromamba)\s+(?:-\S+\s+)*install\b(?P<rest>.*)"
)
#: options that take the next word
_WITH_VALUE = frozenset(
    {"-r", "--requirement", "-c", "--constraint", "-e", "--editable", "-i", "--index-url", "--extra-index-url", "-f"}
    | {"--find-links", "-t", "--target", "--prefix", "--root", "-n", "--name", "-p", "--channel", "--python"}
)
_WORD = re.compile(r"\"[^\"]*\"|'[^']*'|[^\s;&|#]+|[;&|#]")
_PACKAGE = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?:\[[^\]]*\])?(?:[<>=!~].*)?")
#: %%writefile mine.py, !wget .../mine.py, !git clone .../mine
_MAKES = re.compile(
    r"[ \t]*(?:%%(?:writefile|file)|[!%][ \t]*(?:wget|curl|git|gdown|unzip|tar|cp|mv|ln|cd|aria2c|gsutil|kaggle)\b)"
)
#: urlretrieve(".../mine.py"), sys.path.append("../mine")
_FETCHES = ("urlretrieve", "download_file", "gdown.download", "sys.path")
_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_LINES = 200
_RUNS = re.compile(r"[-_.]+")

#: a variable that is set for the one command, whose value nobody else needs to see
_ASSIGNMENT = re.compile(r"\b([A-Za-z_]\w*=)(?!=)(?!\*\*\*)[^\s=]+(?=\s.*\binstall\b)")


class Notebook(NamedTuple):
    """What a notebook says; the sources are those of its Python cells, as (notebook.ipynb#3, text)."""

    kernel: NotebookKernel
    sources: tuple[tuple[str, str], ...] = ()
    installs: tuple[ShellInstall, ...] = ()
    made: frozenset[str] = frozenset()  #: words of the lines that write or fetch files: modules may be among them


def read_notebook(project: Path, path: str) -> Notebook:
    """Read one notebook of the project. Raises Unfit where it cannot be read."""
    notebook = read_json(project / path, limit=NOTEBOOK_LIMIT, within=project)
    metadata = notebook.get("metadata") if isinstance(notebook, dict) else None
    kernel = _kernel(path, metadata)
    if not isinstance(notebook, dict) or not _is_python(kernel.language):
        return Notebook(kernel)
    sources: list[tuple[str, str]] = []
    installs: list[ShellInstall] = []
    made: set[str] = set()
    for number, text in _cells(notebook):
        place = f"{path}#{number}"
        sources.append((place, text))
        if "install" in text and len(installs) < _INSTALLS:
            installs += installs_of(text, place)
        made.update(made_by(text))
    return Notebook(kernel, tuple(sources), tuple(installs[:_INSTALLS]), frozenset(made))


def _kernel(path: str, metadata: Any) -> NotebookKernel:
    """What a notebook says of its kernel; the name is empty where it names none."""
    about = metadata if isinstance(metadata, dict) else {}
    spec, info = about.get("kernelspec"), about.get("language_info")
    spec = spec if isinstance(spec, dict) else {}
    info = info if isinstance(info, dict) else {}
    return NotebookKernel(
        path,
        _text(spec.get("name")),
        _text(spec.get("display_name")),
        _text(info.get("name")) or _text(spec.get("language")),
        _text(info.get("version")),
    )


def _text(value: object) -> str:
    return redact(clean(value.strip(), _NAME)) if isinstance(value, str) else ""


def _is_python(language: str) -> bool:
    return language.lower() in ("", "python", "ipython")


def _cells(notebook: dict[str, Any]) -> Iterator[tuple[int, str]]:
    """The code cells, numbered from 1 as they stand in the notebook."""
    sheets = notebook.get("worksheets")
    holders = [sheet for sheet in sheets if isinstance(sheet, dict)] if isinstance(sheets, list) else [notebook]
    listed = [cells for holder in holders if isinstance(cells := holder.get("cells"), list)]
    cells = [cell for each in listed for cell in each if isinstance(cell, dict)]
    for number, cell in enumerate(cells[:_CELLS], 1):
        if cell.get("cell_type") == "code":
            source = cell.get("source", cell.get("input", ""))
            lines = source if isinstance(source, list) else [source]
            yield number, "".join(line for line in lines if isinstance(line, str))


def installs_of(text: str, place: str) -> Iterator[ShellInstall]:
    """The lines of a cell that install packages."""
    lines = text.split("\n")
    first = next((line for line in lines if line.strip()), "")
    magic = _CELL_MAGIC.match(first)
    in_shell = magic is not None and magic[1] in _SHELL_CELLS
    for number, line in enumerate(lines, 1):
        if "install" not in line and " add" not in line:
            continue
        match = _SHELL_LINE.match(line) if in_shell else _INSTALL.match(line)
        if match is None:
            continue
        shell = in_shell or match["mark"] == "!"
        yield ShellInstall(
            place,
            number,
            redact(clean(_ASSIGNMENT.sub(r"\1***", line.strip()[:1_000]), 200)),
            shell,
            _packages(match["rest"]),
        )


def made_by(text: str) -> Iterator[str]:
    """The words of a cell's lines that write or fetch files."""
    if not any(mark in text for mark in ("!", "%", *_FETCHES)):
        return
    left = _LINES
    for line in text.split("\n"):
        if left and (_MAKES.match(line) or any(name in line for name in _FETCHES)):
            left -= 1
            yield from _IDENTIFIER.findall(line[:1_000])


def _packages(rest: str) -> tuple[str, ...]:
    """The normalised names of the packages in the words that follow install."""
    found: dict[str, None] = {}
    skip = False
    for word in _WORD.findall(rest[:2_000]):
        if word in (";", "&", "|", "#"):
            break
        if skip or word.startswith("-"):
            skip = not skip and word in _WITH_VALUE
            continue
        match = _PACKAGE.fullmatch(word.strip("\"'"))
        if match and not match[1].endswith((".whl", ".gz", ".zip")):
            found[_RUNS.sub("-", match[1]).lower()] = None
    return tuple(found)
