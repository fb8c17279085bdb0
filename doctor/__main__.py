"""Starts envdoctor: `envdoctor` and `python -m doctor`."""

from __future__ import annotations

import sys


def main() -> int:
    """Answer --version at once; leave everything else to the command line."""
    if sys.argv[1:] == ["--version"]:
        from doctor import __version__

        print(f"envdoctor {__version__}")
        return 0
    from doctor.cli import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
