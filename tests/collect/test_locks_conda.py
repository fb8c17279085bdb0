"""Locks of conda packages: pixi.lock, conda-lock.yml, explicit lists; and locks that mean harm."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from doctor.facts.serialise import whole
from doctor.reading.clean import is_clean
from doctor.reading.files import Unfit
from doctor.reading.repository.locks import conda_lock, pixi_lock, plain_yaml
from tests.collect.test_locks import PYLOCK, UV, look, only, package, write
from tests.patients.hostile import BIDI, ESCAPES

SHA, MD5 = "ab" * 32, "cd" * 16
FORGE = "https://conda.anaconda.org/conda-forge"

PIXI = f"""\
version: 6
environments:
  default:
    channels:
    - url: {FORGE}/
    indexes:
    - https://pypi.org/simple
    options:
      pypi-prerelease-mode: if-necessary-or-explicit
    packages:
      linux-64:
      - conda: {FORGE}/linux-64/python-3.12.1-hab00c5b_1_cpython.conda
      - conda: {FORGE}/noarch/tzdata-2024a-h0c530f3_0.conda
      - conda: native
      - pypi: https://files.example/packages/aa/rich-13.7.1-py3-none-any.whl
      - pypi: ./
      osx-arm64:
      - conda: {FORGE}/noarch/tzdata-2024a-h0c530f3_0.conda
  test:
    channels:
    - url: https://host.example/t/tk-hunter2/private/
    packages:
      linux-64:
      - conda: https://host.example/t/tk-hunter2/private/linux-64/blas-2.0-mkl.conda
packages:
- conda: https://host.example/t/tk-hunter2/private/linux-64/blas-2.0-mkl.conda
  sha256: {SHA}
  md5: {MD5}
  depends:
  - libblas   3.11.0   8*_mkl
  - python
  track_features:
  - blas_mkl
  license: 'MIT: or so'
  run_exports:
    weak:
    - libblas >=3
  size: 12
- conda: {FORGE}/linux-64/python-3.12.1-hab00c5b_1_cpython.conda
  build_number: 1
  md5: {MD5}
  purls: []
- conda: {FORGE}/noarch/tzdata-2024a-h0c530f3_0.conda
  sha256: {SHA}
  license: LicenseRef-Public-Domain
- conda: native
  name: native
  version: 0.1.0
  build: h123_0
  subdir: linux-64
  variants:
    target_platform: linux-64
- pypi: https://files.example/packages/aa/rich-13.7.1-py3-none-any.whl
  name: rich
  version: 13.7.1
  sha256: {SHA}
  requires_dist:
  - ipywidgets>=7.5.1,<9 ; extra == 'jupyter'
  requires_python: '>=3.7.0'
- pypi: ./
  name: Demo_Project
  version: 0.1.0
  sha256: {SHA}
  editable: true
"""
PIXI_TOML = """\
[workspace]
channels = ["conda-forge"]
platforms = ["linux-64", "osx-arm64"]
[dependencies]
python = ">=3.11"
windows-only = { version = "*", when = "__win" }
[target.win-64.dependencies]
colorama = "*"
[pypi-dependencies]
rich = ">=13"
demo-project = { path = ".", editable = true }
[feature.unused.dependencies]
ruff = "*"
[feature.test.dependencies]
blas = "*"
[environments]
test = { features = ["test"], no-default-feature = true }
"""


def test_pixi_tells_environments_and_platforms(tmp_path: Path) -> None:
    lock = only(write(tmp_path, {"pixi.lock": PIXI, "pixi.toml": PIXI_TOML}))
    assert (lock.kind, lock.platforms, lock.environments) == (
        "pixi.lock",
        ("linux-64", "osx-arm64"),
        ("default", "test"),
    )
    assert (lock.stale, lock.requires_python, lock.written_by) == ("", "==3.12.1", "pixi (format 6)")
    python = package(lock, "python")
    assert (python.version, python.build, python.channel, python.platform, python.manager) == (
        "3.12.1", "hab00c5b_1_cpython", "conda-forge", "linux-64", "conda",
    )  # fmt: skip
    assert (python.digest, python.groups) == (f"md5={MD5}", ("default",))
    assert PIXI.splitlines()[python.line - 1].startswith("- conda: ")
    assert "python-3.12.1" in PIXI.splitlines()[python.line - 1]
    assert package(lock, "tzdata").platform == ""  # on every platform
    blas = package(lock, "blas")
    assert (blas.groups, blas.url) == (("test",), "https://host.example/t/***/private/linux-64/blas-2.0-mkl.conda")
    assert package(lock, "native").source == "path"
    rich = package(lock, "rich")
    assert (rich.manager, rich.wheels, rich.source) == ("pip", ("rich-13.7.1-py3-none-any.whl",), "index")
    assert package(lock, "demo-project").source == "editable"
    assert "hunter2" not in repr(lock)


@pytest.mark.parametrize("version", [4, 5, 6, 7])
def test_pixi_by_lines_is_what_a_whole_parser_reads(tmp_path: Path, version: int) -> None:
    text = PIXI.replace("version: 6", f"version: {version}", 1)
    if version < 6:
        text = text.replace("\n- conda: h", "\n- kind: conda\n  url: h").replace(
            "\n- pypi: h", "\n- kind: pypi\n  url: h"
        )
        text = text.replace("\n- pypi: ./", "\n- kind: pypi\n  path: ./")
    plain = pixi_lock._plain("pixi.lock", text)
    assert plain is not None
    assert len(plain.packages) == 6
    assert plain == pixi_lock._whole("pixi.lock", text)
    reformatted = text.replace("  depends:\n", "  depends:   # why\n")
    assert pixi_lock._plain("pixi.lock", reformatted) is None
    assert pixi_lock.read(tmp_path, "pixi.lock", reformatted).packages == plain.packages


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("[dependencies]\n", "[dependencies]\npolars = '*'\n", "pixi.toml asks for polars"),
        ('"osx-arm64"]', '"win-64"]', "pixi.toml asks for the platform win-64"),
        ("blas =", "mkl =", "pixi.toml asks for mkl"),
        ("[dependencies]\n", "[dependencies]\npolars = {version = '1', when = '__cuda'}\n", ""),
        ("[dependencies]\n", "[target.linux-64.dependencies]\npolars = '*'\n[dependencies]\n", ""),
        ("ruff =", "pytest =", ""),
    ],
)
def test_pixi_is_stale_only_where_that_is_certain(tmp_path: Path, old: str, new: str, why: str) -> None:
    stale = only(write(tmp_path, {"pixi.lock": PIXI, "pixi.toml": PIXI_TOML.replace(old, new)})).stale
    assert stale.startswith(why)
    assert bool(stale) is bool(why)


def _conda_package(name: str, manager: str, platform: str, url: str, category: str = "main") -> str:
    return (
        f"- name: {name}\n  version: '1.0'\n  manager: {manager}\n  platform: {platform}\n"
        f"  dependencies:\n    python: '>=3.9,<4'\n    hash: ''\n  url: {url}\n"
        f"  hash:\n    md5: {MD5}\n    sha256: {SHA}\n  category: {category}\n  optional: false\n"
    )


CONDA_LOCK = (
    "# This lock file was generated by conda-lock\nversion: 1\nmetadata:\n  content_hash:\n"
    f"    linux-64: {SHA}\n  channels:\n  - url: conda-forge\n    used_env_vars: []\n"
    "  platforms:\n  - linux-64\n  sources:\n  - ../environment.yml\npackage:\n"
    + _conda_package("numpy", "conda", "linux-64", f"{FORGE}/linux-64/numpy-1.0-py312_0.conda", "dev")
    + _conda_package("numpy", "conda", "linux-64", f"{FORGE}/linux-64/numpy-1.0-py312_0.conda", "docs")
    + _conda_package("numpy", "conda", "osx-64", f"{FORGE}/osx-64/numpy-1.0-py312_0.conda")
    + _conda_package("Umap_Learn", "pip", "linux-64", "https://u:hunter2@pip.example/umap_learn-1.0-py3-none-any.whl")
)


def test_conda_lock(tmp_path: Path) -> None:
    environment = "dependencies:\n- conda-forge::numpy>=1\n- nonlinux  # [win]\n- __cuda\n- pip:\n  - elsewhere\n"
    write(tmp_path, {"conda/conda-lock.yml": CONDA_LOCK, "environment.yml": environment})
    lock = only(tmp_path)
    assert (lock.path, lock.platforms, lock.environments) == (
        "conda/conda-lock.yml",
        ("linux-64", "osx-64"),
        ("dev", "docs"),
    )
    assert (lock.stale, lock.content_hash) == ("", f"linux-64:sha256={SHA}")
    assert lock.sources == ("environment.yml",), "relative to the project, where the lock says it from its own folder"
    for odd in ("../../out.yml", "/etc/env.yml", "~/env.yml", "https://u:hunter2@host.example/env.yml"):
        assert conda_lock.read(tmp_path, "conda/a.yml", CONDA_LOCK.replace("../environment.yml", odd)).sources == ()
    linux, osx = [locked for locked in lock.packages if locked.name == "numpy"]
    assert (linux.groups, linux.platform, linux.build, linux.digest) == (
        ("dev", "docs"),
        "linux-64",
        "py312_0",
        f"sha256={SHA}",
    )
    assert (osx.groups, osx.platform) == ((), "osx-64")
    assert CONDA_LOCK.splitlines()[osx.line - 1] == "- name: numpy"
    assert package(lock, "umap-learn").wheels == ("umap_learn-1.0-py3-none-any.whl",)
    assert "hunter2" not in repr(lock)
    indented = "\n".join(f"  {line}" if n > CONDA_LOCK[: CONDA_LOCK.index("package:\n")].count("\n") else line
                         for n, line in enumerate(CONDA_LOCK.split("\n"))).rstrip(" ")  # fmt: skip
    assert conda_lock.read(tmp_path, "conda/conda-lock.yml", indented).packages == lock.packages
    commented = CONDA_LOCK.replace("  optional: false\n", "  optional: false # no\n")
    assert conda_lock.read(tmp_path, "conda/conda-lock.yml", commented).packages == lock.packages
    write(tmp_path, {"environment.yml": environment.replace("numpy>=1", "polars")})
    assert only(tmp_path).stale == "environment.yml asks for polars, which it does not hold"


def test_explicit_lists(tmp_path: Path) -> None:
    text = (
        "# This file may be used to create an environment using:\n# platform: linux-64\n"
        "# created-by: conda 25.1\n@EXPLICIT\n"
        f"{FORGE}/linux-64/python-3.12.1-hab_1_cpython.conda#{MD5}\n{FORGE}/noarch/pip-24.0-pyh_0.tar.bz2#sha256:{SHA}\n"
        "https://u:hunter2@host.example/t/tk-hunter2/own/linux-64/mine-1.0-0.conda\n"
        f"# pip rich @ https://files.example/rich-13.7.1-py3-none-any.whl --hash=sha256:{SHA}\n"
    )
    lock = only(write(tmp_path, {"spec.txt": text, "notes.txt": "how to use @EXPLICIT lists\n", "other.lock": "{}"}))
    assert (lock.path, lock.kind, lock.platforms, lock.written_by) == (
        "spec.txt",
        "explicit",
        ("linux-64",),
        "conda 25.1",
    )
    assert {locked.platform for locked in lock.packages} == {"linux-64"}
    assert (package(lock, "python").digest, package(lock, "python").line) == (f"md5={MD5}", 5)
    assert package(lock, "pip").digest == f"sha256={SHA}"
    assert (package(lock, "rich").version, package(lock, "rich").manager) == ("13.7.1", "pip")
    assert "hunter2" not in repr(lock)
    bare = only(write(tmp_path / "bare", {"conda-osx-arm64.lock": f"@EXPLICIT\n{FORGE}/osx-arm64/xz-5.2-0.conda\n"}))
    assert bare.platforms == ("osx-arm64",)


WRONG = ("[]", "1", "null", "'x'", "true", "[[1]]", "[{}]", "{}")


def _fields(names: str) -> str:
    return "".join(f"{name} = {{0}}\n" for name in names.split())


SHAPES = {
    "uv.lock": f"version = 1\n[[package]]\n{_fields('name')}[[package]]\nname = 'x'\n"
    + _fields("version source wheels sdist dependencies resolution-markers optional-dependencies metadata"),
    "poetry.lock": f"{_fields('extras')}[[package]]\nname = 'x'\n"
    + _fields("version files groups markers dependencies extras source category")
    + f"[metadata]\n{_fields('content-hash files')}",
    "pdm.lock": "[[package]]\nname = 'x'\n"
    + _fields("version files groups marker dependencies git")
    + f"[metadata]\nlock_version = '4.5'\n{_fields('targets groups content_hash')}",
    "pylock.toml": f"lock-version = '1.0'\n{_fields('extras requires-python')}[[packages]]\nname = 'x'\n"
    + _fields("version marker wheels sdist archive vcs directory"),
    "Pipfile.lock": '{{"_meta": {{"hash": {0}, "requires": {0}}}, "z": {0}, '
    '"default": {{"x": {0}, "y": {{"version": {0}, "hashes": {0}}}}}}}',
    "pixi.lock": "version: 6\nenvironments: {{default: {{packages: {{linux-64: {0}}}}}, b: {0}}}\n"
    "packages: [{0}, {{conda: {0}}}, {{pypi: {0}}}]\n",
    "conda-lock.yml": "version: 1\nmetadata: {0}\n"
    "package: [{0}, {{name: {0}}}, {{name: x, version: {0}, url: {0}, hash: {0}}}]\n",
}


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("value", WRONG)
def test_wrong_types_everywhere_are_survived(tmp_path: Path, name: str, value: str) -> None:
    if name.endswith((".lock", ".toml")) and name not in ("Pipfile.lock", "pixi.lock"):
        value = {"null": "0", "[{}]": "[{}]"}.get(value, value)
    if name == "Pipfile.lock":
        value = value.replace("'", '"')
    manifest = "[project]\nname = []\ndependencies = 3\n[tool.poetry]\ngroup = 1\n[dependency-groups]\na = 7\n"
    write(tmp_path, {name: SHAPES[name].format(value), "pyproject.toml": manifest, "Pipfile": "packages = 1\n"})
    found = look(tmp_path)
    assert len(found.files) + len(found.problems) == 1
    assert not [text for text in _texts(whole(found)) if not isinstance(text, str)]


def test_files_that_are_no_files_and_files_that_are_too_much(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "uv.lock")
    (tmp_path / "poetry.lock").mkdir()
    (tmp_path / "pdm.lock").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "data.txt")
    with (tmp_path / "pixi.lock").open("wb") as file:
        file.truncate(1 << 30)
    with (tmp_path / "huge.txt").open("wb") as file:
        file.truncate(1 << 30)
    (tmp_path / "Pipfile.lock").write_text('{"a": ' + "[" * 100_000)
    (tmp_path / "pylock.toml").write_text("a = " + "[" * 100_000)
    (tmp_path / "conda-lock.yml").write_text("a: " + "[" * 100_000)
    write(tmp_path, {"a.conda-lock.yml": "a: &a [x, x]\nb: &b [*a, *a]\n" + "".join(
        f"c{n}: &c{n} [{', '.join([f'*c{n - 1}' if n else '*b'] * 9)}]\n" for n in range(12))})  # fmt: skip
    start = time.perf_counter()
    found = look(tmp_path)
    assert time.perf_counter() - start < 10
    assert not found.files
    assert {problem.path for problem in found.problems} == {
        "uv.lock", "poetry.lock", "pdm.lock", "pixi.lock", "Pipfile.lock", "pylock.toml", "conda-lock.yml",
        "a.conda-lock.yml",
    }  # fmt: skip


def test_nothing_that_drives_a_terminal_and_no_secret_gets_through(tmp_path: Path) -> None:
    bad = f"{ESCAPES}{BIDI}"
    secret = "https://hunter2:hunter2@h.example/t/hunter2/x?token=hunter2#egg=mine"
    uv = UV.replace("https://git.example/pytest", f"{secret}{bad}").replace('"8.0.0"', '"8.0\\u001b[31m"')
    uv = uv.replace("sys_platform == 'win32'", f"sys_platform == 'a' and {secret}{bad}")
    pylock = PYLOCK.replace('"pdm"', '"pdm\\u202e token=hunter2"').replace("../mine", secret)
    json_lock = (
        '{"_meta": {}, "default": {"x\\u001b": {}, "y": {"version": "==1\\u001b", "git": "%s", "markers": "\\u202e"}}}'
    )
    conda = CONDA_LOCK.replace("'1.0'", f"'1 {secret}'").replace("conda-forge/linux-64/numpy", f"{secret}{bad}/numpy")
    pixi = PIXI.replace("- pypi: ./", f"- pypi: git+{secret}").replace("native", f"na{bad}").replace("0.1.0", secret)
    files = {
        "uv.lock": uv,
        "pylock.toml": pylock,
        "Pipfile.lock": json_lock % secret,
        "conda-lock.yml": conda,
        "pixi.lock": pixi,
    }
    found = look(write(tmp_path, files))
    assert len(found.files) + len(found.problems) == 5
    assert len(found.files) >= 4
    texts = _texts(whole(found))
    assert [text for text in texts if not is_clean(text) or "hunter2" in text] == []


def test_a_package_said_twice_and_a_format_of_tomorrow(tmp_path: Path) -> None:
    twice = UV + UV[UV.index('[[package]]\nname = "colorama"') :]
    assert len(only(write(tmp_path / "a", {"uv.lock": twice})).packages) == 6
    newer = {
        "uv.lock": "version = 2\n", "poetry.lock": '[metadata]\nlock-version = "3.0"\n', "pixi.lock": "version: 8\n",
        "pdm.lock": '[metadata]\nlock_version = "5.0"\n', "pylock.toml": 'lock-version = "2.0"\n',
        "conda-lock.yml": "version: 2\npackage: []\n",
    }  # fmt: skip
    found = look(write(tmp_path / "b", newer))
    assert not found.files
    assert len(found.problems) == 6
    assert all("is the newest that is known" in problem.reason for problem in found.problems)


def test_what_is_not_plain_has_a_limit() -> None:
    with pytest.raises(Unfit, match="not in the form"):
        plain_yaml.whole("a: &x 1\n" + "# comment\n" * 500_000)


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return [value] if isinstance(value, str) else []
