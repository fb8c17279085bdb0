"""A conda environment with the usual history: two channels, and pip over conda."""

from __future__ import annotations

from doctor.demo.conda_prefix import PYTHON, SITE, Built, Change, make_conda, python_package
from doctor.demo.patient import Patient, Stage, Try
from doctor.demo.wheels import Wheel, unpack
from doctor.demo.writing import take_away, write

_DAY = 86_400
_NUMPY = {
    "numpy/__init__.py": "__version__ = '{}'\n",
    "numpy/linalg.py": "# {}\n",
}


def make(stage: Stage) -> None:
    """Python and numpy of conda-forge, openssl and h5py of defaults, then numpy by pip, stopped on the way."""
    prefix = stage.home / "miniforge3/envs/analysis"
    needs = (f"python >={PYTHON}",)
    created = Change(
        stage.now - 90 * _DAY,
        f"create -n analysis -c conda-forge python={PYTHON} numpy=1.26 pandas",
        (
            python_package(),
            _package("numpy", "1.26.4", needs, asked="numpy=1.26"),
            _package("pandas", "2.2.2", (*needs, "numpy >=1.22.4"), asked="pandas"),
        ),
    )
    added = Change(
        stage.now - 30 * _DAY,
        "install -n analysis -c defaults h5py openssl",
        (
            _package("h5py", "3.11.0", (*needs, "numpy >=1.26"), asked="h5py", channel="pkgs/main"),
            Built("openssl", "3.4.0", {"lib/openssl.txt": "a library\n"}, asked="openssl", channel="pkgs/main"),
        ),
    )
    make_conda(prefix, created, added)
    site = prefix / SITE
    take_away(site / "numpy-1.26.4.dist-info")
    unpack(Wheel("numpy", "2.2.6", {path: text.format("2.2.6") for path, text in _NUMPY.items()}), prefix, site)
    write(site / "~umpy-2.2.5.dist-info/METADATA", "Metadata-Version: 2.1\nName: numpy\nVersion: 2.2.5\n")
    write(stage.home / ".conda/environments.txt", f"{prefix}\n")


def _package(
    name: str, version: str, depends: tuple[str, ...], *, asked: str = "", channel: str = "conda-forge"
) -> Built:
    info = f"{SITE}/{name}-{version}.dist-info"
    modules = _NUMPY if name == "numpy" else {f"{name}/__init__.py": "__version__ = '{}'\n"}
    files: dict[str, str | bytes] = {f"{SITE}/{path}": text.format(version) for path, text in modules.items()}
    files |= {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: conda\nRoot-Is-Purelib: false\n",
        f"{info}/INSTALLER": "conda\n",
    }
    rows = [f"{path.removeprefix(SITE + '/')},,\n" for path in files]
    files[f"{info}/RECORD"] = "".join([*rows, f"{info.removeprefix(SITE + '/')}/RECORD,,\n"])
    return Built(name, version, files, depends=depends, asked=asked, channel=channel)


PATIENT = Patient(
    "analysis",
    "pandas misbehaves since I updated NumPy by pip.",
    "pip wrote NumPy 2 over conda's NumPy 1.26, and packages of two channels that are built apart are mixed.",
    make,
    codes=("CHN001", "CHN006", "MIX001", "MIX004", "PYT003"),
    tries=(
        Try("envdoctor check analysis", "who overwrote what, and where each package came from", "Enter"),
        Try(
            "envdoctor fix analysis MIX004 --yes",
            "half an installation is moved away; undo brings it back",
            "f on the examination",
        ),
        Try("envdoctor timeline analysis", "what changed, and when", "t on the examination"),
        Try("envdoctor explain numpy --env analysis", "why it is there, who installed it, what needs it"),
        Try("envdoctor export analysis", "the environment written down"),
    ),
    prefix="miniforge3/envs/analysis",
    repair="MIX004",
)
