"""A conda environment that is created anew: the same builds, or what was asked for, each from one installer."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from uv import find_uv_bin

from doctor.facts import Facts
from doctor.facts.build import record
from doctor.fix.options import Options
from doctor.fix.plan import Anew, Command, Program
from doctor.fix.rebuild import changes_of, create, plan_rebuild
from doctor.model import Rebuild
from doctor.target.environment import Request
from doctor.target.recognise import inspect_prefix
from tests.fix.test_export import distributions, facts_of
from tests.patients.conda import make_conda_prefix
from tests.patients.conda_channel import NEXT_PYTHON, Package
from tests.patients.conda_command import make_conda_command
from tests.patients.conda_states import conda_listed, pip_only, pip_over_conda
from tests.patients.wheels import make_wheel

ALL = ("python", "pip", "demo-tool", "numpy")
SAME = Rebuild()
BARE = Command("Make it", (sys.executable, "-c", "import os; os.mkdir('{prefix}')"), "python")


@pytest.fixture(autouse=True)
def settings_of_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands inherit this process's variables; what is configured on this machine is no part of these tests."""
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_", "CONDA_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("UV_NO_CONFIG", "1")
    monkeypatch.setenv("UV_NO_INDEX", "1")


@pytest.fixture
def programs(tmp_path: Path) -> tuple[Program, ...]:
    conda = str(make_conda_command(tmp_path / "tools"))
    return Program("conda", conda, "26.7.2", (conda,)), Program("uv", find_uv_bin(), "", (find_uv_bin(),))


def outcome(
    prefix: Path,
    programs: Iterable[Program],
    step: Rebuild = SAME,
    options: Options | None = None,
    facts: Facts | None = None,
) -> Anew | str:
    """What is planned for a prefix, by default from the folder of wheels beside it."""
    found = inspect_prefix(prefix)
    assert found is not None
    request = Request(found, variables={"PATH": "/usr/bin:/bin"}, home=prefix.parent / "home")
    wheels = prefix.parent / "wheels"
    wheels.mkdir(exist_ok=True)
    options = options or Options(wheels=wheels)
    return plan_rebuild(step, request, facts or facts_of(prefix), tuple(programs), options)


def planned(prefix: Path, programs: Iterable[Program], step: Rebuild = SAME, options: Options | None = None) -> Anew:
    anew = outcome(prefix, programs, step, options)
    assert isinstance(anew, Anew), anew
    return anew


def created(anew: Anew, old: Path) -> Path:
    new = old.with_name("new")
    said: list[str] = []
    problem = create(anew, new, old, old.with_name("work"), say=said.append, stop=lambda: False)
    assert problem == "", "\n".join(said)
    return new


def builds(facts: Facts) -> dict[str, tuple[str, str, str]]:
    return {record.name: (record.channel, record.version, record.build) for record in facts.conda.records}


def test_the_same_builds_are_linked_from_their_addresses(tmp_path: Path, programs: tuple[Program, ...]) -> None:
    old = make_conda_prefix(tmp_path / "old", packages=("python", "pip", "demo-tool", "pkgs/main::numpy"))
    pip_only(old)
    anew, facts = planned(old, programs), facts_of(old)
    assert "the same 6 builds" in anew.sentence
    assert "1 package of pip at the same versions" in anew.sentence
    assert changes_of(anew, facts) == ()
    assert dict(anew.files)["explicit.txt"].splitlines()[1] == "@EXPLICIT"
    again = facts_of(created(anew, old))
    assert builds(again) == builds(facts)
    assert distributions(again) == distributions(facts)


def test_what_both_had_comes_from_conda_alone(tmp_path: Path, programs: tuple[Program, ...]) -> None:
    old = make_conda_prefix(tmp_path / "old", packages=ALL)
    before = facts_of(old)
    pip_over_conda(old)
    anew = planned(old, programs)
    assert "demo-lib from conda alone" in anew.sentence
    assert [(c.name, c.manager, c.after) for c in changes_of(anew, facts_of(old)) or ()] == [("demo-lib", "pip", "")]
    again = facts_of(created(anew, old))
    assert builds(again) == builds(before)
    assert distributions(again) == distributions(before)


def test_a_package_whose_record_vanished_comes_back(tmp_path: Path, programs: tuple[Program, ...]) -> None:
    old = make_conda_prefix(tmp_path / "old", packages=ALL)
    before = facts_of(old)
    pip_over_conda(old)
    conda_listed(old, "demo-lib")
    anew = planned(old, programs)
    assert "the same builds" in anew.sentence
    again = facts_of(created(anew, old))
    assert builds(again) == builds(before)
    assert distributions(again)["demo-lib"] == "1.1"


def test_other_channels_give_the_same_versions_in_their_builds(tmp_path: Path, programs: tuple[Program, ...]) -> None:
    old = make_conda_prefix(tmp_path / "old", packages=("python", "pip", "pkgs/main::numpy", "pkgs/main::openssl"))
    anew = planned(old, programs, Rebuild(channels=("conda-forge",)))
    assert "every package at the same version from conda-forge" in anew.sentence
    assert "--override-channels" in anew.commands[0].arguments
    facts = facts_of(old)
    assert {change.name for change in changes_of(anew, facts) or ()} == {"numpy", "openssl"}
    again = facts_of(created(anew, old))
    assert {channel for channel, _, _ in builds(again).values()} == {"conda-forge"}
    assert {n: v for n, (_, v, _) in builds(again).items()} == {n: v for n, (_, v, _) in builds(facts).items()}


def test_another_python_takes_what_was_asked_for_along(tmp_path: Path, programs: tuple[Program, ...]) -> None:
    old = make_conda_prefix(tmp_path / "old", packages=ALL)
    pip_only(old)
    (old / "conda-meta/pinned").write_text("python 3.1.*\n")
    anew = planned(old, programs, Rebuild(python=NEXT_PYTHON))
    assert "what was asked for at the same versions" in anew.sentence
    assert "conda-meta/pinned (it pins another Python)" in anew.sentence
    assert "conda-meta/pinned" not in anew.copies
    changes = {change.name: change for change in changes_of(anew, facts_of(old)) or ()}
    assert changes["python"].after.startswith(f"{NEXT_PYTHON}.")
    assert "demo-extra" not in changes, "it is pure Python, and fits"
    specs = dict(anew.files)["specs.txt"].splitlines()
    assert f"conda-forge::numpy=1.26.3=py{NEXT_PYTHON.replace('.', '')}h0demo6_1" in specs
    assert dict(anew.files)["requirements.txt"] == "demo-extra==0.1\n"
    bare = anew._replace(commands=anew.commands[:1])  # the catalogue's next Python does not start
    assert builds(facts_of(created(bare, old)))["python"][1].startswith(f"{NEXT_PYTHON}.")


def test_what_cannot_be_solved_is_not_planned(tmp_path: Path, programs: tuple[Program, ...]) -> None:
    old = make_conda_prefix(tmp_path / "old", packages=("python", "pip"))
    reason = outcome(old, programs, Rebuild(python="3.4"))
    assert isinstance(reason, str)
    assert "python" in reason


def test_without_a_preview_nothing_is_asked(tmp_path: Path) -> None:
    old = make_conda_prefix(tmp_path / "old", packages=ALL)
    never = Program("conda", "/nowhere/conda", "", ("/nowhere/conda",))
    anew = planned(old, (never,), Rebuild(channels=("conda-forge",)), Options(preview=False))
    specs = dict(anew.files)["specs.txt"].splitlines()
    assert specs[0].startswith("python=")
    assert changes_of(anew, facts_of(old)) is None, "a solver decides, so that nobody knows"


def test_what_only_the_channel_of_pytorch_has_is_not_asked_of_another(tmp_path: Path) -> None:
    old = make_conda_prefix(tmp_path / "old", packages=("python",))
    facts = facts_of(old)
    torch = record("pytorch", "2.5.1", channel="pytorch", requested=("pytorch",))
    build = record("pytorch-cuda", "12.4", channel="pytorch", requested=("pytorch-cuda=12.4",))
    facts = facts._replace(conda=facts.conda._replace(records=(*facts.conda.records, torch, build)))
    never = Program("conda", "/nowhere/conda", "", ("/nowhere/conda",))
    anew = outcome(old, (never,), Rebuild(channels=("conda-forge",)), Options(preview=False), facts)
    assert isinstance(anew, Anew)
    specs = dict(anew.files)["specs.txt"].splitlines()
    assert "pytorch=2.5.1" in specs
    assert not any(spec.startswith("pytorch-cuda") for spec in specs)


def test_a_secret_in_an_address_leaves_the_builds_to_the_configured_channels(
    tmp_path: Path, programs: tuple[Program, ...]
) -> None:
    old = make_conda_prefix(tmp_path / "old", packages=("python", "pip"))
    facts = facts_of(old)
    first, *rest = facts.conda.records
    hidden = first._replace(url="https://conda.example.org/t/***/main/linux-64/x-1-0.conda", channel="t/***/main")
    facts = facts._replace(conda=facts.conda._replace(records=(hidden, *rest)))
    anew = outcome(old, programs, facts=facts)
    assert isinstance(anew, Anew)
    assert "--override-channels" not in anew.commands[0].arguments
    assert "***" not in json.dumps([command.arguments for command in anew.commands] + [list(anew.files)])
    assert changes_of(anew, facts_of(old)) == ()


def test_settings_come_along_but_not_what_packages_own(tmp_path: Path, programs: tuple[Program, ...]) -> None:
    theirs = Package("hooked", "1.0", files={"etc/conda/activate.d/theirs.sh": b"export B=1\n"})
    old = make_conda_prefix(tmp_path / "old", packages=("python", "hooked"), more=(theirs,))
    hook = old / "etc/conda/activate.d/mine.sh"
    hook.write_text("export A=1\n")
    hook.chmod(0o755)
    (old / ".condarc").write_text("channels:\n  - conda-forge\n")
    (old / "conda-meta/pinned").write_text("openssl 3.*\n")
    anew = planned(old, programs)
    assert set(anew.copies) == {".condarc", "conda-meta/pinned", "etc/conda/activate.d/mine.sh"}
    new = created(anew._replace(commands=(BARE,)), old)
    assert (new / "etc/conda/activate.d/mine.sh").stat().st_mode & 0o777 == 0o755
    assert (new / ".condarc").read_text() == "channels:\n  - conda-forge\n"


def test_pixi_and_condas_own_installation_are_left_alone(tmp_path: Path, programs: tuple[Program, ...]) -> None:
    pixi = outcome(make_conda_prefix(tmp_path / "pixi", "pixi", ("python",)), programs)
    assert isinstance(pixi, str)
    assert "pixi" in pixi
    base = make_conda_prefix(tmp_path / "base", packages=("python",))
    (base / "envs").mkdir()
    (base / "pkgs").mkdir()
    own = outcome(base, programs)
    assert isinstance(own, str)
    assert "conda's own installation" in own


def test_pure_packages_of_pip_without_conda_pip_need_uv_or_pip(tmp_path: Path, programs: tuple[Program, ...]) -> None:
    old = make_conda_prefix(tmp_path / "old", packages=("python",))
    make_wheel(tmp_path / "wheels", "demo-extra", "0.1", {"demo_extra.py": "z = 3\n"})
    pip_only(old)
    reason = outcome(old, programs[:1])
    assert isinstance(reason, str)
    assert "install uv" in reason
    start = (sys.executable, "-I", "-m", "pip", "--python", "/old/bin/python")
    for tool in (programs[1], Program("pip", sys.executable, "23.2", start)):
        anew = outcome(old, (programs[0], tool))
        assert isinstance(anew, Anew)
        assert "{prefix}/bin/python" in anew.commands[1].arguments
        assert "/old/bin/python" not in anew.commands[1].arguments


def asked(facts: Facts) -> dict[str, tuple[str, ...]]:
    return {record.name: record.requested for record in facts.conda.records if record.requested}


def last_specs(prefix: Path) -> str:
    return (prefix / "conda-meta/history").read_text().splitlines()[-1]


def test_what_was_asked_for_is_still_what_was_asked_for(tmp_path: Path, programs: tuple[Program, ...]) -> None:
    old = make_conda_prefix(tmp_path / "old", packages=("python", "pip", "demo-tool", "numpy 1.26.*"))
    facts = facts_of(old)
    assert asked(facts).keys() < builds(facts).keys()
    again = facts_of(new := created(planned(old, programs), old))
    assert asked(again) == asked(facts)
    assert json.loads(last_specs(new).removeprefix("# update specs: ")) == [
        spec for _, specs in sorted(asked(facts).items()) for spec in specs
    ]
    assert builds(again) == builds(facts)


def test_a_wish_is_not_carried_over_to_another_version(tmp_path: Path, programs: tuple[Program, ...]) -> None:
    old = make_conda_prefix(tmp_path / "old", packages=("python", "pip", "pkgs/main::numpy"))
    facts = facts_of(old)
    again = facts_of(created(planned(old, programs, Rebuild(channels=("conda-forge",))), old))
    assert asked(facts)["numpy"] == ("pkgs/main::numpy",)
    assert asked(again)["numpy"] == ("numpy",)
    assert asked(again).keys() == asked(facts).keys()
