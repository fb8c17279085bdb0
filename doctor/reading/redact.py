"""Takes secrets and people out of a text when it is read. The one place that redacts."""

from __future__ import annotations

import os
import re
from pathlib import PurePath

#: what stands where a secret stood
REDACTED = "***"

#: user:password@ or token@, but not git@ nor a password that is itself a variable
_CREDENTIALS = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*://)"
    r"(?P<user>(?!git@|(?:[^/@:\s]*:)?(?:\*\*\*|\$\{?\w+\}?)@)[^/@\s'\"]+)@",
    re.IGNORECASE,
)
_CONDA_TOKEN = re.compile(r"(://[^\s'\"]*?/t/|^/?t/)(?!\*\*\*)[^/\s'\"]+")
_QUERY = re.compile(
    r"([?&;#](?:[a-z_-]*(?:token|key|secret|password|passwd|signature|sig|auth|credential)[a-z_-]*)=)(?!\*\*\*)[^&#\s'\"]+",
    re.IGNORECASE,
)
#: a name that ends in such a word; what follows is no version, so that tiktoken=0.5 stays a package
_ASSIGNED = re.compile(
    r"((?:\b|_)(?:token|secret|passwd|password|api[_-]?key|access[_-]?key|credentials?)['\"]?\]?\s*[=:]\s*)"
    r"(?!=|\d+\.[\w.*]*(?:[\s=,;]|$))(['\"]?)(?!\*\*\*)[^\s'\"]+\2",
    re.IGNORECASE,
)
#: tokens that tell by themselves whose they are: GitHub's, GitLab's, Hugging Face's, PyPI's, Slack's, Amazon's
_TOKEN = re.compile(
    r"\b(?:gh[opsur]_[A-Za-z0-9]{36,}|github_pat_\w{40,}|glpat-[\w-]{20,}|hf_[A-Za-z0-9]{34,}|pypi-AgE[\w-]{40,}"
    r"|xox[abprs]-[\w-]{20,}|(?:AKIA|ASIA)[A-Z0-9]{16}\b)"
)


def redact(text: str) -> str:
    """Replace user:password@, /t/TOKEN/, secret query values and assignments, known tokens and the home folder."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return hide_home(text)


def has_secret(text: str) -> bool:
    """Whether a text holds something that redact would replace, the home folder apart."""
    return any(pattern.search(text) for pattern, _ in _PATTERNS)


_PATTERNS = (
    (_CREDENTIALS, rf"\g<scheme>{REDACTED}@"),
    (_CONDA_TOKEN, rf"\1{REDACTED}"),
    (_QUERY, rf"\1{REDACTED}"),
    (_ASSIGNED, rf"\1{REDACTED}"),
    (_TOKEN, REDACTED),
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
