"""Only doctor.fix.host changes files or runs commands; what else does is named here, with its reason."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import doctor

ROOT = Path(doctor.__file__).parent

_CHANGES = {
    "chmod", "chown", "copy", "copy2", "copyfile", "copytree", "hardlink_to", "killpg", "lchmod", "link", "makedirs",
    "mkdir", "mkfifo", "move", "posix_spawn", "remove", "removedirs", "rename", "renames", "rmdir", "rmtree", "symlink",
    "symlink_to", "sync", "touch", "truncate", "unlink", "utime", "write_bytes", "write_text", "Popen", "check_call",
    "check_output", "check_run", "execv", "execve", "fork", "spawnv", "system",
}  # fmt: skip

#: module -> what it does beside the host, and why
_ALLOWED = {
    "cli/__init__.py": {"open for writing"},  # the null device, when the reader of our output went away
    "cli/running.py": {"open for writing"},  # the same, when the terminal went away
    "cli/check.py": {"write_text"},  # --save and --output: files that the user names
    # the demonstration's own throw-away folder
    "demo/writing.py": {"chmod", "mkdir", "symlink_to", "unlink", "write_bytes"},
    "cli/reporting.py": {"open for writing"},  # the summary of a GitHub job, which its runner names
    "live/keeper.py": {"Popen", "open for writing"},  # the environment's own Python, when the user said yes
    "live/processes.py": {"Popen", "chmod", "killpg", "rmtree"},  # keepers, and the folder for what is started
    "live/family.py": {"killpg"},  # ends what was started
    "reading/disk/beside.py": {"posix_spawn"},  # children of envdoctor's own interpreter, which read
}
#: names that lists and dictionaries have as well: they count where a module of the system is called
_OF_MODULES = {"copy", "remove", "move", "link", "sync", "system"}


def calls(path: Path) -> Iterator[tuple[str, int]]:
    """Calls of methods and functions whose name says that they change something."""
    tree = ast.parse(path.read_text())
    by_host = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("doctor.fix.host")
        for alias in node.names
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        of = getattr(function.value, "id", "") if isinstance(function, ast.Attribute) else ""
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if name in by_host or of in by_host:
            continue
        if name in _CHANGES and (name not in _OF_MODULES or of in ("os", "shutil")):
            yield name, node.lineno
        elif name == "open" and _writes(node):
            yield "open for writing", node.lineno
        elif name == "run" and of == "subprocess":
            yield "subprocess.run", node.lineno


def _writes(node: ast.Call) -> bool:
    modes = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
    flags = [n.attr for argument in node.args for n in ast.walk(argument) if isinstance(n, ast.Attribute)]
    return any(isinstance(mode, str) and set(mode) & set("wxa+") and len(mode) < 4 for mode in modes) or bool(
        {"O_WRONLY", "O_RDWR", "O_CREAT"}.intersection(flags)
    )


def test_only_the_host_changes_anything() -> None:
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        module = path.relative_to(ROOT).as_posix()
        if not module.startswith("fix/host/"):
            others = [f"{name} in line {line}" for name, line in calls(path) if name not in _ALLOWED.get(module, set())]
            if others:
                found[module] = others
    assert found == {}


def test_what_is_looked_for_is_found() -> None:
    names = {name for path in (ROOT / "fix/host").glob("*.py") for name, _ in calls(path)}
    assert {"Popen", "link", "rename", "rmtree", "utime", "open for writing", "unlink", "mkdir"} <= names
