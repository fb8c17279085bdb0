"""How the environment's Python is started: which file, with which path and which variables, and nothing of a secret."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from doctor.facts import Facts
from doctor.target.environment import Request

#: what of the user's variables decides what loads and computes; everything else, secrets above all, stays outside
_KEPT = re.compile(
    r"LANG|LC_\w+|TZ|LD_(LIBRARY_PATH|PRELOAD)|DYLD_\w+|DISPLAY|WAYLAND_DISPLAY|CPATH|OPENSSL_MODULES"
    r"|(CUDA|NVIDIA|HIP|ROCR|HSA|GPU|OMP|KMP|GOMP|MKL|OPENBLAS|BLIS|VECLIB|NUMEXPR|GOTO|XLA|JAX|TF|PYTORCH|TORCH)_\w+"
    r"|(NPY|ATEN|DNNL|ONEDNN|NVPL|CUBLAS|CUDNN|FLEXIBLAS)_\w+|FLEXIBLAS|GLIBC_TUNABLES"
    r"|SYSTEMROOT|WINDIR|COMSPEC|PATHEXT|NUMBER_OF_PROCESSORS|PROCESSOR_\w+",
    re.IGNORECASE,
)
_SECRET = re.compile(r"TOKEN|SECRET|PASSW|CREDENTIAL|API_?KEY|_AUTH", re.IGNORECASE)


class Starting(NamedTuple):
    """All that each start has in common."""

    python: Path
    program: str
    prefix: Path
    before: tuple[str, ...]  #: folders ahead of the standard library: PYTHONPATH
    after: tuple[str, ...]  #: folders of packages, in import order
    variables: Mapping[str, str]

    def command(self, what: str | Mapping[str, object]) -> list[str]:
        """The arguments that make the environment's Python do one thing."""
        job = {"before": self.before, "after": self.after, "prefix": str(self.prefix), "what": what}
        return [str(self.python), "-I", "-S", "-B", "-c", self.program, json.dumps(job)]

    def variables_in(self, folder: Path) -> dict[str, str]:
        """The variables of a start whose home and temporary files go to a folder of its own."""
        homes = ("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "CUDA_CACHE_PATH")
        return {**self.variables, **dict.fromkeys(homes, str(folder))}


def starting(request: Request, facts: Facts) -> Starting:
    """Find out how this environment's Python is started. Raises ValueError with the reason where it cannot be."""
    environment = request.environment
    if environment.python is None:
        raise ValueError("there is no Python in this environment")
    if facts.identity.system != _own_system():
        raise ValueError(f"it is an environment of {facts.identity.system}, and this is {_own_system()}")
    active = [site for site in facts.identity.site_folders if site.active]
    before = tuple(_real(site.path, request) for site in active if site.kind == "pythonpath")
    after = [_real(site.path, request) for site in active if site.kind != "pythonpath"]
    after += [
        _real(folder, request)
        for file in facts.distributions.startup
        for _, folder, exists in file.folders
        if exists and file.kind == "pth"
    ]
    return Starting(
        environment.python.absolute(),
        _program(),
        environment.prefix.absolute(),
        before,
        tuple(dict.fromkeys(after)),
        _variables(request, facts),
    )


def _program() -> str:
    """The text of what is run there, also where envdoctor itself lies in an archive."""
    import pkgutil

    text = pkgutil.get_data("doctor.live", "inside.py")
    assert text is not None
    return text.decode()


def _variables(request: Request, facts: Facts) -> dict[str, str]:
    active = {variable.name: variable.value for variable in reversed(facts.settings.activation)}
    shown = ("~", "*")  # a home folder or a secret that was taken out: nothing to hand on
    wanted = {
        **request.variables,
        **{name: value for name, value in active.items() if not any(sign in value for sign in shown)},
    }
    kept = {
        name: value
        for name, value in wanted.items()
        if _KEPT.fullmatch(name) and not _SECRET.search(name) and "\0" not in value
    }
    folders = [part for part in request.variables.get("PATH", "").split(os.pathsep) if os.path.isabs(part)]  # noqa: PTH117
    kept["PATH"] = os.pathsep.join(folders) or os.defpath
    if request.environment.kind == "conda":
        kept["CONDA_PREFIX"] = str(request.environment.prefix)
    if "DISPLAY" in kept:
        kept["XAUTHORITY"] = request.variables.get("XAUTHORITY") or str(request.home / ".Xauthority")
    return kept


def _real(shown: str, request: Request) -> str:
    """The folder that facts name: relative to the prefix, or absolute with ~ for the home folder."""
    if shown == "~" or shown.startswith("~/"):
        return str(request.home / shown[2:])
    return str(request.environment.prefix.absolute() / shown)


def _own_system() -> str:
    import sys

    return {"darwin": "macos", "win32": "windows"}.get(sys.platform, "linux")
