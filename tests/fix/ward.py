"""Repairs a real environment as a user would, holds that it helped, takes it back, and holds that nothing is left.

ward = Ward(tmp_path)
ward.repair(prefix, "MIX006", "demo-lib")
"""

from __future__ import annotations

import os
from collections.abc import Container, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from doctor import checks
from doctor.examine import Examined, examine
from doctor.facts.project import Policy
from doctor.fix.events import Ended, Ending, Event, Output, PuttingBack, Verified
from doctor.fix.history import operations
from doctor.fix.operate import operate
from doctor.fix.options import Options
from doctor.fix.plan import Plan, WriteDown
from doctor.fix.planning.choose import Choice
from doctor.fix.planning.making import make_plan
from doctor.fix.undo import undo
from doctor.model import Examination, Finding, Remedy, Safety
from doctor.target.environment import Request
from doctor.target.recognise import inspect_prefix
from tests.fix.trees import Row, differences, picture


class Repaired(NamedTuple):
    """What a repair was and did."""

    plan: Plan
    verified: Verified
    after: Examination
    written: Mapping[str, str] = {}  #: name of a file that was written down -> its text; undo has taken it away


class Ward:
    """A place with a home folder, a state folder and a folder of wheels, where patients are made and repaired."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.state = folder / "state"
        self.wheels = folder / "wheels"
        self.tools = folder / "tools"
        self.project: Path | None = None
        self.policy = Policy()
        self.more: Mapping[str, str] = {}
        self.offline = True
        for each in (self.home, self.wheels, self.tools):
            each.mkdir(exist_ok=True)

    def request(self, prefix: Path, *, deep: bool = False) -> Request:
        """The environment as it is now, with the ward's home and tools."""
        environment = inspect_prefix(prefix)
        assert environment is not None
        variables = {"PATH": f"{self.tools}{os.pathsep}{os.environ['PATH']}", **self.more}
        return Request(environment, self.project, self.policy, deep, variables=variables, home=self.home)

    def examine(self, prefix: Path, *, deep: bool = False) -> Examination:
        """Run every check."""
        request = self.request(prefix, deep=deep)
        (found,) = (event.examination for event in examine(request, checks.load()) if isinstance(event, Examined))
        assert not found.crashed, found.crashed
        return found

    def finding(self, examination: Examination, code: str, subject: str) -> Finding:
        """The one finding that is meant."""
        found = [finding for finding in examination.findings if (finding.code, finding.subject) == (code, subject)]
        listed = [(finding.code, finding.subject) for finding in examination.findings]
        assert len(found) == 1, f"{code} {subject} is not once among {listed}"
        return found[0]

    def repair(
        self,
        prefix: Path,
        code: str,
        subject: str,
        title: str = "",
        *,
        ending: Ending = "fixed",
        deep: bool = False,
        note: str = "",
    ) -> Repaired:
        """Examine, plan, carry out, hold that it ended so, undo, and hold that every byte is back.

        A note about `note` may be new. What cannot be undone, as a cache that was emptied, is held to leave the
        prefix as it is.
        """
        examination = self.examine(prefix, deep=deep)
        finding = self.finding(examination, code, subject)
        remedy = _remedy(finding, title)
        request = self.request(prefix, deep=deep)
        outside = _without_caches(self.home)
        there = set(self.project.iterdir()) if self.project else set()
        before = picture(prefix)
        options = Options(offline=self.offline, wheels=self.wheels, export_first=False)
        plan = make_plan(request, examination, (Choice(finding, remedy),), options, self.state)
        assert differences(before, picture(prefix)) == [], "planning changes nothing"
        assert not plan.blocked, plan.blocked
        events = list(operate(plan, request, options, self.state))
        end = events[-1]
        assert isinstance(end, Ended)
        assert end.ending == ending, _told(events)
        (verified,) = (event for event in events if isinstance(event, Verified))
        after = self.examine(prefix, deep=deep)
        if ending == "fixed":
            assert (code, subject) not in {(finding.code, finding.subject) for finding in after.findings}
        known = {(finding.code, finding.subject) for finding in examination.findings}
        new = [(f.code, f.subject, f.summary) for f in after.findings if (f.code, f.subject) not in known]
        assert [item for item in new if item[1] != note] == [], "not even a note is new"
        folders = [Path(step.folder) for step in plan.steps if isinstance(step, WriteDown)]
        written = {path: path.read_text() for folder in folders for path in folder.iterdir() if path not in there}
        assert bool(written) is bool(folders), "what is to be written down is written"
        self._take_back(prefix, plan)
        assert differences(before, picture(prefix)) == [], "undo brings every byte back"
        left = differences(outside, _without_caches(self.home))
        assert left == [], f"also outside the prefix: {left}"
        assert not any(map(Path.exists, written)), "undo takes away what was written down"
        return Repaired(plan, verified, after, {path.name: text for path, text in written.items()})

    def _take_back(self, prefix: Path, plan: Plan) -> None:
        operation = operations(self.state, prefix)[0]
        assert operation.id == plan.id
        if plan.steps and operation.can_undo:
            *_, end = undo(operation, self.state)
            assert isinstance(end, Ended)
            assert end.ending == "undone", end.text


def cases_of(cases: Mapping[str, object], by_pip: Container[str]) -> list[object]:
    """Each case once, for ("installer", "case"): by uv, or by pip where a case stands for all of its kind of command.

    What pip and uv are told does not depend on the finding, and pip takes seconds for each command.
    """
    return [pytest.param("pip" if name in by_pip else "uv", case, id=name) for name, case in cases.items()]


def _without_caches(home: Path) -> dict[str, Row]:
    """The files of the home folder, without what package managers keep there; folders' times are not promised.

    pip asks rustc for its version, which makes rustup write its settings.
    """
    found = picture(home, leave_out=frozenset({".cache", ".local/share/uv", ".config/uv", ".conda", ".rustup"}))
    return {path: row for path, row in found.items() if (home / path).is_symlink() or not (home / path).is_dir()}


def _remedy(finding: Finding, title: str) -> Remedy:
    able = [remedy for remedy in finding.remedies if title in remedy.title and remedy.safety is not Safety.MANUAL]
    assert able, f"no remedy {title!r} among {[(r.title, r.safety.value) for r in finding.remedies]}"
    return able[0]


def _told(events: list[Event]) -> str:
    end = events[-1]
    said = [event.line for event in events if isinstance(event, Output)]
    why = [event.reason for event in events if isinstance(event, PuttingBack)]
    return "\n".join([getattr(end, "text", ""), *why, *said[-20:]])
