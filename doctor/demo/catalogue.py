"""Every patient of the demonstration, in the order in which they are best met, and how they are all made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from doctor.demo.patient import Patient, Stage
from doctor.demo.patients import analysis, churn, forecast, models, newcomer, packages, pricing

PATIENTS: tuple[Patient, ...] = (
    forecast.PATIENT,
    analysis.PATIENT,
    pricing.PATIENT,
    models.PATIENT,
    newcomer.PATIENT,
    churn.PATIENT,
)


def make_all(stage: Stage) -> Iterator[Patient]:
    """Make one after the other; each is told when it is there."""
    packages.pack_all(stage.wheels)
    for patient in PATIENTS:
        patient.make(stage)
        yield patient


def prefix_of(patient: Patient, stage: Stage) -> Path:
    """Where a patient's environment lies, or comes to lie."""
    return stage.home / (patient.prefix or f"{patient.folder}/.venv")
