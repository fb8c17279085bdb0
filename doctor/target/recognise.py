"""Says whether a folder is an environment, of which kind, and who made it; and which one an interpreter belongs to."""

from __future__ import annotations

import re
from pathlib import Path

from doctor.facts.identity import Kind
from doctor.reading.clean import clean
from doctor.reading.files import Missing, Unfit, read_text
from doctor.reading.rooted import REAL_ROOT, exists, follow, is_folder, names_in, real_folder, there
from doctor.target.environment import Environment
from doctor.target.layout import Layout, read_layout
from doctor.target.pyvenv import NAME as PYVENV
from doctor.target.pyvenv import read_config
from doctor.target.versions import conda_version, read_version

#: folders that make sense only together with the name of their project
PROJECT_FOLDERS = (".venv", "venv", "env", ".env", "virtualenv", ".conda")

_UV_PYTHON = re.compile(r"(?:cpython|pypy|graalpy|pyodide)-\d[\w.+]*-\w+-\w+-\w+")
_SYSTEM_PREFIXES = ("", "usr")
_APPLE = ("System/", "Library/Developer/", "Applications/Xcode")
_APPLE_PYTHON = "Library/Developer/CommandLineTools/Library/Frameworks/Python3.framework/Versions"
_CONDA_RECORD = re.compile(r"conda-\d[\w.]*-[^-]+\.json")
#: how far above an interpreter its prefix may lie: Python.app/Contents/MacOS of a macOS framework is the deepest
_LEVELS = 6


def inspect_prefix(prefix: Path, *, root: Path = REAL_ROOT, python: Path | None = None) -> Environment | None:
    """Recognise the environment that lies at a prefix; None where there is none. Never raises for what lies there."""
    if not is_folder(prefix):
        return None
    if prefix == root and real_folder(prefix / "lib") == real_folder(prefix / "usr" / "lib"):
        return inspect_prefix(prefix / "usr", root=root, python=python)  # /lib, /bin, ... are links into /usr
    if _is_conda(prefix):
        return _conda(prefix, python, root)
    config = prefix / PYVENV
    if there(config) and not is_folder(config):
        return _virtual(prefix, python, root)
    layout = read_layout(prefix, interpreter=python, root=root)
    if layout.stdlib is not None and layout.interpreter is not None:
        kind, maker = _installation(prefix, root)
        version = read_version(layout, root)
        name = _installation_name(prefix, kind, maker, layout)
        return Environment(prefix, kind, maker, name, layout.interpreter, version)
    if layout.interpreter is not None and _has_activation(prefix) and _has_packages(layout):
        return Environment(prefix, "unknown", "unknown", _name(prefix), layout.interpreter, layout.minor)
    return None


def environment_of(interpreter: Path, *, root: Path = REAL_ROOT) -> Environment | None:
    """Find the environment that an interpreter would run in, as Python itself finds it; None where there is none.

    A pyvenv.cfg beside the interpreter or one folder up counts before any link is followed.
    """
    folder = interpreter.parent
    for prefix in (folder, folder.parent):
        if there(prefix / PYVENV) or is_folder(prefix / "conda-meta"):
            found = inspect_prefix(prefix, root=root, python=interpreter)
            if found is not None:
                return found
    real = follow(interpreter, root)
    if real is None:
        return inspect_prefix(folder.parent, root=root, python=interpreter)
    if real == root / "usr" / "bin" / "python3" and is_folder(root / _APPLE_PYTHON):
        versions = root / _APPLE_PYTHON  # /usr/bin/python3 of macOS only starts this one
        return next(filter(None, (inspect_prefix(versions / name, root=root) for name in names_in(versions))), None)
    for prefix in list(real.parents)[:_LEVELS]:
        if prefix == root and real.parent.parent != root:
            break
        if inspect_prefix(prefix, root=root) is not None:
            return inspect_prefix(prefix, root=root, python=_inside(prefix, interpreter, real))
    return None


def is_conda_base(prefix: Path) -> bool:
    """Whether a conda prefix is an installation's root: it holds conda, or the folders of others, and is no other's."""
    if not _is_conda(prefix):
        return False
    if prefix.parent.name == "envs":
        return False
    if all(is_folder(prefix / name) for name in ("envs", "pkgs")):
        return True
    return any(_CONDA_RECORD.fullmatch(name) for name in names_in(prefix / "conda-meta"))


def _is_conda(prefix: Path) -> bool:
    meta = prefix / "conda-meta"
    if not is_folder(meta):
        return False
    if there(meta / "history"):
        return True
    return any(name.endswith(".json") for name in names_in(meta)) or not there(prefix / PYVENV)


def _conda(prefix: Path, python: Path | None, root: Path) -> Environment:
    layout = read_layout(prefix, interpreter=python, root=root)
    version = conda_version(prefix, layout.minor) or read_version(layout, root)
    return Environment(prefix, "conda", _conda_maker(prefix), _conda_name(prefix), layout.interpreter, version)


def _conda_maker(prefix: Path) -> str:
    meta = prefix / "conda-meta"
    if any(there(meta / name) for name in ("pixi", "pixi_env_prefix")):
        return "pixi"
    try:
        history = read_text(meta / "history")
    except Missing:
        return "rattler" if there(prefix / "CACHEDIR.TAG") else "conda"
    except Unfit:
        return "conda"
    if not history.strip():
        return "conda" if there(meta / "created_at") else "rattler"
    for line in history.splitlines():
        if line.startswith("# cmd:"):
            tool = line.removeprefix("# cmd:").split(maxsplit=1)[:1]
            name = re.split(r"[\\/]", tool[0])[-1] if tool else ""
            if name.removesuffix(".exe") in ("mamba", "micromamba"):
                return "mamba"
        elif line.startswith(("# update specs: [", "# install specs: [")):
            return "mamba" if '["' in line else "conda"
    return "conda"


def _conda_name(prefix: Path) -> str:
    if is_conda_base(prefix):
        return "base"
    pixi = prefix.parent.parent
    if prefix.parent.name == "envs" and pixi.name == ".pixi" and not is_folder(pixi / "bin"):  # bin: pixi global
        return clean(f"{prefix.name} of {prefix.parents[2].name}", 100)
    return _name(prefix)


def _virtual(prefix: Path, python: Path | None, root: Path) -> Environment:
    config = read_config(prefix)
    layout = read_layout(prefix, minor=".".join(config.version.split(".")[:2]), interpreter=python, root=root)
    version = config.version or layout.minor
    return Environment(prefix, "venv", config.maker, _name(prefix), layout.interpreter, version)


def _name(prefix: Path) -> str:
    """The folder's name, with that of its project where many have the same."""
    parents = [parent.name for parent in prefix.parents]
    if prefix.name in PROJECT_FOLDERS and parents and parents[0]:
        return clean(f"{prefix.name} of {parents[0]}", 100)
    if len(parents) > 4 and parents[2:4] == ["virtual", "env"]:  # hatch: env/virtual/PROJECT/HASH/NAME
        return clean(f"{prefix.name} of {parents[1]}", 100)
    return clean(prefix.name, 100)


def _installation(prefix: Path, root: Path) -> tuple[Kind, str]:
    """Kind and maker of a Python that needs no other, from where it lies."""
    inside = _below(prefix, root)
    if inside in _SYSTEM_PREFIXES or inside.startswith(_APPLE):
        return "system", "system"
    if _UV_PYTHON.fullmatch(prefix.name):
        return "standalone", "uv-managed"
    if prefix.parent.name == "versions":
        above = prefix.parent.parent
        if above.name in (".pyenv", "pyenv", "pyenv-win") or any(there(above / n) for n in ("shims", "libexec")):
            return "pyenv", "pyenv"
    parts = inside.split("/")
    if "Cellar" in parts or "/opt/python@" in f"/{inside}":
        return "standalone", "homebrew"
    if parts[:2] == ["Library", "Frameworks"] or (parts[-2:-1] == ["Python"] and parts[-1].startswith("Python3")):
        return "standalone", "python.org"
    for tool in ("mise", "asdf", ".asdf"):
        if tool in parts:
            return "standalone", tool.strip(".")
    return "standalone", "unknown"


def _installation_name(prefix: Path, kind: Kind, maker: str, layout: Layout) -> str:
    if kind == "system":
        return "system"
    if kind == "pyenv" or maker == "uv-managed":
        return clean(prefix.name, 100)
    return f"python{layout.minor}"


def _below(prefix: Path, root: Path) -> str:
    real, real_root = real_folder(prefix), real_folder(root)
    return real.relative_to(real_root).as_posix().strip(".") if real.is_relative_to(real_root) else real.as_posix()


def _inside(prefix: Path, interpreter: Path, real: Path) -> Path:
    """The interpreter's path below its prefix: as given, else with the links of its folder resolved, else its end."""
    if interpreter.is_relative_to(prefix):
        return interpreter
    beside = real_folder(interpreter.parent) / interpreter.name
    return beside if beside.is_relative_to(prefix) else real


def _has_activation(prefix: Path) -> bool:
    return any(exists(prefix / name) for name in ("bin/activate", "Scripts/activate", "Scripts/activate.bat"))


def _has_packages(layout: Layout) -> bool:
    return bool(layout.libraries) or is_folder(layout.prefix / "Lib" / "site-packages")
