"""Recorded facts in which one cause must come out once, and where nothing may come out at all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from doctor import checks
from doctor.examine import examine_facts
from doctor.facts import Altered, CondaRecord, Distribution, Facts, Files, Integrity, Leftover, Transaction, Unreadable
from doctor.facts.build import NOW, distribution, environment, record, site_packages
from doctor.model import Finding, Install, Move, Severity, Uninstall

SITE = site_packages()
FAMILY = checks.load(["MIX"])


def found(facts: Facts) -> dict[str, Finding]:
    """The findings of the whole family by code; none of its checks may crash."""
    examination = examine_facts(facts, FAMILY)
    assert not examination.crashed
    assert len({finding.code for finding in examination.findings}) == len(examination.findings)
    return {finding.code: finding for finding in examination.findings}


def conda(records: Iterable[CondaRecord] = (), distributions: Iterable[Distribution] = (), **more: Any) -> Facts:
    return environment(kind="conda", records=records, distributions=distributions, **more)


def by_conda(name: str, version: str, files: tuple[str, ...], **more: Any) -> tuple[CondaRecord, Distribution]:
    """A conda package and the distribution that it brings."""
    dist = distribution(name, version, files=files, installer="conda", modified=NOW - 200_000.0)
    return record(name, version, "py311_0", files=dist.paths or (), **more), dist


def texts(finding: Finding) -> str:
    return "\n".join(evidence.text for evidence in finding.evidence)


def test_conda_built_with_pip_says_so_and_is_sound() -> None:
    rec, dist = by_conda("demo", "1.0", ("demo/__init__.py",))
    assert not found(conda((rec,), (dist._replace(installer="pip"),)))


@pytest.mark.parametrize("change", ["REQUESTED", "later"])
def test_the_same_version_by_pip_shows_by_its_marks_or_its_time(change: str) -> None:
    rec, dist = by_conda("demo", "1.0", ("demo/__init__.py",))
    over = dist._replace(installer="pip", modified=NOW if change == "later" else dist.modified)
    extra = (f"{SITE}/{dist.folder}/REQUESTED",) if change == "REQUESTED" else ()
    facts = conda((rec,), (over,), extra=extra)
    assert found(facts)["MIX001"].severity is Severity.WARNING


def test_a_copied_environment_has_new_times_throughout() -> None:
    pairs = [by_conda(name, "1.0", (f"{name}/__init__.py",)) for name in ("aaa", "bbb", "demo")]
    copied = [dist._replace(modified=NOW) for _, dist in pairs]
    copied[2] = copied[2]._replace(installer="pip")
    assert not found(conda([rec for rec, _ in pairs], copied))


def test_the_same_version_with_libraries_of_its_own_is_an_error() -> None:
    rec, _ = by_conda("numpy", "1.26.4", ("numpy/__init__.py", "numpy/core.so"))
    wheel = distribution("numpy", "1.26.4", files=("numpy/__init__.py", "numpy/core.so", "numpy.libs/libopenblas.so"))
    finding = found(conda((rec,), (wheel,)))["MIX001"]
    assert finding.severity is Severity.ERROR
    assert finding.summary == "pip installed another build of numpy 1.26.4 over conda's"


def test_a_killed_update_of_conda_is_not_blamed_on_pip() -> None:
    rec, old = by_conda("demo", "1.0", ("demo/__init__.py",))
    new = distribution("demo", "1.1", files=("demo/__init__.py",), installer="conda")
    gone = tuple(path for path in old.paths or () if old.folder in path)
    pure = distribution("plain", "1.0", files=("plain.py",))
    assert "MIX001" not in found(conda((rec,), (new, pure), missing=gone))
    later, now = by_conda("demo", "1.1", ("demo/__init__.py",))
    assert set(found(conda((later._replace(name="py-demo"),), (now, old)))) == {"MIX003"}


def test_conda_over_pip_under_another_name_is_a_clobber() -> None:
    rec, own = by_conda("opencv", "4.9.0", ("cv2/__init__.py", "cv2/cv2.so"), installed=NOW - 10.0)
    pip = distribution("opencv-python-headless", "4.10.0", files=("cv2/__init__.py", "cv2/cv2.so"), modified=NOW - 9e5)
    finding = found(conda((rec,), (own, pip)))["MIX005"]
    remedies = [remedy.steps for remedy in finding.remedies]
    assert (Uninstall("pip", ("opencv-python-headless",)), Install("conda", (rec.spec,), True, False)) in remedies
    later = found(conda((rec._replace(installed=NOW - 1e6),), (own, pip)))
    assert set(later) == {"MIX001"}


def test_conda_packages_among_themselves_are_condas_business() -> None:
    one, first = by_conda("one", "1.0", ("shared/code.py",))
    two, second = by_conda("two", "1.0", ("shared/code.py",))
    assert not found(conda((one, two), (first, second)))


def test_condas_metadata_without_any_record_is_a_warning() -> None:
    other, own = by_conda("other", "1.0", ("other/__init__.py",))
    lone = distribution("demo", "1.0", files=("demo/__init__.py",), installer="conda")
    finding = found(conda((other,), (own, lone)))["MIX012"]
    assert (finding.subject, finding.severity) == ("demo", Severity.WARNING)
    unreadable = Unreadable("conda-meta/demo-1.0-py311_0.json", "line 1: not JSON", 1)
    assert set(found(conda((other,), (own, lone), conda={"problems": (unreadable,)}))) == {"MIX009"}


def test_stale_copies_are_told_once() -> None:
    rec, own = by_conda("demo", "1.0", ("demo/__init__.py", "demo/old.py"))
    new = distribution("demo", "2.0", files=("demo/__init__.py", "demo/new.py"))
    stale = distribution("demo", "1.5", files=("demo/__init__.py", "demo/other.py"))
    assert set(found(environment(distributions=(new, stale), missing=(f"{SITE}/demo/other.py",)))) == {"MIX003"}
    assert set(found(conda((rec,), (own, new)))) == {"MIX003"}
    torch, first = by_conda("torch", "2.1.0", ("torch/__init__.py",))
    second = distribution("torch", "2.4.0", files=("torch/__init__.py",))
    assert set(found(conda((torch._replace(name="pytorch"),), (first, second)))) == {"MIX003"}


def test_native_pip_over_conda_is_not_also_native_pip_in_conda() -> None:
    hdf5 = record("hdf5", "1.14.3", files=("lib/libhdf5.so.310",))
    tables, own = by_conda("pytables", "3.10.1", ("tables/ext.so",), depends=("hdf5 >=1.14",))
    h5, _ = by_conda("h5py", "3.10.0", ("h5py/__init__.py", "h5py/core.so"), depends=("hdf5 >=1.14",))
    pip = distribution("h5py", "3.11.0", files=("h5py/__init__.py", "h5py/core.so"), pure=False)
    over = conda((hdf5, tables, h5), (own, pip), missing=[p for p in h5.files if ".dist-info" in p])
    assert set(found(over)) == {"MIX001"}
    gone = {"remembered": {"h5py": "conda-forge/linux-64::h5py-3.10.0-py311_0"}}
    assert set(found(conda((hdf5, tables), (own, pip), conda=gone))) == {"MIX012"}
    assert set(found(conda((hdf5, tables), (own, pip)))) == {"MIX002"}


def test_conda_removed_what_pip_had_taken_over() -> None:
    pip = distribution("numpy", "2.0.2", files=("numpy/__init__.py", "numpy/core.so"), modified=NOW - 9e5)
    change = Transaction("2026-11-20 10:00:00", NOW - 9e4, removed=("a/linux-64::numpy-1.26.3-py311_0",), line=12)
    made = Transaction("2026-01-01 10:00:00", NOW - 9e6)
    lost = [path for path in pip.paths or () if path.endswith("__init__.py")]
    finding = found(conda((), (pip,), missing=lost, conda={"history": (made, change)}))["MIX006"]
    assert ("conda-meta/history", 12) in [(evidence.path, evidence.line) for evidence in finding.evidence]
    assert finding.summary == "numpy 2.0.2 lost its __init__.py: import numpy succeeds and finds nothing in it"


def test_a_file_that_the_damaged_cache_dropped() -> None:
    rec = record("demo", "1.0", files=("lib/a.so",), dropped=("lib/b.so",), extracted="~/pkgs/demo-1.0")
    finding = found(conda((rec,)))["MIX006"]
    assert finding.remedies[0].steps == (Install("conda", (rec.spec,), force=True, dependencies=False, fresh=True),)


def test_a_killed_transaction_renamed_the_files() -> None:
    rec = record("demo", "1.0", files=tuple(f"lib/{n}.so" for n in range(3)))
    debris = {"debris": (Leftover("lib/0.so.c~", "conda-trash"),)}
    both = found(conda((rec,), missing=rec.files, extra=("lib/0.so.c~",), conda=debris))
    assert set(both) == {"MIX004", "MIX006"}
    assert "renamed 1 of them to .c~" in texts(both["MIX006"])
    again = Install("conda", (rec.spec,), force=True, dependencies=False)
    assert both["MIX004"].remedies[0].steps == (Move(("lib/0.so.c~",)), again)


def test_what_nobody_walked_is_not_missing() -> None:
    base = {"is_conda_base": True}
    assert not found(
        conda((record("demo", "1.0", files=("pkgs/x", "envs/y")),), missing=("pkgs/x", "envs/y"), identity=base)
    )
    rec = record("demo", "1.0", files=("lib64/a.so", "secret/b.so", "inner/c.so", "lib/d\ufffd.so"))
    whole = conda((rec,), missing=rec.files)
    assert set(found(whole)) == {"MIX006"}
    folders = {"": frozenset({"lib64"}), "conda-meta": frozenset({"history"})}
    files = Files(folders=folders, entries=2, unreadable=("secret",), nested=("inner",))
    assert not found(conda((rec,), files=files))


def test_names_in_other_case_are_there_on_windows() -> None:
    rec = record("demo", "1.0", files=("Lib/site-packages/PIL/Image.py",))
    files = Files(folders={"Lib/site-packages/pil": frozenset({"image.py"})}, entries=1)
    assert not found(conda((rec,), files=files, identity={"system": "windows"}))
    assert set(found(conda((rec,), files=files))) == {"MIX006"}


def test_an_edited_file_of_a_linked_package_is_also_in_the_cache() -> None:
    rec = record("demo", "1.0", files=("lib/a.py",), extracted="~/pkgs/demo-1.0")
    changed = Integrity((Altered("lib/a.py", "conda:demo", "a" * 64, "b" * 64),))
    (remedy,) = found(conda((rec,), integrity=changed))["MIX007"].remedies
    assert remedy.steps == (Install("conda", (rec.spec,), force=True, dependencies=False, fresh=True),)
    assert "~/pkgs/demo-1.0" in remedy.trade_off
    copied = found(conda((rec._replace(link="copy"),), integrity=changed))["MIX007"]
    assert "linked" not in copied.remedies[0].trade_off


def test_the_opencv_that_others_ask_for_is_kept() -> None:
    files = ("cv2/__init__.py", "cv2/cv2.so")
    full = distribution("opencv-python", "4.10.0", files=files, requested=True)
    headless = distribution("opencv-python-headless", "4.10.0", files=files, modified=NOW - 9e5)
    albums = distribution(
        "albumentations", "1.4", files=("albumentations.py",), requires=("opencv_python_headless>=4.9",)
    )
    clobber = found(environment(distributions=(full, headless, albums)))["MIX005"]
    assert clobber.remedies[0].title.startswith("Keep opencv-python-headless 4.10.0, which albumentations needs")
    assert "albumentations asks for another" in clobber.remedies[1].trade_off


def test_wheels_come_back_from_where_they_came() -> None:
    torch = distribution("torch", "2.4.1+cu121", files=("torch/__init__.py", "torch/_C.so"))
    finding = found(environment(distributions=(torch,), missing=(f"{SITE}/torch/_C.so",)))["MIX006"]
    (again,) = finding.remedies[0].steps
    assert isinstance(again, Install)
    assert (again.specs, again.index_url) == (("torch==2.4.1+cu121",), "https://download.pytorch.org/whl/cu121")


def test_conda_after_pip_does_not_count_what_has_its_own_finding() -> None:
    rec, old = by_conda("demo", "1.0", ("demo/__init__.py",))
    over = distribution("demo", "2.0", files=("demo/__init__.py",), modified=NOW - 9e5)
    history = (Transaction("a", NOW - 9e6, added=("a::b-1-0",)), Transaction("b", NOW - 10.0, added=("a::c-1-0",)))
    gone = [path for path in old.paths or () if old.folder in path]
    assert set(found(conda((rec,), (over,), missing=gone, conda={"history": history}))) == {"MIX001"}


def test_what_was_asked_for_in_base_and_removed_again_does_not_count() -> None:
    history = (
        Transaction("a", NOW - 9e6, update_specs=("python", "pandas")),
        Transaction("b", NOW - 8e6, update_specs=("numpy>=1", "scipy", "pandas")),
        Transaction("c", NOW - 7e6, remove_specs=("scipy",)),
    )
    records = [record(name, "1.0") for name in ("numpy", "pandas", "scipy")]
    finding = found(conda(records, identity={"is_conda_base": True}, conda={"history": history}))["MIX010"]
    assert finding.packages == ("numpy",)


def test_copied_times_do_not_say_what_came_after_pip() -> None:
    rec, own = by_conda("demo", "1.0", ("demo/__init__.py",))
    pip = distribution("plain", "1.0", files=("plain.py",), modified=NOW - 9e5)
    history = (Transaction("a", NOW - 9e6, added=("a::b-1-0",)), Transaction("b", NOW - 10.0, added=("a::c-1-0",)))
    assert set(found(conda((rec,), (own, pip), conda={"history": history}))) == {"MIX008"}
    assert not found(conda((rec,), (own._replace(modified=NOW), pip), conda={"history": history}))


def test_broken_metadata_of_conda_is_brought_back_by_conda() -> None:
    rec, own = by_conda("demo", "1.0", ("demo/__init__.py",))
    broken = {"problems": (Unreadable(f"{SITE}/{own.folder}/METADATA", "not a regular file but a FIFO"),)}
    finding = found(conda((rec,), (own,), installed=broken))["MIX009"]
    assert finding.remedies[0].steps[1] == Install("conda", (rec.spec,), force=True, dependencies=False)
