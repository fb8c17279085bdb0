"""Runs what may block in a daemon thread and posts what comes of it as messages.

Daemon threads, because Textual's own workers are joined at exit: a network file system that hangs must not keep
the app from leaving.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from textual.message import Message
from textual.message_pump import MessagePump

Item = TypeVar("Item")


class Came(Message, Generic[Item], bubble=False):
    """One item of a background job, for whoever started it."""

    def __init__(self, job: str, item: Item) -> None:
        super().__init__()
        self.job = job
        self.item = item


class Ended(Message, bubble=False):
    """A background job is over; failure holds what went wrong, or is empty."""

    def __init__(self, job: str, failure: str = "") -> None:
        super().__init__()
        self.job = job
        self.failure = failure


def start(to: MessagePump, job: str, items: Callable[[threading.Event], Iterable[object]]) -> threading.Event:
    """Run a job; its items and its end reach `to` as messages. Setting the returned event stops it."""
    stop = threading.Event()

    def work() -> None:
        failure = ""
        try:
            for item in items(stop):
                if stop.is_set():
                    return
                to.post_message(Came(job, item))
        except BaseException as error:  # whatever it is: shown on the screen that asked for the job
            failure = str(error) or type(error).__name__
        if not stop.is_set():
            to.post_message(Ended(job, failure))

    threading.Thread(target=work, name=job, daemon=True).start()
    return stop
