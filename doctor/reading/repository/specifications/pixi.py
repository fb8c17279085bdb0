"""Reads the manifest of pixi: what comes from conda and PyPI, for features and for platforms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from doctor.facts.project import Asked, Specification
from doctor.facts.settings import Variable
from doctor.judgement.requirements import normalise
from doctor.reading.clean import clean
from doctor.reading.redact import redact
from doctor.reading.repository.specifications.entries import ENTRY_LIMIT, ask, ask_conda
from doctor.reading.repository.specifications.poetry_versions import pep440
from doctor.reading.repository.specifications.sources import source_address
from doctor.reading.repository.specifications.toml_places import Places
from doctor.reading.repository.specifications.variables import VARIABLE_LIMIT, variable
from doctor.reading.toml_lines import Toml

_TABLES = ("dependencies", "host-dependencies", "build-dependencies", "run-dependencies", "pypi-dependencies")
_LIMIT = 200
#: of a manifest that names none
_PLATFORMS = ("linux-64", "linux-aarch64", "osx-64", "osx-arm64", "win-64", "win-arm64")

Where = tuple[str, ...]


def read_pixi(path: str, manifest: Mapping[str, Any], places: Places, where: Where = ()) -> Specification:
    """The dependencies of all features and of the package that pixi builds, each with its platform."""
    key = "workspace" if Toml.mapping(manifest, "workspace") else "project"
    workspace = Toml.mapping(manifest, key)
    platforms = [clean(text, 50) for text in Toml.texts(workspace.get("platforms")) if text][:_LIMIT]
    asked: list[Asked] = [*_feature(manifest, "", places, where, platforms)]
    features = Toml.mapping(manifest, "feature")
    for name, table in list(features.items())[:_LIMIT]:
        asked += _feature(table, clean(str(name), 100), places, (*where, "feature", str(name)), platforms)
    asked += _feature(Toml.mapping(manifest, "package"), "package", places, (*where, "package"), platforms)
    channels = _channels(workspace)
    title = workspace.get("name")
    return Specification(
        path,
        "pixi.toml",
        clean(title, 200) if isinstance(title, str) else "",
        tuple(redact(clean(text, 300)) for text in channels),
        tuple(places.member(text, *where, key, "channels") for text in channels),
        tuple(asked[:ENTRY_LIMIT]),
        platforms=tuple(platforms),
        platform_lines=tuple(places.member(text, *where, key, "platforms") for text in platforms),
        variables=tuple(_variables(path, manifest, places, where)),
        default_groups=_default_features(manifest),
    )


def _channels(workspace: Mapping[str, Any]) -> list[str]:
    listed = workspace.get("channels")
    channels = (
        [item.get("channel") if isinstance(item, dict) else item for item in listed[:100]]
        if isinstance(listed, list)
        else []
    )
    return [text for text in channels if isinstance(text, str)]


def _default_features(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """The features that pixi's default environment has beside the default one."""
    told = Toml.mapping(manifest, "environments").get("default")
    return tuple(clean(text, 100) for text in Toml.texts(told.get("features") if isinstance(told, dict) else told))


def _feature(table: object, group: str, places: Places, where: Where, platforms: Sequence[str]) -> list[Asked]:
    """The entries of a feature; of one package asked for by several targets each platform has the closest alone."""
    found = [entry for entry in _tables(table, group, "", places, where) if entry]
    for target, body in list(Toml.mapping(table, "target").items())[:_LIMIT]:
        inside = _tables(body, group, clean(str(target), 50), places, (*where, "target", str(target)))
        found += [entry for entry in inside if entry]
    targets: dict[tuple[str, str], list[Asked]] = {}
    for entry in found:
        targets.setdefault((entry.name, entry.manager), []).append(entry)
    parted: list[Asked] = []
    for entries in targets.values():
        several = len({entry.marker for entry in entries}) > 1
        parted += _closest(entries, platforms or _PLATFORMS) if several else entries
    return parted


def _closest(entries: list[Asked], platforms: Sequence[str]) -> Iterator[Asked]:
    """For each platform the entry whose target says most of it, as pixi chooses: linux-64 before linux before unix."""
    for platform in platforms:
        ours = ("", "" if platform.startswith("win") else "unix", platform.partition("-")[0], platform)
        fitting = [entry for entry in entries if entry.marker in ours]
        best = max((ours.index(entry.marker) for entry in fitting), default=-1)
        yield from (entry._replace(marker=platform) for entry in fitting if ours.index(entry.marker) == best)


def _tables(table: object, group: str, platform: str, places: Places, where: Where) -> Iterator[Asked | None]:
    for key in _TABLES:
        for name, value in list(Toml.mapping(table, key).items())[:ENTRY_LIMIT]:
            line = places.line(*where, key, name)
            read = _from_pypi if key == "pypi-dependencies" else _from_conda
            asked = read(name, value if isinstance(value, dict) else {"version": value}, line, group)
            yield asked._replace(marker=platform) if asked and platform else asked


def _version(value: Mapping[str, Any]) -> str:
    told = value.get("version", "")
    return told.strip() if isinstance(told, str) and told.strip() != "*" else ""


def _from_pypi(name: str, value: Mapping[str, Any], line: int, group: str) -> Asked | None:
    version, extras = _version(value), [clean(text, 100) for text in Toml.texts(value.get("extras"))]
    wanted = f"[{','.join(extras)}]" if extras else ""
    asked = ask(f"{name}{wanted}{version}", line, group)
    if asked is None:
        return None
    told = pep440(version) or ""
    known = tuple(sorted({normalise(text) for text in extras}))
    url, editable = source_address(value), value.get("editable") is True
    return asked._replace(specifier=asked.specifier or told, extras=known, url=url, editable=editable)


def _from_conda(name: str, value: Mapping[str, Any], line: int, group: str) -> Asked | None:
    asked = ask_conda(f"{name} {_version(value)}".strip(), line, group)
    if asked is None:
        return None
    build, channel = (value.get(key) for key in ("build", "channel"))
    return asked._replace(
        build=clean(build, 200) if isinstance(build, str) else asked.build,
        channel=redact(clean(channel, 300)) if isinstance(channel, str) else asked.channel,
        url=source_address(value),
    )


def _variables(path: str, manifest: Mapping[str, Any], places: Places, where: Where) -> Iterator[Variable]:
    members = Toml.mapping(Toml.mapping(manifest, "activation"), "env")
    for name, value in list(members.items())[:VARIABLE_LIMIT]:
        if isinstance(value, str | int | float):
            yield variable(name, str(value), path, places.line(*where, "activation", "env", name))
