"""Reads the licences that metadata and conda's records name; no check asks, so that facts do not hold them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from doctor.collect.presence import real_path
from doctor.facts import Facts
from doctor.reading.clean import clean, decode
from doctor.reading.files import Unfit, read_bytes, read_json
from doctor.reading.redact import redact
from doctor.target.environment import Request

_CLASSIFIER = re.compile(r"Classifier:\s*License :: (?:OSI Approved :: )?(.+)")
#: characters; longer ones are the licence's text and not its name
_LONGEST = 120
_SMALL = 4 * 1024 * 1024


def licences_of(facts: Facts, request: Request) -> Mapping[str, str]:
    """Owner (numpy, conda:numpy) -> its licence in the words of its metadata, for those that name one."""
    prefix = request.environment.prefix
    found: dict[str, str] = {}
    for dist in facts.distributions.installed:
        site = real_path(dist.site, request)
        name = "METADATA" if dist.kind == "dist-info" else "PKG-INFO"
        try:
            data = read_bytes(f"{site}/{dist.folder}/{name}", limit=_SMALL, within=site)
        except Unfit:
            continue
        told = _of_metadata(decode(data))
        if told:
            found.setdefault(dist.key, told)
    for record in facts.conda.records:
        try:
            body = read_json(prefix / "conda-meta" / f"{record.dist}.json", within=prefix)
        except Unfit:
            continue
        told = _named(body.get("license")) if isinstance(body, dict) else ""
        if told:
            found[f"conda:{record.name}"] = told
    return found


def _of_metadata(text: str) -> str:
    """License-Expression, else License, else the classifiers."""
    head = re.split(r"\r?\n\r?\n", text, maxsplit=1)[0]
    fields: dict[str, str] = {}
    classifiers = []
    for line in head.splitlines():
        key, colon, value = line.partition(":")
        if colon and key.lower() in ("license-expression", "license"):
            fields.setdefault(key.lower(), value.strip())
        elif found := _CLASSIFIER.fullmatch(line.rstrip()):
            classifiers.append(found[1])
    named = _named(fields.get("license-expression")) or _named(fields.get("license"))
    return named if named and named.upper() != "UNKNOWN" else _named(", ".join(dict.fromkeys(classifiers)))


def _named(value: object) -> str:
    text = redact(clean(value)).strip() if isinstance(value, str) else ""
    return text if len(text) <= _LONGEST else ""


def expression(licence: str) -> str:
    """The same as an SPDX expression; empty where it is none."""
    try:
        from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
    except ImportError:  # packaging before 24.2
        return ""
    try:
        return str(canonicalize_license_expression(licence))
    except (InvalidLicenseExpression, RecursionError, ValueError):
        return ""
