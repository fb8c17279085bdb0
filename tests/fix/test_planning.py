"""Plans: exact commands, whole texts, honest reasons; nothing of the environment is touched while they are made."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from uv import find_uv_bin

from doctor import checks
from doctor.examine import Examined, examine
from doctor.facts import Facts
from doctor.facts.build import distribution, environment
from doctor.facts.files import Size, Sizes
from doctor.facts.units import size
from doctor.failure import Failure
from doctor.fix.dry_run.preview import Preview
from doctor.fix.options import Options
from doctor.fix.plan import (
    Anew,
    Aside,
    Change,
    Command,
    Forecast,
    Plan,
    PlannedStep,
    Told,
    Write,
    WriteDown,
)
from doctor.fix.planning.activation import set_variable
from doctor.fix.planning.choose import Choice, choices_of
from doctor.fix.planning.edits import CannotWrite, edit
from doctor.fix.planning.making import make_plan
from doctor.fix.planning.room import needs
from doctor.model import (
    Edit,
    Examination,
    Export,
    Finding,
    Install,
    Move,
    Rebuild,
    Remedy,
    Safety,
    SetVariable,
    Severity,
    Step,
    Tell,
)
from doctor.reading.settings.shell_lines import read_assignments
from doctor.target.environment import Environment, Request
from doctor.target.recognise import inspect_prefix
from tests.fix.known import own_settings
from tests.fix.trees import differences, picture
from tests.patients.venvs import install, make_venv, site_packages_of
from tests.patients.wheels import make_wheel

SITE = f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    return own_settings(monkeypatch, tmp_path)


@pytest.fixture
def patient(tmp_path: Path, home: Path) -> Path:
    """A lost file, a missing requirement, and what a killed pip left behind."""
    wheels = tmp_path / "wheels"
    prefix = make_venv(tmp_path / "env")
    needed = make_wheel(wheels, "needed", "1.0", {"needed/__init__.py": "", "needed/part.py": ""})
    needy = make_wheel(wheels, "needy", "2.0", {"needy.py": ""}, requires=["needed>=1", "absent>=3"])
    make_wheel(wheels, "absent", "3.1", {"absent.py": ""})
    install(prefix, needed, needy)
    (site_packages_of(prefix) / "needed/part.py").unlink()
    (site_packages_of(prefix) / "~eeded").mkdir()
    return prefix


def request_of(prefix: Path, project: Path | None = None) -> Request:
    environment = inspect_prefix(prefix)
    assert environment is not None
    path = os.pathsep.join([str(Path(find_uv_bin()).parent), "/usr/bin", "/bin"])
    variables = {"PATH": path, "PIP_CONFIG_FILE": os.devnull, "HOME": str(prefix.parent / "home")}
    return Request(environment, project, variables=variables, home=prefix.parent / "home")


def examined(request: Request) -> Examination:
    (found,) = (event.examination for event in examine(request, checks.load()) if isinstance(event, Examined))
    return found


def planned(prefix: Path, *wanted: str, options: Options | None = None) -> Plan:
    request = request_of(prefix)
    examination = examined(request)
    offline = options or Options(offline=True, wheels=prefix.parent / "wheels")
    return make_plan(request, examination, choices_of(examination, wanted), offline, prefix.parent / "state")


def choice(*steps: Step, code: str = "MIX006", subject: str = "needed") -> Choice:
    remedy = Remedy("repair it", Safety.CAREFUL, steps)
    return Choice(Finding(Severity.ERROR, subject, "sick", remedies=(remedy,), code=code), remedy)


def test_plan_says_all_that_a_person_wants_to_know_and_changes_nothing(patient: Path) -> None:
    before = picture(patient)
    plan = planned(patient, "MIX006", "DEP001", "MIX004")
    assert not differences(before, picture(patient))
    assert not (patient.parent / "state/previews").exists() or not list((patient.parent / "state/previews").iterdir())
    kinds = [step.kind for step in plan.steps]
    assert kinds == ["write-down", "aside", "command", "command"]
    assert plan.steps[1] == Aside(f"Move aside, to where undo finds it: {SITE}/~eeded", (f"{SITE}/~eeded",))
    again, more = plan.steps[2:]
    assert isinstance(again, Command)
    assert isinstance(more, Command)
    assert again.arguments[-1] == "needed==1.0"
    assert "--no-deps" in again.arguments
    assert more.arguments[-1] == "absent>=3"
    assert [(c.name, c.before, c.after, c.what) for c in plan.changes] == [
        ("absent", "", "3.1", "added"),
        ("needed", "1.0", "1.0", "reinstalled"),
    ]
    assert "uv" in plan.source
    assert [(c.code, c.safety, c.stays) for c in plan.chosen] == [
        ("MIX004", "safe", False),
        ("MIX006", "careful", False),
        ("DEP001", "careful", False),
    ]
    assert plan.safety == "careful"
    assert plan.reversible
    assert not plan.destructive
    assert not plan.blocked
    assert not plan.network
    assert {known.code for known in plan.known} >= {"MIX004", "MIX006", "DEP001"}
    assert plan.snapshot.method == "links"
    assert plan.disk > 0
    assert plan.seconds > 0
    assert [program.name for program in plan.programs] == ["uv"]
    assert re.fullmatch(r"\d{8}-\d{6}-[0-9a-f]{4}", plan.id)


def test_export_comes_first_unless_something_says_already_what_is_installed(patient: Path) -> None:
    down = planned(patient, "MIX004").steps[0]
    assert isinstance(down, WriteDown)
    assert Path(down.folder).parent == patient.parent / "state/exports"
    assert planned(patient, "MIX004", options=Options(export_first=False)).steps[0].kind == "aside"
    Path(down.folder).mkdir(parents=True)
    (Path(down.folder) / "requirements.txt").write_text("needed==1.0\n")
    assert planned(patient, "MIX004").steps[0].kind == "aside"


@pytest.mark.parametrize(
    ("name", "text", "first"),
    [
        ("Dockerfile", "FROM python:3.11\nRUN pip install numpy\n", "write-down"),
        ("constraints.txt", "numpy<3\n", "write-down"),
        ("run.py", "# /// script\n# dependencies = ['numpy']\n# ///\n", "write-down"),
        ("requirements-dev.txt", "numpy\n", "aside"),
        ("pyproject.toml", "[project]\nname = 'shop'\ndependencies = ['numpy']\n", "aside"),
    ],
)
def test_only_files_that_speak_of_an_environment_make_an_export_needless(
    patient: Path, name: str, text: str, first: str
) -> None:
    (patient.parent / "shop").mkdir()
    (patient.parent / "shop" / name).write_text(text)
    request = request_of(patient, patient.parent / "shop")
    examination = examined(request)
    assert [spec.path for spec in examination.facts.project.specifications] == [name]
    options = Options(offline=True, wheels=patient.parent / "wheels")
    plan = make_plan(request, examination, choices_of(examination, ("MIX004",)), options, patient.parent / "state")
    assert plan.steps[0].kind == first


def test_what_has_no_solution_is_not_offered(patient: Path) -> None:
    (patient.parent / "wheels" / "absent-3.1-py3-none-any.whl").unlink()
    with pytest.raises(Failure, match=r"cannot be carried out: .*absent"):
        planned(patient, "DEP001")


def test_without_preview_nothing_is_asked(patient: Path) -> None:
    options = Options(offline=True, wheels=patient.parent / "wheels", preview=False)
    plan = planned(patient, "DEP001", options=options)
    assert plan.changes == ()
    assert plan.download is None
    assert "--no-preview" in plan.source


def test_choice_that_cannot_be_carried_out_is_told_and_the_rest_is_planned(patient: Path) -> None:
    request = request_of(patient)
    examination = examined(request)
    outside = choice(Edit("/etc/pip.conf", "a", "b"), code="CHN007", subject="pip.conf")
    able = choices_of(examination, ["MIX004"])
    state = patient.parent / "state"
    plan = make_plan(request, examination, [outside, *able], Options(), state)
    assert [item.code for item in plan.chosen] == ["MIX004"]
    told = plan.steps[-1]
    assert isinstance(told, Told)
    assert (
        told.sentence
        == "CHN007 pip.conf is to be repaired by hand: /etc/pip.conf is the system's, for an administrator to change"
    )
    with pytest.raises(Failure, match=r"by hand: /etc/pip\.conf"):
        make_plan(request, examination, [outside], Options(), state)


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ((Move(("../other",)),), "lies outside the environment"),
        ((Move(("/etc/passwd",)),), "lies outside the environment"),
        ((Move(("~/.bashrc",)),), "lies outside the environment"),
        ((Move(("lib/nothing",)),), "is not there any more"),
        ((Move(("out/x",)),), "behind a link"),
        ((Edit("../x", "", "y"),), "leads out of its folder"),
        ((Install("conda", ("numpy=1.0",)),), "no conda environment"),
        ((Install("pip", ("--target=/x",)),), "by hand"),
        ((Tell("Ask somebody."),), "nothing left to do"),
    ],
    ids=str,
)
def test_step_that_is_not_for_us_is_refused_with_the_reason(patient: Path, steps: tuple[Step, ...], said: str) -> None:
    (patient.parent / "elsewhere").mkdir()
    (patient.parent / "elsewhere/x").touch()
    (patient / "out").symlink_to(patient.parent / "elsewhere")
    request = request_of(patient)
    with pytest.raises(Failure, match=re.escape(said)):
        make_plan(request, examined(request), [choice(*steps)], Options(), patient.parent / "state")


def test_nothing_chosen_is_nothing_to_do(patient: Path) -> None:
    request = request_of(patient)
    with pytest.raises(Failure, match="nothing to do"):
        make_plan(request, Examination(examined(request).facts, ()), [], Options(), patient.parent / "state")


def test_export_goes_to_the_project_where_there_is_one(patient: Path) -> None:
    project = patient.parent / "project"
    project.mkdir()
    request = request_of(patient, project)
    plan = make_plan(request, examined(request), [choice(Export(("requirements",)))], Options(), patient.parent / "s")
    assert isinstance(plan.steps[0], WriteDown)
    assert plan.steps[0].folder == str(project)
    assert plan.chosen[0].stays
    assert plan.snapshot.method == "none"


# edits


def bare(tmp_path: Path, kind: str = "venv") -> Request:
    (tmp_path / "env").mkdir(exist_ok=True)
    (tmp_path / "home").mkdir(exist_ok=True)
    return Request(Environment(tmp_path / "env", kind), home=tmp_path / "home")  # type: ignore[arg-type]


CONDARC = "# mine\nchannels:\n  - defaults  # for now\n  - conda-forge\nsolver: classic\n"


def test_edit_replaces_the_passage_alone_and_keeps_comments(tmp_path: Path) -> None:
    request = bare(tmp_path)
    (tmp_path / "home/.condarc").write_text(CONDARC)
    write = edit(Edit("~/.condarc", "solver: classic", "solver: libmamba"), request, {})
    assert write.path == str(tmp_path / "home/.condarc")
    assert write.before == CONDARC
    assert write.after == CONDARC.replace("classic", "libmamba")
    more = edit(Edit("~/.condarc", "", "channel_priority: strict\n"), request, {write.path: write})
    assert more.before == CONDARC
    assert more.after == write.after + "channel_priority: strict\n"
    assert "; add to" in more.sentence


def test_edit_creates_and_appends(tmp_path: Path) -> None:
    request = bare(tmp_path)
    assert edit(Edit(".condarc", "", "\na: 1\n"), request, {}) == Write(
        "Add to .condarc: a: 1", ".condarc", None, "a: 1\n"
    )
    (tmp_path / "env/.condarc").write_bytes(b"b: 2")
    assert edit(Edit(".condarc", "", "a: 1\n"), request, {}).after == "b: 2\na: 1\n"
    (tmp_path / "env/.condarc").write_bytes(b"b: 2\r\n")
    assert edit(Edit(".condarc", "", "a: 1\n"), request, {}).after == "b: 2\r\na: 1\r\n"


def test_edit_follows_a_link_of_the_home_folder_to_its_file(tmp_path: Path) -> None:
    request = bare(tmp_path)
    (tmp_path / "home/dotfiles").mkdir()
    (tmp_path / "home/dotfiles/condarc").write_text(CONDARC)
    (tmp_path / "home/.condarc").symlink_to("dotfiles/condarc")
    write = edit(Edit("~/.condarc", "classic", "libmamba"), request, {})
    assert write.path == str(tmp_path / "home/dotfiles/condarc")


@pytest.mark.parametrize(
    ("content", "passage", "said"),
    [
        (b"a: 1\na: 1\n", "a: 1", "stands in it 2 times"),
        (b"b: 1\n", "a: 1", "is not in it"),
        (None, "a: 1", "is not there"),
        (b"a: 1\xff\n", "a: 1", "no plain text"),
        (b"a: 1\n\x1b[31m", "a: 1", "no plain text"),
        (b"a: 1\nurl: https://me:geheim@host/x\n", "a: 1", "password or token"),
    ],
)
def test_edit_of_a_file_that_does_not_fit_is_refused(
    tmp_path: Path, content: bytes | None, passage: str, said: str
) -> None:
    request = bare(tmp_path)
    if content is not None:
        (tmp_path / "env/.condarc").write_bytes(content)
    with pytest.raises(CannotWrite, match=said) as caught:
        edit(Edit(".condarc", passage, "x"), request, {})
    assert "geheim" not in str(caught.value)


def test_edit_never_reaches_the_system_or_through_a_link_of_the_environment(tmp_path: Path) -> None:
    request = bare(tmp_path)
    (tmp_path / "outside").write_text("a: 1\n")
    (tmp_path / "env/.condarc").symlink_to(tmp_path / "outside")
    (tmp_path / "home/.condarc").symlink_to(tmp_path / "outside")
    for path in ("/etc/conda/.condarc", ".condarc", "~/.condarc", "~/../outside", "../outside"):
        with pytest.raises(CannotWrite):
            edit(Edit(path, "a: 1", "a: 2"), request, {})


# variables


def applied(request: Request, *steps: SetVariable) -> dict[str, Write]:
    pending: dict[str, Write] = {}
    for step in steps:
        pending |= {write.path: write for write in set_variable(step, request, pending, windows=False)}
    for write in pending.values():
        path = request.environment.prefix / write.path
        assert path.read_bytes().decode() == write.before
        path.write_bytes(write.after.encode())
    return pending


@pytest.mark.parametrize("by", ["venv", "uv"])
@pytest.mark.parametrize("shell", ["bash -eu", "sh", "bash --posix"])
def test_variable_is_there_while_activated_and_as_before_afterwards(tmp_path: Path, by: str, shell: str) -> None:
    prefix = make_venv(tmp_path / "env", by=by)  # type: ignore[arg-type]
    steps = (
        SetVariable("PYTHONNOUSERSITE", "0"),
        SetVariable("PYTHONPATH", ""),
        SetVariable("PYTHONNOUSERSITE", "it's"),
    )
    written = applied(bare(tmp_path), *steps)
    assert {name.rpartition("/")[2].lower() for name in written} >= {
        "activate", "activate.fish", "activate.csh", "activate.ps1",
    }  # fmt: skip
    script = (
        f". {prefix}/bin/activate; . {prefix}/bin/activate\n"
        'echo "[$PYTHONNOUSERSITE] [$PYTHONPATH] [${OTHER-unset}]"\n'
        "deactivate\n"
        'echo "[${PYTHONNOUSERSITE-unset}] [$PYTHONPATH]"; set | grep "^_ENVDOCTOR" || true\n'
    )
    variables = {"PATH": "/usr/bin:/bin", "PYTHONPATH": "/mine", "PS1": "$ "}
    done = subprocess.run([*shell.split(), "-c", script], env=variables, capture_output=True, text=True, check=False)
    assert done.stdout == "[it's] [] [unset]\n[unset] [/mine]\n", done.stderr
    text = (prefix / "bin/activate").read_text()
    assert text.count(">>> envdoctor PYTHONNOUSERSITE >>>") == 2, "one block to enter, one to leave"


def test_variable_of_a_virtual_environment_is_seen_when_it_is_examined(tmp_path: Path) -> None:
    prefix = make_venv(tmp_path / "env")
    applied(bare(tmp_path), SetVariable("PYTHONNOUSERSITE", "1"), SetVariable("PYTHONPATH", ""))
    seen = {found.name: found.value for found in read_assignments(prefix / "bin/activate")}
    assert seen["PYTHONNOUSERSITE"] == "1"
    assert seen["PYTHONPATH"] == ""


def test_variable_of_a_conda_environment_is_what_conda_writes(tmp_path: Path) -> None:
    request = bare(tmp_path, "conda")
    meta = tmp_path / "env/conda-meta"
    meta.mkdir()
    (new,) = set_variable(SetVariable("PYTHONNOUSERSITE", "1"), request, {}, windows=False)
    assert (new.path, new.before) == ("conda-meta/state", None)
    assert json.loads(new.after) == {"env_vars": {"PYTHONNOUSERSITE": "1"}}
    (meta / "state").write_text('{"other": [1], "env_vars": {"A": "é"}}')
    (more,) = set_variable(SetVariable("PYTHONPATH", ""), request, {}, windows=False)
    assert more.after == '{"other": [1], "env_vars": {"A": "é", "PYTHONPATH": ""}}'
    for bad in ("[]", "{", '{"env_vars": 3}'):
        (meta / "state").write_text(bad)
        with pytest.raises(CannotWrite):
            set_variable(SetVariable("A", "1"), request, {}, windows=False)


@pytest.mark.parametrize("step", [SetVariable("A B", "1"), SetVariable("A;ls", "1"), SetVariable("A", "1\nls")])
def test_variable_that_would_be_code_is_refused(tmp_path: Path, step: SetVariable) -> None:
    with pytest.raises(CannotWrite):
        set_variable(step, bare(tmp_path, "conda"), {}, windows=False)


def test_signed_script_loses_the_signature_that_it_could_not_keep(tmp_path: Path) -> None:
    request = bare(tmp_path)
    (tmp_path / "env/bin").mkdir()
    signed = "function global:deactivate ([switch]$NonDestructive) {\n    x\n}\n# SIG # Begin signature block\n# MII\n"
    (tmp_path / "env/bin/Activate.ps1").write_text(signed)
    (write,) = set_variable(SetVariable("A", "it's"), request, {}, windows=False)
    assert "# SIG" not in write.after
    assert "$env:A = 'it''s'" in write.after
    assert write.after.index("Test-Path variable:global:_ENVDOCTOR_SET_A") < write.after.index("    x\n")


def plan_for(prefix: Path, *steps: Step, options: Options | None = None, **more: Any) -> Plan:
    request = request_of(prefix)
    given = options or Options(offline=True, wheels=prefix.parent / "wheels", export_first=False)
    return make_plan(request, examined(request), [choice(*steps)], given, prefix.parent / "state", **more)


def test_creation_anew_tells_which_packages_change(patient: Path) -> None:
    same = plan_for(patient, Rebuild())
    assert (same.changes, same.source) == ((), "every package keeps its version")
    assert (same.download, same.network) == (0, False)
    folder = site_packages_of(patient) / "needy-2.0.dist-info"
    gone = {"url": "file:///nowhere/needy", "dir_info": {"editable": True}}
    (folder / "direct_url.json").write_text(json.dumps(gone))
    without = plan_for(patient, Rebuild())
    assert [(change.name, change.what) for change in without.changes] == [("needy", "removed")]
    assert "keeps its version" in without.source


def test_long_search_for_versions_is_heard_and_stopped(patient: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Rebuild] = []
    stopped = False

    def slow(step: Rebuild, *_: object, say: Callable[[str], None], stop: Callable[[], bool]) -> Anew | str:
        asked.append(step)
        say("resolving")
        return "stopped" if stop() else Anew("Create it", (), ())

    monkeypatch.setattr("doctor.fix.planning.making.plan_rebuild", slow)
    said: list[str] = []
    plan_for(patient, Rebuild("3.4"), say=said.append)
    assert "resolving" in said
    assert asked == [Rebuild("3.4")], "what takes long is done once"
    stopped = True
    with pytest.raises(Failure, match="planning was stopped; nothing was changed"):
        plan_for(patient, Rebuild("3.4"), stop=lambda: stopped)


def test_plan_without_room_says_how_much_is_needed_and_free(patient: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not planned(patient, "MIX006").blocked
    real, free = shutil.disk_usage, 2_000_000
    monkeypatch.setattr(shutil, "disk_usage", lambda path: real(path)._replace(free=free))
    assert not planned(patient, "MIX006").blocked, "it needs little"
    free = 500
    plan = planned(patient, "MIX006")
    (reason,) = plan.blocked
    assert f"it needs up to {size(plan.disk)} of room where " in reason
    assert "500 bytes are free there: make room first, or do its steps by hand" in reason


def needed(facts: Facts, *steps: PlannedStep, seen: Preview | None = None, saved: Forecast | None = None) -> int:
    place = Path("/data/env")
    request = Request(Environment(place, "venv"), variables={}, home=Path("/home/me"))
    given = seen or Preview((), "", None, False, "")
    found = needs(steps, given, saved or Forecast("rename", "/data"), request, facts, Path("/state"))
    return sum(need.bytes for need in found if need.folder in (place, place.parent))


def test_room_for_a_creation_is_what_no_cache_shares_unless_versions_change() -> None:
    facts = environment(distributions=(distribution("numpy", "1.26.4"),))
    facts = facts._replace(sizes=Sizes(Size(10, 1_000, 5_000)))
    same = Anew("", (), (("requirements.txt", "numpy==1.26.4\n"),))
    assert needed(facts, same) == 1_000
    assert needed(facts, same._replace(files=(("requirements.txt", "numpy==2.0\n"),))) == 6_000
    assert needed(facts, same._replace(files=(("specs.txt", "numpy>=2.0\n"),))) == 6_000, "nobody knows"


def test_room_for_packages_is_what_they_take_or_what_their_download_lets_guess() -> None:
    facts = environment()._replace(sizes=Sizes(by_owner={"a": Size(3, 100, 900), "conda:a": Size(3, 7, 0)}))
    again, fetched = Change("a", "pip", "1", "1"), Change("a", "pip", "1", "1", size=300)
    new, gone = Change("b", "pip", "", "1", size=50), Change("a", "conda", "1 0", "")
    for change, room in ((again, 100), (fetched, 1_000), (new, 200), (gone, 0), (gone._replace(after="1 0"), 7)):
        assert needed(facts, seen=Preview((change,), "", None, False, "")) == room, change
    copies = Forecast("copies", "/data/env", 10, 5_000)
    assert needed(facts, saved=copies) == 5_000 + 10 * (4096 + 512), "each copy ends within a block"
