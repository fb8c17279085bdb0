"""Reads which Python a project wants: version files of pyenv, uv, asdf and mise, and what its specifications say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from doctor.facts.distributions import Unreadable
from doctor.facts.project import PythonWish, Specification
from doctor.judgement.requirements import clauses
from doctor.reading.clean import clean
from doctor.reading.files import Unfit, read_text
from doctor.reading.redact import redact
from doctor.reading.repository.specifications import names_of
from doctor.reading.toml_lines import read_toml

#: bytes; such files have a few lines
_LIMIT = 64 * 1024
_LINES = 1_000

_VERSION = re.compile(r"(?:cpython[-@]?|python[-@]?|v)?(\d+(?:\.\d+){0,2})((?:a|b|rc)\d+)?(-dev|t|d)?(?:[+-].*)?")
_CONDA_CLAUSE = re.compile(r"(==|!=|>=|<=|~=|=|<|>|)(\d+(?:\.\d+)*(?:(?:a|b|rc)\d+)?)(\.?\*)?")
_HEROKU = re.compile(r"python-(\d+(?:\.\d+){1,2})")


def read_pythons(
    project: Path, specifications: Iterable[Specification], names: list[str] | None = None
) -> tuple[tuple[PythonWish, ...], tuple[Unreadable, ...]]:
    """Read all of them, with what could not be read. Containers have a Python of their own and say nothing here."""
    found: list[PythonWish] = []
    problems: list[Unreadable] = []
    for name in names_of(project) if names is None else names:
        read = {
            ".python-version": _pyenv,
            ".tool-versions": _asdf,
            "mise.toml": _mise,
            ".mise.toml": _mise,
            "runtime.txt": _heroku,
        }.get(name)
        if read is None:
            continue
        try:
            found += read(project, name)
        except Unfit as error:
            problems.append(Unreadable(name, error.reason, error.line))
    for specification in specifications:
        found += _of_specification(specification)
    return tuple(found), tuple(problems)


def specifier_of(text: str) -> str:
    """The PEP 440 specifier for a version as such files write it; empty where it is none: pypy3.10, system, latest."""
    plain = text.strip()
    if plain[:1] in "<>=!~" and plain:
        told = plain.replace(" ", "")
        return told if clauses(told) is not None else ""
    found = _VERSION.fullmatch(plain)
    if not found or len(plain) > 100:
        return ""
    if found[2]:
        return f"=={found[1]}{found[2]}"
    return f"=={found[1]}" if found[1].count(".") == 2 else f"=={found[1]}.*"


def _wish(text: str, path: str, line: int) -> PythonWish:
    return PythonWish(specifier_of(text), redact(clean(text, 200)), path, line)


def _lines(project: Path, name: str) -> Iterator[tuple[int, str]]:
    text = read_text(project / name, limit=_LIMIT, within=project)
    for number, raw in enumerate(text.splitlines()[:_LINES], 1):
        line = raw.partition("#")[0].strip()
        if line:
            yield number, line


def _pyenv(project: Path, name: str) -> Iterator[PythonWish]:
    """The first version: python is that one, and those after it are there to be called by their number."""
    for number, line in _lines(project, name):
        yield _wish(line.split()[0], name, number)
        return


def _asdf(project: Path, name: str) -> Iterator[PythonWish]:
    for number, line in _lines(project, name):
        tool, *versions = line.split()
        if tool == "python" and versions:
            yield _wish(versions[0], name, number)
            return


def _mise(project: Path, name: str) -> Iterator[PythonWish]:
    from doctor.reading.repository.specifications.toml_places import Places

    toml = read_toml(project / name, within=project)
    told = toml.table("tools").get("python")
    told = told[0] if isinstance(told, list) and told else told
    told = told.get("version") if isinstance(told, dict) else told
    if isinstance(told, str | int | float) and not isinstance(told, bool):
        yield _wish(str(told).removeprefix("prefix:"), name, Places(toml.text).line("tools", "python"))


def _heroku(project: Path, name: str) -> Iterator[PythonWish]:
    for number, line in _lines(project, name):
        found = _HEROKU.fullmatch(line)
        if found:
            yield _wish(found[1], name, number)
            return


def _of_specification(specification: Specification) -> Iterator[PythonWish]:
    if specification.kind in ("Dockerfile", "devcontainer.json"):
        return
    if specification.requires_python:
        text, line = specification.requires_python, specification.python_line
        yield PythonWish(text if _is_specifier(text) else "", text, specification.path, line)
    for asked in specification.asked:
        if asked.name == "python" and asked.manager == "conda" and not asked.group and not asked.marker:
            if asked.specifier:
                yield PythonWish(of_conda(asked.specifier), asked.text, specification.path, asked.line)
            return


def _is_specifier(text: str) -> bool:
    if clauses(text) is not None:
        return True
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        SpecifierSet(text)
    except (InvalidSpecifier, ValueError):
        return False
    return True


def of_conda(specifier: str) -> str:
    """A version specification of conda in the words of PEP 440; empty where there are none: 3.10|3.11."""
    told: list[str] = []
    for part in specifier.replace(" ", "").split(","):
        found = _CONDA_CLAUSE.fullmatch(part)
        if not found:
            return ""
        operator, version, star = found.groups()
        if star == "*" and operator in ("", "=", "==") and len(version.rpartition(".")[2]) < 2:  # 3.1* is also 3.11
            return ""
        if operator == "=" or (star and operator in ("", "==")):
            told.append(f"=={version}.*")
        elif star and operator == "!=":
            told.append(f"!={version}.*")
        else:
            told.append(f"{operator or '=='}{version}")
    return ",".join(told)
