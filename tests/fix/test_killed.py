"""After SIGKILL at any point the environment comes back byte for byte. `python -m tests.fix.killed` tries them all."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from doctor.failure import Failure
from doctor.fix import as_json
from doctor.fix.history import operations, unfinished
from doctor.fix.plan import Aside, Command, Plan, Protect, Write
from doctor.fix.recover import recover
from tests.fix.test_operate import LEFTOVER, SITE, ended, patient, plan_of, state
from tests.fix.trees import differences, picture

__all__ = ["patient", "state"]

#: what a package manager does to a prefix, in one step: files replaced, added, removed; history written in place
_MANAGER = """
import os, pathlib, sys, time
site = pathlib.Path(sys.argv[1])
os.rename(site / "demo", site / "~temporary")
(site / "demo").mkdir()
for name in ("__init__.py", "a.py"):
    (site / "demo" / name).write_bytes((site / "~temporary" / name).read_bytes())
    os.unlink(site / "~temporary" / name)
    {pause}
os.rmdir(site / "~temporary")
with open(site.parents[2] / "pyvenv.cfg", "a") as opened:
    opened.write("comment = written in place\\n")
"""


def whole_plan(prefix: Path, pause: str = "pass") -> Plan:
    """A plan with every kind of step that is done in place; it repairs MIX004."""
    site = prefix / SITE
    manager = Command(
        "run", (sys.executable, "-I", "-c", _MANAGER.format(pause=pause), str(site)), "pip", {"A": "b"}
    )  # fmt: skip
    outside = prefix.parent / "home/.condarc"
    outside.parent.mkdir(exist_ok=True)
    outside.write_text("a: 1\n")
    steps = (
        Aside("", (LEFTOVER,)),
        manager,
        Write("", "conf/new", None, "x\n"),
        Write("", str(outside), "a: 1\n", "a: 2\n"),
        Protect("", (f"{SITE}/demo/a.py",)),
    )
    return plan_of(prefix, *steps)


def tried(patient: Path, state: Path, plan: Plan, *more: str) -> dict[str, object]:
    path = patient.parent / "plan.json"
    path.write_text(as_json.dump(plan))
    command = [sys.executable, "-m", "tests.fix.killed", str(patient), str(state), str(path), *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_points_of_an_operation(patient: Path, state: Path) -> None:
    found = tried(patient, state, whole_plan(patient), "6")
    assert not found["wrong"]
    assert not found["strays"]
    assert isinstance(found["points"], int)
    assert found["points"] > 15


def test_points_of_operation_recovery_and_undo(patient: Path, state: Path) -> None:
    found = tried(patient, state, whole_plan(patient), "12", "2")
    assert not found["wrong"]
    assert isinstance(found["points"], int)
    assert found["points"] > 8


def test_a_command_that_outlives_envdoctor_is_ended(patient: Path, state: Path) -> None:
    before = picture(patient)
    plan = patient.parent / "plan.json"
    plan.write_text(as_json.dump(whole_plan(patient, pause="time.sleep(30)")))
    code = (
        "import sys; from pathlib import Path; from doctor.fix import as_json; from tests.fix.killed import _operate; "
    )
    code += "_operate(as_json.load(Path(sys.argv[1]).read_text()), Path(sys.argv[2]))"
    with subprocess.Popen([sys.executable, "-c", code, str(plan), str(state)]) as process:
        deadline = time.monotonic() + 30
        while not (patient / SITE / "~temporary").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    assert differences(before, picture(patient))
    (operation,) = unfinished(state)
    assert ended(list(recover(operation, state))).ending == "put-back"
    assert not differences(before, picture(patient))


def test_recovery_waits_for_an_operation_that_is_under_way(patient: Path, state: Path) -> None:
    from doctor.fix.host.lock import locked

    tried(patient, state, whole_plan(patient), "40")
    (operation, *_) = operations(state)
    with locked(patient, state), pytest.raises(Failure, match="another envdoctor is at work"):
        list(recover(operation, state))


def test_a_journal_cut_short_is_read(patient: Path, state: Path) -> None:
    """The last line may be half of one."""
    plan = patient.parent / "plan.json"
    plan.write_text(as_json.dump(whole_plan(patient)))
    tried(patient, state, whole_plan(patient), "1000")
    (operation,) = operations(state)
    with (operation.folder / "journal.jsonl").open("a") as opened:
        opened.write('{"event": "undo')
    assert [item.ending for item in operations(state)] == [operation.ending]
    assert os.access(operation.folder / "journal.jsonl", os.W_OK)
