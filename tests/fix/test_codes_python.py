"""What is wrong with an environment's Python, its requirements and its room is repaired, proven and taken back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple

import pytest

from tests.fix.ward import Ward, cases_of
from tests.patients.conda import make_conda_prefix
from tests.patients.conda_channel import PYTHON
from tests.patients.conda_command import make_conda_command
from tests.patients.conda_states import record_of
from tests.patients.examined import SITE
from tests.patients.venvs import install, make_venv
from tests.patients.wheels import make_wheel

By = Literal["uv", "pip"]


class Case(NamedTuple):
    """A patient, what it suffers from, and which remedy is to heal it."""

    make: Callable[[Ward, By], Path]
    code: str
    subject: str
    title: str = ""


def venv(ward: Ward, by: By, *, system_site: bool = False) -> Path:
    prefix = make_venv(ward.folder / "env", by="uv" if by == "uv" else "venv", system_site=system_site)
    tool = make_wheel(
        ward.wheels, "tool", "1.0", {"tool.py": "def main(): pass\n"},
        entry_points="[console_scripts]\ntool = tool:main\nruler = tool:main\n",
    )  # fmt: skip
    install(prefix, tool, by=by)
    return prefix


def missing_requirement(ward: Ward, by: By) -> Path:
    prefix = venv(ward, by)
    make_wheel(ward.wheels, "extra-lib", "1.0", {"extra_lib.py": ""})
    text = "Metadata-Version: 2.1\nName: need\nVersion: 1.0\nProvides-Extra: more\n"
    text += "Requires-Dist: extra-lib; extra == 'more'\n"
    make_wheel(ward.wheels, "need", "1.0", {"need.py": ""}, extra_dist_info={"METADATA": text})
    install(prefix, make_wheel(ward.wheels, "asker", "1.0", {"asker.py": ""}, requires=["need[more]>=1"]), by=by)
    return prefix


def too_new(ward: Ward, by: By) -> Path:
    prefix = venv(ward, by)
    for version in ("1.0", "1.5", "2.0"):
        make_wheel(ward.wheels, "need", version, {"need.py": f"v = '{version}'\n"})
    install(prefix, ward.wheels / "need-2.0-py3-none-any.whl", by=by)
    install(prefix, make_wheel(ward.wheels, "asker", "1.0", {"asker.py": ""}, requires=["need>=1,<2"]), by=by)
    install(prefix, make_wheel(ward.wheels, "other", "1.0", {"other.py": ""}, requires=["need!=1.5"]), by=by)
    return prefix


def other_python(ward: Ward, by: By) -> Path:
    prefix = venv(ward, by)
    make_wheel(ward.wheels, "picky", "1.0", {"picky.py": ""})
    wheel = make_wheel(ward.wheels, "picky", "2.0", {"picky.py": ""})
    install(prefix, wheel, by=by)
    wheel.unlink()
    metadata = prefix / SITE / "picky-2.0.dist-info/METADATA"
    text = metadata.read_text().replace("Summary:", "Requires-Python: <3\nSummary:")
    metadata.unlink()
    metadata.write_text(text)
    return prefix


def withdrawn(ward: Ward, by: By) -> Path:
    prefix = venv(ward, by)
    install(prefix, make_wheel(ward.wheels, "sklearn", "0.0.post12", {}), by=by)
    make_wheel(ward.wheels, "scikit-learn", "1.7.0", {"sklearn/__init__.py": ""})
    return prefix


def editable(ward: Ward, by: By) -> Path:
    prefix = venv(ward, by)
    site = prefix / SITE
    info = site / "mylab-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mylab\nVersion: 1.0\n")
    url = {"url": f"file://{ward.home}/code/mylab", "dir_info": {"editable": True}}
    (info / "direct_url.json").write_text(json.dumps(url))
    (info / "INSTALLER").write_text("pip\n")
    (site / "__editable__.mylab-1.0.pth").write_text(f"{ward.home}/code/mylab/src\n")
    names = ("METADATA", "direct_url.json", "INSTALLER", "RECORD")
    rows = [f"{info.name}/{name},,\n" for name in names]
    (info / "RECORD").write_text("".join(["__editable__.mylab-1.0.pth,,\n", *rows]))
    return prefix


def egg_link(ward: Ward, by: By) -> Path:
    prefix = venv(ward, by)
    site, live = prefix / SITE, ward.folder / "live"
    live.mkdir()
    (site / "mylab.egg-link").write_text("/gone/mylab\n.")
    (site / "easy-install.pth").write_text(f"{live}\n/gone/mylab\n")
    return prefix


def stray(ward: Ward, by: By) -> Path:
    prefix = venv(ward, by)
    live = ward.folder / "live"
    live.mkdir()
    (prefix / SITE / "lab.pth").write_text(f"/gone/one\n{live}\n/gone/two\n")
    return prefix


def moved_scripts(ward: Ward, by: By) -> Path:
    prefix = venv(ward, by)
    for name in ("tool", "ruler"):
        path = prefix / "bin" / name
        text = path.read_text().partition("\n")[2]
        path.unlink()
        path.write_text(f"#!/old/place/env/bin/python\n{text}")
        path.chmod(0o755)
    return prefix


def stranded(ward: Ward, by: By) -> Path:
    prefix = venv(ward, by)
    make_wheel(ward.wheels, "lost", "1.0", {"lost.py": ""})
    make_wheel(ward.wheels, "lost", "2.0", {"lost.py": ""})
    old = prefix / "lib/python3.7/site-packages"
    old.mkdir(parents=True)
    other = make_venv(ward.folder / "other")
    install(other, ward.wheels / "lost-1.0-py3-none-any.whl")
    shutil.copytree(other / SITE / "lost-1.0.dist-info", old / "lost-1.0.dist-info")
    return prefix


def user_site(ward: Ward, by: By) -> Path:
    """A package of the user's own folder that the environment requires, and lacks."""
    prefix = venv(ward, by, system_site=True)
    install(prefix, make_wheel(ward.wheels, "asker", "1.0", {"asker.py": ""}, requires=["lender>=1"]), by=by)
    lender = make_wheel(ward.wheels, "lender", "1.5", {"lender.py": ""})
    other = make_venv(ward.folder / "other")
    install(other, lender)
    shutil.copytree(other / SITE, ward.home / ".local" / SITE)
    return prefix


def pythonpath(ward: Ward, by: By) -> Path:
    ward.more = {"PYTHONPATH": "/opt/tool/lib/python3.6/site-packages"}
    return venv(ward, by)


def foreign_pip(ward: Ward, by: By) -> Path:
    prefix = venv(ward, by)
    make_wheel(ward.wheels, "pip", "99.0", {"pip/__init__.py": ""}, entry_points="[console_scripts]\npip = pip:main\n")
    other = make_venv(ward.folder / "other")
    install(other, ward.wheels / "pip-99.0-py3-none-any.whl")
    ward.more = {"VIRTUAL_ENV": str(prefix), "PATH": f"{prefix}/bin:{other}/bin:/usr/bin:/bin"}
    return prefix


def start_up(ward: Ward, by: By) -> Path:
    prefix = venv(ward, by)
    (prefix / SITE / "zz_lab.pth").write_text("import lab_proxy\n")
    return prefix


def open_to_all(ward: Ward, by: By) -> Path:
    prefix = venv(ward, by)
    (prefix / SITE / "tool.py").chmod(0o666)
    return prefix


VENV = {
    "a requirement with an extra is missing": Case(missing_requirement, "DEP001", "asker: need", "Install need"),
    "a requirement is too new": Case(too_new, "DEP001", "asker: need", "Install need"),
    "for another Python": Case(other_python, "DEP002", "picky", "Install another"),
    "a placeholder": Case(withdrawn, "DEP005", "sklearn"),
    "an editable install without its folder": Case(editable, "PYT009", "mylab", "Uninstall"),
    "an egg-link without its folder": Case(egg_link, "PYT009", "mylab"),
    "dead lines of a .pth": Case(stray, "PYT009", f"{SITE}/lab.pth", "Take lines 1, 3"),
    "commands of another place": Case(moved_scripts, "PYT008", "/old/place/env", "Reinstall"),
    "left behind, the same": Case(stranded, "PYT012", "lib/python3.7/site-packages", "same versions"),
    "left behind, what fits": Case(stranded, "PYT012", "lib/python3.7/site-packages", "Install them"),
    "borrowed of the user's folder": Case(user_site, "PYT001", "lender", "Install lender"),
    "the user's folder kept out": Case(user_site, "PYT001", "lender", "then keep"),
    "PYTHONPATH of another Python": Case(pythonpath, "PYT002", "/opt/tool/lib/python3.6/site-packages", "Unset"),
    "no pip of its own": Case(foreign_pip, "PYT003", "pip", "Add pip"),
    "nobody's start-up code": Case(start_up, "SEC001", f"{SITE}/zz_lab.pth"),
}


BY_PIP = ("a requirement with an extra is missing", "a placeholder", "no pip of its own", "commands of another place")


@pytest.mark.parametrize(("installer", "case"), cases_of(VENV, BY_PIP), indirect=["installer"])
def test_of_a_virtual_environment(ward: Ward, installer: By, case: Case) -> None:
    ward.repair(case.make(ward, installer), case.code, case.subject, case.title)


def conda(ward: Ward, *packages: str) -> Path:
    cache = ward.folder / "cache"
    make_conda_command(ward.tools, cache=cache)
    wanted = packages or ("python", "pip", "demo-tool", "numpy")
    return make_conda_prefix(ward.folder / "miniforge3/envs/work", packages=wanted, cache=cache)


def test_a_conda_package_that_others_need(ward: Ward) -> None:
    prefix = conda(ward)
    record = json.loads(record_of(prefix, "demo-lib").read_text())
    for path in record["files"]:
        (prefix / path).unlink(missing_ok=True)
    record_of(prefix, "demo-lib").unlink()
    ward.repair(prefix, "DEP003", "demo-lib")


def test_conda_without_pip(ward: Ward) -> None:
    ward.offline = False  # pip has to be fetched, from the test's own channel
    ward.repair(conda(ward, "python", "numpy"), "PYT003", "pip", "Add pip")


def test_the_users_folder_is_kept_out_of_conda(ward: Ward) -> None:
    prefix = conda(ward)
    other = make_venv(ward.folder / "other")
    install(other, make_wheel(ward.wheels, "numpy", "9.9", {"numpy/__init__.py": ""}))
    shutil.copytree(other / SITE, ward.home / f".local/lib/python{PYTHON}/site-packages")
    ward.repair(prefix, "PYT001", "numpy", "Keep the user's folder out")
