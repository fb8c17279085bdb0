"""The demonstration in words: who is there, what is wrong, and what to try in which order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from doctor.demo.patient import Patient
from doctor.report.text import Line, Span, wrapped

OWN_HOME = "In all that follows, ~ is the home folder of the demonstration, not yours."


def what_to_try(patients: Sequence[Patient], width: int) -> Iterator[Line]:
    """All of them, one after the other."""
    yield (Span("Environments to try envdoctor on", "strong"),)
    yield from wrapped(OWN_HOME, width, "", "dim")
    for patient in patients:
        yield ()
        codes = f"  {' '.join(patient.codes)}" if patient.codes else ""
        yield (Span(patient.name, "strong"), Span(codes, "dim"))
        yield from about(patient, width, "  ")
        yield from tries(patient, width, "  ")


def about(patient: Patient, width: int, lead: str = "") -> Iterator[Line]:
    """What its owner says, and what is the matter."""
    yield from wrapped(f"“{patient.complaint}”", width, lead, "")
    yield from wrapped(patient.wrong, width, lead, "dim")


def tries(patient: Patient, width: int, lead: str = "", *, keys: bool = False) -> Iterator[Line]:
    """The commands, each with what comes of it; in the app with the key that does the same."""
    for one in patient.tries:
        yield (Span(f"{lead}$ ", "dim"), Span(one.command, "command"))
        yield from wrapped(one.what, width, f"{lead}  ", "")
        if keys and one.key:
            yield from wrapped(f"here: {one.key}", width, f"{lead}  ", "dim")


def no_installer(patients: Sequence[Patient]) -> str:
    """Which repairs cannot be carried out where neither pip nor uv is at hand."""
    names = " and ".join(f"{patient.repair} of {patient.name}" for patient in patients if _wants(patient))
    return (
        f"Neither pip nor uv was found, so that {names} can be planned and not carried out here, and no environment "
        "can be filled. Everything else works. Install uv or pip, and start the demonstration again."
    )


def _wants(patient: Patient) -> bool:
    return patient.needs_installer and bool(patient.repair)
