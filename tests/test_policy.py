"""[tool.envdoctor]: what a project may decide, and that every doubt is told with file, line and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from doctor.facts.project import Ignored, Policy
from doctor.reading.repository.policy import PolicyError, read_policy


def policy(folder: Path, text: str) -> Policy:
    (folder / "pyproject.toml").write_text(text)
    return read_policy(folder)


def test_no_file_and_no_table_are_no_policy(tmp_path: Path) -> None:
    assert read_policy(tmp_path) == Policy()
    assert policy(tmp_path, '[project]\nname = "demo"\n') == Policy()
    assert policy(tmp_path, "this is no TOML [") == Policy(), "other tools will say so; it is not about us"


def test_everything_that_can_be_said(tmp_path: Path) -> None:
    found = policy(
        tmp_path,
        """
[tool.envdoctor]
select = ["MIX", "GPU001"]
fail-on = "warning"
gpu = true
max-size = "10 GB"
channels = ["conda-forge"]
forbidden-channels = ["defaults"]
ignore = [
  { code = "MIX002", reason = "tested together" },
  { code = "DEP001", subject = "numba: numpy", reason = "works", until = 2027-03-31 },
]
""",
    )
    assert found.select == ("MIX", "GPU001")
    assert found.fail_on == "warning"
    assert found.gpu is True
    assert found.max_size == 10_000_000_000
    assert (found.channels, found.forbidden_channels) == (("conda-forge",), ("defaults",))
    assert found.ignore == (
        Ignored("MIX002", "tested together", line=10),
        Ignored("DEP001", "works", "numba: numpy", "2027-03-31", 11),
    )
    assert found.path.endswith("pyproject.toml")


def test_ignore_as_array_of_tables(tmp_path: Path) -> None:
    first = '[[tool.envdoctor.ignore]]\nreason = "known"\ncode = "SIZ001"\n'
    text = f'{first}\n[[tool.envdoctor.ignore]]\ncode = "CHN"\nreason = "x"\n'
    assert [rule.line for rule in policy(tmp_path, text).ignore] == [3, 6]


@pytest.mark.parametrize(
    ("size", "bytes_"),
    [("500MB", 500_000_000), ("1.5 GiB", 1_610_612_736), ("2 TB", 2 * 10**12), ("7 kb", 7_000), ("12", 12)],
)
def test_sizes(tmp_path: Path, size: str, bytes_: int) -> None:
    assert policy(tmp_path, f'[tool.envdoctor]\nmax-size = "{size}"\n').max_size == bytes_


@pytest.mark.parametrize(
    ("lines", "line", "words"),
    [
        ('ignroe = ["MIX002"]', 3, "unknown key 'ignroe' in [tool.envdoctor]; did you mean 'ignore'?"),
        ("max_size = 3", 3, "did you mean 'max-size'?"),
        ('zebra = "x"', 3, "known are select, ignore,"),
        ('select = "MIX"', 3, 'select must be a list of texts, such as select = ["MIX"]'),
        ('select = ["mix001"]', 3, "did you mean 'MIX001'?"),
        ('select = ["MIX0001"]', 3, "no code of a check"),
        ('\n\nignore = ["MIX002"]', 5, 'ignored without a reason; write { code = "MIX002", reason = "why" }'),
        ('ignore = [\n{ code = "MIX002" }]', 4, 'write { code = "MIX002", reason = "why" }'),
        ('ignore = [\n{ code = "MIX002", reason = " " }]', 4, "without a reason"),
        ('ignore = [{ reason = "why" }]', 3, "names no code"),
        ('ignore = [{ code = "MIX002", reson = "why" }]', 3, "unknown key 'reson' in ignore; did you mean 'reason'?"),
        ('ignore = [{ code = "MIX002", reason = "why", until = "soon" }]', 3, "must be a date"),
        ('ignore = [{ code = "MIX002", reason = 3 }]', 3, "reason of MIX002 must be a text"),
        ('ignore = "MIX002"', 3, "must be a list of tables"),
        ("ignore = [3]", 3, "must be a table"),
        ('fail-on = "errors"', 3, 'fail-on must be "error", "warning" or "note"'),
        ("fail-on = 3", 3, "fail-on must be"),
        ('gpu = "yes"', 3, "gpu must be true or false"),
        ('max-size = "ten"', 3, 'such as "10 GB"'),
        ("max-size = true", 3, "max-size must be a size"),
        ("channels = [1]", 3, "channels must be a list of texts"),
    ],
)
def test_mistakes_are_told_with_line_and_advice(tmp_path: Path, lines: str, line: int, words: str) -> None:
    with pytest.raises(PolicyError) as caught:
        policy(tmp_path, f"# a comment\n[tool.envdoctor]\n{lines}\n")
    assert f"pyproject.toml, line {line}: " in str(caught.value)
    assert words in str(caught.value)


def test_the_line_is_the_tables_own(tmp_path: Path) -> None:
    text = '[tool.other]\nselect = "x"\n\n[tool.envdoctor]\ngpu = true\nselect = "x"\n'
    with pytest.raises(PolicyError, match="line 6: select must"):
        policy(tmp_path, text)


def test_broken_toml_and_no_table(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"pyproject\.toml: line 2: not TOML"):
        policy(tmp_path, '[tool.envdoctor]\nselect = ["MIX\n')
    with pytest.raises(PolicyError, match=r"must be a table: \[tool\.envdoctor\]"):
        policy(tmp_path, "[tool]\nenvdoctor = 3\n")


def test_hostile_files(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"nested too deeply|not TOML"):
        policy(tmp_path, f"[tool.envdoctor]\nselect = {'[' * 20_000}\n")
    (tmp_path / "pyproject.toml").unlink()
    (tmp_path / "pyproject.toml").mkdir()
    with pytest.raises(PolicyError, match="not a regular file"):
        read_policy(tmp_path)


def test_control_characters_do_not_come_through(tmp_path: Path) -> None:
    found = policy(tmp_path, '[tool.envdoctor]\nchannels = ["\\u001b[31mred"]\n')
    assert "\x1b" not in found.channels[0]
