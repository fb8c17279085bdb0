"""Creations leave nothing half made wherever they are killed, and locks reach commands only as what they name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from doctor.facts import Lock, Locked
from doctor.fix.creating import lock_lines
from doctor.fix.creating.creation import carry_out_creation
from doctor.fix.creating.requirement_options import read_options
from doctor.fix.history import operations, unfinished
from doctor.fix.managers.operands import Unusable
from doctor.fix.options import Options
from doctor.fix.plan import Plan
from doctor.fix.recover import recover
from doctor.fix.undo import undo
from doctor.onboard.data import Onboarding, Wishes
from doctor.onboard.looking import look
from doctor.onboard.taking import prepare
from doctor.target.recognise import inspect_prefix
from tests.fix.killed import _killed_at
from tests.onboard.repositories import with_lock
from tests.patients import conda
from tests.patients.conda_channel import channel_url
from tests.patients.conda_command import make_conda_command


def _look(place: Path, folder: Path) -> Onboarding:
    options = Options(offline=True, wheels=place / "wheels", export_first=False)
    return look(folder, Wishes(options=options), place / "state")


def _plan(place: Path, folder: Path) -> Plan:
    onboarding = _look(place, folder)
    plan = prepare(onboarding.steps[0], onboarding).plan
    assert plan is not None
    return plan


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.usefixtures("variables")
def test_a_creation_killed_anywhere_is_removed_or_whole(tmp_path: Path) -> None:
    folder, state = with_lock(tmp_path / "shop", tmp_path / "wheels"), tmp_path / "state"
    plan, prefix = _plan(tmp_path, folder), folder / ".venv"
    before = sorted(folder.rglob("*"))

    def created(number: int) -> None:
        for _ in carry_out_creation(plan._replace(id=f"{plan.id}-{number}"), Options(), state):
            pass

    point, ended = 1, False
    while not ended:
        ended = _killed_at(point, lambda number=point: created(number))  # type: ignore[misc]
        for operation in unfinished(state):
            list(recover(operation, state))
        assert unfinished(state) == ()
        whole = [one for one in operations(state) if one.can_undo]
        assert os.path.lexists(prefix) is bool(whole), f"killed at {point}"
        for operation in whole:
            assert inspect_prefix(prefix) is not None
            list(undo(operation, state))
        assert sorted(folder.rglob("*")) == before, f"killed at {point}"
        point += 1 if point < 12 else 3
    assert point > 12


def _lock(*packages: Locked, kind: str = "poetry.lock", platforms: tuple[str, ...] = ()) -> Lock:
    return Lock("x.lock", kind, packages, platforms=platforms)  # type: ignore[arg-type]


def test_a_lock_names_exact_packages_of_its_default_groups() -> None:
    lock = _lock(
        Locked("numpy", "2.1.0", marker='python_version >= "3.11"'),
        Locked("pytest", "8.0", groups=("dev",)),
        Locked("sphinx", "7.0", groups=("docs",)),
        Locked("shop", "0.1", source="project"),
        Locked("tool", "1.0", source="vcs", url="https://example.org/tool.git", commit="0123456789abcdef"),
        Locked("other", "1.0", platform="win-64"),
    )
    assert lock_lines.of_pip(lock, "linux-64") == (
        'numpy==2.1.0 ; python_version >= "3.11"',
        "pytest==8.0",
        "tool @ git+https://example.org/tool.git@0123456789abcdef",
    )


@pytest.mark.parametrize(
    "package",
    [
        Locked("-r/etc/passwd", "1"),
        Locked("numpy", "1.0 --index-url=https://evil.example.org"),
        Locked("numpy", "1\x1b[2J"),
        Locked("numpy", "1.0", marker="os_name == 'x' --global-option=x"),
        Locked("numpy", "1.0", source="url", url="https://user:***@example.org/numpy.whl"),
        Locked("numpy", "1.0", source="path", url="../numpy"),
        Locked("numpy", "1.0", source="vcs", url="https://example.org/n.git", commit="--upload-pack=x"),
    ],
)
def test_what_is_no_exact_package_reaches_no_command(package: Locked) -> None:
    with pytest.raises(Unusable):
        lock_lines.of_pip(_lock(package), "linux-64")


@pytest.mark.parametrize(
    "url",
    [
        "https://conda.example.org/t/***/noarch/a-1-0.conda",
        "https://conda.example.org/noarch/a-1-0.conda --force",
        "--file=/etc/passwd",
        "http://conda.example.org/noarch/a-1-0.conda",
        "",
    ],
)
def test_what_is_no_address_reaches_no_conda(url: str) -> None:
    with pytest.raises(Unusable):
        lock_lines.of_conda(_lock(Locked("a", "1", "conda", url=url), kind="conda-lock"), "linux-64")


def test_a_lock_for_another_platform_is_refused() -> None:
    lock = _lock(Locked("a", "1", "conda"), kind="conda-lock", platforms=("osx-arm64",))
    with pytest.raises(Unusable, match="is for osx-arm64, and this machine is linux-64"):
        lock_lines.of_conda(lock, "linux-64")


def test_requirements_that_include_each_other_come_to_an_end(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("-r more.txt\na==1 --hash=sha256:0\n")
    (tmp_path / "more.txt").write_text(
        "-r requirements.txt\n-i https://a:b@example.org/s\nb==2 \\\n  --hash=sha256:0\n"
    )
    said = read_options(tmp_path, "requirements.txt")
    assert said.indexes == ("index https://***@example.org/s",)
    assert said.hashed
    assert said.pinned


def test_an_explicit_list_is_linked_without_a_solver(
    tmp_path: Path, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_conda_command(tmp_path / "tools")
    monkeypatch.setenv("PATH", f"{tmp_path / 'tools'}{os.pathsep}{variables['PATH']}")
    folder = tmp_path / "exact"
    folder.mkdir()
    by_name = {package.name: package for package in reversed(conda.catalogue())}
    named = [by_name[name] for name in ("python", "tzdata", "demo-plain")]
    addresses = [
        f"{channel_url('conda-forge')}/{'noarch' if p.noarch else 'linux-64'}/{p.name}-{p.version}-{p.build}.conda"
        for p in named
    ]
    (folder / "linux-64.lock").write_text("\n".join(["@EXPLICIT", *addresses]) + "\n")
    onboarding = look(folder, Wishes(), tmp_path / "state")
    assert onboarding.recipe is not None, onboarding.limits
    assert onboarding.recipe.exact
    step = prepare(onboarding.steps[0], onboarding)
    assert step.plan is not None
    list(carry_out_creation(step.plan, Options(), tmp_path / "state"))
    assert (folder / ".conda/bin/python").exists()
    held = {path.name.rsplit("-", 2)[0] for path in (folder / ".conda/conda-meta").glob("*.json")}
    assert held == {"python", "tzdata", "demo-plain"}


@pytest.mark.usefixtures("variables")
def test_compiled_requirements_come_before_what_they_were_compiled_from(tmp_path: Path) -> None:
    folder = with_lock(tmp_path / "shop", tmp_path / "wheels")
    (folder / "requirements.in").write_text("scales\n")
    recipe = _look(tmp_path, folder).recipe
    assert recipe is not None
    assert recipe.source == "requirements.txt"
    assert "every hash compared" in recipe.rule


@pytest.mark.parametrize(
    "text",
    [
        b"a==1\n# a comment \\\n--extra-index-url https://other.example/s\n",
        b"a==1\n--extra-index-\\\nurl https://other.example/s\n",
        b"a==1\n--extra https://other.example/s\n",
        b"a==1\n--pre --extra-index-url=https://other.example/s\n",
        "a==1 # c\u2028--extra-index-url https://other.example/s\n".encode(),
        b"\xff\xfe" + "a==1\n--extra-index-url https://other.example/s\n".encode("utf-16-le"),
    ],
)
def test_an_index_that_pip_obeys_is_seen(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "requirements.txt").write_bytes(text)
    assert read_options(tmp_path, "requirements.txt").indexes == ("further index https://other.example/s",)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"--pre -r ../outside.txt\n", "outside the repository"),
        (b"--requirem=../outside.txt\n", "outside the repository"),
        (b"-r../outside.txt\n", "outside the repository"),
        (b"-r ${HOME}/outside.txt\n", "no file's name"),
        (b"# -*- coding: utf-7 -*-\n+AC0-r ../outside.txt\n", "which hides what it says"),
        (b"-r 'outside.txt\n", "quotes do not end"),
    ],
)
def test_requirements_that_reach_out_are_refused(tmp_path: Path, text: bytes, reason: str) -> None:
    (tmp_path / "outside.txt").write_text("a==1\n")
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside/requirements.txt").write_bytes(text)
    with pytest.raises(Unusable, match=reason):
        read_options(tmp_path / "inside", "requirements.txt")


def test_requirements_in_more_files_than_are_read_are_refused(tmp_path: Path) -> None:
    for number in range(60):
        (tmp_path / f"{number}.txt").write_text(f"-r {number + 1}.txt\n")
    with pytest.raises(Unusable, match="more than 50 files"):
        read_options(tmp_path, "0.txt")


@pytest.mark.parametrize(
    "line", ["a@https://example.org/a.whl", "./a", "sub/a-1-py3-none-any.whl", "file:a", "git+ssh://git@example.org/a"]
)
def test_what_comes_from_a_place_is_told(tmp_path: Path, line: str) -> None:
    (tmp_path / "requirements.txt").write_text(f"{line}\n")
    assert len(read_options(tmp_path, "requirements.txt").addresses) == 1
