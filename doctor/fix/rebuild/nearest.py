"""Asks pip's family which versions fit another Python: the same where they do, else the nearest later ones.

The question is put with nothing but names and versions; no environment is looked at or changed.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from doctor.facts import Distribution, Facts
from doctor.fix.export.installed import is_release
from doctor.fix.host.commands import Ran, run
from doctor.fix.host.files import write_new
from doctor.fix.options import Options
from doctor.fix.plan import Program
from doctor.fix.rebuild.installing import sources
from doctor.judgement.markers import Markers
from doctor.judgement.requirements import parse
from doctor.reading.clean import clean

_PIN = re.compile(r"([A-Za-z0-9][\w.-]*)==([\w.!+-]+)\s*(?:;.*)?")

#: how pip names what it has no wheel of
_MISSING = re.compile(r"No matching distribution found for ([A-Za-z0-9][\w.-]*?)==")
#: questions put to pip, each of which tells it one more package without a wheel
_TRIES = 30


class Question(NamedTuple):
    """What has to fit, on which Python, and who is asked."""

    python: str  #: X.Y or X.Y.Z
    interpreter: Path | None  #: None where only another Python is there to answer
    asked: tuple[Distribution, ...]  #: that somebody asked for
    others: tuple[Distribution, ...]  #: that came with them
    indexes: tuple[str, ...]
    options: Options
    say: Callable[[str], None]
    stop: Callable[[], bool]


def asked_for(dists: Sequence[Distribution], facts: Facts) -> tuple[Distribution, ...]:
    """The distributions that somebody asked for, and those that no other needs; editable ones count for nothing."""
    markers = Markers(facts.identity.markers)
    needed = set()
    for dist in dists:
        if dist.direct_url is None or not dist.direct_url.editable:
            for text in dist.requires:
                requirement = parse(text)
                if requirement is not None and markers.hold(requirement.marker, frozenset()) is not False:
                    needed.add(requirement.key)
    return tuple(dist for dist in dists if dist.requested or dist.key not in needed)


def ask_uv(uv: Program, question: Question) -> Mapping[str, str] | str:
    """Name -> version by uv, wheels alone first; a text says why nothing fits."""
    first: Mapping[str, str] | str = ""
    for flags in (("--no-build",), ()):
        first = _compile(uv, question, at_least(question.asked), flags)
        if question.stop():
            return "stopped"
        if isinstance(first, str):
            continue
        both = [*question.asked, *(dist for dist in question.others if dist.key in first)]
        nearer = _compile(uv, question, at_least(both), flags)
        return first if isinstance(nearer, str) else nearer
    return first


def ask_pip(pip: Program, question: Question) -> Mapping[str, str] | str:
    """Name -> version by pip: the same versions but for those that have no wheel, which are the newest."""
    releases = [dist for dist in question.asked if is_release(dist)]
    later: set[str] = set()
    found: Mapping[str, str] | str = ""
    for _ in range(_TRIES):
        same = [f"{dist.name}=={dist.version}" for dist in releases if dist.key not in later]
        found = _report(pip, question, [*same, *at_least([dist for dist in releases if dist.key in later])])
        if not isinstance(found, str) or len(later) == len(releases) or question.stop():
            return found
        missing = {canonicalize_name(name) for name in _MISSING.findall(found)} & {dist.key for dist in releases}
        later |= missing - later or {dist.key for dist in releases}  # no wheel of one; or they do not fit each other
    return found


def at_least(dists: Sequence[Distribution]) -> list[str]:
    """Requirements: the version that is there, whichever build of it, or a later one."""
    return [f"{dist.name}>={dist.version.partition('+')[0]}" for dist in dists if is_release(dist)]


def _compile(uv: Program, question: Question, lines: Sequence[str], flags: Sequence[str]) -> Mapping[str, str] | str:
    with tempfile.TemporaryDirectory(prefix="envdoctor-") as folder:
        wanted = Path(folder) / "wanted.txt"
        write_new(wanted, "".join(f"{line}\n" for line in lines))
        extra = [part for index in question.indexes for part in ("--extra-index-url", index)]
        offline = question.options.offline
        line = [
            *uv.start, "pip", "compile",
            *(["--python", str(question.interpreter)] if question.interpreter else []),
            "--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links",
            "--resolution", "lowest-direct", "--python-version", question.python, *flags, *sources(question.options),
            *([] if offline else extra), *(["--index-strategy", "unsafe-best-match"] if extra and not offline else []),
            *(["--offline"] if offline else []), str(wanted),
        ]  # fmt: skip
        ran = run(
            line,
            folder=Path(folder),
            variables={"UV_NO_PROJECT": "1"},
            say=question.say,
            stop=question.stop,
            capture=True,
        )
    if ran.status:
        return _whole(ran)
    pins = (_PIN.fullmatch(text.strip()) for text in ran.output.splitlines())
    return {str(canonicalize_name(pin[1])): pin[2] for pin in pins if pin}


def _report(pip: Program, question: Question, lines: Sequence[str]) -> Mapping[str, str] | str:
    start = list(pip.start)
    if "--python" in start:  # it only answers, so that it may run with its own
        start = start[: start.index("--python")]
    with tempfile.TemporaryDirectory(prefix="envdoctor-") as folder:
        extra = [part for index in question.indexes for part in ("--extra-index-url", index)]
        line = [
            *start, "install", "--dry-run", "--ignore-installed", "--quiet", "--no-input", "--report", "-",
            "--target", f"{folder}/nothing", "--python-version", question.python, "--only-binary", ":all:",
            *sources(question.options), *([] if question.options.offline else extra), "--", *lines,
        ]  # fmt: skip
        ran = run(line, folder=Path(folder), say=question.say, stop=question.stop, capture=True)
    if ran.status:
        return _whole(ran)
    try:
        installs = json.loads(ran.output)["install"]
        found = {str(item["metadata"]["name"]): str(item["metadata"]["version"]) for item in installs}
    except (ValueError, KeyError, TypeError, RecursionError):
        return "pip's report cannot be read"
    named = {str(canonicalize_name(name)): version for name, version in found.items()}
    return named if all(map(_is_version, named.values())) else "pip's report names versions that are none"


def _whole(ran: Ran) -> str:
    """The reason with the lines that follow it, in which uv and pip say what does not fit what."""
    lines = [re.sub(r"^\W+", "", line) for line in ran.tail if not line.lower().startswith(("warning", "hint"))]
    return clean(" ".join(filter(None, lines)), 500) or ran.why


def _is_version(text: str) -> bool:
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True
