"""Remedies that checks of shared native libraries have in common: conda's package instead, another BLAS for all."""

from __future__ import annotations

from collections import Counter

from doctor.facts import Distribution, Facts
from doctor.knowledge.conda_names import PYPI_NAMES
from doctor.knowledge.reinstall import taken_away
from doctor.model import Install, Remedy, Safety

#: where several of conda's names lead to one on PyPI, the one to install
_CONDA_NAMES = {
    "tables": "pytables",
    "torch": "pytorch",
    "opencv-python": "py-opencv",
    "pyqt5": "pyqt",
    "pyqt6": "pyqt",
}
_TITLES = {"openblas": "OpenBLAS", "mkl": "Intel MKL"}
#: what conda's packages of these names are linked against
_LINKED = ("numpy", "numpy-base", "scipy", "scikit-learn", "numexpr")


def main_channel(facts: Facts) -> str:
    """The channel that most packages of the environment came from; empty where none did."""
    channels = Counter(record.channel for record in facts.conda.records if record.channel)
    return channels.most_common(1)[0][0] if channels else ""


def condas_instead(dist: Distribution, facts: Facts) -> Remedy:
    """Uninstall pip's copy and install conda's package of the same version."""
    channel = main_channel(facts)
    others = {name: conda for conda, name in PYPI_NAMES.items()}
    name = _CONDA_NAMES.get(dist.key) or others.get(dist.key) or dist.key
    version = dist.version.partition("+")[0]
    return Remedy(
        f"Take {name} {version} from {channel or 'conda'} instead",
        Safety.CAREFUL,
        (
            *taken_away(dist),
            Install("conda", (f"{name}={version}",), channels=(channel,) if channel else ()),
        ),
        "conda may not have this version, and may move other packages to fit it; look at the difference first",
    )


def switch_blas(family: str, facts: Facts) -> Remedy:
    """Have one BLAS serve everything that conda installed: openblas or mkl."""
    channel = main_channel(facts)
    if channel.startswith(("pkgs/", "defaults")):
        chooser = "nomkl" if family == "openblas" else "blas=*=mkl"
        kept = [record for record in facts.conda.records if record.name in _LINKED]
        specs = (chooser, *(f"{record.name}={record.version}" for record in kept))
    else:
        specs = (f"libblas=*=*{family}",)
    return Remedy(
        f"Have {_TITLES.get(family, family)} serve every package of conda's",
        Safety.CAREFUL,
        (Install("conda", specs, channels=(channel,) if channel else ()),),
        "Numbers may differ in the last digits from those computed before.",
    )
