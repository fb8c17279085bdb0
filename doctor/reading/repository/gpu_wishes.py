"""Reads where a project says that its environment needs a GPU: pixi's system requirements, and dev containers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from doctor.facts.project import GpuWish
from doctor.reading.clean import clean
from doctor.reading.files import Unfit, read_text
from doctor.reading.repository.specifications import holds, names_of
from doctor.reading.toml_lines import TOML_LIMIT, Toml, parse_toml


def read_gpu_wishes(project: Path, prefix: Path, names: list[str] | None = None) -> tuple[GpuWish, ...]:
    """Read all of them; a file that cannot be read, or says nothing of a GPU, adds none."""
    top = names_of(project) if names is None else names
    return (*_of_pixi(project, prefix, top), *_of_containers(project, top))


def _of_pixi(project: Path, prefix: Path, names: list[str]) -> Iterator[GpuWish]:
    ours = prefix.parent.name == "envs" and prefix.parent.parent.name == ".pixi"
    for name in ("pixi.toml", "pyproject.toml"):
        if not holds(names, name):
            continue
        try:
            toml = _read(project, name)
        except Unfit:
            continue
        if toml is None:
            continue
        manifest = toml.values if name == "pixi.toml" else toml.mapping(toml.table("tool"), "pixi")
        for table in _pixi_tables(manifest, prefix.name if ours else "default"):
            asked = Toml.mapping(table, "system-requirements").get("cuda")
            if isinstance(asked, dict):
                asked = asked.get("version")
            if isinstance(asked, str | int | float) and not isinstance(asked, bool):
                text = f"system-requirements ask for CUDA {clean(str(asked), 20)}"
                yield GpuWish(True, text, name, toml.line("cuda", key=True))


def _read(project: Path, name: str) -> Toml | None:
    """One of the manifests; None where no word in it is of pixi's system requirements."""
    text = read_text(project / name, limit=TOML_LIMIT, within=project)
    if "system-requirements" not in text:
        return None
    from doctor.reading.repository.specifications.newer_toml import parse_newer_toml

    return parse_newer_toml(text) if name == "pixi.toml" else parse_toml(text)


def _pixi_tables(manifest: Mapping[str, Any], environment: str) -> Iterator[object]:
    """The tables that count for one of pixi's environments: its features', and what all share unless it says no."""
    told = Toml.mapping(manifest, "environments").get(environment)
    alone = isinstance(told, dict) and told.get("no-default-feature") is True
    if not alone:
        yield manifest
    features = Toml.mapping(manifest, "feature")
    for feature in Toml.texts(told.get("features") if isinstance(told, dict) else told):
        yield features.get(feature)


def _of_containers(project: Path, names: list[str]) -> Iterator[GpuWish]:
    if not holds(names, ".devcontainer") and not holds(names, ".devcontainer.json"):
        return
    from doctor.reading.repository.containers import CONTAINER_LIMIT, devcontainers
    from doctor.reading.repository.relaxed_json import RelaxedJson

    for path in devcontainers(project, names):
        try:
            file = RelaxedJson(read_text(project / path, limit=CONTAINER_LIMIT, within=project))
        except Unfit:
            continue
        gpu = Toml.mapping(file.values, "hostRequirements").get("gpu")
        if gpu is True or isinstance(gpu, dict):  # "optional" uses one where there is one, and asks for none
            yield GpuWish(True, "hostRequirements ask for a GPU", path, file.line("hostRequirements", "gpu"))
