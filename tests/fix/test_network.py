"""Real packages of the package index, broken as they break in real life, repaired to the same versions and taken back.

Run with: pytest -m network tests/fix/test_network.py
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from uv import find_uv_bin

from doctor.facts.integrity import __doc__ as _  # noqa: F401
from tests.fix.trees import Row, differences, picture
from tests.fix.ward import Repaired, Ward
from tests.patients.venvs import make_venv, python_of, site_packages_of, uninstall

pytestmark = pytest.mark.network
