"""What is installed in editable mode stands in no export but as a comment, which names its folder or repository."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from doctor.cli import run
from tests.patients.venvs import make_venv, site_packages_of

_TOKEN = "ghp_" + "Ab1" * 12


def editable(prefix: Path, name: str, sources: Path, installer: str = "pip") -> None:
    """Install a distribution as installers do in editable mode."""
    site = site_packages_of(prefix)
    info = site / f"{name}-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1\n")
    (info / "INSTALLER").write_text(installer)
    (info / "direct_url.json").write_text(json.dumps({"url": sources.as_uri(), "dir_info": {"editable": True}}))
    (info / "RECORD").write_text(f"{name}.pth,,\n")
    (site / f"{name}.pth").write_text(f"{sources}\n")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that holds itself, a library in a folder of its own, and a checkout from elsewhere."""
    project, other = tmp_path / "project", tmp_path / "other"
    (project / "libs/my common").mkdir(parents=True)
    (project / "pyproject.toml").write_text('[project]\nname = "mine"\nversion = "0.1"\n')
    (other / ".git").mkdir(parents=True)
    secret = f"https://someone:{_TOKEN}@git.example/team/other.git"
    config = (
        f'[core]\n\tbare = false\n[remote "up"]\n\turl = https://up.example/x\n[remote "origin"]\n\turl = {secret}\n'
    )
    (other / ".git/config").write_text(config)
    prefix = make_venv(project / ".venv")
    editable(prefix, "mine", project)
    editable(prefix, "common", project / "libs/my common", "uv")
    editable(prefix, "other", other)
    monkeypatch.chdir(project)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ENVDOCTOR_STATE", str(tmp_path / "state"))
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        monkeypatch.delenv(name, raising=False)
    return project


@pytest.mark.parametrize("kind", ["requirements", "environment.yml", "pylock", "cyclonedx"])
def test_each_export_names_them(project: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    assert run(["export", "--format", kind]) == 0
    printed = capsys.readouterr()
    assert _TOKEN not in printed.out + printed.err
    assert "someone" not in printed.out + printed.err
    if kind == "cyclonedx":
        assert printed.out.count("envdoctor:editable") == 3
        return
    own = "python -m pip install --no-deps --editable ."
    common = "uv pip install --no-deps --editable './libs/my common'"
    where = (project.parent / "other").as_uri()
    told = (
        f"mine 0.1: editable, the project itself: {own}",
        f"common 0.1: editable, from ./libs/my common of the project: {common}",
        f"other 0.1: editable, its sources are {where}, cloned from https://***@git.example/team/other.git",
    )
    for line in told:
        assert f"# left out: {line}" in printed.out
        assert f"  left out: {line}" in printed.err
    assert f"then: the project itself: {own}" in printed.err
    assert f"then: common: {common}" in printed.err


def test_a_repository_that_means_harm_tells_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = project.parent / "other/.git/config"
    for text in ("[remote", '[remote "origin"]\nurl = /home/someone/x\n', '[remote "origin"]\nurl = https://a/$(id)\n'):
        config.write_text(text)
        assert run(["export", "--format", "requirements"]) == 0
        assert "cloned from" not in capsys.readouterr().out
    config.unlink()
    config.symlink_to("/dev/zero")
    assert run(["export", "--format", "requirements"]) == 0
    assert "cloned from" not in capsys.readouterr().out
