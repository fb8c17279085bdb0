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
python = ">=3.11, <3.13"
platforms = ["linux-64", "osx-arm64"]
packages = ["numpy>=2,<3", "torch[opt]; sys_platform == 'linux'"]
blas = "openblas"
variables = { OMP_NUM_THREADS = "4", PYTHONHASHSEED = "0" }
kernel = "my-project"
baseline = "ci/numbers.json"
environment = "envs/dev"
""",
    )
    assert found.python == ">=3.11,<3.13"
    assert found.platforms == ("linux-64", "osx-arm64")
    assert found.packages == ("numpy>=2,<3", "torch[opt]; sys_platform == 'linux'")
    assert (found.blas, found.kernel) == ("openblas", "my-project")
    assert found.variables == {"OMP_NUM_THREADS": "4", "PYTHONHASHSEED": "0"}
    assert (found.baseline, found.environment) == ("ci/numbers.json", "envs/dev")
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
        ('commands = ["rm"]', 3, "a policy can never define commands"),
        ('post-install = "x"', 3, "a policy can never define commands"),
        ("python = 3.11", 3, 'python must be a text, such as python = ">=3.11,<3.13"'),
        ('python = "3.11"', 3, 'write python = "==3.11.*" or python = ">=3.11"'),
        ('python = "3.11.4"', 3, 'write python = "==3.11.4"'),
        ('python = "^3.11"', 3, "must be a version specifier"),
        ('python = "snake"', 3, "must be a version specifier"),
        ('python = " "', 3, "python must be a text"),
        ('platforms = "linux-64"', 3, 'platforms must be a list of texts, such as platforms = ["linux-64"]'),
        (
            'platforms = [\n"linux-64",\n"linux"]',
            5,
            "'linux' is no platform as conda names them; did you mean 'linux-64'?",
        ),
        ('platforms = ["beos-64"]', 3, "known are linux-64,"),
        ('packages = [\n"numpy>=2",\n"numpy 2"]', 5, "'numpy 2' is no requirement as pip writes them"),
        ('packages = ["x @ https://example.org/x.whl"]', 3, "x is asked for by an address; a policy says versions"),
        ('packages = ["-r requirements.txt"]', 3, "is no requirement"),
        ('packages = ["--index-url=https://example.org"]', 3, "is no requirement"),
        ('blas = "openblass"', 3, "one of openblas, mkl, blis, accelerate, netlib; did you mean 'openblas'?"),
        ("blas = 1", 3, "blas must be one of"),
        ('blas = ["mkl"]', 3, "blas must be one of"),
        ('variables = "OMP_NUM_THREADS=4"', 3, "variables must be a table"),
        ("variables = { OMP_NUM_THREADS = 4 }", 3, 'must be a text, such as variables = { OMP_NUM_THREADS = "1" }'),
        ('[tool.envdoctor.variables]\nA = "1"\nLD_PRELOAD = "x.so"', 5, "LD_PRELOAD cannot be expected by a policy"),
        ('variables = { PYTHONPATH = "." }', 3, "it decides what is run or where packages come from"),
        ('variables = { Pip_Index_Url = "https://example.org" }', 3, "cannot be expected by a policy"),
        ('variables = { PROMPT_COMMAND = "x" }', 3, "cannot be expected by a policy"),
        ('variables = { "A B" = "1" }', 3, "is no name of a variable"),
        ('variables = { A = "1\\n2" }', 3, "must be one plain line"),
        ('variables = { A = "\\u001b[2J" }', 3, "must be one plain line"),
        ('variables = { WANDB_API_KEY = "0123456789abcdef" }', 3, "looks like a secret"),
        ('kernel = "my project"', 3, "is no name of a kernel"),
        ('kernel = "../x"', 3, "is no name of a kernel"),
        ("kernel = []", 3, "kernel must be a text"),
        ('baseline = "/etc/passwd"', 3, "must be a path inside the project"),
        ('baseline = "C:/x.json"', 3, "must be a path inside the project"),
        ('baseline = "~/x.json"', 3, "must be a path inside the project"),
        ('baseline = "$HOME/x.json"', 3, "must be a path inside the project"),
        ('baseline = "a/../../x.json"', 3, "climbs out of the project"),
        ('baseline = "a\\\\..\\\\..\\\\x.json"', 3, "climbs out of the project"),
        ('baseline = "."', 3, "no place for it"),
        ("baseline = true", 3, "baseline must be a text"),
        ('environment = "../env"', 3, "climbs out of the project"),
        ('environment = "/opt/env"', 3, "must be a path inside the project"),
        ('environment = "./"', 3, "no place for it"),
        ('environment = ".git/env"', 3, "no place for it"),
        ('environment = "base"', 3, "is conda's own"),
        ('environment = "-p x"', 3, "must be a folder of the project or the name of a conda environment"),
        ("environment = 1", 3, "environment must be a text"),
    ],
)
def test_mistakes_are_told_with_line_and_advice(tmp_path: Path, lines: str, line: int, words: str) -> None:
    with pytest.raises(PolicyError) as caught:
        policy(tmp_path, f"# a comment\n[tool.envdoctor]\n{lines}\n")
    assert f"pyproject.toml, line {line}: " in str(caught.value)
    assert words in str(caught.value)


@pytest.mark.parametrize("environment", [".venv", "env/dev", "demo", "demo-3.11", "./venv"])
def test_where_an_environment_may_be_made(tmp_path: Path, environment: str) -> None:
    assert policy(tmp_path, f'[tool.envdoctor]\nenvironment = "{environment}"\n').environment == environment


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
