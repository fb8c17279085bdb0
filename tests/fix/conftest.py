"""Fixtures for repairs of real environments."""

from __future__ import annotations

from pathlib import Path

import pytest

from doctor.fix.managers import programs
from tests.fix.ward import Ward


@pytest.fixture
def ward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ward:
    """A place for patients, far from the real home and its caches."""
    made = Ward(tmp_path)
    monkeypatch.setenv("HOME", str(made.home))
    monkeypatch.setenv("ENVDOCTOR_STATE", str(made.state))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("UV_NO_INDEX", "1")
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "UV_CACHE_DIR", "PIP_CACHE_DIR", "VIRTUAL_ENV", "CONDA_PREFIX"):
        monkeypatch.delenv(name, raising=False)
    return made


@pytest.fixture(params=["uv", "pip"])
def installer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The one tool that does pip's work in this test."""
    found = programs.find_programs
    other = {"uv": "pip", "pip": "uv"}[request.param]
    known_to = "doctor.fix.planning.making.find_programs"
    monkeypatch.setattr(known_to, lambda *known: tuple(p for p in found(*known) if p.name != other))
    return str(request.param)
