"""The specification that an advice comes to, as a text and as the difference from what is there."""

from __future__ import annotations

import difflib
import json
import re
import shlex
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from doctor.facts import Facts
from doctor.failure import Failure
from doctor.fix.export.conda_file import ABOUT_NODEFAULTS
from doctor.fix.planning.edits import CannotWrite, text_of
from doctor.judgement.expectations import expectations_of
from doctor.judgement.expectations.roles import of_role
from doctor.judgement.gpu_expected import gpu_expected
from doctor.onboard.advice.packages import Package
from doctor.onboard.advice.weighing import Advice
from doctor.reading.clean import is_clean
from doctor.reading.redact import REDACTED, show
from doctor.reading.repository.specifications import ask, ask_conda

#: the Python of a new specification where nothing says which: supported until October 2029, with wheels of nearly all
_PYTHON = "3.13"
_PLATFORMS = {
    ("linux", "x86_64"): "linux-64",
    ("linux", "aarch64"): "linux-aarch64",
    ("macos", "arm64"): "osx-arm64",
    ("macos", "x86_64"): "osx-64",
    ("windows", "AMD64"): "win-64",
}
_WORD = re.compile(r"[^A-Za-z0-9_-]+")
#: what conda takes for the name of an environment, and no shell for more
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}")


#: torch for machines without a GPU, as PyTorch and uv document it: gigabytes of CUDA stay away
_CPU_INDEX = """
[[tool.uv.index]]
name = "pytorch-cpu"
url = "https://download.pytorch.org/whl/cpu"
explicit = true

[tool.uv.sources]
torch = { index = "pytorch-cpu" }
"""


class Draft(NamedTuple):
    """What would be written, and how to go on from there."""

    path: str  #: relative to the project; empty where nothing is to be written
    before: str | None  #: the whole text that is there; None where no file is there
    after: str
    commands: tuple[str, ...]  #: to copy
    told: tuple[str, ...] = ()

    @property
    def difference(self) -> tuple[str, ...]:
        """The lines of a unified diff."""
        if not self.path:
            return ()
        old = (self.before or "").splitlines()
        names = ("/dev/null" if self.before is None else self.path, self.path)
        return tuple(difflib.unified_diff(old, self.after.splitlines(), *names, lineterm=""))


def draft(advice: Advice, facts: Facts, project: Path) -> Draft:
    """Work out the file. Reads what is there, and writes nothing; a file that is not to be changed is left alone."""
    try:
        return _draft(advice, facts, project)
    except Failure as error:
        return Draft("", None, "", (), (f"{error}: nothing of it is changed here",))


def _draft(advice: Advice, facts: Facts, project: Path) -> Draft:
    if advice.problem == "throw-away":
        return _throw_away(advice, facts)
    if advice.way == "uv" and advice.problem == "script":
        found = _script(advice, facts, project)
        if found:
            return found
    if advice.way == "uv":
        return _for_uv(advice, facts, project)
    if advice.way == "pip":
        return _for_pip(advice, project)
    return _for_conda(advice, facts, project) if advice.way == "conda" else _for_pixi(advice, facts, project)


def python_of(facts: Facts) -> str:
    """The minor version of Python that the project is for: as it says and as it is here, else as its notebooks ran."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    here = _python_minor(facts.identity.python)
    wished = expectations_of(facts).python
    try:
        specifier = SpecifierSet(wished)
    except InvalidSpecifier:
        specifier = SpecifierSet()
    pythons = (kernel for kernel in facts.project.kernels if kernel.language.lower() in ("", "python", "ipython"))
    ran = Counter(minor for kernel in pythons if (minor := _python_minor(kernel.version)))
    usual = (_PYTHON, "3.12", "3.11", "3.14", "3.10", "3.9", "3.8")
    candidates = [here, *(minor for minor, _ in ran.most_common()), *usual]
    return next((one for one in candidates if one and specifier.contains(f"{one}.99")), here or _PYTHON)


def _python_minor(version: str) -> str:
    """3.11 of 3.11.7; nothing of what is no Python that is still installed."""
    found = re.match(r"3\.\d{1,2}(?![\d])", version)
    return found[0] if found else ""


def _throw_away(advice: Advice, facts: Facts) -> Draft:
    names = [package.name for package in advice.packages]
    if advice.way in ("conda", "pixi"):
        wanted = [f"python={python_of(facts)}", *(package.conda for package in advice.packages if package.conda)]
        create = _line(["conda", "create", "--name", "try-it", "--channel", "conda-forge", *wanted])
        rest = [_line(["conda", "run", "--name", "try-it", "python", "-m", "pip", "install", *advice.by_pip])]
        gone = "conda env remove --name try-it"
        return Draft("", None, "", (create, *(rest if advice.by_pip else []), gone))
    if advice.way == "pip":
        return Draft(
            "", None, "", ("python -m venv try-it", _line(["try-it/bin/python", "-m", "pip", "install", *names]))
        )
    withs = [word for name in names for word in ("--with", name)]
    return Draft("", None, "", (_line(["uv", "run", "--no-project", *withs, "python"]),))


def _script(advice: Advice, facts: Facts, project: Path) -> Draft | None:
    """Requirements in the head of the project's only script; None where there is not exactly one."""
    scripts = [name for name in facts.project.modules if name.endswith(".py") and "/" not in name]
    if len(scripts) != 1 or not is_clean(scripts[0]):
        return None
    text = _text(project, scripts[0])
    if text is None or re.search(r"^# /// script\s*$", text, re.MULTILINE):
        return None
    wanted = [json.dumps(_pinned(package)) for package in advice.packages]
    head = ["# /// script", f'# requires-python = ">={python_of(facts)}"', "# dependencies = ["]
    head += [f"#   {one}," for one in wanted] + ["# ]", "# ///"]
    lines = text.splitlines(keepends=True)
    first = 1 if lines and lines[0].startswith("#!") else 0
    after = "".join([*lines[:first], *(f"{line}\n" for line in head), *lines[first:]])
    return Draft(
        scripts[0],
        text,
        after,
        (_line(["uv", "run", f"./{scripts[0]}" if scripts[0].startswith("-") else scripts[0]]),),
    )


def _for_uv(advice: Advice, facts: Facts, project: Path) -> Draft:
    there = _text(project, "pyproject.toml")
    if _names_a_project(there):
        lacking = [_pinned(package) for package in advice.packages if not package.asked]
        commands = ([_line(["uv", "add", *lacking])] if lacking else []) + ["uv sync"]
        told = "pyproject.toml asks for them already" if not lacking else "uv add writes them into pyproject.toml"
        return Draft("", None, "", tuple(commands), (told,))
    wanted = "".join(f"  {json.dumps(_pinned(package))},\n" for package in advice.packages)
    tool = (_toml(there or "") or {}).get("tool")
    has_own = isinstance(tool, dict) and "uv" in tool
    index = _CPU_INDEX if _without_gpu(advice, facts) and not has_own else ""
    new = (
        f'[project]\nname = "{_name(project)}"\nversion = "0.1.0"\nrequires-python = ">={python_of(facts)}"\n'
        f"dependencies = [\n{wanted}]\n{index}"
    )
    after = new if there is None else f"{there.rstrip()}\n\n{new}"
    if _toml(after) is None:
        raise Failure("pyproject.toml has tables of its own that a new [project] does not fit beside")
    return Draft("pyproject.toml", there, after, ("uv sync", "uv run python"), ("uv sync writes uv.lock: commit both",))


def _for_pip(advice: Advice, project: Path) -> Draft:
    commands = ("python -m venv .venv", ".venv/bin/python -m pip install -r requirements.txt")
    if _names_a_project(_text(project, "pyproject.toml")):
        lacking = [_pinned(package) for package in advice.packages if not package.asked]
        told = "add to dependencies in pyproject.toml: " + ", ".join(lacking)
        into = (commands[0], ".venv/bin/python -m pip install -e .")
        return Draft("", None, "", into, (told if lacking else "pyproject.toml asks for them already",))
    there = _text(project, "requirements.txt")
    if there is not None:
        missing = [_pinned(package) for package in advice.packages if not package.asked]
        if not missing:
            return Draft("", None, "", commands, ("requirements.txt asks for everything already",))
        after = there.rstrip() + "\n" + "".join(f"{one}\n" for one in missing)
        return Draft("requirements.txt", there, after, commands)
    after = "".join(f"{_pinned(package)}\n" for package in advice.packages)
    return Draft("requirements.txt", None, after, commands)


def _for_conda(advice: Advice, facts: Facts, project: Path) -> Draft:
    own = next((spec for spec in of_role(facts, "main", "alternative") if spec.kind == "environment.yml"), None)
    path, name = (own.path, own.name) if own else ("environment.yml", "")
    name = name if _NAME.fullmatch(name) else _name(project)
    commands = (_line(["conda", "env", "create", "--file", path, "--name", name]), f"conda activate {name}")
    if own is None and _text(project, path) is None:
        lines = [f"name: {name}", "channels:", "  - conda-forge", f"  - nodefaults  # {ABOUT_NODEFAULTS}"]
        lines += ["dependencies:", f"  - python={python_of(facts)}"]
        lines += [f"  - {_as_yaml(_pinned_conda(package))}" for package in advice.packages if package.conda]
        if advice.by_pip:
            pip = [_pinned(package) for package in advice.packages if not package.conda]
            lines += ["  - pip", "  - pip:", *(f"      - {_as_yaml(one)}" for one in pip)]
        return Draft(path, None, "\n".join(lines) + "\n", commands)
    lacking = [package for package in advice.packages if not package.asked]
    if not lacking:
        return Draft("", None, "", commands, (f"{path} asks for everything already",))
    told = [f"add to dependencies in {path}: {_pinned_conda(package)}" for package in lacking if package.conda]
    told += [f"add to the pip section of {path}: {_pinned(package)}" for package in lacking if not package.conda]
    return Draft("", None, "", commands, tuple(told))


def _for_pixi(advice: Advice, facts: Facts, project: Path) -> Draft:
    there = _text(project, "pixi.toml")
    if there is not None:
        lacking = [package for package in advice.packages if not package.asked]
        native = [_pinned_conda(package) for package in lacking if package.conda]
        rest = [_pinned(package) for package in lacking if not package.conda]
        commands = [_line(["pixi", "add", *native])] if native else []
        commands += [_line(["pixi", "add", "--pypi", *rest])] if rest else []
        return Draft("", None, "", (*commands, "pixi install"))
    platforms = facts.project.policy.platforms or tuple(_platform(facts))
    lines = ["[workspace]", f'name = "{_name(project)}"', 'channels = ["conda-forge"]']
    lines += [f"platforms = {json.dumps(list(platforms))}", "", "[dependencies]", f'python = "{python_of(facts)}.*"']
    lines += [f'"{package.conda}" = "{_minor(package) or "*"}"' for package in advice.packages if package.conda]
    if advice.by_pip:
        lines += ["", "[pypi-dependencies]", *(f'"{name}" = "*"' for name in advice.by_pip)]
    return Draft("pixi.toml", None, "\n".join(lines) + "\n", ("pixi install", "pixi run python"))


def _names_a_project(text: str | None) -> bool:
    """Whether a pyproject.toml is more than the settings of tools. Raises Failure where it is no TOML."""
    found = _toml(text or "")
    if found is None:
        raise Failure("pyproject.toml is no TOML")
    return "project" in found


def _toml(text: str) -> dict[str, Any] | None:
    import tomllib

    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return None


def _as_yaml(text: str) -> str:
    """A text as YAML holds it: plain where nothing in it could be read as more than text."""
    return text if re.fullmatch(r"[A-Za-z_][\w.=<>!~+/,* -]*", text) else json.dumps(text, ensure_ascii=False)


def _platform(facts: Facts) -> Iterator[str]:
    yield _PLATFORMS.get((facts.machine.system, facts.machine.architecture), "linux-64")


def _without_gpu(advice: Advice, facts: Facts) -> bool:
    """Whether torch is for this machine, which has no GPU, and nobody expects one."""
    torch = any(package.name == "torch" for package in advice.packages)
    expected = advice.problem == "ml" or gpu_expected(facts).wanted or facts.machine.gpus.devices
    return torch and not expected


def _matters(package: Package) -> bool:
    """Whether another version changes results or what others were compiled against."""
    return package.nature in ("native", "gpu")


def _pinned(package: Package) -> str:
    """A requirement of pip: as the project writes it, else held to the minor version that is here where it matters."""
    if _is_for_pip(package):
        return package.asked
    release = re.match(r"(\d+)\.(\d+)", package.version)
    return f"{package.name}=={release[0]}.*" if release and _matters(package) else package.name


def _pinned_conda(package: Package) -> str:
    if package.asked and REDACTED not in package.asked and not _is_for_pip(package) and ask_conda(package.asked, 0):
        return package.asked
    release = re.match(r"(\d+)\.(\d+)", package.version)
    return f"{package.conda}={release[0]}" if release and _matters(package) else package.conda


def _is_for_pip(package: Package) -> bool:
    """Whether the specification has it as a requirement of pip: conda's numpy=1.26 is none, nor one with a secret."""
    if not package.asked or REDACTED in package.asked:
        return False
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        return ask(package.asked, 0) is not None and bool(Requirement(package.asked).name)
    except InvalidRequirement:
        return False


def _minor(package: Package) -> str:
    release = re.match(r"(\d+)\.(\d+)", package.version)
    return f"{release[0]}.*" if release and _matters(package) else ""


def _name(project: Path) -> str:
    return _WORD.sub("-", project.name).strip("-").lower()[:60] or "project"


def _line(words: Iterable[str]) -> str:
    return shlex.join(words)


def _text(project: Path, name: str) -> str | None:
    """A text that is there, exactly; None where there is none. Raises Failure for one that is not to be changed."""
    path = project / name
    if not path.resolve().is_relative_to(project.resolve()):
        raise Failure(f"{name} is a link that leads out of the project")
    try:
        return text_of(path)
    except CannotWrite as error:
        raise Failure(str(error)) from None


def write_down(drafted: Draft, project: Path) -> str:
    """Write the file; return where its former text is kept, if it had one. Raises Failure where it changed since."""
    from doctor.fix.folders import state_folder
    from doctor.fix.host.files import private_folder, write_new, write_only_new

    path, kept = project / drafted.path, ""
    if _text(project, drafted.path) != drafted.before:
        raise Failure(f"{drafted.path} was changed meanwhile; nothing was written")
    try:
        if drafted.before is None:
            write_only_new(path, drafted.after)
        else:
            folder = private_folder(state_folder() / "advice" / time.strftime("%Y%m%d-%H%M%S"))
            write_new(folder / path.name, drafted.before)
            kept = show(folder / path.name)
            write_new(path, drafted.after)
    except OSError as error:
        raise Failure(f"{drafted.path} cannot be written: {(error.strerror or str(error)).lower()}") from None
    return kept
