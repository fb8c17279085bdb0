"""Says numbers as people read them, with their units or what they count; the one place that does."""

from __future__ import annotations

_UNITS = ("kB", "MB", "GB", "TB", "PB")


def size(count: int) -> str:
    """Say bytes in decimal units, as disks are sold and managers count: 812 MB, 4.6 GB, 12 GB."""
    if abs(count) < 1000:
        return "1 byte" if abs(count) == 1 else f"{count} bytes"
    value = float(count)
    for unit in _UNITS:
        value /= 1000
        digits = 1 if abs(value) < 9.95 else 0
        if abs(value) < 999.5 or unit == _UNITS[-1]:
            break
    return f"{value:.{digits}f}".removesuffix(".0") + f" {unit}"


def several(count: int, noun: str) -> str:
    """Say how many there are: 1 package, 12 packages."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
