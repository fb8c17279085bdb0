"""One export: the text, what of the environment it carries, what it leaves out, and how to create from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from doctor.facts import Facts
from doctor.facts.units import several
from doctor.failure import Failure
from doctor.fix.export.carried import Carried, carried, with_head
from doctor.fix.export.conda_file import ABOUT_NODEFAULTS, environment_yml
from doctor.fix.export.editable import editables
from doctor.fix.export.explicit_list import address_line, explicit
from doctor.fix.export.gathering import Gathered
from doctor.fix.export.installed import file_name, of_pip
from doctor.fix.export.requirement_lines import requirement, requirements_file

FORMATS = ("explicit", "environment.yml", "requirements", "pylock", "cyclonedx")
#: format -> what its file is usually called
USUAL_NAMES: Mapping[str, str] = {
    "explicit": "conda-explicit.txt",
    "environment.yml": "environment.yml",
    "requirements": "requirements.txt",
    "pylock": "pylock.toml",
    "cyclonedx": "environment.cdx.json",
}
#: of packages that are named in a message
_NAMED = 12


class Exported(NamedTuple):
    """A file that says what is installed, and what to know of it."""

    kind: str
    text: str
    layers: tuple[Carried, ...] = ()  #: empty for a format that nothing is created from
    left_out: tuple[str, ...] = ()  #: packages with their reasons
    remarks: tuple[str, ...] = ()
    next_steps: tuple[tuple[str, str], ...] = ()  #: (next, or, then; command), in which THE-FILE stands for the file


def best_format(facts: Facts) -> tuple[str, str]:
    """The format for an environment of which nobody said one, and why."""
    if facts.conda.records:
        return "environment.yml", "it holds what conda and pip installed, and any machine can create from it"
    return "requirements", "pip and uv both create from it"


def format_of(name: str) -> str:
    """The format that a file's name asks for; empty where it could be any."""
    lower = name.lower()
    if lower.startswith("pylock.") and lower.endswith(".toml"):
        return "pylock"
    if lower.endswith((".yml", ".yaml")):
        return "environment.yml"
    if lower.endswith((".cdx.json", "bom.json")):
        return "cyclonedx"
    if lower.endswith(".txt"):
        return "explicit" if "explicit" in lower or "spec-file" in lower else "requirements"
    return ""


def export(
    kind: str, facts: Facts, gathered: Gathered, *, folder: Path, licences: Mapping[str, str], made: float = 0.0
) -> Exported:
    """Make one format for a file in a folder. Raises Failure with what to do where it cannot be made."""
    if kind == "explicit":
        return _explicit(facts, gathered)
    if kind == "environment.yml":
        return _environment_yml(facts, gathered)
    if kind == "requirements":
        return _requirements(facts, gathered)
    if kind == "pylock":
        return _pylock(facts, gathered, folder)
    from doctor.fix.export.cyclonedx import cyclonedx

    text = cyclonedx(facts, gathered.archives, licences, made=made)
    return Exported(
        kind,
        text,
        remarks=("it describes every layer, and nothing creates an environment from it",),
        next_steps=(
            ("next", "give it to a tool that reads CycloneDX 1.6: a scanner for vulnerabilities, for licences"),
        ),
    )


def _explicit(facts: Facts, gathered: Gathered) -> Exported:
    if not facts.conda.records:
        raise Failure("an explicit list holds conda's packages, and conda installed nothing here; try requirements")
    layers = carried("explicit", facts)
    unnamed = [record for record in facts.conda.records if not address_line(record)]
    left_out = tuple(f"{record.name} {record.version}: no address in its record that can be used" for record in unnamed)
    left_out += tuple(_left_out(facts, gathered))
    by_pip = len(of_pip(facts))
    remarks = (f"pip's {several(by_pip, 'package')}: export requirements as well",) if by_pip else ()
    steps = (("next", f"conda create --name {file_name(facts)} --file THE-FILE"), *_editable(facts))
    return Exported("explicit", with_head(explicit(facts, gathered.remotes), layers), layers, left_out, remarks, steps)


def _environment_yml(facts: Facts, gathered: Gathered) -> Exported:
    lines = (requirement(dist, facts.project.root, gathered.remotes) for dist in of_pip(facts) if dist.key != "pip")
    missing = [line for line in lines if not line.text]
    left_out = tuple(f"{line.dist.name} {line.dist.version}: {line.remark}" for line in missing)
    layers = carried("environment.yml", facts, left_out=len(left_out))
    command = "conda env create --file THE-FILE"
    steps = (("next", command), *_editable(facts))
    text = with_head(environment_yml(facts, gathered.remotes), layers)
    remarks = [*_better(facts, "pixi.lock", "conda-lock")]
    if ABOUT_NODEFAULTS in text:
        remarks.append("where conda stops for want of a channel nodefaults (26.7 does), delete that line")
    return Exported("environment.yml", text, layers, left_out, tuple(remarks), steps)


def _requirements(facts: Facts, gathered: Gathered) -> Exported:
    made = requirements_file(facts, gathered.archives, gathered.remotes)
    layers = carried("requirements", facts, left_out=len(made.left_out), hashes=made.hashes)
    remarks = [*gathered.remarks, *_better(facts, "uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml")]
    if not [dist for dist in of_pip(facts) if dist.key != "pip"]:
        remarks.append("pip and uv have installed nothing here")
    elif made.hashes:
        remarks.append(f"with the hashes of every package, told by {_witnesses(gathered, facts)}")
    else:
        remarks.append("without hashes" + (f", which are not known of {_names(made.lacking)}" if made.lacking else ""))
        remarks.append(
            "to have them: pip download --no-deps --dest DIR -r THE-FILE, then export again with --wheels DIR"
        )
    steps = (*_create(facts, lock=False), *_editable(facts))
    text = with_head(made.text, layers)
    return Exported("requirements", text, layers, made.left_out, tuple(remarks), steps)


def _pylock(facts: Facts, gathered: Gathered, folder: Path) -> Exported:
    from doctor.fix.export.pylock import pylock

    if facts.conda.records and not [dist for dist in of_pip(facts) if dist.key != "pip"]:
        raise Failure("a pylock.toml holds pip's packages, and here conda installed all; try explicit")
    made = pylock(facts, gathered.archives, folder, facts.project.root, gathered.remotes)
    if made.refused:
        rows = [f"  {name}: {why}" for name, why in made.refused[:_NAMED]]
        rows += [f"  and {len(made.refused) - _NAMED} more"] if len(made.refused) > _NAMED else []
        raise Failure(
            "no pylock.toml: it must name a file and its hash for each package, and none is known of "
            f"{len(made.refused)}\n"
            + "\n".join(rows)
            + "\nTo have them: envdoctor export --format requirements -o requirements.txt\n"
            "  pip download --no-deps --dest wheels -r requirements.txt\n"
            "  envdoctor export --format pylock --wheels wheels -o pylock.toml"
        )
    layers = carried("pylock", facts, left_out=len(made.left_out), hashes=True)
    remarks = (*gathered.remarks, f"its files and hashes are told by {_witnesses(gathered, facts)}")
    steps = (*_create(facts, lock=True), *_editable(facts))
    return Exported("pylock", with_head(made.text, layers), layers, made.left_out, remarks, steps)


def _create(facts: Facts, *, lock: bool) -> tuple[tuple[str, str], ...]:
    """The commands that make an environment and fill it, with the tool that installed most packages here first."""
    file = "-r THE-FILE" if lock else "--no-deps -r THE-FILE"
    if facts.conda.records:
        inside = "in the environment that conda created"
        old = " (pip 26.1 or newer)" if lock else ""
        by_pip = f"{inside}: python -m pip install {file}{old}"
        return (("next", by_pip), ("or", f"{inside}: uv pip install {file}")) if lock else (("next", by_pip),)
    minor = facts.identity.python_minor
    by_uv = f"uv venv{f' --python {minor}' if minor else ''}, then uv pip install {file}"
    python = f"python{minor}" if minor and facts.identity.system != "windows" else "python"
    by_pip = f"{python} -m venv .venv, then with it active: python -m pip install {file}"
    by_pip += " (pip 26.1 or newer)" if lock else ""
    counts = [dist.installer == "uv" for dist in of_pip(facts)]
    first, second = (by_uv, by_pip) if 2 * sum(counts) > len(counts) else (by_pip, by_uv)
    return ("next", first), ("or", second)


def _editable(facts: Facts) -> Iterator[tuple[str, str]]:
    """How the project itself and other folders of it get in, which no file of this kind holds."""
    for one in editables(facts):
        if one.command:
            yield "then", f"{'the project itself' if one.place == '.' else one.dist.name}: {one.command}"


def _left_out(facts: Facts, gathered: Gathered) -> Iterator[str]:
    """What is installed in editable mode, where the file could not hold it anyway."""
    for one in editables(facts, gathered.remotes):
        yield f"{one.dist.name} {one.dist.version}: {one.why}"


def _better(facts: Facts, *kinds: str) -> tuple[str, ...]:
    """The project's own lock, where it fits what it was made from: its tool creates more exactly than this file."""
    locks = [lock.path for lock in facts.locks.files if lock.kind in kinds and not lock.stale]
    return (
        (f"the project has {locks[0]}: where it is kept, its own tool creates the environment from it",)
        if locks
        else ()
    )


def _witnesses(gathered: Gathered, facts: Facts) -> str:
    keys = {dist.key for dist in of_pip(facts)}
    told = {archives[0].told_by for key, archives in gathered.archives.items() if key in keys}
    return " and ".join(sorted(told)) or "nobody"


def _names(names: Iterable[str]) -> str:
    told = list(names)
    more = f" and {len(told) - _NAMED} more" if len(told) > _NAMED else ""
    return ", ".join(told[:_NAMED]) + more
