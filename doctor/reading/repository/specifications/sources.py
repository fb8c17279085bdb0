"""Says where a table of TOML takes a package from, in place of an index: a repository, an address, a path."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from doctor.reading.clean import clean
from doctor.reading.redact import redact


def source_address(source: Mapping[str, Any]) -> str:
    """The redacted address that a table with git, url or path names; empty where it names an index or nothing."""
    for key in ("git", "url", "path", "file"):
        told = source.get(key)
        if isinstance(told, str) and told.strip():
            at = next((source[ref] for ref in ("rev", "tag", "branch", "ref") if isinstance(source.get(ref), str)), "")
            prefix = "git+" if key == "git" and not re.match(r"git\+|git@", told) else ""
            return redact(clean(f"{prefix}{told}{f'@{at}' if key == 'git' and at else ''}", 500))
    return ""
