"""Takes secrets and people out of a text when it is read. The one place that redacts."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePath

#: what stands where a secret stood
REDACTED = "***"

_CREDENTIALS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)(?P<user>[^/@\s'\"]+)@", re.IGNORECASE)
_CONDA_TOKEN = re.compile(r"(/t/)(?!\*\*\*)[^/\s'\"]+")
_QUERY = re.compile(
    r"([?&;#](?:[a-z_-]*(?:token|key|secret|password|passwd|signature|sig|auth|credential)[a-z_-]*)=)[^&#\s'\"]+",
    re.IGNORECASE,
)
_ASSIGNED = re.compile(
    r"(\b[a-z0-9_.-]*(?:token|secret|passwd|password|api[_-]?key|credentials?)[a-z0-9_.-]*\s*[=:]\s*)(['\"]?)[^\s'\"]+\2",
    re.IGNORECASE,
)


def redact(text: str) -> str:
    """Replace user:password@, /t/TOKEN/, secret query values, secret assignments and the home folder."""
    if "://" in text or "/t/" in text:
        text = _CREDENTIALS.sub(lambda match: match["scheme"] + REDACTED + "@", text)
        text = _CONDA_TOKEN.sub(r"\1" + REDACTED, text)
        text = _QUERY.sub(r"\1" + REDACTED, text)
    elif "=" in text or ":" in text:
        text = _ASSIGNED.sub(r"\1" + REDACTED, text)
    return hide_home(text)


def has_secret(text: str) -> bool:
    """Whether a text holds something that redact would replace, the home folder apart."""
    return any(
        pattern.search(text) and REDACTED not in text for pattern in (_CREDENTIALS, _CONDA_TOKEN, _QUERY, _ASSIGNED)
    )


def _home() -> str:
    return os.path.expanduser("~")  # noqa: PTH111 - Path.home() raises where no home can be found


def hide_home(text: str) -> str:
    """Replace the user's home folder by ~, and the user's name in other home folders by USER."""
    home = _home()
    if len(home) > 1 and home in text:
        text = re.sub(re.escape(home) + r"(?=$|[/\\:;,'\"\s)\]])", "~", text)
    return text


def show(path: PurePath | str) -> str:
    """Say a path as people may see it: ~ for the home folder, forward slashes."""
    text = path if isinstance(path, str) else str(path)
    return hide_home(text.replace("\\", "/") if os.name == "nt" else text)


def show_in(prefix: Path, path: Path) -> str:
    """Say a path relative to the prefix where it lies inside, else as show does."""
    try:
        return path.relative_to(prefix).as_posix()
    except ValueError:
        return show(path)
