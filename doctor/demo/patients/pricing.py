"""A repository with notebooks that works on the colleague's machine only."""

from __future__ import annotations

import os
from pathlib import Path

from doctor.demo.patient import Patient, Stage, Try
from doctor.demo.patients.packages import IPYKERNEL, PLOTKIT, SEASONS_OLD
from doctor.demo.virtual import make_venv, site_of
from doctor.demo.writing import kernel_spec, notebook, write, write_all


def make(stage: Stage) -> None:
    """An older package than the file asks for, a kernel of a Python that is gone, and code that runs at each start."""
    project = stage.home / "projects/pricing"
    sales = notebook(
        "import plotkit\nimport seasons\nimport tidal\n",
        "!pip install scales\n",
        "seasons.LENGTH * plotkit.fast.SPEED\n",
        kernel="pricing",
        title="Pricing",
    )
    write_all(project, {"requirements.txt": "ipykernel==7.1.0\nplotkit==4.2\nseasons==2.1\n", "sales.ipynb": sales})
    prefix = make_venv(project / ".venv", IPYKERNEL, PLOTKIT, SEASONS_OLD)
    gone = stage.home / "old-laptop/.venv/bin/python"
    write(prefix / "share/jupyter/kernels/pricing/kernel.json", kernel_spec(gone, "Pricing"))
    write(site_of(prefix) / "metrics.pth", "import os; os.environ.setdefault('PRICING_METRICS', 'on')\n")
    write(project / "teammate.json", _fingerprint_of_a_teammate(prefix, project, stage))


def _fingerprint_of_a_teammate(prefix: Path, project: Path, stage: Stage) -> str:
    """What `envdoctor snapshot` wrote on a machine with other versions of two packages and of Python."""
    from doctor.compare.as_json import dump
    from doctor.compare.fingerprint import hash_of
    from doctor.compared.sides import Taken, take
    from doctor.facts import Part
    from doctor.target.environment import Environment, Request

    request = Request(Environment(prefix, "venv"), project=project, variables=dict(os.environ), home=stage.home)
    (taken,) = (event for event in take(request, stage.now - 5 * 86_400) if isinstance(event, Taken))
    layers = dict(taken.fingerprint.layers)

    def change(layer: str, item: str, **fields: str) -> None:
        items = {**layers[layer].items, item: {**layers[layer].items.get(item, {}), **fields}}
        layers[layer] = Part(hash_of(items), items)

    change("distributions", "seasons", version="2.1")
    change("distributions", "tidal", version="3.1", installer="pip")
    return dump(taken.fingerprint._replace(name="pricing of Grace", layers=layers))


PATIENT = Patient(
    "pricing",
    "The notebook runs on Grace's laptop, not on mine.",
    "seasons is older than requirements.txt asks for, tidal is missing, the kernel starts a Python that is gone, "
    "and code of unknown origin runs whenever Python starts.",
    make,
    codes=("NBK001", "NBK004", "NBK006", "REP002", "SEC001"),
    tries=(
        Try(
            "envdoctor check ~/projects/pricing", "what the notebook, its kernel and requirements.txt ask for", "Enter"
        ),
        Try(
            "envdoctor compare ~/projects/pricing/.venv ~/projects/pricing/teammate.json",
            "what differs from Grace's environment",
            "m on the examination",
        ),
        Try(
            "envdoctor fix ~/projects/pricing NBK001 --yes",
            "the kernel starts this environment's Python",
            "f on the examination",
        ),
        Try("envdoctor explain NBK001", "why a finding matters"),
    ),
    prefix="projects/pricing/.venv",
    folder="projects/pricing",
    repair="NBK001",
)
