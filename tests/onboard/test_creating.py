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
from tests.onboard.repositories import BY_UV, with_lock
from tests.patients import conda
from tests.patients.conda_channel import channel_url
from tests.patients.conda_command import make_conda_command
from tests.patients.venvs import make_venv


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


def test_no_more_hashes_are_promised_than_the_lock_has() -> None:
    assert lock_lines.hashes_compared(_lock(Locked("a", "1", hashes=2)), "linux-64") == "every hash compared"
    some = _lock(Locked("a", "1", hashes=2), Locked("b", "1"), Locked("c", "1", source="vcs", commit="a" * 40))
    assert lock_lines.hashes_compared(some, "linux-64") == "hashes compared but for b, which it has none of"


def test_hosts_of_a_lock_are_told_without_what_stands_before_them(tmp_path: Path) -> None:
    (tmp_path / _lock().path).write_text(
        'a = "https://pypi.org/simple"\nb = "https://me:hunter2@private.example:8443/simple"\nc = "git+ssh://git@g.example/x"\n'
    )
    assert lock_lines.hosts(_lock(), tmp_path) == ("https://private.example:8443", "ssh://g.example")


@pytest.mark.usefixtures("variables")
def test_no_variable_of_the_user_goes_into_an_address(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "a"\nversion = "1"\ndependencies = ["b @ https://x.example/${TOKEN}/b-1.tar.gz"]\n'
    )
    onboarding = look(tmp_path, Wishes(), tmp_path / "state")
    assert onboarding.recipe is None
    assert "would carry a variable of yours along" in " ".join(onboarding.limits)


@pytest.mark.usefixtures("variables")
@pytest.mark.parametrize(
    ("tool", "words"), [("pdm", ("sync", "--skip", ":all")), ("poetry", ("--no-plugins", "install"))]
)
def test_hooks_and_plugins_of_a_repository_are_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tool: str, words: tuple[str, ...]
) -> None:
    program = tmp_path / "bin" / tool
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "pyproject.toml").write_text('[project]\nname = "a"\nversion = "1"\n')
    (folder / f"{tool}.lock").write_text(
        '[metadata]\nlock-version = "2.1"\nlock_version = "4.5.0"\n'
        '[[package]]\nname = "b"\nversion = "1"\nfiles = [{file = "b-1.tar.gz", hash = "sha256:' + "a" * 64 + '"}]\n'
    )
    recipe = look(folder, Wishes(), tmp_path / "state").recipe
    assert recipe is not None
    assert recipe.maker == tool
    assert recipe.fill[0].arguments[1 : len(words) + 1] == words


def _with_programs(folder: Path, monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    folder.mkdir()
    for name in names:
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.usefixtures("variables")
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("environment.yml", "dependencies: [python, numpy]\n"),
        (
            "pixi.lock",
            "version: 6\nenvironments:\n  default:\n    packages:\n      linux-64:\n"
            "      - conda: https://conda.anaconda.org/conda-forge/linux-64/numpy-1.0-h.conda\n"
            "packages:\n- conda: https://conda.anaconda.org/conda-forge/linux-64/numpy-1.0-h.conda\n",
        ),
    ],
)
def test_a_virtual_environment_is_not_filled_by_conda(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    _with_programs(tmp_path / "bin", monkeypatch, "conda", "pixi")
    folder = tmp_path / "repository"
    make_venv(folder / ".venv")
    (folder / name).write_text(text)
    if name == "pixi.lock":
        (folder / "pixi.toml").write_text('[workspace]\nname = "x"\n[dependencies]\nnumpy = "*"\n')
    (step,) = [step for step in look(folder, Wishes(), tmp_path / "state").steps if step.key == "packages"]
    assert step.state == "cannot"
    assert "is a virtual environment" in step.reason


@pytest.mark.usefixtures("variables")
def test_pixi_is_left_out_where_there_is_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _with_programs(tmp_path / "bin", monkeypatch, "conda", "pixi")
    (tmp_path / "pixi.lock").write_text(
        "version: 6\nenvironments:\n  default:\n    packages:\n      linux-64:\n"
        "      - conda: https://conda.anaconda.org/conda-forge/linux-64/numpy-1.0-h.conda\n"
        "packages:\n- conda: https://conda.anaconda.org/conda-forge/linux-64/numpy-1.0-h.conda\n"
    )
    makers = [look(tmp_path, Wishes(options=Options(offline=off)), tmp_path / "s").recipe for off in (False, True)]
    assert [maker and maker.maker for maker in makers] == ["pixi", "conda"]


@pytest.mark.usefixtures("variables")
def test_a_list_that_conda_exported_is_for_conda(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _with_programs(tmp_path / "bin", monkeypatch, "conda")
    head = "# This file may be used to create an environment using:\n# $ conda create --name <env> --file <this file>\n"
    (tmp_path / "requirements.txt").write_text(f"{head}numpy=1.26.4=py311h_0\n")
    recipe = look(tmp_path, Wishes(), tmp_path / "state").recipe
    assert recipe is not None
    assert recipe.maker == "conda"


@pytest.mark.usefixtures("variables")
def test_no_environment_is_created_behind_a_link(tmp_path: Path) -> None:
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "a"\nversion = "1"\n[tool.envdoctor]\nenvironment = "envs/dev"\n'
    )
    assert look(folder, Wishes(), tmp_path / "state").prefix == folder / "envs/dev"
    (tmp_path / "elsewhere").mkdir()
    (folder / "envs").symlink_to(tmp_path / "elsewhere")
    onboarding = look(folder, Wishes(), tmp_path / "state")
    assert onboarding.prefix == folder / ".venv"
    assert any("leads out of the repository" in note for note in onboarding.notes)


@pytest.mark.usefixtures("variables")
def test_indexes_of_the_repositorys_settings_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _with_programs(tmp_path / "bin", monkeypatch, "uv")
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "requirements.txt").write_text(f"{BY_UV}a==1\n")
    (folder / "pyproject.toml").write_text(
        '[[tool.uv.index]]\nname = "x"\nurl = "https://me:hunter2@one.example/simple"\n'
        '[tool.uv.pip]\nextra-index-url = ["https://two.example/simple"]\n'
    )
    recipe = look(folder, Wishes(), tmp_path / "state").recipe
    assert recipe is not None
    assert recipe.maker == "uv"
    told = " ".join(recipe.indexes)
    assert "***@one.example/simple" in told
    assert "https://two.example/simple" in told
    assert "hunter2" not in told


@pytest.mark.usefixtures("variables")
@pytest.mark.parametrize(("cache", "maker"), [("../elsewhere", "pip"), ("/tmp/elsewhere", "pip"), (".cache", "uv")])
def test_a_repository_sends_uv_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: str, maker: str
) -> None:
    _with_programs(tmp_path / "bin", monkeypatch, "uv")
    (tmp_path / "requirements.txt").write_text(f"{BY_UV}a==1\n")
    (tmp_path / "uv.toml").write_text(f'cache-dir = "{cache}"\n')
    recipe = look(tmp_path, Wishes(), tmp_path / "state").recipe
    assert recipe is not None
    assert recipe.maker == maker
