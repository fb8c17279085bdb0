"""Turns work that reports by calling into a generator of events."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator
from typing import TypeVar

from doctor.fix.events import Event

Result = TypeVar("Result")


def streamed(work: Callable[[Callable[[Event], None]], Result]) -> Generator[Event, None, Result]:
    """Run work in a thread and yield what it says while it runs; return its result, or raise what it raised.

    Whoever leaves the generator early waits for the work, for a package manager is not left alone half-way.
    """
    said: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
    results: list[Result] = []
    failures: list[BaseException] = []

    def working() -> None:
        try:
            results.append(work(said.put))
        except BaseException as error:  # raised again where the events are read
            failures.append(error)
        finally:
            said.put(None)

    thread = threading.Thread(target=working, name="step", daemon=False)
    thread.start()
    try:
        while (event := said.get()) is not None:
            yield event
    finally:
        thread.join()
    if failures:
        raise failures[0]
    return results[0]
