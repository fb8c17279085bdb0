"""Numbers on real environments: libraries that are read from disk, and what a project sets for itself."""

from __future__ import annotations

import json
import os
import subprocess
import sysconfig
from pathlib import Path

import pytest
from uv import find_uv_bin

from doctor import checks
from doctor.examine import Examined, examine
from doctor.facts import Variable
from doctor.judgement.numerics import numerics_of
from doctor.model import Examination, Severity
from doctor.reading.repository.imports import read_imports
from doctor.target.environment import Request
from doctor.target.recognise import inspect_prefix
from tests.patients.elf import make_library
from tests.patients.venvs import install, make_venv
from tests.patients.wheels import make_wheel

PLATFORM = sysconfig.get_platform().replace("-", "_").replace(".", "_")
on_linux = pytest.mark.skipif(not PLATFORM.startswith("linux_"), reason="libraries are written as Linux has them")


def examined(prefix: Path, home: Path, project: Path | None = None, *codes: str) -> Examination:
    environment = inspect_prefix(prefix)
    assert environment is not None
    request = Request(environment, project, variables={"PATH": "/usr/bin:/bin"}, home=home)
    (end,) = (event for event in examine(request, checks.load(codes)) if isinstance(event, Examined))
    assert not end.examination.crashed
    return end.examination


def package(folder: Path, name: str, runtime: str, bundled: str = "") -> Path:
    """A wheel with one extension module that needs a runtime, which it may bundle."""
    made = folder / "made"
    code = make_library(made / f"_{name}", needed=(runtime,), runpath=f"$ORIGIN/../{name}.libs", machine=PLATFORM[6:])
    files: dict[str, bytes | str] = {f"{name}/__init__.py": "", f"{name}/_{name}.abi3.so": code.read_bytes()}
    if bundled:
        library = make_library(made / bundled, soname=bundled, machine=PLATFORM[6:])
        files[f"{name}.libs/{bundled}"] = library.read_bytes()
    return make_wheel(folder, name, "1.0", files, tag=f"py3-none-{PLATFORM}")


@on_linux
def test_intels_beside_llvms_is_an_error_and_gnus_are_silent(tmp_path: Path) -> None:
    prefix = make_venv(tmp_path / "env")
    gnu = [package(tmp_path, name, f"libgomp-{name}.so.1", f"libgomp-{name}.so.1") for name in ("one", "two")]
    install(prefix, *gnu, package(tmp_path, "paddle", "libiomp5.so", "libiomp5.so"))
    assert [finding.code for finding in examined(prefix, tmp_path, None, "NUM").findings] == []
    install(prefix, package(tmp_path, "fast", "libomp-1a2b.so", "libomp-1a2b.so"))
    (finding,) = examined(prefix, tmp_path, None, "NUM001").findings
    assert (finding.severity, finding.packages) == (Severity.ERROR, ("paddle", "fast"))
    paths = [evidence.path.rpartition("/")[2] for evidence in finding.evidence]
    assert paths == ["libiomp5.so", "_paddle.abi3.so", "libomp-1a2b.so", "_fast.abi3.so"]


@on_linux
def test_the_guard_is_found_in_notebooks_sources_and_env_files(tmp_path: Path) -> None:
    prefix = make_venv(tmp_path / "env")
    install(prefix, package(tmp_path, "paddle", "libiomp5.so", "libiomp5.so"))
    project = tmp_path / "project"
    project.mkdir()
    cell = {"cell_type": "code", "source": ["import os\n", 'os.environ["KMP_DUPLICATE_LIB_OK"] = "TRUE"\n']}
    (project / "train.ipynb").write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4}))
    (finding,) = examined(prefix, tmp_path, project, "NUM003").findings
    assert (finding.severity, finding.subject) == (Severity.WARNING, "train.ipynb#1")
    assert (finding.evidence[0].path, finding.evidence[0].line) == ("train.ipynb#1", 2)


def test_what_a_program_only_writes_elsewhere_is_not_set(tmp_path: Path) -> None:
    (tmp_path / "make.py").write_text(
        "import os\n"
        """cell = ["import os\\n", 'os.environ["KMP_DUPLICATE_LIB_OK"] = "TRUE"\\n']\n"""
        "text = '''\nos.environ[\"MKL_NUM_THREADS\"] = \"1\"\n'''\n"
        'os.environ["OMP_NUM_THREADS"] = "2"\n'
    )
    (tmp_path / "broken.py").write_text('os.environ["OPENBLAS_NUM_THREADS"] = "3"\nprint(\'\n')
    found = {variable.name: variable.value for variable in read_imports(tmp_path).sets}
    assert found == {"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "3"}


def test_what_a_project_sets_for_itself(tmp_path: Path) -> None:
    (tmp_path / "run.py").write_text(
        'import os\nos.environ["OMP_NUM_THREADS"] = "4"\n'
        "os.environ.setdefault('KMP_DUPLICATE_LIB_OK','TRUE')\n"
        '# os.environ["MKL_NUM_THREADS"] = "4"\n'
        'os.putenv("NUMEXPR_MAX_THREADS", str(8))\nos.environ["OPENAI_API_KEY"] = "sk-1234567890"\n'
        'print(os.environ["CUDA_VISIBLE_DEVICES"] == "1")\n'
    )
    (tmp_path / "%env.py").write_text("%env OMP_NUM_THREADS=3\n")
    cell = {"cell_type": "code", "source": "%env MKL_THREADING_LAYER=GNU\nimport numpy"}
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": [cell], "metadata": {}}))
    (tmp_path / ".env").write_text("# KMP_AFFINITY=1\nexport KMP_DUPLICATE_LIB_OK='True'\nHF_TOKEN=hf_abcdefgh\n")
    assert read_imports(tmp_path).sets == (
        Variable("KMP_DUPLICATE_LIB_OK", "True", ".env", 2),
        Variable("MKL_THREADING_LAYER", "GNU", "a.ipynb#1", 1),
        Variable("OMP_NUM_THREADS", "4", "run.py", 2),
        Variable("KMP_DUPLICATE_LIB_OK", "TRUE", "run.py", 3),
        Variable("NUMEXPR_MAX_THREADS", "8", "run.py", 5),
    )


@pytest.mark.network
def test_wheels_of_the_index_are_sound(tmp_path: Path) -> None:
    prefix = make_venv(tmp_path / "env")
    packages = ["numpy", "scipy", "scikit-learn", "xgboost", "faiss-cpu", "mkl", "intel-openmp"]
    command = [find_uv_bin(), "pip", "install", "-q", "--python", str(prefix), *packages]
    local = os.environ.get("PIP_FIND_LINKS")
    torch = ["torch==2.13.0+cpu", "--find-links", local] if local else []
    if subprocess.run([*command, *torch], check=False).returncode:
        pytest.skip("the index offers no such build")
    examination = examined(prefix, tmp_path, None, "NUM")
    assert examination.findings == ()
    numerics = numerics_of(examination.facts)
    assert {runtime.family for runtime in numerics.used("openmp")} == {"libgomp"}
    assert [runtime.family for runtime in numerics.blas_of("numpy")] == ["openblas"]
    assert next(runtime for runtime in numerics.runtimes if runtime.family == "libiomp").users == {}
