"""Makes the one file: a zip of modules that Python runs as it is.

It holds envdoctor without its app, and the libraries in pure Python that checking needs, each with its licence. Beside
each module lies its compiled form, which the Python version that made the file takes and others pass over, for an
archive keeps nothing that was compiled while it ran. The same files make the same archive, byte for byte.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import io
import marshal
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import doctor
from doctor.failure import Failure

#: module -> its distribution, whose licence goes along
CARRIED = {"packaging": "packaging", "platformdirs": "platformdirs", "yaml": "PyYAML"}
#: rooms that need what is not carried
_LEFT_OUT = ("tui",)
_DATA = frozenset({".json", ".txt", ".typed"})
_LICENCES = ("licen", "copying", "notice", "authors")
#: the form of compiled modules that does not tell what else the process holds on to
_WITHOUT_REFERENCES = 2
#: a zip knows no earlier moment
_TIME = (1980, 1, 1, 0, 0, 0)
_FIRST_LINE = b"#!/usr/bin/env python3\n"

_MAIN = '''\
"""Starts envdoctor out of this archive; written so that an old Python can read it and say what is needed."""
import sys

if sys.version_info < (3, 11):
    sys.stderr.write(
        "envdoctor: needs Python 3.11 or newer, and this is %d.%d: run it with another one\\n"
        "The environment that it examines may be of any Python, and need not work.\\n" % sys.version_info[:2]
    )
    sys.exit(2)

from doctor.__main__ import main

sys.exit(main())
'''


def archive() -> bytes:
    """The whole file. Raises Failure where what goes into it cannot be found."""
    found = {"__main__.py": _MAIN.encode(), **dict(_own()), **dict(_libraries())}
    packed = io.BytesIO(_FIRST_LINE)
    packed.seek(0, io.SEEK_END)
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as folder:
        for name, content in sorted(_with_compiled(found)):
            entry = zipfile.ZipInfo(name, _TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            folder.writestr(entry, content)
    return packed.getvalue()


def _own() -> Iterator[tuple[str, bytes]]:
    root = Path(doctor.__file__).parent
    if not root.is_dir():
        raise Failure("this envdoctor already is that one file: copy it")
    for path in root.rglob("*"):
        inside = path.relative_to(root.parent)
        if inside.parts[1] not in _LEFT_OUT and (path.suffix == ".py" or path.suffix in _DATA):
            yield inside.as_posix(), path.read_bytes()


def _libraries() -> Iterator[tuple[str, bytes]]:
    for module, distribution in CARRIED.items():
        spec = importlib.util.find_spec(module)
        folders = list(spec.submodule_search_locations or ()) if spec else []
        if not folders or not Path(folders[0]).is_dir():
            raise Failure(f"{distribution} is not installed in the Python that envdoctor runs in, and has to go along")
        root = Path(folders[0])
        for path in root.rglob("*.py"):
            yield path.relative_to(root.parent).as_posix(), path.read_bytes()
        yield from _licences(distribution)


def _licences(distribution: str) -> Iterator[tuple[str, bytes]]:
    try:
        files = importlib.metadata.files(distribution) or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        name = file.name.lower()
        path = Path(str(file.locate()))
        if ".dist-info" in str(file) and name.startswith(_LICENCES) and path.is_file():
            yield f"licences/{distribution}/{PurePosixPath(file).name}", path.read_bytes()


def _with_compiled(found: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    for name, content in found.items():
        yield name, content
        if name.endswith(".py") and name != "__main__.py":
            yield f"{name}c", _compiled(name, content)


def _compiled(name: str, source: bytes) -> bytes:
    """What Python takes without a look at the source: told by hash, and not to be compared (PEP 552)."""
    code = compile(source, name, "exec", dont_inherit=True)
    unchecked = (0b01).to_bytes(4, "little")
    return (
        importlib.util.MAGIC_NUMBER
        + unchecked
        + importlib.util.source_hash(source)
        + marshal.dumps(code, _WITHOUT_REFERENCES)
    )
