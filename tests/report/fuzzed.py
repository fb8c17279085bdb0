"""Findings of random hostile texts: what names, paths, reasons and commands may hold when somebody means harm."""

from __future__ import annotations

import random

from doctor import checks
from doctor.examine import conclude
from doctor.facts.build import environment
from doctor.facts.project import Asked, Policy, Specification
from doctor.model import Edit, Evidence, Examination, Finding, Outcome, Remedy, Run, Safety, Severity, Tell
from tests.report.examined import NASTY, project

#: small pieces, of which harm is put together: marks, tags, entities, fences, mentions, controls, directions
PIECES = (
    *NASTY, "<", ">", "&", "&#x40;", "&lt;", "]]>", "<!--", "<![CDATA[", "</details>", "</summary>",
    "<details open>", "```", "~~~", "`", "``", "`" * 40, "\\", "\\`", "|", "](", "[", "]", "(", ")", "![",
    "<a href=x>", "@", "@octo", "#1", "GH-1", "!1", "%1", "&1", "~label",
    "octo/cat@0123456789abcdef0123456789abcdef01234567", "http://", "https://e.example", "www.e.example",
    "HTTP://E.EXAMPLE", "mailto:a@b.example", "a@b.example", ":tada:", "$$x$$", "$`x`$", "---", "===",
    "# h", "> q", "+ x", "1) x", "    code", "\t", "\n", "\r", "\r\n", "\n\n", "\u2028", "\u2029", "\x85",
    "\x0b", "\x0c", "\x00", "\x07", "\x1b[31m", "\x1b]8;;http://e.example\x07", "\x9b31m", "\u202e",
    "\u202d", "\u2066", "\u2069", "\u200e", "\u200f", "\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad",
    "\ud800", "\ufffe", "\U000e0041", "\u0301" * 30, "e\u0301", "日本", "🙂", "%0A", "%3A",
    "::error::x", "##[group]", "##vso[task]", "::stop-commands::x", "a" * 3_000, " ", "  ", "word", "-",
    "_x_", "*x*", "{{x}}", "${x}", "$(x)", "javascript:", "onerror=", "style=", "url(http://e.example)",
    "@import", "</style>",
)  # fmt: skip


def text(dice: random.Random) -> str:
    """Some pieces, beside each other or apart."""
    return dice.choice(("", " ", "x", "\n")).join(dice.choices(PIECES, k=dice.randint(1, 6)))


def fuzzed(seed: int, findings: int) -> Examination:
    """An examination whose every text is random, the same for a seed."""
    dice = random.Random(seed)

    def said() -> str:
        return text(dice)

    check = checks.load(["DEP001"])[0]
    found = tuple(
        Finding(
            dice.choice(list(Severity)),
            said(),
            said(),
            tuple(
                Evidence(said(), dice.choice((said(), "requirements.txt", "")), dice.randint(0, 9))
                for _ in range(dice.randint(0, 3))
            ),
            (said(),),
            (
                Remedy(
                    said(), Safety.CAREFUL, (Run((said(), said())), Tell(said(), (said(),)), Edit(said(), "", said()))
                ),
                Remedy(said(), Safety.MANUAL, (Tell(said()),), said()),
            )[: dice.randint(0, 2)],
            check.code,
            check.name,
            check.family,
        )
        for _ in range(findings)
    )
    known = project(
        specifications=(Specification(said(), "requirements", asked=(Asked(said(), said(), line=dice.randint(0, 9)),)),)
    )
    facts = environment(identity={"name": said(), "prefix": f"/{said()}"}, project=known)
    skipped, crashed = checks.load(["MIX001"])[0], checks.load(["MIX003"])[0]
    outcomes = [
        Outcome(check, "findings", found),
        Outcome(skipped, "skipped", reason=said()),
        Outcome(crashed, "crashed", reason=said()),
    ]
    return conclude(facts, outcomes, Policy(), {})
