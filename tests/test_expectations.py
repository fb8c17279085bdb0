"""What a repository asks for, read from real files: with its places, its conflicts, its manager, and who meets it."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path

import pytest

from doctor.collect import locks, project
from doctor.facts import Facts
from doctor.facts.build import distribution, environment, record
from doctor.judgement.expectations import Expectations, expectations_of
from doctor.judgement.expectations.meeting import meets
from doctor.judgement.expectations.ranges import Range, as_pep440, exact, in_common
from doctor.reading.repository.policy import read_policy
from doctor.target.environment import Environment, Request

PYPROJECT = """\
[project]
name = "shop"
version = "1"
requires-python = ">=3.10"
dependencies = ["numpy>=2", "pandas"]
[project.optional-dependencies]
old = ["numpy<2"]
"""


def facts_of(folder: Path, files: Mapping[str, str], **more: object) -> Facts:
    """Facts of an environment inside a repository with these files."""
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text))
    request = Request(Environment(folder / ".venv", "venv"), folder, read_policy(folder), home=folder / "home")
    bare = environment(identity={"prefix": f"{folder}/.venv"}, **more)  # type: ignore[arg-type]
    return bare._replace(project=project.read(request, bare), locks=locks.read(request, bare))


def wishes(folder: Path, files: Mapping[str, str], **more: object) -> Expectations:
    return expectations_of(facts_of(folder, files, **more))


def conflicts(folder: Path, files: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """(subject, place, place) of each conflict."""
    return [(c.subject, c.first.place, c.second.place) for c in wishes(folder, files).conflicts]


def test_each_wish_stands_with_its_place_and_the_most_binding_first(tmp_path: Path) -> None:
    policy = '\n[tool.envdoctor]\npython = ">=3.11"\npackages = ["scipy>=1.10"]\nblas = "openblas"\n'
    files = {
        "pyproject.toml": PYPROJECT + policy,
        ".python-version": "3.11\n",
        "requirements-dev.txt": "pytest\n",
        ".vscode/settings.json": '{\n  "python.defaultInterpreterPath": "${workspaceFolder}/.venv/bin/python"\n}\n',
    }
    found = wishes(tmp_path, files)
    assert [(w.place, w.value, w.strength) for w in found.of("python")] == [
        ("pyproject.toml", ">=3.11", "policy"),
        (".python-version:1", "==3.11.*", "specification"),
        ("pyproject.toml:4", ">=3.10", "specification"),
    ]
    packages = {(w.name, w.group): w.place for w in found.of("package")}
    assert packages[("numpy", "")] == "pyproject.toml:5"
    assert packages[("numpy", "old")] == "pyproject.toml:7"
    assert packages[("pytest", "dev")] == "requirements-dev.txt:1"
    assert [w.strength for w in found.of("package") if w.name == "scipy"] == ["policy"]
    assert [w.name for w in found.of("blas")] == ["openblas"]
    assert set(found.python.split(",")) == {">=3.11", "==3.11.*"}, "what a more binding place implies is left out"
    assert found.conflicts == (), "groups of one file may exclude each other"


CONFLICTS = {
    "a package": (
        {"pyproject.toml": PYPROJECT, "requirements.txt": "# pins\nnumpy==1.26.4\n"},
        [("numpy", "pyproject.toml:5", "requirements.txt:2")],
    ),
    "conda's and pip's name": (
        {
            "environment.yml": "name: x\ndependencies:\n  - pytorch=2.4\n",
            "requirements.txt": "torch==2.6.0\n",
        },
        [("torch", "environment.yml:3", "requirements.txt:1")],
    ),
    "the pip section of the same file": (
        {"environment.yml": "name: x\ndependencies:\n  - numpy=1.26\n  - pip:\n      - numpy>=2\n"},
        [("numpy", "environment.yml:3", "environment.yml:5")],
    ),
    "Python": (
        {"pyproject.toml": PYPROJECT, ".python-version": "3.9.18\n"},
        [("python", ".python-version:1", "pyproject.toml:4")],
    ),
    "Python of conda": (
        {"environment.yml": "name: x\ndependencies:\n  - python=3.9\n", ".python-version": "3.12\n"},
        [("python", ".python-version:1", "environment.yml:3")],
    ),
    "channels": (
        {
            "environment.yml": "name: x\nchannels: [conda-forge, bioconda]\ndependencies: []\n",
            "pixi.toml": '[workspace]\nname = "x"\nchannels = ["bioconda", "conda-forge"]\nplatforms = ["linux-64"]\n',
        },
        [("channel", "environment.yml:2", "pixi.toml:3")],
    ),
    "a constraint": (
        {"requirements.txt": "numpy>=2\n-c constraints.txt\n", "constraints.txt": "numpy<2\n"},
        [("numpy", "requirements.txt:1", "constraints.txt:1")],
    ),
    "a lock that lacks a package": (
        {
            "Pipfile": '[packages]\nnumpy = ">=2"\nrich = "*"\n',
            "Pipfile.lock": '{"_meta": {"pipfile-spec": 6}, "default": {"numpy": {"version": "==2.1.0"}}}\n',
        },
        [("lock", "Pipfile.lock", "Pipfile:3")],
    ),
    "a variable": (
        {
            "environment.yml": "name: x\ndependencies: []\nvariables:\n  OMP_NUM_THREADS: 4\n",
            "pyproject.toml": '[tool.envdoctor]\nvariables = { OMP_NUM_THREADS = "1" }\n',
        },
        [("OMP_NUM_THREADS", "pyproject.toml", "environment.yml:4")],
    ),
    "a GPU": (
        {
            "pixi.toml": '[workspace]\nname = "x"\nchannels = []\nplatforms = []\n[system-requirements]\ncuda = "12"\n',
            "pyproject.toml": "[tool.envdoctor]\ngpu = false\n",
        },
        [("gpu", "pyproject.toml", "pixi.toml:6")],
    ),
    "an editor": (
        {".vscode/settings.json": '{"python.defaultInterpreterPath": "${workspaceFolder}/old/bin/python"}'},
        [("environment", ".vscode/settings.json:1", ".venv")],
    ),
}


@pytest.mark.parametrize(("files", "told"), CONFLICTS.values(), ids=CONFLICTS.keys())
def test_two_places_that_cannot_both_be_met(
    tmp_path: Path, files: dict[str, str], told: list[tuple[str, str, str]]
) -> None:
    assert conflicts(tmp_path, files) == told


PEACE = {
    "a pin within a range": {"pyproject.toml": PYPROJECT, "requirements.txt": "numpy==2.1.0\npandas==2.2.3\n"},
    "files of a matrix": {
        "pyproject.toml": PYPROJECT,
        "requirements-py38.txt": "numpy==1.24.4\n",
        "requirements/oldest.txt": "numpy==1.22\n",
        "environment-cuda.yml": "dependencies:\n  - numpy=1.26\n  - python=3.9\n",
        "environment.yml": "dependencies:\n  - numpy>=2\n",
    },
    "markers": {
        "requirements.txt": 'numpy<2; python_version < "3.10"\nnumpy>=2; python_version >= "3.10"\n',
        "requirements-dev.txt": 'numpy==1.20; sys_platform == "win32"\n',
    },
    "exclusive extras": {
        "pyproject.toml": '[project]\nname = "x"\nversion = "1"\n[project.optional-dependencies]\n'
        'cpu = ["torch==2.5.1"]\ncuda = ["torch==2.6.0"]\n'
    },
    "a script of its own": {
        "pyproject.toml": PYPROJECT,
        "tool.py": '# /// script\n# dependencies = ["numpy<2"]\n# ///\n',
    },
    "a container of its own": {
        "pyproject.toml": PYPROJECT,
        "Dockerfile": "FROM python:3.9\nRUN pip install numpy==1.20\n",
    },
    "versions in another writing": {
        "environment.yml": "dependencies:\n  - numpy=2.1\n  - pip:\n      - numpy==2.1.*\n"
    },
    "an editor of another system": {
        ".vscode/settings.json": '{"python.pythonPath": "${workspaceFolder}\\\\.venv\\\\Scripts\\\\python.exe"}'
    },
    "compiled requirements": {
        "requirements.in": "numpy>=2\n",
        "requirements.txt": "#\n# This file is autogenerated by pip-compile with Python 3.11\n#\nnumpy==2.1.0\n",
    },
}


@pytest.mark.parametrize("files", PEACE.values(), ids=PEACE.keys())
def test_what_only_looks_like_a_conflict(tmp_path: Path, files: dict[str, str]) -> None:
    assert conflicts(tmp_path, files) == []


MANAGERS = {
    "uv": {"pyproject.toml": PYPROJECT, "uv.lock": 'version = 1\nrequires-python = ">=3.10"\n'},
    "pixi": {"pixi.toml": '[workspace]\nname = "x"\nchannels = []\nplatforms = []\n', "requirements.txt": "numpy\n"},
    "conda": {"environment.yml": "dependencies:\n  - numpy\n", "pyproject.toml": PYPROJECT},
    "pipenv": {"Pipfile": '[packages]\nnumpy = "*"\n'},
    "pip": {"requirements.txt": "numpy\n"},
    "poetry": {
        "poetry.lock": '[[package]]\nname = "numpy"\nversion = "2.1.0"\n[metadata]\nlock-version = "2.0"\n',
        "pyproject.toml": '[tool.poetry]\nname = "x"\n[tool.poetry.dependencies]\nnumpy = "*"\n',
    },
}


@pytest.mark.parametrize("name", MANAGERS)
def test_the_manager_that_the_files_ask_for(tmp_path: Path, name: str) -> None:
    wish = wishes(tmp_path, MANAGERS[name]).manager
    assert wish is not None
    assert wish.name == name
    assert wish.path in wish.reason


def test_nothing_is_asked_for_without_a_project() -> None:
    assert expectations_of(environment()) == Expectations()


def test_how_much_of_it_an_environment_meets(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": PYPROJECT,
        "requirements-dev.txt": "pytest\n",
        "requirements.txt": "numpy==2.1.0\nrich\n",
    }
    asked = wishes(tmp_path, files)
    none = meets(asked, environment())
    assert (len(none.met), [w.name for w in none.missing], none.different) == (1, ["numpy", "pandas", "rich"], ())
    some = meets(asked, environment(distributions=(distribution("numpy", "2.3.0"), distribution("pandas", "2.2.3"))))
    assert [w.name for w in some.missing] == ["rich"]
    assert [(u.expectation.place, u.found) for u in some.different] == [("requirements.txt:1", "2.3.0")]
    whole = (distribution("numpy", "2.1.0"), distribution("pandas", "2.2.3"), distribution("rich", "13.9"))
    assert meets(asked, environment(distributions=whole)).share == 1.0
    other = meets(asked, environment(distributions=whole, python="3.9.1"))
    assert [u.found for u in other.different] == ["3.9.1"]


def test_condas_packages_meet_what_pip_asks_for_and_the_other_way_round(tmp_path: Path) -> None:
    asked = wishes(
        tmp_path, {"requirements.txt": "torch>=2\n", "environment.yml": "dependencies:\n  - msgpack-python\n"}
    )
    conda = environment(
        kind="conda", records=(record("pytorch", "2.4.0"),), distributions=(distribution("msgpack", "1"),)
    )
    assert meets(asked, conda).share == 1.0


RANGES = [
    (">=3.9", "==3.12.*", True),
    (">=3.9,<3.12", "==3.12.*", False),
    ("==3.11.*", "==3.11.4", True),
    (">=2", "<2", False),
    (">2", "<2.1", True),
    ("!=2.0", "==2.0", False),
    ("~=1.4", "==1.4.7", True),
    ("==1.26.4", "==1.26.4+cpu", True),
    ("", "==1", True),
    (">=2.0rc1", "<2.1", True),
    ("<=1.26", ">=1.26", True),
    ("<1.26", ">1.25", True),
]


@pytest.mark.parametrize(("one", "other", "shared"), RANGES)
def test_ranges_that_have_a_version_in_common(one: str, other: str, shared: bool) -> None:
    assert in_common(Range(one), Range(other)) is shared
    assert in_common(Range(other), Range(one)) is shared


@pytest.mark.parametrize(
    ("conda", "pip"),
    [("=3.11", "==3.11.*"), ("3.11.*", "==3.11.*"), (">=3.9,<3.12", ">=3.9,<3.12"), ("1.2.3", "==1.2.3"), ("1|2", "")],
)
def test_condas_ranges_in_pips_words(conda: str, pip: str) -> None:
    assert as_pep440(conda) == pip


@pytest.mark.parametrize(
    ("text", "manager", "version"), [("==1.2", "pip", "1.2"), (">=1", "pip", ""), ("=1.2", "conda", "1.2")]
)
def test_exact_versions(text: str, manager: str, version: str) -> None:
    assert exact(text, manager) == version
