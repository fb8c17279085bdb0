"""What Python programs rely on: doctor.check() and its Report."""

from __future__ import annotations

import asyncio
import json
import pickle
import pydoc
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

import doctor
from doctor.api import Environment, Evidence, Finding, Remedy
from tests.patients.venvs import install, make_venv, site_packages_of
from tests.patients.wheels import make_wheel


@pytest.fixture(scope="module")
def sick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("api")
    prefix = make_venv(folder / "sick")
    install(prefix, make_wheel(folder / "wheels", "needy", "1.0", {"needy.py": ""}, requires=["absent>=2"]))
    return prefix


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Caches and state of whoever runs the tests are no part of them."""
    monkeypatch.setenv("HOME", str(tmp_path_factory.getbasetemp() / "home-of-api"))
    monkeypatch.setenv("ENVDOCTOR_STATE", str(tmp_path_factory.getbasetemp() / "state-of-api"))
    monkeypatch.chdir(tmp_path_factory.getbasetemp())


def test_importing_the_package_loads_nothing_else() -> None:
    code = "import sys; before = set(sys.modules); import doctor; print(*sorted(set(sys.modules) - before))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert told == ["doctor"]


def test_what_is_documented_is_there() -> None:
    assert {name: getattr(doctor, name) for name in doctor.__all__}.keys() <= set(dir(doctor))
    with pytest.raises(AttributeError, match="no attribute 'chek'"):
        doctor.chek  # noqa: B018


def test_a_report_is_data(sick: Path) -> None:
    report = doctor.check(sick)
    (found,) = (finding for finding in report.findings if finding.code == "DEP001")
    assert isinstance(found, Finding)
    assert (found.severity, found.family, found.subject) == ("error", "DEP", "needy: absent")
    assert all(isinstance(each, Evidence) for each in found.evidence)
    assert found.evidence[0].path
    assert all(isinstance(each, Remedy) for each in found.remedies)
    assert {step["kind"] for remedy in found.remedies for step in remedy.steps} >= {"install"}
    assert report.worst == "error"
    assert report.verdict.startswith("1 error")
    assert isinstance(report.environment, Environment)
    assert report.environment.kind == "venv"


def test_a_report_says_what_the_command_line_says(sick: Path) -> None:
    command = [sys.executable, "-m", "doctor", "check", str(sick), "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert doctor.check(sick).to_json() == done.stdout
    assert doctor.check(str(sick)).to_dict() == json.loads(done.stdout)


def test_the_surface_stands() -> None:
    """Programs rely on these names: some may be added, none may go."""
    assert doctor.Report._fields == (
        "verdict", "environment", "findings", "skipped", "crashed", "ignored", "examination",
    )  # fmt: skip
    assert Finding._fields == (
        "code", "name", "family", "severity", "subject", "summary", "evidence", "packages", "remedies",
    )  # fmt: skip


def test_left_out_it_is_the_environment_of_this_python() -> None:
    report = doctor.check(select="PYT001")
    assert Path(report.environment.prefix).expanduser() == Path(sys.prefix)


def test_selection_takes_text_and_lists(sick: Path) -> None:
    assert {finding.family for finding in doctor.check(sick, select="dep,MIX").findings} == {"DEP"}
    assert doctor.check(sick, select=["DEP"], ignore=["DEP001"]).findings == ()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"environment": "no-such-environment"}, "no-such-environment"),
        ({"select": "XYZ"}, "there is no check 'XYZ'"),
        ({"project": "/no/such/folder"}, "no such folder"),
    ],
)
def test_what_cannot_be_done_is_said(sick: Path, arguments: dict[str, str], named: str) -> None:
    with pytest.raises(doctor.EnvdoctorError, match=named):
        doctor.check(**{"environment": str(sick), **arguments})  # type: ignore[arg-type]


def test_reports_travel_and_examining_goes_on_in_threads_and_beside_a_loop(sick: Path) -> None:
    report = doctor.check(sick, select="DEP")
    again = pickle.loads(pickle.dumps(report))
    assert again.to_json() == report.to_json()
    assert again.findings == report.findings

    async def beside() -> list[doctor.Report]:
        here = doctor.check(sick, select="DEP")  # as a cell of a notebook does, whose loop is running
        return [here, *await asyncio.gather(*(asyncio.to_thread(doctor.check, sick, select="DEP") for _ in range(3)))]

    assert {one.to_json() for one in asyncio.run(beside())} == {report.to_json()}


def test_help_says_what_a_stranger_needs() -> None:
    told = pydoc.plain(pydoc.render_doc(doctor.check))
    for said in ("EnvdoctorError", "report.findings", "asyncio.to_thread", "select, ignore", "to_dict", "conda"):
        assert said in told, said
    assert max(map(len, told.splitlines()[3:])) <= 124


def test_text_and_one_line(sick: Path) -> None:
    report = doctor.check(sick, select="DEP")
    assert str(report).splitlines()[0].startswith("sick")
    assert "DEP001" in str(report)
    assert repr(report) == f"<doctor.Report of sick: {report.verdict}>"


def test_html_runs_nothing_and_escapes_names(sick: Path) -> None:
    hostile = site_packages_of(sick) / "evil-1.0.dist-info"
    hostile.mkdir()
    try:
        (hostile / "METADATA").write_text(
            "Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n"
            "Requires-Dist: absent; extra == '<script>alert(1)</script>'\n"
            "Requires-Dist: <img src=x onerror=alert(2)>\n"
        )
        (hostile / "RECORD").write_text(
            "evil-1.0.dist-info/METADATA,,\nevil-1.0.dist-info/RECORD,,\n</code><script>x,,\n"
        )
        html = doctor.check(sick)._repr_html_()
    finally:
        for file in hostile.iterdir():
            file.unlink()
        hostile.rmdir()
    assert "DEP001" in html
    assert "&lt;img src=x" in html
    tags = _Tags()
    tags.feed(html)
    assert tags.names <= {"div", "strong", "br", "code", "details", "summary", "ul", "li", "em", "pre", "p"}
    assert tags.attributes <= {"class", "style", "open"}
    assert "url(" not in html


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
