"""envdoctor finds out what is wrong with a data-science Python environment.

From Python: `doctor.check()` examines an environment, by itself the one that this Python runs in, and returns a
Report; in a notebook `%load_ext doctor` gives `%envdoctor`. To import this package loads nothing else of it.
"""

__version__ = "0.1.0"

TYPE_CHECKING = False  # as typing has it, which takes longer to import than everything else here
if TYPE_CHECKING:
    from doctor.api import EnvdoctorError, Report, check
    from doctor.notebook import load_ipython_extension, unload_ipython_extension

__all__ = [
    "EnvdoctorError",
    "Report",
    "__version__",
    "check",
    "load_ipython_extension",
    "unload_ipython_extension",
]

_ROOMS = {
    "EnvdoctorError": "doctor.api",
    "Report": "doctor.api",
    "check": "doctor.api",
    "load_ipython_extension": "doctor.notebook",
    "unload_ipython_extension": "doctor.notebook",
}


def __getattr__(name: str) -> object:
    """Load what is asked for when it is asked for."""
    room = _ROOMS.get(name)
    if room is None:
        raise AttributeError(f"module 'doctor' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(room), name)


def __dir__() -> list[str]:
    return sorted(__all__)
