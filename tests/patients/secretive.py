"""A repository, a home folder and two environments with a secret in everything that envdoctor reads.

Each secret is a text of its own, so that one which gets out names the place it came from.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from tests.patients.conda import make_conda_prefix
from tests.patients.venvs import install, make_venv, site_packages_of
from tests.patients.wheels import make_wheel


class Secretive(NamedTuple):
    """Where everything lies."""

    project: Path
    venv: Path
    conda: Path
    home: Path
    secrets: tuple[str, ...]
    variables: dict[str, str]


class _Seeds:
    """Hands out secrets, and remembers them."""

    def __init__(self) -> None:
        self.given: list[str] = []

    def __call__(self, place: str) -> str:
        """A secret for one place."""
        self.given.append(f"s3cr3t{len(self.given):02}{place}")
        return self.given[-1]


def make_secretive(folder: Path) -> Secretive:
    """Make them all below a folder."""
    seed = _Seeds()
    project, home = folder / "shop", folder / "home"
    (project / ".git").mkdir(parents=True)
    home.mkdir()
    venv = _venv(folder, project, seed)
    conda = _conda(folder, seed)
    _settings(home, seed)
    _specifications(project, seed)
    _locks(project, seed)
    _sources(project, home, venv, seed)
    variables = {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local/share"),
        "ENVDOCTOR_STATE": str(folder / "state"),
        "PIP_INDEX_URL": f"https://me:{seed('pipvariable')}@pypi.example.org/simple",
        "UV_INDEX_URL": f"https://me:{seed('uvvariable')}@pypi.example.org/simple",
        "HF_TOKEN": seed("hfvariable"),
        "OMP_NUM_THREADS": "2",
        "LD_LIBRARY_PATH": f"/opt/{seed('none')}/lib",
    }
    seed.given.pop()  # a folder's name is no secret, and is not looked for
    return Secretive(project, venv, conda, home, tuple(seed.given), variables)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _venv(folder: Path, project: Path, seed: _Seeds) -> Path:
    venv = make_venv(project / ".venv")
    wheels = [
        make_wheel(folder / "wheels", "plain", "1.0", {"plain/__init__.py": ""}),
        make_wheel(folder / "wheels", "direct", "2.0", {"direct/__init__.py": ""}),
    ]
    install(venv, *wheels)
    site = site_packages_of(venv)
    url = f"git+https://bot:{seed('directurl')}@git.example.org/direct.git"
    body = {"url": url.removeprefix("git+"), "vcs_info": {"vcs": "git", "commit_id": "0" * 40}}
    _write(site / "direct-2.0.dist-info/direct_url.json", json.dumps(body))
    _write(site / "start.pth", f"import os; os.environ['API_TOKEN'] = '{seed('pth')}'\n")
    return venv


def _conda(folder: Path, seed: _Seeds) -> Path:
    prefix = make_conda_prefix(folder / "conda")
    token = seed("recordtoken")
    for record in (prefix / "conda-meta").glob("demo-tool*.json"):
        body = json.loads(record.read_text())
        body["channel"] = f"https://conda.example.org/t/{token}/team/noarch"
        body["url"] = f"https://conda.example.org/t/{token}/team/noarch/{body['fn']}"
        record.unlink()
        _write(record, json.dumps(body))
    history = prefix / "conda-meta/history"
    told = history.read_text() if history.exists() else ""
    command = f"# cmd: conda install -c https://me:{seed('history')}@conda.example.org/team demo-tool"
    _write(history, f"{told}==> 2026-11-01 10:00:00 <==\n{command}\n# conda version: 26.7.1\n")
    _write(prefix / "conda-meta/state", json.dumps({"env_vars": {"DB_PASSWORD": seed("state")}}))
    _write(prefix / "etc/conda/activate.d/team.sh", f"export TEAM_TOKEN={seed('activate')}\n")
    _write(prefix / ".condarc", f"channels:\n  - https://me:{seed('prefixcondarc')}@conda.example.org/team\n")
    return prefix


def _settings(home: Path, seed: _Seeds) -> None:
    _write(
        home / ".config/pip/pip.conf", f"[global]\nextra-index-url = https://me:{seed('pipconf')}@pypi.example.org/s\n"
    )
    _write(home / ".config/uv/uv.toml", f'index-url = "https://me:{seed("uvtoml")}@pypi.example.org/simple"\n')
    _write(
        home / ".condarc",
        f"channels:\n  - https://conda.example.org/t/{seed('condarctoken')}/team\n"
        f"proxy_servers:\n  https: http://me:{seed('proxy')}@proxy.example.org:8080\n",
    )
    _write(home / ".netrc", f"machine pypi.example.org login me password {seed('netrc')}\n")
    _write(home / ".bashrc", f"export OMP_NUM_THREADS=4\nexport TWINE_PASSWORD={seed('bashrc')}\n")


def _specifications(project: Path, seed: _Seeds) -> None:
    _write(
        project / "requirements.txt",
        f"--index-url https://me:{seed('reqindex')}@pypi.example.org/simple\nplain==1.0\n"
        f"direct @ git+https://bot:{seed('reqdirect')}@git.example.org/direct.git@{'0' * 40}\n",
    )
    _write(
        project / "environment.yml",
        f"name: shop\nchannels:\n  - https://conda.example.org/t/{seed('envchannel')}/team\n"
        "dependencies:\n  - python=3.11\n"
        f"  - pip:\n    - other @ https://me:{seed('envpip')}@files.example.org/other-1.0.zip\n"
        f"variables:\n  SERVICE_PASSWORD: {seed('envvariable')}\nprefix: /home/somebody/conda\n",
    )
    _write(
        project / "pyproject.toml",
        '[project]\nname = "shop"\nversion = "1"\ndependencies = ["plain>=1"]\n'
        f'[[tool.uv.index]]\nname = "team"\nurl = "https://me:{seed("uvindex")}@pypi.example.org/simple"\n'
        f'[[tool.poetry.source]]\nname = "team"\nurl = "https://me:{seed("poetrysource")}@pypi.example.org/simple"\n',
    )
    _write(
        project / "pixi.toml",
        f'[workspace]\nname = "shop"\nchannels = ["https://me:{seed("pixichannel")}@conda.example.org/team"]\n'
        'platforms = ["linux-64"]\n[dependencies]\npython = "3.11.*"\n',
    )
    _write(
        project / "Pipfile",
        f'[[source]]\nname = "team"\nurl = "https://me:{seed("pipfile")}@pypi.example.org/simple"\n'
        '[packages]\nplain = "*"\n',
    )
    _write(
        project / "Dockerfile",
        f"FROM registry.example.org/base:1\nENV GIT_TOKEN={seed('dockerenv')}\n"
        f"RUN pip install --index-url https://me:{seed('dockerpip')}@pypi.example.org/simple plain==1.0\n",
    )
    _write(
        project / ".devcontainer/devcontainer.json",
        json.dumps({"image": "base:1", "containerEnv": {"CLOUD_TOKEN": seed("devcontainer")}}),
    )
    _write(
        project / "job.py",
        f'# /// script\n# dependencies = ["direct @ https://me:{seed("script")}@files.example.org/direct-2.0.zip"]\n'
        "# ///\nimport plain\n",
    )


def _locks(project: Path, seed: _Seeds) -> None:
    def url(place: str) -> str:
        return f"https://me:{seed(place)}@files.example.org/plain-1.0-py3-none-any.whl"

    digest = "0" * 64
    _write(
        project / "uv.lock",
        'version = 1\nrequires-python = ">=3.11"\n\n[[package]]\nname = "plain"\nversion = "1.0"\n'
        f'source = {{ registry = "https://me:{seed("uvlock")}@pypi.example.org/simple" }}\n'
        f'wheels = [{{ url = "{url("uvwheel")}", hash = "sha256:{digest}" }}]\n',
    )
    _write(
        project / "pylock.toml",
        'lock-version = "1.0"\ncreated-by = "hand"\n[[packages]]\nname = "plain"\nversion = "1.0"\n'
        f'[[packages.wheels]]\nname = "plain-1.0-py3-none-any.whl"\nurl = "{url("pylock")}"\n'
        f'hashes = {{ sha256 = "{digest}" }}\n',
    )
    _write(
        project / "poetry.lock",
        '[[package]]\nname = "direct"\nversion = "2.0"\noptional = false\npython-versions = "*"\nfiles = []\n'
        f'[package.source]\ntype = "git"\nurl = "https://me:{seed("poetrylock")}@git.example.org/direct.git"\n'
        'reference = "main"\nresolved_reference = "abc"\n[metadata]\nlock-version = "2.1"\npython-versions = "*"\n',
    )
    _write(
        project / "Pipfile.lock",
        json.dumps(
            {
                "_meta": {"sources": [{"url": url("pipfilelock"), "name": "team"}], "requires": {}},
                "default": {"plain": {"version": "==1.0", "hashes": [f"sha256:{digest}"]}},
            }
        ),
    )
    _write(
        project / "conda-linux-64.lock",
        f"# platform: linux-64\n@EXPLICIT\nhttps://conda.example.org/t/{seed('explicit')}/team/linux-64/zlib-1.3-h0.conda#{digest}\n",
    )
    _write(
        project / "conda-lock.yml",
        "version: 1\nmetadata:\n  channels: []\n  platforms: [linux-64]\npackage:\n- name: zlib\n  version: '1.3'\n"
        f"  manager: conda\n  platform: linux-64\n  dependencies: {{}}\n"
        f"  url: https://conda.example.org/t/{seed('condalock')}/team/linux-64/zlib-1.3-h0.conda\n"
        f"  hash: {{sha256: '{digest}'}}\n",
    )
    _write(
        project / "pixi.lock",
        "version: 6\nenvironments:\n  default:\n    channels: []\n    packages:\n      linux-64:\n"
        f"      - conda: https://conda.example.org/t/{seed('pixilock')}/team/linux-64/zlib-1.3-h0.conda\n"
        f"packages:\n- conda: https://conda.example.org/t/{seed('pixilockpackage')}/team/linux-64/zlib-1.3-h0.conda\n"
        f"  sha256: '{digest}'\n",
    )


def _sources(project: Path, home: Path, venv: Path, seed: _Seeds) -> None:
    cell = [
        f"%env WANDB_API_KEY={seed('notebookenv')}\n",
        f"!pip install git+https://bot:{seed('notebook')}@git.example.org/x.git\n",
    ]
    notebook = {
        "cells": [{"cell_type": "code", "source": cell, "outputs": [], "metadata": {}, "execution_count": None}],
        "metadata": {"kernelspec": {"name": "shop", "display_name": "Shop", "language": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    _write(project / "look.ipynb", json.dumps(notebook))
    _write(project / ".env", f"OMP_NUM_THREADS=2\nSTRIPE_SECRET={seed('dotenv')}\n")
    _write(
        project / "train.py",
        f"import os\nos.environ['MKL_NUM_THREADS'] = '2'\nAPI_KEY = '{seed('source')}'\nimport plain\n",
    )
    kernel = {
        "argv": [
            str(venv / "bin/python"),
            "-m",
            "ipykernel_launcher",
            "-f",
            "{connection_file}",
            f"--token={seed('argv')}",
        ],
        "display_name": "Shop",
        "language": "python",
        "env": {"HUB_TOKEN": seed("kernelenv")},
    }
    _write(home / ".local/share/jupyter/kernels/shop/kernel.json", json.dumps(kernel))
