"""What the exit status of a command says."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Other programs rely on these."""

    FINE = 0  #: nothing at or above --fail-on
    FINDINGS = 1
    FAILED = 2  #: could not do what was asked
    PUT_BACK = 3  #: a repair failed or did not help, and the environment is as it was
    INTERRUPTED = 130
