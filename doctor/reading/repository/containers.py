"""Reads the containers that a project describes: Dockerfiles and dev containers, what they install and need.

Nothing is substituted: what a build argument or a variable would give stays as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from doctor.facts.distributions import Unreadable
from doctor.facts.project import HostWish, Specification
from doctor.facts.settings import Variable
from doctor.reading.clean import clean
from doctor.reading.files import Missing, Unfit, read_text
from doctor.reading.redact import REDACTED, redact
from doctor.reading.repository.install_lines import Installs, installs
from doctor.reading.repository.relaxed_json import RelaxedJson, text_of
from doctor.reading.repository.specifications import holds, names_of
from doctor.reading.repository.specifications.entries import ENTRY_LIMIT
from doctor.reading.repository.specifications.variables import VARIABLE_LIMIT, variable
from doctor.reading.rooted import is_folder
from doctor.reading.settings.shell_lines import is_allowed

#: what entries of a container belong to: its own environment, and none of the project's
GROUP = "image"
#: bytes; the largest in the wild have 20,000
CONTAINER_LIMIT = 256 * 1024
_CONTAINERS = 20
_ENTRIES = 200
_DOCKERFILES = 10
_CHANNELS = 100
_IMAGES = 50

_INSTRUCTION = re.compile(r"\s*([A-Za-z]+)\s+(.*)", re.DOTALL)
_ESCAPE = re.compile(r"#\s*escape\s*=\s*`\s*", re.IGNORECASE)
_HEREDOC = re.compile(r"<<-?\s*([\"']?)([A-Za-z_]\w{0,50})\1")
_FROM = re.compile(r"(?:--platform=\S+\s+)?(\S+)(?:\s+as\s+(\S+))?\s*", re.IGNORECASE)
_VARIABLE = re.compile(r"""([A-Za-z_]\w*)(?:=|[ \t]+(?=\S))("(?:[^"\\]|\\.)*"|'[^']*'|\S*)""")
_PYTHON_IMAGE = re.compile(r"(?:^|/)python:(?:\d+(?:\.\d+)*-)??(\d+\.\d+(?:\.\d+)?)(?=$|[-@])")
_LOGIN = re.compile(r"^[^/@\s]+@(?=[^/@\s]+/)")
_SIZE = re.compile(r"(\d{1,15})\s*([tgmk]b)?", re.IGNORECASE)
_POWERS = {"": 1, "kb": 2**10, "mb": 2**20, "gb": 2**30, "tb": 2**40}
#: commands of a dev container by which people install, in the order in which they run
_COMMANDS = ("initializeCommand", "onCreateCommand", "updateContentCommand", "postCreateCommand")


class Containers(NamedTuple):
    """What all of them say."""

    specifications: tuple[Specification, ...] = ()
    host: tuple[HostWish, ...] = ()
    problems: tuple[Unreadable, ...] = ()


def read_containers(project: Path, names: list[str] | None = None) -> Containers:
    """Read the Dockerfiles at a project's top and in .devcontainer, and its dev containers."""
    found: list[Specification] = []
    host: list[HostWish] = []
    problems: list[Unreadable] = []
    top = names_of(project) if names is None else names
    files = [name for name in top if is_dockerfile(name)][:_DOCKERFILES]
    files += [".devcontainer/Dockerfile"] if holds(top, ".devcontainer") else []
    for path, read in (
        *((path, read_dockerfile) for path in files),
        *((path, read_devcontainer) for path in devcontainers(project, top)),
    ):
        try:
            specification, wishes = read(project, path)
        except Missing:
            continue
        except Unfit as error:
            problems.append(Unreadable(path, error.reason, error.line))
            continue
        found += [specification] if specification else []
        host += wishes
    return Containers(tuple(found), tuple(host), tuple(problems))


def is_dockerfile(name: str) -> bool:
    """Whether a name is one that people give to such files."""
    lower = name.lower()
    if lower.endswith((".dockerignore", ".swp", ".orig", "~")):
        return False
    return lower in ("dockerfile", "containerfile") or lower.startswith("dockerfile.") or lower.endswith(".dockerfile")


def read_dockerfile(project: Path, path: str) -> tuple[Specification | None, tuple[HostWish, ...]]:
    """What a Dockerfile installs and sets, None where nothing, and the images that it starts from. Raises Unfit."""
    text = read_text(project / path, limit=CONTAINER_LIMIT, within=project)
    found: list[Installs] = []
    images: list[HostWish] = []
    variables: list[Variable] = []
    stages: set[str] = set()
    for word, lines in _instructions(text):
        body, first = lines[0]
        if word == "FROM" and (told := _FROM.fullmatch(body.strip())):
            if told[1].lower() not in stages and told[1] != "scratch":
                images.append(HostWish("image", _shown_image(clean(told[1], 300)), 0.0, path, first))
            stages.add((told[2] or "").lower())
        elif word == "RUN":
            found.append(installs(_shell_lines(lines), GROUP))
        elif word == "ENV":
            variables += _variables(lines, path)
    asked = tuple(entry for each in found for entry in each.asked)[:ENTRY_LIMIT]
    channels = tuple(dict.fromkeys(channel for each in found for channel in each.channels))[:_CHANNELS]
    if not asked and not channels and not variables:
        return None, tuple(images[:_IMAGES])
    python = _python_of(images[-1].text) if images else ""
    specification = Specification(
        path,
        "Dockerfile",
        channels=tuple(name for name, _ in channels),
        channel_lines=tuple(line for _, line in channels),
        asked=asked,
        requires_python=python,
        python_line=images[-1].line if python else 0,
        variables=tuple(variables[:VARIABLE_LIMIT]),
    )
    return specification, tuple(images[:_IMAGES])


def _instructions(text: str) -> Iterator[tuple[str, list[tuple[str, int]]]]:
    """Each instruction with its lines, continued ones and here-documents among them, comments left out."""
    lines = text.splitlines()
    escape = "`" if lines and _ESCAPE.fullmatch(lines[0]) else "\\"
    place = 0
    while place < len(lines):
        found = _INSTRUCTION.fullmatch(lines[place]) if not lines[place].lstrip().startswith("#") else None
        place += 1
        if not found:
            continue
        held = [(found[2], place)]
        while held[-1][0].rstrip().endswith(escape) and place < len(lines):
            held[-1] = (held[-1][0].rstrip()[:-1], held[-1][1])
            while place < len(lines) and (not lines[place].strip() or lines[place].lstrip().startswith("#")):
                place += 1
            if place < len(lines):
                held.append((lines[place], place + 1))
                place += 1
        word = found[1].upper()
        document = _HEREDOC.search(held[-1][0]) if word in ("RUN", "COPY", "ADD") else None
        while document and place < len(lines):
            line = lines[place]
            place += 1
            if line.strip() == document[2]:
                break
            continued = line.rstrip().endswith("\\")
            held.append((line.rstrip()[:-1] if continued else line + "\n", place))
        yield word, held


def _shell_lines(lines: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """The lines of a RUN as a shell has them: without its own options, and a JSON list of words as words."""
    first, number = lines[0]
    first = re.sub(r"^(?:\s*--(?:mount|network|security)=\S+)+", "", first)
    first = _HEREDOC.sub("\n", first)
    if first.lstrip().startswith("["):
        first = re.sub(r"""["'],\s*["']""", '" "', first.strip().strip("[]"))
    return [(first, number), *lines[1:]]


def _variables(lines: list[tuple[str, int]], path: str) -> Iterator[Variable]:
    for text, number in lines:
        for found in _VARIABLE.finditer(text):
            if is_allowed(found[1]):
                yield variable(found[1], found[2].strip("\"'"), path, number)


def _shown_image(name: str) -> str:
    return redact(_LOGIN.sub(f"{REDACTED}@", name))


def _python_of(image: str) -> str:
    found = _PYTHON_IMAGE.search(image)
    return f"=={found[1]}" + ("" if found[1].count(".") > 1 else ".*") if found else ""


def devcontainers(project: Path, names: list[str]) -> Iterator[str]:
    """The places where a dev container may be described, whether or not there is one."""
    if holds(names, ".devcontainer.json"):
        yield ".devcontainer.json"
    if holds(names, ".devcontainer"):
        folder = project / ".devcontainer"
        yield ".devcontainer/devcontainer.json"
        inner = [name for name in names_of(folder)[:_ENTRIES] if is_folder(folder / name)]
        yield from (f".devcontainer/{name}/devcontainer.json" for name in inner[:_CONTAINERS])


def read_devcontainer(project: Path, path: str) -> tuple[Specification | None, tuple[HostWish, ...]]:
    """What a dev container installs and sets, None where nothing, and what it asks of the machine. Raises Unfit."""
    file = RelaxedJson(read_text(project / path, limit=CONTAINER_LIMIT, within=project))
    wishes = list(_wishes(file, path))
    image = text_of(file.values.get("image"), 300)
    if image:
        wishes.insert(0, HostWish("image", _shown_image(image), 0.0, path, file.line("image")))
    found = [installs([(text, line)], GROUP) for text, line in _commands(file)]
    asked = tuple(entry for each in found for entry in each.asked)[:ENTRY_LIMIT]
    channels = tuple(dict.fromkeys(channel for each in found for channel in each.channels))[:_CHANNELS]
    variables = tuple(_container_variables(file, path))
    if not asked and not channels and not variables:
        return None, tuple(wishes)
    python = _python_of(image)
    specification = Specification(
        path,
        "devcontainer.json",
        channels=tuple(name for name, _ in channels),
        channel_lines=tuple(line for _, line in channels),
        asked=asked,
        requires_python=python,
        python_line=file.line("image") if python else 0,
        variables=variables,
    )
    return specification, tuple(wishes)


def _wishes(file: RelaxedJson, path: str) -> Iterator[HostWish]:
    host = file.values.get("hostRequirements")
    if not isinstance(host, Mapping):
        return
    cores = host.get("cpus")
    if isinstance(cores, int | float) and not isinstance(cores, bool) and 0 < cores < 100_000:
        yield HostWish("cpus", f"{cores:g}", float(cores), path, file.line("hostRequirements", "cpus"))
    for what, told in (("memory", host.get("memory")), ("storage", host.get("storage"))):
        text = text_of(str(told) if isinstance(told, int) and not isinstance(told, bool) else told, 50)
        found = _SIZE.fullmatch(text)
        if found:
            amount = float(int(found[1]) * _POWERS[(found[2] or "").lower()])
            line = file.line("hostRequirements", what)
            yield HostWish("memory" if what == "memory" else "storage", text, amount, path, line)


def _commands(file: RelaxedJson) -> Iterator[tuple[str, int]]:
    for key in _COMMANDS:
        told = file.values.get(key)
        for each in list(told.values())[:50] if isinstance(told, Mapping) else [told]:
            text = " ".join(_quoted(word) for word in each[:200]) if isinstance(each, list) else each
            if isinstance(text, str):
                yield clean(text, 20_000), file.line(key)


def _quoted(word: Any) -> str:
    return f'"{word}"' if isinstance(word, str) and " " in word else str(word)


def _container_variables(file: RelaxedJson, path: str) -> Iterator[Variable]:
    for key in ("containerEnv", "remoteEnv"):
        members = file.values.get(key)
        for name, value in list(members.items())[:VARIABLE_LIMIT] if isinstance(members, Mapping) else ():
            if is_allowed(name) and isinstance(value, str):
                yield variable(name, value, path, file.line(key, name))
