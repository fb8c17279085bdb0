"""Asks conda's family what an environment that does not exist yet would hold; nothing is created."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from doctor.fix.host.commands import run
from doctor.fix.plan import Program
from doctor.reading.conda.channel_names import canonical_channel

_NAME = re.compile(r"[A-Za-z0-9_][\w.-]*", re.ASCII)
_WORD = re.compile(r"[\w.!+]+", re.ASCII)
_CHANNEL = re.compile(r"[\w.-]+(?:/[\w.-]+)*", re.ASCII)


class Package(NamedTuple):
    """One package of the answer."""

    name: str
    version: str
    build: str
    channel: str  #: by name; empty where it has only an address

    @property
    def spec(self) -> str:
        """The spec of exactly this build."""
        where = f"{self.channel}::" if self.channel else ""
        return f"{where}{self.name}={self.version}={self.build}"


def solve(
    program: Program,
    where: Sequence[str],
    specs: Sequence[str],
    variables: Mapping[str, str],
    *,
    say: Callable[[str], None],
    stop: Callable[[], bool],
) -> tuple[Package, ...] | str:
    """The packages that would be linked, by name; a text says why there is no answer."""
    with tempfile.TemporaryDirectory(prefix="envdoctor-") as folder:
        line = [
            *program.start, "create", "--dry-run", "--json", "--yes", "--prefix", f"{folder}/nothing",
            *where, "--", *specs,
        ]  # fmt: skip
        given = {**variables, "CONDA_DRY_RUN": "true", "CONDA_JSON": "true"}
        ran = run(line, folder=Path(folder), variables=given, say=say, stop=stop, capture=True)
    try:
        answer = json.loads(ran.output)
    except (ValueError, RecursionError):
        return ran.why
    if ran.status or not isinstance(answer, dict) or not answer.get("success", True):
        return _why(answer) or ran.why
    actions = answer.get("actions")
    listed = actions.get("LINK") if isinstance(actions, dict) else None
    packages = [_package(item) for item in listed or () if isinstance(item, dict)]
    if not packages or not all(packages):
        return "the answer of its dry run cannot be read"
    return tuple(sorted(package for package in packages if package))


def _package(item: Mapping[str, object]) -> Package | None:
    name, version = str(item.get("name", "")), str(item.get("version", ""))
    build = str(item.get("build_string") or item.get("build") or "")
    channel = canonical_channel(str(item.get("channel", "")))
    if not _NAME.fullmatch(name) or not _WORD.fullmatch(version) or not _WORD.fullmatch(build):
        return None
    return Package(name, version, build, channel if _CHANNEL.fullmatch(channel) else "")


def _why(answer: object) -> str:
    if not isinstance(answer, dict):
        return ""
    from doctor.reading.clean import clean
    from doctor.reading.redact import redact

    text = answer.get("message") or answer.get("error") or answer.get("exception_name") or ""
    return redact(clean(str(text), 400))
