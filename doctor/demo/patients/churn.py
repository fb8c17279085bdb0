"""A project in order: a doctor has nothing to say."""

from __future__ import annotations

from doctor.demo.patient import Patient, Stage, Try
from doctor.demo.patients.packages import SCALES, SEASONS
from doctor.demo.virtual import make_venv
from doctor.demo.writing import write_all


def make(stage: Stage) -> None:
    """What requirements.txt asks for, no more and no less."""
    project = stage.home / "projects/churn"
    write_all(
        project,
        {
            "requirements.txt": "scales==2.0\nseasons==2.1\n",
            "churn.py": "import scales\nimport seasons\n\nprint(scales.FACTOR * seasons.LENGTH)\n",
        },
    )
    make_venv(project / ".venv", SCALES, SEASONS)


PATIENT = Patient(
    "churn",
    "Is all well with mine?",
    "Nothing: a healthy environment gives no finding.",
    make,
    codes=(),
    tries=(
        Try("envdoctor check ~/projects/churn", "silence", "Enter"),
        Try(
            "envdoctor compare ~/projects/churn ~/projects/pricing/.venv",
            "two environments, and whether it changes results",
            "m on the examination",
        ),
    ),
    prefix="projects/churn/.venv",
    folder="projects/churn",
)
