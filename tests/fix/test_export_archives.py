"""Which archive a distribution came from is told by those who know, and by nobody else."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from doctor.facts import Asked, DirectUrl, Lock, Locked, Locks, Project, Specification
from doctor.facts.build import distribution, environment
from doctor.fix.export.archives import Archive, address, agreement, file_name_of, installed, of_known_locks, usable
from doctor.fix.export.gathering import gather, shown_beside
from doctor.fix.export.lock_archives import of_locks
from doctor.fix.export.requirement_lines import requirements_file
from doctor.fix.export.wheel_files import of_folder
from tests.fix.test_export_round_trip import facts_of, request_of
from tests.patients.venvs import install, make_venv
from tests.patients.wheels import make_wheel

LINUX = "numpy-2.1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
TAGS = ("cp311-cp311-manylinux_2_17_x86_64", "cp311-cp311-manylinux2014_x86_64")
NUMPY = distribution("numpy", "2.1.0", tags=TAGS)


def digest(number: int) -> str:
    return f"{number:064x}"


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_wheel_with_the_tags_of_the_installed_one_comes_first() -> None:
    other = Archive(digest(1), "numpy-2.1.0-cp311-cp311-macosx_14_0_arm64.whl")
    source = Archive(digest(2), "numpy-2.1.0.tar.gz")
    mine = Archive(digest(3), LINUX)
    strange = Archive(digest(4), "numpy-2.2.0-cp311-cp311-manylinux_2_17_x86_64.whl"), Archive("x", LINUX)
    found = usable((other, source, mine, *strange), NUMPY)
    assert found[0] == mine
    assert set(found) == {mine, other, source}
    assert installed(found, NUMPY) == mine
    assert agreement(LINUX, NUMPY) == 2
    assert agreement("numpy-2.1.0-1-cp311-cp311-manylinux_2_17_x86_64.whl", NUMPY) == 1


def test_what_was_built_here_came_from_the_source_or_from_nothing_that_is_known() -> None:
    built = NUMPY._replace(tags=("cp311-cp311-linux_x86_64",))
    wheel, source = Archive(digest(3), LINUX), Archive(digest(2), "numpy-2.1.0.tar.gz")
    assert usable((wheel,), built) == ()
    found = usable((wheel, source), built)
    assert installed(found, built) == source


def test_two_witnesses_of_one_file_complete_each_other() -> None:
    by_lock = Archive(digest(3), LINUX, "https://example.org/" + LINUX, told_by="uv.lock")
    here = Archive(digest(3), LINUX, path="/w/" + LINUX, size=7, told_by="the folder of wheels", proven=True)
    (one,) = usable((by_lock, here), NUMPY)
    assert (one.url, one.path, one.size, one.told_by, one.proven) == (by_lock.url, here.path, 7, here.told_by, True)


def test_addresses_with_secrets_or_homes_are_none() -> None:
    assert address("https://example.org/a.whl#sha256=1") == "https://example.org/a.whl"
    for text in (
        "https://***@example.org/a.whl",
        "file://~/a.whl",
        "https://e.org/a?key=1",
        "git+https://e.org/a",
        "a b",
    ):
        assert address(text) == "", text
    assert file_name_of("https://e.org/x/torch-2.4.1%2Bcu121-cp311-cp311-linux_x86_64.whl").startswith(
        "torch-2.4.1+cu121-"
    )
    assert file_name_of("https://e.org/x/..") == ""


LOCKS: Mapping[str, str] = {
    "uv.lock": f"""
version = 1
[[package]]
name = "NumPy"
version = "2.1.0"
source = {{ registry = "https://example.org/simple" }}
sdist = {{ url = "https://example.org/numpy-2.1.0.tar.gz", hash = "sha256:{digest(2)}", size = 11 }}
wheels = [
    {{ url = "https://example.org/{LINUX}", hash = "sha256:{digest(3)}", size = 12 }},
    {{ url = "https://name:SEEDED@example.org/numpy-2.1.0-cp312-cp312-win_amd64.whl", hash = "sha256:{digest(4)}" }},
]
[[package]]
name = "numpy"
version = "1.0"
wheels = [{{ url = "https://example.org/numpy-1.0-py3-none-any.whl", hash = "sha256:{digest(9)}" }}]
""",
    "pylock.dev.toml": f"""
lock-version = "1.0"
created-by = "somebody"
[[packages]]
name = "numpy"
version = "2.1.0"
wheels = [{{name = "{LINUX}", url = "https://example.org/{LINUX}", hashes = {{sha256 = "{digest(3)}", md5 = "1"}}}}]
sdist = {{name = "numpy-2.1.0.tar.gz", path = "numpy-2.1.0.tar.gz", hashes = {{sha256 = "{digest(2)}"}}}}
""",
    "poetry.lock": f"""
[[package]]
name = "numpy"
version = "2.1.0"
files = [
    {{file = "{LINUX}", hash = "sha256:{digest(3)}"}},
    {{file = "numpy-2.1.0.tar.gz", hash = "sha256:{digest(2)}"}},
]
""",
    "pdm.lock": f"""
[[package]]
name = "numpy"
version = "2.1.0"
files = [
    {{url = "https://example.org/{LINUX}", hash = "sha256:{digest(3)}"}},
    {{file = "numpy-2.1.0.tar.gz", hash = "sha256:{digest(2)}"}},
]
""",
    "Pipfile.lock": json.dumps(
        {"default": {"numpy": {"version": "==2.1.0", "hashes": [f"sha256:{digest(3)}", f"sha256:{digest(2)}"]}}}
    ),
}


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_tells_the_files_of_the_installed_version(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(LOCKS[name])
    read = of_locks(tmp_path, environment(distributions=[NUMPY]))
    assert read.problems == ()
    archives = {archive.digest: archive for archive in read.archives["numpy"]}
    assert {digest(2), digest(3)} <= archives.keys()
    assert digest(9) not in archives
    assert all(archive.told_by == name and "SEEDED" not in str(archive) for archive in archives.values())
    has_address = name in ("uv.lock", "pylock.dev.toml", "pdm.lock")
    assert archives[digest(3)].url == (f"https://example.org/{LINUX}" if has_address else "")
    assert archives[digest(3)].name == ("" if name == "Pipfile.lock" else LINUX)


def test_poetrys_older_locks_keep_their_files_at_the_end(tmp_path: Path) -> None:
    text = f'[[package]]\nname = "numpy"\nversion = "2.1.0"\n\n[metadata.files]\nnumpy = [{{file = "{LINUX}", hash = '
    (tmp_path / "poetry.lock").write_text(f'{text}"sha256:{digest(3)}"}}]\n')
    (archive,) = of_locks(tmp_path, environment(distributions=[NUMPY])).archives["numpy"]
    assert (archive.name, archive.digest) == (LINUX, digest(3))


def test_hostile_locks_are_told_and_passed_over(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_text("[[package]]\nname = [\n")
    (tmp_path / "poetry.lock").write_text("a = " + "[" * 100_000)
    (tmp_path / "pdm.lock").write_text('package = [3, {name = 4}, {name = "numpy", version = 2, files = {a = 1}}]\n')
    (tmp_path / "Pipfile.lock").write_text("[1, 2]")
    os.mkfifo(tmp_path / "pylock.toml")
    odd = 'wheels = [1, {hashes = 3}, {hash = "sha256:zz"}, {hash = true}]'
    (tmp_path / "pylock.a.toml").write_text(f'[[packages]]\nname = "numpy"\nversion = "2.1.0"\n{odd}\n')
    read = of_locks(tmp_path, environment(distributions=[NUMPY]))
    assert {problem.path for problem in read.problems} == {"uv.lock", "poetry.lock", "Pipfile.lock", "pylock.toml"}
    assert usable(read.archives.get("numpy", ()), NUMPY) == ()


def test_hashes_of_requirements_and_of_locks_with_one_file_count() -> None:
    asked = Asked("numpy==2.1.0", "numpy", specifier="== 2.1.0", hashes=(f"sha256:{digest(5)}", "md5:1"))
    other = Asked("numpy==2.0", "numpy", specifier="==2.0", hashes=(f"sha256:{digest(6)}",))
    locked = Locked("numpy", "2.1.0", url=f"https://example.org/{LINUX}", digest=f"sha256={digest(3)}")
    facts = environment(
        distributions=[NUMPY],
        project=Project(
            True, specifications=(Specification("requirements.txt", "requirements", asked=(asked, other)),)
        ),
        locks=Locks(
            (
                Lock(
                    "pixi.lock",
                    "pixi.lock",
                    (locked, locked._replace(version="3")),
                ),
            )
        ),
    )
    assert {archive.digest for archive in of_known_locks(facts)["numpy"]} == {digest(5), digest(3)}


def filled(tmp_path: Path, *names: str) -> tuple[Path, Path]:
    """An environment with packages that came from a folder of wheels, and that folder."""
    wheels = tmp_path / "made"
    made = [make_wheel(wheels, name, "1.0", {f"{name}.py": f"x = '{name}'\n"}) for name in names]
    prefix = make_venv(tmp_path / "env")
    install(prefix, *made)
    return prefix, wheels


def test_a_wheel_of_the_same_name_with_other_contents_is_not_the_one(tmp_path: Path) -> None:
    prefix, wheels = filled(tmp_path, "one", "two")
    make_wheel(wheels, "two", "1.0", {"two.py": "x = 'another'\n"})
    (wheels / "broken-1.0-py3-none-any.whl").write_bytes(b"PK\x03\x04 and nothing else")
    (wheels / "link-1.0-py3-none-any.whl").symlink_to("/dev/zero")
    os.mkfifo(wheels / "three-1.0-py3-none-any.whl")
    with zipfile.ZipFile(wheels / "four-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("one-1.0.dist-info/RECORD", "one.py,sha256=,\n")
    facts = facts_of(request_of(prefix))
    found = of_folder(wheels, facts)
    assert set(found) == {"one"}
    (one,) = found["one"]
    assert one.proven
    assert one.digest == sha256(wheels / "one-1.0-py3-none-any.whl")


def test_pips_cache_tells_the_archive_that_was_installed(tmp_path: Path) -> None:
    prefix, wheels = filled(tmp_path, "one", "two")
    place = tmp_path / "cache/http-v2/0/1/2/3/4"
    place.mkdir(parents=True)
    (place / "01234abc.body").write_bytes((wheels / "one-1.0-py3-none-any.whl").read_bytes())
    (place / "01234abc").write_bytes(b"what the server said")
    make_wheel(tmp_path / "others", "two", "1.0", {"two.py": "x = 'another'\n"}).rename(place / "01234abd.body")
    request = request_of(prefix)
    request = request._replace(variables={**request.variables, "PIP_CACHE_DIR": str(tmp_path / "cache")})
    found = gather(facts_of(request), request).archives
    assert set(found) == {"one"}
    (one,) = found["one"]
    assert (one.digest, one.name) == (sha256(wheels / "one-1.0-py3-none-any.whl"), "one-1.0-py3-none-any.whl")
    assert one.told_by == "pip's cache"
    off = request._replace(variables={**request.variables, "PIP_NO_CACHE_DIR": "1"})
    assert gather(facts_of(off), off).archives == {}


def test_hashes_are_for_all_or_for_none() -> None:
    dists = [NUMPY, distribution("scipy", "1.0"), distribution("pip", "24.0")]
    facts = environment(distributions=dists)
    archives = {"numpy": (Archive(digest(3), LINUX), Archive(digest(2), "numpy-2.1.0.tar.gz"))}
    some = requirements_file(facts, archives)
    assert not some.hashes
    assert some.lacking == ("scipy",)
    assert "--hash" not in some.text
    assert "known of 1 of 2 packages" in some.text
    every = requirements_file(facts, archives | {"scipy": (Archive(digest(7)),)})
    assert every.hashes
    assert every.text.endswith(
        f"numpy==2.1.0 \\\n    --hash=sha256:{digest(2)} \\\n    --hash=sha256:{digest(3)}\n"
        f"scipy==1.0 \\\n    --hash=sha256:{digest(7)}\n"
    )


def test_a_repository_has_no_hash_and_takes_them_from_the_others() -> None:
    source = DirectUrl("https://example.org/lab.git", vcs="git", commit="0123abc")
    facts = environment(distributions=[NUMPY, distribution("lab", "1.0", direct_url=source)])
    made = requirements_file(facts, {"numpy": (Archive(digest(3), LINUX),), "lab": (Archive(digest(4)),)})
    assert not made.hashes
    assert made.lacking == ("lab",)


def test_a_file_is_named_from_beside_or_above_it_alone(tmp_path: Path) -> None:
    assert shown_beside("/home/ada/lab/wheels/a.whl", Path("/home/ada/lab")) == "wheels/a.whl"
    assert shown_beside("/home/ada/wheels/a.whl", Path("/home/ada/lab")) == "../wheels/a.whl"
    assert shown_beside("/home/ada/wheels/a.whl", tmp_path) == ""


def test_a_lock_whose_packages_are_no_list_holds_none(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_text("package = 1\n")
    (tmp_path / "pylock.toml").write_text("packages = true\n")
    assert not of_locks(tmp_path, environment(distributions=[NUMPY])).archives
