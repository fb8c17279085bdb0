"""Exact command lines: what each tool is given, what no tool is ever given, and what real tools make of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from doctor.facts import Facts
from doctor.facts.build import environment
from doctor.facts.settings import Setting, Settings
from doctor.fix.managers import reaching
from doctor.fix.managers.arguments import commands_for
from doctor.fix.options import Options
from doctor.fix.plan import Command, ManagerName, Program
from doctor.model import Install, Run, Uninstall
from doctor.reading.settings.uv_config import read_uv_config
from doctor.target.environment import Environment, Request

PREFIX = Path("/envs/demo")
PY = "/envs/demo/bin/python"
ONLINE = Options()
VENV, CONDA = environment(), environment(kind="conda")
PIXI = environment(kind="conda", identity={"maker": "pixi"})
UV = Program("uv", "/bin/uv", "0.9", ("/bin/uv",))
PIP = Program("pip", PY, "24.0", (PY, "-I", "-B", "-m", "pip"))
FAR = Program("pip", "/usr/bin/python3", "24.0", ("/usr/bin/python3", "-I", "-B", "-m", "pip", "--python", PY))
EXACT = Install("pip", ("numpy==1.26.4",), force=True, dependencies=False)
BUILD = "conda-forge::numpy=1.26.4=py311_0"
QUIETLY = "install --no-input --disable-pip-version-check"
LINKS = "--python /envs/demo/bin/python --link-mode hardlink"
AGAIN = Install("conda", (BUILD,), force=True, dependencies=False)
CONDA_LINE = "/bin/conda install --prefix /envs/demo --yes --channel conda-forge --force-reinstall --no-deps"


def conda(name: ManagerName) -> Program:
    return Program(name, f"/bin/{name}", "1", (f"/bin/{name}",))


def commands(
    step: Install | Uninstall | Run,
    *programs: Program,
    facts: Facts = VENV,
    options: Options = ONLINE,
    home: Path = Path("/"),
) -> tuple[Command, ...] | str:
    request = Request(Environment(PREFIX, facts.identity.kind), home=home)
    return commands_for(step, request, facts, programs, options)


def only(found: tuple[Command, ...] | str) -> Command:
    assert isinstance(found, tuple), found
    (command,) = found
    return command


@pytest.mark.parametrize(
    ("step", "program", "line"),
    [
        (EXACT, UV, f"/bin/uv pip install {LINKS} --reinstall --no-deps -- numpy==1.26.4"),
        (Install("pip", ("a", "b>=1")), UV, f"/bin/uv pip install {LINKS} -- a b>=1"),
        (Install("pip", ("a[x]==1",), force=True), UV, f"/bin/uv pip install {LINKS} --reinstall-package a -- a[x]==1"),
        (
            EXACT,
            PIP,
            f"{PY} -I -B -m pip {QUIETLY} --force-reinstall --no-deps -- numpy==1.26.4",
        ),
        (
            EXACT._replace(index_url="https://download.pytorch.org/whl/cu126", fresh=True),
            FAR,
            f"/usr/bin/python3 -I -B -m pip --python {PY} {QUIETLY} --force-reinstall --no-deps "
            "--index-url https://download.pytorch.org/whl/cu126 --no-cache-dir -- numpy==1.26.4",
        ),
        (Uninstall("pip", ("a.b",)), UV, f"/bin/uv pip uninstall --python {PY} -- a.b"),
        (Uninstall("pip", ("a",)), PIP, f"{PY} -I -B -m pip uninstall --yes --no-input -- a"),
    ],
)
def test_lines_of_pip_and_uv(step: Install | Uninstall, program: Program, line: str) -> None:
    command = only(commands(step, program))
    assert " ".join(command.arguments) == line
    assert command.network is isinstance(step, Install)


@pytest.mark.parametrize(
    ("program", "facts"),
    [
        (PIP, VENV._replace(settings=Settings(pip=(Setting("no-index", "1", "$PIP_NO_INDEX"),)))),
        (UV, VENV._replace(settings=Settings(uv=(Setting("offline", "true", "$UV_OFFLINE"),)))),
        (
            conda("conda"),
            CONDA._replace(settings=Settings(condarc={"offline": (Setting("offline", "true", "~/.condarc"),)})),
        ),
    ],
    ids=["pip", "uv", "conda"],
)
def test_settings_that_close_the_network_are_seen(program: Program, facts: Facts) -> None:
    step = AGAIN if program.name == "conda" else EXACT
    assert not only(commands(step, program, facts=facts)).network
    assert only(commands(step, program, facts=CONDA if program.name == "conda" else VENV)).network


def test_the_setting_that_counts_says_whether_the_network_is_closed(tmp_path: Path) -> None:
    every, install = Setting("global.no-index", "true", "~/a"), Setting("install.no-index", "false", "~/b")
    assert not reaching.by_pip(Settings(pip=(every,)))
    assert reaching.by_pip(Settings(pip=(every, install)))
    assert not reaching.by_pip(Settings(pip=(Setting("global.no-index", "1", "$PIP_NO_INDEX"), install)))
    assert reaching.by_uv(Settings(uv=(Setting("no-index", True, "~/a"), Setting("pip.no-index", False, "~/a"))))
    config = read_uv_config(project=None, variables={"UV_NO_INDEX": "1", "UV_OFFLINE": "0"}, home=tmp_path)
    assert [entry.key for entry in config.entries] == ["offline"]  # uv knows no variable of the other


@pytest.mark.parametrize(
    ("words", "leads_out"),
    [
        (("links file:///w", "demo @ file:///w/demo.whl", "git+file:///r#egg=r", "./lib", "FILE:///x"), False),
        (("demo @ https://x.org/demo.whl",), True),
        (("git+ssh://git@x.org/demo",), True),
        (("links file:///w", "links http://x.org/file://"), True),
        (("${PLACE}://x.org",), True),
    ],
)
def test_addresses_that_lead_out_reach_it_without_an_index(words: tuple[str, ...], leads_out: bool) -> None:
    assert reaching.by_pip(Settings(), words, closed=True) is leads_out


@pytest.mark.parametrize(
    ("step", "name", "line"),
    [
        (AGAIN, "conda", f"{CONDA_LINE} --override-channels -- {BUILD}"),
        (
            Install("conda", ("numpy>=2",), channels=("nvidia", "https://mirror.example/x")),
            "mamba",
            "/bin/mamba install --prefix /envs/demo --yes --channel nvidia --channel https://mirror.example/x "
            "-- numpy>=2",
        ),
        (Uninstall("conda", ("_libgcc_mutex",), dependencies=False), "micromamba",
         "/bin/micromamba remove --prefix /envs/demo --yes --force -- _libgcc_mutex"),
        (Uninstall("conda", ("numpy",)), "conda", "/bin/conda remove --prefix /envs/demo --yes -- numpy"),
    ],
)  # fmt: skip
def test_lines_of_condas_family(step: Install | Uninstall, name: ManagerName, line: str) -> None:
    command = only(commands(step, conda(name), facts=CONDA))
    assert " ".join(command.arguments) == line


def test_again_with_all_it_needs_takes_pip_two_commands() -> None:
    found = commands(Install("pip", ("a==1",), force=True), PIP)
    assert [" ".join(command.arguments[8:]) for command in found if isinstance(command, Command)] == [
        "--force-reinstall --no-deps -- a==1",
        "-- a==1",
    ]


def test_without_a_network(tmp_path: Path) -> None:
    offline, wheels = Options(offline=True), Options(offline=True, wheels=tmp_path)
    assert "--no-index --find-links" not in " ".join(_words(commands(EXACT, UV, options=offline)))
    assert "--offline" in _words(commands(EXACT, UV, options=offline))
    assert {"--no-index", "--find-links", str(tmp_path)} <= set(_words(commands(EXACT, PIP, options=wheels)))
    assert "folder of wheels" in commands(EXACT, PIP, options=offline)
    assert "folder of wheels" in commands(EXACT._replace(fresh=True), UV, options=offline)
    assert "--offline" in _words(commands(AGAIN, conda("conda"), facts=CONDA, options=offline))
    assert "without a network" in commands(AGAIN._replace(fresh=True), conda("conda"), facts=CONDA, options=offline)


def test_past_a_damaged_cache() -> None:
    by_uv = only(commands(EXACT._replace(fresh=True), UV))
    assert by_uv.variables["UV_CACHE_DIR"] == "{work}/uv-cache"
    by_conda = only(commands(Install("conda", (BUILD,), fresh=True), conda("conda"), facts=CONDA))
    assert by_conda.variables["CONDA_PKGS_DIRS"] == "{work}/pkgs"


def test_past_a_damaged_cache_that_conda_would_not_leave() -> None:
    cache = Setting("pkgs_dirs", "~/pkgs", "~/.condarc")
    fresh = AGAIN._replace(fresh=True)
    facts = CONDA._replace(settings=Settings(condarc={"pkgs_dirs": (cache,)}))
    assert "~/.condarc names (~/pkgs)" in commands(fresh, conda("conda"), facts=facts)
    assert isinstance(commands(AGAIN, conda("conda"), facts=facts), tuple)
    facts = CONDA._replace(settings=Settings(condarc={"pkgs_dirs": (cache._replace(source="$CONDA_PKGS_DIRS"),)}))
    assert isinstance(commands(fresh, conda("conda"), facts=facts), tuple)


def test_pixi_is_left_to_pixi() -> None:
    inside = Path("/home/me/demo/.pixi/envs/default")
    request = Request(Environment(inside, "conda"))
    tools = (UV, PIP, conda("conda"), conda("pixi"))
    for step, line in (
        (AGAIN, "in /home/me/demo, run pixi reinstall numpy"),
        (EXACT, "in /home/me/demo, run pixi reinstall numpy"),
        (Install("conda", ("numpy>=2",)), "run pixi add 'numpy>=2'"),
        (Uninstall("conda", ("numpy",)), "run pixi remove numpy"),
    ):
        said = commands_for(step, request, PIXI, tools, Options())
        assert isinstance(said, str)
        assert line in said
    assert isinstance(commands_for(Uninstall("pip", ("a",)), request, PIXI, tools, Options()), tuple)


HOSTILE = (
    "--target=/etc", "-r/etc/passwd", "a; rm -rf /", "a\nb", "../../x", "/tmp/evil.whl", "a @ https://u:***@host/a.whl",
    "a @ ext::sh -c id", "a @ git+ext::sh", "a\u202e", "", "a==1 --hash=x", ".", "a @ ./x",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_what_no_tool_is_given(text: str) -> None:
    assert isinstance(commands(Install("pip", (text,)), UV), str)
    assert isinstance(commands(Uninstall("pip", (text,)), PIP), str)
    if " @ " not in text:
        assert isinstance(commands(Install("conda", (text,)), conda("conda"), facts=CONDA), str)
    assert isinstance(commands(Uninstall("conda", (text,)), conda("conda"), facts=CONDA), str)
    assert isinstance(
        commands(Install("conda", ("a",), channels=(text,)), conda("conda"), facts=CONDA), str
    ) or text == ("/tmp/evil.whl")


def test_addresses_at_home(tmp_path: Path) -> None:
    step = Install("pip", ("a @ file://~/my%20wheels/a-1-py3-none-any.whl",), force=True, dependencies=False)
    words = _words(commands(step, UV, home=tmp_path))
    assert words[-1] == f"a @ file://{tmp_path}/my%20wheels/a-1-py3-none-any.whl"


def test_managed_only_where_it_was_allowed() -> None:
    facts = environment(identity={"externally_managed": "/usr/lib/python3/EXTERNALLY-MANAGED"})
    allowed = Options(allow=frozenset({"managed"}))
    assert "--break-system-packages" not in _words(commands(EXACT, UV, facts=facts))
    assert "--break-system-packages" in _words(commands(EXACT, UV, facts=facts, options=allowed))
    assert "--break-system-packages" not in _words(commands(EXACT, UV, options=allowed))


@pytest.mark.parametrize(
    ("arguments", "line", "changes"),
    [
        (("pip", "cache", "purge"), "/usr/bin/python3 -I -B -m pip cache purge", "cache"),
        (("pip", "cache", "info"), "/usr/bin/python3 -I -B -m pip cache info", "nothing"),
        (("uv", "cache", "clean"), "/bin/uv cache clean", "cache"),
        (("conda", "clean", "--all", "--dry-run"), "/bin/conda clean --all --dry-run", "nothing"),
        (("conda", "env", "remove", "--prefix", "~/e"), "/bin/conda env remove --prefix /home/me/e", "environment"),
    ],
)
def test_tools_by_their_absolute_path(arguments: tuple[str, ...], line: str, changes: str) -> None:
    command = only(commands(Run(arguments), UV, FAR, conda("conda"), home=Path("/home/me")))
    assert " ".join(command.arguments) == line
    assert command.changes == changes
    assert commands(Run(("brew", "cleanup")), UV) == "brew was not found"


def _words(found: tuple[Command, ...] | str) -> list[str]:
    assert isinstance(found, tuple), found
    return [word for command in found for word in command.arguments]
