"""What each format of a specification asks for, taken apart, with the line of every entry."""

from __future__ import annotations

import importlib
import random
from pathlib import Path

import pytest

from doctor.facts.project import Asked, Specification
from doctor.facts.settings import Variable
from doctor.judgement.requirements import meets
from doctor.reading.repository.specifications import ask, ask_conda, read_specifications
from doctor.reading.repository.specifications.poetry_versions import pep440, python_marker
from doctor.reading.repository.specifications.requirement_files import logical_lines


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def read(root: Path, files: dict[str, str]) -> dict[str, Specification]:
    """The specifications of some files, by kind; none of which may be a problem."""
    found, problems = read_specifications(write(root, files))
    assert problems == ()
    return {specification.kind: specification for specification in found}


def named(specification: Specification) -> dict[str, Asked]:
    return {asked.name: asked for asked in specification.asked}


SHA = "sha256:" + "0f" * 32


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("numpy", {}),
        ("NumPy >= 1.26, < 3", {"specifier": ">=1.26,<3"}),
        ("numpy (>=1.26)", {"specifier": ">=1.26"}),
        ("pandas[excel, HTML]==2.*", {"extras": ("excel", "html"), "specifier": "==2.*"}),
        ("tomli>=2; python_version < '3.11'", {"specifier": ">=2", "marker": "python_version < '3.11'"}),
        (f"attrs==23.1 --hash={SHA} --hash=md5:00", {"specifier": "==23.1", "hashes": (SHA, "md5:00")}),
        ("lab===1.0-odd", {"specifier": "===1.0-odd"}),
        ("torch==2.1+cu121", {"specifier": "==2.1+cu121"}),
        ("broken>=1<2", {}),
        (
            "lab[gui] @ https://example.org/lab-1.0.tar.gz ; os_name == 'posix'",
            {"url": "https://example.org/lab-1.0.tar.gz", "extras": ("gui",), "marker": "os_name == 'posix'"},
        ),
        (
            "lab @ https://u:SECRET@example.org/lab.zip",
            {"text": "lab @ https://***@example.org/lab.zip", "url": "https://***@example.org/lab.zip"},
        ),
        (
            "git+https://example.org/x/lab.git@v1#egg=lab[gui]",
            {"url": "git+https://example.org/x/lab.git@v1#egg=lab[gui]", "extras": ("gui",)},
        ),
        (
            "-e git+ssh://git@example.org/x/lab.git#egg=lab",
            {"url": "git+ssh://git@example.org/x/lab.git#egg=lab", "editable": True},
        ),
        ("./wheels/lab-1.2-py3-none-any.whl", {"url": "./wheels/lab-1.2-py3-none-any.whl", "specifier": "==1.2"}),
    ],
)
def test_a_requirement_taken_apart(line: str, expected: dict[str, object]) -> None:
    asked = ask(line, 7, "dev")
    assert asked is not None
    text = asked.text if "text" not in expected else str(expected["text"])
    assert asked == Asked(text, asked.name, "pip", 7, "dev")._replace(**expected)  # type: ignore[arg-type]


@pytest.mark.parametrize("line", ["-e .", "--index-url https://u:p@example.org", "./local", "???", "-r x.txt", ""])
def test_what_names_no_distribution(line: str) -> None:
    assert ask(line, 1) is None


@pytest.mark.parametrize(
    ("spec", "specifier", "build", "channel"),
    [
        ("numpy", "", "", ""),
        ("numpy=1.26", "=1.26", "", ""),
        ("numpy==1.26.4", "==1.26.4", "", ""),
        ("numpy >=1.26,<3", ">=1.26,<3", "", ""),
        ("numpy=1.26.4=py311h64a7726_0", "1.26.4", "py311h64a7726_0", ""),
        ("numpy 1.26.* py311*", "1.26.*", "py311*", ""),
        ("conda-forge::numpy=1.26", "=1.26", "", "conda-forge"),
        ("conda-forge/linux-64::numpy", "", "", "conda-forge/linux-64"),
        ("numpy[version='>=1.26',build=*openblas*,channel=conda-forge]", ">=1.26", "*openblas*", "conda-forge"),
        ("https://example.org/t/SECRET/lab::numpy>=1", ">=1", "", "https://example.org/t/***/lab"),
        ("numpy={{ version }}", "", "", ""),
    ],
)
def test_a_match_spec_taken_apart(spec: str, specifier: str, build: str, channel: str) -> None:
    asked = ask_conda(spec, 3)
    assert asked is not None
    assert asked.name == "numpy"
    assert asked.channel.startswith(channel)
    assert (asked.specifier, asked.build, bool(asked.channel)) == (specifier, build, bool(channel))
    assert "SECRET" not in repr(asked)


def test_a_package_file_of_conda() -> None:
    asked = ask_conda("https://u:SECRET@example.org/conda-forge/linux-64/numpy-1.26.4-py311_0.conda#0123", 1)
    assert asked is not None
    assert (asked.name, asked.specifier, asked.build) == ("numpy", "==1.26.4", "py311_0")
    assert asked.url == "https://***@example.org/conda-forge/linux-64/numpy-1.26.4-py311_0.conda#0123"


def test_environment_yml_with_everything(tmp_path: Path) -> None:
    text = """\
name: demo
channels: [conda-forge, nodefaults]
platforms:
  - linux-64
  - osx-arm64
dependencies:
  - python=3.11
  - pywin32  # [win]
  - gcc_linux-64  # [linux64]
  - pip
  - pip:
      - -r more/base.txt
      - -c limits.txt
      - umap-learn==0.5.5
variables:
  OMP_NUM_THREADS: 4
  WANDB_API_KEY: 0123456789abcdef0123
  DB_PASS: hunter2
  DATA: /srv/data
prefix: /home/ada/miniconda3/envs/demo
"""
    found, problems = read_specifications(
        write(tmp_path, {"environment.yml": text, "more/base.txt": "rich\n", "limits.txt": "rich<14\n"})
    )
    assert problems == ()
    first, base, limits = found
    assert (first.platforms, first.platform_lines) == (("linux-64", "osx-arm64"), (4, 5))
    asked = named(first)
    assert (asked["pywin32"].marker, asked["gcc_linux-64"].marker, asked["python"].marker) == ("win", "linux-64", "")
    assert asked["umap-learn"] == Asked("umap-learn==0.5.5", "umap-learn", "pip", 14, specifier="==0.5.5")
    assert first.variables == (
        Variable("OMP_NUM_THREADS", "4", "environment.yml", 16),
        Variable("WANDB_API_KEY", "***", "environment.yml", 17),
        Variable("DB_PASS", "***", "environment.yml", 18),
        Variable("DATA", "/srv/data", "environment.yml", 19),
    )
    assert (first.prefix, first.prefix_line) == ("~/miniconda3/envs/demo", 20)
    assert first.modified == (tmp_path / "environment.yml").stat().st_mtime
    assert (base.path, base.kind, limits.path, limits.kind) == (
        "more/base.txt",
        "requirements",
        "limits.txt",
        "constraints",
    )


@pytest.mark.parametrize(
    ("name", "text", "is_read"),
    [
        ("env.yml", "dependencies: [numpy]\n", True),
        ("dev-environment.yaml", "dependencies:\n  - numpy\n", True),
        ("env.yml", "services:\n  web: {}\n", False),
        ("conda.yml", "{% if x %}\n", False),
        ("docker-compose.yml", "dependencies: [numpy]\n", False),
    ],
)
def test_other_names_of_environment_files(tmp_path: Path, name: str, text: str, is_read: bool) -> None:
    assert bool(read(tmp_path, {name: text})) is is_read


@pytest.mark.parametrize(
    ("head", "tool"),
    [
        (
            "#\n# This file is autogenerated by pip-compile with Python 3.11\n# by the following command:\n",
            "pip-compile",
        ),
        ("# This file was autogenerated by uv via the following command:\n#    uv pip compile x.in\n", "uv"),
        ("# This file is @generated by PDM.\n# Please do not edit it manually.\n\n", "pdm"),
        ("# made by hand, and not autogenerated by uvicorn\n", ""),
        ("", ""),
    ],
)
def test_who_wrote_a_requirements_file(tmp_path: Path, head: str, tool: str) -> None:
    assert read(tmp_path, {"requirements.txt": f"{head}numpy==1.26.4\n"})["requirements"].compiled == tool


def test_a_list_of_condas_under_the_name_of_requirements(tmp_path: Path) -> None:
    text = (
        "# This file may be used to create an environment using:\n# $ conda create --name <env> --file <this file>\n"
        "# platform: linux-64\n_libgcc_mutex=0.1=main\nnumpy=1.26.4=py311_0\n"
    )
    found = read(tmp_path, {"requirements.txt": text})["requirements"]
    assert (found.compiled, found.platforms, found.platform_lines) == ("conda", ("linux-64",), (3,))
    assert [(a.name, a.manager, a.specifier, a.build) for a in found.asked] == [
        ("_libgcc_mutex", "conda", "0.1", "main"),
        ("numpy", "conda", "1.26.4", "py311_0"),
    ]


def test_a_file_that_is_asked_for_is_no_limit_alone(tmp_path: Path) -> None:
    files = {
        "requirements.in": "-c all.txt\nnumpy\n",
        "requirements/dev.in": "-r ../all.txt\n",
        "all.txt": "rich==13\n",
    }
    found, problems = read_specifications(write(tmp_path, files))
    assert problems == ()
    assert [(spec.path, spec.kind) for spec in found] == [
        ("requirements.in", "requirements"),
        ("requirements/dev.in", "requirements"),
        ("all.txt", "requirements"),
    ]


def test_pyproject_in_full(tmp_path: Path) -> None:
    text = """\
[dependency-groups]
lint = ["ruff>=0.5"]
Dev_Tools = [{include-group = "lint"}, "pytest>=8", {include-group = "dev-tools"}]

[project]
name = "demo"
requires-python = ">= 3.11"
dependencies = [
    "numpy>=1.26",
    "lab",
    'tomli>=2; python_version < "3.11"',
]
optional-dependencies.gui = ["numpy>=1.26", "pyqt6"]

[tool.uv]
dev-dependencies = ["ipython"]
default-groups = ["lint"]
constraint-dependencies = ["numpy<3"]

[tool.uv.sources]
lab = { git = "https://token:SECRET@example.org/lab.git", tag = "v1" }
pyqt6 = { path = "../pyqt6", editable = true }

[tool.hatch.envs.docs]
dependencies = ["sphinx"]

[tool.setuptools.dynamic]
optional-dependencies.docs = { file = ["docs/needs.txt"] }
"""
    found, problems = read_specifications(write(tmp_path, {"pyproject.toml": text, "docs/needs.txt": "furo\n"}))
    assert problems == ()
    first, limits, docs = found
    assert (first.requires_python, first.python_line, first.default_groups) == (">=3.11", 7, ("lint",))
    assert [(a.name, a.group, a.line, a.specifier) for a in first.asked] == [
        ("numpy", "", 9, ">=1.26"),
        ("lab", "", 10, ""),
        ("tomli", "", 11, ">=2"),
        ("numpy", "gui", 13, ">=1.26"),
        ("pyqt6", "gui", 13, ""),
        ("ruff", "lint", 2, ">=0.5"),
        ("pytest", "Dev_Tools", 3, ">=8"),
        ("ruff", "Dev_Tools", 2, ">=0.5"),
        ("ipython", "dev", 16, ""),
        ("sphinx", "hatch:docs", 25, ""),
    ]
    asked = named(first)
    assert asked["lab"].url == "git+https://***@example.org/lab.git@v1"
    assert (asked["pyqt6"].url, asked["pyqt6"].editable) == ("../pyqt6", True)
    assert asked["tomli"].marker == 'python_version < "3.11"'
    assert (limits.kind, limits.path, named(limits)["numpy"].specifier) == ("constraints", "pyproject.toml", "<3")
    assert (docs.path, docs.kind) == ("docs/needs.txt", "requirements")


def test_poetry_in_full(tmp_path: Path) -> None:
    text = """\
[tool.poetry]
name = "demo"
[tool.poetry.group.docs]
optional = true
[tool.poetry.group.docs.dependencies]
sphinx = "^7"
[tool.poetry.dependencies]
python = "^3.10"
numpy = "^1.26"
scipy = "~1.11"
lab = { git = "https://example.org/lab.git", rev = "abc", develop = true }
torch = { version = ">=2", optional = true, extras = ["opt"] }
cupy = { version = "13.*", optional = true }
pandas = [
    { version = "^2.0", python = ">=3.11" },
    { version = "<2", python = "<3.11", platform = "linux" },
]
odd = "^1 || ^3"
[tool.poetry.group.dev.dependencies]
pytest = ">=8 <9"
[tool.poetry.extras]
gpu = ["torch"]
"""
    found = read(tmp_path, {"pyproject.toml": text})["pyproject"]
    assert (found.requires_python, found.python_line, found.default_groups) == (">=3.10,<4.0", 8, ("dev",))
    assert [(a.name, a.group, a.line, a.specifier) for a in found.asked] == [
        ("numpy", "", 9, ">=1.26,<2.0"),
        ("scipy", "", 10, ">=1.11,<1.12"),
        ("lab", "", 11, ""),
        ("torch", "gpu", 12, ">=2"),
        ("cupy", "optional", 13, "==13.*"),
        ("pandas", "", 14, ">=2.0,<3.0"),
        ("pandas", "", 14, "<2"),
        ("odd", "", 18, ""),
        ("sphinx", "docs", 6, ">=7,<8"),
        ("pytest", "dev", 20, ">=8,<9"),
    ]
    asked = found.asked
    assert (asked[2].url, asked[2].editable) == ("git+https://example.org/lab.git@abc", True)
    assert asked[3].extras == ("opt",)
    assert asked[5].marker == 'python_version >= "3.11"'
    assert asked[6].marker == 'python_version < "3.11" and sys_platform == "linux"'


def test_what_poetry_adds_to_the_standard_table(tmp_path: Path) -> None:
    text = (
        '[project]\nname = "demo"\nrequires-python = ">=3.11"\ndependencies = ["numpy (>=1.26)"]\n'
        '[tool.poetry.dependencies]\nnumpy = { source = "mirror" }\npython = "^3.11"\n'
    )
    found = read(tmp_path, {"pyproject.toml": text})["pyproject"]
    assert [(a.name, a.specifier) for a in found.asked] == [("numpy", ">=1.26")]
    assert (found.requires_python, found.python_line) == (">=3.11", 3)


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        ("*", ""),
        ("^1.2.3", ">=1.2.3,<2.0.0"),
        ("^1.2", ">=1.2,<2.0"),
        ("^1", ">=1,<2"),
        ("^0.2.3", ">=0.2.3,<0.3.0"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^0.0", ">=0.0,<0.1"),
        ("^0", ">=0,<1"),
        ("^1.0.0b2", ">=1.0.0b2,<2.0.0"),
        ("~1.2.3", ">=1.2.3,<1.3.0"),
        ("~1.2", ">=1.2,<1.3"),
        ("~1", ">=1,<2"),
        ("~=1.4.2", "~=1.4.2"),
        ("1.2.*", "==1.2.*"),
        ("1.*", "==1.*"),
        ("!=1.2.*", "!=1.2.*"),
        ("1.2.3", "==1.2.3"),
        ("=1.2.3", "==1.2.3"),
        (">= 1.2, < 1.5", ">=1.2,<1.5"),
        (">=1.2 <1.5", ">=1.2,<1.5"),
        (">=1.2,!=1.3", ">=1.2,!=1.3"),
        ("2.1+cu121", "==2.1+cu121"),
        ("^1 || ^2", None),
        ("latest", None),
        ("^1." + "a." * 60, None),
    ],
)
def test_poetrys_versions(constraint: str, expected: str | None) -> None:
    assert pep440(constraint) == expected


@pytest.mark.parametrize(
    ("constraint", "version", "met"),
    [("^0.2.3", "0.2.9", True), ("^0.2.3", "0.3.0", False), ("~1.2", "1.2.99", True), ("~1.2", "1.3", False)],
)
def test_poetrys_versions_mean_what_they_say(constraint: str, version: str, met: bool) -> None:
    assert meets(version, pep440(constraint) or "") is met


def test_poetrys_pythons_as_markers() -> None:
    assert python_marker("^3.8") == 'python_version >= "3.8" and python_version < "4.0"'
    assert python_marker("3.11.*") == 'python_version == "3.11"'
    assert python_marker(">=3.8.1") == 'python_full_version >= "3.8.1"'
    assert python_marker("*") == ""


def test_pixi_in_full(tmp_path: Path) -> None:
    text = """\
[feature.gpu.dependencies]
numpy = ">=2"
[feature.gpu.target.linux-64.pypi-dependencies]
cupy = { version = "~=13.0", extras = ["all"] }
[workspace]
channels = ["https://token:SECRET@example.org/lab"]
platforms = ["linux-64", "win-64"]
[dependencies]
numpy = { version = "1.26.*", channel = "conda-forge", build = "*openblas*" }
pinned = "==1.0"
[target.win-64.dependencies]
pywin32 = "*"
[pypi-dependencies]
demo = { path = ".", editable = true }
lab = { git = "https://example.org/lab.git", branch = "main" }
[activation.env]
OMP_NUM_THREADS = "4"
HF_TOKEN = "hf_0123456789"
[environments]
default = ["gpu"]
[tasks]
inner = { cmd = "true", env = { A = "1",
    B = "2",  # newer TOML
  }, }
"""
    found = read(tmp_path, {"pixi.toml": text})["pixi.toml"]
    assert found.default_groups == ("gpu",)
    assert (found.platforms, found.platform_lines) == (("linux-64", "win-64"), (7, 7))
    assert found.channels == ("https://***@example.org/lab",)
    assert [(a.name, a.manager, a.group, a.line, a.specifier, a.marker) for a in found.asked] == [
        ("numpy", "conda", "", 9, "1.26.*", ""),
        ("pinned", "conda", "", 10, "==1.0", ""),
        ("demo", "pip", "", 14, "", ""),
        ("lab", "pip", "", 15, "", ""),
        ("pywin32", "conda", "", 12, "", "win-64"),
        ("numpy", "conda", "gpu", 2, ">=2", ""),
        ("cupy", "pip", "gpu", 4, "~=13.0", "linux-64"),
    ]
    asked = found.asked
    assert (asked[0].channel, asked[0].build) == ("conda-forge", "*openblas*")
    assert (asked[2].url, asked[2].editable, asked[3].url) == (".", True, "git+https://example.org/lab.git@main")
    assert asked[6].extras == ("all",)
    assert [(v.name, v.value, v.line) for v in found.variables] == [
        ("OMP_NUM_THREADS", "4", 17),
        ("HF_TOKEN", "***", 18),
    ]


def test_setup_cfg_setup_py_and_pipfile(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        {
            "setup.cfg": (
                "[metadata]\nname = demo\n[options]\npython_requires = >= 3.10\ninstall_requires =\n  attrs>=23\n"
                "[options.extras_require]\ngui =\n  pyqt6\n"
            ),
            "setup.py": (
                "from setuptools import setup\nNEEDED = [\n  'click>=8',\n  unknown(),\n]\n"
                "setup(\n  name='demo', python_requires='>=3.10',\n  install_requires=NEEDED,\n"
                "  extras_require={'test': ['pytest'], f'{x}': ['y']},\n)\n"
            ),
            "Pipfile": (
                '[packages]\nrequests = {version = "==2.31", extras = ["socks"], markers = "os_name == \'posix\'"}\n'
                'lab = {path = ".", editable = true}\n[requires]\npython_version = "3.11"\n'
            ),
        },
    )
    assert (found["setup.cfg"].requires_python, found["setup.cfg"].python_line) == (">=3.10", 4)
    assert [(a.name, a.group, a.line, a.specifier) for a in found["setup.cfg"].asked] == [
        ("attrs", "", 6, ">=23"),
        ("pyqt6", "gui", 9, ""),
    ]
    assert (found["setup.py"].requires_python, found["setup.py"].python_line) == (">=3.10", 7)
    assert [(a.name, a.group, a.line) for a in found["setup.py"].asked] == [("click", "", 3), ("pytest", "test", 9)]
    assert (found["Pipfile"].requires_python, found["Pipfile"].python_line) == ("==3.11.*", 5)
    requests, lab = found["Pipfile"].asked
    assert (requests.specifier, requests.extras, requests.marker) == ("==2.31", ("socks",), "os_name == 'posix'")
    assert (lab.url, lab.editable) == (".", True)


SCRIPT = """\
#!/usr/bin/env -S uv run
# /// script
# requires-python = ">=3.12"
# dependencies = [
#   "rich>=13",
#   "polars[gpu]",
# ]
# ///
import rich
"""


def test_inline_scripts(tmp_path: Path) -> None:
    found = read(tmp_path, {"tool.py": SCRIPT, "plain.py": "# /// script\nimport x\n"})["script"]
    assert (found.path, found.requires_python, found.python_line) == ("tool.py", ">=3.12", 3)
    assert [(a.name, a.group, a.line, a.extras) for a in found.asked] == [
        ("rich", "script", 5, ()),
        ("polars", "script", 6, ("gpu",)),
    ]


def test_an_inline_script_that_does_not_parse(tmp_path: Path) -> None:
    found, problems = read_specifications(write(tmp_path, {"tool.py": SCRIPT.replace('"rich>=13",', '"rich')}))
    assert found == ()
    assert [(problem.path, problem.line) for problem in problems] == [("tool.py", 5)]


def test_specifications_come_before_scripts_when_there_are_many(tmp_path: Path) -> None:
    files = {f"a{number:02}.py": SCRIPT for number in range(80)}
    found, _ = read_specifications(write(tmp_path, {**files, "requirements.txt": "numpy\n"}))
    assert found[0].path == "requirements.txt"
    assert len(found) == 50


def test_pixi_takes_of_several_targets_the_closest(tmp_path: Path) -> None:
    text = """\
[workspace]
name = "forge"
channels = ["conda-forge"]
platforms = ["linux-64", "linux-aarch64", "win-64"]

[dependencies]
make = "3.*"

[target.unix.dependencies]
make = "4.*"

[target.linux.dependencies]
clang = "18.*"

[target.linux-64.dependencies]
clang = "22.*"
"""
    found = read(tmp_path, {"pixi.toml": text})["pixi.toml"]
    asked = sorted((entry.name, entry.marker, entry.specifier) for entry in found.asked)
    assert asked == [
        ("clang", "linux-64", "22.*"),
        ("clang", "linux-aarch64", "18.*"),
        ("make", "linux-64", "4.*"),
        ("make", "linux-aarch64", "4.*"),
        ("make", "win-64", "3.*"),
    ]


def test_lines_are_joined_as_pip_joins_them() -> None:
    """A comment is continued by no backslash and ends what was continued; pip's own reader says the same."""
    theirs = importlib.import_module("pip._internal.req.req_file")
    cut = random.Random(20)
    atoms = ["numpy>=2", "#", " # note", "\\", "\\\\", "\n", "\n", "\r\n", " ", "\t", "--hash=sha256:ab", "a#b", "\\\n"]
    texts = ["# of 2024 \\\nnumpy==1\n", "a \\\n# note\nb", "a \\\n", "a\\\n  --hash=sha256:0 \\\n", "\\\\a\\\\\nb"]
    texts += ["".join(cut.choice(atoms) for _ in range(cut.randint(1, 20))) for _ in range(60)]
    for text in texts:
        joined = theirs.ignore_comments(theirs.join_lines(enumerate(text.splitlines(), 1)))
        assert list(logical_lines(text)) == list(joined), text
    assert list(logical_lines(texts[0])) == [(2, "numpy==1")]
