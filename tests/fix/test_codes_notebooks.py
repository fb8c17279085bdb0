"""What is wrong with the kernels and imports of a project's notebooks is repaired, proven and taken back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from tests.fix.ward import Ward
from tests.patients.conda import make_conda_prefix
from tests.patients.conda_command import make_conda_command
from tests.patients.venvs import install, make_venv, python_of
from tests.patients.wheels import make_wheel

KERNELS = "share/jupyter/kernels"


def notebook(path: Path, *cells: str, kernel: Mapping[str, str] | None = None) -> None:
    told = {"name": "python3", "display_name": "Python 3", "language": "python"} if kernel is None else kernel
    code = [{"cell_type": "code", "source": cell, "metadata": {}, "outputs": []} for cell in cells]
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = {"cells": code, "metadata": {"kernelspec": told}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(whole))


def kernel(folder: Path, name: str, python: str, display: str = "") -> Path:
    path = folder / name / "kernel.json"
    path.parent.mkdir(parents=True)
    argv = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    path.write_text(json.dumps({"argv": argv, "display_name": display or name, "language": "python"}, indent=1))
    return path


def project(ward: Ward, *, ready: bool = True) -> Path:
    """A project called survey with its environment inside, in which ipykernel is, or only could be."""
    ward.project = ward.folder / "survey"
    ward.project.mkdir()
    prefix = make_venv(ward.project / ".venv", by="venv")
    wheel = make_wheel(ward.wheels, "ipykernel", "7.1.0", {"ipykernel/__init__.py": ""})
    if ready:
        install(prefix, wheel)
    return prefix


def users(ward: Ward) -> Path:
    return ward.home / ".local/share/jupyter/kernels"


def test_a_kernel_of_a_moved_environment(ward: Ward) -> None:
    prefix = project(ward)
    kernel(prefix / KERNELS, "python3", "/old/place/.venv/bin/python")
    done = ward.repair(prefix, "NBK001", "python3", "Let the kernel")
    assert done.after.facts.kernels.specs[0].argv[0] == "python", "which Jupyter takes for its own"
    ward.repair(prefix, "NBK001", "python3", "Move")


def test_a_dead_kernel_of_an_environment_without_ipykernel(ward: Ward) -> None:
    prefix = project(ward, ready=False)
    kernel(prefix / KERNELS, "lab", "/old/place/.venv/bin/python")
    done = ward.repair(prefix, "NBK001", "lab", "Let the kernel")
    assert "ipykernel" in {dist.key for dist in done.after.facts.distributions.installed}


def test_the_users_dead_kernel_that_notebooks_name(ward: Ward) -> None:
    prefix = project(ward)
    kernel(users(ward), "lab", "/old/place/lab/bin/python")
    assert ward.project is not None
    notebook(ward.project / "a.ipynb", kernel={"name": "lab", "language": "python"})
    done = ward.repair(prefix, "NBK001", "lab", "Let the kernel")
    (mended,) = (spec for spec in done.after.facts.kernels.specs if spec.name == "lab")
    assert mended.inside
    assert mended.argv[0] == str(python_of(prefix))


def test_a_kernel_of_the_environments_name_that_starts_another(ward: Ward) -> None:
    other = make_venv(ward.folder / "other")
    prefix = make_venv(ward.folder / "envs" / "survey")
    install(prefix, make_wheel(ward.wheels, "ipykernel", "7.1.0", {"ipykernel/__init__.py": ""}))
    spec = kernel(users(ward), "survey", str(python_of(other)))
    before = spec.read_bytes()
    done = ward.repair(prefix, "NBK002", "survey", "Give this environment a kernel")
    assert next(found.path for found in done.after.facts.kernels.specs) == f"{KERNELS}/survey/kernel.json"
    ward.repair(prefix, "NBK002", "survey", "Let the kernel")
    assert spec.read_bytes() == before


def test_the_users_python3_that_starts_another(ward: Ward) -> None:
    other = make_venv(ward.folder / "other")
    prefix = make_venv(ward.folder / "envs" / "survey")
    install(prefix, make_wheel(ward.wheels, "ipykernel", "7.1.0", {"ipykernel/__init__.py": ""}))
    kernel(users(ward), "python3", str(python_of(other)))
    ward.repair(prefix, "NBK002", "python3", "Let the kernel")


def test_notebooks_for_an_unknown_kernel(ward: Ward) -> None:
    prefix = project(ward)
    assert ward.project is not None
    notebook(ward.project / "a.ipynb", kernel={"name": "Lab", "display_name": "Our lab", "language": "python"})
    done = ward.repair(prefix, "NBK003", "lab", "Give this environment a kernel")
    (made,) = done.after.facts.kernels.specs
    assert (made.name, made.inside, made.argv[0]) == ("lab", True, "python")


def test_notebooks_for_an_unknown_kernel_without_ipykernel(ward: Ward) -> None:
    prefix = project(ward, ready=False)
    assert ward.project is not None
    notebook(ward.project / "a.ipynb", kernel={"name": "lab", "language": "python"})
    done = ward.repair(prefix, "NBK003", "lab", "Give this environment a kernel")
    assert "ipykernel" in {dist.key for dist in done.after.facts.distributions.installed}


def test_a_missing_import(ward: Ward) -> None:
    prefix = project(ward)
    assert ward.project is not None
    make_wheel(ward.wheels, "umap-learn", "0.5.7", {"umap/__init__.py": ""})
    make_wheel(ward.wheels, "umap-learn", "0.5.9", {"umap/__init__.py": ""})
    (ward.project / "requirements.txt").write_text("umap-learn==0.5.7\nipykernel\n")
    notebook(ward.project / "a.ipynb", "import os, umap", "try:\n    import cupy\nexcept ImportError:\n    pass")
    done = ward.repair(prefix, "NBK004", "umap", "Install umap-learn")
    assert [d.version for d in done.after.facts.distributions.installed if d.key == "umap-learn"] == ["0.5.7"]


def test_a_missing_import_in_conda(ward: Ward) -> None:
    ward.offline = False  # numpy has to be fetched, from the test's own channel
    cache = ward.folder / "cache"
    make_conda_command(ward.tools, cache=cache)
    prefix = make_conda_prefix(ward.folder / "miniforge3/envs/work", packages=("python", "pip"), cache=cache)
    ward.project = ward.folder / "survey"
    ward.project.mkdir()
    (ward.project / "environment.yml").write_text("name: work\ndependencies:\n- python\n- pip\n- numpy\n")
    (ward.project / "run.py").write_text("import numpy\n")
    ward.repair(prefix, "NBK004", "numpy", "with conda")


def test_notebooks_without_ipykernel(ward: Ward) -> None:
    prefix = project(ward, ready=False)
    assert ward.project is not None
    notebook(ward.project / "a.ipynb", "1 + 1")
    ward.repair(prefix, "NBK005", "ipykernel")
