"""Keeps the variables that a specification sets, without secrets: what may be one is not kept."""

from __future__ import annotations

import re

from doctor.facts.settings import Variable
from doctor.reading.clean import clean
from doctor.reading.redact import REDACTED, redact
from doctor.reading.settings.shell_lines import holds_secret, is_allowed

VARIABLE_LIMIT = 200
_SECRET_WORDS = re.compile(
    r"pass|pwd|token|secret|key|auth|cred|sas|dsn|conn|private|cert|login|user|sign", re.IGNORECASE
)
#: letters and digits without a word to read: a key of 20 characters or more
_OPAQUE = re.compile(r"(?=[^/\\.]*\d)(?=[^/\\.]*[A-Za-z])[A-Za-z0-9+=_-]{20,}|[A-Za-z0-9+/=_-]{40,}")


def variable(name: str, value: str, path: str, line: int) -> Variable:
    """A variable as it may be known: its value hidden where its name or its looks speak of a secret."""
    hidden = holds_secret(name, value)
    if not hidden and not is_allowed(name):
        hidden = _SECRET_WORDS.search(name) is not None or _OPAQUE.search(value) is not None
    return Variable(clean(name, 200), REDACTED if hidden and value else redact(clean(value, 2_000)), path, line)
