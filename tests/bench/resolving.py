"""Finds every library that every native file of a prefix needs: python -m tests.bench.resolving PREFIX."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from doctor.collect import LayerRead, collect
from doctor.judgement.loader import Loader
from doctor.target.environment import Environment, Request


def main() -> None:
    """Read the binaries layer, then do for each file what ldd does."""
    prefix = Path(sys.argv[1])
    request = Request(
        Environment(prefix, "venv", python=prefix / "bin/python"),
        variables=dict(os.environ),
        home=Path.home(),
        sizes=False,
        imports=False,
        records=False,
    )
    *_, last = collect(request, {"binaries"})
    assert isinstance(last, LayerRead)
    loader = Loader(last.facts)
    names = sum(len(loader.load(file, program=False)) for file in last.facts.binaries.files)
    print(f"{len(last.facts.binaries.files)} files, {names} libraries")


if __name__ == "__main__":
    main()
