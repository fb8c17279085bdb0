"""The locks layer: each format's packages with line, groups and markers, and locks that no longer fit."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
from packaging.markers import Marker

from doctor.collect import locks as collector
from doctor.facts import Facts
from doctor.facts.locks import Lock, Locked, Locks
from doctor.reading.repository.locks.plain_toml import parse, parse_plain
from doctor.reading.repository.locks.reachable import Edge, needed_by
from doctor.target.environment import Environment, Request
from tests.patients.wheels import make_wheel

DIGEST = "ab" * 32


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def look(project: Path) -> Locks:
    return collector.read(Request(Environment(project / ".venv", "venv"), project=project), Facts())


def only(project: Path) -> Lock:
    found = look(project)
    assert not found.problems
    (lock,) = found.files
    return lock


def package(lock: Lock, name: str) -> Locked:
    (found,) = (locked for locked in lock.packages if locked.name == name)
    return found


UV = f"""\
version = 1
revision = 3
requires-python = ">=3.11"

[[package]]
name = "demo"
version = "0.1.0"
source = {{ editable = "." }}
dependencies = [
    {{ name = "Numpy" }},
    {{ name = "colorama", marker = "sys_platform == 'win32'" }},
]

[package.dev-dependencies]
dev = [
    {{ name = "pytest" }},
]

[package.metadata]
requires-dist = [
    {{ name = "colorama", marker = "sys_platform == 'win32'" }},
    {{ name = "numpy", specifier = ">=1.26" }},
]

[package.metadata.requires-dev]
dev = [{{ name = "pytest", specifier = ">=8" }}]

[[package]]
name = "numpy"
version = "2.1.0"
source = {{ registry = "https://pypi.org/simple" }}
sdist = {{ url = "https://files.example/numpy-2.1.0.tar.gz", hash = "sha256:{DIGEST}", size = 1 }}
wheels = [
    {{ url = "https://files.example/numpy-2.1.0-cp312-cp312-win_amd64.whl", hash = "sha256:{DIGEST}", size = 2 }},
]

[[package]]
name = "colorama"
version = "0.4.6"
source = {{ registry = "https://pypi.org/simple" }}

[[package]]
name = "pytest"
version = "8.0.0"
source = {{ git = "https://u:hunter2@git.example/pytest?rev=8#{"c" * 40}" }}
dependencies = [
    {{ name = "colorama", marker = "sys_platform == 'win32'" }},
]
"""
UV_PROJECT = """\
[project]
name = "demo"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["numpy>=1.26.0", "colorama; sys_platform == 'win32'"]
[dependency-groups]
dev = ["pytest >= 8"]
"""


def test_uv_tells_what_is_needed_by_whom(tmp_path: Path) -> None:
    lock = only(write(tmp_path, {"uv.lock": UV, "pyproject.toml": UV_PROJECT}))
    assert (lock.kind, lock.requires_python, lock.stale, lock.written_by) == (
        "uv.lock",
        ">=3.11",
        "",
        "uv (format 1.3)",
    )
    numpy = package(lock, "numpy")
    assert UV.splitlines()[numpy.line - 1 : numpy.line + 1] == ["[[package]]", 'name = "numpy"']
    assert numpy[1:3] == ("2.1.0", "pip")
    assert (numpy.groups, numpy.hashes, numpy.sdist, numpy.wheels) == (
        (), 2, True, ("numpy-2.1.0-cp312-cp312-win_amd64.whl",)
    )  # fmt: skip
    assert package(lock, "demo").source == "project"
    assert package(lock, "colorama").marker == "sys_platform == 'win32'"
    pytest_ = package(lock, "pytest")
    assert (pytest_.groups, pytest_.source, pytest_.commit) == (("dev",), "vcs", "c" * 40)
    assert "hunter2" not in repr(lock)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("numpy>=1.26.0", "numpy>=2", "pyproject.toml asks for numpy >=2, it was made for >=1.26"),
        ('"numpy>=1.26.0", ', "", "pyproject.toml does not ask for numpy, which was asked for when it was made"),
        (
            "[dependency",
            "optional-dependencies = {x = ['rich']}\n[dependency",
            "pyproject.toml asks for rich, which was",
        ),
        ("pytest >= 8", "pytest >= 7", "pyproject.toml asks for pytest >=7 in its group dev, it was made for >=8"),
        ('">=3.11"', '">=3.12"', "pyproject.toml asks for Python >=3.12, it was made for >=3.11"),
        ("numpy>=1.26.0", "NumPy >= 1.26", ""),
        ('">=3.11"', '">= 3.11.0"', ""),
        ("; sys_platform == 'win32'", " ; platform_system == 'Windows'", ""),  # uv rewrites markers
        ('version = "0.1.0"', 'dynamic = ["version", "dependencies"]', ""),
        ("[dependency-groups]", "[tool.uv.sources]\ncolorama = {git = 'https://x'}\n[dependency-groups]", ""),
        ('"colorama;', '"colorama>=1;', "pyproject.toml asks for colorama >=1, it was made for any version"),
        ("\"colorama; sys_platform == 'win32'\"]", "'colorama>=1']\n[tool.uv.sources]\ncolorama = {path = '../c'}", ""),
    ],
)
def test_uv_is_stale_only_where_that_is_certain(tmp_path: Path, old: str, new: str, why: str) -> None:
    changed = UV_PROJECT.replace(old, new)
    assert changed != UV_PROJECT
    stale = only(write(tmp_path, {"uv.lock": UV, "pyproject.toml": changed})).stale
    assert stale.startswith(why)
    assert bool(stale) is bool(why)


def test_uv_itself_agrees(tmp_path: Path) -> None:
    project, index = tmp_path / "project", tmp_path / "index"
    index.mkdir()
    for name, needs in (
        ("alpha", ["beta", "gamma; sys_platform == 'win32'"]),
        ("beta", []),
        ("gamma", []),
        ("delta", []),
    ):
        make_wheel(index, name, "1.0", {}, requires=needs)
    text = (
        "[project]\nname = 'Own.Name'\nversion = '1'\nrequires-python = '>=3.11'\n"
        "dependencies = ['Alpha>=0.5,<2.00', 'own-name[more]']\n[project.optional-dependencies]\nmore = ['beta==1.*']\n"
        "[dependency-groups]\ndev = [{include-group = 'lint'}]\nlint = ['delta']\n"
    )
    write(project, {"pyproject.toml": text})
    _uv_lock(project, index, tmp_path)
    lock = only(project)
    assert lock.stale == ""
    assert {locked.name: (locked.groups, locked.marker) for locked in lock.packages} == {
        "own-name": ((), ""),
        "alpha": ((), ""),
        "beta": ((), ""),
        "gamma": ((), "sys_platform == 'win32'"),
        "delta": (("dev", "lint"), ""),
    }
    values = tomllib.loads((project / "uv.lock").read_text())
    plain = parse_plain((project / "uv.lock").read_text())
    assert plain is not None
    assert plain.values == values
    (project / "pyproject.toml").write_text(text.replace("'delta'", "'gamma'"))
    assert "asks for gamma in its group lint" in only(project).stale


def _uv_lock(project: Path, index: Path, tmp_path: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "UV_CACHE_DIR": str(tmp_path / "cache")}
    command = [str(uv), "lock", "--offline", "--no-index", "--find-links", str(index), "--python", sys.executable, "-q"]
    done = subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


POETRY = f"""\
# This file is automatically @generated by Poetry 1.8.4 and should not be changed by hand.

[[package]]
name = "requests"
version = "2.32.0"
description = "HTTP for ümlauts and \\"humans\\""
optional = false
python-versions = ">=3.8"
files = [
    {{file = "requests-2.32.0-py3-none-any.whl", hash = "sha256:{DIGEST}"}},
]

[package.dependencies]
colorama = {{version = "*", markers = "sys_platform == \\"win32\\""}}
PySocks = {{version = ">=1.5.6", optional = true, markers = "extra == \\"socks\\""}}

[package.extras]
socks = ["PySocks (>=1.5.6,!=1.5.7)"]

[[package]]
name = "colorama"
version = "0.4.6"
optional = false
python-versions = "*"
files = []

[[package]]
name = "pysocks"
version = "1.7.1"
optional = false
python-versions = "*"
files = []

[[package]]
name = "pytest"
version = "8.0.0"
optional = false
python-versions = "*"
files = []

[metadata]
lock-version = "2.0"
python-versions = "^3.11"
content-hash = "HASH"
"""
POETRY_PROJECT = """\
[tool.poetry.dependencies]
python = "^3.11"
requests = {version = "^2", extras = ["socks"]}
[tool.poetry.group.test.dependencies]
pytest = "*"
"""


def _poetry_hash(text: str) -> str:
    own = tomllib.loads(text)["tool"]["poetry"]
    keys = ("dependencies", "source", "extras", "dev-dependencies", "group")
    return hashlib.sha256(json.dumps({key: own.get(key) for key in keys}, sort_keys=True).encode()).hexdigest()


def test_poetry_by_its_graph_and_its_hash(tmp_path: Path) -> None:
    text = POETRY.replace("HASH", _poetry_hash(POETRY_PROJECT))
    lock = only(write(tmp_path, {"poetry.lock": text, "pyproject.toml": POETRY_PROJECT}))
    assert (lock.written_by, lock.stale) == ("Poetry 1.8.4", "")
    found = {locked.name: (locked.groups, locked.marker) for locked in lock.packages}
    assert found["requests"] == ((), "")
    assert found["pytest"] == (("test",), "")
    assert found["colorama"] == ((), 'sys_platform == "win32"')
    assert found["pysocks"][0] == ()
    assert package(lock, "requests").digest == f"sha256={DIGEST}"
    (tmp_path / "pyproject.toml").write_text(POETRY_PROJECT.replace('"^2"', '"^2.1"'))
    assert "hashes differ" in only(tmp_path).stale


def test_poetry_says_groups_itself_since_its_second_version(tmp_path: Path) -> None:
    entries = {
        "plain": 'groups = ["main", "test"]',
        "windows": 'groups = ["main"]\nmarkers = "sys_platform == \\"win32\\""',
        "extra": 'optional = true\ngroups = ["main"]\nmarkers = "extra == \\"nice\\" and os_name == \\"nt\\""',
        "both": 'groups = ["main", "test"]\nmarkers = {main = "extra == \\"nice\\""}',
        "apart": 'groups = ["docs", "test"]\nmarkers = {docs = "os_name == \\"a\\"", test = "os_name == \\"b\\""}',
    }
    text = "".join(f'[[package]]\nname = "{name}"\nversion = "1"\n{body}\n\n' for name, body in entries.items())
    lock = only(write(tmp_path, {"poetry.lock": text + '[metadata]\nlock-version = "2.1"\n'}))
    assert {locked.name: (locked.groups, locked.marker) for locked in lock.packages} == {
        "plain": ((), ""),
        "windows": ((), 'sys_platform == "win32"'),
        "extra": (("nice",), 'os_name == "nt"'),
        "both": (("nice", "test"), ""),
        "apart": (("docs", "test"), '(os_name == "a") or (os_name == "b")'),
    }


def test_poetry_hashes_the_standard_tables_too(tmp_path: Path) -> None:
    project = "[project]\nrequires-python = '>=3.11'\ndependencies = ['requests']\nname = 'x'\n"
    project += "[dependency-groups]\nt = ['a']\n"
    content = {"project": {"requires-python": ">=3.11", "dependencies": ["requests"]}, "tool": {"poetry": {}}}
    newer = {**content, "dependency-groups": {"t": ["a"]}}
    for relevant in (content, newer):
        digest = hashlib.sha256(json.dumps(relevant, sort_keys=True).encode()).hexdigest()
        assert (
            only(write(tmp_path, {"poetry.lock": POETRY.replace("HASH", digest), "pyproject.toml": project})).stale
            == ""
        )
    (tmp_path / "pyproject.toml").write_text(project.replace("3.11", "3.12"))
    assert only(tmp_path).stale


def test_pdm_by_its_hash_and_its_graph(tmp_path: Path) -> None:
    project = "[project]\ndependencies = ['a']\n[tool.pdm.dev-dependencies]\nTest_x = ['b']\n"
    content = {
        "sources": [], "dependencies": ["a"], "dev-dependencies": {"test-x": ["b"]}, "optional-dependencies": {},
        "requires-python": "", "resolution": {},
    }  # fmt: skip
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    lock_text = (
        '# This file is @generated by PDM.\n\n[metadata]\ngroups = ["default", "Test_x"]\nstrategy = []\n'
        f'lock_version = "4.5.0"\ncontent_hash = "sha256:{digest}"\n\n'
        '[[metadata.targets]]\nrequires_python = ">=3.11"\n\n'
        '[[package]]\nname = "a"\nversion = "1"\ndependencies = [\n    "c; sys_platform == \\"win32\\"",\n]\n'
        f'files = [\n    {{file = "a-1.tar.gz", hash = "sha256:{DIGEST}"}},\n]\n\n'
        '[[package]]\nname = "b"\nversion = "1"\n\n[[package]]\nname = "c"\nversion = "1"\n'
    )
    lock = only(write(tmp_path, {"pdm.lock": lock_text, "pyproject.toml": project}))
    assert (lock.stale, lock.requires_python, lock.environments) == ("", ">=3.11", ("default", "Test_x"))
    assert package(lock, "a").sdist
    assert package(lock, "a").hashes == 1
    assert package(lock, "b").groups == ("Test_x",)
    assert package(lock, "c").marker == 'sys_platform == "win32"'
    (tmp_path / "pyproject.toml").write_text(project.replace("'a'", "'a', 'd'"))
    assert "hashes differ" in only(tmp_path).stale


def test_pipfile_by_its_hash(tmp_path: Path) -> None:
    pipfile = '[[source]]\nurl = "https://pypi.org/simple"\nverify_ssl = true\nname = "pypi"\n[packages]\nSix = "*"\n'
    source = {"url": "https://pypi.org/simple", "verify_ssl": True, "name": "pypi"}
    content = {"_meta": {"sources": [source], "requires": {}}, "default": {"Six": "*"}, "develop": {}}
    digest = hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    six = {"hashes": [f"sha256:{DIGEST}"], "markers": "python_version >= '3'", "version": "==1.16.0"}
    body = {
        "_meta": {"hash": {"sha256": digest}, "pipfile-spec": 6, "requires": {"python_version": "3.11"}, "sources": []},
        "default": {"six": six},
        "develop": {"mine": {"git": "https://t0ken@git.example/mine", "ref": "d" * 40}, "six": six},
    }
    text = json.dumps(body, indent=4)
    lock = only(write(tmp_path, {"Pipfile": pipfile, "Pipfile.lock": text}))
    six_ = package(lock, "six")
    assert (six_.version, six_.groups, six_.marker, six_.digest) == (
        "1.16.0",
        (),
        "python_version >= '3'",
        f"sha256={DIGEST}",
    )
    assert '"six": {' in text.splitlines()[six_.line - 1]
    mine = package(lock, "mine")
    assert (mine.source, mine.groups, mine.commit, mine.url) == (
        "vcs",
        ("develop",),
        "d" * 40,
        "https://***@git.example/mine",
    )
    assert (lock.stale, lock.requires_python) == ("", "==3.11.*")
    (tmp_path / "Pipfile").write_text(pipfile.replace('"*"', '"==1.15"'))
    assert only(tmp_path).stale


PYLOCK = f"""\
lock-version = "1.0"
requires-python = ">=3.11"
created-by = "pdm"
dependency-groups = ["default", "dev"]

[[packages]]
name = "attrs"
version = "25.1.0"
marker = "python_version < \\"3.12\\" and \\"default\\" in dependency_groups or \\"dev\\" in dependency_groups"
wheels = [
    {{name = "attrs-25.1.0-py3-none-any.whl", upload-time = 2025-01-25T11:30:10Z, hashes = {{sha256 = "{DIGEST}"}}}},
]

[[packages]]
name = "pytest"
version = "8.0"
marker = "'dev' in dependency_groups and (python_version > '3' or os_name == 'nt')"

[[packages]]
name = "both"
marker = "os_name == 'nt' or ('default' in dependency_groups or \\"dev\\" in dependency_groups)"

[[packages]]
name = "extra"
marker = "(\\"cb7\\" in extras) or python_version < '3' and 'cb8' in extras"

[[packages]]
name = "mine"
[packages.directory]
path = "../mine"
editable = true

[[packages]]
name = "far"
[packages.vcs]
type = "git"
url = "https://git.example/far"
commit-id = "{"e" * 40}"
"""


def test_pylock(tmp_path: Path) -> None:
    found = look(write(tmp_path, {"pylock.toml": PYLOCK, "pylock.dev.toml": PYLOCK, "pylock.a.b.toml": PYLOCK}))
    assert [lock.path for lock in found.files] == ["pylock.dev.toml", "pylock.toml"]
    lock = found.files[0]
    assert (package(lock, "attrs").groups, package(lock, "attrs").marker) == ((), 'python_version < "3.12"')
    assert package(lock, "attrs").digest == f"sha256={DIGEST}"
    assert package(lock, "pytest").groups == ("dev",)
    assert package(lock, "pytest").marker == "(python_version > '3' or os_name == 'nt')"
    assert (package(lock, "both").groups, package(lock, "both").marker) == ((), "")
    assert (package(lock, "extra").groups, package(lock, "extra").marker) == (("cb7", "cb8"), "")
    assert (package(lock, "mine").source, package(lock, "mine").url) == ("editable", "../mine")
    assert (package(lock, "far").source, package(lock, "far").commit) == ("vcs", "e" * 40)


def test_needed_by_names_each_way_once() -> None:
    needs = {
        "a": {"": [Edge("b", "", "m1"), Edge("c")]},
        "b": {"": [Edge("a"), Edge("c", "x")]},
        "c": {"x": [Edge("d")]},
    }
    found = needed_by({"": [Edge("a")], "dev": [Edge("d", "", "m2"), Edge("e")]}, needs)
    assert {node: tuple(needed) for node, needed in found.items()} == {
        "a": ((), ""), "b": ((), "m1"), "c": ((), ""), "d": ((), "m1"), "e": (("dev",), ""),
    }  # fmt: skip


@pytest.mark.parametrize("steps", [(1,), (1, 2, 3, 5)], ids=["chain", "diamonds"])
def test_conditions_that_pile_up_take_no_time(steps: tuple[int, ...]) -> None:
    """Each need of another marker and in a circle: whole, the ways to all of them are millions of markers."""
    start = time.process_time()
    edges = (
        [Edge(f"p{(at + step) % 2000}", "", f"python_version > '3.{at}.{step}'") for step in steps]
        for at in range(2000)
    )
    needs = {f"p{at}": {"": several} for at, several in enumerate(edges)}
    found = needed_by({"": [Edge("p0")]}, needs)
    assert len(found) == 2000
    assert all(needed.marker for node, needed in found.items() if node != "p0")
    assert time.process_time() - start < 5
    assert max(len(needed.marker) for needed in found.values()) < 10_000


@pytest.mark.parametrize(
    "text",
    [
        UV,
        POETRY,
        PYLOCK,
        "a = 1\nb = 'x'\nc = \"\"\n[t]\nd = true\ne = [1, 2]\nf = {}\ng = []\n[t.u]\n[[v.w]]\nx = {y = {z = [{}]}}\n",
        'conflicts = [[\n    { a = 1 },\n], [\n    { b = "c" },\n]]\nexclude-newer = "x" # why\n',
        "[[p]]\nn = 'a'\n[p.q]\nr = 1\n[[p]]\nn = 'b'\n[p.q]\nr = 2\n",
        'x = [\n    "a",\n\t"b"\n]\n"q.k" = 1\n[a."b.c"]\n',
        "a = 1\r\n[b]\r\nc = 2\r\n",
    ],
)
def test_plain_toml_is_toml(text: str) -> None:
    plain = parse_plain(text)
    assert plain is not None
    assert plain.values == tomllib.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        'a = """x\n"""', "a = 1\na = 2", "[a]\n[a]", "a.b = 1", "a = 01", "a = 1.5", "a = -1", 'a = "\\u0041"',
        "[a]\nb = {c = 1}\n[a.b]",
        "a = []\n[[a]]", "[[a]]\n[a]", "a = [\n1\n2\n]", "a = {b = 1, b = 2}", "a = {b = 1,}", "a = [1",
        "a = [[\n1,\n]",
        "= 1", "a = 'x' y",
        "a = 1\r", "[a", "[[a]", "a = nan", "a = ''''''", "a = [\n  # c\n  1,\n]", "a = 2025-13-45T99:00:00Z", "x",
    ],
)  # fmt: skip
def test_what_is_not_plain_is_left_to_the_whole_parser(text: str) -> None:
    assert parse_plain(text) is None


def test_lines_are_told_for_what_the_whole_parser_reads() -> None:
    text = 'a = """\n[[x]]"""\n'
    assert parse(text + "[[package]]\nn = 1\n[[package]]\n").tables("package") == [(3, {"n": 1}), (5, {})]


def test_a_marker_of_any_lock_can_be_judged(tmp_path: Path) -> None:
    found = look(write(tmp_path, {"uv.lock": UV, "poetry.lock": POETRY, "pylock.toml": PYLOCK}))
    markers = [locked.marker for lock in found.files for locked in lock.packages if locked.marker]
    assert len(markers) >= 3
    for marker in markers:
        Marker(marker).evaluate()
