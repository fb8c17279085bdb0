"""What an examination has found so far, in words: one line above the list, and each finding as its entry."""

from __future__ import annotations

from textual.content import Content

from doctor.facts import Facts
from doctor.model import Examination, Finding, Severity
from doctor.report.words import FINE, GLYPHS, count, verdict, worst
from doctor.tui.lines import STYLES


def finding_entry(finding: Finding) -> Content:
    """One finding in a list."""
    return Content.assemble(
        (f"{GLYPHS[finding.severity]} {finding.severity.value:<7}", STYLES[finding.severity.value]),
        (f" {finding.code} {finding.name}", "dim"),
        ("\n  " + finding.summary, "bold" if finding.severity is Severity.ERROR else ""),
    )


def headline(examination: Examination | None, facts: Facts, findings: int, failure: str) -> tuple[str, str]:
    """The verdict, or how it stands until there is one; with its style."""
    if failure:
        return f"{GLYPHS[Severity.ERROR]} {failure}", STYLES["error"]
    if examination is None:
        return f"… {count(findings, 'finding')} so far" if findings else "… examining", "bold"
    if "identity" in facts.gaps:
        return f"{GLYPHS[Severity.ERROR]} could not be read: {facts.gaps['identity']}", STYLES["error"]
    gravest = worst(examination)
    glyph = GLYPHS[gravest] if gravest else FINE
    return f"{glyph} {verdict(examination)}", STYLES[gravest.value if gravest else "fine"]


def unsettled(examination: Examination) -> list[str]:
    """What the verdict alone would conceal."""
    parts = []
    unclear = [outcome for outcome in examination.skipped if outcome.reason != "runs with --deep"]
    if unclear:
        parts.append(f"{count(len(unclear), 'check')} could not tell here (c says why)")
    if examination.crashed:
        parts.append(f"{count(len(examination.crashed), 'check')} crashed (c says how)")
    if examination.waived:
        parts.append(f"{len(examination.waived)} ignored by the project's policy")
    return parts
