"""What mixed installers did to real environments is repaired, proven and taken back, byte for byte."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple

import pytest

from tests.fix.trees import differences, picture
from tests.fix.ward import Ward, cases_of
from tests.patients.conda import make_conda_prefix
from tests.patients.conda_command import make_conda_command
from tests.patients.conda_states import (
    conda_listed,
    conda_reinstalled,
    native_pip_over_conda,
    pip_over_conda,
    pip_uninstalled,
    record_of,
    update_killed,
)
from tests.patients.examined import SITE
from tests.patients.venvs import install, make_venv, uninstall
from tests.patients.wheels import make_wheel

By = Literal["uv", "pip"]


class Case(NamedTuple):
    """A patient, what it suffers from, and which remedy is to heal it."""

    make: Callable[[Ward, By], Path]
    code: str
    subject: str
    title: str = ""
    deep: bool = False


def healthy(ward: Ward, by: By) -> Path:
    """Two packages, one with code below it."""
    prefix = make_venv(ward.folder / "env", by="uv" if by == "uv" else "venv")
    files = {"demo_lib/__init__.py": "x = 1\n", "demo_lib/core.py": "y = 2\n"}
    install(prefix, make_wheel(ward.wheels, "demo-lib", "1.0", files), by=by)
    make_wheel(ward.wheels, "demo-lib", "2.0", {"demo_lib/__init__.py": "x = 2\n"})
    install(prefix, make_wheel(ward.wheels, "other", "1.0", {"other.py": ""}, requires=["demo-lib"]), by=by)
    return prefix


def lost_file(ward: Ward, by: By) -> Path:
    prefix = healthy(ward, by)
    (prefix / SITE / "demo_lib/core.py").unlink()
    return prefix


def edited(ward: Ward, by: By) -> Path:
    prefix = healthy(ward, by)
    path = prefix / SITE / "demo_lib/core.py"
    text = path.read_text()
    path.unlink()
    path.write_text(text + "# edited\n")
    return prefix


def twice(ward: Ward, by: By) -> Path:
    prefix = healthy(ward, by)
    other = make_venv(ward.folder / "second")
    install(other, ward.wheels / "demo_lib-2.0-py3-none-any.whl")
    shutil.copytree(other / SITE / "demo_lib-2.0.dist-info", prefix / SITE / "demo_lib-2.0.dist-info")
    (prefix / SITE / "demo_lib-2.0.dist-info/RECORD").write_text("demo_lib/gone.py,,\n")
    return prefix


def misnamed(ward: Ward, by: By) -> Path:
    """The other folder is named for another version than its metadata tells, and was changed last."""
    prefix = healthy(ward, by)
    info = prefix / SITE / "demo_lib-1.0.dist-info"
    shutil.copytree(info, prefix / SITE / "demo_lib-0.9.dist-info")
    return prefix


def only_misnamed_is_there(ward: Ward, by: By) -> Path:
    prefix = misnamed(ward, by)
    record = prefix / SITE / "demo_lib-1.0.dist-info/RECORD"
    record.unlink()
    record.write_text("demo_lib/gone.py,,\n")
    return prefix


def interrupted(ward: Ward, by: By) -> Path:
    prefix = healthy(ward, by)
    (prefix / SITE / "~emo_lib").mkdir()
    (prefix / SITE / "~emo_lib/__init__.py").write_text("x = 0\n")
    return prefix


def no_record(ward: Ward, by: By) -> Path:
    prefix = healthy(ward, by)
    (prefix / SITE / "demo_lib-1.0.dist-info/RECORD").unlink()
    return prefix


def no_metadata(ward: Ward, by: By) -> Path:
    prefix = healthy(ward, by)
    (prefix / SITE / "demo_lib-1.0.dist-info/METADATA").unlink()
    return prefix


def broken_metadata(ward: Ward, by: By) -> Path:
    prefix = healthy(ward, by)
    path = prefix / SITE / "demo_lib-1.0.dist-info/METADATA"
    path.unlink()
    path.mkdir()
    return prefix


def clobbered(ward: Ward, by: By) -> Path:
    prefix = make_venv(ward.folder / "env")
    for name in ("opencv-python", "opencv-python-headless"):
        files = {"cv2/__init__.py": f"# {name}\n", "cv2/core.py": f"name = '{name}'\n"}
        install(prefix, make_wheel(ward.wheels, name, "4.10.0.84", files), by=by)
    return prefix


def twin_removed(ward: Ward, by: By) -> Path:
    prefix = clobbered(ward, by)
    uninstall(prefix, "opencv-python", by=by)
    return prefix


VENV = {
    "a file is gone": Case(lost_file, "MIX006", "demo-lib"),
    "a file was edited": Case(edited, "MIX007", "demo-lib", deep=True),
    "two copies of one metadata": Case(twice, "MIX003", "demo-lib"),
    "a misnamed copy": Case(misnamed, "MIX003", "demo-lib"),
    "only a misnamed copy": Case(only_misnamed_is_there, "MIX003", "demo-lib"),
    "a killed pip": Case(interrupted, "MIX004", "~emo_lib"),
    "no RECORD": Case(no_record, "MIX004", "demo-lib"),
    "no METADATA": Case(no_metadata, "MIX004", "demo-lib"),
    "unreadable METADATA": Case(broken_metadata, "MIX009", "demo-lib"),
    "two OpenCV, one removed": Case(twin_removed, "MIX006", "opencv-python-headless"),
    "two OpenCV, the one": Case(clobbered, "MIX005", "opencv-python+opencv-python-headless", "Keep opencv-python 4"),
    "two OpenCV, the other": Case(clobbered, "MIX005", "opencv-python+opencv-python-headless", "headless"),
}


BY_PIP = ("a file is gone", "no RECORD", "two copies of one metadata", "two OpenCV, the one")


@pytest.mark.parametrize(("installer", "case"), cases_of(VENV, BY_PIP), indirect=["installer"])
def test_of_a_virtual_environment(ward: Ward, installer: By, case: Case) -> None:
    ward.repair(case.make(ward, installer), case.code, case.subject, case.title, deep=case.deep)


def conda(ward: Ward) -> Path:
    """A sound conda environment, with a cache of its own and the conda that looks after it."""
    cache = ward.folder / "cache"
    make_conda_command(ward.tools, cache=cache)
    return make_conda_prefix(ward.folder / "miniforge3/envs/work", cache=cache)


def over(ward: Ward, by: By) -> Path:
    prefix = conda(ward)
    pip_over_conda(prefix, by=by)
    return prefix


def the_same_over(ward: Ward, by: By) -> Path:
    prefix = conda(ward)
    pip_over_conda(prefix, "1.1", by=by)
    return prefix


def native_over(ward: Ward, by: By) -> Path:
    prefix = conda(ward)
    native_pip_over_conda(prefix, by)
    return prefix


def listed(ward: Ward, by: By) -> Path:
    prefix = native_over(ward, by)
    conda_listed(prefix, "numpy")
    return prefix


def put_back_while_pips_stayed(ward: Ward, by: By) -> Path:
    prefix = over(ward, by)
    conda_reinstalled(prefix, "demo-lib")
    return prefix


def put_beside(ward: Ward, by: By) -> Path:
    prefix = conda(ward)
    pip_over_conda(prefix, by="pip", keep=True)
    return prefix


def uninstalled(ward: Ward, by: By) -> Path:
    prefix = conda(ward)
    pip_uninstalled(prefix, "demo-lib")
    return prefix


def library_gone(ward: Ward, by: By) -> Path:
    prefix = conda(ward)
    (prefix / "lib/libcrypto.so.3").unlink()
    return prefix


def killed_update(ward: Ward, by: By) -> Path:
    prefix = conda(ward)
    update_killed(prefix)
    return prefix


def corrupt(ward: Ward, by: By) -> Path:
    prefix = conda(ward)
    record_of(prefix, "numpy").write_text('{"name": ')
    return prefix


def edited_in_place(ward: Ward, by: By) -> Path:
    ward.offline = False  # for the cache of this machine holds the damaged file
    prefix = conda(ward)
    with (prefix / SITE / "demo_lib/__init__.py").open("ab") as opened:
        opened.write(b"# edited\n")
    return prefix


CONDA = {
    "pip over conda, conda's": Case(over, "MIX001", "demo-lib", "Keep conda's"),
    "the same version": Case(the_same_over, "MIX001", "demo-lib", "Keep conda's"),
    "native, conda's": Case(native_over, "MIX001", "numpy", "Keep conda's"),
    "native, pip's": Case(native_over, "MIX001", "numpy", "Keep numpy 2.0.2"),
    "the record is gone": Case(listed, "MIX012", "numpy", "with conda again"),
    "two copies, the live": Case(put_back_while_pips_stayed, "MIX003", "demo-lib", "Keep"),
    "two copies, conda's": Case(put_back_while_pips_stayed, "MIX003", "demo-lib", "Go back"),
    "two copies, pip's live": Case(put_beside, "MIX003", "demo-lib"),
    "uninstalled by pip": Case(uninstalled, "MIX006", "demo-lib"),
    "a library is gone": Case(library_gone, "MIX006", "openssl"),
    "a killed update": Case(killed_update, "MIX004", "conda-trash"),
    "a corrupt record": Case(corrupt, "MIX009", "numpy"),
    "edited in place": Case(edited_in_place, "MIX007", "demo-lib", deep=True),
}


BY_PIP_IN_CONDA = ("pip over conda, conda's", "native, pip's", "two copies, the live")


@pytest.mark.parametrize(("installer", "case"), cases_of(CONDA, BY_PIP_IN_CONDA), indirect=["installer"])
def test_of_a_conda_environment(ward: Ward, installer: By, case: Case) -> None:
    ward.repair(case.make(ward, installer), case.code, case.subject, case.title, deep=case.deep)


def test_other_environments_of_a_cache_stay_as_they_are(ward: Ward) -> None:
    """The damaged file is one file in two environments and the cache: only the one that is repaired gets another."""
    prefix = edited_in_place(ward, "uv")
    cache = ward.folder / "cache"
    other = make_conda_prefix(ward.folder / "miniforge3/envs/other", cache=cache)
    assert (other / SITE / "demo_lib/__init__.py").samefile(prefix / SITE / "demo_lib/__init__.py")
    before = picture(other), picture(cache)
    done = ward.repair(prefix, "MIX007", "demo-lib", deep=True)
    assert not done.after.facts.integrity.altered
    assert differences(before[0], picture(other)) == []
    assert differences(before[1], picture(cache)) == []
