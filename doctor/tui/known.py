"""What a picture is made of: layers that an examination has read, or else read now, with a word for each."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from doctor.asked import request_for
from doctor.collect import LayerRead, LayerStarted, collect
from doctor.facts import Facts
from doctor.target.environment import Environment


def known(
    environment: Environment, facts: Facts, layers: set[str], project: str | None, stop: threading.Event
) -> Iterator[str | Facts]:
    """Yield the layers that are being read, and at last facts that hold all of them or say why not."""
    if layers.issubset((*facts.layers, *facts.gaps)):
        yield facts
        return
    request = request_for(environment, project=project, deep=False)
    reading: list[str] = []
    for event in collect(request, layers):
        if stop.is_set():
            return
        if isinstance(event, LayerStarted):
            reading.append(event.layer)
        elif isinstance(event, LayerRead):
            reading.remove(event.layer)
            facts = event.facts
        yield f"reading {', '.join(reading)}"
    yield facts
