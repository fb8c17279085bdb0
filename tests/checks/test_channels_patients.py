"""Real conda prefixes under real condarc files, examined as users would have them examined."""

from __future__ import annotations

from pathlib import Path

import pytest

from doctor import checks
from doctor.examine import Examined, examine
from doctor.facts.project import Policy
from doctor.knowledge.channels import plain_channel
from doctor.model import Edit, Examination, Finding, Install, Severity
from doctor.reading.conda.channel_names import canonical_channel
from doctor.target.environment import Request
from doctor.target.recognise import inspect_prefix
from tests.patients.conda import Style, make_conda_prefix
from tests.patients.venvs import make_venv


class Home:
    """A machine of its own, so that no configuration of the one at hand plays along."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.path = root / "home/ada"
        self.path.mkdir(parents=True)
        self.variables: dict[str, str] = {}
        self.project: Path | None = None
        self.policy = Policy()

    def write(self, name: str, text: str) -> None:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def examine(self, prefix: Path) -> Examination:
        environment = inspect_prefix(prefix, root=self.root)
        assert environment is not None
        request = Request(
            environment,
            project=self.project,
            policy=self.policy,
            variables=self.variables,
            home=self.path,
            root=self.root,
        )
        last = list(examine(request, checks.load(["CHN"])))[-1]
        assert isinstance(last, Examined)
        assert not last.examination.crashed, last.examination.crashed
        assert not last.examination.skipped, last.examination.skipped
        return last.examination

    def find(self, prefix: Path) -> dict[str, Finding]:
        return {finding.code: finding for finding in self.examine(prefix).findings}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def prefix_in(home: Home, *packages: str, style: Style = "conda") -> Path:
    """An environment of a conda that lies in the home folder."""
    (home.path / "miniforge3/conda-meta").mkdir(parents=True)
    (home.path / "miniforge3/envs").mkdir()
    return make_conda_prefix(home.path / "miniforge3/envs/work", style, packages or ("python", "numpy", "openssl"))


@pytest.mark.parametrize("style", ["conda", "mamba", "rattler", "pixi"])
def test_one_channel_and_no_condarc_is_silent(home: Home, style: Style) -> None:
    assert home.examine(prefix_in(home, style=style)).findings == ()


def test_a_fresh_miniforge_is_silent(home: Home) -> None:
    prefix = prefix_in(home)
    home.write("miniforge3/.condarc", "channels:\n  - conda-forge\n")
    assert home.examine(prefix).findings == ()


def test_a_fresh_miniconda_gives_a_note_about_terms_only(home: Home) -> None:
    prefix = prefix_in(home, "pkgs/main::numpy", "pkgs/main::openssl")
    for name in ("python", "tzdata"):  # the patients' Python is packed for conda-forge only
        for record in prefix.glob(f"conda-meta/{name}-*.json"):
            record.write_text(
                record.read_text().replace("conda.anaconda.org/conda-forge", "repo.anaconda.com/pkgs/main")
            )
    home.write("miniforge3/.condarc", "channels:\n  - defaults\n")
    assert [(f.code, f.severity) for f in home.examine(prefix).findings] == [("CHN006", Severity.NOTE)]


def test_numpy_of_defaults_beside_conda_forge(home: Home) -> None:
    found = home.find(prefix_in(home, "python", "openssl", "pkgs/main::numpy"))
    mixed = found["CHN001"]
    assert mixed.severity is Severity.ERROR
    assert mixed.packages == ("numpy",)
    step = mixed.remedies[0].steps[0]
    assert isinstance(step, Install)
    assert step.specs == ("conda-forge::numpy=1.26.3",)
    assert any(e.path.startswith("conda-meta/numpy-1.26.3-") for e in mixed.evidence)


def test_a_leaf_of_defaults_is_a_warning_and_its_channel_is_not_configured(home: Home) -> None:
    prefix = prefix_in(home, "python", "pkgs/main::demo-lib")
    home.write(".condarc", "channels:\n  - conda-forge\nchannel_priority: strict\n")
    found = home.find(prefix)
    assert found["CHN001"].severity is Severity.WARNING
    assert found["CHN002"].subject == "pkgs/main"
    edit = found["CHN002"].remedies[1].steps[0]
    assert edit == Edit(".condarc", "", "channels:\n  - conda-forge\n  - defaults\n")
    (prefix / edit.path).write_text(edit.after)
    after = home.find(prefix)
    assert "CHN002" not in after
    assert "CHN003" not in after, "strict in the user's condarc still counts"


def test_flexible_priority_is_repaired_by_the_edit_it_offers(home: Home) -> None:
    prefix = prefix_in(home)
    home.write(".condarc", "channels: [conda-forge, defaults]\n")
    edit = home.find(prefix)["CHN003"].remedies[0].steps[0]
    assert isinstance(edit, Edit)
    (prefix / edit.path).write_text(edit.after)
    assert "CHN003" not in home.find(prefix)


def test_an_edit_replaces_what_stands_in_the_environments_condarc(home: Home) -> None:
    prefix = prefix_in(home)
    own = prefix / ".condarc"
    own.write_text("channels: [conda-forge, defaults]\nchannel_priority: flexible\n")
    edit = home.find(prefix)["CHN003"].remedies[0].steps[0]
    assert isinstance(edit, Edit)
    assert own.read_text().count(edit.before) == 1
    own.write_text(own.read_text().replace(edit.before, edit.after))
    assert "CHN003" not in home.find(prefix)


def test_the_projects_file_and_what_is_installed(home: Home) -> None:
    prefix = prefix_in(home, "python", "pkgs/main::numpy")
    home.project = home.path / "study"
    home.write("study/environment.yml", "name: work\nchannels:\n  - conda-forge\ndependencies:\n  - numpy\n")
    finding = home.find(prefix)["CHN004"]
    assert ("environment.yml", 3) in {(e.path, e.line) for e in finding.evidence}
    home.write("study/environment.yml", "name: work\nchannels:\n  - conda-forge\n  - defaults\n")
    assert "CHN004" not in home.find(prefix)


def test_a_policy_makes_it_an_error(home: Home) -> None:
    prefix = prefix_in(home, "python", "pkgs/main::numpy")
    home.project = home.path / "study"
    home.write("study/pyproject.toml", '[tool.envdoctor]\nforbidden-channels = ["defaults"]\n')
    home.policy = Policy(path="pyproject.toml", forbidden_channels=("defaults",))
    finding = home.find(prefix)["CHN006"]
    assert (finding.subject, finding.severity) == ("pkgs/main", Severity.ERROR)


@pytest.mark.parametrize(
    ("text", "line", "before", "after"),
    [
        ("chanels:\n  - conda-forge\n", 2, "chanels:", "channels:"),
        ("channels: conda-forge\n", 1, "channels: conda-forge", "channels:\n  - conda-forge"),
    ],
)
def test_a_wrong_line_is_repaired_by_the_edit_it_offers(
    home: Home, text: str, line: int, before: str, after: str
) -> None:
    prefix = prefix_in(home)
    home.write(".condarc", text)
    finding = home.find(prefix)["CHN007"]
    assert (finding.evidence[0].path, finding.evidence[0].line) == ("~/.condarc", line)
    assert finding.remedies[0].steps == (Edit("~/.condarc", before, after),)
    home.write(".condarc", text.replace(before, after))
    assert home.examine(prefix).findings == ()


def test_a_broken_condarc_names_its_line(home: Home) -> None:
    prefix = prefix_in(home)
    home.write(".condarc", "channels:\n  - conda-forge\n defaults\n")
    finding = home.find(prefix)["CHN007"]
    assert (finding.subject, finding.evidence[0].line) == ("~/.condarc", 3)


def test_insecure_channels_and_no_secret_in_the_report(home: Home) -> None:
    prefix = prefix_in(home)
    home.write(
        ".condarc",
        "channels:\n  - conda-forge\n  - http://conda.corp.example/main\n"
        "  - https://conda.corp.example/t/co-1234-secret/team\nssl_verify: no\n",
    )
    examination = home.examine(prefix)
    subjects = {finding.subject for finding in examination.findings if finding.code == "CHN008"}
    assert subjects == {"http://conda.corp.example/main", "https://conda.corp.example/t/***/team", "ssl_verify"}
    assert "1234" not in repr(examination)


def test_the_classic_solver(home: Home) -> None:
    prefix = prefix_in(home)
    home.variables = {"CONDA_SOLVER": "classic"}
    assert home.find(prefix)["CHN010"].evidence[0].path == "$CONDA_SOLVER"


def test_indexes_of_pip_and_uv_in_a_venv(home: Home) -> None:
    prefix = make_venv(home.path / "study/.venv")
    assert home.examine(prefix).findings == ()
    (prefix / "pip.conf").write_text(
        "[global]\nextra-index-url =\n    https://download.pytorch.org/whl/cpu\n    https://pypi.corp.example/simple\n"
    )
    finding = home.find(prefix)["CHN009"]
    assert finding.subject == "pip: pypi.corp.example"
    assert ("pip.conf", 4) in {(e.path, e.line) for e in finding.evidence}
    home.variables = {"PIP_EXTRA_INDEX_URL": "https://download.pytorch.org/whl/cpu"}
    assert home.examine(prefix).findings == ()
    home.project = home.path / "study"
    home.write(
        "study/pyproject.toml",
        '[tool.uv]\nindex-strategy = "unsafe-best-match"\n[[tool.uv.index]]\nurl = "https://pypi.corp.example/simple"\n',
    )
    assert home.find(prefix)["CHN009"].subject == "uv: pypi.corp.example"


def test_condas_settings_do_not_concern_a_venv(home: Home) -> None:
    prefix = make_venv(home.path / "study/.venv")
    home.write(".condarc", "channels: [defaults, conda-forge]\nssl_verify: no\nsolver: classic\nchanels: [x]\n")
    assert home.examine(prefix).findings == ()


@pytest.mark.parametrize(
    "channel",
    [
        "main",
        "defaults",
        "anaconda",
        "conda-forge/linux-64",
        "conda-forge/label/cf202003",
        "https://conda.anaconda.org/conda-forge/linux-64/",
        "https://conda.anaconda.org/t/***/team",
        "https://repo.anaconda.com/pkgs/main/win-64",
        "https://prefix.dev/conda-forge",
        "https://mirrors.example/anaconda/pkgs/main",
        "https://conda.corp.example/team",
        "http://conda.corp.example/main",
        "nvidia/label/cuda-12.4.1",
    ],
)
def test_checks_and_readers_name_a_channel_alike(channel: str) -> None:
    assert plain_channel(channel) == canonical_channel(channel).partition("/label/")[0]
