"""The whole of it as events: which module is tried now, what came of each, and at last everything together."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator
from typing import NamedTuple

from doctor.collect import LayerRead, collect
from doctor.facts import Facts, Live, TorchTried, Tried
from doctor.live.outcome import told, torch_tried, tried, without_startup
from doctor.live.processes import Limits, Ran, Room
from doctor.live.start import Starting, starting
from doctor.live.wanted import Wanted, wanted
from doctor.reading.redact import show
from doctor.target.environment import Request

#: processes at a time
_TOGETHER = 2
#: seconds for everything
_ENOUGH = 600.0
_LIMITS = Limits()
_LAYERS = {"identity", "distributions", "conda", "project"}


class Trying(NamedTuple):
    """The environment's Python is being started for this."""

    what: str
    number: int
    total: int


class Done(NamedTuple):
    """One import has been tried."""

    tried: Tried


class Probed(NamedTuple):
    """The last event: everything together."""

    live: Live


Event = Trying | Done | Probed


def _never() -> bool:
    return False


def needed_facts(request: Request) -> Facts:
    """Read what says which modules are tried and how; starts nothing."""
    facts = Facts()
    for event in collect(request._replace(imports=True, records=True, deep=False), _LAYERS):
        if isinstance(event, LayerRead):
            facts = event.facts
    return facts


def probe(
    request: Request,
    facts: Facts,
    *,
    stop: Callable[[], bool] = _never,
    limits: Limits = _LIMITS,
    enough: float = _ENOUGH,
) -> Generator[Event, None, None]:
    """Start the environment's Python again and again. Only who has the user's yes may call this.

    facts are those of needed_facts. Where stop answers True, what runs is ended and the rest is left out.
    """
    try:
        start = starting(request, facts)
    except ValueError as error:
        yield Probed(Live(asked=True, problem=str(error)))
        return
    of, wishes, left_out = wanted(facts)
    asks_torch = any(dist.key in ("torch", "pytorch") for dist in facts.distributions.installed) or any(
        record.name == "pytorch" for record in facts.conda.records
    )
    live = Live(asked=True, python=show(start.python), of=of)
    with Room() as room:
        yield Trying("Python itself", 0, len(wishes))
        first = told(_run(room, start, "nothing", limits), limits, start.prefix)
        if first.ending != "fine":
            said = f": {first.said[-1]}" if first.said else ""
            yield Probed(live._replace(problem=f"this Python does not start ({first.text or first.ending}){said}"))
            return
        found: list[Tried] = []
        jobs = _Jobs(room, start, limits, wishes, time.monotonic() + enough)
        for event in jobs.events(stop):
            if isinstance(event, Done):
                event = Done(without_startup(event.tried, facts.distributions))
                found.append(event.tried)
            yield event
        torch: TorchTried | None = None
        if asks_torch and not stop():
            yield Trying("torch and the GPU", len(wishes), len(wishes))
            longer = limits._replace(seconds=2 * limits.seconds)
            torch = torch_tried(_run(room, start, "torch", longer), longer, start.prefix)
    seen = {one.module for one in found}
    beyond = tuple(wish.module for wish in wishes if wish.module not in seen) + left_out
    found.sort(key=lambda one: one.module)
    yield Probed(live._replace(imports=tuple(found), left_out=beyond, torch=torch))


def _run(room: Room, start: Starting, what: str, limits: Limits) -> Ran:
    folder = room.new_folder()
    return room.run(start.command(what), start.variables_in(folder), limits, folder)


class _Jobs:
    """A few threads that take one module after the other and wait for its process."""

    def __init__(
        self, room: Room, start: Starting, limits: Limits, wishes: tuple[Wanted, ...], deadline: float
    ) -> None:
        self._room, self._start, self._limits, self._deadline = room, start, limits, deadline
        self._total = len(wishes)
        self._waiting: queue.SimpleQueue[tuple[int, Wanted]] = queue.SimpleQueue()
        for number, wish in enumerate(wishes, 1):
            self._waiting.put((number, wish))
        self._told: queue.SimpleQueue[Trying | Done | BaseException | None] = queue.SimpleQueue()
        self._off = threading.Event()

    def events(self, stop: Callable[[], bool]) -> Iterator[Trying | Done]:
        """Do all of them."""
        at_work = min(_TOGETHER, self._total)
        for _ in range(at_work):
            threading.Thread(target=self._work, daemon=True).start()
        try:
            while at_work:
                try:
                    item = self._told.get(timeout=0.1)
                except queue.Empty:
                    if stop():
                        return
                    continue
                if isinstance(item, BaseException):
                    raise item
                if item is None:
                    at_work -= 1
                else:
                    yield item
        finally:
            self._off.set()

    def _work(self) -> None:
        try:
            while not self._off.is_set() and time.monotonic() < self._deadline:
                number, wish = self._waiting.get_nowait()
                self._told.put(Trying(wish.module, number, self._total))
                ran = _run(self._room, self._start, f"import {wish.module}", self._limits)
                if ran.ended != "alone":
                    self._told.put(Done(tried(wish, ran, self._limits, self._start.prefix)))
        except queue.Empty:
            pass
        except BaseException as error:  # raised again where the events are read
            self._told.put(error)
        self._told.put(None)
