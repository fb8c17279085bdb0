"""environment.yml: what was asked for, with versions and channels, for people to keep and for conda to create from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from doctor.facts import CondaRecord, Facts
from doctor.fix.export.installed import (
    asked_for,
    channel_name,
    channels_of,
    covered_by_pip,
    day,
    file_name,
    is_conda_package,
    of_pip,
)
from doctor.fix.export.requirement_lines import extra_indexes, requirement
from doctor.judgement.numeric_names import BUILD_WORDS, SELECTORS
from doctor.reading.clean import clean
from doctor.reading.redact import REDACTED

_PLAIN = re.compile(r"[A-Za-z_][\w.=:/+<>!~-]*")
#: a build with a star in it: libblas=*=*mkl, pytorch 2.* cuda*, libblas[build=*mkl]
_WISH = re.compile(
    r"^[\w.:/-]+=[^=\s]*=(?P<joined>[\w.]*\*[\w.*]*)$|^[\w.:/-]+\s+\S+\s+(?P<spaced>[\w.]*\*[\w.*]*)$"
    r"|[\[,\s]build=[\"']?(?P<inside>[\w.]*\*[\w.*]*)[\"']?[\],]",
    re.ASCII,
)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
#: `conda env create` became `conda create` there, which does not know the word (changelog of 26.7.0; seen in 26.7.1)
_WITHOUT_NODEFAULTS = (26, 7)
ABOUT_NODEFAULTS = "keeps Anaconda's channels out; delete it where conda takes it for a channel (26.7 does)"
#: what YAML would read as something else than text
_WORDS = frozenset(("true", "false", "yes", "no", "on", "off", "null", "y", "n", "~"))


def environment_yml(facts: Facts, remotes: Mapping[str, str] = {}) -> str:
    """The file; what it cannot hold stands in it as comments."""
    return "".join(f"{clean(line)}\n" for line in _lines(facts, remotes))


def _lines(facts: Facts, remotes: Mapping[str, str]) -> Iterator[str]:
    records = facts.conda.records
    yield f"# {file_name(facts)}" + (f", {day(facts)}" if day(facts) else "") + ": what was asked for, at its versions"
    yield f"name: {_quoted(file_name(facts))}"
    yield from _channels(facts)
    yield "dependencies:"
    if records:
        yield from _from_conda(facts)
    else:
        yield f"  - python={facts.identity.python_minor or '3'}"
    yield from _from_pip(facts, remotes)
    yield from _variables(facts)


def _channels(facts: Facts) -> Iterator[str]:
    channels = channels_of(facts.conda.records, facts)
    unnamed = sorted({r.channel for r in facts.conda.records if not channel_name(r.channel, facts)})
    yield "channels:"
    yield from (f"  - {_quoted(channel)}" for channel in channels or ("conda-forge",))
    if "defaults" not in channels and not _is_made_by_a_conda_without_nodefaults(facts):
        yield f"  - nodefaults  # {ABOUT_NODEFAULTS}"
    for channel in unnamed:
        why = "holds a password or token" if REDACTED in channel else "cannot be named for another machine"
        yield f"  # left out: {channel or 'an unknown channel'}, which {why}"


def _is_made_by_a_conda_without_nodefaults(facts: Facts) -> bool:
    """Whether the conda that changed this environment last would look for a channel of that name."""
    told = next((step.conda_version for step in reversed(facts.conda.history) if step.conda_version), "")
    found = re.match(r"(\d+)\.(\d+)", told)
    return found is not None and (int(found[1]), int(found[2])) >= _WITHOUT_NODEFAULTS


def _from_conda(facts: Facts) -> Iterator[str]:
    channels, over = channels_of(facts.conda.records, facts), covered_by_pip(facts)
    for record in asked_for(facts.conda.records):
        if not is_conda_package(record):
            yield f"  # left out: {record.name} {record.version}, whose record cannot be written as a spec"
        elif record.name in over:
            other = over[record.name]
            yield f"  # {record.name}={record.version}: {other.name} {other.version} of pip lies over it, see below"
        else:
            yield f"  - {_quoted(_spec(record, channels, facts))}"
    yield from _chosen(facts)


def _spec(record: CondaRecord, channels: tuple[str, ...], facts: Facts) -> str:
    """name=version, with its channel where that is not the first, which would win, and the build wished for."""
    channel = channel_name(record.channel, facts)
    from_other = channel and channel != channels[0] and "://" not in channel
    wish = wished_build(record)
    spec = f"{record.name}={record.version}{f'={wish}' if wish else ''}"
    return f"{channel}::{spec}" if from_other else spec


def wished_build(record: CondaRecord) -> str:
    """The pattern of builds that a record was asked for with: *mkl of libblas=*=*mkl; empty where none was."""
    for spec in record.requested:
        found = _WISH.search(spec)
        if found is not None:
            return found["spaced"] or found["joined"] or found["inside"]
    return ""


def _chosen(facts: Facts) -> Iterator[str]:
    """Which BLAS the environment chose, where another solve may choose another and nobody asked for this one."""
    for record in facts.conda.records:
        if SELECTORS.get(record.name) == "blas" and not wished_build(record) and is_conda_package(record):
            words = [word for word in record.build.split("_") if word in BUILD_WORDS]
            if words:
                yield f"  # numbers are computed with {words[-1]}; to hold on to it: {record.name}=*=*{words[-1]}"


def _from_pip(facts: Facts, remotes: Mapping[str, str]) -> Iterator[str]:
    dists = [dist for dist in of_pip(facts) if dist.key != "pip"]
    if not dists:
        return
    if all(record.name != "pip" for record in asked_for(facts.conda.records)):
        yield "  - pip"
    lines = [requirement(dist, facts.project.root, remotes) for dist in dists]
    kept = [line for line in lines if line.text]
    if kept:
        yield "  - pip:"
        yield from (f"      - {_quoted(f'--extra-index-url {index}')}" for index in extra_indexes(dists))
    for line in lines:
        if line.remark:
            left_out = "" if line.text else "left out: "
            yield f"      # {left_out}{line.dist.name} {line.dist.version}: {line.remark}"
        if line.text:
            yield f"      - {_quoted(line.text)}"


def _variables(facts: Facts) -> Iterator[str]:
    """The variables that activation sets, secrets and what names the home folder apart."""
    told = sorted(facts.conda.variables.items())
    kept = [(name, value) for name, value in told if _VARIABLE.fullmatch(name) and _is_whole(value)]
    if kept:
        yield "variables:"
        yield from (f"  {name}: {json.dumps(value, ensure_ascii=False)}" for name, value in kept)
    for name, value in told:
        if (name, value) not in kept:
            yield f"# left out: the variable {name}, whose value is a secret or holds for this machine alone"
    yield from (f"# pinned: {pin}" for pin in facts.conda.pinned)


def _is_whole(value: str) -> bool:
    return REDACTED not in value and not re.search(r"(?:^|[:;=,\s])~(?:/|$)", value)


def _quoted(text: str) -> str:
    """A text as YAML holds it: plain where it can be, else in double quotes."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS and not text.endswith(":"):
        return text
    return json.dumps(text, ensure_ascii=False)
