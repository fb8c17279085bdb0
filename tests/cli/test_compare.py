"""envdoctor snapshot, compare and timeline as processes: what they write, print and refuse, and how they end."""

from __future__ import annotations

import html.parser
import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

import doctor.compare
from doctor.compare.as_json import dump, load
from tests.compare.sides import fingerprint, numbers, packages
from tests.patients.venvs import install, make_venv
from tests.patients.wheels import make_wheel

SCHEMA = json.loads((Path(doctor.compare.__file__).parent / "comparison.schema.json").read_text(encoding="utf-8"))
HOSTILE = "<img src=x onerror=alert(1)>|`**[x](javascript:y)**` @team https://evil.example \"'\x1b]52;c;aGk=\x07"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two projects with environments that hold another numpy, a folder for files, and an empty home."""
    base = tmp_path_factory.mktemp("compare")
    for name, version in (("mine", "2.1.0"), ("theirs", "2.2.0")):
        project = base / name
        project.mkdir()
        (project / "pyproject.toml").write_text(f'[project]\nname = "{name}"\nversion = "1"\n')
        prefix = make_venv(project / ".venv")
        install(
            prefix, make_wheel(base / "wheels", "numpy", version, {"numpy/__init__.py": f"__version__ = '{version}'\n"})
        )
    (base / "home").mkdir()
    return base


def run(place: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "CONDA_PREFIX")}
    own = {"HOME": str(place / "home"), "ENVDOCTOR_STATE": str(place / "state")}
    return subprocess.run(
        [sys.executable, "-m", "doctor", *arguments],
        cwd=place / "mine",
        env=environment | own | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_snapshot_writes_a_file_and_says_what_is_in_it(place: Path, tmp_path: Path) -> None:
    done = run(place, "snapshot", "-o", str(tmp_path / "mine.json"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "packages: 1" in done.stdout
    assert "envdoctor compare" in done.stdout
    read = load((tmp_path / "mine.json").read_text(encoding="utf-8"))
    assert read.layers["distributions"].items["numpy"]["version"] == "2.1.0"
    assert str(place) not in (tmp_path / "mine.json").read_text(encoding="utf-8")
    again = run(place, "snapshot", "-o", str(tmp_path / "mine.json"))
    assert "in place of an older one" in again.stdout


def test_snapshot_to_standard_output_is_the_file_alone(place: Path) -> None:
    done = run(place, "snapshot", "-o", "-")
    assert load(done.stdout).layers["distributions"].items["numpy"]["version"] == "2.1.0"
    assert "packages: 1" in done.stderr


def test_the_usual_name_is_the_environment_s(place: Path) -> None:
    assert "mine.json" in run(place, "snapshot").stdout
    assert (place / "mine" / "mine.json").exists()
    (place / "mine" / "mine.json").unlink()


def test_nothing_else_is_written_over(place: Path, tmp_path: Path) -> None:
    thesis, pipe, folder = tmp_path / "thesis.txt", tmp_path / "pipe", tmp_path / "folder"
    thesis.write_text("years of work")
    os.mkfifo(pipe)
    folder.mkdir()
    for path in (thesis, pipe, folder, tmp_path / "nowhere" / "mine.json"):
        done = run(place, "snapshot", "-o", str(path))
        assert done.returncode == 2
        assert path.name in done.stderr
    assert thesis.read_text() == "years of work"
    assert pipe.is_fifo()


def test_a_baseline_belongs_to_the_project_and_has_no_time(place: Path, tmp_path: Path) -> None:
    done = run(place, "snapshot", "--baseline")
    assert done.returncode == 0
    path = place / "mine" / ".envdoctor" / "baseline.json"
    first = path.read_text(encoding="utf-8")
    assert load(first).made == 0.0
    assert run(place, "snapshot", "--baseline").returncode == 0
    assert path.read_text(encoding="utf-8") == first
    assert run(place, "compare", str(path)).returncode == 0
    (place / "mine" / ".envdoctor" / "baseline.json").write_text("mine")
    assert run(place, "snapshot", "--baseline").returncode == 2
    path.unlink()
    path.parent.rmdir()
    path.parent.symlink_to(tmp_path)
    assert "leads out of the project" in run(place, "snapshot", "--baseline").stderr
    path.parent.unlink()
    assert list(tmp_path.iterdir()) == []


def test_nonsense_is_refused_before_anything_is_read(place: Path) -> None:
    for words in (("--vary",), ("--yes",), ("--baseline", "-o", "x"), ("--probe",), ("-o", " ")):
        done = run(place, "snapshot", *words)
        assert done.returncode == 2
        assert done.stdout == ""
    assert run(place, "compare", "mine", "--layers", "weather").returncode == 2
    assert "no such layer" in run(place, "compare", "mine", "--layers", "weather").stderr


def test_two_environments(place: Path) -> None:
    done = run(place, "compare", ".venv", "../theirs")
    assert (done.returncode, done.stderr) == (1, "")
    assert "Numbers can differ: numpy is 2.1.0 here and 2.2.0 there" in done.stdout
    assert "numpy==2.1.0" in done.stdout
    assert all(len(line) <= 80 for line in done.stdout.splitlines() if "pip install" not in line)
    assert "\x1b" not in done.stdout


def test_one_word_is_set_against_this_environment(place: Path, tmp_path: Path) -> None:
    path = tmp_path / "mate.json"
    run(place, "snapshot", "-o", str(path))
    done = run(place, "compare", str(path))
    assert done.returncode == 0
    assert "Nothing that changes results differs" in done.stdout
    assert "(this environment)" in done.stdout


def test_a_folder_of_files_comes_in_groups(place: Path, tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"mate-{number}.json").write_text(dump(fingerprint(distributions=packages(numpy="2.1.0"))))
    (tmp_path / "odd.json").write_text(dump(fingerprint(distributions=packages(numpy="1.26.4"))))
    (tmp_path / "package.json").write_text('{"name": "something else"}')
    done = run(place, "compare", str(tmp_path))
    assert done.returncode == 1
    assert "5 of 6 are alike, 1 is not" in done.stdout
    assert "Group 2, alone: odd.json" in done.stdout
    assert "numpy is 2.1.0 in group 1 and 1.26.4 in this one" in done.stdout
    assert "package.json: no fingerprint in it" in done.stderr
    body = json.loads(run(place, "compare", str(tmp_path), "--format", "json").stdout)
    jsonschema.Draft202012Validator(SCHEMA).validate(body)
    assert [len(group["sides"]) for group in body["groups"]] == [5, 1]


def test_a_project_with_an_environment_is_that_environment_whatever_files_lie_in_it(place: Path) -> None:
    lying = place / "mine" / "left.json"
    lying.write_text(dump(fingerprint(distributions=packages(numpy="1.26.4"))))
    try:
        done = run(place, "compare", str(place / "mine"), str(lying))
        assert "numpy is 2.1.0 here and 1.26.4 there" in done.stdout
    finally:
        lying.unlink()


def test_json_is_what_its_schema_says(place: Path, tmp_path: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    for name, value in (("one", 1.0), ("other", 2.0)):
        (tmp_path / f"{name}.json").write_text(dump(fingerprint(numbers=numbers(numpy__sum=(value, 0.1)))))
    done = run(place, "compare", str(tmp_path / "one.json"), str(tmp_path / "other.json"), "--format", "json")
    body = json.loads(done.stdout)
    jsonschema.Draft202012Validator(SCHEMA).validate(body)
    assert body["changes_results"] == "yes"
    assert body["difference"]["numbers"][0]["series"] == "numpy.sum"
    assert (
        done.stdout
        == run(place, "compare", str(tmp_path / "one.json"), str(tmp_path / "other.json"), "--format", "json").stdout
    )


def hostile_files(folder: Path) -> list[str]:
    paths = []
    for number, version in enumerate(("1.0", "2.0")):
        items = {HOSTILE: {"version": version}, "numpy": {"version": f"{version}{HOSTILE}"}}
        settings = {"OMP_NUM_THREADS": {"value": f"{number}{HOSTILE}"}}
        path = folder / f"h{number}.json"
        path.write_text(
            dump(fingerprint(distributions=items, settings=settings)._replace(name=HOSTILE)), encoding="utf-8"
        )
        text = path.read_text(encoding="utf-8")
        body = json.loads(text)
        for layer in body["fingerprint"]["layers"].values():
            layer["hash"] = ""
        path.write_text(json.dumps(body))
        paths.append(str(path))
    return paths


class _Tags(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        assert not any(name.startswith("on") or name in ("src", "href") for name, _ in attrs if tag != "link")
        assert tag != "link" or attrs == [("rel", "icon"), ("href", "data:,")]


@pytest.mark.parametrize("kind", ["text", "json", "markdown", "html"])
def test_hostile_names_stay_names(place: Path, tmp_path: Path, kind: str) -> None:
    done = run(place, "compare", *hostile_files(tmp_path), "--format", kind)
    assert done.returncode == 1
    assert "\x1b" not in done.stdout
    assert "\x07" not in done.stdout
    if kind == "html":
        parser = _Tags()
        parser.feed(done.stdout)
        assert not parser.seen & {"img", "script", "a", "iframe"}
        assert "table" in parser.seen
        assert "default-src 'none'" in done.stdout
    if kind == "markdown":
        assert "<img" not in done.stdout
        assert "https://evil" not in done.stdout
        assert "@team" not in done.stdout
        assert "[x](" not in done.stdout
        rows = [line for line in done.stdout.splitlines() if line.startswith("|")]
        assert all(line.replace("\\|", "").count("|") == 4 for line in rows)


@pytest.mark.parametrize("columns", ["40", "100"])
def test_narrow_and_wide(columns: str) -> None:
    from doctor.compare.comparison import Side
    from doctor.compare.difference import compare
    from doctor.report.comparison import render

    found = compare([Side("one", fingerprint(distributions=packages(numpy="1.0"))), Side("other", fingerprint())])
    lines = ["".join(span.text for span in line) for line in render(found, width=int(columns))]
    commands = [
        "".join(span.text for span in line) for line in render(found) if any(s.style == "command" for s in line)
    ]
    assert max(len(line) for line in lines if line not in commands) <= int(columns)


def test_what_cannot_be_read_is_named_with_its_place(place: Path, tmp_path: Path) -> None:
    (tmp_path / "newer.json").write_text('{"schema_version": 9, "fingerprint": {}}')
    (tmp_path / "cut.json").write_text('{"schema_version": 1,\n "finger')
    (tmp_path / "wrong.json").write_text('{"schema_version": 1, "fingerprint": {"layers": {"native": {"hash": 3}}}}')
    os.mkfifo(tmp_path / "pipe.json")
    for name, said in (
        ("newer.json", "newer envdoctor"),
        ("cut.json", "line 2"),
        ("wrong.json", "fingerprint.layers.native.hash: expected str"),
        ("pipe.json", "pipe.json"),
        ("gone.json", "no such file"),
    ):
        done = run(place, "compare", str(tmp_path / name), "../theirs")
        assert done.returncode == 2, name
        assert said in done.stderr
        assert name in done.stderr
        assert "Traceback" not in done.stderr


def test_a_report_goes_into_a_file_and_never_over_a_fingerprint(place: Path, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    done = run(place, "compare", ".venv", "../theirs", "--format", "html", "-o", str(path))
    assert (done.returncode, done.stdout) == (1, "")
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
    mate = tmp_path / "mate.json"
    mate.write_text(dump(fingerprint()))
    assert run(place, "compare", ".venv", str(mate), "-o", str(mate)).returncode == 2
    assert load(mate.read_text(encoding="utf-8")) == fingerprint()


def test_facts_that_check_saved_can_be_compared(place: Path, tmp_path: Path) -> None:
    facts = tmp_path / "facts.json"
    run(place, "check", "--save", str(facts))
    done = run(place, "compare", str(facts), "../theirs", "--layers", "distributions")
    assert done.returncode == 1
    assert "numpy is 2.1.0 here and 2.2.0 there" in done.stdout


def test_a_timeline_and_the_difference_of_two_moments(place: Path, tmp_path: Path) -> None:
    state = str(tmp_path / "state")
    empty = run(place, "timeline", ENVDOCTOR_STATE=state)
    assert empty.returncode == 0
    assert "No snapshot is kept" in empty.stdout
    assert "uv installed: numpy 2.1.0" in empty.stdout
    run(place, "snapshot", "-o", str(tmp_path / "x.json"), ENVDOCTOR_STATE=state)
    told = json.loads(run(place, "timeline", "--format", "json", ENVDOCTOR_STATE=state).stdout)
    assert told["changed_since_snapshot"] == []
    assert [moment["name"] for moment in told["moments"] if moment["comparable"]] == ["s1"]
    assert run(place, "timeline", "--between", "s1", "now", ENVDOCTOR_STATE=state).returncode == 0
    assert "Nothing has changed since" in run(place, "timeline", ENVDOCTOR_STATE=state).stdout
    for words, said in (
        (("--between", "s9", "now"), "no such moment"),
        (("--between", "p1", "now"), "nobody wrote down"),
        (("--since", "yesterday"), "expected a date"),
    ):
        done = run(place, "timeline", *words, ENVDOCTOR_STATE=state)
        assert done.returncode == 2
        assert said in done.stderr
    assert "p1" not in run(place, "timeline", "--since", "2099-01-01", ENVDOCTOR_STATE=state).stdout


def test_snapshots_are_kept_once_and_pruned(tmp_path: Path) -> None:
    from doctor.facts import Identity
    from doctor.fix import kept_fingerprints as kept

    identity = Identity("/somewhere/.venv", "demo")
    assert kept.keep(tmp_path, identity, fingerprint()._replace(made=1_000.0)) is not None
    assert kept.keep(tmp_path, identity, fingerprint()._replace(made=1_001.0)) is None
    for number in range(45):
        found = fingerprint(distributions=packages(numpy=f"2.{number}.0"))._replace(made=2_000.0 + number)
        assert kept.keep(tmp_path, identity, found) is not None
    there = kept.kept(tmp_path, identity)
    assert len(there) == 40
    assert there[0].fingerprint.layers["distributions"].items["numpy"]["version"] == "2.44.0"
    assert there[0].time == 2_044.0
    assert kept.kept(tmp_path, Identity("/elsewhere", "demo")) == ()
    there[0].path.write_text("damaged")
    assert len(kept.kept(tmp_path, identity)) == 39
