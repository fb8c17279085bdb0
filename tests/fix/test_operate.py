"""An operation from beginning to end, on real virtual environments, and every way in which it may go wrong."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from doctor import checks
from doctor.examine import Examined, examine
from doctor.failure import Failure
from doctor.fix.events import Ended, Event, Output, PutBack, StepStarted, Verified
from doctor.fix.history import Operation, operations, prune, unfinished
from doctor.fix.operate import operate
from doctor.fix.operating.state import read_state
from doctor.fix.options import Options
from doctor.fix.plan import Aside, Chosen, Command, Plan, PlannedStep, Protect, Write, outside
from doctor.fix.undo import undo
from doctor.model import Examination
from doctor.target.environment import Request
from doctor.target.recognise import inspect_prefix
from tests.fix.trees import differences, picture
from tests.patients.venvs import install, make_venv, site_packages_of
from tests.patients.wheels import make_wheel

SITE = f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
LEFTOVER = f"{SITE}/~emo"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def patient(tmp_path: Path) -> Path:
    """A sound package and what a killed pip left behind."""
    prefix = make_venv(tmp_path / "env")
    install(prefix, make_wheel(tmp_path / "wheels", "demo", "1.0", {"demo/__init__.py": "x = 1\n", "demo/a.py": ""}))
    left = site_packages_of(prefix) / "~emo"
    left.mkdir()
    (left / "__init__.py").write_text("old = 1\n")
    return prefix


def request_of(prefix: Path) -> Request:
    environment = inspect_prefix(prefix)
    assert environment is not None
    return Request(environment, variables={"PATH": "/usr/bin:/bin"}, home=prefix.parent / "home")


def examined(request: Request) -> Examination:
    (found,) = (event.examination for event in examine(request, checks.load()) if isinstance(event, Examined))
    return found


def plan_of(prefix: Path, *steps: PlannedStep, number: int = 1, **more: object) -> Plan:
    """A plan that is to repair MIX004."""
    plan = Plan(
        id=f"20261122-10000{number}-abcd", envdoctor="0", made="2026-11-22T10:00:00+00:00", prefix=str(prefix),
        name="env",        kind="venv", project="", deep=False,
        chosen=(Chosen("MIX004", "~emo", "left over", "Move it aside", "safe"),),
        steps=steps, safety="safe", reversible=True, state=read_state(prefix, map(Path, outside(steps))),
    )  # fmt: skip
    return plan._replace(**more)  # type: ignore[arg-type]


def carried_out(plan: Plan, state: Path, options: Options | None = None, **more: object) -> list[Event]:
    return list(operate(plan, request_of(Path(plan.prefix)), options or Options(), state, **more))  # type: ignore[arg-type]


def ended(events: list[Event]) -> Ended:
    assert isinstance(events[-1], Ended)
    return events[-1]


def python(code: str) -> Command:
    """A command that changes the environment, by a Python of ours."""
    return Command("run something", (sys.executable, "-I", "-c", code), "python")


ASIDE = Aside("move what is left aside", (LEFTOVER,))


def test_fixed_and_undone(patient: Path, state: Path) -> None:
    before = picture(patient)
    events = carried_out(plan_of(patient, ASIDE), state)
    assert ended(events).ending == "fixed", ended(events).text
    assert not (patient / LEFTOVER).exists()
    (proof,) = (event for event in events if isinstance(event, Verified))
    assert [item.code for item in proof.gone] == ["MIX004"]
    assert not proof.new
    (operation,) = operations(state)
    assert (operation.ending, operation.can_undo, operation.prefix) == ("fixed", True, patient)
    undone = list(undo(operation, state))
    assert ended(undone).ending == "undone"
    assert not differences(before, picture(patient))
    (operation,) = operations(state)
    assert (operation.ending, operation.can_undo) == ("undone", False)
    with pytest.raises(Failure, match="undone already"):
        list(undo(operation, state))


def test_only_what_changed_is_kept(patient: Path, state: Path) -> None:
    carried_out(plan_of(patient, ASIDE), state)
    (operation,) = operations(state)
    kept = [path.relative_to(operation.places.kept).as_posix() for path in operation.places.kept.rglob("*.py")]
    assert kept == [f"{LEFTOVER}/__init__.py"]
    assert (patient / SITE / "demo/a.py").stat().st_nlink == 1
    assert stat.S_IMODE(operation.folder.stat().st_mode) == 0o700
    for name in ("journal.jsonl", "plan.json", "facts.json", "changes.json"):
        assert stat.S_IMODE((operation.folder / name).stat().st_mode) == 0o600, name


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("pass", "it made something else wrong: MIX006 demo, and MIX004 ~emo is still found"),
        ("raise SystemExit('error: no such package')", "python failed: error: no such package"),
        ("import os; os.kill(os.getpid(), 9)", "python failed"),
    ],
)
def test_what_does_not_help_is_put_back(patient: Path, state: Path, code: str, says: str) -> None:
    before = picture(patient)
    change = f"import pathlib, shutil; p = pathlib.Path({str(patient / SITE)!r}); shutil.rmtree(p / 'demo'); "
    change += "(p / 'demo').mkdir(); (p / 'more.py').write_text('x'); (p / 'demo/a.py').write_text('other'); "
    events = carried_out(plan_of(patient, python(change + code)), state)
    assert ended(events).ending == "put-back"
    assert ended(events).text.startswith(says)
    assert not differences(before, picture(patient))
    (operation,) = operations(state)
    assert not operation.can_undo
    assert not list(state.rglob("*.py")), "nothing is kept of what was put back"


def test_what_makes_something_else_wrong_is_put_back(patient: Path, state: Path) -> None:
    before = picture(patient)
    harm = python(f"import os; os.unlink({str(patient / SITE / 'demo/a.py')!r})")
    events = carried_out(plan_of(patient, ASIDE, harm), state)
    assert ended(events).ending == "put-back"
    assert "made something else wrong: MIX006 demo" in ended(events).text
    assert not differences(before, picture(patient))


def test_a_stale_plan_is_refused(patient: Path, state: Path, tmp_path: Path) -> None:
    plan = plan_of(patient, ASIDE)
    install(patient, make_wheel(tmp_path / "wheels", "other", "1.0", {"other.py": ""}))
    before = picture(patient)
    with pytest.raises(Failure, match=r"changed since the plan was made: other-1\.0\.dist-info is new"):
        carried_out(plan, state)
    assert not differences(before, picture(patient))
    assert ended(carried_out(plan, state, Options(allow=frozenset({"stale"})))).ending == "fixed"


def test_nothing_to_do_is_said(patient: Path, state: Path) -> None:
    plan = plan_of(patient, ASIDE)
    (patient / LEFTOVER / "__init__.py").unlink()
    (patient / LEFTOVER).rmdir()
    with pytest.raises(Failure, match="nothing to do: MIX004 ~emo is not found any more"):
        carried_out(plan, state, Options(allow=frozenset({"stale"})))


def test_paths_that_lead_out_are_refused(patient: Path, state: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (patient / "way-out").symlink_to(tmp_path)
    for path in ("../victim", str(victim)):
        with pytest.raises(Failure, match="leads out of the environment"):
            carried_out(plan_of(patient, Aside("", (path,))), state)
    last = ended(carried_out(plan_of(patient, Aside("", ("way-out/victim",))), state))
    assert last.text.startswith("way-out/victim leads out of the environment by a link")
    assert victim.exists()


def test_stopping_between_steps_puts_back(patient: Path, state: Path) -> None:
    before = picture(patient)
    asked: list[bool] = []
    request = request_of(patient)
    events: list[Event] = []
    for event in operate(plan_of(patient, ASIDE, python("pass")), request, Options(), state, stop=lambda: bool(asked)):
        events.append(event)
        if isinstance(event, StepStarted) and event.number == 1:
            asked.append(True)
    assert ended(events).text == "you stopped it; the old state is there again"
    assert not any(isinstance(event, StepStarted) and event.number == 2 for event in events)
    assert not differences(before, picture(patient))


def test_whoever_leaves_finds_the_old_state(patient: Path, state: Path) -> None:
    """The app's screen goes away in the middle of a step."""
    before = picture(patient)
    slow = python("import time; print('begun', flush=True); time.sleep(0.5)")
    running: Iterator[Event] = operate(plan_of(patient, ASIDE, slow), request_of(patient), Options(), state)
    for event in running:
        if isinstance(event, Output):
            break
    running.close()  # type: ignore[attr-defined]
    assert not differences(before, picture(patient))
    assert not unfinished(state)


def test_what_could_not_be_put_back_is_never_called_whole(patient: Path, state: Path) -> None:
    """Not even where nobody was left to hear it: history says it."""
    written = python(f"open({str(patient / SITE / 'demo/a.py')!r}, 'a').write('in place'); print('done', flush=True)")
    running: Iterator[Event] = operate(plan_of(patient, written, ASIDE), request_of(patient), Options(), state)
    for event in running:
        if isinstance(event, Output):
            break
    running.close()  # type: ignore[attr-defined]
    (operation,) = operations(state)
    assert operation.ending == "broken"
    assert "demo/a.py: was written to in place" in operation.text


def test_a_second_envdoctor_is_refused(patient: Path, state: Path, tmp_path: Path) -> None:
    running: Iterator[Event] = operate(
        plan_of(patient, python("import time; time.sleep(1)")), request_of(patient), Options(), state
    )
    for event in running:
        if isinstance(event, StepStarted):
            break
    for other in (state, tmp_path / "another user's state"):
        with pytest.raises(Failure, match="another envdoctor is at work"):
            carried_out(plan_of(patient, ASIDE, number=2), other)
    assert ended(list(running)).ending == "put-back"


def test_a_running_pip_is_respected(patient: Path, state: Path) -> None:
    script = patient.parent / "pip"
    script.write_text("import time; print('up', flush=True); time.sleep(60)")
    variables = {**os.environ, "VIRTUAL_ENV": str(patient)}
    with subprocess.Popen(
        [sys.executable, str(script), "install", "x"], env=variables, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        process.stdout.readline()
        with pytest.raises(Failure, match=rf"pip \(process {process.pid}\) is at work on it now"):
            carried_out(plan_of(patient, ASIDE), state)
        process.kill()


def test_undo_refuses_what_was_changed_since(patient: Path, state: Path) -> None:
    before = picture(patient)
    carried_out(plan_of(patient, ASIDE), state)
    (patient / LEFTOVER).mkdir()
    (patient / LEFTOVER / "mine.py").write_text("precious")
    (operation,) = operations(state)
    (patient / LEFTOVER / "__init__.py").write_text("mine, too")
    with pytest.raises(Failure, match=r"changed since: .*~emo/__init__\.py.*--anyway"):
        list(undo(operation, state))
    assert (patient / LEFTOVER / "mine.py").exists()
    assert ended(list(undo(operation, state, anyway=True))).ending == "undone"
    (patient / LEFTOVER / "mine.py").unlink()
    after = picture(patient)
    left = differences(before, after)
    assert [line.partition(":")[0] for line in left] in ([], [LEFTOVER]), left


def test_a_settings_file_is_written_beside_and_undone(patient: Path, state: Path, tmp_path: Path) -> None:
    outside = tmp_path / "home/.condarc"
    outside.parent.mkdir()
    target = tmp_path / "dotfiles"
    target.write_text("channels: [a]\n")
    target.chmod(0o640)
    os.utime(target, ns=(7, 1_700_000_000_123_456_789))
    outside.symlink_to(target)
    before, home = picture(patient), picture(tmp_path / "home")
    status = target.stat()
    steps = (Write("", str(outside), "channels: [a]\n", "channels: [b]\n"), Write("", "conf/new", None, "x\n"), ASIDE)
    assert ended(carried_out(plan_of(patient, *steps), state)).ending == "fixed"
    assert target.read_text() == "channels: [b]\n"
    assert outside.is_symlink()
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert (patient / "conf/new").read_text() == "x\n"
    (operation,) = operations(state)
    assert ended(list(undo(operation, state))).ending == "undone"
    assert target.read_text() == "channels: [a]\n"
    assert (target.stat().st_mtime_ns, target.stat().st_mode) == (status.st_mtime_ns, status.st_mode)
    assert not differences(before, picture(patient))
    assert list(home) == list(picture(tmp_path / "home"))


def test_protecting_reaches_all_below_and_no_other_name(patient: Path, state: Path) -> None:
    """In the snapshot the same file has another name, and in a cache as well: their mode stays."""
    folder = patient / SITE / "demo"
    for path in (folder, folder / "a.py"):
        path.chmod(0o777)
    os.link(folder / "a.py", patient.parent / "cached.py")
    before = picture(patient)
    events = carried_out(plan_of(patient, Protect("", (f"{SITE}/demo",)), ASIDE), state)
    assert ended(events).ending == "fixed"
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "a.py")] == [0o775, 0o775]
    assert stat.S_IMODE((patient.parent / "cached.py").stat().st_mode) == 0o777
    (operation,) = operations(state)
    list(undo(operation, state))
    assert not differences(before, picture(patient))


def test_history_is_pruned_by_count_and_age(patient: Path, state: Path) -> None:
    for number in range(3):
        carried_out(plan_of(patient, ASIDE, number=number), state)
        (operation, *_) = operations(state)
        list(undo(operation, state))
    assert len(operations(state, patient)) == 3
    newest = operations(state)[0].id
    assert len(prune(state, keep=1)) == 2
    assert [operation.id for operation in operations(state)] == [newest]
    assert prune(state, days=1) == ()
    time.sleep(0.01)
    assert len(prune(state, days=0)) == 1
    assert not list((state / "operations").iterdir())


def test_a_plan_that_cannot_be_read_any_more_can_be_undone(patient: Path, state: Path) -> None:
    before = picture(patient)
    carried_out(plan_of(patient, ASIDE), state)
    (operation,) = operations(state)
    (operation.folder / "plan.json").write_text("{")
    (operation,) = operations(state)
    assert ended(list(undo(operation, state))).ending == "undone"
    assert not differences(before, picture(patient))


def test_sizes_of_what_is_kept(patient: Path, state: Path) -> None:
    (patient / LEFTOVER / "large.bin").write_bytes(os.urandom(300_000))
    carried_out(plan_of(patient, ASIDE), state)
    (operation,) = operations(state)
    assert isinstance(operation, Operation)
    assert 300_000 < operation.size < 600_000


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_prefix_that_cannot_be_written_is_refused(patient: Path, state: Path) -> None:
    patient.chmod(0o555)
    with pytest.raises(Failure, match="cannot be written: its permissions forbid it"):
        carried_out(plan_of(patient, ASIDE), state)
    patient.chmod(0o755)


def test_put_back_is_told_with_what_it_took(patient: Path, state: Path) -> None:
    events = carried_out(plan_of(patient, python("raise SystemExit(1)")), state)
    (back,) = (event for event in events if isinstance(event, PutBack))
    assert back.problems == ()
    assert back.seconds < 60
