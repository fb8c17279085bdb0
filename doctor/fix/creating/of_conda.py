"""Recipes of conda's family: environment.yml, and locks that name the address of every conda package."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from doctor.facts import Asked, Lock, Specification
from doctor.facts.units import several
from doctor.fix.creating import lock_lines, virtual
from doctor.fix.creating.bench import Bench
from doctor.fix.creating.of_pip import asked_lines, given
from doctor.fix.creating.recipe import CannotCreate, Maker, Recipe
from doctor.fix.creating.tools import Tool, conda_of
from doctor.fix.managers import operands, reaching
from doctor.fix.managers.operands import Unusable
from doctor.fix.plan import Command
from doctor.judgement.expectations.applying import holds
from doctor.reading.redact import REDACTED, show

File = tuple[str, str]

NOBODY = (
    "neither conda, mamba, micromamba nor pixi is on this machine: install one of them, for instance Miniforge "
    "(https://conda-forge.org/download) or pixi (https://pixi.sh), then come back"
)


def of_environment(spec: Specification, bench: Bench) -> Recipe | CannotCreate:
    """Solve and link what environment.yml, or pixi's manifest, asks of conda; then what it asks of pip."""
    conda = conda_of(bench.tools)
    if conda is None:
        return CannotCreate(spec.path, NOBODY)
    try:
        specs = _specs(spec.asked, bench)
        lines = asked_lines([one for one in spec.asked if one.manager == "pip" and not one.group], bench)
        specs = tuple(operands.specs(_with_python(specs, lines, bench)))
        channels = operands.channels(name for name in spec.channels if name != "nodefaults")
        added = _by_pip(bench, lines) if lines else None
    except Unusable as error:
        return CannotCreate(spec.path, _about_secret(error, spec))
    if not specs:
        return CannotCreate(spec.path, f"{spec.path} asks for no package")
    where = (
        *(("--override-channels",) if "nodefaults" in spec.channels and channels else ()),
        *(part for channel in channels for part in ("--channel", channel)),
    )
    told = f" from {', '.join(channels)}" if channels else ""
    sentence = f"Link the {several(len(specs), 'package')} that {spec.path} asks for, and what they need{told}"
    alone = channels if "nodefaults" in spec.channels else ()
    commands: tuple[Command, ...] = (_linked(conda, bench, sentence, (*where, "--", *specs), alone),)
    files: tuple[File, ...] = ()
    if added is not None:
        commands, files = (*commands, added[0]), added[1]
    rule = f"what {spec.path} asks for; versions that it leaves open are chosen by {conda.name}"
    bare, fill = ((), commands) if bench.existing else (commands[:1], commands[1:])
    return Recipe(_maker(conda), spec.path, rule, bare, fill, files, "conda")


def of_addresses(lock: Lock, bench: Bench) -> Recipe | CannotCreate:
    """Link exactly the packages that a lock names by their addresses, without a solver."""
    conda = conda_of(bench.tools)
    if conda is None:
        return CannotCreate(lock.path, NOBODY)
    try:
        addresses = lock_lines.of_conda(lock, bench.platform)
        lines = lock_lines.of_pip(lock, bench.platform)
        added = _by_pip(bench, lines, alone=True) if lines else None
    except Unusable as error:
        return CannotCreate(lock.path, str(error))
    if not addresses:
        return CannotCreate(lock.path, f"{lock.path} names no conda package for {bench.platform}")
    sentence = f"Link the {several(len(addresses), 'package')} of {lock.path}, without a solver"
    listed = f"# platform: {bench.platform}\n@EXPLICIT\n" + "".join(f"{address}\n" for address in addresses)
    files: tuple[File, ...] = () if bench.existing else (("explicit.txt", listed),)
    operand = ("--", *addresses) if bench.existing else ("--file", "{work}/explicit.txt")
    commands: tuple[Command, ...] = (_linked(conda, bench, sentence, operand, addresses),)
    if added is not None:
        commands, files = (*commands, added[0]), (*files, *added[1])
    bare, fill = ((), commands) if bench.existing else (commands[:1], commands[1:])
    hosts = tuple(dict.fromkeys(_source(address) for address in addresses))
    return Recipe(
        _maker(conda),
        lock.path,
        f"exactly the builds that {lock.path} names",
        bare,
        fill,
        files,
        "conda",
        exact=True,
        indexes=hosts,
        changes=lock_lines.added(lock, bench.platform, bench.facts),
    )


def _linked(
    conda: Tool, bench: Bench, sentence: str, arguments: Sequence[str], addresses: Sequence[str] = ()
) -> Command:
    """Create or fill by conda; addresses are the only ones that it may take packages from."""
    verb = "install" if bench.existing else "create"
    offline = ("--offline",) if bench.options.offline else ()
    line = (*conda.start, verb, "--yes", "--prefix", "{prefix}", *offline, *arguments)
    network = not bench.options.offline and reaching.by_conda(bench.facts.settings, addresses)
    return Command(sentence, line, conda.name, network=network)


def _by_pip(bench: Bench, lines: Sequence[str], *, alone: bool = False) -> tuple[Command, tuple[File, ...]]:
    """What pip adds to a conda environment, by the pip in it. Raises Unusable."""
    arguments, files = given(lines, bench, "pip.txt")
    sentence = f"Install {several(len(lines), 'package')} by pip"
    return virtual.install(bench, virtual.Installer("pip"), sentence, arguments, alone=alone, said=lines), files


def _specs(asked: Sequence[Asked], bench: Bench) -> tuple[str, ...]:
    """Specs of conda as they are written, without those for other platforms. Raises Unusable."""
    own = [one for one in asked if one.manager == "conda" and not one.group and holds(one.marker, bench.facts)]
    return tuple(operands.specs(dict.fromkeys(one.text for one in own)))


def _with_python(specs: tuple[str, ...], lines: tuple[str, ...], bench: Bench) -> tuple[str, ...]:
    """Add the Python that other files of the repository ask for, and pip where it has work to do."""
    names = {operands.conda_name(spec) for spec in specs}
    more: list[str] = []
    if not specs and not lines:
        return ()
    if "python" not in names and (bench.wanted or lines):
        more.append(f"python{bench.wanted.replace('==', '=') if bench.wanted.startswith('==') else bench.wanted}")
    if lines and "pip" not in names:
        more.append("pip")
    return (*specs, *more)


def _maker(conda: Tool) -> Maker:
    return conda.name  # type: ignore[return-value]


def _source(address: str) -> str:
    """The host of an address; of a file the folder of its channel, on this machine."""
    scheme, _, rest = address.partition("://")
    if scheme == "file":
        return show(Path(rest.rsplit("/", 2)[0]))
    return f"{scheme}://{rest.partition('/')[0]}"


def _about_secret(error: Unusable, spec: Specification) -> str:
    if REDACTED in str(error):
        return f"{spec.path} names a channel or address with a password, which envdoctor does not keep: {error}"
    return str(error)
