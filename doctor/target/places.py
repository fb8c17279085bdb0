"""Where the makers of environments keep them: folders by tool, from variables, XDG and each system's customs.

Only paths, in the order of their relevance; whether anything lies there is for others to see.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from doctor.reading.rooted import REAL_ROOT, is_absolute, place

_CONDA_NAMES = ("miniconda3", "anaconda3", "miniforge3", "mambaforge", "miniconda", "anaconda", "micromamba")


class Surroundings(NamedTuple):
    """What places are derived from."""

    variables: Mapping[str, str]
    cwd: Path
    home: Path
    root: Path = REAL_ROOT

    def named(self, *names: str) -> Iterator[Path]:
        """The absolute folders that variables name, several in one with ; on Windows and : elsewhere."""
        for name in names:
            text = self.variables.get(name, "")
            if "\0" in text:
                continue
            parts = text.split(";" if text[1:2] == ":" else ":")
            yield from (place(part, self.root) for part in parts[:50] if is_absolute(part))

    def absolute(self, *paths: str) -> Iterator[Path]:
        """Absolute paths below this machine's root."""
        yield from (place(path, self.root) for path in paths)

    @property
    def data(self) -> tuple[Path, ...]:
        """Where tools keep data of the user: XDG, macOS, Windows."""
        xdg = [*self.named("XDG_DATA_HOME")] or [self.home / ".local" / "share"]
        roaming = [*self.named("LOCALAPPDATA", "APPDATA")]
        return (*xdg, self.home / "Library" / "Application Support", *roaming)

    @property
    def caches(self) -> tuple[Path, ...]:
        """Where tools keep caches of the user."""
        xdg = [*self.named("XDG_CACHE_HOME")] or [self.home / ".cache"]
        return (*xdg, self.home / "Library" / "Caches", *self.named("LOCALAPPDATA"))


def conda_roots(around: Surroundings) -> Iterator[Path]:
    """Prefixes in which conda, mamba and micromamba are usually installed."""
    for executable in around.named("CONDA_EXE", "_CONDA_EXE", "MAMBA_EXE"):
        yield executable.parent.parent
    yield from around.named("MAMBA_ROOT_PREFIX", "CONDA_ROOT", "_CONDA_ROOT", "CONDA")
    for prefix in around.named("CONDA_PREFIX"):
        if prefix.parent.name == "envs":
            yield prefix.parent.parent
    for name in _CONDA_NAMES:
        yield around.home / name
        yield around.home / "opt" / name
    yield from (around.home / ".local" / "share" / "mamba", around.home / ".mamba", around.home / "conda")
    for folder in around.named("LOCALAPPDATA", "ProgramData", "PROGRAMDATA"):
        for name in (*_CONDA_NAMES, "Continuum/anaconda3"):
            yield folder / name
    yield from around.absolute(*(f"/opt/{name}" for name in ("conda", *_CONDA_NAMES)))
    yield from around.absolute(*(f"/usr/local/{name}" for name in ("conda", "miniconda3", "anaconda3", "miniforge3")))
    for brew in ("/opt/homebrew", "/usr/local"):
        for cask in ("miniforge", "miniconda", "anaconda", "mambaforge"):
            yield from around.absolute(f"{brew}/Caskroom/{cask}/base", f"{brew}/{cask}3")


def conda_environment_folders(around: Surroundings) -> Iterator[Path]:
    """Folders of named conda environments that belong to no installation's own envs."""
    yield from around.named("CONDA_ENVS_DIRS", "CONDA_ENVS_PATH")
    yield around.home / ".conda" / "envs"
    for folder in around.named("LOCALAPPDATA"):
        yield folder / "conda" / "conda" / "envs"
    yield around.home / ".pixi" / "envs"


def virtual_environment_folders(around: Surroundings) -> Iterator[tuple[str, Path]]:
    """(tool, folder whose subfolders are virtual environments) of the tools that keep them away from the project."""
    yield from (("virtualenvs", folder) for folder in around.named("WORKON_HOME"))
    for name in (".virtualenvs", ".venvs", "venvs", "envs", "virtualenvs", "Envs"):
        yield "virtualenvs", around.home / name
    yield from (("poetry", folder) for folder in around.named("POETRY_VIRTUALENVS_PATH"))
    yield from (("poetry", folder / "virtualenvs") for folder in around.named("POETRY_CACHE_DIR"))
    for cache in around.caches:
        yield "poetry", cache / "pypoetry" / "virtualenvs"
        yield "poetry", cache / "pypoetry" / "Cache" / "virtualenvs"
    for data in around.data:
        yield "pipenv", data / "virtualenvs"
        yield "pdm", data / "pdm" / "venvs"
        yield "pdm", data / "pdm" / "pdm" / "venvs"


def hatch_folders(around: Surroundings) -> Iterator[Path]:
    """Folders of hatch, in which PROJECT/HASH/NAME are virtual environments."""
    yield from (folder / "env" / "virtual" for folder in around.named("HATCH_DATA_DIR"))
    yield from (data / "hatch" / "env" / "virtual" for data in around.data)


def tool_folders(around: Surroundings) -> Iterator[tuple[str, Path]]:
    """(tool, folder) of the environments that uv and pipx make for one application each."""
    yield from (("uv tool", folder) for folder in around.named("UV_TOOL_DIR"))
    yield from (("pipx", folder / "venvs") for folder in around.named("PIPX_HOME"))
    for data in around.data:
        yield "uv tool", data / "uv" / "tools"
        yield "uv tool", data / "uv" / "data" / "tools"
        yield "pipx", data / "pipx" / "venvs"
    yield "pipx", around.home / ".local" / "pipx" / "venvs"
    yield "pipx", around.home / "pipx" / "venvs"


def python_folders(around: Surroundings) -> Iterator[tuple[str, Path]]:
    """(tool, folder whose subfolders are Pythons) of pyenv, uv and others that install Pythons for the user."""
    for pyenv in (*around.named("PYENV_ROOT"), around.home / ".pyenv", around.home / ".pyenv" / "pyenv-win"):
        yield "pyenv", pyenv / "versions"
    yield from (("uv", folder) for folder in around.named("UV_PYTHON_INSTALL_DIR"))
    for data in around.data:
        yield "uv", data / "uv" / "python"
        yield "uv", data / "uv" / "data" / "python"
        yield "mise", data / "mise" / "installs" / "python"
        yield "pdm", data / "pdm" / "python"
    yield "asdf", around.home / ".asdf" / "installs" / "python"
    yield "rye", around.home / ".rye" / "py"


def system_pythons(around: Surroundings) -> Iterator[tuple[str, Path]]:
    """(pattern of names, folder) of Pythons for all users; an empty pattern means the folder itself."""
    yield from (("", path) for path in around.absolute("/usr", "/usr/local"))
    frameworks = ("/Library/Frameworks/Python.framework", "/Library/Frameworks/PythonT.framework")
    apple = "/Library/Developer/CommandLineTools/Library/Frameworks/Python3.framework"
    for framework in (*frameworks, apple):
        yield from (("*", path) for path in around.absolute(f"{framework}/Versions"))
    for brew in ("/opt/homebrew/opt", "/usr/local/opt", "/home/linuxbrew/.linuxbrew/opt"):
        yield from (("python@*", path) for path in around.absolute(brew))
    for folder in around.named("LOCALAPPDATA"):
        yield "Python*", folder / "Programs" / "Python"
    for folder in around.named("ProgramFiles", "PROGRAMFILES"):
        yield "Python*", folder
    yield "Python*", place("C:\\", around.root)


def kernel_folders(around: Surroundings) -> Iterator[Path]:
    """Folders of Jupyter kernel specs."""
    yield from (folder / "kernels" for folder in around.named("JUPYTER_PATH", "JUPYTER_DATA_DIR"))
    for data in around.data:
        yield data / "jupyter" / "kernels"
    yield around.home / "Library" / "Jupyter" / "kernels"
    yield from around.absolute("/usr/local/share/jupyter/kernels", "/usr/share/jupyter/kernels")
    yield from (folder / "jupyter" / "kernels" for folder in around.named("ProgramData", "PROGRAMDATA"))
