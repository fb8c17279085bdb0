"""What onboarding says is true: who stands in for whom, what uses the network, whose code is started."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from doctor.failure import Failure
from doctor.fix.creating.creation import carry_out_creation
from doctor.fix.creating.tools import find_tools
from doctor.fix.events import Ended
from doctor.fix.history import operations
from doctor.fix.host.commands import Ran
from doctor.fix.options import Options
from doctor.fix.undo import undo
from doctor.live.asking import question
from doctor.live.numbers import numbers_question
from doctor.onboard import as_json, as_text
from doctor.onboard.data import Onboarding, OnboardStep, Wishes
from doctor.onboard.looking import look
from doctor.onboard.taking import prepare
from doctor.reading.redact import show
from doctor.report.text import plain_text
from tests.onboard.repositories import make_ipykernel, make_scales, with_lock
from tests.patients.venvs import install, make_venv

_UV_LOCK = """\
version = 1
requires-python = ">=3.11"

[[package]]
name = "scales"
version = "2.0"
source = { registry = "https://pypi.org/simple" }
wheels = [{ url = "https://files.pythonhosted.org/scales-2.0-py3-none-any.whl", hash = "sha256:%s", size = 9 }]

[[package]]
name = "shop"
version = "0.1"
source = { virtual = "." }
dependencies = [{ name = "scales" }]
"""


@pytest.fixture
def place(tmp_path: Path, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("PIP_NO_INDEX", "UV_OFFLINE", "UV_NO_INDEX", "UV_FIND_LINKS", "CONDA_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    assert variables["HOME"]
    return tmp_path


def _look(place: Path, folder: Path, *, environment: str = "", offline: bool = False) -> Onboarding:
    options = Options(offline=offline, wheels=place / "wheels", export_first=False)
    return look(folder, Wishes(environment, options=options), place / "state")


def _step(onboarding: Onboarding, key: str) -> OnboardStep:
    return next(step for step in onboarding.steps if step.key == key)


def _of_uv(folder: Path) -> Path:
    folder.mkdir()
    (folder / "pyproject.toml").write_text('[project]\nname = "shop"\nversion = "0.1"\ndependencies = ["scales"]\n')
    (folder / "uv.lock").write_text(_UV_LOCK % ("ab" * 32))
    return folder


def _without(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    monkeypatch.setattr(
        "doctor.onboard.looking.find_tools",
        lambda request, facts: {name: tool for name, tool in find_tools(request, facts).items() if name not in names},
    )


def test_who_stands_in_for_the_manager_that_is_asked_for(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = _of_uv(place / "shop")
    with_uv = _look(place, folder)
    assert [manager.name for manager in with_uv.managers if manager.asked] == ["uv"]
    assert as_json.body(with_uv)["machine"]["lacks"] is None
    _without(monkeypatch, "uv")
    without = _look(place, folder)
    assert [manager.name for manager in without.managers if manager.asked] == []
    page = "https://docs.astral.sh/uv/getting-started/installation"
    create = _step(without, "create")
    assert create.why == f"uv.lock is uv's lock; pip stands in for it; to have uv: {page}"
    assert "for uv is not on this machine" in create.title
    machine = plain_text(as_text.machine(without))
    assert f"uv, asked for, is not here; to have it: {page}" in " ".join(machine.split())
    assert "pip, asked for" not in machine
    assert as_json.body(without)["machine"]["lacks"] == {"name": "uv", "page": page}


def test_pip_is_asked_for_where_nothing_else_is(place: Path) -> None:
    folder = with_lock(place / "shop", place / "wheels", head="")
    assert [manager.name for manager in _look(place, folder).managers if manager.asked] == ["pip"]


@pytest.mark.parametrize(
    ("settings", "text", "used"),
    [
        ({}, "scales\n", True),
        ({"PIP_NO_INDEX": "1"}, "scales\n", False),
        ({"PIP_NO_INDEX": "0"}, "scales\n", True),
        ({"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "https://links.example/"}, "scales\n", True),
        ({"PIP_NO_INDEX": "1"}, "scales @ https://links.example/scales-2.0-py3-none-any.whl\n", True),
        ({"PIP_FIND_LINKS": "/opt/links"}, "--no-index\nscales\n", False),
        ({"PIP_FIND_LINKS": "/opt/links"}, "--no-index\n--find-links https://links.example/\nscales\n", True),
    ],
)
def test_the_network_is_told_as_pip_will_use_it(
    place: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], text: str, used: bool
) -> None:
    make_scales(place / "wheels")
    folder = place / "shop"
    folder.mkdir()
    (folder / "requirements.txt").write_text(text)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    onboarding = _look(place, folder)
    step = prepare(_step(onboarding, "create"), onboarding)
    assert step.plan is not None
    assert step.plan.network is used
    assert ("uses the network" in as_text.costs(step)) is used


@pytest.mark.parametrize(("settings", "used"), [({}, True), ({"UV_OFFLINE": "1"}, False), ({"UV_NO_INDEX": "1"}, True)])
def test_the_network_is_told_as_uv_will_use_it_for_its_lock(
    place: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], used: bool
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    step = _step(_look(place, _of_uv(place / "shop")), "create")
    assert ("uses the network" in as_text.costs(step)) is used


def test_a_kernel_needs_no_network_where_none_is_to_be_used(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_ipykernel(place / "wheels")
    folder = with_lock(place / "shop", place / "wheels")
    make_venv(folder / ".venv")
    notebook = '{"nbformat": 4, "metadata": {"kernelspec": {"name": "python3", "language": "python"}}, "cells": []}'
    (folder / "a.ipynb").write_text(notebook)
    assert "uses the network" in as_text.costs(_step(_look(place, folder), "kernel"))
    assert "downloads nothing" in as_text.costs(_step(_look(place, folder, offline=True), "kernel"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    onboarding = _look(place, folder)
    assert "downloads nothing" in as_text.costs(_step(onboarding, "kernel"))
    assert "downloads nothing" in as_text.costs(prepare(_step(onboarding, "kernel"), onboarding))


def test_an_environment_that_came_with_the_repository_is_not_started(place: Path) -> None:
    folder = with_lock(place / "shop", place / "wheels")
    make_venv(folder / ".venv")
    for words in (("init",), ("add", "--all", "--force")):
        subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)
    onboarding = _look(place, folder)
    assert onboarding.chosen is None
    assert onboarding.prefix == folder / ".venv-2"
    assert any("came with the repository itself" in note and "--env" in note for note in onboarding.notes)
    told = [line for step in onboarding.steps for line in as_text.commands(step.does, onboarding)]
    assert told
    assert not any(f"{folder}/.venv/" in line for line in told)
    named = _look(place, folder, environment=str(folder / ".venv"))
    assert named.chosen is not None
    for step in named.steps:
        if step.key in ("packages", "project") and step.state == "todo":
            assert "which came with the repository" in step.beware[0]
    for _, about in (numbers_question(named.request, named.facts), question(named.request, named.facts)):
        assert "came with the repository itself" in about
    subprocess.run(["git", "rm", "-r", "--cached", "-q", ".venv"], cwd=folder, check=True)
    own = _look(place, folder)
    assert own.prefix == folder / ".venv"
    assert "came with" not in numbers_question(own.request, own.facts)[1]


def test_the_folders_above_go_with_a_creation_that_fails_or_is_undone(place: Path) -> None:
    folder, state = with_lock(place / "shop", place / "wheels"), place / "state"
    (folder / "pyproject.toml").write_text('[tool.envdoctor]\nenvironment = "deep/er/.venv"\n')
    before = sorted(folder.rglob("*"))
    lock = (folder / "requirements.txt").read_text()
    for text, ending in ((lock.replace("sha256:", "sha256:0")[:-1] + "\n", "put-back"), (lock, "done")):
        (folder / "requirements.txt").write_text(text)
        onboarding = _look(place, folder, offline=True)
        step = prepare(_step(onboarding, "create"), onboarding)
        assert step.plan is not None
        last = list(carry_out_creation(step.plan, onboarding.wishes.options, state))[-1]
        assert isinstance(last, Ended)
        assert last.ending == ending, last.text
        assert (folder / "deep/er").exists() is (ending == "done")
    (operation,) = [one for one in operations(state) if one.can_undo]
    (folder / "deep/notes.txt").write_text("mine")
    list(undo(operation, state))
    assert not (folder / "deep/er").exists()
    (folder / "deep/notes.txt").unlink()
    (folder / "deep").rmdir()
    assert sorted(folder.rglob("*")) == before


def test_an_error_that_ends_in_a_list_is_told_with_it() -> None:
    said = ("PackagesNotFoundError: not available from current channels:", "", "  - demo-tool=9", "  - b", "Channels:")
    assert Ran(1, tail=said).why == "PackagesNotFoundError: not available from current channels: demo-tool=9, b"


def test_a_folder_of_several_projects_leads_to_them(place: Path) -> None:
    folder = place / "several"
    for name in ("api", "deep/train", ".hidden", "node_modules/x", "venv", "a\x1b[31m", "b\nc", "d\u202ee"):
        (folder / name).mkdir(parents=True)
        (folder / name / "pyproject.toml").write_text("")
    (folder / "venv/pyvenv.cfg").write_text("")
    (folder / "venv/pyproject.toml").rename(folder / "venv/requirements")
    with pytest.raises(Failure) as caught:
        _look(place, folder)
    assert f"lie in it: {show(folder / 'api')}, {show(folder / 'deep/train')}.\n" in str(caught.value)
    assert str(caught.value).endswith(f"Next: envdoctor onboard {show(folder / 'api')}")
    (place / "bare").mkdir()
    with pytest.raises(Failure, match=r"Next: envdoctor advise \S*bare --write, which writes one"):
        _look(place, place / "bare")


def test_a_file_for_developers_is_told_until_it_is_met(place: Path) -> None:
    scales = make_scales(place / "wheels")
    folder = place / "shop"
    folder.mkdir()
    (folder / "requirements.txt").write_text("idna\n")
    (folder / "pyproject.toml").write_text('[project]\nname = "shop"\nversion = "0"\n')
    (folder / "requirements-dev.txt").write_text('idna\nscales\nmsgpack; sys_platform == "plan9"\n')
    told = "requirements-dev.txt asks for 1 package more, which is left to you: "
    assert any(note.startswith(told) for note in _look(place, folder).notes)
    install(make_venv(folder / ".venv"), scales)
    assert not any(note.startswith(told) for note in _look(place, folder).notes)
