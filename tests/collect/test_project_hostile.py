"""Files of a repository that want to hang, drown or deceive whoever reads them, and secrets in all of them."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from doctor.collect import project as collector
from doctor.facts import Facts
from doctor.facts.project import Project
from doctor.reading.repository.install_lines import installs
from doctor.target.environment import Environment, Request

#: every file that is read at a project's top and in the folders beside it
FILES = (
    ".devcontainer.json",
    ".devcontainer/Dockerfile",
    ".devcontainer/devcontainer.json",
    ".devcontainer/gpu/devcontainer.json",
    ".envdoctor/baseline.json",
    ".mise.toml",
    ".python-version",
    ".tool-versions",
    ".vscode/settings.json",
    "Dockerfile",
    "Pipfile",
    "constraints.txt",
    "demo.code-workspace",
    "environment.yml",
    "mise.toml",
    "pixi.toml",
    "pyproject.toml",
    "requirements.in",
    "requirements.txt",
    "requirements/dev.txt",
    "runtime.txt",
    "setup.cfg",
    "setup.py",
    "tool.py",
)
#: files that say nothing when they cannot be used: an editor's settings, and sources, which the imports tell of
SILENT = frozenset({".vscode/settings.json", "demo.code-workspace", "tool.py"})


def look(root: Path) -> Project:
    return collector.read(Request(Environment(root / ".venv", "venv"), project=root, imports=False), Facts())


def everywhere(root: Path, put: Callable[[Path], object]) -> Project:
    """What is read where put has made each of the files, in a reasonable time."""
    for name in FILES:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        put(path)
    start = time.perf_counter()
    found = look(root)
    assert time.perf_counter() - start < 20
    return found


def huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(100 * 1024 * 1024)  # takes no room on the disk


@pytest.mark.parametrize(
    "put",
    [
        os.mkfifo,
        Path.mkdir,
        lambda path: path.symlink_to("/dev/zero"),
        lambda path: path.symlink_to("/etc/passwd"),
        huge,
    ],
    ids=["fifo", "folder", "device", "outside", "huge"],
)
def test_what_is_no_file_of_the_project_is_told_and_not_read(tmp_path: Path, put: Callable[[Path], object]) -> None:
    found = everywhere(tmp_path, put)
    assert (found.specifications, found.pythons, found.host, found.editors) == ((), (), (), ())
    assert {problem.path for problem in found.problems} == set(FILES) - SILENT
    assert "root:" not in repr(found)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"a":' * 50_000,
        "a = " + "[" * 50_000,
        "- " * 50_000,
        "(" * 50_000,
        '"' * 100_000,
        "'''" * 50_000,
        "a." * 50_000 + "b = 1",
        "[" + "a . " * 50_000 + "b]",
        "x = " + "9" * 100_000,
        "\\\n" * 50_000,
        "RUN <<A\n" * 20_000,
        "FROM " + "a" * 200_000,
        "numpy" + "[" * 100_000,
        "numpy>=" + "1." * 100_000,
        "numpy" + ">=1," * 50_000,
        "a @ " + "b;" * 50_000,
        "x==1 " + "--hash=sha256:0 " * 20_000,
        "# /// script\n" + "# a\n" * 50_000,
        "# /// script\n" * 20_000,
        "\x00" * 100_000,
        " " * 200_000,
        "\n" * 200_000,
        "setup(" * 5_000,
    ],
    ids=range(24),
)
def test_no_text_takes_long_or_breaks_anything(tmp_path: Path, text: str) -> None:
    everywhere(tmp_path, lambda path: path.write_text(text))


def test_yaml_that_unfolds_without_end(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    (tmp_path / "environment.yml").write_text("\n".join(lines) + "\ndependencies: *a11\n")
    (problem,) = look(tmp_path).problems
    assert "aliases" in problem.reason


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"\xff\xff\xff\xff = 1\n", b"numpy\x00==1.0\n", b"\xc3\x28==1.0\n"])
def test_bytes_that_are_no_text(tmp_path: Path, data: bytes) -> None:
    found = everywhere(tmp_path, lambda path: path.write_bytes(data))
    assert all(text.isprintable() for text in every_text(found) if "\ufffd" not in text)


def test_includes_go_round_in_circles_and_not_outside(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "secret.txt").write_text("outside\n")
    (project / "requirements.txt").write_text(
        "-r a.txt\n-r requirements.txt\n-r /etc/passwd\n-r ../secret.txt\n-c ~/secret.txt\n-r https://example.org/x.txt\n"
        "-r sub/../../secret.txt\n-r link.txt\n-r missing.txt\n"
    )
    (project / "a.txt").write_text("-r requirements.txt\n-c a.txt\nnumpy\n")
    (project / "link.txt").symlink_to(tmp_path / "secret.txt")
    found = look(project)
    assert [spec.path for spec in found.specifications] == ["requirements.txt", "a.txt"]
    assert "outside" not in [asked.name for spec in found.specifications for asked in spec.asked]
    assert [(problem.path, problem.line) for problem in found.problems] == [
        *(("requirements.txt", line) for line in (3, 4, 5, 6, 7)),
        ("link.txt", 0),
        ("missing.txt", 0),
    ]


def test_a_chain_of_includes_comes_to_an_end(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("-r 0.txt\n")
    for number in range(200):
        (tmp_path / f"{number}.txt").write_text(f"-r {number + 1}.txt\nlab{number}\n")
    assert len(look(tmp_path).specifications) <= 50


def test_folders_of_many_files(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"requirements-{number}.txt").write_text("numpy\n")
        (tmp_path / f"Dockerfile.{number}").write_text("FROM ubuntu\nRUN pip install numpy\n")
    found = look(tmp_path)
    assert len(found.specifications) <= 60
    assert len(found.host) <= 20


def test_lists_are_cut(tmp_path: Path) -> None:
    names = [f"lab{number}" for number in range(5_000)]
    dockerfile = "FROM ubuntu\nRUN pip install " + " ".join(names) + "\nRUN pip install " + " ".join(names) + "\n"
    (tmp_path / "Dockerfile").write_text(dockerfile)
    (tmp_path / "requirements.txt").write_text("\n".join(names))
    (tmp_path / "pixi.toml").write_text("[dependencies]\n" + "".join(f'{name} = "*"\n' for name in names))
    (tmp_path / "environment.yml").write_text(
        "dependencies:\n" + "".join(f"  - {name}\n" for name in names) + "variables:\n"
        "" + "".join(f"  {name}: 1\n" for name in names)
    )
    for specification in look(tmp_path).specifications:
        assert 0 < len(specification.asked) <= 2_000
        assert len(specification.variables) <= 200


ESCAPES = "\x1b]0;x\x07\u202e\u200b"


def every_text(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for pair in value.items() for item in pair for text in every_text(item)]
    return [text for item in value for text in every_text(item)] if isinstance(value, tuple) else []


def test_nothing_that_drives_a_terminal_comes_through(tmp_path: Path) -> None:
    quoted = json.dumps(ESCAPES)[1:-1]
    bad = f"numpy{ESCAPES}"
    files = {
        "requirements.txt": f"{bad}==1.0\npandas=={ESCAPES}1\nlab @ https://example.org/{ESCAPES}.whl\n",
        "environment.yml": (
            f"name: '{bad}'\nchannels: ['{bad}']\nplatforms: ['{bad}']\nprefix: '/opt/{bad}'\n"
            f'dependencies:\n  - \'pip{ESCAPES}\'\n  - "a={quoted}"\n  - pip: ["b=={quoted}"]\n'
            f'variables: {{"{quoted}": "{quoted}"}}\n'
        ),
        "pyproject.toml": (
            f'[project]\nname = "{quoted_toml()}"\nrequires-python = "{quoted_toml()}"\n'
            f'dependencies = ["numpy>={quoted_toml()}"]\n'
            f'[project.optional-dependencies]\n"{quoted_toml()}" = ["rich"]\n'
            f'[tool.uv.sources]\nnumpy = {{ git = "https://example.org/{quoted_toml()}", tag = "{quoted_toml()}" }}\n'
        ),
        "pixi.toml": (
            f'[workspace]\nname = "{quoted_toml()}"\nchannels = ["{quoted_toml()}"]\nplatforms = ["{quoted_toml()}"]\n'
            f'[dependencies]\nnumpy = {{ version = "1{quoted_toml()}", build = "{quoted_toml()}" }}\n'
            f'[target."{quoted_toml()}".dependencies]\nrich = "*"\n'
            f'[feature."{quoted_toml()}".pypi-dependencies]\nrich = {{ extras = ["{quoted_toml()}"] }}\n'
        ),
        "Pipfile": f'[packages]\nnumpy = {{ version = "=={quoted_toml()}", markers = "{quoted_toml()}" }}\n',
        "mise.toml": f'[tools]\npython = "3.11{quoted_toml()}"\n',
        ".python-version": f"3.11{ESCAPES}\n",
        "Dockerfile": (
            f"FROM ubuntu{ESCAPES}\nENV OMP_NUM_THREADS={ESCAPES}\nRUN conda install -c x{ESCAPES} 'a={ESCAPES}'\n"
        ),
        ".devcontainer.json": (
            f'{{"image": "{quoted}", "hostRequirements": {{"memory": "8gb{quoted}"}}, '
            f'"containerEnv": {{"OMP_NUM_THREADS": "{quoted}"}}, "postCreateCommand": "conda install a={quoted}"}}'
        ),
        ".vscode/settings.json": f'{{"python.defaultInterpreterPath": "/opt/{quoted}/python"}}',
        "tool.py": f'# /// script\n# dependencies = ["rich>={quoted_toml()}"]\n# ///\n',
        "setup.py": f"setup(name='{bad}', install_requires=['a>=\\x1b[31m'], extras_require={{'\\x1b': ['b']}})\n",
        "setup.cfg": (
            f"[metadata]\nname = {bad}\n[options]\npython_requires = {ESCAPES}\ninstall_requires =\n  c>={ESCAPES}\n"
        ),
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    found = look(tmp_path)
    assert found.problems == ()
    assert {spec.path for spec in found.specifications} >= set(files) - {
        "mise.toml",
        ".python-version",
        ".vscode/settings.json",
    }
    texts = every_text(found)
    assert sum("\ufffd" in text for text in texts) > 20, "what was taken out left a mark"
    assert not [text for text in texts if not text.replace("\ufffd", "").isprintable()]


def quoted_toml() -> str:
    return "".join(f"\\u{ord(letter):04x}" for letter in ESCAPES)


SECRET = "s3cr3tS3cr3tS3cr3t0123456789"


def test_no_secret_of_any_file_is_kept(tmp_path: Path) -> None:
    address = f"https://user:{SECRET}@example.org"
    token = f"https://example.org/t/{SECRET}/lab"
    query = f"https://example.org/lab.whl?token={SECRET}"
    files = {
        "requirements.txt": (
            f"--index-url {address}/simple\n--extra-index-url={address}\n-f {query}\nlab @ {address}/lab.whl\n"
            f"-e git+{address}/lab.git#egg=lab2\n{query}#egg=lab3\n-r {address}/more.txt\n-c {query}\n"
            f"numpy --config-settings=token={SECRET}\n"
        ),
        "constraints.txt": f"lab @ {query}\n",
        "environment.yml": (
            f"name: demo\nchannels: ['{token}', '{address}']\ndependencies:\n  - {token}::numpy\n"
            f"  - '{address}/linux-64/scipy-1.0-0.conda'\n  - 'rich[channel={token}]'\n"
            f"  - pip: ['lab @ {address}/x.whl', '-r {address}/x']\n"
            f"variables: {{API_TOKEN: {SECRET}, DB_URL: '{address}/db', PASSPHRASE: {SECRET}, WHATEVER: {SECRET}}}\n"
        ),
        "pixi.toml": (
            f'[workspace]\nchannels = ["{token}", {{ channel = "{address}" }}]\n[dependencies]\n'
            f'numpy = {{ version = "1", channel = "{token}" }}\nlab = {{ git = "{address}/x.git" }}\n'
            f'[pypi-dependencies]\nlab2 = {{ git = "{address}/lab.git", branch = "main" }}\n'
            f'lab3 = {{ url = "{query}" }}\n'
            f'[activation.env]\nMY_SECRET = "{SECRET}"\nSENTRY_DSN = "{address}"\nOTHER = "{SECRET}"\n'
        ),
        "pyproject.toml": (
            f'[project]\nname = "demo"\ndependencies = ["lab @ git+{address}/lab.git", "b"]\n[tool.uv.sources]\n'
            f'b = {{ url = "{query}" }}\n[tool.uv]\nconstraint-dependencies = ["c @ {query}"]\n'
            f'[tool.poetry.dependencies]\nd = {{ git = "{address}/d.git" }}\n'
            f'[[tool.poetry.source]]\nurl = "{address}"\n'
        ),
        "Pipfile": f'[[source]]\nurl = "{address}"\n[packages]\nlab = {{ git = "{address}/lab.git", ref = "main" }}\n',
        "setup.cfg": f"[options]\ninstall_requires =\n  lab @ {address}/lab.whl\n",
        "setup.py": f"setup(install_requires=['lab @ {query}'])\n",
        "tool.py": f'# /// script\n# dependencies = ["lab @ {address}/lab.whl"]\n# ///\n',
        "Dockerfile": (
            f"FROM {address[8:]}/image:1\nENV PIP_INDEX_URL={address}/simple HF_TOKEN={SECRET}\n"
            f"ENV UV_PUBLISH_TOKEN {SECRET}\n"
            f"RUN pip install --index-url {address} 'lab @ {address}/lab.whl' git+{address}/x.git#egg=x\n"
            f"RUN conda install -c {token} {token}::numpy && export API_KEY={SECRET} && pip install token={SECRET}\n"
        ),
        ".devcontainer.json": (
            f'{{"image": "{address}/image", "containerEnv": {{"HF_TOKEN": "{SECRET}", "PIP_INDEX_URL": "{address}"}}, '
            f'"postCreateCommand": "pip install --index-url {address} lab@{address}/lab.whl"}}'
        ),
        ".vscode/settings.json": f'{{"python.defaultInterpreterPath": "{address}/python"}}',
        "mise.toml": f'[tools]\npython = "ref:{address}"\n[env]\nTOKEN = "{SECRET}"\n',
        ".python-version": f"{address}\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    found = look(tmp_path)
    assert {spec.path for spec in found.specifications} >= set(files) - {
        "mise.toml",
        ".python-version",
        ".vscode/settings.json",
    }
    assert len([asked for spec in found.specifications for asked in spec.asked]) > 20
    assert not [text for text in every_text(found) if SECRET in text]


@pytest.mark.parametrize(
    "line",
    [
        "pip install $(cat /etc/passwd)",
        "pip install `id`",
        'bash -c \'bash -c "bash -c \\"bash -c x\\""\'',
        "pip",
        "conda",
    ],
)
def test_lines_of_a_shell_are_read_and_never_run(line: str) -> None:
    assert [asked.name for asked in installs([(line, 1)], "").asked] in ([], ["id"], ["cat"], ["passwd"])
