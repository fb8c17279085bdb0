"""Files of this environment belong to someone else, or cannot be written.

## Why it matters
A `sudo pip install`, or Python run once as root, leaves files that you can read and not replace. The next update
fails halfway with "Permission denied", after it has removed part of the old version. In an environment that is
wholly someone else's, pip falls back to your user folder without asking.

## How it is found
The owner of the environment's folder is compared with that of the files below it, and with the account that runs
envdoctor. One owner for everything is sound, root in a container included. Files that conda links from a shared
package cache are left out. In a shared place outside the home and project folders it is a note: such environments
are often meant to be read only.

## What the fix does
Nothing by itself: giving files back needs the right to do so. The command is shown.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import Facts, Files, Project
from doctor.facts.build import environment, record
from doctor.model import Check, Evidence, Example, Finding, Remedy, Safety, Severity, Tell


def find(facts: Facts) -> Iterator[Finding]:
    """At most one finding: not writable, or a mixture of owners."""
    identity = facts.identity
    if identity.kind == "system":
        return
    prefix = identity.prefix
    root = facts.project.root.rstrip("/")
    private = prefix.startswith("~/") or bool(root and f"{prefix}/".startswith(f"{root}/"))
    severity = Severity.WARNING if private else Severity.NOTE
    if not identity.writable:
        who = "its own permissions forbid it" if identity.owner_is_me else "it belongs to another user"
        evidence = (Evidence(f"this account may not write here: {who}", prefix),)
        remedy = _unlock(prefix) if identity.owner_is_me else _own(prefix)
        yield Finding(severity, prefix, f"This environment cannot be changed: {who}", evidence, (), (remedy,))
        return
    strange = _not_linked(facts)
    if strange:
        yield Finding(
            severity if identity.owner_is_me else Severity.NOTE,
            prefix,
            f"{'At least ' if len(strange) > 19 else ''}{len(strange)} files or folders in it have another owner",
            tuple(Evidence("owned by another user than the environment's folder", path) for path in strange[:6]),
            (),
            (_own(prefix),),
        )


def _not_linked(facts: Facts) -> tuple[str, ...]:
    """Foreign paths without those that conda shares with a package cache, which keep the cache's owner."""
    foreign = facts.files.foreign
    if not foreign or not facts.conda.present:
        return foreign
    linked = {path for record in facts.conda.records if record.link in ("hard", "soft") for path in record.files}
    return tuple(path for path in foreign if path not in linked)


def _own(prefix: str) -> Remedy:
    return Remedy(
        "Give the files to the environment's user",
        Safety.MANUAL,
        (
            Tell(
                f'If it is meant to be yours, run: sudo chown -R "$(id -un)" {prefix} (on Windows: takeown /R /F). '
                "From then on, leave sudo away from pip."
            ),
            Tell("If it is shared on purpose, make an environment of your own instead."),
        ),
        "Whoever else works with these files may lose access.",
    )


def _unlock(prefix: str) -> Remedy:
    again = Tell(f"If it is not locked on purpose, run: chmod -R u+w {prefix} (no use on a read-only disk).")
    return Remedy("Allow writing again", Safety.MANUAL, (again,))


def examples() -> Iterator[Example]:
    """A mixture, a locked folder, a shared place; and one owner for all."""
    prefix = "~/demo/.venv"
    mixed = Files(foreign=("lib/python3.11/site-packages/numpy", "bin/f2py"))
    warning, note = Severity.WARNING, Severity.NOTE
    yield Example("sudo pip was used", environment(files=mixed), (prefix,), warning)
    not_mine = {"owner_is_me": False, "writable": False}
    yield Example("made with sudo", environment(identity=not_mine), (prefix,), warning)
    yield Example("write permission taken away", environment(identity={"writable": False}), (prefix,), warning)
    shared = not_mine | {"prefix": "/opt/conda"}
    yield Example("a shared conda", environment(kind="conda", identity=shared), ("/opt/conda",), note)
    project = Project(present=True, root="/data/lab")
    inside = environment(identity=not_mine | {"prefix": "/data/lab/.venv"}, project=project)
    yield Example("in the project, and not mine", inside, ("/data/lab/.venv",), warning)
    team = environment(kind="conda", files=mixed, identity={"owner_is_me": False, "prefix": "/opt/conda"})
    yield Example("a shared conda with several maintainers", team, ("/opt/conda",), note)
    yield Example("all mine", environment())
    yield Example("another's, and open to me", environment(identity={"owner_is_me": False}))
    cached = record("numpy", "1.26.4", files=("bin/f2py",))
    linked = environment(kind="conda", records=(cached,), files=Files(foreign=("bin/f2py",)))
    yield Example("linked from a shared package cache", linked)
    system = environment(kind="system", identity=not_mine | {"prefix": "/usr"})
    yield Example("the operating system's", system)


CHECK = Check(
    "PYT010",
    "foreign-owner",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("identity", "files"),
    optional=("conda", "project"),
)
