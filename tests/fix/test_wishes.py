"""A repair leaves it at what the user had asked conda for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from doctor.fix.operating.wishes import keep_to, wishes_of
from doctor.fix.plan import Command
from tests.fix.ward import Ward
from tests.patients.conda import make_conda_prefix
from tests.patients.conda_command import make_conda_command
from tests.patients.conda_states import conda_listed, native_pip_over_conda, pip_over_conda

ASKED = ("python", "pip", "demo-tool", "numpy=1.26")


def environment(ward: Ward) -> Path:
    cache = ward.folder / "cache"
    make_conda_command(ward.tools, cache=cache)
    return make_conda_prefix(ward.folder / "miniforge3/envs/work", packages=ASKED, cache=cache)


def test_a_dependency_stays_one(ward: Ward) -> None:
    prefix = environment(ward)
    pip_over_conda(prefix)
    after = ward.repair(prefix, "MIX001", "demo-lib", "Keep conda's").after
    record = after.facts.conda.record("demo-lib")
    assert record is not None
    assert record.requested == ()


def test_what_was_asked_for_stays_so_though_its_record_was_lost(ward: Ward) -> None:
    prefix = environment(ward)
    native_pip_over_conda(prefix)
    conda_listed(prefix, "numpy")
    after = ward.repair(prefix, "MIX012", "numpy", "with conda again").after
    record = after.facts.conda.record("numpy")
    assert record is not None
    assert record.requested == ("numpy=1.26",)


def command(*flags: str, spec: str = "conda-forge::lib=1.0=h0_0", tool: str = "conda") -> Command:
    return Command("", ("/bin/conda", "install", *flags, "--", spec), tool)


EXACTLY = ("--force-reinstall", "--no-deps")
BEFORE = "==> 2026-01-02 03:04:05 <==\n# cmd: conda create\n# update specs: {}\n"
NOTED = "==> 2026-02-02 03:04:05 <==\n# cmd: conda install\n{}# update specs: ['conda-forge::lib==1.0=h0_0']\n"


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ("['python=3.11', 'tool']", ""),
        ("['lib=1', 'tool']", "# update specs: ['lib=1']\n"),
        ('["lib>=1,<2"]', "# update specs: ['lib>=1,<2']\n"),
        ("['lib=1']\n# remove specs: ['lib']", ""),
        ("['lib=1']\n# neutered specs: ['lib']", "# update specs: ['lib']\n"),
    ],
)
def test_history_says_what_had_been_asked_for(tmp_path: Path, asked: str, line: str) -> None:
    meta = tmp_path / "conda-meta"
    meta.mkdir()
    history, record = meta / "history", meta / "lib-1.0-h0_0.json"
    history.write_text(BEFORE.format(asked))
    record.write_text(json.dumps({"name": "lib", "requested_spec": "lib=9"}))
    wishes = wishes_of(tmp_path, command(*EXACTLY))
    assert wishes is not None
    changes = "-conda-forge/linux-64::lib-1.0-h0_0\n"
    history.write_text(BEFORE.format(asked) + NOTED.format(changes))
    exact = "conda-forge::lib==1.0=h0_0"
    record.write_text(json.dumps({"name": "lib", "requested_spec": exact, "requested_specs": [exact], "size": 1}))
    keep_to(tmp_path, wishes)
    assert history.read_text() == BEFORE.format(asked) + NOTED.format(changes).partition("# update")[0] + line
    assert json.loads(record.read_text()) == {"name": "lib", "requested_spec": "lib=9", "size": 1}


def test_a_history_that_was_written_anew_is_left_alone(tmp_path: Path) -> None:
    meta = tmp_path / "conda-meta"
    meta.mkdir()
    (meta / "history").write_text(BEFORE.format("['tool']"))
    wishes = wishes_of(tmp_path, command(*EXACTLY))
    assert wishes is not None
    (meta / "history").write_text(NOTED.format(""))
    keep_to(tmp_path, wishes)
    assert (meta / "history").read_text() == NOTED.format("")


@pytest.mark.parametrize(
    "given", [command("--force-reinstall"), command("--no-deps"), command(*EXACTLY, tool="pip")], ids=str
)
def test_other_commands_say_what_is_wished(tmp_path: Path, given: Command) -> None:
    (tmp_path / "conda-meta").mkdir()
    (tmp_path / "conda-meta/history").write_text("")
    assert wishes_of(tmp_path, given) is None
