"""Reads which variables a shell file sets, line by line and without running it.

Only lines that assign plainly count; what a command, a loop or a function would compute stays as it is written.
Values are clean but not redacted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from doctor.reading.clean import clean
from doctor.reading.files import Unfit, read_json, read_text
from doctor.reading.redact import REDACTED, has_secret

#: bytes; start files have a few thousand
_LIMIT = 512 * 1024
_LINES = 20_000

#: variables that change how Python, package managers, numbers and GPUs behave
_ALLOWED = re.compile(
    r"(?:PYTHON|CONDA_|MAMBA_|PIP_|UV_|PIXI_|DYLD_|CUDA_|CUDNN_|CUBLAS_|NCCL_|NVIDIA_|TORCH_|PYTORCH_|JAX_|XLA_|TF_"
    r"|OMP_|GOMP_|KMP_|MKL_|OPENBLAS_|GOTO_|BLIS_|VECLIB_|NUMEXPR_|NUMBA_|NPY_)[A-Z0-9_]*"
    r"|PATH|VIRTUAL_ENV|LD_LIBRARY_PATH|LD_PRELOAD|LD_AUDIT|KERAS_BACKEND|HIP_VISIBLE_DEVICES|GLIBC_TUNABLES"
    r"|SSL_CERT_FILE|REQUESTS_CA_BUNDLE|JUPYTER_PATH"
)
#: what activation keeps to put things back, and Terraform's, which are spelled like TensorFlow's
_BACKUP = re.compile(r"CONDA_BACKUP_|CONDA_MKL_INTERFACE_LAYER_BACKUP|TF_(?:VAR|CLI|LOG|DATA|PLUGIN|WORKSPACE)")
_SECRET_NAME = re.compile(
    r"(?:^|[-_.])(?:token|api[-_]?key|access[-_]?key|credentials?)(?:$|[-_.])|secret|passwd|password", re.IGNORECASE
)
#: names that look secret and hold none: a place, a switch
_NO_SECRET = re.compile(r"[-_](?:file|path|dir|url|helper|backend|id|name|type|ttl)$", re.IGNORECASE)
#: a variable that a value names, or a command that fetches it, instead of the secret itself
_REFERENCE = re.compile(r"\$\{\w+[^}]*\}|\$\w+|%\w+%|\$\(.*\)|`.*`")

_ASSIGNED = re.compile(r"""([A-Za-z_]\w*)=("(?:[^"\\]|\\.)*"|'[^']*'|(?:\\.|\$\([^()]*\)|[^\s;&|"'\\])*)""")
_SHELL = re.compile(r"\s*(?P<exported>(?:export|declare\s+-\w*x\w*|typeset\s+-\w*x\w*)\s+)?(?=[A-Za-z_]\w*=)")
_FUNCTION = re.compile(r"(\s*)(?:function\s+[\w.:-]+\s*(?:\(\s*\))?|[\w.:-]+\s*\(\s*\))\s*\{?")
_EXPORT = re.compile(r"[^#]*?\bexport\s+([A-Za-z_][\w\s]*)(?:$|[;&|#])")
_FISH = re.compile(r"\s*set\s+(?:-\w+\s+|--\w+\s+)*-\w*x\w*\s+(?:-\w+\s+)*([A-Za-z_]\w*)\s+(.*?)\s*$")
_BATCH = re.compile(r"""\s*@?set\s+"?([A-Za-z_]\w*)=([^"\r\n]*)"?\s*$""", re.IGNORECASE)


class Assignment(NamedTuple):
    """One variable as a line sets it."""

    name: str
    value: str  #: without its quotes
    line: int


def is_allowed(name: str) -> bool:
    """Whether a variable is among those that change how an environment behaves."""
    return _ALLOWED.fullmatch(name) is not None and _BACKUP.match(name) is None


def is_secret_name(name: str) -> bool:
    """Whether what goes by this name is a token or a password, so that its value is not for showing."""
    return _SECRET_NAME.search(name) is not None and _NO_SECRET.search(name) is None


def holds_secret(name: str, value: str) -> bool:
    """Whether a credential stands in a value: not where a variable or a command is named in its place."""
    literal = _REFERENCE.sub(REDACTED, value)
    if has_secret(literal):
        return True
    return is_secret_name(name) and len(value) > 5 and REDACTED not in literal and not value.startswith(("/", "~", "."))


def read_assignments(path: Path, *, within: Path | None = None) -> list[Assignment]:
    """The assignments of one shell file, in its order. Raises Missing and Unfit."""
    text = read_text(path, limit=_LIMIT, within=within)
    suffix = path.suffix.lower()
    if suffix == ".fish":
        return list(_each(text, _FISH))
    if suffix in (".bat", ".cmd"):
        return list(_each(text, _BATCH))
    everything = path.name == "environment" or suffix == ".conf"  # read by the login itself, without a shell
    return [assigned for assigned, exported in _posix(text) if exported or everything]


def read_variables_json(path: Path, *, within: Path | None = None, key: str = "") -> list[Assignment]:
    """The variables of conda-meta/state (below key) or of a file of etc/conda/env_vars.d. Raises as the other."""
    body = read_json(path, limit=_LIMIT, within=within)
    table = body.get(key) if key and isinstance(body, dict) else body
    if not isinstance(table, dict):
        if key and isinstance(body, dict) and table is None:
            return []
        raise Unfit("holds no object of variables")
    lines = read_text(path, limit=_LIMIT, within=within).splitlines()
    return [
        Assignment(clean(name, 200), clean(value, 2000), _line_of(lines, name))
        for name, value in list(table.items())[:1000]
        if isinstance(value, str)
    ]


def _line_of(lines: list[str], name: str) -> int:
    quoted = json.dumps(name)
    return next((number for number, line in enumerate(lines, 1) if quoted in line), 0)


def _posix(text: str) -> Iterator[tuple[Assignment, bool]]:
    """Each assignment, and whether programs see it: exported there or elsewhere in the file, or known before."""
    lines = text.splitlines()[:_LINES]
    named = (_EXPORT.match(line) for line in lines if "export" in line and len(line) < 500)
    exported = {name for match in named if match for name in match[1].split()} | {"PATH"}
    end_of_function = ""
    for number, line in enumerate(lines, 1):
        if end_of_function:
            end_of_function = "" if line.startswith(end_of_function) else end_of_function
            continue
        function = _FUNCTION.match(line)
        if function:
            end_of_function = "" if "}" in line[function.end() :] else f"{function[1]}}}"
            continue
        if "=" in line and len(line) <= 10_000 and not line.lstrip().startswith("#"):
            for command in _commands(line):
                for assigned, itself in _assignments(command, number):
                    yield assigned, itself or assigned.name in exported


def _assignments(command: str, number: int) -> list[tuple[Assignment, bool]]:
    """The variables that one command sets; none where they are set for one program alone: A=1 program."""
    start = _SHELL.match(command)
    if start is None:
        return []
    found: list[tuple[Assignment, bool]] = []
    exported = start["exported"] is not None
    place = start.end()
    while assigned := _ASSIGNED.match(command, place):
        found.append((Assignment(assigned[1], _unquoted(assigned[2]), number), exported))
        place = assigned.end()
        place += len(command[place:]) - len(command[place:].lstrip())
    rest = command[place:]
    return found if exported or not rest or rest.startswith(("#", ")", "}")) else []


def _commands(line: str) -> Iterator[str]:
    """A line cut at ; && and || where no quote is open."""
    start, quote = 0, ""
    for place, sign in enumerate(line):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        elif sign == "#" and line[place - 1 : place].isspace():
            line = line[:place]
            break
        elif sign in ";&|":
            yield _after_keyword(line[start:place])
            start = place + 1
    yield _after_keyword(line[start:])


def _after_keyword(command: str) -> str:
    return re.sub(r"^\s*(?:then|do|else|\{)\s+", "", command)


def _each(text: str, pattern: re.Pattern[str]) -> Iterator[Assignment]:
    for number, line in enumerate(text.splitlines()[:_LINES], 1):
        found = pattern.match(line) if len(line) < 10_000 else None
        if found:
            yield Assignment(found[1], _unquoted(found[2].strip()), number)


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    return clean(value, 2000)
