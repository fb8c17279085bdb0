"""A plan survives its file, the file is what its schema says, and what does not fit is named with its place."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest

import doctor.fix
from doctor.failure import Failure
from doctor.fix import events
from doctor.fix.as_json import body, diff, dump, event_json, load
from doctor.fix.events import (
    Began,
    Ended,
    Event,
    Output,
    PutBack,
    PuttingBack,
    Saved,
    Saving,
    StepDone,
    StepStarted,
    Verified,
    Verifying,
)
from doctor.fix.plan import (
    Anew,
    Aside,
    Change,
    Chosen,
    Command,
    Forecast,
    Known,
    Plan,
    PlannedStep,
    Program,
    Protect,
    State,
    Told,
    Write,
    WriteDown,
)

SCHEMA = json.loads((Path(doctor.fix.__file__).parent / "plan.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

COMMAND = Command("Reinstall numpy", ("/usr/bin/uv", "pip", "install", "--", "numpy==1.26.4"), "uv", {"A": "{work}/x"})
STEPS: tuple[PlannedStep, ...] = (
    WriteDown("Write down", ("requirements",), "/home/me/exports"),
    COMMAND,
    Aside("Move aside", ("lib/~umpy",)),
    Write("Edit", "/home/me/.condarc", "solver: classic\n", "solver: libmamba\n"),
    Write("Create", ".condarc", None, "a: 1"),
    Protect("Protect", ("bin",)),
    Anew("Create anew", (COMMAND,), (("spec.txt", "numpy\n"),), (".condarc",)),
    Told("Restart the kernel", ("jupyter", "kernelspec", "list")),
)
PLAN = Plan(
    id="20261122-143015-3fa9",
    envdoctor="1.0",
    made="2026-11-22T14:30:15+00:00",
    prefix="/home/me/env",
    name="env",
    kind="venv",
    project="",
    deep=False,
    chosen=(Chosen("MIX006", "numpy", "a file is gone", "Install it again", "careful"),),
    steps=STEPS,
    safety="careful",
    reversible=True,
    state=State("0" * 64, {"pyvenv.cfg": "100 1"}),
    known=(Known("MIX006", "numpy", "error"),),
    programs=(Program("uv", "/usr/bin/uv", "0.9", ("/usr/bin/uv",)),),
    changes=(Change("numpy", "pip", "1.26.4", "1.26.4"), Change("é", "conda", "1", "2", major=True, size=3)),
    source="dry run by uv 0.9",
    download=None,
    disk=100,
    network=True,
    seconds=8,
    snapshot=Forecast("links", "/home/me/state", 3, 100, ("/home/me/.condarc",)),
    blocked=("pip is at work on it now",),
)

EVENTS: tuple[Event, ...] = (
    Began("20261122-143015-3fa9", "fix", "/home/me/env"),
    Saving(1, 2),
    Saved(2, 100, 0.1, "links"),
    *(StepStarted(n, len(STEPS), step) for n, step in enumerate(STEPS, 1)),
    Output("Collecting numpy"),
    StepDone(1, 0.5),
    Verifying("files"),
    Verified(gone=PLAN.known, notes=(Known("SIZ001", "x", "note"),)),
    PuttingBack("it did not help"),
    PutBack(2, 0.1, ("x: no room",)),
    Ended("20261122-143015-3fa9", "fixed", "MIX006 numpy is gone", can_undo=True),
)


def test_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_plan_survives_its_file_and_fits_the_schema() -> None:
    text = dump(PLAN)
    VALIDATOR.validate(json.loads(text))
    assert load(text) == PLAN._replace(seconds=8.0)
    assert dump(load(text)).replace("8.0", "8") == text


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.kind)
def test_every_event_is_one_line_that_fits_the_schema(event: Event) -> None:
    line = event_json(event)
    assert "\n" not in line
    data = json.loads(line)
    VALIDATOR.evolve(schema={"$ref": "#/$defs/event", "$defs": SCHEMA["$defs"]}).validate(data)
    assert data["event"] == event.kind


def test_every_kind_of_event_is_among_them() -> None:
    assert {type(event) for event in EVENTS} == set(get_args(events.Event))


def test_schema_knows_every_field() -> None:
    """A field that is added to the data and not to the schema fails here."""
    records = [Plan, Program, Change, Chosen, Known, State, Forecast, *get_args(PlannedStep)]
    for record in records:
        name = re.sub(r"(?<!^)(?=[A-Z])", "-", record.__name__).lower()
        derived = {"diff"} if record is Write else set()
        assert set(SCHEMA["$defs"][name]["properties"]) == set(record._fields) | derived, name
    for event in get_args(events.Event):
        name = "event-" + re.sub(r"(?<!^)(?=[A-Z])", "-", event.__name__).lower()
        assert set(SCHEMA["$defs"][name]["properties"]) == (set(event._fields) - {"kind"}) | {"event"}, name


def test_differences_are_unified_and_whole() -> None:
    step = body(PLAN)["plan"]["steps"][3]
    assert (
        step["diff"]
        == "--- /home/me/.condarc\n+++ /home/me/.condarc\n@@ -1 +1 @@\n-solver: classic\n+solver: libmamba\n"
    )
    assert diff(Write("", "x", None, "a")) == "--- /dev/null\n+++ x\n@@ -0,0 +1 @@\n+a\n\\ No newline at end of file\n"


def changed(change: Callable[[dict[str, Any]], object]) -> str:
    data = json.loads(dump(PLAN))
    change(data["plan"])
    return json.dumps(data)


CASES: list[tuple[str, Callable[[dict[str, Any]], object], str]] = [
    ("a field that is missing", lambda p: p.pop("prefix"), "plan: 'prefix' is missing"),
    ("a field too many", lambda p: p.update(nonsense=1), "plan: unknown field 'nonsense'"),
    ("a wrong type", lambda p: p.update(disk="much"), "plan.disk: expected int, found str"),
    ("a wrong word", lambda p: p.update(safety="sure"), "plan.safety: 'sure' is none of safe"),
    ("a step of no kind", lambda p: p["steps"][1].pop("kind"), "plan.steps[1].kind: None is none of command"),
    ("a step of another kind", lambda p: p["steps"][1].update(kind="rm"), "plan.steps[1].kind: 'rm' is none of"),
    ("a step that is no object", lambda p: p["steps"].insert(0, 3), "plan.steps[0].kind: None"),
    ("a field deep inside", lambda p: p["steps"][6]["commands"][0].update(network=1), "plan.steps[6].commands[0]"),
    ("a relative prefix", lambda p: p.update(prefix="env"), "plan.prefix: expected an absolute path"),
    ("a path that climbs", lambda p: p["steps"][2].update(paths=["../x"]), "plan.steps[2].paths[0]: '../x' leads out"),
    ("an absolute path", lambda p: p["steps"][5].update(paths=["/etc"]), "plan.steps[5].paths[0]: '/etc' leads out"),
    ("a write that climbs", lambda p: p["steps"][4].update(path="a/../../x"), "plan.steps[4].path"),
    ("a write that climbs from the root", lambda p: p["steps"][4].update(path="/a/../x"), "plan.steps[4].path"),
    ("a program by its name", lambda p: p["steps"][1].update(arguments=["uv"]), "plan.steps[1].arguments"),
    ("a file that climbs", lambda p: p["steps"][6].update(copies=["../x"]), "plan.steps[6]"),
    ("a folder by its name", lambda p: p["steps"][0].update(folder="x"), "plan.steps[0].folder"),
    ("another text than shown", lambda p: p["steps"][3].update(after="evil: 1\n"), "plan.steps[3].diff: is not"),
    ("a text that deceives", lambda p: p["chosen"][0].update(remedy="a\u202eb"), "plan.chosen[0].remedy: holds"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "said"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_plan_that_does_not_fit_is_named_with_the_place(change: Callable[[dict[str, Any]], object], said: str) -> None:
    with pytest.raises(Failure, match=re.escape(said)):
        load(changed(change))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: not JSON"),
        ("[]", "no plan in it"),
        ('{"plan": {}}', "schema_version None"),
        ('{"schema_version": 2, "plan": {}}', "schema_version 2"),
        ('{"schema_version": 1, "plan": {}}', "is missing"),
        ("[" * 100_000, "not usable JSON"),
    ],
)
def test_text_that_is_no_plan_is_told(text: str, said: str) -> None:
    with pytest.raises(Failure, match=said):
        load(text)
