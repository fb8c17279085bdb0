"""jax's plugins for NVIDIA GPUs: the driver and GPU that each needs, and which releases fit together.

Source: METADATA of jax, jaxlib and the plugins on PyPI, 0.4.20 to 0.12.0 (measured); jax's installation guide and
CHANGELOG (documented). Collected on 2026-11-22. CUDA wheels exist for Linux on x86-64 and aarch64 only.
"""

from __future__ import annotations

from typing import NamedTuple

from doctor.knowledge.cuda import driver_suffices, version_numbers
from doctor.knowledge.sources import Source
from doctor.knowledge.torch import Host

SOURCES = [
    Source(
        "jax",
        "jax's CUDA plugins with the GPUs they run on",
        "2026-11-22",
        "jax's installation guide and CHANGELOG; METADATA of jax and its plugins on PyPI",
        "documented; which releases have a plugin was measured",
    ),
]


class Plugin(NamedTuple):
    """One family of plugins."""

    family: int  #: 12 for jax-cuda12-plugin
    capability: str  #: the least that a GPU needs
    since: str  #: the first release of jax with it


#: newest first
PLUGINS: list[Plugin] = [
    Plugin(13, "7.5", "0.7.0"),
    Plugin(12, "5.2", "0.4.30"),
]


def find_plugin(family: int) -> Plugin | None:
    """The row of a CUDA family."""
    return next((plugin for plugin in PLUGINS if plugin.family == family), None)


def choose(version: str, host: Host) -> Plugin | None:
    """The newest plugin of a release of jax that runs with a driver on all its GPUs; None without one."""
    if host.system != "linux":
        return None
    for plugin in PLUGINS:
        if (
            version_numbers(version) >= version_numbers(plugin.since)
            and driver_suffices(host.driver, str(plugin.family), host.system)
            and all(version_numbers(found) >= version_numbers(plugin.capability) for found in host.capabilities)
        ):
            return plugin
    return None
