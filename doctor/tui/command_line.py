"""How a user would name an environment on the command line, so that every screen can say its equivalent."""

from __future__ import annotations

from doctor.asked import working_folder
from doctor.reading.redact import show
from doctor.report.steps import shell_word
from doctor.target.environment import Environment


def argument_for(environment: Environment) -> str:
    """A conda environment's name, a folder below the working folder, or the whole path, quoted where needed."""
    if environment.kind == "conda" and environment.name and environment.name == environment.prefix.name:
        return shell_word(environment.name)
    try:
        return shell_word(str(environment.prefix.relative_to(working_folder())))
    except ValueError:
        return shell_word(show(environment.prefix))
