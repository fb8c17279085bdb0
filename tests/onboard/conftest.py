"""A place for repositories, far from the real home, its caches and its state."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.onboard.repositories import clean_variables
from tests.tui.terminal import Terminal

Onboard = Callable[..., Terminal]


@pytest.fixture
def variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Variables of a new teammate's shell: own home and state, no index, nothing active."""
    home, state = tmp_path / "home", tmp_path / "state"
    home.mkdir()
    found = clean_variables({"HOME": str(home), "ENVDOCTOR_STATE": str(state), "PIP_CONFIG_FILE": "/dev/null"})
    for name in ("PIP_FIND_LINKS", "VIRTUAL_ENV", "CONDA_PREFIX", "UV_CACHE_DIR", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("ENVDOCTOR_STATE", str(state))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return found


@pytest.fixture
def onboard(variables: dict[str, str]) -> Onboard:
    """Open envdoctor onboard at a terminal in a folder."""

    def opened(folder: Path, *words: str, more: dict[str, str] | None = None) -> Terminal:
        given = {**variables, **(more or {})}
        return Terminal(["-m", "doctor", "onboard", *words], columns=80, rows=120, variables=given, cwd=folder)

    return opened
