"""Real tracebacks over real broken environments: what explains them is named first, and nothing else is."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from doctor.report.symptom import as_json, render
from doctor.report.text import plain_text
from doctor.symptoms.answer import Answer
from doctor.symptoms.finding import environment_of, find
from doctor.symptoms.paste import understand
from doctor.target.environment import Request
from doctor.target.recognise import inspect_prefix
from tests.patients.conda import make_conda_prefix
from tests.patients.conda_states import native_pip_over_conda
from tests.patients.venvs import install, make_venv, python_of, site_packages_of
from tests.patients.wheels import make_wheel


def traceback_of(prefix: Path, code: str, cwd: Path) -> str:
    """What a user sees who runs a line of code in the environment."""
    done = subprocess.run(
        [str(python_of(prefix)), "-c", code], capture_output=True, text=True, cwd=cwd, check=False, timeout=60
    )
    assert done.returncode, done.stdout
    return done.stderr


def answer(prefix: Path, text: str, *, project: Path | None = None, home: Path | None = None) -> Answer:
    environment = inspect_prefix(prefix)
    assert environment is not None
    request = Request(environment, project=project, home=home or prefix.parent / "home")
    (found,) = (event for event in find(request, understand(text)) if isinstance(event, Answer))
    assert plain_text(render(found))
    assert as_json(found)
    return found


def codes(found: Answer) -> list[str]:
    return [cause.finding.code if cause.finding else "" for cause in found.causes]


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return make_venv(tmp_path / "project" / ".venv")


def put(prefix: Path, name: str, version: str, files: dict[str, bytes | str], *requires: str) -> None:
    install(prefix, make_wheel(prefix.parent.parent / "wheels", name, version, files, requires=requires))


def test_missing_file(prefix: Path, tmp_path: Path) -> None:
    put(prefix, "lost-file", "1.0", {"lost_file/__init__.py": "from . import part\n", "lost_file/part.py": ""})
    put(prefix, "other", "1.0", {"other/__init__.py": "", "other/part.py": ""})
    (site_packages_of(prefix) / "lost_file/part.py").unlink()
    (site_packages_of(prefix) / "other/part.py").unlink()
    found = answer(prefix, traceback_of(prefix, "import lost_file", tmp_path))
    assert codes(found) == ["MIX006"]
    assert found.causes[0].finding is not None
    assert found.causes[0].finding.subject == "lost-file"
    assert [finding.subject for finding in found.perhaps] == ["other"]
    assert "envdoctor fix .venv MIX006:lost-file" in plain_text(render(found, command_line=".venv"))


def test_unmet_requirement(prefix: Path, tmp_path: Path) -> None:
    put(prefix, "needy", "2.0", {"needy.py": "import absent\n"}, "absent>=3")
    found = answer(prefix, traceback_of(prefix, "import needy", tmp_path))
    assert codes(found) == ["DEP001"]
    again = answer(prefix, "needy 2.0 requires absent>=3, which is not installed.")
    assert codes(again) == ["DEP001"]


def test_shadowed_module(prefix: Path, tmp_path: Path) -> None:
    put(prefix, "scipy", "1.14.0", {"scipy/__init__.py": "", "scipy/stats.py": ""})
    project = prefix.parent
    (project / "scipy.py").write_text("from scipy import stats\n", encoding="utf-8")
    text = traceback_of(prefix, "import scipy", project)
    assert "partially initialized" in text
    found = answer(prefix, text, project=project)
    assert codes(found)[0] == "PYT007"
    assert "installing the package once more" in plain_text(render(found))


def test_file_that_hides_a_standard_module_outside_the_project(prefix: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "secrets.py").write_text("from secrets import token_hex\n", encoding="utf-8")
    found = answer(prefix, traceback_of(prefix, "import secrets", elsewhere))
    assert found.causes[0].summary.startswith("import secrets finds a file of that name")
    assert found.causes[0].evidence[0].path.endswith("elsewhere/secrets.py")


def test_not_installed_and_called_otherwise_on_the_index(prefix: Path, tmp_path: Path) -> None:
    found = answer(prefix, traceback_of(prefix, "import yaml", tmp_path))
    assert codes(found) == [""]
    assert found.causes[0].summary == "nothing that is installed here brings the module yaml"
    assert "PyYAML" in plain_text(render(found))


@pytest.mark.parametrize("asked", ["", "PyYAML\n"])
def test_what_is_imported_and_not_installed_is_one_cause(prefix: Path, asked: str) -> None:
    project = prefix.parent
    (project / "requirements.txt").write_text(asked, encoding="utf-8")
    (project / "main.py").write_text("import yaml\n", encoding="utf-8")
    found = answer(prefix, traceback_of(prefix, "import main", project), project=project)
    assert codes(found) == ["NBK004"]
    told = [evidence.text for evidence in found.causes[0].evidence]
    assert "imports yaml" in told
    assert "also seen: no distribution and no file on this environment's import path brings yaml" in told
    other = answer(prefix, traceback_of(prefix, "import xarray", project), project=project)
    assert codes(other) == [""]


def test_unknown_module_is_not_installed_by_guess(prefix: Path, tmp_path: Path) -> None:
    found = answer(prefix, traceback_of(prefix, "import zzz_nobody_knows", tmp_path))
    assert [remedy.safety.value for remedy in found.causes[0].remedies] == ["manual"]
    assert "install zzz_nobody_knows" not in plain_text(render(found))


def test_module_of_the_project_that_is_not_installed(prefix: Path, tmp_path: Path) -> None:
    package = prefix.parent / "src" / "ours"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    found = answer(prefix, traceback_of(prefix, "import ours", tmp_path), project=prefix.parent)
    assert "pip install -e ." in plain_text(render(found))


def test_distribution_name_in_place_of_the_module(prefix: Path, tmp_path: Path) -> None:
    put(prefix, "scikit-learn", "1.5.0", {"sklearn/__init__.py": ""})
    found = answer(prefix, traceback_of(prefix, "import scikit_learn", tmp_path))
    assert found.causes[0].summary == "scikit-learn is installed and is imported as sklearn, not as scikit_learn"


def test_message_of_another_environment(prefix: Path, tmp_path: Path) -> None:
    put(prefix, "seaborn", "0.13", {"seaborn.py": ""})
    other = make_venv(tmp_path / "other" / ".venv")
    put(other, "user", "1.0", {"user_of.py": "import seaborn\n"})
    text = traceback_of(other, "import user_of", tmp_path)
    found = answer(prefix, text)
    assert found.foreign.endswith("other/.venv")
    assert "another Python than this one" in found.causes[0].summary
    from_text = environment_of(understand(text))
    assert from_text is not None
    assert from_text.prefix == other
    alone = answer(prefix, "ModuleNotFoundError: No module named 'seaborn'")
    assert "another Python than this one" in alone.causes[0].summary


def test_installed_for_another_python(prefix: Path, tmp_path: Path) -> None:
    left = prefix / "lib" / "python3.9" / "site-packages" / "left"
    left.mkdir(parents=True)
    (left / "__init__.py").touch()
    (left.parent / "left-1.0.dist-info").mkdir()
    (left.parent / "left-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: left\nVersion: 1.0\n")
    found = answer(prefix, traceback_of(prefix, "import left", tmp_path))
    assert codes(found)[0] == "PYT012"


def test_half_uninstalled_distribution(prefix: Path) -> None:
    (site_packages_of(prefix)).mkdir(exist_ok=True)
    (site_packages_of(prefix) / "~umpy").mkdir()
    found = answer(prefix, f"WARNING: Ignoring invalid distribution ~umpy ({site_packages_of(prefix)})")
    assert codes(found) == ["MIX004"]


def test_interpreter_that_is_gone(prefix: Path) -> None:
    (prefix / "bin" / "python").unlink()
    (prefix / "bin" / "python").symlink_to("/nowhere/bin/python3.11")
    (prefix / "pyvenv.cfg").write_text("home = /nowhere/bin\nversion_info = 3.11.7\n", encoding="utf-8")
    found = answer(prefix, "bash: /x/.venv/bin/pip: /x/.venv/bin/python: bad interpreter: No such file or directory")
    assert codes(found)[0] == "PYT004"


def test_pip_over_conda(tmp_path: Path) -> None:
    prefix = make_conda_prefix(tmp_path / "env")
    native_pip_over_conda(prefix)
    text = (
        "ValueError: numpy.dtype size changed, may indicate binary incompatibility. Expected 96 from C header, got 88"
    )
    found = answer(prefix, text)
    assert codes(found)[0] == "MIX001"
    assert "reinstalling numpy again and again" in plain_text(render(found))


def test_opencv_with_windows_on_a_server(prefix: Path) -> None:
    put(prefix, "opencv-python", "4.8.1.78", {"cv2/__init__.py": ""})
    found = answer(prefix, "ImportError: libGL.so.1: cannot open shared object file: No such file or directory")
    shown = plain_text(render(found))
    assert "opencv-python-headless==4.8.1.78" in shown
    assert "libgl1 (Debian and Ubuntu)" in shown
    assert "beside opencv-python" in shown


@pytest.mark.parametrize(
    "text",
    [
        "ImportError: libGL.so.1: cannot open shared object file: No such file or directory",
        "ValueError: numpy.dtype size changed, may indicate binary incompatibility",
        "AssertionError: Torch not compiled with CUDA enabled",
        "OMP: Error #15: Initializing libiomp5.so, but found libomp.so already initialized.",
        "PermissionError: [Errno 13] Permission denied: '/opt/x'",
    ],
)
def test_a_sound_environment_is_not_blamed(prefix: Path, text: str) -> None:
    put(prefix, "numpy", "2.2.6", {"numpy/__init__.py": ""})
    found = answer(prefix, text)
    assert found.recognised
    assert found.causes == ()
    shown = plain_text(render(found))
    assert "nothing in this environment explains it" in shown
    assert "envdoctor check --save facts.json" in shown


def test_unknown_message_tells_what_to_collect(prefix: Path, tmp_path: Path) -> None:
    put(prefix, "lost-file", "1.0", {"lost_file/__init__.py": "raise ArithmeticError(1)\n", "lost_file/part.py": ""})
    (site_packages_of(prefix) / "lost_file/part.py").unlink()
    found = answer(prefix, traceback_of(prefix, "import lost_file", tmp_path))
    assert found.recognised == ()
    assert found.causes == ()
    assert [finding.code for finding in found.perhaps] == ["MIX006"], "the traceback goes through it"
    assert "does not know this message" in plain_text(render(found))


def test_reading_runs_nothing_of_the_environment(prefix: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_more: object) -> None:
        raise AssertionError("something was started")

    text = traceback_of(prefix, "import yaml", tmp_path)
    monkeypatch.setattr(subprocess, "Popen", refuse)
    assert answer(prefix, text).causes
