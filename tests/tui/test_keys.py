"""The foot of every screen: whole entries at any width, what is needed most where not all have room."""

from __future__ import annotations

import asyncio

import pytest

from doctor.tui.app import EnvDoctor
from doctor.tui.history import HistoryScreen
from doctor.tui.keys import Entry, with_room
from tests.tui.golden.walk import shown

ENTRIES = [
    Entry(key, shown, does)
    for key, shown, does in (
        ("enter", "⏎", "Open"),
        ("slash", "/", "Filter"),
        ("f", "f", "Fix"),
        ("escape", "Esc", "Back"),
        ("question_mark", "?", "Help"),
        ("q", "q", "Quit"),
    )
]


@pytest.mark.parametrize(
    ("width", "kept"),
    [
        (51, {0, 1, 2, 3, 4, 5}),
        (50, {0, 1, 3, 4, 5}),
        (40, {0, 3, 4, 5}),
        (33, {0, 2, 3, 4}),
        (26, {0, 3, 4}),
        (18, {0, 3}),
        (5, set()),
    ],
)
def test_what_is_needed_most_keeps_its_place(width: int, kept: set[int]) -> None:
    assert with_room(ENTRIES, width) == tuple(entry for at, entry in enumerate(ENTRIES) if at in kept)


def test_no_entry_is_cut_at_any_width_and_all_come_back() -> None:
    whole = ("⏎ Open", "/ Find", "s Sort", "u Undo", "r Recover", "p Prune", "Esc Back", "? Help", "q Quit")

    async def walk() -> None:
        app = EnvDoctor()
        async with app.run_test(size=(80, 24), notifications=False) as pilot:
            await app.push_screen(HistoryScreen())
            await pilot.pause(0.1)
            for width in (80, 61, 53, 47, 40, 33, 21, 12, 80):
                await pilot.resize_terminal(width, 12)
                await pilot.pause(0.1)
                foot = shown(app).splitlines()[-1]
                kept = [entry for entry in whole if entry in foot]
                assert foot.split() == " ".join(kept).split(), f"{width}: {foot}"
                assert (len(kept) == len(whole)) is (width == 80), f"{width}: {foot}"
                assert {"? Help", "Esc Back"}.issubset(kept) or width < 33, f"{width}: {foot}"

    asyncio.run(walk())


def test_a_click_on_an_entry_presses_its_key() -> None:
    async def walk() -> None:
        app = EnvDoctor()
        async with app.run_test(size=(80, 24), notifications=False) as pilot:
            await app.push_screen(HistoryScreen())
            await pilot.pause(0.1)
            await pilot.click("#foot", offset=(shown(app).splitlines()[-1].index("? Help") + 3, 0))
            await pilot.pause(0.2)
            assert "Esc closes it" in shown(app)

    asyncio.run(walk())
