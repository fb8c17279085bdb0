"""CycloneDX 1.6 in JSON: every package with its origin, hashes and licence, who needs whom, and what computes numbers.

The same environment gives the same bytes: the serial number is made from the contents, and no time stands in it
unless one is given.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

from doctor import __version__
from doctor.compare.fingerprint import fingerprint_of
from doctor.facts import Distribution, Facts
from doctor.fix.export.archives import Archive, Archives, address, installed
from doctor.fix.export.installed import file_name
from doctor.fix.export.licences import expression
from doctor.fix.export.package_urls import conda_purl, generic_purl, pypi_purl
from doctor.judgement.dependencies import held_requirements, visible_distributions
from doctor.judgement.needs import owners
from doctor.judgement.numerics import numerics_of
from doctor.judgement.overlap import depend_name

_ROOT = "environment"

Component = dict[str, Any]


def cyclonedx(facts: Facts, archives: Archives, licences: Mapping[str, str], *, made: float = 0.0) -> str:
    """The bill of materials; made is its time, 0 for none."""
    components = dict(_components(facts, archives, licences))
    needs = _needs(facts, components)
    root = {"type": "application", "bom-ref": _ROOT, "name": file_name(facts), "properties": _of_environment(facts)}
    metadata: dict[str, Any] = {
        "tools": {"components": [{"type": "application", "name": "envdoctor", "version": __version__}]},
        "component": root,
    }
    if made:
        metadata = {"timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(made))} | metadata
    body = {
        "metadata": metadata,
        "components": sorted(components.values(), key=lambda component: component["bom-ref"]),
        "dependencies": [{"ref": ref, "dependsOn": sorted(needed)} for ref, needed in sorted(needs.items())],
    }
    head = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": _serial(body),
        "version": 1,
    }
    return json.dumps(head | body, indent=2, ensure_ascii=False) + "\n"


def _serial(body: Mapping[str, Any]) -> str:
    import hashlib
    import uuid

    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).digest()
    return f"urn:uuid:{uuid.UUID(bytes=digest[:16], version=5)}"


def _components(facts: Facts, archives: Archives, licences: Mapping[str, str]) -> Iterator[tuple[str, Component]]:
    """(owner, component): python, conda:NAME, and the keys of the distributions that no conda package brought."""
    identity = facts.identity
    if facts.conda.record("python") is None and identity.python:
        purl = generic_purl(identity.implementation, identity.python)
        yield "python", _component("platform", identity.implementation, identity.python, purl, "", ())
    for record in facts.conda.records:
        hashes = [("MD5", record.md5), ("SHA-256", record.sha256)]
        more = [
            ("conda:build", record.build),
            ("conda:build_number", str(record.build_number)),
            ("conda:channel", record.channel),
            ("conda:subdir", record.subdir),
            ("conda:requested", "true" if record.requested else ""),
        ]
        owner = f"conda:{record.name}"
        component = _component(
            "library", record.name, record.version, conda_purl(record), licences.get(owner, ""), hashes, record.url
        )
        yield owner, _with_properties(component, [*more, *_numerics(facts, owner)])
    brought = owners(facts)
    for key, copies in visible_distributions(facts).items():
        if brought.get(key, key) != key:
            continue
        dist = max(copies, key=lambda copy: (copy.modified, copy.version, copy.folder))
        yield (
            key,
            _with_properties(
                _of_pip(dist, archives.get(key, ()), licences.get(key, "")), [*_about(dist), *_numerics(facts, key)]
            ),
        )


def _of_pip(dist: Distribution, archives: tuple[Archive, ...], licence: str) -> Component:
    archive = installed(archives, dist)
    hashes = [("SHA-256", archive.digest)] if archive else []
    return _component(
        "library", dist.name, dist.version, pypi_purl(dist, archive), licence, hashes, archive.url if archive else ""
    )


def _about(dist: Distribution) -> Iterator[tuple[str, str]]:
    source = dist.direct_url
    yield "installer", dist.installer
    yield "build", dist.build or dist.version.partition("+")[2]
    yield "native", "true" if dist.native else ""
    yield "site", dist.site if dist.site.startswith(("~", "/")) else ""
    if source is not None:
        yield "editable", "true" if source.editable else ""
        yield "source", source.url
        yield "commit", source.commit


def _numerics(facts: Facts, owner: str) -> Iterator[tuple[str, str]]:
    """The BLAS and OpenMP libraries that a package brings, with what is known of them."""
    for runtime in numerics_of(facts).runtimes:
        if runtime.owner == owner:
            users = ", ".join(sorted(runtime.packages))
            yield runtime.kind, " ".join(filter(None, (runtime.title, runtime.threading)))
            yield f"{runtime.kind}:loaded-by", users


def _component(
    kind: str,
    name: str,
    version: str,
    purl: str,
    licence: str,
    hashes: Iterator[tuple[str, str]] | list[tuple[str, str]] | tuple[()],
    url: str = "",
) -> Component:
    component: Component = {"type": kind, "bom-ref": purl, "name": name, "version": version}
    told = [{"alg": algorithm, "content": digest.lower()} for algorithm, digest in hashes if digest]
    if told:
        component["hashes"] = told
    if licence:
        spdx = expression(licence)
        component["licenses"] = [{"expression": spdx}] if spdx else [{"license": {"name": licence}}]
    component["purl"] = purl
    if url and address(url):
        component["externalReferences"] = [{"type": "distribution", "url": address(url)}]
    return component


def _with_properties(component: Component, told: list[tuple[str, str]]) -> Component:
    found = sorted({(f"envdoctor:{name}", value) for name, value in told if value})
    return component | ({"properties": [{"name": name, "value": value} for name, value in found]} if found else {})


def _of_environment(facts: Facts) -> list[dict[str, str]]:
    """The fingerprint: each layer's hash, and the items that say what computes and on what."""
    told: list[tuple[str, str]] = [("kind", facts.identity.kind), ("maker", facts.identity.maker)]
    fingerprint = fingerprint_of(facts)
    for layer, part in fingerprint.layers.items():
        if part.gap:
            told.append((f"fingerprint:{layer}:gap", part.gap))
            continue
        told.append((f"fingerprint:{layer}", part.hash))
        if layer not in ("conda", "distributions"):
            for what, fields in part.items.items():
                value = ", ".join(f"{field}: {text}" for field, text in sorted(fields.items()))
                told.append((f"{layer}:{what}", value))
    return [{"name": f"envdoctor:{name}", "value": value} for name, value in sorted(set(told)) if value]


def _needs(facts: Facts, components: Mapping[str, Component]) -> dict[str, set[str]]:
    """Who needs whom, by their references; the environment needs those that nothing else needs."""
    refs = {owner: component["bom-ref"] for owner, component in components.items()}
    found: dict[str, set[str]] = {ref: set() for ref in refs.values()}
    for record in facts.conda.records:
        for depend in record.depends:
            needed = refs.get(f"conda:{depend_name(depend)}")
            if needed and needed != refs[f"conda:{record.name}"]:
                found[refs[f"conda:{record.name}"]].add(needed)
    brought = owners(facts)
    needs, _ = held_requirements(facts, visible_distributions(facts))
    for key, rows in needs.items():
        other = refs.get(brought.get(key, key), "")
        for dist, _ in rows:
            one = refs.get(brought.get(dist.key, dist.key), "")
            if one and other and one != other:
                found[one].add(other)
    needed_by_others = set().union(*found.values()) if found else set()
    roots = {ref for ref in found if ref not in needed_by_others}
    return found | {_ROOT: roots | _unreached(found, roots)}


def _unreached(found: Mapping[str, set[str]], roots: set[str]) -> set[str]:
    """One of each circle that no root leads to."""
    seen: set[str] = set()
    more: set[str] = set()
    pending = list(roots)
    for ref in [*sorted(found), ""]:
        while pending:
            one = pending.pop()
            if one not in seen:
                seen.add(one)
                pending.extend(found.get(one, ()))
        if ref and ref not in seen:
            more.add(ref)
            pending.append(ref)
    return more
