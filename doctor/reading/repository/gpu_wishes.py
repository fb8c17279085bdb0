"""Reads where a project says that its environment needs a GPU: pixi's system requirements, and dev containers."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from doctor.facts.project import GpuWish
from doctor.reading.clean import clean, is_clean
from doctor.reading.files import Unfit, read_text
from doctor.reading.toml_lines import Toml, read_toml

#: bytes; the largest in the wild have 20,000
_CONTAINER_LIMIT = 256 * 1024
_CONTAINERS = 20
#: texts as they are, and comments; unclosed ones end with the file, so that nothing is read twice
_JSON_PARTS = re.compile(r'"(?:\\.|[^"\\\n])*"?|//[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/|\Z)', re.DOTALL)
_JSON_COMMAS = re.compile(r'"(?:\\.|[^"\\\n])*"?|,(?=[ \t\r\n]{0,2000}[}\]])')


def read_gpu_wishes(project: Path, prefix: Path) -> tuple[GpuWish, ...]:
    """Read all of them; a file that cannot be read, or says nothing of a GPU, adds none."""
    return (*_of_pixi(project, prefix), *_of_containers(project))


def _of_pixi(project: Path, prefix: Path) -> Iterator[GpuWish]:
    ours = prefix.parent.name == "envs" and prefix.parent.parent.name == ".pixi"
    for name in ("pixi.toml", "pyproject.toml"):
        try:
            toml = read_toml(project / name, within=project)
        except Unfit:
            continue
        manifest = toml.values if name == "pixi.toml" else toml.mapping(toml.table("tool"), "pixi")
        for table in _pixi_tables(manifest, prefix.name if ours else "default"):
            asked = Toml.mapping(table, "system-requirements").get("cuda")
            if isinstance(asked, dict):
                asked = asked.get("version")
            if isinstance(asked, str | int | float) and not isinstance(asked, bool):
                text = f"system-requirements ask for CUDA {clean(str(asked), 20)}"
                yield GpuWish(True, text, name, toml.line("cuda", key=True))


def _pixi_tables(manifest: Mapping[str, Any], environment: str) -> Iterator[object]:
    """The tables that count for one of pixi's environments: its features', and what all share unless it says no."""
    told = Toml.mapping(manifest, "environments").get(environment)
    alone = isinstance(told, dict) and told.get("no-default-feature") is True
    if not alone:
        yield manifest
    features = Toml.mapping(manifest, "feature")
    for feature in Toml.texts(told.get("features") if isinstance(told, dict) else told):
        yield features.get(feature)


def _of_containers(project: Path) -> Iterator[GpuWish]:
    for path in _containers(project):
        try:
            text = read_text(project / path, limit=_CONTAINER_LIMIT, within=project)
            host = Toml.mapping(_relaxed_json(text), "hostRequirements")
        except (Unfit, ValueError, RecursionError, MemoryError):
            continue
        gpu = host.get("gpu")
        if gpu is True or isinstance(gpu, dict):  # "optional" uses one where there is one, and asks for none
            place = text.find('"gpu"', max(text.find('"hostRequirements"'), 0))
            line = text.count("\n", 0, place) + 1 if place >= 0 else 0
            yield GpuWish(True, "hostRequirements ask for a GPU", path, line)


def _containers(project: Path) -> Iterator[str]:
    yield ".devcontainer.json"
    yield ".devcontainer/devcontainer.json"
    try:
        with os.scandir(project / ".devcontainer") as entries:
            names = [entry.name for _, entry in zip(range(1_000), entries, strict=False) if is_clean(entry.name)]
    except OSError:
        return
    for name in sorted(names)[:_CONTAINERS]:
        if not name.endswith(".json"):
            yield f".devcontainer/{name}/devcontainer.json"


def _relaxed_json(text: str) -> Any:
    """JSON with comments and commas before a closing bracket, as dev containers have it."""
    bare = _JSON_PARTS.sub(lambda found: found[0] if found[0][0] == '"' else " ", text)
    return json.loads(_JSON_COMMAS.sub(lambda found: found[0] if found[0][0] == '"' else "", bare))
