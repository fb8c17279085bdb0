"""When each CPython minor version stops getting security fixes.

Dated 2026-11-22, from python/peps release_management/python-releases.toml and the release PEPs. Where only a month
is planned, its last day stands here, so that nothing is called too old before it is.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

#: minor version -> last day with security fixes, ISO
END_OF_LIFE: Mapping[str, str] = {
    "2.7": "2020-01-01",  # PEP 373
    "3.4": "2019-03-18",  # PEP 429
    "3.5": "2020-09-30",  # PEP 478
    "3.6": "2021-12-23",  # PEP 494
    "3.7": "2023-06-27",  # PEP 537
    "3.8": "2024-10-07",  # PEP 569
    "3.9": "2025-10-31",  # PEP 596
    "3.10": "2026-10-31",  # PEP 619 plans the month
    "3.11": "2027-10-31",  # PEP 664 plans the month
    "3.12": "2028-10-31",  # PEP 693 plans the month
    "3.13": "2029-10-31",  # PEP 719 plans the month
    "3.14": "2030-10-31",  # PEP 745 plans the month
    "3.15": "2031-10-31",  # PEP 790 plans the month
}

#: the version to move to: of 2026-11, the newest for which every large framework has wheels (TensorFlow 2.21 ends here)
WELL_SERVED = "3.13"

_DAY = 86_400


def day_of(now: float, days_later: int = 0) -> str:
    """The ISO date of a moment, or of some days after it."""
    return time.strftime("%Y-%m-%d", time.gmtime(now + days_later * _DAY))


def successor(now: float) -> str:
    """The Python to suggest at a moment: the one served best, or the next that still gets fixes."""
    today = day_of(now)
    if END_OF_LIFE[WELL_SERVED] >= today:
        return WELL_SERVED
    return next((minor for minor, day in END_OF_LIFE.items() if day >= today), list(END_OF_LIFE)[-1])
