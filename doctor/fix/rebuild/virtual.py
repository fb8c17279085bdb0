"""Plans how a virtual environment is created anew.

With the same Python every package comes back at its version, alone. For another one the packages that were asked
for keep their versions where these run there, and get the nearest later ones where not; what they need follows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from doctor.facts import Facts
from doctor.facts.units import several
from doctor.fix.export.installed import of_pip
from doctor.fix.options import Options
from doctor.fix.plan import Anew, Command, Program
from doctor.fix.rebuild.another_python import layer_for
from doctor.fix.rebuild.carried import Layer, layer_of, settings_files, told, unowned_startup
from doctor.fix.rebuild.installing import Installer, fill, installer_for, take_away
from doctor.fix.rebuild.interpreters import Found, find_python
from doctor.model import Rebuild
from doctor.reading.redact import show
from doctor.target.environment import Request

_PROMPT = re.compile(r"[\w .()+-]{1,60}")
#: Pythons whose ensurepip brings setuptools as well
_WITH_SETUPTOOLS = ("3.7", "3.8", "3.9", "3.10", "3.11")


def plan_virtual(
    step: Rebuild,
    request: Request,
    facts: Facts,
    programs: Sequence[Program],
    options: Options,
    *,
    say: Callable[[str], None],
    stop: Callable[[], bool],
) -> Anew | str:
    """Plan the commands that create it; a text says why it must be done by hand."""
    identity = facts.identity
    wanted = step.python or identity.python_minor
    same = ".".join(wanted.split(".")[:2]) == identity.python_minor
    windows = identity.system == "windows"
    installer = installer_for(
        facts, programs, options, "{prefix}/Scripts/python.exe" if windows else "{prefix}/bin/python"
    )
    if isinstance(installer, str):
        return installer
    found = find_python(wanted, request, facts)
    if found is None and not _can_fetch(installer, options, request):
        return (
            f"no Python {wanted} was found on this machine (looked on PATH, in pyenv, uv's folder and the system's "
            f"places): install it, then try again"
        )
    if found is not None and installer.name == "pip" and not found.seeds:
        return f"{show(found.path)} lacks venv or ensurepip: install them with your system's packages, or install uv"
    dists = [dist for dist in of_pip(facts) if same or dist.key not in ("pip", "setuptools", "wheel")]
    layer = layer_of(dists, request)
    if layer.blocked:
        return layer.blocked
    rule = "at the same versions"
    if not same:
        interpreter = found.path if found else None
        changed = layer_for(wanted, interpreter, dists, layer, facts, programs, options, say=say, stop=stop)
        if isinstance(changed, str):
            return f"the packages do not fit Python {wanted}: {changed}"
        layer, rule = changed
    seeded = _seeded(facts, installer, options, same)
    commands, files = _filled(layer, installer, options, seeded, same)
    if not same and not files and layer.size > len(layer.editable):
        return "nothing can be installed again"
    unwanted = _unwanted(facts, installer, wanted)
    python = (
        f"Python {found.version or wanted} ({_place(found)})"
        if found
        else f"Python {wanted}, which uv fetches and keeps"
    )
    lost = [*layer.lost, *(f"{path} (nobody's file)" for path in unowned_startup(facts))]
    sentence = (
        f"Create the environment anew with {python}, by {installer.name}: {several(layer.size, 'package')} {rule}"
    )
    return Anew(
        sentence + told(lost),
        (*_bare(facts, installer, found, wanted, options, seeded), *commands, *take_away(installer, unwanted)),
        files,
        settings_files(request, facts),
    )


def _can_fetch(installer: Installer, options: Options, request: Request) -> bool:
    """Whether uv may fetch a Python that is not there."""
    forbidden = request.variables.get("UV_PYTHON_DOWNLOADS", "automatic").lower() in ("never", "manual", "false", "0")
    return installer.name == "uv" and not options.offline and not forbidden


def _place(found: Found) -> str:
    return f"{show(found.path)}, {found.source}"


def _seeded(facts: Facts, installer: Installer, options: Options, same: bool) -> bool:
    """Whether pip is put in as the Python brings it, rather than as a package of its version."""
    had = any(dist.key == "pip" for dist in of_pip(facts))
    return installer.name == "pip" or (had and (options.offline or not same))


def _bare(
    facts: Facts, installer: Installer, found: Found | None, wanted: str, options: Options, seeded: bool
) -> Iterator[Command]:
    """Create it without packages, pip apart where that comes with it."""
    identity = facts.identity
    prompt = (f"--prompt={identity.prompt}",) if _PROMPT.fullmatch(identity.prompt) else ()
    shared = (*prompt, *(("--system-site-packages",) if identity.system_site else ()))
    by_python = found is not None and found.seeds and seeded and (installer.name == "pip" or options.offline)
    if by_python:
        assert found is not None
        line = (str(found.path), "-I", "-m", "venv", *shared, "--", "{prefix}")
        yield Command("Create a bare environment", line, "python", network=False)
        return
    start = installer.start
    python = str(found.path) if found else wanted
    seed = ("--seed",) if seeded and not options.offline else ()
    variables = {"UV_NO_PROJECT": "1"} | ({} if found else {"UV_PYTHON_DOWNLOADS": "automatic"})
    line = (*start, "venv", "--no-project", *seed, *shared, "--python", python, "--", "{prefix}")
    yield Command("Create a bare environment", line, "uv", variables, network=bool(seed) or found is None)


def _filled(
    layer: Layer, installer: Installer, options: Options, seeded: bool, same: bool
) -> tuple[tuple[Command, ...], tuple[tuple[str, str], ...]]:
    if seeded and options.offline and same:
        without = {i: tuple(x for x in lines if not x.startswith("pip==")) for i, lines in layer.lines.items()}
        layer = layer._replace(lines={index: lines for index, lines in without.items() if lines})
    return fill(layer, installer, options)


def _unwanted(facts: Facts, installer: Installer, wanted: str) -> tuple[str, ...]:
    """What python -m venv brings although the old environment did not have it; pip last, for it does the work."""
    if installer.name != "pip":
        return ()
    had = {dist.key for dist in of_pip(facts)}
    brought = (*(("setuptools",) if ".".join(wanted.split(".")[:2]) in _WITH_SETUPTOOLS else ()), "pip")
    return tuple(name for name in brought if name not in had)
