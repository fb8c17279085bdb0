"""Everybody on this machine may change files that this environment's Python imports.

## Why it matters
Whoever can write into a folder on the import path can make every user of this environment run any code: a file
`numpy.py` put there is imported in place of numpy. On a shared workstation or cluster that is every account,
also one that was taken over.

## How it is found
The permissions of folders and files below site-packages: writable for others, as after `chmod -R 777` or
unpacking with a loose umask. A group that may write is not meant, for that is how teams share an environment, and
neither is a place that others cannot reach. Windows, and drives that keep no such permissions, are left out.

## What the fix does
Takes the permission away from others, of folders with all that lies in them, and leaves owner and group as they are;
what lies outside the environment is left to you. What was
changed until then is found by `envdoctor check --deep`, which compares every file with what was installed.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import Facts, Files
from doctor.facts.build import environment, site_packages
from doctor.model import CannotTell, Check, Evidence, Example, Finding, Protect, Remedy, Safety, Severity, Step, Tell

#: the files layer names no more than so many
_NAMED_AT_MOST = 20
_SHOWN = 6


def find(facts: Facts) -> Iterator[Finding]:
    """At most one finding, for all that others may write."""
    identity, paths = facts.identity, facts.files.writable_by_others
    if not paths:
        return
    if identity.system == "windows":
        raise CannotTell("Windows keeps permissions in access lists, which are not read")
    many = f"{'At least ' if len(paths) >= _NAMED_AT_MOST else ''}{len(paths)} importable"
    things = "file or folder" if len(paths) == 1 else "files or folders"
    yield Finding(
        Severity.ERROR,
        identity.prefix,
        f"{many} {things} can be changed by everybody on this machine",
        tuple(Evidence("writable for others", path) for path in paths[:_SHOWN]),
        (),
        (_close(paths, facts),),
    )


def _close(paths: tuple[str, ...], facts: Facts) -> Remedy:
    """Close what lies inside; what lies outside belongs to others as well, and is told."""
    outside = tuple(path for path in paths if path.startswith(("/", "~")))
    inside = tuple(path for path in paths if path not in outside)
    if len(paths) >= _NAMED_AT_MOST:  # then not all are named
        sites = (site.path for site in facts.identity.site_folders if site.kind == "environment")
        inside = tuple(site for site in sites if not site.startswith(("/", "~"))) or inside
    steps: list[Step] = []
    if inside:
        steps.append(Protect(inside))
    if outside:
        steps.append(Tell("Take the permission away; owner and group keep theirs", ("chmod", "o-w", "--", *outside)))
    steps.append(Tell("Then see whether anything was changed", ("envdoctor", "check", "--deep", facts.identity.prefix)))
    return Remedy(
        "Take the permission to write away from others",
        Safety.MANUAL if outside else Safety.CAREFUL,
        tuple(steps),
        "Colleagues who install into this environment without being in its group no longer can.",
    )


def examples() -> Iterator[Example]:
    """An open folder, an environment that is open everywhere, and sound ones."""
    site = site_packages()
    yield Example("a folder open to all", environment(files=Files(writable_by_others=(site,))), ("~/demo/.venv",))
    everything = tuple(f"{site}/package{number}" for number in range(_NAMED_AT_MOST))
    open_door = environment(files=Files(writable_by_others=everything))
    yield Example("chmod -R 777", open_door, ("~/demo/.venv",), Severity.ERROR)
    yield Example("closed", environment())
    windows = environment(identity={"system": "windows"}, files=Files(writable_by_others=("Lib/site-packages",)))
    yield Example("on Windows", windows, cannot_tell=True)


CHECK = Check(
    "SEC002",
    "writable-by-others",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("identity", "files"),
)
