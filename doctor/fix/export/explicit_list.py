"""conda's explicit list: the address of every package with its checksum, from which no solver can deviate."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from doctor.facts import CondaRecord, Facts
from doctor.facts.units import several
from doctor.fix.export.editable import editable
from doctor.fix.export.installed import covered_by_pip, day, file_name, in_order, of_pip
from doctor.reading.clean import clean
from doctor.reading.redact import REDACTED

_ADDRESS = re.compile(r"(?:https?|file)://[^\s#'\"<>\\]+\.(?:conda|tar\.bz2)")
_MD5 = re.compile(r"[0-9a-fA-F]{32}")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


def explicit(facts: Facts, remotes: Mapping[str, str] = {}) -> str:
    """The list of the environment's conda packages; what it cannot hold stands in it as comments."""
    return "".join(f"{clean(line)}\n" for line in _lines(facts, remotes))


def address_line(record: CondaRecord) -> str:
    """One package's line, or an empty text where its record tells no address that can be used."""
    if not _ADDRESS.fullmatch(record.url) or REDACTED in record.url or record.url.startswith("file://~"):
        return ""
    if _MD5.fullmatch(record.md5):
        return f"{record.url}#{record.md5.lower()}"
    return f"{record.url}#sha256:{record.sha256.lower()}" if _SHA256.fullmatch(record.sha256) else record.url


def platform_of(facts: Facts) -> str:
    """The platform as channels name it: linux-64; empty where every package runs anywhere."""
    return next((record.subdir for record in facts.conda.records if record.subdir not in ("", "noarch")), "")


def _lines(facts: Facts, remotes: Mapping[str, str]) -> Iterator[str]:
    records, over, by_pip = facts.conda.records, covered_by_pip(facts), of_pip(facts)
    yield f"# conda packages of {file_name(facts)}" + (f", {day(facts)}" if day(facts) else "")
    yield f"# create it anew: conda create --name {file_name(facts)} --file THIS-FILE"
    if platform_of(facts):
        yield f"# platform: {platform_of(facts)}"
    yield "@EXPLICIT"
    for record in in_order(records):
        line = address_line(record)
        if not line:
            why = "holds a password or token" if REDACTED in record.url else "is unknown or on this machine alone"
            yield f"# left out: {record.name} {record.version} {record.build}, whose address {why}"
            continue
        if record.name in over:
            other = over[record.name]
            yield f"# {other.installer or 'another tool'} has installed {other.name} {other.version} over the next one"
        yield line
    for problem in facts.conda.problems:
        yield f"# not read: {problem.path} ({problem.reason})"
    if by_pip:
        yield f"# and {several(len(by_pip), 'package')} of pip, which this list cannot hold (see requirements):"
        for dist in by_pip:
            one = editable(dist, facts.project.root, remotes)
            yield f"# pip: {dist.name}=={dist.version}" + (f" ({one.why})" if one else "")
