"""conda's order of versions, and whether a record meets a match specification such as `numpy >=1.23,<3 py311*`.

After conda's documentation (docs.conda.io: "Package match specifications" and the text of VersionOrder). PyPI's
versions order otherwise; those are packaging's.
"""

from __future__ import annotations

import functools
import re
from itertools import zip_longest
from typing import NamedTuple

from doctor.facts.conda import CondaRecord

#: a numeral or a word; dev is before all words, words before all numerals, post after them
Atom = tuple[int, int | str]
Component = tuple[Atom, ...]

_ZERO: Atom = (2, 0)
#: characters of a version; the longest on conda-forge have 50
_LONGEST = 300
_ATOMS = re.compile(r"[0-9]+|[^0-9]+")
_VERSION = re.compile(r"(?:(?P<epoch>\d+)!)?(?P<release>[0-9a-z._]+)(?:\+(?P<local>[0-9a-z._]+))?")


class Unsupported(Exception):
    """A version or specification that cannot be judged; the text says which part."""


class Version(NamedTuple):
    """A parsed version; compare it with compare()."""

    release: tuple[Component, ...]  #: the epoch first
    local: tuple[Component, ...]


class Spec(NamedTuple):
    """A parsed match specification; an empty field asks for nothing."""

    name: str
    version: str = ""
    build: str = ""
    build_number: str = ""
    channel: str = ""
    subdir: str = ""
    md5: str = ""
    sha256: str = ""


@functools.lru_cache(maxsize=8192)
def parse_version(text: str) -> Version:
    """Take a version apart. Raises Unsupported for what conda takes for no version."""
    plain = text.strip().lower()
    if "-" in plain and "_" not in plain:
        plain = plain.replace("-", "_")
    found = _VERSION.fullmatch(plain)
    if found is None or len(plain) > _LONGEST:
        raise Unsupported(f"{text[:60]!r} is no version of conda's")
    release = found["release"]
    ending = "_" if release.endswith("_") else ""  # as in openssl's 1.0.2_, one component with what stands before
    parts = release[: -len(ending) or None].replace("_", ".").split(".")
    parts[-1] += ending
    local = found["local"].replace("_", ".").split(".") if found["local"] else []
    return Version(
        tuple(_component(part, text) for part in (found["epoch"] or "0", *parts)),
        tuple(_component(part, text) for part in local),
    )


def compare(first: str, second: str) -> int:
    """Order two versions: negative where the first is older, 0 where they are equal, positive where it is newer."""
    one, other = parse_version(first), parse_version(second)
    return _compare(one.release, other.release) or _compare(one.local, other.local)


def parse_spec(text: str) -> Spec:
    """Take a match specification apart. Raises Unsupported for a form that is not understood."""
    return _parse_spec(text)


def meets(record: CondaRecord, spec: str | Spec) -> bool:
    """Whether a record meets a specification. Raises Unsupported where that cannot be told."""
    asked = _parse_spec(spec) if isinstance(spec, str) else spec
    return (
        record.name.lower() == asked.name
        and version_meets(record.version, asked.version)
        and _text_meets(record.build, asked.build)
        and (not asked.build_number or version_meets(str(record.build_number), asked.build_number))
        and (not asked.channel or asked.channel in (record.channel, record.distributor))
        and (not asked.subdir or asked.subdir == record.subdir)
        and (not asked.md5 or not record.md5 or asked.md5 == record.md5)
        and (not asked.sha256 or not record.sha256 or asked.sha256 == record.sha256)
    )


@functools.lru_cache(maxsize=8192)
def version_meets(version: str, wanted: str) -> bool:
    """Whether a version meets a version specification: alternatives by |, each of constraints joined by commas."""
    if wanted in ("", "*"):
        return True
    if "(" in wanted or "^" in wanted or "$" in wanted:
        raise Unsupported(f"{wanted[:60]!r} is a form of specification that is not judged")
    # every constraint is judged before an answer, so that a form that cannot be judged is never passed over
    judged = [
        [_constraint_met(version, constraint.strip()) for constraint in alternative.split(",")]
        for alternative in wanted.split("|")
    ]
    return any(all(constraints) for constraints in judged)


_CONSTRAINT = re.compile(r"(?P<operator>==|!=|>=|<=|~=|=|<|>|)\s*(?P<version>(?:\d+!)?[^<>=!~\s]+)(?P<more>.*)")


def _constraint_met(version: str, constraint: str) -> bool:
    found = _CONSTRAINT.fullmatch(constraint)
    if found is None or found["more"]:
        raise Unsupported(f"{constraint[:60]!r} is no constraint on a version")
    operator, wanted = found["operator"], found["version"]
    if wanted == "*":
        if operator in ("", "=", "==", ">="):
            return True
        raise Unsupported(f"{constraint[:60]!r} is no constraint on a version")
    stem = wanted.rstrip("*").rstrip(".")
    if "*" in stem or not stem:
        raise Unsupported(f"{constraint[:60]!r}: a star in the middle of a version is not judged")
    if operator == "=" or (wanted.endswith("*") and operator in ("", "==")):
        return _starts_with(version, stem)
    if operator == "!=" and wanted.endswith("*"):
        return not _starts_with(version, stem)
    if operator == "~=":
        return compare(version, stem) >= 0 and _starts_with(version, _without_last(stem))
    if operator == ">" and stem != wanted:
        raise Unsupported(f"{constraint[:60]!r}: conda and mamba read a star after > in different ways")
    order = compare(version, stem)
    return {"": order == 0, "==": order == 0, "!=": order != 0, ">=": order >= 0, "<=": order <= 0, ">": order > 0}.get(
        operator, order < 0
    )


def _without_last(version: str) -> str:
    stem, found, _ = version.replace("_", ".").rpartition(".")
    if not found or "+" in version:
        raise Unsupported(f"'~={version}' names no part that may change")
    return stem


def _starts_with(version: str, stem: str) -> bool:
    whole, begin = parse_version(version), parse_version(stem)
    if not begin.local:
        met = _begins(whole.release, begin.release)
        length = len(whole.release)
        only_zeros = all(component == (_ZERO,) for component in begin.release[length:])
        if not met and only_zeros and _begins(whole.release, begin.release[:length]):
            raise Unsupported(f"conda and rattler differ on whether {version} begins with {stem}")
        return met
    return _compare(whole.release, begin.release) == 0 and _begins(whole.local, begin.local)


def _begins(whole: tuple[Component, ...], begin: tuple[Component, ...]) -> bool:
    last = len(begin) - 1
    if _compare(whole[:last], begin[:last]):
        return False
    component = whole[last] if last < len(whole) else ()
    wanted = begin[last]
    place = len(wanted) - 1
    if _compare((component[:place],), (wanted[:place],)):
        return False
    atom = component[place] if place < len(component) else _ZERO
    if isinstance(wanted[place][1], str):
        return isinstance(atom[1], str) and str(atom[1]).startswith(str(wanted[place][1]))
    return atom == wanted[place]


def _component(text: str, whole: str) -> Component:
    if not text:
        raise Unsupported(f"{whole[:60]!r} has an empty component")
    atoms = tuple(_atom(atom) for atom in _ATOMS.findall(text))
    return atoms if text[0].isdigit() else (_ZERO, *atoms)


def _atom(text: str) -> Atom:
    if text.isdigit():
        return (2, int(text))
    if text == "post":
        return (3, "post")
    return (0, "dev") if text == "dev" else (1, text)


def _compare(first: tuple[Component, ...], second: tuple[Component, ...]) -> int:
    for one, other in zip_longest(first, second, fillvalue=()):
        if one != other:
            for left, right in zip_longest(one, other, fillvalue=_ZERO):
                if left != right:
                    # atoms of one rank hold values of one type, so that the pairs always compare
                    return -1 if left < right else 1
    return 0


def _text_meets(text: str, wanted: str) -> bool:
    if wanted in ("", "*") or text == wanted:
        return True
    if wanted[0] == "^" or wanted[-1] == "$":
        raise Unsupported(f"{wanted[:60]!r} is a regular expression, which is not judged")
    if "*" not in wanted:
        return False
    first, *middle, last = wanted.split("*")
    end = len(text) - len(last)
    if not text.startswith(first) or not text.endswith(last) or end < len(first):
        return False
    place = len(first)
    for part in middle:
        found = text.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return True


_BRACKETS = re.compile(r"(?P<before>[^\[\]]*)\[(?P<inside>[^\[\]]*)\]\s*")
_PAIR = re.compile(
    r"""\s*(?P<key>\w+)\s*=\s*(?:'(?P<single>[^']*)'|"(?P<double>[^"]*)"|(?P<bare>[^'",\s]+))\s*(?:,|$)"""
)
_HEAD = re.compile(r"(?:(?P<channel>[^\s:]+)::)?(?P<name>[a-z0-9_][a-z0-9_.-]*)(?P<rest>[\s=<>!~].*|)", re.I)
_SUBDIR = re.compile(r"/(?:noarch|(?:linux|osx|win)-[a-z0-9_]+)$")
_FIELDS = {"version", "build", "build_number", "channel", "subdir", "md5", "sha256"}


@functools.lru_cache(maxsize=8192)
def _parse_spec(text: str) -> Spec:
    plain = text.partition("#")[0].strip()
    fields: dict[str, str] = {}
    if "[" in plain:
        found = _BRACKETS.fullmatch(plain)
        if found is None:
            raise Unsupported(f"{text[:80]!r} is a form of specification that is not judged")
        plain = found["before"].strip()
        fields = _bracket_fields(found["inside"], text)
    head = _HEAD.fullmatch(plain)
    if head is None:
        raise Unsupported(f"{text[:80]!r} is a form of specification that is not judged")
    version, build = _version_and_build(head["rest"].strip(), text)
    channel, subdir = head["channel"] or "", ""
    if _SUBDIR.search(channel):
        channel, _, subdir = channel.rpartition("/")
    return Spec(head["name"].lower(), version, build, channel=channel, subdir=subdir)._replace(**fields)


def _bracket_fields(inside: str, text: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    position = 0
    while position < len(inside):
        pair = _PAIR.match(inside, position)
        if pair is None or pair["key"] not in _FIELDS:
            raise Unsupported(f"{text[:80]!r} is a form of specification that is not judged")
        fields[pair["key"]] = (pair["single"] or pair["double"] or pair["bare"] or "").strip()
        position = pair.end()
    return fields


def _version_and_build(rest: str, text: str) -> tuple[str, str]:
    """Split what follows the name: `1.26.* py311*`, `>=1.2, <2`, `=1.26`, `=1.26.4=py311_0`, `==1.0`."""
    if " " in rest:
        rest = re.sub(r"\s*([,|])\s*", r"\1", rest)
        rest = re.sub(r"([<>=!~])\s+", r"\1", rest)
    words = rest.split()
    if len(words) > 2:
        raise Unsupported(f"{text[:80]!r} is a form of specification that is not judged")
    if len(words) == 2:
        return words[0], words[1]
    found = re.fullmatch(r"(.*[^=<>!~,|])=([^=<>!~,|]+)", rest)
    if found is None:
        return rest, ""
    return found[1].lstrip("="), found[2]
