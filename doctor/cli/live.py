"""envdoctor check --live: asks, then tries things in the environment's own Python and adds what came of it."""

from __future__ import annotations

import contextlib
import sys

from doctor.cli.asking import agreed as answered_yes
from doctor.cli.asking import can_ask
from doctor.cli.running import telling
from doctor.facts import Live
from doctor.failure import Failure
from doctor.live.asking import question
from doctor.live.probe import Probed, Trying, needed_facts, probe
from doctor.model import Examination
from doctor.target.environment import Request


def refuse_unasked(*, agreed: bool) -> None:
    """Raise Failure where nobody agreed and nobody can be asked."""
    if not agreed and not can_ask():
        raise Failure(
            "--live starts the environment's own Python, and nobody is here to be asked; "
            "write --live --yes to agree to that"
        )


def tried(request: Request, examination: Examination, *, agreed: bool) -> Examination:
    """Ask where nobody agreed yet, try, and add what came of it; unchanged where the answer is no."""
    if "identity" in examination.facts.gaps:
        return examination
    facts = needed_facts(request)
    if not agreed:
        asked, about = question(request, facts)
        print(f"{asked}\n{about}", file=sys.stderr)
        if not answered_yes("Start it?"):
            print("Nothing was started.", file=sys.stderr)
            return examination
    live = Live()
    with telling() as say, contextlib.closing(probe(request, facts)) as events:
        for event in events:
            if isinstance(event, Trying):
                say(f"trying {event.what}, {event.number} of {event.total}" if event.number else f"trying {event.what}")
            elif isinstance(event, Probed):
                live = event.live
    return examination._replace(facts=examination.facts._replace(live=live))
