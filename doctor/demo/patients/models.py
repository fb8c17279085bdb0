"""An environment that was moved, grew too large, and has a password in its settings."""

from __future__ import annotations

from doctor.demo.patient import Patient, Stage, Try
from doctor.demo.patients.packages import PLOTKIT, SCALES, ZOO
from doctor.demo.virtual import make_venv, site_of
from doctor.demo.wheels import unpack
from doctor.demo.writing import write, write_all

_POLICY = '[tool.envdoctor]\nmax-size = "4 MB"\n'


def make(stage: Stage) -> None:
    """Commands that name the folder it was copied from, 6 MB of weights, random.py, and a token in pip.conf."""
    project = stage.home / "projects/models"
    write_all(
        project,
        {
            "pyproject.toml": _POLICY,
            "requirements.txt": "plotkit==4.2\nscales==2.0\nzoo==1.0\n",
            "random.py": "def seed():\n    return 4\n",
            "train.py": "import plotkit\nimport scales\nimport zoo\n",
        },
    )
    prefix = make_venv(project / ".venv", SCALES, ZOO)
    elsewhere = stage.home / "projects/models-copied-from/.venv/bin/python"
    unpack(PLOTKIT, prefix, site_of(prefix), python=elsewhere)
    write(
        prefix / "pip.conf", "[global]\nextra-index-url = https://ada:a-token-that-leaked@packages.example.org/simple\n"
    )


PATIENT = Patient(
    "models",
    "I copied the project, and its commands fail.",
    "Commands start the Python of the folder it was copied from, it is larger than the project allows, random.py "
    "hides the standard library's, and a password stands in pip.conf.",
    make,
    codes=("PYT007", "PYT008", "SEC003", "SIZ001"),
    tries=(
        Try(
            "envdoctor check ~/projects/models",
            "findings of four families; the password itself is nowhere shown",
            "Enter",
        ),
        Try(
            "envdoctor fix ~/projects/models PYT008 --plan", "a plan to read, and nothing done", "f on the examination"
        ),
        Try(
            "envdoctor fix ~/projects/models PYT008 --yes",
            "made anew beside the old one, examined, then swapped",
            "f on the examination",
        ),
    ),
    prefix="projects/models/.venv",
    folder="projects/models",
    repair="PYT008",
    needs_installer=True,
)
