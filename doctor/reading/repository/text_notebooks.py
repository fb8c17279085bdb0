"""Reads notebooks that are kept as text: the Markdown of jupytext, MyST, R Markdown and Quarto, and heads of .py files.

A text is a notebook where its head names a kernel or jupytext; any other Markdown holds examples, which nobody runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from doctor.facts.project import NotebookKernel
from doctor.reading.clean import clean
from doctor.reading.redact import redact

_NAME = 200
_HEAD_LINES = 60
#: of one text
_CELLS = 2_000

#: jupytext's head of a .py: comments between two lines of dashes
_COMMENTED = re.compile(r"#( {1,20}|$)(.*)")
_KEY = re.compile(r"( {0,20})([\w.-]+):(?:[ \t]+(.*))?")
_FENCE = re.compile(r"[ \t]{0,3}(?P<fence>`{3,}|~{3,}|:{3,})[ \t]*(?P<about>[^`]*)")
_PYTHON = r"(?:i?python[23]?|py)"
#: ```python and ```python tags=["x"]
_PLAIN_CELL = re.compile(rf"{_PYTHON}(?P<more>(?:\s.*)?)", re.IGNORECASE)
#: ```{python} and ```{python name, echo=FALSE}
_BRACED_CELL = re.compile(rf"\{{\s*{_PYTHON}(?P<more>(?:[\s,].*)?)\}}.*", re.IGNORECASE)
#: ```{code-cell} and ```{code-cell} ipython3
_MYST_CELL = re.compile(rf"\{{code-cell\}}(?P<more>(?:\s+{_PYTHON})?)\s*", re.IGNORECASE)
#: cells that are shown and not run
_NOT_RUN = re.compile(r"""\.?noeval\b|\beval\s*[=:]\s*false\b|\bactive\s*=\s*["'](?![^"']*ipynb)""", re.IGNORECASE)
#: what a cell says of itself in its first lines: :tags: [a], #| eval: false
_OPTION = re.compile(r"\s*(?::[\w-]+:|#\|)")


class Cell(NamedTuple):
    """One cell that is run."""

    text: str
    above: int  #: lines of the file before it


class TextNotebook(NamedTuple):
    """What a text says that is a notebook."""

    kernel: NotebookKernel
    cells: tuple[Cell, ...] = ()


def kernel_in_head(path: str, text: str) -> NotebookKernel | None:
    """The kernel that the head of a .py paired with a notebook names (jupytext); None where it names none."""
    if not text.startswith("# ---"):
        return None
    head: list[str] = []
    for line in text.split("\n", _HEAD_LINES)[1:_HEAD_LINES]:
        match = _COMMENTED.fullmatch(line.rstrip())
        if match is None or match[2].startswith("---"):
            break
        head.append(f"{match[1][1:]}{match[2]}")
    kernel = _kernel(path, _values(head))
    return kernel if kernel.name else None


def text_notebook(path: str, text: str) -> TextNotebook | None:
    """A Markdown file as a notebook; None where its head does not say that it is one."""
    if not text.startswith("---"):
        return None
    lines = text.splitlines()
    if lines[0].rstrip() != "---":
        return None
    end = next((n for n, line in enumerate(lines[1:_HEAD_LINES], 1) if line.rstrip() in ("---", "...")), 0)
    head = _values(lines[1:end])
    named = any(part in ("jupytext", "kernelspec") for keys in head for part in keys[:2])
    if not named and not (path.endswith(".qmd") and head.get(("jupyter",))):
        return None
    kernel = _kernel(path, head)
    if kernel.language.lower() not in ("", "python", "ipython"):
        return TextNotebook(kernel)
    return TextNotebook(
        kernel, tuple(cell for cell, _ in zip(_cells(path, lines, end + 1), range(_CELLS), strict=False))
    )


def _values(lines: list[str]) -> dict[tuple[str, ...], str]:
    """The keys of a head with those that they stand under, and their values; of YAML only what such heads use."""
    found: dict[tuple[str, ...], str] = {}
    above: list[tuple[int, str]] = []
    for line in lines:
        match = _KEY.fullmatch(line.rstrip())
        if match is None:
            continue
        depth = len(match[1])
        while above and above[-1][0] >= depth:
            above.pop()
        above.append((depth, match[2]))
        found.setdefault(tuple(key for _, key in above), (match[3] or "").strip().strip("'\""))
    return found


def _kernel(path: str, head: dict[tuple[str, ...], str]) -> NotebookKernel:
    """What a head says of its kernel: under jupyter, at its top as MyST has it, or by its name alone as Quarto."""

    def told(key: str) -> str:
        value = head.get(("jupyter", "kernelspec", key)) or head.get(("kernelspec", key), "")
        return redact(clean(value, _NAME))

    name = told("name") or redact(clean(head.get(("jupyter",), ""), _NAME))
    return NotebookKernel(path, name, told("display_name"), told("language"))


def _cells(path: str, lines: list[str], start: int) -> Iterator[Cell]:
    """The Python cells after the head."""
    shape = _BRACED_CELL
    if path.endswith(".md"):
        shape = _MYST_CELL if any("{code-cell}" in line for line in lines[start:]) else _PLAIN_CELL
    number = start
    while number < len(lines):
        fence = _FENCE.fullmatch(lines[number])
        number += 1
        if fence is None:
            continue
        first = number
        while number < len(lines) and not _closes(lines[number], fence["fence"]):
            number += 1
        cell = shape.fullmatch(fence["about"].strip())
        if cell is not None and not _NOT_RUN.search(cell["more"]):
            told = _options(lines[first:number])
            if not any(_NOT_RUN.search(line) for line in lines[first : first + told]):
                yield Cell("\n".join(lines[first + told : number]), first + told)
        number += 1


def _closes(line: str, fence: str) -> bool:
    text = line.strip()
    return len(text) >= len(fence) and not text.strip(fence[0])


def _options(lines: list[str]) -> int:
    """How many of a cell's first lines say something of the cell."""
    if lines and lines[0].rstrip() == "---":
        return next((number for number, line in enumerate(lines[1:], 2) if line.rstrip() == "---"), 0)
    return next((number for number, line in enumerate(lines) if not _OPTION.match(line)), len(lines))
