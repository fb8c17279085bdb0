"""Recipes of pip's family: requirements files, pylock.toml, pyproject.toml, and locks whose own tool is not here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from doctor.facts import Asked, Lock, Specification
from doctor.facts.units import several
from doctor.fix.creating import lock_lines, virtual
from doctor.fix.creating.bench import Bench
from doctor.fix.creating.recipe import CannotCreate, Recipe
from doctor.fix.creating.requirement_options import Said, read_options
from doctor.fix.creating.tools import uv_of
from doctor.fix.managers import operands
from doctor.fix.managers.operands import Unusable
from doctor.fix.plan import Change, Command
from doctor.judgement.expectations.applying import holds
from doctor.reading.redact import REDACTED

_NAME = "requirements.txt"


def of_requirements(spec: Specification, bench: Bench, wanted: Literal["uv", "pip"]) -> Recipe | CannotCreate:
    """Install what a requirements file names, with its hashes where it has any."""
    installer = virtual.installer_of(bench, wanted)
    if isinstance(installer, str):
        return CannotCreate(spec.path, installer)
    try:
        said = read_options(bench.folder, spec.path)
    except Unusable as error:
        return CannotCreate(spec.path, str(error))
    path = str(bench.folder / spec.path)
    required = ("--require-hashes",) if said.hashed else ()
    names = several(len(spec.asked), "package")
    sentence = f"Install what {spec.path} names ({names})" + (", comparing every hash" if said.hashed else "")
    arguments = (*required, "--requirement", path)
    told = (*said.indexes, *said.addresses, *said.editable)
    fill = (virtual.install(bench, installer, sentence, arguments, said=told, closed=said.without_index),)
    exact = said.pinned
    rule = f"what {spec.path} names" + (", every hash compared" if said.hashed else "" if exact else _LOOSE)
    recipe = _recipe(bench, installer, spec.path, rule, fill)
    if isinstance(recipe, CannotCreate):
        return recipe
    return recipe._replace(
        exact=exact,
        indexes=said.indexes,
        beware=tuple(_beware(said)),
        changes=_changes(spec.asked, bench) if exact else (),
        with_project=any(folder.partition("[")[0].rstrip("/") in (".", "./") for folder in said.editable),
    )


_LOOSE = "; versions that it leaves open are the newest, which may differ from a colleague's"


def of_pylock(lock: Lock, bench: Bench) -> Recipe | CannotCreate:
    """Install pylock.toml by uv, which compares every hash; else its versions by pip."""
    uv = uv_of(bench.tools, bench.facts, offline=bench.options.offline, by_index=False)
    if isinstance(uv, str):
        return of_lock(lock, bench, uv)
    installer = virtual.Installer("uv", uv)
    named = ("-r", str(bench.folder / lock.path))
    addresses = ("https://",)  # it names them itself, and uv takes them whatever is said of indexes
    fill = virtual.install(bench, installer, f"Install what {lock.path} names", named, said=addresses)
    rule = f"exactly what {lock.path} names, {lock_lines.hashes_compared(lock, bench.platform)}"
    recipe = _recipe(bench, installer, lock.path, rule, (fill,))
    if isinstance(recipe, CannotCreate):
        return recipe
    return recipe._replace(
        exact=True,
        indexes=lock_lines.hosts(lock, bench.folder),
        changes=lock_lines.added(lock, bench.platform, bench.facts),
    )


def of_lock(lock: Lock, bench: Bench, why: str) -> Recipe | CannotCreate:
    """Install the versions that a lock names without the tool that keeps it; hashes are not compared then."""
    installer = virtual.installer_of(bench, "uv")
    if isinstance(installer, str):
        return CannotCreate(lock.path, installer)
    try:
        lines = lock_lines.of_pip(lock, bench.platform)
        arguments, files = given(lines, bench, _NAME)
    except Unusable as error:
        return CannotCreate(lock.path, f"{why}; and without it {error}")
    if not lines:
        return CannotCreate(lock.path, f"{why}; and the lock names no package for this machine")
    sentence = f"Install the {several(len(lines), 'package')} of {lock.path}, each at its version"
    fill = virtual.install(bench, installer, sentence, arguments, alone=True, said=lines)
    rule = f"the versions of {lock.path}, without comparing hashes, for {why}"
    recipe = _recipe(bench, installer, lock.path, rule, (fill,))
    if isinstance(recipe, CannotCreate):
        return recipe
    return recipe._replace(
        files=files,
        exact=True,
        beware=tuple(_of_another_index(lock, bench)),
        changes=tuple(
            change for change in lock_lines.added(lock, bench.platform, bench.facts) if change.manager == "pip"
        ),
    )


def _of_another_index(lock: Lock, bench: Bench) -> Iterator[str]:
    """A package of a private index, taken by its name alone, may be somebody else's."""
    if hosts := lock_lines.hosts(lock, bench.folder):
        yield f"{lock.path} takes packages from {_listed(hosts)} as well; here your own index alone is asked for them"


def of_asked(spec: Specification, bench: Bench, wanted: Literal["uv", "pip"]) -> Recipe | CannotCreate:
    """Install what pyproject.toml, setup.cfg, setup.py or Pipfile ask for, at the newest versions that they allow."""
    installer = virtual.installer_of(bench, wanted)
    if isinstance(installer, str):
        return CannotCreate(spec.path, installer)
    try:
        lines = asked_lines([asked for asked in spec.asked if asked.manager == "pip" and not asked.group], bench)
        arguments, files = given(lines, bench, _NAME) if lines else ((), ())
    except Unusable as error:
        return CannotCreate(spec.path, str(error))
    fill: tuple[Command, ...] = ()
    if lines:
        sentence = f"Install the {several(len(lines), 'package')} that {spec.path} asks for, and what they need"
        fill = (virtual.install(bench, installer, sentence, arguments, said=lines),)
    rule = f"what {spec.path} asks for{_LOOSE}"
    recipe = _recipe(bench, installer, spec.path, rule, fill)
    return recipe if isinstance(recipe, CannotCreate) else recipe._replace(files=files)


def given(lines: Sequence[str], bench: Bench, name: str) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Arguments that name requirements, and the file with them where an environment is created. Raises Unusable."""
    if bench.existing:
        return ("--", *lines), ()
    if strange := next((line for line in lines if "${" in line), ""):  # pip puts a variable's value there in a file
        raise Unusable(f"{strange!r} would carry a variable of yours along")
    return ("--requirement", f"{{work}}/{name}"), ((name, "".join(f"{line}\n" for line in lines)),)


def asked_lines(asked: Sequence[Asked], bench: Bench) -> tuple[str, ...]:
    """Requirements that a command may be given. Raises Unusable."""
    lines = []
    for one in asked:
        if not holds(one.marker, bench.facts):
            continue
        if REDACTED in one.text or REDACTED in one.url:
            raise Unusable(f"{one.name} comes from an address with a password, which envdoctor does not keep")
        extras = f"[{','.join(one.extras)}]" if one.extras else ""
        if one.url:
            if not one.url.startswith(("https://", "git+https://", "git+ssh://")):
                raise Unusable(f"{one.name} comes from {one.url}: install it by hand")
            lines.append(f"{one.name}{extras} @ {one.url}")
        else:
            lines.append(f"{one.name}{extras}{one.specifier}")
    return tuple(operands.requirements(dict.fromkeys(lines), bench.request.home))


def _recipe(
    bench: Bench, installer: virtual.Installer, source: str, rule: str, fill: tuple[Command, ...]
) -> Recipe | CannotCreate:
    """A recipe with the commands that create the environment, or why it cannot be created."""
    bare = () if bench.existing else virtual.bare(bench, installer)
    if isinstance(bare, str):
        return CannotCreate(source, bare)
    return Recipe(installer.name, source, rule, bare, fill, python=bench.python.version if bench.python else "")


def _beware(said: Said) -> Iterator[str]:
    if said.addresses:
        yield f"It comes in part from addresses that the file names: {_listed(said.addresses)}"
    if said.editable:
        yield f"It installs {_listed(said.editable)} in editable mode, which runs build code of the repository"


def _listed(names: Sequence[str], most: int = 3) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _changes(asked: Sequence[Asked], bench: Bench) -> tuple[Change, ...]:
    """The packages that go in, where every one has a version."""
    pinned = {one.name: one.specifier.lstrip("=") for one in asked if holds(one.marker, bench.facts) and not one.group}
    return tuple(Change(name, "pip", after=version) for name, version in pinned.items() if version)
