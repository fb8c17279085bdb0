"""The project layer: which folder is the project, what it asks for, what it imports."""

from __future__ import annotations

import json
import os
import time
import warnings
from pathlib import Path

import pytest

from doctor.collect import project as collector
from doctor.collect.project import find_project
from doctor.facts import Facts
from doctor.facts.project import Asked, Project
from doctor.reading.repository.imports import read_imports
from doctor.target.environment import Environment, Request


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def look(project: Path | None) -> Project:
    prefix = (project or Path("/nowhere")) / ".venv"
    return collector.read(Request(Environment(prefix, "venv"), project=project), Facts())


def names(asked: tuple[Asked, ...]) -> list[str]:
    return [entry.name for entry in asked]


def place(prefix: Path, cwd: Path, home: Path) -> Path | None:
    return find_project(Environment(prefix, "venv"), cwd, home)


def test_an_environment_in_its_project(tmp_path: Path) -> None:
    home = tmp_path / "home"
    work = write(home / "work", {"run.py": ""})
    (tmp_path / "elsewhere").mkdir()
    assert place(work / ".venv", tmp_path / "elsewhere", home) == work
    assert place(work / "venv", tmp_path / "elsewhere", home) == work
    assert place(work / ".pixi/envs/default", tmp_path / "elsewhere", home) == work
    assert place(home / "empty/venv", tmp_path / "elsewhere", home) is None, "nothing there says project"
    assert place(home / "empty/.venv", tmp_path / "elsewhere", home) == home / "empty"


def test_an_environment_elsewhere_takes_the_working_folders_project(tmp_path: Path) -> None:
    home = tmp_path / "home"
    top = write(home / "repo", {"pyproject.toml": "", "deep/er/x.py": ""})
    assert place(home / "miniconda3/envs/demo", top / "deep/er", home) == top
    write(home / "other", {".git/HEAD": "", "a/b.py": ""})
    write(home, {"requirements.txt": "numpy"})
    assert place(home / "miniconda3/envs/demo", home / "other/a", home) == home / "other"
    plain = home / "plain"
    plain.mkdir()
    assert place(home / "miniconda3/envs/demo", plain, home) is None, "not the home folder, whatever lies in it"


@pytest.mark.parametrize("marker", ["environment-gpu.yml", "requirements-dev.txt", "setup.py", "pixi.toml", "Pipfile"])
def test_markers(tmp_path: Path, marker: str) -> None:
    write(tmp_path, {f"repo/{marker}": ""})
    assert place(tmp_path / "env", tmp_path / "repo", tmp_path) == tmp_path / "repo"


def test_shared_folders_are_no_projects() -> None:
    home = Path("/home/ada")
    for prefix in ("/home/ada/.venv", "/opt/venv", "/opt/.venv", "/venv", "/.venv"):
        assert place(Path(prefix), Path("/"), home) is None


def test_no_project_is_not_present(tmp_path: Path) -> None:
    assert look(None) == Project()
    assert look(tmp_path / "gone") == Project()


def test_environment_file(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "environment.yml": (
                "name: demo\nchannels:\n  - conda-forge\n  - https://conda.example.org/t/SECRET/x\n"
                "dependencies:\n  - python=3.11\n  - conda-forge::NumPy>=1.26\n  - pip\n"
                "  - pip:\n    - requests[socks]>=2 ; python_version > '3'\n    - -r more.txt\n"
            ),
            "more.txt": "rich\n",
        },
    )
    first, second = look(tmp_path).specifications
    assert (first.kind, first.name, first.channel_lines) == ("environment.yml", "demo", (3, 4))
    assert first.channels[0] == "conda-forge"
    assert "SECRET" not in first.channels[1]
    assert first.asked == (
        Asked("python=3.11", "python", "conda", 6, specifier="=3.11"),
        Asked("conda-forge::NumPy>=1.26", "numpy", "conda", 7, specifier=">=1.26", channel="conda-forge"),
        Asked("pip", "pip", "conda", 8),
        Asked(
            "requests[socks]>=2 ; python_version > '3'",
            "requests",
            "pip",
            10,
            specifier=">=2",
            marker="python_version > '3'",
            extras=("socks",),
        ),
    )
    assert (second.path, names(second.asked)) == ("more.txt", ["rich"])


def test_requirements_with_all_that_pip_reads(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "requirements.txt": (
                "# a comment\n"
                "--index-url https://user:pass@index.example.org/simple\n"
                "Num_Py==1.26.4 \\\n    --hash=sha256:abc\n"
                "tokenizers==0.19.1  # looks like a secret and is none\n"
                "-e git+https://user:token@example.org/x/mine.git#egg=mine\n"
                "-e .\n./local\n"
                "torch @ https://example.org/torch-2.0-cp311-cp311-linux_x86_64.whl\n"
                "https://example.org/whl/Some_Thing-1.0-py3-none-any.whl\n"
                "-r sub/base.txt\n-r ../outside.txt\n-c constraints.txt\n"
                "pandas[excel, html] (>=2)\n"
                "???\n"
            ),
            "sub/base.txt": "scipy\n-r ../requirements.txt\n-r base.txt\n",
            "requirements/dev.txt": "pytest\n",
            "constraints.txt": "numpy<2\n",
        },
    )
    found = look(tmp_path)
    first, dev, limits, base = found.specifications
    assert names(first.asked) == ["num-py", "tokenizers", "mine", "torch", "some-thing", "pandas"]
    assert [entry.line for entry in first.asked] == [3, 5, 6, 9, 10, 14]
    assert first.asked[0].text == "Num_Py==1.26.4"
    assert first.asked[1].text == "tokenizers==0.19.1"
    assert "token@" not in first.asked[2].text
    assert (limits.path, limits.kind, names(limits.asked)) == ("constraints.txt", "constraints", ["numpy"])
    assert (dev.path, names(dev.asked)) == ("requirements/dev.txt", ["pytest"])
    assert (base.path, names(base.asked)) == ("sub/base.txt", ["scipy"])
    assert [(problem.path, problem.line) for problem in found.problems] == [("requirements.txt", 12)]


def test_requirements_written_by_powershell(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_bytes("numpy==1.26.4\r\npandas\r\n".encode("utf-16"))
    assert names(look(tmp_path).specifications[0].asked) == ["numpy", "pandas"]


def test_pyproject_with_groups(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "pyproject.toml": (
                '[project]\nname = "demo"\ndependencies = [\n  "numpy>=1.26",\n'
                '  "tomli>=2; python_version < \\"3.11\\"",\n]\n'
                '[project.optional-dependencies]\ngpu = ["torch"]\n'
                '[dependency-groups]\ntest = ["pytest", {include-group = "lint"}]\nlint = ["ruff"]\n'
            )
        },
    )
    (found,) = look(tmp_path).specifications
    assert (found.kind, found.name) == ("pyproject", "demo")
    assert [(entry.name, entry.group, entry.line) for entry in found.asked] == [
        ("numpy", "", 4),
        ("tomli", "", 5),
        ("torch", "gpu", 8),
        ("pytest", "test", 10),
        ("ruff", "test", 11),
        ("ruff", "lint", 11),
    ]


def test_pyproject_that_only_configures_tools(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": '[tool.ruff]\nline-length = 100\n[build-system]\nrequires = ["hatchling"]\n'})
    assert look(tmp_path).specifications == ()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", '[project]\nname = "My_Tool"\n'),
        ("setup.cfg", "[metadata]\nname = My.Tool\n"),
        ("setup.py", "import setuptools\nsetuptools.setup(name='my-tool')\n"),
    ],
)
def test_the_projects_own_name_and_packages(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path, {name: text, "my_tool/__init__.py": "", "scripts/run.py": "", "my_tool/sub/__init__.py": ""})
    found = look(tmp_path)
    assert found.name == "my-tool"
    assert found.packages == ("my_tool",)


def test_poetry_pipfile_setup(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "pyproject.toml": (
                '[tool.poetry]\nname = "demo"\n[tool.poetry.dependencies]\npython = "^3.11"\nnumpy = "^1.26"\n'
                'scipy = ">=1.11,<2"\n[tool.poetry.group.dev.dependencies]\npytest = "*"\n'
            ),
            "Pipfile": '[packages]\nrequests = "==2.31.0"\n[dev-packages]\nblack = "*"\n',
            "setup.cfg": "[options]\ninstall_requires =\n    attrs>=23\n    rich\n[tool:x]\na = b\n",
            "setup.py": "from setuptools import setup\nsetup(install_requires=['click>=8', f'{x}'])\nprint('\\d')\n",
        },
    )
    found = {spec.kind: spec for spec in look(tmp_path).specifications}
    assert [(entry.text, entry.group) for entry in found["pyproject"].asked] == [
        ("numpy", ""),
        ("scipy>=1.11,<2", ""),
        ("pytest", "dev"),
    ]
    assert [(entry.text, entry.group, entry.line) for entry in found["Pipfile"].asked] == [
        ("requests==2.31.0", "", 2),
        ("black", "dev", 4),
    ]
    assert [(entry.text, entry.line) for entry in found["setup.cfg"].asked] == [("attrs>=23", 3), ("rich", 4)]
    assert [(entry.text, entry.line) for entry in found["setup.py"].asked] == [("click>=8", 2)]


def test_pixi(tmp_path: Path) -> None:
    body = (
        'name = "demo"\nchannels = ["conda-forge", {channel = "nvidia", priority = 1}]\n[T.dependencies]\n'
        'python = "3.11.*"\nnumpy = {version = ">=1.26", channel = "conda-forge"}\n'
        '[T.pypi-dependencies]\nrich = ">=13"\n'
        '[T.feature.cuda.dependencies]\npytorch-gpu = "*"\n'
    )
    write(tmp_path, {"a/pixi.toml": "[workspace]\n" + body.replace("T.", "")})
    write(tmp_path, {"b/pyproject.toml": "[tool.pixi.project]\n" + body.replace("T.", "tool.pixi.")})
    for folder in ("a", "b"):
        *_, found = look(tmp_path / folder).specifications
        assert (found.kind, found.name, found.channels) == ("pixi.toml", "demo", ("conda-forge", "nvidia"))
        assert found.channel_lines == (3, 3)
        assert [(entry.text, entry.manager, entry.line, entry.group) for entry in found.asked] == [
            ("python 3.11.*", "conda", 5, ""),
            ("numpy >=1.26", "conda", 6, ""),
            ("rich>=13", "pip", 8, ""),
            ("pytorch-gpu", "conda", 10, "cuda"),
        ]


def test_files_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    write(tmp_path, {"environment.yml": "a: [\n", "pixi.toml": "x = \n", "environment-2.yml": "- 1\n"})
    os.mkfifo(tmp_path / "requirements.txt")
    found = look(tmp_path)
    assert found.specifications == ()
    assert [problem.path for problem in found.problems] == [
        "environment-2.yml",
        "environment.yml",
        "pixi.toml",
        "requirements.txt",
    ]


def notebook(*cells: str | list[str], language: str = "python") -> str:
    return json.dumps(
        {
            "metadata": {"kernelspec": {"language": language}},
            "cells": [{"cell_type": "markdown", "source": "import nothing"}]
            + [{"cell_type": "code", "source": cell} for cell in cells],
        }
    )


def test_imports_of_files(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "run.py": (
                '"""import docs"""\nimport numpy as np, scipy.stats\nfrom pandas.io import sql\nfrom . import sibling\n'
                "from .unheard import thing\nimport helpers\nimport mine\n\ndef f():\n    import torch\n"
                "try:\n    import cupy\nexcept ImportError:\n    import fallback\nelse:\n    import more\n"
                "if TYPE_CHECKING:\n    import onlytypes\n"
                "import sys\nif sys.platform == 'win32':\n    import winreg\n"
                "try:\n    import needed\nfinally:\n    import cleanup\n"
                "with contextlib.suppress(ImportError):\n    import perhaps\n"
                "match x:\n    case 1:\n        import matched\n"
            ),
            "helpers.py": "",
            "src/mine/__init__.py": "",
            "src/mine/deep.py": "import beside\nimport helpers\n",
            "src/mine/beside.py": "",
            "tools/a.py": "import elsewhere\n",
            "other/elsewhere.py": "",
            "wandb/run-1/logs.txt": "",
            "b.py": "import wandb\n",
        },
    )
    found = look(tmp_path)
    needed = {name for name, places in found.imports.items() if not all(place.optional for place in places)}
    assert needed == {"numpy", "scipy", "pandas", "torch", "sys", "needed", "cleanup", "matched", "wandb"}
    optional = set(found.imports) - needed
    assert optional == {"cupy", "fallback", "more", "onlytypes", "winreg", "perhaps", "elsewhere"}
    assert [(place.path, place.line) for place in found.imports["torch"]] == [("run.py", 10)]
    assert found.modules == ("b.py", "helpers.py", "other", "run.py", "src/mine", "tools")
    assert found.complete
    assert found.problems == ()


def test_imports_of_notebooks(tmp_path: Path) -> None:
    cells: list[str | list[str]] = [
        ["%matplotlib inline\n", "import numpy as np\n", "!pip install x\n", "files = !ls\n", "np.array?\n"],
        "%%time\nimport pandas",
        "%%bash\nimport nothing",
        "total = (1\n    % 2)\nimport scipy",
        "same = (1\n    != 2)\nimport seaborn",
        "if x:\n    !ls\n    %timeit y\nimport torch  # why?",
        "import half_written (",
        "await thing()\nimport polars",
    ]
    write(tmp_path, {"a.ipynb": notebook(*cells), "r.ipynb": notebook("import r_only", language="R")})
    found = look(tmp_path).imports
    assert {name: (places[0].path, places[0].line, places[0].optional) for name, places in found.items()} == {
        "numpy": ("a.ipynb#2", 2, False),
        "pandas": ("a.ipynb#3", 2, False),
        "scipy": ("a.ipynb#5", 3, False),
        "seaborn": ("a.ipynb#6", 3, False),
        "torch": ("a.ipynb#7", 4, False),
        "half_written": ("a.ipynb#8", 1, True),
        "polars": ("a.ipynb#9", 2, False),
    }


def test_old_and_odd_notebooks(tmp_path: Path) -> None:
    old = {"worksheets": [{"cells": [{"cell_type": "code", "input": ["import numpy"]}]}]}
    write(
        tmp_path, {"old.ipynb": json.dumps(old), "odd.ipynb": "[]", "bad.ipynb": "{", "null.ipynb": '{"cells": null}'}
    )
    found = look(tmp_path)
    assert set(found.imports) == {"numpy"}
    assert [problem.path for problem in found.problems] == ["bad.ipynb"]


def test_what_is_installed_or_built_is_not_the_project(tmp_path: Path) -> None:
    for folder in (".git", ".venv", "node_modules", "build", "lib/site-packages", ".ipynb_checkpoints", "x.egg-info"):
        write(tmp_path, {f"{folder}/a.py": "import wrong\n"})
    write(tmp_path, {"myenv/pyvenv.cfg": "", "myenv/lib/a.py": "import wrong\n"})
    write(tmp_path, {"conda/conda-meta/history": "", "conda/lib/a.py": "import wrong\n"})
    (tmp_path / "loop").symlink_to(tmp_path)
    found = look(tmp_path)
    assert found.imports == {}
    assert found.modules == ()


def test_syntax_of_another_python_is_guessed_and_told(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"old.py": "import numpy\nprint 'hello'\n", "nul.py": "import os\0\n", "escape.py": "'\\d'\nimport re\n"},
    )
    with warnings.catch_warnings(record=True) as spoken:
        found = look(tmp_path)
    assert not spoken, "what other people wrote is no reason to warn on our stderr"
    assert found.imports["numpy"][0].optional
    assert not found.imports["re"][0].optional
    assert [(problem.path, problem.line) for problem in found.problems if problem.path == "old.py"] == [("old.py", 2)]


def test_hostile_sources(tmp_path: Path) -> None:
    write(tmp_path, {"deep.py": "(" * 50_000 + "import a", "link.py": ""})
    os.mkfifo(tmp_path / "fifo.py")
    (tmp_path / "link.py").unlink()
    (tmp_path / "link.py").symlink_to("/etc/passwd")
    (tmp_path / "big.py").write_text("import b\n" + "#" * 2_100_000)
    found = look(tmp_path)
    assert {problem.path for problem in found.problems} >= {"deep.py", "link.py", "big.py"}


def test_of_a_file_only_what_may_import_is_parsed_and_nothing_else_is_taken_for_it(tmp_path: Path) -> None:
    source = '''\
"""A text of several lines:

import of_a_text

and so on"""
import first, \\
    second
USAGE = """
import of_a_text
and so on
"""
try:
    import maybe
except OSError:
    raise
except ImportError:
    maybe = None
def late():
    import later
@decorated
class Last:
    from attribute import name
if True:
    pass
else:
    from other import thing
'''
    write(tmp_path, {"a.py": source, "b.py": source.replace("pass", "print 'Python 2'")})
    found = look(tmp_path).imports
    places = {
        name: [(p.line, p.optional, p.later) for p in places if p.path == "a.py"] for name, places in found.items()
    }
    assert {name: told for name, told in places.items() if told} == {
        "first": [(6, False, False)],
        "second": [(6, False, False)],
        "maybe": [(13, True, False)],
        "later": [(19, False, True)],
        "attribute": [(22, False, False)],
        "other": [(26, False, True)],
    }
    assert [(p.path, p.optional) for p in found["first"]] == [("a.py", False), ("b.py", True)], "of Python 2: a guess"


def test_many_statements_in_an_endless_text_cost_no_time(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text('"""\n' + "x = 1\n" * 300_000 + "import numpy\n")
    start = time.monotonic()
    look(tmp_path)
    assert time.monotonic() - start < 10


def test_folders_that_say_for_themselves_what_they_need_are_named(tmp_path: Path) -> None:
    files = {"pyproject.toml": "", "libs/a/pyproject.toml": "", "libs/b/setup.py": "", "libs/c/run.py": "import x"}
    write(tmp_path, {**files, "_build/copy.py": "import y"})
    found = look(tmp_path)
    assert found.nested == ("libs/a", "libs/b")
    assert "y" not in found.imports


def test_time_is_bounded(tmp_path: Path) -> None:
    write(tmp_path, {f"f{number}.py": "import numpy\n" for number in range(20)})
    assert not read_imports(tmp_path, seconds=-1).complete
    assert read_imports(tmp_path, seconds=60).complete
