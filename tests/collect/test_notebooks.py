"""What notebooks say of kernels and packages, which imports may be missing, and which the environment could satisfy."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from doctor.collect import identity, project
from doctor.facts import Facts, serialise
from doctor.facts.project import NotebookKernel, Project
from doctor.reading.repository.import_statements import imports_of
from doctor.reading.repository.text_notebooks import text_notebook
from doctor.target.environment import Request
from doctor.target.recognise import inspect_prefix
from tests.patients.conda import make_conda_prefix
from tests.patients.venvs import install, make_venv, python_of, site_packages_of
from tests.patients.wheels import make_wheel


def write(folder: Path, files: Mapping[str, object]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text if isinstance(text, str) else json.dumps(text))
    return folder


def notebook(*cells: str | list[str], **metadata: Any) -> dict[str, Any]:
    code = [{"cell_type": "code", "source": cell} for cell in cells]
    return {"cells": code, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def look(folder: Path, prefix: Path, home: Path, **more: Any) -> Project:
    environment = inspect_prefix(prefix)
    assert environment is not None
    request = Request(environment, project=folder, home=home, **more)
    facts = Facts(identity=identity.read(request, Facts()))
    found = project.read(request, facts)
    whole = facts._replace(project=found)
    assert serialise.load(serialise.dump(whole)) == whole, "facts survive JSON"
    return found


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_venv(tmp_path_factory.mktemp("empty") / "env")


def test_the_kernels_that_notebooks_name(tmp_path: Path, empty: Path) -> None:
    spec = {"name": "lab", "display_name": "Our lab", "language": "python"}
    head = "# ---\n# jupyter:\n#   jupytext:\n#     name: no\n#   kernelspec:\n#     display_name: Our lab\n"
    head += "#     language: python\n#     name: 'lab'\n# ---\n\nimport os\n"
    write(
        tmp_path,
        {
            "a.ipynb": notebook(kernelspec=spec, language_info={"name": "python", "version": "3.9.7"}),
            "b.ipynb": notebook(),
            "c.ipynb": notebook("x <- 1", kernelspec={"name": "ir", "language": "R"}),
            "d.ipynb": notebook(kernelspec=["odd"], language_info={"name": 3}),
            "deep/e.ipynb": notebook(kernelspec={"name": "\x1b[31mred\x07"}),
            ".ipynb_checkpoints/a.ipynb": notebook(kernelspec=spec),
            "broken.ipynb": "{",
            "paired.py": head,
            "plain.py": "# ---\nimport os\n",
        },
    )
    found = look(tmp_path, empty, tmp_path)
    assert found.kernels == (
        NotebookKernel("a.ipynb", "lab", "Our lab", "python", "3.9.7"),
        NotebookKernel("b.ipynb", ""),
        NotebookKernel("c.ipynb", "ir", "", "R"),
        NotebookKernel("d.ipynb", ""),
        NotebookKernel("paired.py", "lab", "Our lab", "python"),
        NotebookKernel("deep/e.ipynb", "\ufffd[31mred\ufffd"),
    )
    assert found.notebooks == 6, "the broken one counts, a checkpoint does not"
    assert [problem.path for problem in found.problems] == ["broken.ipynb"]


def test_cells_that_install(tmp_path: Path, empty: Path) -> None:
    cells: list[str | list[str]] = [
        "import os\n!pip install 'umap-learn>=0.5' Scikit_Learn[all] -q --index-url https://x.example -r more.txt",
        "%pip install rich; print()",
        ["!python3.11 -m pip  install tqdm && echo done\n", "    ! conda install -y -c conda-forge gdal=3.8\n"],
        "%%bash\npip install black\necho pip install nothing",
        "!{sys.executable} -m pip install fine\n!apt-get install -y graphviz\n# !pip install commented",
        "!LAB_PAT=seeded-1 pip install git+https://me:seeded-2@git.example/x.git ./local-1.0-py3-none-any.whl",
        "!uv pip install -U polars",
    ]
    write(tmp_path, {"a.ipynb": notebook(*cells), "r.ipynb": notebook("!pip install no", language_info={"name": "R"})})
    found = look(tmp_path, empty, tmp_path).installs
    assert [(each.path, each.line, each.shell, each.packages) for each in found] == [
        ("a.ipynb#1", 2, True, ("umap-learn", "scikit-learn")),
        ("a.ipynb#2", 1, False, ("rich",)),
        ("a.ipynb#3", 1, True, ("tqdm",)),
        ("a.ipynb#3", 2, True, ("gdal",)),
        ("a.ipynb#4", 2, True, ("black",)),
        ("a.ipynb#6", 1, True, ()),
        ("a.ipynb#7", 1, True, ("polars",)),
    ]
    assert "seeded" not in str(found)
    assert found[5].text.startswith("!LAB_PAT=*** pip install git+https://***@git.example")


def test_imports_that_need_not_be_there(tmp_path: Path, empty: Path) -> None:
    write(
        tmp_path,
        {
            "run.py": "import sure\ndef late():\n    import later\nif FAST:\n    import quick\n"
            "class A:\n    import in_class\nif __name__ == '__main__':\n    import when_run\n"
            "try:\n    import tried\nexcept ValueError:\n    import fallback\n"
            "import google.colab, google.cloud\nfrom google import colab\nfrom pyspark.dbutils import DBUtils\n",
            "fast.pyx": "",
            "sub/module": "",
            "{{ cookiecutter.name }}/x.py": "import templated\n",
            "a.ipynb": notebook(
                "%%writefile made.py\nx = 1",
                "!wget https://x.example/fetched.py\n!git clone https://x.example/cloned.git",
                "sys.path.append('../beside')\nfrom urllib.request import urlretrieve\nurlretrieve(u + 'got.py')",
                "import made, fetched, cloned, beside, got, not_made",
            ),
            "b.ipynb": notebook("import made, fast, unfetched"),
        },
    )
    (tmp_path / "vendor/unfetched").mkdir(parents=True)
    found = look(tmp_path, empty, tmp_path).imports

    def state(name: str) -> set[tuple[bool, bool]]:
        return {(place.optional, place.later) for place in found[name]}

    for name in ("sure", "in_class", "when_run", "tried", "not_made"):
        assert state(name) == {(False, False)}, name
    for name in ("later", "quick"):
        assert state(name) == {(False, True)}, name
    for name in ("fallback", "fetched", "cloned", "beside", "got", "fast", "unfetched", "pyspark"):
        assert state(name) == {(True, False)}, name
    assert [(place.path, place.optional) for place in found["made"]] == [("a.ipynb#4", True), ("b.ipynb#1", False)]
    assert [place.optional for place in found["google"]] == [True, False, True]
    assert "templated" not in found


def test_what_the_environment_could_import_is_what_python_imports(tmp_path: Path) -> None:
    prefix = make_venv(tmp_path / "env", by="venv")
    site = site_packages_of(prefix)
    wheels = tmp_path / "wheels"
    files = {"plain/__init__.py": "", "single.py": "", "space/part/__init__.py": "", "stub-stubs/x.pyi": ""}
    install(prefix, make_wheel(wheels, "several", "1.0", files))
    write(
        tmp_path / "sources", {"flat/flat.py": "", "src/inner/__init__.py": "", "mapped/__init__.py": "", "no.txt": ""}
    )
    write(
        site,
        {
            "flat.pth": f"# comment\n{tmp_path}/sources/flat\n{tmp_path}/gone\n../../../src-of-env\n",
            "__editable__.inner-1.0.pth": f"{tmp_path}/sources/src\n",
            "__editable__.mapped-1.0.pth": "import _mapped_finder; _mapped_finder.install()",
            "_mapped_finder.py": FINDER.format(folder=tmp_path / "sources"),
            "left/__pycache__/old.cpython-311.pyc": "",
            "unrelated.txt": "",
        },
    )
    write(prefix / "src-of-env", {"relative.py": ""})
    wanted = [
        "plain",
        "single",
        "space",
        "flat",
        "inner",
        "mapped",
        "relative",
        "unrelated",
        "stub",
        "gone",
        "no",
    ]
    write(tmp_path / "work", {"run.py": f"import {', '.join(wanted)}, left\n"})
    found = look(tmp_path / "work", prefix, tmp_path)
    code = "import importlib, sys\nfor name in sys.argv[1:]:\n    try: importlib.import_module(name); print(name)\n"
    code += "    except ImportError: pass"
    done = subprocess.run([python_of(prefix), "-c", code, *wanted], capture_output=True, text=True, check=True, cwd="/")
    assert set(found.importable or ()) == set(done.stdout.split()), "as Python itself says"
    assert {"plain", "flat", "inner", "mapped", "relative"} <= set(found.importable or ())
    assert "left" not in (found.importable or ()), "bytecode alone is what uninstalling leaves behind"


FINDER = """
import importlib.util, sys
MAPPING: dict[str, str] = {{"mapped": "{folder}/mapped"}}
class Finder:
    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        if fullname in MAPPING:
            return importlib.util.spec_from_file_location(fullname, MAPPING[fullname] + "/__init__.py")
def install():
    sys.meta_path.append(Finder)
"""


def test_packages_of_the_base_and_of_the_user_count_where_python_sees_them(tmp_path: Path) -> None:
    user = tmp_path / f"home/.local/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    write(user, {"mine/__init__.py": ""})
    write(tmp_path / "work", {"run.py": "import mine\n"})
    closed, opened = make_venv(tmp_path / "closed"), make_venv(tmp_path / "open", system_site=True)
    assert look(tmp_path / "work", closed, tmp_path / "home").importable == ()
    assert look(tmp_path / "work", opened, tmp_path / "home").importable == ("mine",)
    write(tmp_path / "path", {"mine.py": ""})
    variables = {"PYTHONPATH": str(tmp_path / "path")}
    assert look(tmp_path / "work", closed, tmp_path / "home", variables=variables).importable == ("mine",)


def test_packages_of_conda_without_metadata_count(tmp_path: Path) -> None:
    prefix = make_conda_prefix(tmp_path / "env", packages=("python", "numpy"))
    site = next(prefix.glob("lib/python3.*/site-packages"))
    write(site, {"gdal_like/_gdal.cpython-311-x86_64-linux-gnu.so": "", "compiled.abi3.so": ""})
    for info in site.glob("*.dist-info"):
        shutil.rmtree(info)
    write(tmp_path / "work", {"run.py": "import numpy, gdal_like, compiled, absent\n"})
    assert look(tmp_path / "work", prefix, tmp_path).importable == ("compiled", "gdal_like", "numpy")


def test_what_cannot_be_told_is_not_told(tmp_path: Path) -> None:
    prefix = make_venv(tmp_path / "env")
    write(tmp_path / "work", {"run.py": "import numpy\n"})
    write(
        site_packages_of(prefix),
        {"a.pth": "import " + "x; import " * 5_000 + "finder", "finder.py": "'" * 3 + "(" * 100_000},
    )
    (site_packages_of(prefix) / "b.pth").symlink_to("/dev/zero")
    assert look(tmp_path / "work", prefix, tmp_path).importable == ()
    shutil.rmtree(prefix / "lib")
    assert look(tmp_path / "work", prefix, tmp_path).importable is None


MYST = """\
---
jupytext:
  text_representation:
    format_name: myst
kernelspec:
  name: lab
  display_name: 'Our: lab'
---

# A title

```python
import shown
```

```{code-cell} ipython3
:tags: [a]

%pip install rich
import numpy
```

```{code-cell} julia
using Plots
```

```{code-cell}
:active: md

import not_run
```
"""

PLAIN = """\
---
jupyter:
  jupytext:
    formats: ipynb,md
  kernelspec:
    name: python3
    language: python
---

```python
import pandas, from_text
```

<!-- #region -->
```python
import inside_text
```
<!-- #endregion -->

````python tags=["x"]
text = '''
```
'''
import scipy
%env OMP_NUM_THREADS=3
````

```python .noeval
import not_run
```

```python
import half_written from
```

```bash
pip install black
```
"""

QUARTO = """\
---
title: Results
jupyter: lab
---

```{python}
#| label: fig
#| echo: false
import polars
```

```{python}
#| eval: false
import not_run
```
"""


def test_notebooks_that_are_kept_as_markdown(tmp_path: Path, empty: Path) -> None:
    """What runs, with the lines of the file; jupytext 1.19 takes the same cells from these texts."""
    rmd = "---\njupyter:\n  kernelspec:\n    name: ir\n    language: R\n---\n\n```{python}\nimport of_another\n```\n"
    write(
        tmp_path,
        {
            "myst.md": MYST,
            "plain.md": PLAIN,
            "sub/report.qmd": QUARTO,
            "in_r.Rmd": rmd,
            "README.md": "---\ntitle: x\n---\n```python\nimport shown\n```\n",
            "bare.md": "```python\nimport shown\n```\n",
            "site.qmd": "---\nformat: html\n---\n```{python}\nimport shown\n```\n",
            "from_text.py": "",
            "odd.md": "---\nkernelspec:\n",
        },
    )
    found = look(tmp_path, empty, tmp_path)
    places = {name: [tuple(place[:3]) for place in several] for name, several in found.imports.items()}
    assert places == {
        "half_written": [("plain.md", 33, True)],
        "numpy": [("myst.md", 20, False)],
        "pandas": [("plain.md", 11, False)],
        "polars": [("sub/report.qmd", 9, False)],
        "scipy": [("plain.md", 24, False)],
    }
    assert {kernel for kernel in found.kernels if kernel.path != "odd.md"} == {
        NotebookKernel("myst.md", "lab", "Our: lab"),
        NotebookKernel("plain.md", "python3", "", "python"),
        NotebookKernel("sub/report.qmd", "lab"),
        NotebookKernel("in_r.Rmd", "ir", "", "R"),
    }
    assert [(each.path, each.line, each.packages) for each in found.installs] == [("myst.md", 19, ("rich",))]
    assert [(each.name, each.source, each.line) for each in found.sets] == [("OMP_NUM_THREADS", "plain.md", 25)]
    assert found.problems == ()


def test_cells_within_parts_that_colons_mark_are_run_but_in_myst() -> None:
    cell = "```{python}\nimport numpy\n```\n"
    text = f"---\njupyter: python3\n---\n::: {{.panel-tabset}}\n{cell}:::: {{.column}}\n{cell}::::\n:::\n"
    found = text_notebook("a.qmd", text)
    assert found is not None
    assert [each.above for each in found.cells] == [5, 9]
    myst = text.replace("jupyter: python3", "kernelspec:\n  name: python3").replace("{python}", "{code-cell}")
    shown = text_notebook("a.md", myst)
    assert shown is not None
    assert shown.cells == ()


def test_cells_of_a_python_file_may_hold_magics(tmp_path: Path, empty: Path) -> None:
    text = "%matplotlib inline\nimport numpy\nclass A:\n    !ls\n    import scipy\n"
    write(tmp_path, {"a.py": f"# %%\n{text}", "b.py": text})
    found = look(tmp_path, empty, tmp_path)
    assert found.imports["scipy"] == (("a.py", 6, False, False),)
    assert [place.optional for place in found.imports["numpy"]] == [False, True], "no cells, so that it is a guess"
    assert [problem.path for problem in found.problems] == ["b.py"]


def test_a_cell_of_blanks_is_read_in_no_time() -> None:
    start = time.process_time()
    assert [name for name, *_ in imports_of(f"import numpy\n{' ' * 500_000}#\n", notebook=True)] == ["numpy"]
    assert time.process_time() - start < 2


def test_scripts_that_say_what_they_need_in_any_folder(tmp_path: Path, empty: Path) -> None:
    """They run in environments of their own, so that what they import need not be in the project's."""
    script = "# /// script\n# requires-python = '>=3.12'\n# dependencies = ['rich>=13']\n# ///\nimport rich\n"
    write(
        tmp_path,
        {
            "top.py": script,
            "scripts/deep/run.py": script,
            "scripts/broken.py": script.replace("'rich>=13'", '"rich'),
            "main.py": "import numpy\n",
        },
    )
    found = look(tmp_path, empty, tmp_path)
    read = [(each.path, each.kind, [(a.name, a.line) for a in each.asked]) for each in found.specifications]
    assert read == [("top.py", "script", [("rich", 3)]), ("scripts/deep/run.py", "script", [("rich", 3)])]
    assert all(each.modified for each in found.specifications)
    assert [(problem.path, problem.line) for problem in found.problems] == [("scripts/broken.py", 3)]
    optional = {(place.path, place.optional) for place in found.imports["rich"]}
    assert optional == {("top.py", True), ("scripts/deep/run.py", True), ("scripts/broken.py", False)}
    assert not found.imports["numpy"][0].optional


@pytest.mark.parametrize(
    "text",
    [
        "```python\n" * 150_000,
        f"```python {'active= ' * 200_000}\nimport x\n```\n",
        f"```python\n#| {'active= ' * 200_000}\n```\n",
        "```python\n```\n" * 100_000,
        "<!-- #region -->\n" * 80_000,
        "`" * 1_500_000,
        f"```{{python {'}' * 1_000_000}\n",
        f"```{' ' * 100_000}`\n",
        f"{':' * 100_000}`\n",
    ],
    ids=["unclosed", "about", "option", "cells", "regions", "fence", "braces", "spaces", "colons"],
)
def test_markdown_that_means_harm_is_read_in_no_time(text: str) -> None:
    start = time.process_time()
    for suffix in ("md", "Rmd", "qmd"):
        text_notebook(f"a.{suffix}", f"---\njupyter:\n  kernelspec:\n    name: x\n---\n{text}")
    text_notebook("a.md", "---\n" + "a:\n " * 200_000)
    assert time.process_time() - start < 5
