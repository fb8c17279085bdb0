"""Which findings explain a message, and how well: those about what it names come first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from doctor.facts import Facts
from doctor.model import Finding
from doctor.symptoms.answer import Cause, Recognised
from doctor.symptoms.paste import Paste

_TOKEN = re.compile(r"[\w+][\w.+-]{0,120}")
_STEM = re.compile(r"\.(?:so|dylib|dll)\b.*")


class Names(NamedTuple):
    """What a message names, in the forms in which findings may speak of it; all in lower case."""

    packages: frozenset[str]  #: normalised names of distributions and modules
    libraries: frozenset[str]  #: libgl, libstdc++: without version and suffix
    files: frozenset[str]  #: names of files

    @property
    def any(self) -> bool:
        """Whether anything is named."""
        return bool(self.packages or self.libraries or self.files)


def names_of(recognised: Recognised, facts: Facts, through: Iterable[str]) -> Names:
    """What a message names; of one that names nothing, the packages that its traceback goes through."""
    named = recognised.named
    tops = {named[kind].partition(".")[0] for kind in ("module", "package") if kind in named}
    tops |= {named["name"]} if "name" in named and "package" in named else set()
    tops |= {top for top in (_top_of(named["path"]),) if top} if "path" in named else set()
    library = frozenset(filter(None, (_stem(named.get("library", "")),)))
    files = frozenset(filter(None, (re.split(r"[/\\]", named.get("path", ""))[-1].lower(),)))
    if not tops and not library and not files:
        tops = set(through)
    return Names(_packages(tops, facts), library, files)


def absent_names(names: Iterable[str], facts: Facts) -> Names:
    """The forms in which findings speak of a module or distribution that is not there; of none for no names."""
    return Names(_packages(set(names), facts), frozenset(), frozenset())


def weigh(finding: Finding, names: Names) -> int:
    """How much a finding is about what is named: 4 it is its subject, down to 1 it is mentioned, 0 not at all."""
    about = {_key(finding.subject), *map(_key, finding.packages)}
    if about & names.packages:
        return 4
    paths = {re.split(r"[/\\]", evidence.path)[-1].lower() for evidence in finding.evidence}
    if paths & names.files:
        return 3
    words = [finding.subject, finding.summary, *(evidence.text for evidence in finding.evidence), *paths]
    tokens = {token.lower() for word in words for token in _TOKEN.findall(word[:2_000])}
    if names.libraries & {_stem(token) for token in tokens}:
        return 3
    return 1 if names.packages & {_key(token) for token in tokens} else 0


def rank(
    found: Iterable[Finding], recognised: Iterable[Recognised], facts: Facts, paste: Paste
) -> tuple[tuple[Cause, ...], tuple[Finding, ...]]:
    """Findings that explain the messages, best first, and those that could but say nothing of what is named."""
    rows = list(recognised)
    names = [names_of(item, facts, paste.through) for item in rows]
    through = Names(_packages(set(paste.through[:4]), facts), frozenset(), frozenset())
    best: list[tuple[tuple[int, ...], Cause]] = []
    rest: list[Finding] = []
    for finding in found:
        weighed = [fit for place, item in enumerate(rows) if (fit := _fit(finding, item, names[place], place))]
        if weighed:
            order, why = min(weighed)
            order = (*order, -weigh(finding, through), -finding.severity.rank)
            best.append((order, Cause(finding.summary, why, finding.evidence, finding.remedies, finding)))
        elif weigh(finding, through) >= 3 or any(_matches(finding.code, item.message.related) for item in rows):
            rest.append(finding)
    best.sort(key=lambda item: item[0])
    rest.sort(key=lambda finding: (-weigh(finding, through), -finding.severity.rank))
    return tuple(cause for _, cause in best), tuple(rest)


def _fit(finding: Finding, item: Recognised, names: Names, place: int) -> tuple[tuple[int, ...], str] | None:
    weight = weigh(finding, names)
    direct = _matches(finding.code, item.message.directly)
    if not direct and not (weight and _matches(finding.code, item.message.related)):
        return None
    if weight >= 3:
        why = f"it is about {_said(item)}, which the message names" if _said(item) else "the traceback goes through it"
    elif weight:
        why = f"it speaks of {_said(item) or 'a package that the traceback goes through'}"
    else:
        why = "this is what usually causes that message"
    return (place, -weight if not direct else -weight - 2), why


def _said(item: Recognised) -> str:
    for kind in ("library", "package", "module", "path"):
        if kind in item.named:
            return item.named[kind]
    return ""


def _matches(code: str, beginnings: Iterable[str]) -> bool:
    return any(code.startswith(beginning) for beginning in beginnings)


def _packages(tops: set[str], facts: Facts) -> frozenset[str]:
    """The distributions behind some modules and the modules of some distributions, with the names themselves."""
    keys = {_key(top) for top in tops}
    for dist in facts.distributions.installed:
        if dist.key in keys or any(top in tops for top in dist.top_level):
            keys |= {dist.key}
    return frozenset(filter(None, keys))


def _top_of(path: str) -> str:
    parts = re.split(r"(?:site|dist)-packages[/\\]", path)
    return re.split(r"[/\\.]", parts[-1])[0] if len(parts) > 1 else ""


def _stem(name: str) -> str:
    return _STEM.sub("", re.split(r"[/\\]", name)[-1]).lower()


def _key(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).strip("~-").lower()


def mentioned(rows: Iterable[Recognised], kind: str) -> Iterator[str]:
    """What the messages name of a kind: module, library, ..."""
    yield from dict.fromkeys(item.named[kind] for item in rows if kind in item.named)
