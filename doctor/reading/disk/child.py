"""What a child process does that walks or hashes beside the main process; see doctor.reading.disk.beside."""

from __future__ import annotations

import gc
import marshal
import os
import time

TYPE_CHECKING = False  # typing costs a child as much as Python's own start
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

#: turns to be had: whoever is done with one takes the next from the pipe that all children share
TURNS = 1024
#: the descriptor of that pipe
TURN_PIPE = 3
#: entries or files after which a child hands over what it has, so that it is sorted in meanwhile
_HANDFUL = 8_000
#: seconds after which it hands over whatever it has: on a slow file system that tells how it goes
_AT_LATEST = 0.2


def main() -> None:
    """Read a job from standard input, do the turns that fall to this child, answer on standard output."""
    gc.disable()  # a child that lives for a moment makes no garbage that is worth a search
    received = []
    while data := os.read(0, 1 << 20):
        received.append(data)
    job, arguments = marshal.loads(b"".join(received))  # noqa: S302 - our own parent wrote it
    for answer in _walk(arguments) if job == "walk" else _hash(*arguments):
        data = marshal.dumps(answer)
        data = len(data).to_bytes(8, "little") + data
        while data:
            data = data[os.write(1, data) :]


def _walk(arguments: tuple[Any, ...]) -> Iterator[Any]:
    from doctor.reading.disk import tree

    order, found, last = tree.Order(*arguments), tree.Walk(), time.monotonic()
    cut = tree.pieces(order)
    for number in _turns(len(cut)):
        path, below = cut[number]
        if below:
            order.units = (path,)
            tree.walk(order, found)
        else:
            tree.list_folder(order, found, path)
        if found.entries > _HANDFUL or time.monotonic() - last > _AT_LATEST:
            order.limit -= found.entries
            yield found.take()
            last = time.monotonic()
    yield found.take()
    yield cut


def _hash(root: str, files: list[tuple[str, str]]) -> Iterator[Any]:
    from doctor.reading.disk import hashes

    known = {"": True}
    for number in _turns(TURNS):
        share = files[number * len(files) // TURNS : (number + 1) * len(files) // TURNS]
        yield hashes.hash_files(root, share, known)


def _turns(count: int) -> Iterator[int]:
    while turn := os.read(TURN_PIPE, 2):
        yield from range(int.from_bytes(turn, "little"), count, TURNS)
