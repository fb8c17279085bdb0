"""Reads the identity layer: which environment this is, and which Python runs in it.

The markers are those of the examined Python, made from its files; what belongs to the machine
(platform_release, platform_version) stays empty.
"""

from __future__ import annotations

import os
from pathlib import Path

from doctor.facts import Facts
from doctor.facts.distributions import Unreadable
from doctor.facts.identity import Base, Identity, Interpreter
from doctor.reading.clean import clean
from doctor.reading.files import Missing, Unfit, read_json, read_text
from doctor.reading.rooted import chain, exists, follow, is_absolute, is_folder, place, real_folder, shown
from doctor.target.active import activations
from doctor.target.environment import Request
from doctor.target.import_path import import_path
from doctor.target.layout import site_folders
from doctor.target.pyvenv import NAME as PYVENV
from doctor.target.recognise import is_conda_base
from doctor.target.running import TargetPython, read_python
from doctor.target.versions import pypy_version, read_version

#: bytes of conda-meta/frozen, whose customary content is one message
_FROZEN_LIMIT = 256 * 1024

#: operating system -> os.name, platform.system(), sys.platform
_OS = {
    "linux": ("posix", "Linux", "linux"),
    "macos": ("posix", "Darwin", "darwin"),
    "windows": ("nt", "Windows", "win32"),
}


def read(request: Request, facts: Facts) -> Identity:  # noqa: ARG001 - every collector is called alike
    """Read what the environment is; what cannot be read stays empty or is told in problems."""
    environment = request.environment
    python = read_python(request)
    return Identity(
        prefix=shown(environment.prefix, request.root, request.home),
        name=environment.name,
        kind=environment.kind,
        maker=environment.maker,
        system=python.system,
        architecture=python.architecture,
        python=python.version,
        implementation=python.implementation,
        abi=python.abi,
        interpreter=_interpreter(python),
        base=_base(python),
        system_site=python.config.system_site,
        site_folders=tuple(import_path(python)),
        stdlib=python.show(python.stdlib) if python.stdlib else "",
        prompt=clean(python.config.prompt, 100),
        frozen=_frozen(environment.prefix),
        externally_managed=_externally_managed(python),
        is_conda_base=is_conda_base(environment.prefix),
        active=_is_active(request),
        owner_is_me=_owner_is_me(environment.prefix),
        writable=_writable(python),
        markers=_markers(python),
        problems=(Unreadable(PYVENV, python.config.problem),) if python.config.problem else (),
    )


def _interpreter(python: TargetPython) -> Interpreter | None:
    path = python.own.interpreter
    if path is None:
        return None
    steps = chain(path, python.request.root)
    resolved = python.show(steps[-1]) if len(steps) > 1 else ""
    return Interpreter(python.show(path), resolved, follow(path, python.request.root) is not None)


def _base(python: TargetPython) -> Base | None:
    """The base of a virtual environment; there is one to be told also where only the link or the line is left."""
    request, config, base = python.request, python.config, python.base
    if request.environment.kind not in ("venv", "unknown"):
        return None
    root = request.root
    if is_absolute(config.home):
        home = place(config.home, root)
    elif base is not None and base.scripts is not None:
        home = base.scripts
    elif python.own.interpreter is not None and python.own.interpreter.is_symlink():
        home = chain(python.own.interpreter, root)[-1].parent
    else:
        return None
    return Base(shown(home, root, request.home), base is not None, read_version(base, root) if base else "")


def _markers(python: TargetPython) -> dict[str, str]:
    version, implementation = python.version, python.implementation
    if not version:
        return {}
    own = python.base or python.own
    name = {"cpython": "CPython", "pypy": "PyPy", "graalpy": "GraalVM"}.get(implementation, implementation)
    os_name, platform_system, sys_platform = _OS[python.system]
    return {
        "implementation_name": implementation,
        "implementation_version": pypy_version(own) or version if implementation == "pypy" else version,
        "os_name": os_name,
        "platform_machine": python.architecture,
        "platform_python_implementation": name,
        "platform_release": "",
        "platform_system": platform_system,
        "platform_version": "",
        "python_full_version": version,
        "python_version": ".".join(version.split(".")[:2]),
        "sys_platform": sys_platform,
    }


def _frozen(prefix: Path) -> str:
    """The message of conda-meta/frozen (CEP 22), which asks every tool to leave the environment as it is."""
    try:
        text = read_text(prefix / "conda-meta" / "frozen", limit=_FROZEN_LIMIT).strip()
    except Missing:
        return ""
    except Unfit as error:
        return f"conda-meta/frozen is there ({error.reason})" if is_folder(prefix / "conda-meta") else ""
    try:
        message = read_json(prefix / "conda-meta" / "frozen", limit=_FROZEN_LIMIT).get("message")
    except (Unfit, AttributeError):
        message = text
    return clean(str(message or "conda-meta/frozen is there"), 300)


def _externally_managed(python: TargetPython) -> str:
    """EXTERNALLY-MANAGED beside the standard library (PEP 668), which holds for all but virtual environments."""
    stdlib = python.own.stdlib
    if stdlib is None:
        return ""
    marker = stdlib / "EXTERNALLY-MANAGED"
    return python.show(marker) if exists(marker) else ""


def _is_active(request: Request) -> bool:
    real = real_folder(request.environment.prefix)
    return any(real_folder(active.prefix) == real for active in activations(request.variables, root=request.root))


def _owner_is_me(prefix: Path) -> bool:
    if not hasattr(os, "geteuid"):
        return True
    try:
        return prefix.stat().st_uid == os.geteuid()
    except OSError:
        return False


def _writable(python: TargetPython) -> bool:
    """Whether the prefix and the folder that packages go to can be written."""
    folders = (python.request.environment.prefix, *site_folders(python.own)[:1])
    return all(os.access(folder, os.W_OK) for folder in folders)
