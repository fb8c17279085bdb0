"""envdoctor check, list, checks and explain as processes: what they print, where, and how they end."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patients.venvs import install, make_venv
from tests.patients.wheels import make_wheel


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose environment lacks a file of one package and the requirement of another."""
    folder = tmp_path_factory.mktemp("cli")
    prefix = make_venv(folder / "project" / ".venv")
    needed = make_wheel(folder / "w", "needed", "1.0", {"needed/__init__.py": "", "needed/part.py": ""})
    needy = make_wheel(folder / "w", "needy", "2.0", {"needy.py": ""}, requires=["needed>=1", "absent>=3"])
    install(prefix, needed, needy)
    next(prefix.glob("lib/python3*/site-packages/needed/part.py")).unlink()
    (folder / "home").mkdir()
    return folder / "project"


def run(project: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "CONDA_PREFIX")}
    return subprocess.run(
        [sys.executable, "-m", "doctor", *arguments],
        cwd=project,
        env=environment | {"HOME": str(project.parent / "home")} | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_report_goes_to_stdout_alone_and_the_status_says_findings(project: Path) -> None:
    done = run(project, "--check")
    assert done.returncode == 1
    assert done.stderr == ""
    assert done.stdout.startswith(".venv of project")
    assert "\x1b" not in done.stdout
    assert "DEP001" in done.stdout
    assert "MIX006" in done.stdout
    named = run(project, "check", ".venv/bin/python").stdout
    assert named == done.stdout.replace("envdoctor fix  choose", "envdoctor fix .venv/bin/python  choose")


def test_status_follows_fail_on_and_selection(project: Path) -> None:
    assert run(project, "check", "--select", "GPU").returncode == 0
    assert run(project, "check", "--select", "DEP001").returncode == 1
    assert run(project, "check", "--ignore", "DEP001,MIX006").returncode == 0
    assert run(project, "check", "--ignore", "dep001", "--ignore", "MIX").returncode == 0


def test_json_and_outputs_and_timings(project: Path, tmp_path: Path) -> None:
    written = tmp_path / "report.txt"
    done = run(project, "check", "--format", "json", "--output", f"text={written}", "--timings")
    body = json.loads(done.stdout)
    assert {finding["code"] for finding in body["findings"]} == {"DEP001", "MIX006"}
    assert "DEP001" in written.read_text(encoding="utf-8")
    assert "together" in done.stderr


def test_facts_travel(project: Path, tmp_path: Path) -> None:
    facts = tmp_path / "facts.json"
    there = run(project, "check", "--save", str(facts), "--format", "json")
    here = run(tmp_path, "check", "--from", str(facts), "--format", "json", HOME=str(tmp_path))
    assert here.returncode == there.returncode == 1
    assert json.loads(here.stdout) == json.loads(there.stdout)


@pytest.mark.parametrize("kind", ["text", "json", "sarif", "markdown"])
def test_facts_of_a_stranger_drive_no_terminal_and_break_no_file(project: Path, tmp_path: Path, kind: str) -> None:
    facts, report = tmp_path / "facts.json", tmp_path / "report"
    run(project, "check", "--save", str(facts))
    body = json.loads(facts.read_text(encoding="utf-8"))
    body["facts"]["identity"]["name"] = "odd\ud800\x1b]52;c;aGk=\x07"
    facts.write_text(json.dumps(body), encoding="utf-8")
    done = run(tmp_path, "check", "--from", str(facts), "--format", kind, "--output", f"{kind}={report}")
    assert done.returncode == 1
    assert done.stderr.startswith(f"envdoctor: judged from {facts}, read on 20")
    assert "\x1b" not in done.stderr
    assert "\x1b" not in done.stdout + report.read_text(encoding="utf-8")


def test_facts_of_no_time_are_refused(project: Path, tmp_path: Path) -> None:
    facts = tmp_path / "facts.json"
    run(project, "check", "--save", str(facts))
    for moment in ("1e300", "-1e300", "NaN", "Infinity"):
        text = re.sub(r'"now": [0-9.e+]+', f'"now": {moment}', facts.read_text(encoding="utf-8"))
        (tmp_path / "odd.json").write_text(text, encoding="utf-8")
        done = run(tmp_path, "check", "--from", str(tmp_path / "odd.json"))
        assert (done.returncode, done.stdout) == (2, "")
        assert "Traceback" not in done.stderr


def test_policy_of_the_project_counts(project: Path, tmp_path: Path) -> None:
    policy = tmp_path / "pyproject.toml"
    policy.write_text(
        '[tool.envdoctor]\nignore = [{code = "DEP001", reason = "vendored"}, {code = "MIX006", reason = "known"}]\n'
    )
    done = run(project, "check", "--project", str(tmp_path))
    assert done.returncode == 0, done.stdout
    assert "DEP001 needy" in done.stdout
    assert "vendored" in done.stdout
    policy.write_text('[tool.envdoctor]\nselect = ["GPU"]\n')
    assert "DEP001" not in run(project, "check", "--project", str(tmp_path)).stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("check", "/nonexistent"), "/nonexistent does not exist"),
        (("check", "/etc/passwd"), "/etc/passwd is a file, but no Python interpreter"),
        (("check", "no-such-name"), "no environment is called 'no-such-name'"),
        (("check", "/proc"), "/proc is no environment"),
        (("check", "--select", "MIX999"), "there is no check 'MIX999'"),
        (("check", "--select", "DPE001"), "did you mean DEP001"),
        (("check", "--format", "yaml"), "invalid choice: 'yaml'"),
        (("check", "--output", "json"), "expected FORMAT=PATH"),
        (("check", "--output", "json=/nonexistent/x"), "cannot be written"),
        (("check", "--from", "/nonexistent"), "--from /nonexistent: no such file"),
        (("check", "--project", "/nonexistent"), "--project /nonexistent: no such folder"),
        (("check", ".venv", "--env", ".venv"), "name the environment once"),
        (("check", "--nonsense"), "unrecognized arguments"),
        (("explain", "nothing-such"), "holds no package 'nothing-such'"),
        (("explain", "MIX999"), "there is no check"),
        (("comparre",), "Did you mean the command: envdoctor compare\n"),
        (("exp",), "Did you mean the command: envdoctor explain or envdoctor export\n"),
        (("snap", "--nonsense"), "Did you mean the command: envdoctor snapshot\n"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_bad_usage_is_told_in_one_clear_sentence(project: Path, arguments: tuple[str, ...], said: str) -> None:
    done = run(project, *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ("[]", "no facts in it"),
        ('{"schema_version": 99, "facts": {}}', "schema_version 99"),
        ('{"schema_version": 1, "facts": {"identity": {"kind": "spaceship"}}}', "facts.identity.kind: 'spaceship'"),
        ('{"schema_version": 1, "facts": {"nonsense": 1}}', "unknown field 'nonsense'"),
        ("[" * 100_000, "not usable JSON"),
    ],
)
def test_broken_facts_file_is_named_with_the_place(project: Path, tmp_path: Path, text: str, said: str) -> None:
    facts = tmp_path / "facts.json"
    facts.write_text(text)
    done = run(project, "check", "--from", str(facts))
    assert done.returncode == 2
    assert str(facts) in done.stderr
    assert said in done.stderr


def test_broken_policy_is_named_with_its_line(project: Path, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\n\n[tool.envdoctor]\nselct = ["MIX"]\n')
    done = run(project, "check", "--project", str(tmp_path))
    assert done.returncode == 2
    assert "pyproject.toml" in done.stderr
    assert "line 5" in done.stderr
    assert "select" in done.stderr


def test_list_names_the_environment_and_its_size(project: Path) -> None:
    listed = json.loads(run(project, "list", "--format", "json", "--sizes").stdout)
    ours = next(item for item in listed if item["name"] == ".venv of project")
    assert ours["kind"] == "venv"
    assert ours["maker"] == "uv"
    assert ours["size"] > 0
    assert ".venv of project" in run(project, "list").stdout


def test_explain_a_package_tells_who_why_and_what_needs_it(project: Path) -> None:
    text = run(project, "explain", "needed").stdout
    for expected in ("needed 1.0", "installed by uv", "needed by needy", "pure Python", "size"):
        assert expected in " ".join(text.split()), text


def test_explain_a_check_by_code_or_name(project: Path) -> None:
    assert run(project, "explain", "dep001").stdout == run(project, "explain", "unmet-requirement").stdout
    assert "Why it matters" in run(project, "explain", "DEP001").stdout


def test_catalogue_lists_every_check(project: Path) -> None:
    listed = json.loads(run(project, "checks", "--format", "json").stdout)
    text = run(project, "checks").stdout
    assert all(item["code"] in text and item["name"] in text for item in listed)
    assert [item["code"] for item in listed] == sorted({item["code"] for item in listed})


def test_reader_that_stops_early_is_no_error(project: Path) -> None:
    command = f"{sys.executable} -m doctor checks | head -1"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False, cwd=project)
    assert "Traceback" not in done.stderr
    assert done.stderr == ""


def test_ascii_terminals_get_words_they_can_show(project: Path) -> None:
    done = run(project, "--check", PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert done.stdout.isascii()
    assert "x error" in done.stdout


def test_commands_name_the_environment_as_a_shell_takes_it_and_none_that_they_cannot_reach(
    project: Path, tmp_path: Path
) -> None:
    blank = tmp_path / "a b"
    blank.symlink_to(project)
    assert f"envdoctor fix '{blank}'  choose" in run(project, "check", str(blank)).stdout
    facts = tmp_path / "facts.json"
    assert "envdoctor fix  choose" in run(project, "check", "--save", str(facts)).stdout
    judged = run(project, "check", "--from", str(facts)).stdout
    assert judged.splitlines()[-1].startswith("Next: envdoctor explain ")


@pytest.mark.skipif(os.name == "nt", reason="a shell of POSIX closes the streams")
def test_streams_that_are_closed_are_as_good_as_empty_ones(project: Path) -> None:
    def closed(command: str, streams: str) -> subprocess.CompletedProcess[str]:
        line = f'exec "$0" -m doctor {command} {streams}'
        variables = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "CONDA_PREFIX")}
        variables["HOME"] = str(project.parent / "home")
        shell = ["/bin/sh", "-c", line, sys.executable]
        return subprocess.run(
            shell, cwd=project, env=variables, capture_output=True, text=True, timeout=60, check=False
        )

    usual = run(project)
    for command in ("", "check"):
        assert closed(command, "<&-").stdout == usual.stdout
    assert closed("check", "2>&-").stdout == usual.stdout
    unread = closed("check", ">&-")
    assert (unread.returncode, unread.stderr) == (1, "")
    assert "nobody is there to answer" in closed("fix .venv", "<&-").stderr


def test_a_path_is_taken_for_no_command(project: Path) -> None:
    assert "Did you mean" not in run(project, "./demo").stderr
