"""What stands around a project's specifications: Python versions, containers, editors, the baseline."""

from __future__ import annotations

from pathlib import Path

import pytest

from doctor.collect import project as collector
from doctor.compare.as_json import dump
from doctor.facts import Facts
from doctor.facts.fingerprint import Fingerprint
from doctor.facts.project import EditorInterpreter, HostWish, Policy, Project, PythonWish
from doctor.reading.repository.python_versions import of_conda, specifier_of
from doctor.target.environment import Environment, Request


def look(root: Path, files: dict[str, str], policy: Policy | None = None) -> Project:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return collector.read(
        Request(Environment(root / ".venv", "venv"), project=root, policy=policy or Policy()), Facts()
    )


@pytest.mark.parametrize(
    ("text", "specifier"),
    [
        ("3.11", "==3.11.*"),
        ("3", "==3.*"),
        ("3.11.4", "==3.11.4"),
        ("3.13.0rc1", "==3.13.0rc1"),
        ("3.14-dev", "==3.14.*"),
        ("3.13t", "==3.13.*"),
        ("cpython-3.11.4-linux-x86_64-gnu", "==3.11.4"),
        ("cpython@3.12", "==3.12.*"),
        (">=3.11,<3.13", ">=3.11,<3.13"),
        ("pypy3.10-7.3.12", ""),
        ("system", ""),
        ("latest", ""),
        ("miniconda3-latest", ""),
        ("my-virtualenv", ""),
        ("3.11.x", ""),
        ("", ""),
    ],
)
def test_versions_as_version_managers_write_them(text: str, specifier: str) -> None:
    assert specifier_of(text) == specifier


@pytest.mark.parametrize(
    ("spec", "specifier"),
    [
        ("=3.11", "==3.11.*"),
        ("3.11.*", "==3.11.*"),
        ("3.12*", "==3.12.*"),
        ("3.1*", ""),
        ("==3.11.4", "==3.11.4"),
        ("3.11.4", "==3.11.4"),
        (">=3.10,<3.13", ">=3.10,<3.13"),
        (">=3.10, !=3.11.*", ">=3.10,!=3.11.*"),
        ("3.10|3.11", ""),
        ("{{ python }}", ""),
    ],
)
def test_pythons_of_conda_in_other_words(spec: str, specifier: str) -> None:
    assert of_conda(spec) == specifier


def test_every_place_that_names_a_python(tmp_path: Path) -> None:
    found = look(
        tmp_path,
        {
            ".python-version": "# ours\n3.11.4  # newest\n3.10.2\n",
            ".tool-versions": "nodejs 20.1.0\npython 3.11.4 3.10.2 system\n",
            "mise.toml": '[env]\nX = "1"\n[tools]\npython = ["3.11", "3.12"]\n',
            "runtime.txt": "python-3.11.4\n",
            "environment.yml": "dependencies:\n  - numpy\n  - python=3.11\n",
            "pyproject.toml": '[project]\nname = "demo"\nrequires-python = ">=3.10"\n',
            "pixi.toml": (
                '[workspace]\nchannels = []\n[feature.old.dependencies]\npython = "3.8.*"\n'
                '[target.win-64.dependencies]\npython = "3.9.*"\n'
            ),
            "tool.py": '# /// script\n# requires-python = ">=3.12"\n# ///\n',
            "Dockerfile": "FROM python:3.9-slim\nRUN pip install numpy\n",
        },
    )
    assert found.problems == ()
    assert found.pythons == (
        PythonWish("==3.11.4", "3.11.4", ".python-version", 2),
        PythonWish("==3.11.4", "3.11.4", ".tool-versions", 2),
        PythonWish("==3.11.*", "3.11", "mise.toml", 4),
        PythonWish("==3.11.4", "3.11.4", "runtime.txt", 1),
        PythonWish("==3.11.*", "python=3.11", "environment.yml", 3),
        PythonWish(">=3.10", ">=3.10", "pyproject.toml", 3),
        PythonWish(">=3.12", ">=3.12", "tool.py", 2),
    )


DOCKERFILE = r"""# syntax=docker/dockerfile:1
ARG BASE=3.11
FROM --platform=linux/amd64 python:3.11-slim@sha256:00 AS build
FROM nvidia/cuda:12.2-base AS final
COPY --from=build /x /x
ENV OMP_NUM_THREADS=4 HF_TOKEN=hf_0123456789abcdefghij \
    PYTHONHASHSEED="0"
RUN apt-get update && apt-get install -y --no-install-recommends \
    # the compiler
    gcc=4:12 \
    libopenblas-dev; rm -rf /var/lib/apt/lists/*
RUN --mount=type=cache,target=/root/.cache pip install --no-cache-dir -U \
    "numpy>=1.26,<3" \
    -r requirements.txt --index-url https://u:SECRET@example.org/simple \
    git+https://token:SECRET@example.org/lab.git#egg=lab \
    'pandas[excel]==2.*' > /dev/null # rich is not wanted
RUN ["python", "-m", "pip", "install", "attrs"]
RUN bash -lc "mamba create -qyn x -c conda-forge -c https://example.org/t/SECRET/lab scipy=1.11 && uv pip install rich"
RUN conda run -n base pip install tqdm && pip uninstall -y wheel && pip install torch==${TORCH}
RUN <<EOF
uv add polars
pip3 install \
  httpx
EOF
RUN echo pip install nothing
FROM build
"""


def test_dockerfile(tmp_path: Path) -> None:
    found = look(tmp_path, {"Dockerfile": DOCKERFILE})
    assert found.problems == ()
    assert "SECRET" not in repr(found)
    assert "hf_0123" not in repr(found)
    assert found.host == (
        HostWish("image", "python:3.11-slim@sha256:00", 0.0, "Dockerfile", 3),
        HostWish("image", "nvidia/cuda:12.2-base", 0.0, "Dockerfile", 4),
    )
    (image,) = found.specifications
    assert image.kind == "Dockerfile"
    assert image.channels == ("conda-forge", "https://example.org/t/***/lab")
    assert image.channel_lines == (18, 18)
    assert [(a.name, a.manager, a.line, a.specifier) for a in image.asked] == [
        ("gcc", "apt", 10, "4:12"),
        ("libopenblas-dev", "apt", 11, ""),
        ("numpy", "pip", 13, ">=1.26,<3"),
        ("lab", "pip", 15, ""),
        ("pandas", "pip", 16, "==2.*"),
        ("attrs", "pip", 17, ""),
        ("scipy", "conda", 18, "=1.11"),
        ("rich", "pip", 18, ""),
        ("tqdm", "pip", 19, ""),
        ("torch", "pip", 19, ""),
        ("polars", "pip", 21, ""),
        ("httpx", "pip", 23, ""),
    ]
    assert {a.group for a in image.asked} == {"image"}
    assert [(v.name, v.value, v.line) for v in image.variables] == [
        ("OMP_NUM_THREADS", "4", 6),
        ("PYTHONHASHSEED", "0", 7),
    ]
    assert image.requires_python == ""


@pytest.mark.parametrize(
    ("image", "python"),
    [
        ("python:3.11-slim", "==3.11.*"),
        ("docker.io/library/python:3.11.4", "==3.11.4"),
        ("mcr.microsoft.com/devcontainers/python:1-3.11-bookworm", "==3.11.*"),
        ("mcr.microsoft.com/devcontainers/python:3.12", "==3.12.*"),
        ("python:3", ""),
        ("python:${VERSION}", ""),
        ("ubuntu:22.04", ""),
    ],
)
def test_the_python_of_an_image(tmp_path: Path, image: str, python: str) -> None:
    (found,) = look(tmp_path, {"Dockerfile": f"FROM {image}\nRUN pip install rich\n"}).specifications
    assert found.requires_python == python


def test_a_dockerfile_that_installs_nothing_is_no_specification(tmp_path: Path) -> None:
    found = look(tmp_path, {"Dockerfile": "FROM ubuntu\nCOPY . .\n", "Dockerfile.dockerignore": "FROM x\n"})
    assert found.specifications == ()
    assert [wish.text for wish in found.host] == ["ubuntu"]


def test_dev_container(tmp_path: Path) -> None:
    text = """{
  // "hostRequirements": {"cpus": 64},
  "image": "mcr.microsoft.com/devcontainers/python:1-3.11",
  "hostRequirements": {
    "cpus": 4, /* of them */
    "memory": "8gb",
    "storage": "32GB",
  },
  "containerEnv": {"OMP_NUM_THREADS": "4", "MY_SECRET": "hunter2hunter2"},
  "postCreateCommand": {
    "first": "pip install --user -r requirements.txt rich",
    "second": ["conda", "install", "-y", "scipy >=1.11"],
  },
}
"""
    path = ".devcontainer/devcontainer.json"
    found = look(tmp_path, {path: text, ".devcontainer/README.md": ""})
    assert found.problems == ()
    assert found.host == (
        HostWish("image", "mcr.microsoft.com/devcontainers/python:1-3.11", 0.0, path, 3),
        HostWish("cpus", "4", 4.0, path, 5),
        HostWish("memory", "8gb", 8.0 * 2**30, path, 6),
        HostWish("storage", "32GB", 32.0 * 2**30, path, 7),
    )
    (container,) = found.specifications
    assert (container.kind, container.requires_python) == ("devcontainer.json", "==3.11.*")
    assert [(a.name, a.manager, a.line, a.specifier) for a in container.asked] == [
        ("rich", "pip", 10, ""),
        ("scipy", "conda", 10, ">=1.11"),
    ]
    assert [(v.name, v.value) for v in container.variables] == [("OMP_NUM_THREADS", "4")]


@pytest.mark.parametrize("host", ['{"cpus": true, "memory": 0.5}', '{"cpus": -1, "memory": "lots"}', "[]", '"x"'])
def test_host_requirements_that_say_nothing(tmp_path: Path, host: str) -> None:
    assert look(tmp_path, {".devcontainer.json": f'{{"hostRequirements": {host}}}'}).host == ()


def test_editors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    settings = '{\n  /* ours\n  */\n  "python.defaultInterpreterPath": "${workspaceFolder}/.venv/bin/python",\n}\n'
    workspace = '{"folders": [],\n "settings": {"python.pythonPath": "/home/ada/env/bin/python"}}\n'
    found = look(
        tmp_path / "p", {".vscode/settings.json": settings, "demo.code-workspace": workspace, ".venv/bin/python": ""}
    )
    assert found.editors == (
        EditorInterpreter("${workspaceFolder}/.venv/bin/python", ".vscode/settings.json", 4, True),
        EditorInterpreter("~/env/bin/python", "demo.code-workspace", 2, False),
    )


@pytest.mark.parametrize(
    ("written", "exists"),
    [
        (".venv/bin/python", False),
        ("./.venv", False),
        ("~/env/bin/python", True),
        ("${env:HOME}/env/bin/python", True),
        ("${env:CONDA_PREFIX}/bin/python", None),
        ("python3", None),
        (".venv\\\\Scripts\\\\python.exe", None),
        ("C:/Python311/python.exe", None),
    ],
)
def test_whether_an_editors_interpreter_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, exists: bool | None
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home/env/bin").mkdir(parents=True)
    (tmp_path / "home/env/bin/python").touch()
    text = f'{{"python.defaultInterpreterPath": "{written}"}}'
    (found,) = look(tmp_path / "p", {".vscode/settings.json": text}).editors
    assert found.exists is exists


def test_the_baseline(tmp_path: Path) -> None:
    fingerprint = Fingerprint(envdoctor="0.1", name="demo", kind="venv")
    found = look(tmp_path, {".envdoctor/baseline.json": dump(fingerprint)})
    assert (found.baseline, found.baseline_path) == (fingerprint, ".envdoctor/baseline.json")
    found = look(tmp_path, {"ci/numbers.json": dump(fingerprint)}, Policy(baseline="ci/numbers.json"))
    assert (found.baseline, found.baseline_path) == (fingerprint, "ci/numbers.json")


@pytest.mark.parametrize("text", ["{", "[]", '{"schema_version": 99, "fingerprint": {}}', "\x00", "[" * 100_000])
def test_a_baseline_that_is_none(tmp_path: Path, text: str) -> None:
    found = look(tmp_path, {".envdoctor/baseline.json": text})
    assert (found.baseline, found.baseline_path) == (None, "")
    assert [problem.path for problem in found.problems] == [".envdoctor/baseline.json"]


def test_a_baseline_that_is_missing_counts_where_it_was_named(tmp_path: Path) -> None:
    assert look(tmp_path, {"a.py": ""}).problems == ()
    (problem,) = look(tmp_path, {}, Policy(baseline="ci/numbers.json")).problems
    assert problem.path == "ci/numbers.json"
    assert "[tool.envdoctor] names it" in problem.reason
