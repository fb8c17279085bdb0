"""Which modules are tried, what torch answers, and how failures meet the findings that explain them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from doctor.facts import Device, Distribution, Facts, Imported, Live, Project, TorchTried, Tried
from doctor.facts.build import distribution, environment
from doctor.live.outcome import told, torch_tried, tried
from doctor.live.probe import needed_facts
from doctor.live.processes import Limits, Ran
from doctor.live.wanted import MOST, Wanted, wanted
from doctor.model import Evidence, Finding, Severity
from doctor.report.live import explained_by, render, torch_said
from doctor.report.text import plain_text
from tests.live.patient import make, one, probed, request_of
from tests.patients.venvs import install, site_packages_of
from tests.patients.wheels import make_wheel

TORCH = """
class version: cuda = '12.4'; hip = None
__version__ = '2.5.1+cu124'
class cuda:
    is_available = staticmethod(lambda: True)
    device_count = staticmethod(lambda: 2)
    get_device_name = staticmethod(lambda number: 'Card %d' % number)
    get_device_capability = staticmethod(lambda number: (9, 0))
    get_arch_list = staticmethod(lambda: ['sm_80', 'sm_90'])
def ones(number, device):
    raise RuntimeError('CUDA error: no kernel image is available for execution on the device')
class backends: pass
"""


def project_of(**imports: tuple[Imported, ...]) -> Project:
    return Project(present=True, imports=imports, modules=("own.py",), name="mine")


def dist(name: str, *modules: str, requested: bool = False, requires: tuple[str, ...] = ()) -> Distribution:
    return distribution(name, "1.0")._replace(top_level=modules, requested=requested, requires=requires)


def test_the_project_decides_what_is_tried_and_what_is_needed() -> None:
    facts = environment(
        distributions=[dist("pillow", "PIL")],
        project=project_of(
            PIL=(Imported("src/a.py", 3),),
            json=(Imported("src/a.py", 1),),
            own=(Imported("src/a.py", 2),),
            cupy=(Imported("src/a.py", 4, optional=True),),
            hypothesis=(Imported("tests/test_a.py", 1),),
        ),
    )
    of, wishes, beyond = wanted(facts)
    assert of == "project"
    assert [(w.module, w.needed, w.needed_here, w.distribution, w.place) for w in wishes] == [
        ("PIL", True, True, "pillow", "src/a.py:3"),
        ("hypothesis", True, False, "", "tests/test_a.py:1"),
        ("cupy", False, False, "", "src/a.py:4"),
    ]
    assert beyond == ()


def test_without_a_project_it_is_what_the_user_asked_for() -> None:
    asked = environment(distributions=[dist("numpy", "numpy", "_private"), dist("pandas", "pandas", requested=True)])
    assert [wish.module for wish in wanted(asked)[1]] == ["pandas"]
    nobody = environment(distributions=[dist("numpy", "numpy"), dist("pandas", "pandas", requires=("numpy>=1.20",))])
    assert [wish.module for wish in wanted(nobody)[1]] == ["pandas"]


def test_their_number_is_bounded_and_the_rest_is_named() -> None:
    places = {f"m{number:03}": (Imported("a.py", number),) for number in range(1, MOST + 6)}
    _, wishes, beyond = wanted(environment(project=project_of(**places)))
    assert len(wishes) == MOST
    assert len(beyond) == 5


def test_torch_tells_what_it_sees_and_why_it_cannot_compute(tmp_path: Path) -> None:
    project = make(tmp_path, {"sound": ""})
    install(project / ".venv", make_wheel(tmp_path / "wheels", "torch", "2.5.1", {"torch.py": TORCH}))
    torch = probed(request_of(project)).torch
    assert torch is not None
    assert torch.devices == (Device("Card 0", "9.0"), Device("Card 1", "9.0"))
    assert (torch.version, torch.cuda, torch.available, torch.computed) == ("2.5.1+cu124", "12.4", True, "")
    assert torch.architectures == ("sm_80", "sm_90")
    assert torch.text.startswith("RuntimeError: CUDA error: no kernel image")
    assert torch_said(torch)[0] == "✗"


@pytest.mark.parametrize(
    ("torch", "mark", "said"),
    [
        (TorchTried(version="2.5", cuda="12.4", available=True, computed="cuda"), "✓", "computes on cuda"),
        (TorchTried(version="2.5", cuda="12.4", text="driver too old"), "!", "sees no GPU: driver too old"),
        (TorchTried(version="2.5+cpu"), "i", "a build without GPU support"),
        (TorchTried("crashed", text="SIGILL"), "✗", "could not be asked what it sees: SIGILL"),
    ],
)
def test_what_is_said_of_torch(torch: TorchTried, mark: str, said: str) -> None:
    assert torch_said(torch)[0] == mark
    assert said in torch_said(torch)[1]


@pytest.mark.parametrize(
    "answer",
    ["[]", "[" * 60_000, '{"devices": 7, "version": {}, "computed": ["cuda"], "text": 1}', '{"devices": [1, [2, 3]]}'],
)
def test_an_answer_of_another_shape_does_no_harm(answer: str, tmp_path: Path) -> None:
    found = torch_tried(Ran(answer=answer), Limits(), tmp_path)
    assert found is not None
    assert (found.version, found.computed, found.text) in (("", "", ""), ("", "", "it ended Python with exit status 0"))
    assert told(Ran(answer=json.dumps({"error": ["x"]})), Limits(), tmp_path).ending == "error"


def test_what_numpy_printed_is_the_cause_of_an_error_that_says_less(tmp_path: Path) -> None:
    answer = json.dumps({"error": "ImportError", "text": "numpy.core.multiarray failed to import"})
    printed = "\nA module that was compiled using NumPy 1.x cannot be run in\nNumPy 2.2.6 as it may crash. To support\n"
    found = tried(Wanted("shapely", needed=True), Ran(answer=answer, printed=printed), Limits(), tmp_path)
    assert found.cause == "A module that was compiled using NumPy 1.x cannot be run in NumPy 2.2.6"


def test_editable_installs_by_folder_are_found_and_by_code_cannot_be_told(tmp_path: Path) -> None:
    project = make(tmp_path, {"sound": ""})
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "by_folder.py").write_text("")
    site = site_packages_of(project / ".venv")
    (site / "folder.pth").write_text(f"{tmp_path / 'elsewhere'}\n")
    (project / "main.py").write_text("import by_folder, by_code, sound\n")
    absent = one(probed(request_of(project)), "by_code")
    assert (absent.ending, absent.needed) == ("missing", True)
    (site / "__editable___x.pth").write_text("import __editable___x_finder; __editable___x_finder.install()\n")
    live = probed(request_of(project))
    assert one(live, "by_folder").ending == "fine"
    assert one(live, "by_code").ending == "unclear"
    assert "__editable___x.pth" in one(live, "by_code").text
    assert not live.failed


def test_pythonpath_comes_before_the_standard_library_as_it_does_for_the_user(tmp_path: Path) -> None:
    project = make(tmp_path, {"sound": "import colorsys; raise ImportError(colorsys.__file__)"})
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "colorsys.py").write_text("")
    request = request_of(project, PYTHONPATH=str(tmp_path / "mine"))
    assert one(probed(request, facts=needed_facts(request)), "sound").text == str(tmp_path / "mine" / "colorsys.py")


def finding(family: str, subject: str, severity: Severity = Severity.ERROR, text: str = "") -> Finding:
    return Finding(severity, subject, "said", (Evidence(text),), code=f"{family}001", family=family)


def test_a_failure_is_met_with_the_findings_that_name_it() -> None:
    by_library = finding("NAT", "opencv", text="libGL.so.1 is nowhere")
    by_package = finding("DEP", "Open.CV_python")
    of_size = finding("SIZ", "cv2")
    other = finding("NAT", "scipy", text="libGLX.so.0")
    note = finding("MIX", "cv2", Severity.NOTE)
    failed = Tried(
        "cv2", "error", True, "ImportError", "libGL.so.1: cannot open shared object", distribution="open-cv-python"
    )
    assert explained_by(failed, (by_library, by_package, of_size, other, note)) == (by_library, by_package)
    assert explained_by(failed._replace(ending="fine"), (by_library,)) == ()
    lines = plain_text(render(Live(asked=True, imports=(failed,)), (by_library,), 80))
    assert "import cv2: ImportError: libGL.so.1" in lines
    assert "see NAT001" in lines


def test_nobody_asked_says_nothing() -> None:
    assert list(render(Facts().live, (), 80)) == []
    assert not Facts().live.failed
