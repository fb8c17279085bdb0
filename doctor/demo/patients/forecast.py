"""A project whose installation was interrupted: everything in it can be repaired, and the repair taken back."""

from __future__ import annotations

from doctor.demo.patient import Patient, Stage, Try
from doctor.demo.patients.packages import PLOTKIT, SEASONS_NEEDY
from doctor.demo.virtual import make_venv, site_of
from doctor.demo.writing import take_away, write, write_all


def make(stage: Stage) -> None:
    """Take a file of plotkit, leave out what seasons needs, and leave half of an older one behind."""
    project = stage.home / "projects/forecast"
    write_all(
        project,
        {
            "requirements.txt": "plotkit==4.2\nseasons==2.1\n",
            "forecast.py": "import plotkit\nimport seasons\n\nprint(plotkit.fast.SPEED * seasons.LENGTH)\n",
        },
    )
    prefix = make_venv(project / ".venv", PLOTKIT, SEASONS_NEEDY)
    site = site_of(prefix)
    take_away(site / "plotkit/fast.py")
    write(site / "~easons-1.9.dist-info/METADATA", "Metadata-Version: 2.1\nName: seasons\nVersion: 1.9\n")


PATIENT = Patient(
    "forecast",
    "My script fails to import since I pressed Ctrl+C.",
    "A package lost a file, another lacks what it needs, and the half of an older one was left behind.",
    make,
    codes=("DEP001", "MIX004", "MIX006"),
    tries=(
        Try("envdoctor check ~/projects/forecast", "three findings, each with its evidence and remedies", "Enter"),
        Try(
            "envdoctor fix ~/projects/forecast MIX006 --yes",
            "a plan, a saved copy, the repair, and the proof",
            "f on the examination",
        ),
        Try("envdoctor undo ~/projects/forecast --yes", "every byte as it was", "h on the examination"),
        Try(
            "envdoctor find --env ~/projects/forecast \"ModuleNotFoundError: No module named 'plotkit.fast'\"",
            "the cause of a message that you paste",
            "/ on the examination, and paste it",
        ),
    ),
    prefix="projects/forecast/.venv",
    folder="projects/forecast",
    repair="MIX006",
    needs_installer=True,
)
