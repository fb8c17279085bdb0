"""The settings layer: every value with its place, nothing secret in it, and nothing run to get it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, Literal

import pytest

from doctor.collect.settings import read
from doctor.facts import Facts, Settings, serialise
from doctor.facts.identity import Identity
from doctor.target.environment import Environment, Request
from tests.patients.venvs import make_venv


class Machine:
    """A recorded machine with one environment."""

    def __init__(self, root: Path, system: Literal["linux", "macos", "windows"] = "linux") -> None:
        self.root = root
        self.home = root / "home/ada"
        self.home.mkdir(parents=True)
        self.prefix = self.home / "envs/work"
        (self.prefix / "conda-meta").mkdir(parents=True)
        self.variables: dict[str, str] = {}
        self.project: Path | None = None
        self.system = system
        self.kind: Literal["conda", "venv"] = "conda"

    def write(self, name: str, text: str, mode: int = 0o600) -> Path:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)
        return file

    def read(self) -> Settings:
        request = Request(
            Environment(self.prefix, self.kind),
            project=self.project,
            variables=self.variables,
            home=self.home,
            root=self.root,
        )
        found = read(request, Facts(identity=Identity(kind=self.kind, system=self.system)))
        facts = Facts(settings=found)
        assert serialise.load(serialise.dump(facts)) == facts
        return found


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_nothing_configured_is_nothing(machine: Machine) -> None:
    assert machine.read() == Settings()


def test_yaml_and_toml_are_imported_only_where_there_is_a_file(tmp_path: Path) -> None:
    import subprocess

    code = (
        "import sys; from pathlib import Path; from doctor.collect.settings import read\n"
        "from doctor.facts import Facts; from doctor.target.environment import Environment, Request\n"
        f"root = Path({str(tmp_path)!r})\n"
        "read(Request(Environment(root / 'env', 'venv'), project=root, home=root / 'home', root=root), Facts())\n"
        "print(sorted({'yaml', 'tomllib', 'configparser', 'numpy', 'subprocess'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_condarc_values_have_file_and_line(machine: Machine) -> None:
    machine.write("home/ada/.condarc", "channels:\n  - conda-forge\n  - defaults\nchannel_priority: strict\n")
    machine.write("home/ada/envs/work/.condarc", "channels: [bioconda]\n")
    found = machine.read()
    assert [(s.value, s.source, s.line) for s in found.condarc["channels"]] == [
        ("bioconda", ".condarc", 1),
        ("conda-forge", "~/.condarc", 2),
        ("defaults", "~/.condarc", 3),
    ]
    assert found.conda("channel_priority") == "strict"
    assert found.channels == ("bioconda", "conda-forge", "defaults")
    assert found.condarc_files == (".condarc", "~/.condarc")
    assert found.environment_condarc == ".condarc"


@pytest.mark.parametrize(
    ("text", "channels", "members"),
    [
        ("channels: [https://conda.anaconda.org/conda-forge/linux-64/]", ("conda-forge",), {}),
        ("channels: [main, https://repo.anaconda.com/pkgs/r]", ("pkgs/main", "pkgs/r"), {}),
        ("channels: [defaults]", ("defaults",), {"defaults": ("pkgs/main", "pkgs/r", "pkgs/msys2")}),
        (
            "channels: [defaults]\ndefault_channels: [https://corp.example/main]",
            ("defaults",),
            {"defaults": ("https://corp.example/main",)},
        ),
        (
            "channels: [team]\ncustom_channels:\n  team: https://corp.example/conda",
            ("team",),
            {"team": ("https://corp.example/conda/team",)},
        ),
        (
            "channels: [conda-forge, team]\nchannel_alias: https://corp.example/conda",
            ("conda-forge", "team"),
            {"team": ("https://corp.example/conda/team",)},
        ),
        (
            "channels: [all]\ncustom_multichannels:\n  all: [conda-forge, https://corp.example/x]",
            ("all",),
            {"all": ("conda-forge", "https://corp.example/x")},
        ),
        ("channels: [https://corp.example/$TEAM/x, x, nodefaults]", ("https://corp.example/blue/x", "x"), {}),
    ],
)
def test_channels_by_the_names_that_records_carry(
    machine: Machine, text: str, channels: tuple[str, ...], members: dict[str, tuple[str, ...]]
) -> None:
    machine.variables = {"TEAM": "blue"}
    machine.write("home/ada/.condarc", text + "\n")
    found = machine.read()
    assert found.channels == channels
    shown = {name: value for name, value in found.members.items() if name != "defaults" or "defaults" in members}
    assert shown == members


def test_pip_sources_in_pips_order(machine: Machine) -> None:
    machine.variables = {"PIP_INDEX_URL": "https://a.example/simple", "PIP_CONFIG_FILE": "/srv/pip.conf"}
    places = ["srv/pip.conf", "home/ada/envs/work/pip.conf", "etc/pip.conf", "etc/xdg/pip/pip.conf"]
    for number, place in enumerate(places):
        machine.write(place, f"[global]\nindex-url = https://{number}.example/simple\n")
    machine.write("home/ada/.config/pip/pip.conf", "[global]\nindex-url = https://user.example/simple\n")
    sources = ["$PIP_INDEX_URL", "/srv/pip.conf", "pip.conf", "/etc/pip.conf", "/etc/xdg/pip/pip.conf"]
    assert [s.source for s in machine.read().pip] == sources, "with PIP_CONFIG_FILE there, the user's file is not read"
    machine.variables = {}
    assert "~/.config/pip/pip.conf" in [s.source for s in machine.read().pip]
    machine.variables = {"PIP_CONFIG_FILE": "/dev/null"}
    assert machine.read().pip == ()


@pytest.mark.parametrize(
    ("system", "place"),
    [
        ("macos", "home/ada/Library/Application Support/pip/pip.conf"),
        ("macos", "home/ada/.config/pip/pip.conf"),
        ("windows", "home/ada/AppData/Roaming/pip/pip.ini"),
        ("windows", "ProgramData/pip/pip.ini"),
        ("windows", "home/ada/envs/work/pip.ini"),
    ],
)
def test_pip_on_other_systems(tmp_path: Path, system: Any, place: str) -> None:
    machine = Machine(tmp_path, system)
    machine.write(place, "[install]\nno_deps = yes\n")
    assert [(s.key, s.value, s.line) for s in machine.read().pip] == [("install.no-deps", "yes", 2)]


def test_a_list_of_pip_has_a_line_for_each_member(machine: Machine) -> None:
    machine.write(
        "etc/pip.conf",
        "# all\n[global]\nextra-index-url =\n    https://a.example\n    https://b.example c\nretries: 3\n",
    )
    assert [(s.key, s.value, s.line) for s in machine.read().pip] == [
        ("global.extra-index-url", "https://a.example", 4),
        ("global.extra-index-url", "https://b.example", 5),
        ("global.extra-index-url", "c", 5),
        ("global.retries", "3", 6),
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [("index-url = x\n", 1), ("[global]\nindex-url\n", 2), ("[global]\na = 1\nA = 2\n", 3)],
)
def test_where_pip_would_stop(machine: Machine, text: str, line: int) -> None:
    from configparser import Error, RawConfigParser

    machine.write("etc/pip.conf", text)
    assert [(p.path, p.line) for p in machine.read().problems] == [("/etc/pip.conf", line)]
    with pytest.raises(Error):
        RawConfigParser().read_string(text)


def test_uv_of_project_user_and_system(machine: Machine) -> None:
    machine.project = machine.home / "study"
    machine.write(
        "home/ada/study/pyproject.toml",
        '[project]\nname = "x"\n[tool.uv]\nindex-strategy = "first-index"\n'
        '[[tool.uv.index]]\nname = "corp"\nurl = "https://corp.example/simple"\nexplicit = true\n',
    )
    machine.write("home/ada/.config/uv/uv.toml", 'extra-index-url = ["https://a.example", "https://b.example"]\n')
    machine.write("etc/uv/uv.toml", "[pip]\nno-build = true\n")
    machine.variables = {"UV_INDEX": "corp=https://c.example d=https://d.example", "UV_INDEX_CORP_PASSWORD": "hunter22"}
    assert [(s.key, s.value, s.source, s.line) for s in machine.read().uv] == [
        ("index", "corp=https://c.example", "$UV_INDEX", 0),
        ("index", "d=https://d.example", "$UV_INDEX", 0),
        ("index-corp-password", "***", "$UV_INDEX_CORP_PASSWORD", 0),
        ("index-strategy", "first-index", "~/study/pyproject.toml", 4),
        ("index.0.name", "corp", "~/study/pyproject.toml", 6),
        ("index.0.url", "https://corp.example/simple", "~/study/pyproject.toml", 7),
        ("index.0.explicit", True, "~/study/pyproject.toml", 8),
        ("extra-index-url", "https://a.example", "~/.config/uv/uv.toml", 1),
        ("extra-index-url", "https://b.example", "~/.config/uv/uv.toml", 1),
        ("pip.no-build", True, "/etc/uv/uv.toml", 2),
    ]
    machine.write("home/ada/study/uv.toml", "offline = true\n")
    assert "index.0.url" not in {s.key for s in machine.read().uv}, "uv.toml hides the [tool.uv] beside it"


def test_variables_are_those_that_matter(machine: Machine) -> None:
    machine.variables = {
        "PYTHONPATH": "/srv/code",
        "OMP_NUM_THREADS": "4",
        "CUDA_VISIBLE_DEVICES": "0",
        "PATH": "/usr/bin:/bin",
        "PIP_INDEX_URL": "https://ada:hunter22@corp.example/simple",
        "HF_TOKEN": "hf_abcdefghij",
        "TF_VAR_password": "x",
        "EDITOR": "vi",
    }
    found = machine.read()
    assert [v.name for v in found.variables] == [
        "CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS", "PATH", "PIP_INDEX_URL", "PYTHONPATH",
    ]  # fmt: skip
    shown = found.variable("PIP_INDEX_URL")
    assert shown is not None
    assert shown.value == "https://***@corp.example/simple"
    assert found.secrets == (), "credentials of the shell lie in no file"


def test_what_activation_sets_and_the_stronger_first(machine: Machine) -> None:
    machine.write("home/ada/envs/work/etc/conda/env_vars.d/a.json", json.dumps({"OMP_NUM_THREADS": "1"}))
    state = {"version": 1, "env_vars": {"OMP_NUM_THREADS": "2", "PYTHONPATH": "***unset***", "MKL_CBWR": "COMPATIBLE"}}
    machine.write("home/ada/envs/work/conda-meta/state", json.dumps(state, indent=1))
    machine.write(
        "home/ada/envs/work/etc/conda/activate.d/z.sh",
        'touch /tmp/ran\nexport KMP_DUPLICATE_LIB_OK="TRUE"\nexport CONDA_BACKUP_PATH="$PATH"\nexport GDAL_DATA=/x\n',
    )
    found = machine.read()
    assert [(v.name, v.value, v.source, v.line) for v in found.activation] == [
        ("KMP_DUPLICATE_LIB_OK", "TRUE", "etc/conda/activate.d/z.sh", 2),
        ("OMP_NUM_THREADS", "2", "conda-meta/state", 4),
        ("MKL_CBWR", "COMPATIBLE", "conda-meta/state", 6),
        ("OMP_NUM_THREADS", "1", "etc/conda/env_vars.d/a.json", 1),
    ]
    machine.variables = {"OMP_NUM_THREADS": "9"}
    effective = machine.read().variable("OMP_NUM_THREADS")
    assert effective is not None
    assert effective.value == "2"


@pytest.mark.parametrize("by", ["uv", "venv"])
def test_a_stock_activate_script_sets_nothing_of_note(machine: Machine, by: Any) -> None:
    machine.prefix = make_venv(machine.home / "study/.venv", by=by)
    machine.kind = "venv"
    assert machine.read().activation == ()
    script = machine.prefix / "bin/activate"
    script.write_text(script.read_text() + "\nexport PYTHONPATH=/srv/code\n")
    found = machine.read().activation
    assert [(v.name, v.value, v.source) for v in found] == [("PYTHONPATH", "/srv/code", "bin/activate")]
    assert found[0].line == len(script.read_text().splitlines())


def test_shell_files_are_read_and_not_run(machine: Machine) -> None:
    machine.write(
        "home/ada/.bashrc",
        "# export PYTHONPATH=no\n"
        "export PYTHONPATH=/a:$PYTHONPATH  # mine\n"
        "if true; then export OMP_NUM_THREADS='4'; fi\n"
        "[ -d /x ] && export LD_LIBRARY_PATH=/opt/cuda/lib64\n"
        "MKL_NUM_THREADS=2 python train.py\n"
        "alias train='PYTHONHOME=/x python'\n"
        "helper() {\n  export PYTHONHOME=/never\n}\n"
        "KMP_BLOCKTIME=0; export KMP_BLOCKTIME\n"
        "NUMEXPR_MAX_THREADS=3\n"
        "export EDITOR=vi CUDA_HOME=/opt/cuda\n",
    )
    machine.write("home/ada/.config/fish/config.fish", "set -gx PYTHONPATH /b\nset local PYTHONHOME /c\n")
    machine.write("etc/profile.d/site.sh", "export PYTHONNOUSERSITE=1\n")
    machine.write("etc/environment", 'JAX_PLATFORMS="cpu"\n')
    found = machine.read()
    assert [(v.name, v.value, v.source, v.line) for v in found.shell] == [
        ("PYTHONPATH", "/a:$PYTHONPATH", "~/.bashrc", 2),
        ("OMP_NUM_THREADS", "4", "~/.bashrc", 3),
        ("LD_LIBRARY_PATH", "/opt/cuda/lib64", "~/.bashrc", 4),
        ("KMP_BLOCKTIME", "0", "~/.bashrc", 10),
        ("CUDA_HOME", "/opt/cuda", "~/.bashrc", 12),
        ("PYTHONPATH", "/b", "~/.config/fish/config.fish", 1),
        ("PYTHONNOUSERSITE", "1", "/etc/profile.d/site.sh", 1),
        ("JAX_PLATFORMS", "cpu", "/etc/environment", 1),
    ]
    assert found.shell_source("PYTHONPATH") == found.shell[0]


SECRETS = {
    "home/ada/.condarc": "channels:\n  - https://conda.example/t/tk-HUSH1/team\n"
    "proxy_servers:\n  https: http://ada:HUSH2@proxy.example:3128\n",
    "home/ada/.config/pip/pip.conf": "[global]\nindex-url = https://ada:HUSH3@pypi.example/simple\n",
    "home/ada/.config/uv/uv.toml": 'extra-index-url = ["https://ada:HUSH4@pypi.example/simple"]\n',
    "home/ada/.bashrc": "export HF_TOKEN=HUSH5HUSH5\nexport UV_INDEX_X_PASSWORD='HUSH6HUSH6'\n",
    "home/ada/envs/work/conda-meta/state": json.dumps({"env_vars": {"API_KEY": "HUSH7HUSH7"}}),
}


def test_secrets_are_told_by_place_and_never_by_text(machine: Machine) -> None:
    for place, text in SECRETS.items():
        machine.write(place, text)
    machine.variables = {"UV_PUBLISH_TOKEN": "HUSH8HUSH8", "PIP_INDEX_URL": "https://ada:HUSH9@pypi.example"}
    found = machine.read()
    assert "HUSH" not in serialise.dump(Facts(settings=found))
    assert {(path, line) for path, line, _ in found.secrets} == {
        ("~/.condarc", 2),
        ("~/.condarc", 4),
        ("~/.config/pip/pip.conf", 2),
        ("~/.config/uv/uv.toml", 1),
        ("~/.bashrc", 1),
        ("~/.bashrc", 2),
        ("conda-meta/state", 1),
    }


def test_what_only_names_a_secret_is_none(machine: Machine) -> None:
    machine.write("home/ada/.condarc", "channels:\n  - https://conda.example/t/$TOKEN/team\nadd_anaconda_token: true\n")
    machine.write("home/ada/.config/pip/pip.conf", "[global]\nindex-url = https://ada:${PASSWORD}@pypi.example\n")
    machine.write(
        "home/ada/.bashrc",
        "export HF_TOKEN=$(cat ~/.token)\nexport TOKENIZERS_PARALLELISM=false\nexport AWS_SECRET_FILE=/run/secret\n"
        "export GH_TOKEN=$TOKEN\n",
    )
    assert machine.read().secrets == ()


@pytest.mark.skipif(os.name == "nt", reason="modes of files are POSIX's")
def test_a_netrc_that_others_may_read(machine: Machine) -> None:
    netrc = machine.write("home/ada/.netrc", "machine a login b password c\n")
    assert machine.read().secrets == ()
    netrc.chmod(0o644)
    assert machine.read().secrets == (("~/.netrc", 0, "credentials that other users may read"),)
    machine.home.chmod(0o700)
    assert machine.read().secrets == (), "nobody else gets as far as the home folder"


def test_hostile_files_come_to_an_end(machine: Machine) -> None:
    os.mkfifo(machine.home / ".bashrc")
    os.mkfifo(machine.home / ".condarc")
    (machine.home / ".profile").symlink_to(machine.home / ".profile")
    (machine.home / ".zshrc").mkdir()
    machine.write("home/ada/.zshenv", "export " * 60_000 + "(\n" + "\x1b]52;c;x\x07export PYTHONPATH=/a\u202e/b\n")
    machine.write("home/ada/envs/work/conda-meta/state", "[" * 100_000)
    machine.write("etc/pip.conf", "[global]\nindex-url = \x1b[31mhttps://a.example\n")
    found = machine.read()
    assert {problem.path for problem in found.problems} == {"~/.condarc", "conda-meta/state"}
    assert "\x1b" not in repr(found)
    assert found.pip[0].value == "\ufffd[31mhttps://a.example"
