"""A passage is found as it stands in the file, though reports hide the home folder in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from doctor.fix.planning.edits import CannotWrite, edit
from doctor.model import Edit
from doctor.target.environment import Environment, Request


@pytest.fixture
def request_at(tmp_path: Path) -> Request:
    (tmp_path / "env").mkdir()
    (tmp_path / "home").mkdir()
    return Request(Environment(tmp_path / "env", "conda"), home=tmp_path / "home")


def test_a_passage_that_names_the_home_folder(request_at: Request) -> None:
    condarc = request_at.home / ".condarc"
    condarc.write_text(f"pkgs_dirs:\n  - {request_at.home}/pkgs\n")
    written = edit(Edit("~/.condarc", "  - ~/pkgs\n", "  - ~/other\n"), request_at, {})
    assert written.after == f"pkgs_dirs:\n  - {request_at.home}/other\n"
    assert written.path == str(condarc)


def test_a_tilde_that_is_written_is_kept(request_at: Request) -> None:
    (request_at.home / ".condarc").write_text("pkgs_dirs:\n  - ~/pkgs\n")
    written = edit(Edit("~/.condarc", "~/pkgs", "~/other"), request_at, {})
    assert written.after == "pkgs_dirs:\n  - ~/other\n"


def test_a_passage_that_is_not_there(request_at: Request) -> None:
    (request_at.home / ".condarc").write_text("pkgs_dirs: []\n")
    with pytest.raises(CannotWrite, match="is not in it"):
        edit(Edit("~/.condarc", "~/pkgs", "~/other"), request_at, {})
