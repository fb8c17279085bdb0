"""Writes the files of the demonstration, all of them below its own folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from doctor.fix.host.files import remove_folder

#: a folder's and a file's mode, whatever the user's umask: what others may write would be a finding of its own
_FOLDER, _FILE, _PROGRAM = 0o755, 0o644, 0o755


def folder(path: Path) -> Path:
    """Make a folder and those above it."""
    path.mkdir(_FOLDER, parents=True, exist_ok=True)
    return path


def write(path: Path, content: str | bytes, *, program: bool = False) -> Path:
    """Write a file, its folders too; one that a person could start is made so."""
    folder(path.parent)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(_PROGRAM if program else _FILE)
    return path


def write_all(below: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files by their paths below a folder, and return the folder."""
    for path, content in files.items():
        write(below / path, content)
    return below


def link(path: Path, target: str | Path) -> Path:
    """Make a symbolic link."""
    folder(path.parent)
    path.symlink_to(target)
    return path


def take_away(path: Path) -> None:
    """Delete a file, or a folder with all that is in it."""
    if path.is_dir() and not path.is_symlink():
        remove_folder(path)
    else:
        path.unlink()


def notebook(*cells: str, kernel: str, title: str) -> str:
    """A notebook of code cells that names its kernel."""
    return json.dumps(
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {
                "kernelspec": {"name": kernel, "display_name": title, "language": "python"},
                "language_info": {"name": "python"},
            },
            "cells": [
                {
                    "cell_type": "code",
                    "id": f"cell-{number}",
                    "metadata": {},
                    "execution_count": None,
                    "outputs": [],
                    "source": cell.splitlines(keepends=True),
                }
                for number, cell in enumerate(cells, 1)
            ],
        },
        indent=1,
    )


def kernel_spec(python: str | Path, title: str) -> str:
    """A kernel.json that starts a Python."""
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    return json.dumps({"argv": argv, "display_name": title, "language": "python"}, indent=1)
