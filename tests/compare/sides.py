"""Sides for comparisons: fingerprints with chosen items, and environments that were read."""

from __future__ import annotations

import base64
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from doctor.collect import LayerRead, collect
from doctor.compare.comparison import Side
from doctor.compare.fingerprint import FACTS_NEEDED, hash_of
from doctor.facts import FINGERPRINT_LAYERS, Facts, Fingerprint, Numbers, Part, Run, Series
from doctor.target.environment import Environment, Request

Items = Mapping[str, Mapping[str, str]]

_PYTHON = {"implementation": "cpython", "version": "3.12.4", "system": "linux", "architecture": "x86_64"}
_MACHINE: Items = {
    "processor": {"architecture": "x86_64", "level": "x86-64-v3"},
    "cores": {"usable": "8"},
    "C library": {"name": "glibc", "version": "2.36"},
}
_NATIVE: Items = {
    "BLAS of numpy": {"vendor": "OpenBLAS", "version": "0.3.30", "threading": "pthreads", "from": "its own wheel"}
}


def packages(**versions: str) -> Items:
    """Distributions from an index; an underscore in a keyword stands for a hyphen."""
    return {
        name.replace("_", "-"): {"version": version, "installer": "pip", "source": "index"}
        for name, version in versions.items()
    }


def conda(**versions: str) -> Items:
    """Records of conda-forge: version=build."""
    found = {}
    for name, text in versions.items():
        version, _, build = text.partition("=")
        found[name] = {"version": version, "build": build or "h0_0", "channel": "conda-forge", "platform": "linux-64"}
    return found


def fingerprint(
    *, kind: str = "venv", numbers: Numbers | None = None, gaps: Mapping[str, str] = {}, **layers: Items
) -> Fingerprint:
    """A fingerprint of a sound Linux environment with some layers replaced."""
    usual: dict[str, Items] = {"interpreter": {"python": _PYTHON}, "machine": _MACHINE, "native": _NATIVE}
    usual["distributions"] = packages(numpy="2.1.0", requests="2.32.0")
    parts = {}
    for name in FINGERPRINT_LAYERS:
        items = layers.get(name, usual.get(name, {}))
        parts[name] = Part(hash_of(items), items, gaps.get(name, ""))
    return Fingerprint("0.1.0", "demo", kind, 1_795_348_800.0, parts, numbers or Numbers())


def side(title: str, *, facts: Facts | None = None, **more: Any) -> Side:
    """A side of a comparison."""
    return Side(title, fingerprint(**more), facts)


def numbers(**values: tuple[float, ...]) -> Numbers:
    """Numbers of two equal runs; a double underscore in a keyword stands for a dot."""
    series = tuple(
        Series(name.replace("__", "."), "values", "float64", _packed(found), 1.0) for name, found in values.items()
    )
    return Numbers(True, runs=(Run("one-thread", series=series), Run("as-configured", series=series)), probe=1)


def _packed(values: tuple[float, ...]) -> str:
    return base64.b64encode(struct.pack(f"<{len(values)}d", *values)).decode()


def read(prefix: Path, home: Path, *, variables: Mapping[str, str] = {}, more: tuple[str, ...] = ()) -> Facts:
    """Facts of a real environment, as a snapshot reads them."""
    kind = "conda" if (prefix / "conda-meta").is_dir() else "venv"
    request = Request(Environment(prefix, kind, name="demo"), home=home, variables=variables, imports=False)  # type: ignore[arg-type]
    facts = Facts()
    for event in collect(request, {*FACTS_NEEDED, *more}):
        if isinstance(event, LayerRead):
            facts = event.facts
    return facts
