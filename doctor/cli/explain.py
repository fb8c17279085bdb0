"""envdoctor explain: a check by its code or name, or a package of an environment."""

from __future__ import annotations

import argparse
import difflib
import re

from doctor import checks
from doctor.asked import environment_of, request_for, unknown_check
from doctor.cli.show import show, width
from doctor.cli.status import ExitCode
from doctor.collect import LayerRead, collect
from doctor.facts import Facts
from doctor.failure import Failure
from doctor.report.catalogue import explain
from doctor.report.package import describe, find_package, normalised


def run(options: argparse.Namespace) -> int:
    """Explain what was named: checks first, since their codes look like no package."""
    named = options.what.strip()
    if re.fullmatch(r"[A-Za-z]{3}\d{3}", named):
        found = checks.load([named.upper()])
        if not found:
            raise Failure(unknown_check(named.upper()))
        show(explain(found[0], width=width()))
        return ExitCode.FINE
    for check in checks.load() if "-" in named or named.upper() in checks.FAMILIES else ():
        if check.name == named.lower():
            show(explain(check, width=width()))
            return ExitCode.FINE
    if named.upper() in checks.FAMILIES and not options.env:
        from doctor.report.catalogue import render

        show(render(checks.load([named.upper()]), {named.upper(): checks.heading(named.upper())}))
        return ExitCode.FINE
    return _package(named, options)


def _package(named: str, options: argparse.Namespace) -> int:
    environment = environment_of(options.env)
    request = request_for(environment, project=options.project, deep=False)
    facts = Facts()
    for event in collect(request, {"distributions", "conda", "sizes", "project"}):
        if isinstance(event, LayerRead):
            facts = event.facts
    package = find_package(facts, named)
    if package is None:
        known = {dist.key for dist in facts.distributions.installed} | {record.name for record in facts.conda.records}
        near = difflib.get_close_matches(normalised(named), sorted(known), 3, 0.6)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise Failure(f"{facts.identity.name or facts.identity.prefix} holds no package {named!r}{hint}")
    show(describe(package, facts, width=width()))
    return ExitCode.FINE
