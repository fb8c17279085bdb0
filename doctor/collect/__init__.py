"""Reads one layer each; the only part that reads the machine.

One module a layer, named as in doctor.facts, each with `read(request, facts) -> layer`, where facts holds the
layers that doctor.facts.LAYERS names as its inputs. A collector that cannot read its layer raises Gap with the
reason; what it cannot read inside the layer is told in the layer's own problems.
"""

from __future__ import annotations

import importlib
import queue
import threading
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from doctor.facts import LAYERS, Facts
from doctor.target.environment import Request


class Gap(Exception):
    """A layer that cannot be read here; the text says why."""


class LayerStarted(NamedTuple):
    """A layer is being read."""

    layer: str


class LayerRead(NamedTuple):
    """A layer was read, or is a gap with a reason; facts hold all that is known by now."""

    layer: str
    seconds: float
    facts: Facts
    gap: str = ""


def wanted(layers: set[str]) -> set[str]:
    """Add to some layers those that they are read from."""
    found: set[str] = set()
    pending = list(layers)
    while pending:
        layer = pending.pop()
        if layer not in found:
            found.add(layer)
            pending.extend(LAYERS[layer])
    return found


def collect(request: Request, layers: set[str]) -> Iterator[LayerStarted | LayerRead]:
    """Read layers side by side, each as soon as its inputs are there; yield them as they come.

    The threads are daemons: whoever stops listening leaves nothing behind that could hang.
    """
    pending = wanted(layers)
    facts = Facts(now=time.time())
    done: set[str] = set()
    answers: queue.SimpleQueue[tuple[str, float, Any, str]] = queue.SimpleQueue()
    running = 0
    while pending or running:
        for layer in [name for name in LAYERS if name in pending and done.issuperset(LAYERS[name])]:
            pending.remove(layer)
            lacking = [name for name in LAYERS[layer] if name in facts.gaps]
            if lacking:
                answers.put((layer, 0.0, None, f"{lacking[0]}: {facts.gaps[lacking[0]]}"))
            else:
                threading.Thread(target=_read, args=(request, facts, layer, answers), daemon=True).start()
            running += 1
            yield LayerStarted(layer)
        layer, seconds, value, gap = answers.get()
        running -= 1
        done.add(layer)
        if gap:
            facts = facts._replace(gaps={**facts.gaps, layer: gap})
        else:
            facts = facts._replace(layers=(*facts.layers, layer))._replace(**{layer: value})
        yield LayerRead(layer, seconds, facts, gap)


def _read(request: Request, facts: Facts, layer: str, answers: queue.SimpleQueue[tuple[str, float, Any, str]]) -> None:
    start = time.perf_counter()
    value, gap = None, ""
    try:
        value = importlib.import_module(f"doctor.collect.{layer}").read(request, facts)
    except Gap as error:
        gap = str(error)
    except RecursionError:
        gap = "nested too deeply"
    except MemoryError:
        gap = "not enough memory"
    except BaseException as error:  # one layer's failure, of whatever kind, must not cost the others, nor hang them
        gap = f"{type(error).__name__}: {error}"[:200] or type(error).__name__
    answers.put((layer, time.perf_counter() - start, value, gap))
