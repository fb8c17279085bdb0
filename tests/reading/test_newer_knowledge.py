"""--knowledge DIR: newer tables take the place of ours, in one piece, and what does not fit is named with its place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import doctor.knowledge
from doctor import checks
from doctor.cli import run
from doctor.examine import judge
from doctor.facts.build import distribution, environment
from doctor.facts.machine import Gpu, Gpus, Machine
from doctor.facts.serialise import whole
from doctor.failure import Failure
from doctor.knowledge.cuda import newest_cuda
from doctor.knowledge.tables import TABLES, Table
from doctor.knowledge.torch import find_release
from doctor.reading.newer_knowledge import use_newer_knowledge

SCHEMA = json.loads((Path(doctor.knowledge.__file__).parent / "tables.schema.json").read_text(encoding="utf-8"))
NAMES = {table.name: table for table in TABLES}


@pytest.fixture(autouse=True)
def kept() -> Iterator[None]:
    before = [(table, list(getattr(table.home(), table.rows)), table.source()) for table in TABLES]
    yield
    for table, rows, source in before:
        table.replace(rows, source)


def body(table: Table, /, **changed: Any) -> dict[str, Any]:
    rows = [{k: v for k, v in whole(row).items() if v not in ([], "")} for row in getattr(table.home(), table.rows)]
    told = {"table": table.name, "schema_version": 1, "as_of": "2027-05-01", "source": "a test", "certainty": "none"}
    return told | {"rows": json.loads(json.dumps(rows))} | changed


def written(folder: Path, name: str, /, **changed: Any) -> Path:
    (folder / f"{name}.json").write_text(json.dumps(body(NAMES[name], **changed)))
    return folder


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_our_own_tables_are_what_the_schema_says_and_come_back_whole(table: Table, tmp_path: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(body(table), SCHEMA)
    before = list(getattr(table.home(), table.rows))
    (source,) = use_newer_knowledge(written(tmp_path, table.name))
    assert getattr(table.home(), table.rows) == before
    assert table.source() == source
    assert (source.as_of, source.source) == ("2027-05-01", "a test")


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_schema_names_every_field(table: Table) -> None:
    rows = SCHEMA["$defs"][table.name]
    assert tuple(rows["properties"]) == table.record()._fields
    assert set(rows["required"]) == set(table.record()._fields) - set(table.record()._field_defaults)


def test_a_newer_table_changes_the_verdict(tmp_path: Path) -> None:
    (check,) = checks.load(["DEP005"])
    facts = environment(distributions=(distribution("demo-lib", "6.6.6"),))
    assert judge(check, facts).state == "fine"
    row = {"key": "demo-lib", "kind": "malicious", "why": "was malicious", "source": "a notice", "certain": True}
    use_newer_knowledge(written(tmp_path, "withdrawn", rows=[row]))
    (finding,) = judge(check, facts).findings
    assert finding.subject == "demo-lib"


def test_a_new_release_of_torch_is_known_at_once(tmp_path: Path) -> None:
    (check,) = checks.load(["GPU001"])
    gpus = Gpus((Gpu("NVIDIA H100", "9.0"),), "590.44.01", "590.44.01", "13.1", "nvml")
    facts = environment(distributions=(distribution("torch", "2.16.0", build="cpu"),), machine=Machine(gpus=gpus))
    (before,) = judge(check, facts).findings
    assert before.remedies[0].safety.value == "manual"
    new = {
        "version": "2.16.0", "pythons": ["3.11", "3.15"], "builds": {"13.4": [90]},
        "torchvision": "0.31.0", "torchaudio": "2.11.0",
    }  # fmt: skip
    use_newer_knowledge(written(tmp_path, "torch", rows=[new, *body(NAMES["torch"])["rows"]]))
    assert find_release("2.16.0")
    (after,) = judge(check, facts).findings
    assert "torch==2.16.0+cu134" in after.remedies[0].title


REFUSED = [
    ({"as_of": "2026-11-22"}, "as_of: 2026-11-22 is not newer than this release's own table"),
    ({"as_of": "2020-01-01"}, "is not newer"),
    ({"as_of": "soon"}, "as_of: 'soon' is no date"),
    ({"as_of": 20270101}, "is no date"),
    ({"as_of": "20270501"}, "as_of: write 2027-05-01"),
    ({"schema_version": 2}, "schema_version: 2; this envdoctor reads 1"),
    ({"table": "torch"}, "table: 'torch' in a file that is called cuda-toolkits.json"),
    ({"source": " "}, "source: expected a text"),
    ({"certainty": None}, "certainty: expected a text"),
    ({"note": "x"}, "unknown field 'note'"),
    ({"rows": []}, "rows: expected a list of 1 to"),
    ({"rows": {"cuda": "13.3"}}, "rows: expected a list"),
    ({"rows": [{"cuda": "13.3", "linux": 610}]}, "rows[0].linux: expected str, found int"),
    ({"rows": [{"cuda": "13.3"}, {"linux": "610.43.02"}]}, "rows[1]: 'cuda' is missing"),
    ({"rows": [{"cuda": "13.3", "darwin": "1"}]}, "rows[0]: unknown field 'darwin'"),
    ({"rows": [{"cuda": "thirteen"}]}, "rows[0].cuda: 'thirteen' does not look like one"),
    ({"rows": [{"cuda": "13.3", "linux": "610; rm -rf /"}]}, "rows[0].linux"),
]


@pytest.mark.parametrize(("changed", "why"), REFUSED, ids=lambda value: str(value)[:40])
def test_what_does_not_fit_is_named_with_its_place(tmp_path: Path, changed: dict[str, Any], why: str) -> None:
    written(tmp_path, "gpus")  # a sound one beside it is not taken over either
    with pytest.raises(Failure) as refusal:
        use_newer_knowledge(written(tmp_path, "cuda-toolkits", **changed))
    assert "cuda-toolkits.json: " in str(refusal.value)
    assert why in str(refusal.value)
    assert NAMES["gpus"].source().as_of == NAMES["cuda-toolkits"].source().as_of == "2026-11-22"
    assert newest_cuda("550.54.15", "linux") == "12.4"


@pytest.mark.parametrize(
    ("name", "row", "why"),
    [
        ("gpus", {"pattern": "(", "capability": "9.0"}, "pattern: '(' is no regular expression"),
        ("torch", {"version": "2.16.0 --extra-index-url x"}, "is missing"),
        ("withdrawn", {"key": "-r x", "kind": "renamed", "why": "w", "source": "s", "certain": True}, "rows[0].key"),
        (
            "withdrawn",
            {"key": "x", "kind": "renamed", "why": "w", "source": "s", "certain": True, "instead": ["git+https://x"]},
            "rows[0].instead",
        ),
        ("withdrawn", {"key": "x", "kind": "odd", "why": "w", "source": "s", "certain": True}, "rows[0].kind"),
    ],
)
def test_rows_that_would_reach_a_command_look_like_what_they_are(
    tmp_path: Path, name: str, row: dict[str, Any], why: str
) -> None:
    with pytest.raises(Failure) as refusal:
        use_newer_knowledge(written(tmp_path, name, rows=[row]))
    assert why in str(refusal.value)


def test_folders_that_hold_no_table(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="no such folder"):
        use_newer_knowledge(tmp_path / "nowhere")
    with pytest.raises(Failure, match=r"holds no table; known are cuda-floors\.json"):
        use_newer_knowledge(tmp_path)
    (tmp_path / "numpy.json").write_text("{}")
    with pytest.raises(Failure, match="no table is called so"):
        use_newer_knowledge(tmp_path)


@pytest.mark.parametrize(
    ("text", "why"), [("{", "line 1: not JSON"), ("[1]", "expected an object"), ("[" * 99_999, "nested too deeply")]
)
def test_files_that_are_no_table(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "torch.json").write_text(text)
    with pytest.raises(Failure) as refusal:
        use_newer_knowledge(tmp_path)
    assert why in str(refusal.value)


def test_explain_says_what_is_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    assert run(["explain", "GPU002"]) == 0
    assert "cuda-toolkits, 2026-11-22:" in capsys.readouterr().out
    written(tmp_path, "cuda-toolkits")
    assert run(["explain", "GPU002", "--knowledge", str(tmp_path)]) == 0
    told = capsys.readouterr()
    assert "cuda-toolkits, 2027-05-01:" in told.out
    assert "knowledge: cuda-toolkits of 2027-05-01, a test" in told.err
    assert run(["explain", "GPU002", "--knowledge", str(tmp_path)]) == 2, "not newer than what is used already"
    assert "is not newer" in capsys.readouterr().err
