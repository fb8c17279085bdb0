"""What pictures of an environment share: facts of an examination, or else read on the spot, with a word for each."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from textual import events

from doctor.asked import request_for
from doctor.collect import LayerRead, LayerStarted, collect
from doctor.facts import Facts
from doctor.target.environment import Environment
from doctor.tui.listed import Listed

#: of which the pictures are made
_LAYERS = {"identity", "distributions", "conda", "sizes"}


class Pictured(Listed):
    """A list with a picture of one environment, begun with what is known of it."""

    def __init__(self, environment: Environment, facts: Facts, project: str | None) -> None:
        super().__init__()
        self._environment = environment
        self._facts = facts
        self._project = project

    def show_of(self, what: str, command_line: str) -> None:
        """Say what the picture is of and which command tells the same, and start to read what is not known."""
        self.set_title(f"{self._environment.name or self._environment.prefix} — {what}")
        self.set_command_line(command_line)
        self.options.focus()
        self.say("… reading", "dim")
        self.begin(type(self).__name__, self.read)

    def read(self, stop: threading.Event) -> Iterator[object]:
        """Yield what is being read, and at last facts; more may follow."""
        yield from _known(self._environment, self._facts, self._project, stop)

    def width(self) -> int:
        """Cells that a row has."""
        return max(self.options.size.width or self.size.width, 30) - 3

    def on_resize(self, _event: events.Resize) -> None:
        """Make rows for another width."""
        self.call_after_refresh(self.fill)


def _known(environment: Environment, facts: Facts, project: str | None, stop: threading.Event) -> Iterator[str | Facts]:
    """Yield the layers that are being read, and at last facts that hold all of them or say why not."""
    if _LAYERS.issubset((*facts.layers, *facts.gaps)):
        yield facts
        return
    request = request_for(environment, project=project, deep=False)
    reading: list[str] = []
    for event in collect(request, _LAYERS):
        if stop.is_set():
            return
        if isinstance(event, LayerStarted):
            reading.append(event.layer)
        elif isinstance(event, LayerRead):
            reading.remove(event.layer)
            facts = event.facts
        yield f"reading {', '.join(reading)}"
    yield facts
