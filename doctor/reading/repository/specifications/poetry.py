"""Reads [tool.poetry] and Pipfile: tables of name = version, whose ^ and ~ are said in the words of PEP 440."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from doctor.facts.project import Asked, Specification
from doctor.judgement.requirements import normalise
from doctor.reading.clean import clean
from doctor.reading.redact import redact
from doctor.reading.repository.specifications.entries import ENTRY_LIMIT, ask
from doctor.reading.repository.specifications.poetry_versions import pep440, python_marker
from doctor.reading.repository.specifications.sources import source_address
from doctor.reading.repository.specifications.toml_places import Places
from doctor.reading.toml_lines import Toml

_ALTERNATIVES = 20
_GROUP_LIMIT = 200


class Poetry(NamedTuple):
    """What [tool.poetry] says."""

    present: bool = False
    asked: tuple[Asked, ...] = ()
    name: str = ""
    requires_python: str = ""
    python_line: int = 0
    default_groups: tuple[str, ...] = ()


def poetry(toml: Toml, places: Places, standard: list[Asked | None]) -> Poetry:
    """Read it; of a package that [project] asks for in standard form only what that cannot say is added there."""
    table = Toml.mapping(toml.table("tool"), "poetry")
    if not table:
        return Poetry()
    here = ("tool", "poetry")
    main = Toml.mapping(table, "dependencies")
    extras = _extras(table)
    asked = [*_table(main, "", places, (*here, "dependencies"), extras)]
    known = {entry.name for entry in standard if entry and not entry.group}
    asked = [entry for entry in asked if entry.name not in known]
    asked += _table(Toml.mapping(table, "dev-dependencies"), "dev", places, (*here, "dev-dependencies"))
    groups = ["dev"] if "dev-dependencies" in table else []
    for group, body in list(Toml.mapping(table, "group").items())[:_GROUP_LIMIT]:
        name = clean(str(group), 100)
        where = (*here, "group", str(group), "dependencies")
        asked += _table(Toml.mapping(body, "dependencies"), name, places, where)
        groups += [name] if not (isinstance(body, Mapping) and body.get("optional") is True) else []
    python = main.get("python")
    told = (pep440(python) if isinstance(python, str) else None) or ""
    title = table.get("name")
    return Poetry(
        True,
        tuple(asked)[:ENTRY_LIMIT],
        clean(title, 200) if isinstance(title, str) else "",
        told,
        places.line(*here, "dependencies", "python") if told else 0,
        tuple(dict.fromkeys(groups)),
    )


def _extras(table: Mapping[str, Any]) -> dict[str, str]:
    """The first extra that brings each optional dependency."""
    found: dict[str, str] = {}
    for extra, members in list(Toml.mapping(table, "extras").items())[:_GROUP_LIMIT]:
        for name in Toml.texts(members):
            found.setdefault(normalise(name), clean(str(extra), 100))
    return found


def read_pipfile(path: str, toml: Toml) -> Specification:
    """Its packages, those for development, and the Python that it requires."""
    places = Places(toml.text)
    asked = [
        *_table(toml.table("packages"), "", places, ("packages",)),
        *_table(toml.table("dev-packages"), "dev", places, ("dev-packages",)),
    ]
    requires = toml.table("requires")
    for key in ("python_full_version", "python_version"):
        told = requires.get(key)
        if isinstance(told, str) and re.fullmatch(r"\d+(\.\d+){0,2}", told.strip()):
            python = f"=={told.strip()}" + (".*" if told.count(".") < 2 else "")
            line = places.line("requires", key)
            return Specification(path, "Pipfile", asked=tuple(asked), requires_python=python, python_line=line)
    return Specification(path, "Pipfile", asked=tuple(asked)[:ENTRY_LIMIT])


def _table(
    table: Mapping[str, Any],
    group: str,
    places: Places,
    where: tuple[str, ...],
    extras: Mapping[str, str] | None = None,
) -> Iterator[Asked]:
    """The entries of name = version; of several versions for several Pythons or platforms each."""
    for name, value in list(table.items())[:ENTRY_LIMIT]:
        if name.lower() != "python":
            line = places.line(*where, name)
            several = value[:_ALTERNATIVES] if isinstance(value, list) and value else [value]
            for each in several:
                optional = isinstance(each, dict) and each.get("optional") is True
                own = group or ((extras or {}).get(normalise(name), "optional") if optional else "")
                entry = _entry(name, each, line, own)
                if entry:
                    yield entry


def _entry(name: str, value: object, line: int, group: str) -> Asked | None:
    """One of them; its text holds only what pip's language has the same word for."""
    body = value if isinstance(value, dict) else {}
    told = body.get("version", "") if isinstance(value, dict) else value
    version = told.strip() if isinstance(told, str) else ""
    plain = version if re.match(r"[<>=!~]=?=?\s*\d", version) else ""
    plain = "" if re.match(r"~(?!=)", plain) else re.sub(r"^=(?!=)", "==", plain)
    asked = ask(f"{name}{plain}", line, group)
    if asked is None:
        return None
    asked = asked._replace(specifier=pep440(version) or "", extras=_of_extras(body))
    if body:
        editable = body.get("develop") is True or body.get("editable") is True
        asked = asked._replace(marker=_marker(body), url=source_address(body), editable=editable)
    return asked


def _of_extras(body: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(sorted({normalise(clean(text, 100)) for text in Toml.texts(body.get("extras"))}))


def _marker(body: Mapping[str, Any]) -> str:
    """Markers, Python versions and platform of an entry as one marker."""
    told: list[str] = []
    markers, python, platform = (body.get(key) for key in ("markers", "python", "platform"))
    if isinstance(markers, str) and markers.strip():
        told.append(redact(clean(markers.strip(), 500)))
    if isinstance(python, str) and (limit := python_marker(python)):
        told.append(limit)
    if isinstance(platform, str) and re.fullmatch(r"[\w-]{1,30}", platform):
        told.append(f'sys_platform == "{platform}"')
    for key in ("sys_platform", "platform_system", "python_version", "platform_machine", "os_name"):  # of Pipfile
        text = body.get(key)
        if isinstance(text, str) and re.fullmatch(r"(?:==|!=|<=|>=|<|>|in |not in )\s*['\"][\w., -]{1,60}['\"]", text):
            told.append(f"{key} {text}")
    return " and ".join(f"({text})" if len(told) > 1 and " or " in text else text for text in told)
