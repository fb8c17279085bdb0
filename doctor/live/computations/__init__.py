"""The program with which the environment's own Python computes numbers.

Standard library and the libraries that are asked about, Python 3.7 or newer. Its parts stand in the modules of this
folder, import nothing of each other but for their types, and are handed over as one text, so that nothing of envdoctor
lies on the path. All input is made of integers by a generator of its own: the same on every machine.
"""

from __future__ import annotations

import pkgutil

#: of the computations: raised whenever the input or a result of one of them changes
PROBE = 1

#: in the order in which they are computed
GROUPS = ("math", "numpy", "scipy", "pandas", "torch")

_FUTURE = "from __future__ import annotations\n"


def program(groups: tuple[str, ...]) -> str:
    """The text of a program that computes some groups."""
    parts = ["telling", "loaded", "arrays", *(f"of_{group}" for group in groups), "main"]
    texts = [(pkgutil.get_data(__name__, f"{part}.py") or b"").decode() for part in parts]
    return _FUTURE + "\n".join(text.replace(_FUTURE, "", 1) for text in texts)
