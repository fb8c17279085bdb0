"""Virtual environments: created by uv or by Python's own venv, filled by uv or pip."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from doctor.fix.creating.bench import Bench
from doctor.fix.creating.tools import Tool, uv_of
from doctor.fix.managers import reaching
from doctor.fix.managers.caches import uv_links
from doctor.fix.managers.indexes import misdirected
from doctor.fix.managers.programs import find_programs
from doctor.fix.plan import Command
from doctor.judgement.requirements import meets
from doctor.reading.redact import show

_PROMPT = re.compile(r"[\w .()+-]{1,60}")
#: uv links from a folder of the operation's own where it could not link from the user's cache
_PRIVATE = {"UV_CACHE_DIR": "{work}/uv-cache", "UV_NO_CACHE": "0"}


class Installer(NamedTuple):
    """Who fills a virtual environment: uv, the pip in it, or a pip from elsewhere that works on it."""

    name: Literal["uv", "pip"]
    uv: Tool | None = None
    start: tuple[str, ...] = ()  #: how command lines of pip from elsewhere begin


def installer_of(bench: Bench, wanted: Literal["uv", "pip"], *, made_by_uv: bool = False) -> Installer | str:
    """Choose uv or pip, the wanted one where both can; a text says why nobody can.

    made_by_uv: the environment will have been created by uv, without a pip of its own.
    """
    uv = uv_of(bench.tools, bench.facts, offline=bench.options.offline)
    by_uv = None if isinstance(uv, str) else Installer("uv", uv)
    by_pip = _by_pip(bench, made_by_uv=made_by_uv)
    if wanted == "uv" and by_uv:
        return by_uv
    if isinstance(by_pip, Installer):
        return by_pip
    return by_uv or f"{by_pip}; and {uv}"


def _by_pip(bench: Bench, *, made_by_uv: bool) -> Installer | str:
    wrong = misdirected(bench.facts.settings.pip)
    if wrong:
        return f"{wrong}, so that pip would install elsewhere"
    if bench.existing or made_by_uv:
        has = any(dist.key == "pip" for dist in bench.facts.distributions.installed)
        return Installer("pip") if has and not made_by_uv else _from_elsewhere(bench)
    if bench.python is None:
        return f"no Python {bench.wanted or '3'} was found on this machine"
    if not bench.python.seeds:
        return f"{show(bench.python.path)} lacks venv or ensurepip, which your system packages apart"
    return Installer("pip")


def _from_elsewhere(bench: Bench) -> Installer | str:
    """A pip of another environment that can be told to work on this one."""
    for program in find_programs(bench.request, bench.facts):
        if program.name == "pip" and "--python" in program.start:
            start = program.start[: program.start.index("--python")]
            return Installer("pip", None, (*start, "--python", bench.target))
    return "the environment holds no pip, and none elsewhere can work on it"


def bare(bench: Bench, installer: Installer) -> tuple[Command, ...] | str:
    """Create a virtual environment with nothing in it, or say why that cannot be."""
    name = bench.facts.project.name or bench.folder.name
    prompt = (f"--prompt={name}",) if _PROMPT.fullmatch(name) else ()
    if installer.uv is None:
        assert bench.python is not None
        line = (str(bench.python.path), "-I", "-m", "venv", *prompt, "--", "{prefix}")
        version = bench.python.version
        return (Command(f"Create a virtual environment with Python {version}", line, "python", network=False),)
    python, fetched = _python_for_uv(bench)
    if fetched and not _may_fetch(bench):
        return f"no Python {bench.wanted or '3'} was found on this machine, and uv may not fetch one"
    variables = {"UV_NO_PROJECT": "1"} | ({"UV_PYTHON_DOWNLOADS": "automatic"} if fetched else {})
    offline = ("--offline",) if bench.options.offline else ()
    line = (*installer.uv.start, "venv", "--no-project", *prompt, *offline, "--python", python, "--", "{prefix}")
    which = f"Python {bench.wanted or '3'}, which uv fetches and keeps" if fetched else f"Python {_version(bench)}"
    return (Command(f"Create a virtual environment with {which}", line, "uv", variables, network=fetched),)


def _version(bench: Bench) -> str:
    return bench.python.version if bench.python else ""


def _python_for_uv(bench: Bench) -> tuple[str, bool]:
    """What uv is told, and whether it has to fetch it."""
    if bench.python is not None:
        return str(bench.python.path), False
    minors = [f"3.{minor}" for minor in range(14, 7, -1)]
    fitting = [minor for minor in minors if not bench.wanted or meets(f"{minor}.30", bench.wanted)]
    return (fitting[0] if fitting else bench.wanted or "3"), True


def _may_fetch(bench: Bench) -> bool:
    told = bench.request.variables.get("UV_PYTHON_DOWNLOADS", "automatic").lower()
    return not bench.options.offline and told not in ("never", "manual", "false", "0")


def install(
    bench: Bench,
    installer: Installer,
    sentence: str,
    arguments: Sequence[str],
    *,
    alone: bool = False,
    said: Sequence[str] = (),
    closed: bool = False,
) -> Command:
    """Install into the environment; with alone, nothing that is not named.

    said is what the files that the arguments name say of addresses, closed whether they rule out any index.
    """
    options = bench.options
    only = ("--no-deps",) if alone else ()
    sources = (
        *(("--no-index",) if options.offline and options.wheels else ()),
        *(("--find-links", str(options.wheels.absolute())) if options.wheels else ()),
    )
    folder, words, settings = str(bench.folder), (*arguments, *said), bench.facts.settings
    if installer.uv is not None:
        linking, variables = links(bench)
        offline = ("--offline",) if options.offline else ()
        where = ("--python", bench.target, *linking)
        line = (*installer.uv.start, "pip", "install", *where, *offline, *sources, *only, *arguments)
        network = not options.offline and reaching.by_uv(settings, words, closed=closed)
        return Command(sentence, line, "uv", variables, folder, network)
    start = installer.start or (bench.target, "-I", "-B", "-m", "pip")
    line = (
        *start, "install", "--no-input", "--disable-pip-version-check",
        *sources, *only, *arguments,
    )  # fmt: skip
    network = not options.offline and reaching.by_pip(settings, words, closed=closed)
    return Command(sentence, line, "pip", {}, folder, network)


def links(bench: Bench) -> tuple[tuple[str, ...], dict[str, str]]:
    """Arguments and variables by which uv replaces files of an environment that is there, and never writes in them."""
    if not bench.existing:
        return (), {}
    private = not uv_links(bench.request, bench.facts)
    return ("--link-mode", "hardlink"), (_PRIVATE if private else {})
