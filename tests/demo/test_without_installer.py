"""Without uv and without a pip of envdoctor's own: Python's wheel of pip is taken, and what cannot be done is told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from doctor.demo import installer
from doctor.demo.as_text import no_installer
from doctor.demo.catalogue import PATIENTS


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with neither."""
    monkeypatch.setattr(installer, "real_uv", lambda: "")
    monkeypatch.setattr(installer, "find_spec", lambda _name: None)


@pytest.mark.skipif(installer.bundled_pip() is None, reason="this Python brings no wheel of pip")
def test_python_s_own_wheel_is_taken(tmp_path: Path) -> None:
    assert installer.have_installer(tmp_path)
    done = subprocess.run([tmp_path / "bin/pip", "--version"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert str(tmp_path / "tools") in done.stdout


def test_none_at_all_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installer, "bundled_pip", lambda: None)
    assert not installer.have_installer(tmp_path)
    assert list(tmp_path.iterdir()) == []
    told = no_installer(PATIENTS)
    assert "MIX006 of forecast" in told
    assert "NBK001" not in told


def test_the_demonstration_says_so(tmp_path: Path) -> None:
    code = (
        "import sys; import doctor.demo.stage as stage; stage.have_installer = lambda root: False; "
        "from doctor.cli import run; sys.exit(run(['demo', '--no-app']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"HOME": str(tmp_path), "TMPDIR": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Neither pip nor uv was found" in done.stderr
    assert list(tmp_path.iterdir()) == []
