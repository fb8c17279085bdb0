"""The words and glyphs that reports and screens share, so that one thing is said one way everywhere."""

from __future__ import annotations

from doctor.facts import Identity
from doctor.model import Examination, Safety, Severity

GLYPHS = {Severity.ERROR: "✗", Severity.WARNING: "!", Severity.NOTE: "i"}
FINE = "✓"
#: of pictures, each by one character, so that columns stay where they are
PICTURE_GLYPHS = dict(zip("█▓▒░▌─│┌┐└┘┬┴├┤┼┆●━…·", "#=:.|-|+++++++++:o-~-", strict=True))
PLAIN_GLYPHS = PICTURE_GLYPHS | {"✗": "x", "✓": "+", "…": "...", "→": "->", "—": "-", "≥": ">=", "≤": "<=", "○": "o"}
SAFETY = {
    Safety.SAFE: "safe: cannot change what imports or computes",
    Safety.CAREFUL: "careful: changes what is installed or configured",
    Safety.MANUAL: "by hand: envdoctor tells, you do",
}


def count(number: int, noun: str) -> str:
    """Say a number with its noun: 1 error, 2 errors."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def tally(examination: Examination) -> dict[Severity, int]:
    """How many findings there are of each severity."""
    return {severity: sum(finding.severity is severity for finding in examination.findings) for severity in Severity}


def verdict(examination: Examination) -> str:
    """The first sentence of every report."""
    numbers = tally(examination)
    parts = [count(numbers[severity], severity.value) for severity in Severity if numbers[severity]]
    judged = sum(outcome.state in ("fine", "findings") for outcome in examination.outcomes)
    if not judged:
        return "Nothing could be judged"
    looked = f"in {count(judged, 'check')}"
    known = len(examination.baseline.known) if examination.baseline else 0
    before = f", {known:,} known before" if known else ""
    new = " new" if known else ""
    return f"{', '.join(parts)} {looked}{before}" if parts else f"No{new} problem found {looked}{before}"


def worst(examination: Examination) -> Severity | None:
    """The gravest severity found, or None."""
    return examination.findings[0].severity if examination.findings else None


def who(identity: Identity) -> str:
    """Say what an environment is in half a line: conda environment, made by mamba, Python 3.11.7."""
    if identity.kind == "repository":
        return "the repository's files, without an environment"
    kinds = {
        "venv": "virtual environment",
        "conda": "conda environment",
        "system": "system installation",
        "pyenv": "pyenv installation",
        "standalone": "standalone installation",
        "unknown": "environment",
    }
    kind = "conda base environment" if identity.is_conda_base else kinds[identity.kind]
    made = f", made by {identity.maker}" if identity.maker not in ("unknown", "system", identity.kind) else ""
    implementation = {"cpython": "Python", "pypy": "PyPy"}.get(identity.implementation, identity.implementation)
    python = f"{implementation} {identity.python}" if identity.python else "no Python"
    return f"{kind}{made}, {python}"


def plain(text: str) -> str:
    """Replace glyphs by ASCII, for terminals and files that cannot show them."""
    for glyph, ascii_text in PLAIN_GLYPHS.items():
        text = text.replace(glyph, ascii_text)
    return text
