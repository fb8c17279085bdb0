"""Jupyter's rules for kernel specs: which names are valid, which are somebody else's, and what a new one says.

After jupyter_client 8 (kernelspec.py, manager.py), jupyter_core 5 (paths.py) and ipykernel 7, read on 2026-11-22;
the names that services give their kernels are from their documentation (certainty: general).
"""

from __future__ import annotations

import json
import re

#: the kernel of the Python that Jupyter itself runs in: there wherever ipykernel is, with or without a kernel.json
NATIVE = "python3"
#: where an environment keeps the kernel specs that its own Jupyter offers
FOLDER = "share/jupyter/kernels"

_VALID = re.compile(r"[a-z0-9._-]{1,100}", re.IGNORECASE)
_UNFIT = re.compile(r"[^a-z0-9._-]+")

#: names of environments that say nothing of whose they are
_COMMON = frozenset(
    {"", ".venv", "venv", "env", ".env", "envs", "virtualenv", ".virtualenv", ".conda", "conda", "conda-env"}
    | {"base", "root", "default", "python", "python3", "usr", "local", "test", "tests", "dev", "prod", "src"}
)

#: kernels that services and editors bring along: of Databricks, SageMaker, Azure, Fabric, EMR, Deepnote, VS Code, ...
_ELSEWHERE = (
    r"(?:py|scala|r)?spark|(?:py|scala|r|livy)?spark(?:kernel|magic|[-_]?\d*)|synapse_\w+|conda-(?:env|root)-.*|conda[_-](?:(?:python|pytorch|tensorflow|mxnet)\w*|r)"
    r"|.*jvsc74a57bd0[0-9a-f]*|databricks\w*|azureml\w*|.*-azureml(?:-\w+)?|kaggle\w*|colab\w*|deepnote\w*"
    r"|local-\w+|apache_beam.*|sagemaker-.*|saturn.*|glue_\w+|jupyter-eg-kernel.*|xeus-python|pyodide|python-pyodide"
    r"|sagemath.*|ptvs-.*|sqlserver.*|polyglot.*|\.net-\w+"
)


def is_valid_name(name: str) -> bool:
    """Whether Jupyter takes it for a kernel's name."""
    return _VALID.fullmatch(name) is not None


def is_own_python(program: str, minor: str) -> bool:
    """Whether a Jupyter of Python X.Y starts its own interpreter for it: python, python3, python3.11."""
    return program in ("python", "python3", f"python{minor}")


def is_brought_elsewhere(name: str) -> bool:
    """Whether a service, an editor or an extension offers kernels of this name without a kernel.json of ours."""
    return re.fullmatch(_ELSEWHERE, name, re.IGNORECASE) is not None


def kernel_name(project_name: str) -> str:
    """A valid Jupyter name for the kernel of a project or environment, never that of Jupyter's own Python."""
    name = _UNFIT.sub("-", project_name.strip().lower())[:60].strip("-._")
    if not name:
        return "project"
    return f"{name}-kernel" if name in ("python", "python2", NATIVE) else name


def is_telling(name: str) -> bool:
    """Whether a name says whose environment it is, as .venv and base do not."""
    return name.strip().lower() not in _COMMON


def kernel_text(python: str, display: str) -> str:
    """The kernel.json that starts ipykernel in an interpreter, as ipykernel itself writes it."""
    spec = {
        "argv": [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": display,
        "language": "python",
        "metadata": {"debugger": True},
    }
    return json.dumps(spec, indent=1, ensure_ascii=False) + "\n"
