"""Every condarc is found and merged as conda does: the same cases were compared with conda 26.7 itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from doctor.reading.conda.condarc import Condarc, read_condarc


class Machine:
    """A recorded machine with a conda, an environment of it and a home folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.home = root / "home/ada"
        self.base = root / "opt/conda"
        self.prefix = self.base / "envs/work"
        self.variables: dict[str, str] = {}
        for folder in (self.home, self.base / "conda-meta", self.prefix / "conda-meta"):
            folder.mkdir(parents=True)

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def read(self, *, mamba: bool = False) -> Condarc:
        return read_condarc(prefix=self.prefix, variables=self.variables, home=self.home, root=self.root, mamba=mamba)

    def value(self, key: str) -> list[object]:
        return [entry.value for entry in self.read().merged.get(key, ())]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_sources_come_in_condas_order(machine: Machine) -> None:
    places = [
        "etc/conda/.condarc",
        "etc/conda/condarc.d/a.yml",
        "var/lib/conda/condarc",
        "opt/conda/.condarc",
        "home/ada/xdg/conda/.condarc",
        "home/ada/.config/conda/.condarc",
        "home/ada/.conda/.condarc",
        "home/ada/.condarc",
        "opt/conda/envs/work/.condarc",
        "named.yml",
    ]
    for number, place in enumerate(places):
        machine.write(place, f"channels: [c{number}]\nsolver: s{number}\n")
    machine.variables = {"XDG_CONFIG_HOME": "/home/ada/xdg", "CONDARC": "/named.yml"}
    assert machine.value("channels") == [f"c{number}" for number in reversed(range(len(places)))]
    assert machine.value("solver") == ["s9"]
    assert [str(path.relative_to(machine.root)) for path in machine.read().files] == places[::-1]
    machine.variables |= {"CONDA_CHANNELS": "mine, c3", "CONDA_SOLVER": "classic", "CONDA_PREFIX": "/elsewhere"}
    assert machine.value("channels")[:2] == ["mine", "c3"]
    assert machine.read().merged["solver"][0].source == "$CONDA_SOLVER"


def test_every_value_keeps_its_file_and_line(machine: Machine) -> None:
    user = machine.write("home/ada/.condarc", "# mine\nchannels:\n  - conda-forge\n  - defaults\n")
    machine.write("opt/conda/.condarc", "channels:\n  - defaults\n")
    found = machine.read().merged["channels"]
    assert [(entry.value, entry.source, entry.line) for entry in found] == [
        ("conda-forge", user, 3),
        ("defaults", user, 4),
    ]


def test_final_cuts_off_what_is_higher(machine: Machine) -> None:
    machine.write("etc/conda/.condarc", "channels: #!final\n  - corp\nchannel_priority: strict #!final\n")
    machine.write("home/ada/.condarc", "channels: [conda-forge]\nchannel_priority: flexible\n")
    assert machine.value("channels") == ["corp"]
    assert machine.value("channel_priority") == ["strict"]
    assert {entry.value for entry in machine.read().entries} == {"corp", "strict", "conda-forge", "flexible"}


def test_top_and_bottom_place_members(machine: Machine) -> None:
    machine.write("etc/conda/.condarc", "channels:\n  - first #!top\n  - last #!bottom\n  - middle\n")
    machine.write("home/ada/.condarc", "channels: [mine]\n")
    assert machine.value("channels") == ["first", "mine", "middle", "last"]


def test_mappings_merge_by_member(machine: Machine) -> None:
    machine.write("etc/conda/.condarc", "custom_channels:\n  a: https://one/x #!final\n  b: https://one/x\n")
    machine.write(
        "home/ada/.condarc", "custom_channels:\n  a: https://two/x\n  b: https://two/x\n  c.d: https://two/x\n"
    )
    found = {entry.key: entry.value for entry in machine.read().merged["custom_channels"]}
    assert found == {
        "custom_channels.a": "https://one/x",
        "custom_channels.b": "https://two/x",
        "custom_channels.c.d": "https://two/x",
    }


def test_other_names_of_keys_and_of_truth(machine: Machine) -> None:
    machine.write("home/ada/.condarc", "channel: [a]\nverify_ssl: 'no'\nyes: on\n")
    found = machine.read()
    assert found.merged["channels"][0].value == "a"
    assert found.merged["ssl_verify"][0].value is False
    assert found.merged["always_yes"][0].value is True
    assert not found.wrong
    assert not found.problems


@pytest.mark.parametrize(
    ("text", "line"),
    [("channels: [a\nb: c\n", 2), ("- a\n", 1), ("solver: a\nsolver: b\n", 2), ("ssl_verify: 1\nverify_ssl: 0\n", 2)],
)
def test_what_conda_refuses_is_told_with_its_line(machine: Machine, text: str, line: int) -> None:
    broken = machine.write("home/ada/.condarc", text)
    machine.write("opt/conda/.condarc", "channels: [conda-forge]\n")
    found = machine.read()
    assert [(path, where) for path, _, where in found.problems] == [(broken, line)]
    assert found.merged["channels"][0].value == "conda-forge", "the other files count all the same"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("channels: conda-forge\n", [("channels", "wrong-type")]),
        ("chanels: [a]\n", [("chanels", "unknown-key")]),
        ("channel_priority: strictly\n", [("channel_priority", "wrong-type")]),
        ("channel_priority: [strict]\n", [("channel_priority", "wrong-type")]),
        ("custom_channels: [a]\n", [("custom_channels", "wrong-type")]),
        ("offline: maybe\n", [("offline", "wrong-type")]),
        ("channels:\nsolver:\nproxy_servers:\n  http: http://proxy:3128\nlocal_repodata_ttl: 1\n", []),
        ("plugins:\n  auto_accept_tos: true\nmirrored_channels:\n  a: [https://b]\nshow_channel_urls: null\n", []),
    ],
)
def test_wrong_keys_and_kinds(machine: Machine, text: str, wrong: list[tuple[str, str]]) -> None:
    machine.write("home/ada/.condarc", text)
    assert [(entry.key, kind) for entry, kind in machine.read().wrong] == wrong


def test_folders_are_absolute_paths_of_the_machine_at_hand(machine: Machine) -> None:
    machine.write("home/ada/.condarc", "envs_dirs: [~/envs, $DATA/envs, ./here]\n")
    machine.variables = {"DATA": "/data"}
    found = machine.read().folders("envs_dirs", machine.home, machine.root)
    assert found == (machine.home / "envs", machine.root / "data/envs")


def test_the_root_is_found_from_the_prefix_or_the_shell(machine: Machine) -> None:
    assert machine.read().root_prefix == machine.base
    machine.prefix = machine.root / "data/env"
    assert machine.read().root_prefix is None
    machine.variables = {"CONDA_EXE": "/opt/conda/bin/conda"}
    assert machine.read().root_prefix == machine.base


def test_mambas_own_files_count_for_mamba_only(machine: Machine) -> None:
    machine.write("home/ada/.mambarc", "channels: [conda-forge]\n")
    assert machine.read().merged == {}
    assert machine.read(mamba=True).merged["channels"][0].value == "conda-forge"


def test_odd_files_do_no_harm(machine: Machine) -> None:
    (machine.home / ".condarc").mkdir()
    (machine.home / ".condarc/condarc.yml").write_text("solver: classic\n")
    (machine.prefix / ".condarc").symlink_to(machine.prefix / ".condarc")
    machine.write("etc/conda/.condarc", "x: " + "y" * 200_000)
    found = machine.read()
    assert found.merged["solver"][0].value == "classic", "conda reads a folder of that name too"
    assert ["bytes" in reason for _, reason, _ in found.problems] == [True]
