"""How conda is made to forget a package whose files belong to another installer: record and history."""

from __future__ import annotations

import time

from doctor.facts import CondaRecord, Facts
from doctor.model import Edit, Move, Step

#: what the revision that envdoctor writes names as its command
FORGETTING = "envdoctor fix"


def forgotten(record: CondaRecord, facts: Facts) -> tuple[Step, ...] | None:
    """Move a record aside, and have the history remove what it remembers; None where the history cannot say it.

    The date is the day's beginning, so that findings of one day are the same.
    """
    aside = Move((f"conda-meta/{record.dist}.json",))
    known = facts.conda.remembered.get(record.name, "")
    if not known:
        return (aside,)
    if "***" in known:  # the line holds a token, which was taken out when it was read
        return None
    day = time.strftime("%Y-%m-%d 00:00:00", time.localtime(facts.now))
    return (aside, Edit("conda-meta/history", "", f"==> {day} <==\n# cmd: {FORGETTING}\n-{known}\n"))
