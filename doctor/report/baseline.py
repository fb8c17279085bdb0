"""Findings that were known before: written down once, so that an old project fails only for what is new.

A finding is known again by its code, its subject and the places where it was seen. Versions, lines and folders of
one machine are left out of places, so that an upgrade, an edit or another checkout makes nothing new. Pure: the
command line reads and writes the files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from doctor.facts import Facts
from doctor.facts.serialise import NotFacts
from doctor.model import Baseline, Examination, Finding, Gone, Severity

SCHEMA_VERSION = 1
#: bytes of a baseline file, and findings in it
LIMIT = 32 * 1024 * 1024
_MOST = 100_000

_METADATA = re.compile(r"([^/]+?)-\d[^/]*(\.dist-info|\.egg-info)")
_RECORD = re.compile(r"(conda-meta/[^/]+?)-[^-/]+-[^-/]+(\.json)$")
_PYTHON = re.compile(r"(\blib(?:64)?/(?:python|pypy))\d+\.\d+t?(?=/|$)")
_TAG = re.compile(r"\.(?:cpython|cp|pypy|pp)-?\d+[\w-]*(?=\.(?:so|pyd)$)")


class Known(NamedTuple):
    """One finding of a baseline."""

    code: str
    subject: str
    severity: Severity
    places: tuple[str, ...] = ()


def known_of(finding: Finding, facts: Facts) -> Known:
    """What a finding is known by."""
    places = {place(evidence.path, facts) for evidence in finding.evidence if evidence.path}
    return Known(finding.code, place(finding.subject, facts), finding.severity, tuple(sorted(places)))


def place(path: str, facts: Facts) -> str:
    """A path without what differs from machine to machine or from one version to the next."""
    for folder, instead in ((facts.identity.prefix, "{prefix}"), (facts.project.root, "{project}")):
        if len(folder) > 1 and (path == folder or path.startswith(folder + "/")):
            path = instead + path[len(folder) :]
    path = _RECORD.sub(r"\1\2", _METADATA.sub(r"\1\2", path))
    return _TAG.sub("", _PYTHON.sub(r"\1", path.replace("{prefix}/", "").replace("{project}/", "")))


def dump(examination: Examination) -> str:
    """Write all that was found, known before or new, as a baseline; sorted, so that it reads well in a diff."""
    before = examination.baseline.known if examination.baseline else ()
    found = sorted(
        (known_of(finding, examination.facts) for finding in (*examination.findings, *before)),
        key=lambda known: (known.code, known.subject, known.places, known.severity.rank),
    )
    items = [{**known._asdict(), "severity": known.severity.value, "places": list(known.places)} for known in found]
    return json.dumps({"schema_version": SCHEMA_VERSION, "findings": items}, indent=1, ensure_ascii=False) + "\n"


def load(body: Any) -> tuple[Known, ...]:
    """Take a baseline out of the data of its file. Raises NotFacts naming the place."""
    if not isinstance(body, dict) or not isinstance(body.get("findings"), list):
        raise NotFacts("no baseline of findings; envdoctor check --write-baseline FILE makes one")
    version = body.get("schema_version")
    if version != SCHEMA_VERSION:
        raise NotFacts(f"schema_version {str(version)[:20]} is not the {SCHEMA_VERSION} that this envdoctor reads")
    if unknown := sorted(str(key)[:60] for key in body if key not in ("schema_version", "findings")):
        raise NotFacts(f"unknown field {unknown[0]!r}")
    if len(body["findings"]) > _MOST:
        raise NotFacts(f"more than {_MOST:,} findings")
    return tuple(_known(item, f"findings[{number}]") for number, item in enumerate(body["findings"]))


def _known(item: Any, where: str) -> Known:
    if not isinstance(item, dict):
        raise NotFacts(f"{where}: no finding")
    if unknown := sorted(str(key)[:60] for key in item if key not in Known._fields):
        raise NotFacts(f"{where}: unknown field {unknown[0]!r}")
    for field in ("code", "subject"):
        if not isinstance(item.get(field), str):
            raise NotFacts(f"{where}.{field}: not a text")
    if item.get("severity") not in [severity.value for severity in Severity]:
        raise NotFacts(f"{where}.severity: must be error, warning or note")
    places = item.get("places", [])
    if not isinstance(places, list) or not all(isinstance(one, str) for one in places):
        raise NotFacts(f"{where}.places: not a list of texts")
    return Known(item["code"], item["subject"], Severity(item["severity"]), tuple(sorted(set(places))))


def compare(examination: Examination, held: Iterable[Known]) -> Examination:
    """Take out of an examination what a baseline holds already, and say what of the baseline is gone."""
    left = list(held)
    before: list[Finding] = []
    there = [(finding, known_of(finding, examination.facts)) for finding in examination.findings]
    for fits in (_same, _seen_in_part):
        unknown = []
        for finding, known in there:
            entry = next((one for one in left if fits(one, known)), None)
            if entry:
                left.remove(entry)
                before.append(finding)
            else:
                unknown.append((finding, known))
        there = unknown
    ids = {id(finding) for finding in before}
    outcomes = tuple(
        outcome._replace(findings=kept, state="findings" if kept else "fine")
        if len(kept := tuple(one for one in outcome.findings if id(one) not in ids)) < len(outcome.findings)
        else outcome
        for outcome in examination.outcomes
    )
    judged = {outcome.check.code for outcome in outcomes if outcome.state in ("fine", "findings")}
    gone = sorted({Gone(one.code, one.subject) for one in left if one.code in judged})
    found_before = tuple(sorted(before, key=lambda one: (-one.severity.rank, one.code, one.subject, one.summary)))
    return examination._replace(outcomes=outcomes, baseline=Baseline(found_before, tuple(gone)))


def _same(one: Known, other: Known) -> bool:
    return _alike(one, other) and one.places == other.places


def _seen_in_part(one: Known, other: Known) -> bool:
    """Whether it was seen in one place at least where it was seen before: some may have been mended or added."""
    return _alike(one, other) and (not set(one.places).isdisjoint(other.places) or not (one.places or other.places))


def _alike(one: Known, other: Known) -> bool:
    return (one.code, one.subject) == (other.code, other.subject) and other.severity.rank <= one.severity.rank
