"""When the machine gets in the way: no room, no permission, no links. The old state stays, and a sentence says why."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from doctor.failure import Failure
from doctor.fix.events import Saved
from doctor.fix.history import operations
from doctor.fix.undo import undo
from tests.fix.test_operate import ASIDE, LEFTOVER, SITE, carried_out, ended, patient, plan_of, python, state
from tests.fix.trees import differences, picture
from tests.patients.venvs import install, make_venv, site_packages_of
from tests.patients.wheels import make_wheel

__all__ = ["patient", "state"]

#: bytes of a file system that is soon full
_SMALL = 12 * 1024 * 1024


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with little room."""
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={_SMALL}", "tmpfs", str(place)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("this user may not mount a file system")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def moved_to(place: Path, patient: Path) -> Path:
    shutil.move(patient, place / "env")
    return place / "env"


@pytest.mark.parametrize("same_disk", [True, False], ids=["state on it", "state elsewhere"])
def test_a_disk_that_fills_up(small_disk: Path, patient: Path, state: Path, same_disk: bool) -> None:
    prefix = moved_to(small_disk, patient)
    place = small_disk / "state" if same_disk else state
    before = picture(prefix)
    site = str(prefix / SITE)
    fill = python(
        f"import os, pathlib, shutil; site = pathlib.Path({site!r}); shutil.rmtree(site / 'demo')\n"
        "open(site / '../../../pyvenv.cfg', 'a').write('# longer')\n"
        "with open(site / 'large', 'wb') as opened:\n"
        "    while True: opened.write(bytes(65536)); opened.flush()\n"
    )
    last = ended(carried_out(plan_of(prefix, ASIDE, fill), place))
    assert last.ending == "put-back"
    assert "No space left on device" in last.text
    assert not differences(before, picture(prefix))
    assert not (prefix / ".envdoctor").exists()


def test_a_state_folder_on_another_file_system(small_disk: Path, patient: Path, state: Path) -> None:
    """Then saved files lie in the prefix itself, and leave no trace when they go."""
    prefix = moved_to(small_disk, patient)
    before = picture(prefix)
    events = carried_out(plan_of(prefix, ASIDE), state)
    assert ended(events).ending == "fixed", ended(events).text
    assert next(event for event in events if isinstance(event, Saved)).method == "links"
    assert (prefix / ".envdoctor" / plan_of(prefix).id / "kept" / LEFTOVER).is_dir()
    (operation,) = operations(state)
    list(undo(operation, state))
    assert not differences(before, picture(prefix))


def test_a_read_only_file_system_is_refused(small_disk: Path, patient: Path, state: Path) -> None:
    prefix = moved_to(small_disk, patient)
    before = picture(prefix)
    plan = plan_of(prefix, ASIDE)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(Failure, match="cannot be written: the file system is read-only"):
        carried_out(plan, state)
    assert not differences(before, picture(prefix))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_another_users_prefix_is_refused(patient: Path, tmp_path: Path) -> None:
    before = picture(patient)
    for folder in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        folder.chmod(0o755)
    code = (  # everything is imported before, for another user may not read this Python
        "import os, sys, psutil, yaml; from pathlib import Path; from doctor.failure import Failure; "
        "from tests.fix.test_operate import ASIDE, carried_out, examined, plan_of, request_of\n"
        "examined(request_of(Path(sys.argv[1])))\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "try: carried_out(plan_of(Path(sys.argv[1]), ASIDE), Path(sys.argv[2]))\n"
        "except Failure as error: print(error)\n"
    )
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    os.chown(theirs, 65534, 65534)
    done = subprocess.run(
        [sys.executable, "-B", "-c", code, str(patient), str(theirs)],
        capture_output=True, text=True, check=False, env={"PATH": "/bin"}, timeout=60,
    )  # fmt: skip
    assert "it belongs to user root" in done.stdout, done.stderr
    assert "cannot be written: its permissions forbid it to you" in done.stdout
    assert not differences(before, picture(patient))


def test_root_does_not_change_what_others_own(patient: Path, state: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("not root")
    os.chown(patient, 65534, 65534)
    with pytest.raises(Failure, match=r"you are root, and it belongs to user .*--allow root"):
        carried_out(plan_of(patient, ASIDE), state)


def test_a_file_system_without_links(patient: Path, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then files are copied, if there is room for it."""

    def no_link(*places: object, **options: object) -> None:
        raise OSError(95, "Operation not supported")

    before = picture(patient)
    monkeypatch.setattr(os, "link", no_link)
    events = carried_out(plan_of(patient, ASIDE), state)
    assert ended(events).ending == "fixed"
    assert next(event for event in events if isinstance(event, Saved)).method == "copies"
    (operation,) = operations(state)
    list(undo(operation, state))
    assert not differences(before, picture(patient))

    def full(path: object) -> object:
        return shutil._ntuple_diskusage(10, 10, 0)

    monkeypatch.setattr(shutil, "disk_usage", full)
    last = ended(carried_out(plan_of(patient, ASIDE, number=2), state))
    assert last.ending == "unchanged"
    assert "cannot be saved: this file system has no hard links" in last.text


def test_environments_of_one_cache_stay_apart(tmp_path: Path, state: Path) -> None:
    """Both are hard links of uv's cache: repairing one, and undoing it, leaves the other and the cache as they are."""
    wheel = make_wheel(tmp_path / "wheels", "demo", "1.0", {"demo/__init__.py": "x = 1\n", "demo/a.py": "y = 2\n"})
    cache = tmp_path / "cache"
    one, other = make_venv(tmp_path / "one"), make_venv(tmp_path / "other")
    for prefix in (one, other):
        install(prefix, wheel, cache=cache, extra_args=("--link-mode=hardlink",))
    left = site_packages_of(one) / "~emo"
    left.mkdir()
    (left / "__init__.py").write_text("")
    assert (site_packages_of(one) / "demo/a.py").samefile(site_packages_of(other) / "demo/a.py")
    before, apart = picture(one), (picture(other), picture(cache))
    again = python(
        f"import os, pathlib; p = pathlib.Path({str(site_packages_of(one) / 'demo/a.py')!r}); d = p.read_bytes()\n"
        "p.unlink(); p.write_bytes(d)"
    )
    assert ended(carried_out(plan_of(one, ASIDE, again), state)).ending == "fixed"
    (operation,) = operations(state)
    list(undo(operation, state))
    assert not differences(before, picture(one))
    assert (picture(other), picture(cache)) == apart
    assert (site_packages_of(one) / "demo/a.py").samefile(site_packages_of(other) / "demo/a.py")
