"""%envdoctor in a real kernel."""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_notebook

from tests.patients.venvs import install, make_venv
from tests.patients.wheels import make_wheel


@pytest.fixture(autouse=True)
def _own_homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("ENVDOCTOR_STATE", str(tmp_path / "state"))
    kernel = tmp_path / "home" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    argv = f'["{sys.executable}", "-m", "ipykernel_launcher", "-f", "{{connection_file}}"]'
    (kernel / "kernel.json").write_text(f'{{"argv": {argv}, "display_name": "Python", "language": "python"}}')


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_verdict_for_the_running_kernel(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    sick = make_venv(folder / "sick")
    install(sick, make_wheel(folder / "wheels", "needy", "1.0", {"needy.py": ""}, requires=["absent>=2"]))
    cells = [
        "%load_ext doctor",
        "%envdoctor --select PYT,DEP",
        f"report = %envdoctor {sick} --select DEP\nreport",
        "import sys\nprint(report.worst, 'textual' in sys.modules, sys.prefix)",
        "%envdoctor --help",
        "%unload_ext doctor",
    ]
    notebook = new_notebook(cells=[new_code_cell(text) for text in cells])  # type: ignore[no-untyped-call]
    NotebookClient(notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": str(folder)}}).execute()
    own, other = (notebook.cells[at].outputs[-1]["data"] for at in (1, 2))
    assert "envdoctor" in own["text/html"]
    assert Path(sys.prefix).name in own["text/html"]
    assert "DEP001" in other["text/html"]
    assert "<script" not in other["text/html"]
    assert "DEP001" in other["text/plain"]
    assert notebook.cells[3].outputs[0]["text"].split() == ["error", "False", sys.prefix]
    assert "%envdoctor" in notebook.cells[4].outputs[0]["text"]
    nbformat.validate(notebook)

    broken = new_notebook(cells=[new_code_cell("%load_ext doctor\n%envdoctor no-such-environment")])  # type: ignore[no-untyped-call]
    with pytest.raises(CellExecutionError, match="UsageError: no environment is called 'no-such-environment'"):
        NotebookClient(broken, timeout=60, kernel_name="python3").execute()
