"""Every screen as text, walked to by keys; drawn anew by: python -m tests.tui.golden."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.tui.golden.stage import has_usual_version, staged
from tests.tui.golden.walk import STEPS, Picture, walk

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="module")
def pictures() -> list[Picture]:
    """One walk through all screens, which ends where it began: no screen is a dead end."""
    with staged() as stage:
        return asyncio.run(walk(stage))


@pytest.mark.skipif(not has_usual_version(), reason="the version of Python is longer or shorter than in the pictures")
def test_screens_are_as_they_were(pictures: list[Picture]) -> None:
    unlike = []
    for picture in pictures:
        path = GOLDEN / picture.file
        kept = path.read_text(encoding="utf-8") if path.exists() else ""
        if picture.text != kept:
            unlike.append(f"{picture.file} is:\n{picture.text}\nand was:\n{kept}")
    assert not unlike, "\n".join(unlike[:3])


def test_every_kept_screen_is_one_of_the_walk(pictures: list[Picture]) -> None:
    assert {path.name for path in GOLDEN.glob("*.txt")} == {picture.file for picture in pictures}
    assert {picture.name for picture in pictures} == {step.name for step in STEPS if step.name}


def test_keys_at_the_foot_fit_80_columns(pictures: list[Picture]) -> None:
    assert [picture.file for picture in pictures if not picture.footer_fits] == []


def test_no_secret_is_on_any_screen(pictures: list[Picture]) -> None:
    assert [picture.file for picture in pictures if "hunter2" in picture.text] == []
