"""The small packages that the projects of the demonstration use; none of them exists elsewhere."""

from __future__ import annotations

from pathlib import Path

from doctor.demo.wheels import Wheel, pack

PLOTKIT = Wheel(
    "plotkit", "4.2", {"plotkit/__init__.py": "from plotkit import fast\n", "plotkit/fast.py": "SPEED = 2\n"},
    commands={"plotkit": "plotkit.fast:draw"},
)  # fmt: skip
SEASONS_OLD = Wheel("seasons", "2.0", {"seasons.py": "LENGTH = 12\n"})
SEASONS = Wheel("seasons", "2.1", {"seasons.py": "LENGTH = 13\n"})
SEASONS_NEEDY = Wheel("seasons", "2.1", {"seasons.py": "LENGTH = 13\n"}, requires=("tidal>=3",))
TIDAL = Wheel("tidal", "3.1", {"tidal.py": "HEIGHT = 4\n"})
SCALES = Wheel("scales", "2.0", {"scales.py": "FACTOR = 3\n"})
#: bytes of the weights that a model brings
_WEIGHTS = 6 * 1024 * 1024
ZOO = Wheel("zoo", "1.0", {"zoo/__init__.py": "", "zoo/weights.bin": bytes(_WEIGHTS)})
#: stands in for the real one, so that kernels can be told of
IPYKERNEL = Wheel("ipykernel", "7.1.0", {"ipykernel/__init__.py": "", "ipykernel_launcher.py": ""})


def pack_all(wheels: Path) -> None:
    """Write them all into the folder that stands in for the package index."""
    for wheel in (PLOTKIT, SEASONS_OLD, SEASONS, TIDAL, SCALES, ZOO, IPYKERNEL):
        pack(wheel, wheels)
