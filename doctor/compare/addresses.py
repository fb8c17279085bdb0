"""Says where packages come from without naming a private host, a folder of this machine or a user."""

from __future__ import annotations

import re

from doctor.knowledge.indexes import host, kind

#: public hosts of source code, whose addresses say something to anybody
_FORGES = ("github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "git.sr.ht", "sourceforge.net")
#: public hosts of conda channels
_CHANNELS = ("anaconda.org", "conda.anaconda.org", "repo.anaconda.com", "repo.prefix.dev", "prefix.dev")
_PUBLIC = frozenset((*_FORGES, *_CHANNELS))
HIDDEN = "***"

#: an absolute path, of Unix or Windows, or one below the home folder
_PATH = re.compile(r"(?<![\w.}])(?:~|[A-Za-z]:)?[/\\][^\s:;,=\"'{}]*|~[\w.-]*(?![\w])")
_HOST_AND_PORT = re.compile(r"\b(?:[\w-]+\.)+[a-z]{2,}(?::\d+)?\b|\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b")
_LAST_WORD = re.compile(r"[^\s,;=]*\Z")
#: characters of a value that are looked at: the search for hosts takes their square
_READ = 2_000
_SCHEME = re.compile(r"(?P<scheme>(?:\w+\+)?[a-z][a-z0-9+.-]*)://", re.IGNORECASE)


def public_address(address: str) -> str:
    """An address of a public host without user, query and fragment; of any other host only its last part."""
    found = _SCHEME.match(address)
    if found is None or found["scheme"].lower().endswith("file"):
        return "this machine" if found or address.startswith(("/", "~", ".", "\\")) else _plain(address)
    name = host(address)
    rest = re.split(r"[?#]", address[found.end() :], maxsplit=1)[0].partition("/")[2].rstrip("/")
    if name in _PUBLIC or kind(address) in ("open", "test", "curated"):
        return f"{name}/{_without_token(rest)}".rstrip("/")
    return f"{HIDDEN}/{rest.rpartition('/')[2]}".rstrip("/") if name else "this machine"


def public_channel(channel: str) -> str:
    """A channel by its name, or by its address as others may see it."""
    return public_address(channel) if "://" in channel or channel.startswith(("/", "~", ".")) else _plain(channel)


def without_places(value: str) -> str:
    """A variable's value with PATH for each folder of this machine, and with hosts hidden."""
    if len(value) > _READ:  # half a host's name at the cut would not be known as one
        value = _LAST_WORD.sub(HIDDEN, value[:_READ], count=1)
    return _HOST_AND_PORT.sub(HIDDEN, _PATH.sub("PATH", value))[:400]


def _plain(text: str) -> str:
    return text if "@" not in text else HIDDEN


def _without_token(path: str) -> str:
    return re.sub(r"^t/[^/]+/?", "", path)
