"""Work that changes an environment: its thread goes on to its end whatever becomes of the screen that began it."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator

from doctor.failure import Failure
from doctor.fix.events import Ended, Event

Events = Callable[[Callable[[], bool]], Iterator[Event]]


class AtWork:
    """One fix, undo or recovery under way; a screen looks at what has come as often as it draws."""

    def __init__(self, name: str, events: Events, *, can_stop: bool = True) -> None:
        self.name = name  #: of the environment
        self.can_stop = can_stop  #: what puts back is never stopped
        self.came: deque[Event] = deque()  #: taken from the left by whoever shows them
        self.refused = ""  #: why nothing was begun
        self.broken = ""  #: what went wrong in envdoctor itself
        self.ended: Ended | None = None  #: the last event, once it has come
        self.began = time.monotonic()
        self._events = events
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name=f"repair of {name}", daemon=True)
        self._thread.start()

    @property
    def going(self) -> bool:
        """Whether it is still at work."""
        return self._thread.is_alive()

    @property
    def stopping(self) -> bool:
        """Whether it was asked to stop."""
        return self._stop.is_set()

    @property
    def result(self) -> str:
        """What came of it, in a sentence."""
        return self.ended.text if self.ended else self.refused or self.broken

    def stop(self) -> None:
        """Ask it to stop after the step at hand and to put the old state back."""
        self._stop.set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for its end; say whether it has come."""
        self._thread.join(seconds)
        return not self.going

    def _work(self) -> None:
        try:
            for event in self._events(self._stop.is_set):
                self.came.append(event)
                if isinstance(event, Ended):
                    self.ended = event
        except Failure as failure:
            self.refused = str(failure)
        except BaseException as error:  # a defect: its place is the screen, and the journal knows the way back
            self.broken = f"{type(error).__name__}: {error}"
