"""The security checks on real environments: quiet where all is well, and right where it is not."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from doctor import checks
from doctor.collect import LayerRead, collect
from doctor.examine import judge
from doctor.facts import Facts, serialise
from doctor.model import Finding, Move, Protect, Severity, Uninstall
from doctor.target.environment import Environment, Request
from tests.patients.examined import SITE
from tests.patients.venvs import install, make_venv, site_packages_of, uninstall
from tests.patients.wheels import make_wheel

CHECKS = {check.code: check for check in checks.load(select=("SEC",))}
PRECEDENCE = "import os; var = 'SETUPTOOLS_USE_DISTUTILS'; enabled = os.environ.get(var, 'local') == 'local'; \
enabled and __import__('_distutils_hack').add_shim(); \n"


def facts_of(prefix: Path) -> Facts:
    request = Request(Environment(prefix, "venv"), home=prefix.parent / "home")
    facts = Facts()
    for event in collect(request, {"distributions", "conda", "files"}):
        if isinstance(event, LayerRead):
            facts = event.facts
    assert not facts.gaps
    return facts


def found(code: str, facts: Facts) -> tuple[Finding, ...]:
    outcome = judge(CHECKS[code], facts)
    assert outcome.state in ("fine", "findings"), outcome.reason
    return outcome.findings


def startup_findings(prefix: Path) -> tuple[Finding, ...]:
    """What SEC001 says of the environment itself: the Python below it may belong to somebody else."""
    return tuple(finding for finding in found("SEC001", facts_of(prefix)) if finding.subject.startswith("lib/"))


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    return make_venv(tmp_path / "env", by="venv")


@pytest.mark.parametrize("maker", ["uv", "venv"])
def test_a_plain_venv_is_silent(tmp_path: Path, maker: str) -> None:
    prefix = make_venv(tmp_path / "env", by=maker)  # type: ignore[arg-type]
    site_packages_of(prefix).joinpath("_virtualenv.pth").write_text("import _virtualenv")
    wheel = make_wheel(
        tmp_path, "setuptools", "80.9.0", {"distutils-precedence.pth": PRECEDENCE, "_distutils_hack/__init__.py": ""}
    )
    install(prefix, wheel)
    assert startup_findings(prefix) == ()
    assert found("SEC002", facts_of(prefix)) == ()


def test_an_editable_install_is_silent(prefix: Path, tmp_path: Path) -> None:
    sources = tmp_path / "sources"
    sources.mkdir()
    wheel = make_wheel(
        tmp_path,
        "demo",
        "1.0",
        {"_demo_editable.pth": "import _demo_editable_loader", "_demo_editable_loader.py": ""},
        extra_dist_info={"direct_url.json": json.dumps({"url": sources.as_uri(), "dir_info": {"editable": True}})},
    )
    install(prefix, wheel)
    origin = site_packages_of(prefix) / "demo-1.0.dist-info" / "direct_url.json"
    origin.write_text(json.dumps({"url": sources.as_uri(), "dir_info": {"editable": True}}))
    assert startup_findings(prefix) == ()
    origin.unlink()
    (finding,) = startup_findings(prefix)
    assert finding.severity is Severity.NOTE, "the same file, brought by an ordinary package"


def test_code_that_nobody_brought_is_told_and_never_run(prefix: Path, tmp_path: Path) -> None:
    trace = tmp_path / "it ran"
    path = site_packages_of(prefix) / "zz_lab.pth"
    path.write_text(f"import pathlib; pathlib.Path({str(trace)!r}).touch()\n")
    (finding,) = startup_findings(prefix)
    assert (finding.severity, finding.subject) == (Severity.WARNING, f"{SITE}/zz_lab.pth")
    assert (finding.evidence[0].path, finding.evidence[0].line) == (f"{SITE}/zz_lab.pth", 1)
    assert Move((f"{SITE}/zz_lab.pth",)) in finding.remedies[0].steps
    assert not trace.exists()
    path.unlink()
    assert startup_findings(prefix) == ()


def test_a_package_that_hides_its_code(prefix: Path, tmp_path: Path) -> None:
    code = f"import os;{' ' * 5000}exec(__import__('base64').b64decode('cGFzcw=='))\n"
    install(prefix, make_wheel(tmp_path, "quiet-agent", "3.0", {"quiet.pth": code}))
    (finding,) = startup_findings(prefix)
    assert finding.severity is Severity.WARNING
    assert finding.packages == ("quiet-agent",)
    assert Uninstall("pip", ("quiet-agent",)) in finding.remedies[0].steps
    assert any("base64" in evidence.text for evidence in finding.evidence)


@pytest.mark.parametrize("code", [f"{PRECEDENCE}import os\n", f"import os; os.system('true'); {PRECEDENCE}"])
def test_a_borrowed_name_hides_nothing(prefix: Path, code: str) -> None:
    path = site_packages_of(prefix) / "distutils-precedence.pth"
    path.write_text(code)
    (finding,) = startup_findings(prefix)
    assert finding.severity is Severity.WARNING


def test_what_a_malicious_release_left_behind(prefix: Path, tmp_path: Path) -> None:
    code = "import os, sys\n"  # harmless: installers start this Python, and each start runs it
    install(prefix, make_wheel(tmp_path, "litellm", "1.82.8", {"litellm/__init__.py": "", "litellm_init.pth": code}))
    (finding,) = startup_findings(prefix)
    assert finding.severity is Severity.ERROR
    assert finding.packages == ("litellm",)
    uninstall(prefix, "litellm")
    assert startup_findings(prefix) == ()
    site_packages_of(prefix).mkdir(exist_ok=True)
    site_packages_of(prefix).joinpath("litellm_init.pth").write_text(code)
    (finding,) = startup_findings(prefix)
    assert finding.severity is Severity.ERROR, "also where only the file is left"


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A folder that other accounts can enter, which pytest's own are not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_doors_left_open_and_closed_as_told(reachable: Path) -> None:
    prefix = make_venv(reachable / "env", by="venv")
    install(prefix, make_wheel(reachable, "demo", "1.0", {"demo/__init__.py": ""}))
    package = site_packages_of(prefix) / "demo"
    package.chmod(0o777)
    (package / "__init__.py").chmod(0o666)
    (finding,) = found("SEC002", facts_of(prefix))
    assert finding.severity is Severity.ERROR
    assert [evidence.path for evidence in finding.evidence] == [f"{SITE}/demo"]
    close = finding.remedies[0].steps[0]
    assert close == Protect((f"{SITE}/demo",))
    subprocess.run(["chmod", "-R", "o-w", "--", str(prefix / close.paths[0])], check=True)
    assert found("SEC002", facts_of(prefix)) == ()
    assert package.stat().st_mode & 0o777 == 0o775, "owner and group keep theirs"
    assert (package / "__init__.py").stat().st_mode & 0o777 == 0o664, "below it too"


def test_a_credential_in_direct_url_is_told_and_kept_secret(prefix: Path, tmp_path: Path) -> None:
    install(prefix, make_wheel(tmp_path, "private-lab", "1.0", {"private_lab.py": ""}))
    origin = site_packages_of(prefix) / "private_lab-1.0.dist-info" / "direct_url.json"

    def told(url: str) -> tuple[Finding, ...]:
        origin.write_text(json.dumps({"url": url, "vcs_info": {"vcs": "git", "commit_id": "1f" * 20}}))
        facts = facts_of(prefix)
        findings = found("SEC003", facts._replace(layers=(*facts.layers, "settings")))
        assert "s3cr3t" not in serialise.dump(facts)
        assert "s3cr3t" not in repr(findings)
        return findings

    (finding,) = told("https://ghp_s3cr3t@git.example/lab.git")
    assert (finding.severity, finding.subject) == (Severity.WARNING, "private-lab")
    assert finding.evidence[0].path == f"{SITE}/private_lab-1.0.dist-info/direct_url.json"
    assert told("https://me:s3cr3t@git.example/lab.git")
    assert told("https://git.example/t/s3cr3t/lab.git")
    assert told("https://git.example/lab.git?token=s3cr3t")
    assert told("ssh://git@git.example/lab.git") == ()
    assert told("git+ssh://someone@git.example/lab.git") == ()
    assert told("https://${GIT_USER}:${GIT_TOKEN}@git.example/lab.git") == ()
    assert told("https://git.example/lab.git") == ()


def test_credentials_in_configuration_are_told_and_kept_secret(prefix: Path) -> None:
    home = prefix.parent / "home"
    home.mkdir()
    (home / ".condarc").write_text("channels:\n  - conda-forge\n  - https://conda.example/t/ab-s3cr3t/lab\n")
    (prefix / "pip.conf").write_text("[global]\nindex-url = https://me:s3cr3t@pypi.example/simple\n")
    request = Request(Environment(prefix, "venv"), home=home, variables={"HOME": str(home)})
    facts = Facts()
    for event in collect(request, {"settings", "distributions"}):
        facts = event.facts if isinstance(event, LayerRead) else facts
    findings = {Path(finding.subject).name: finding for finding in found("SEC003", facts)}
    assert sorted(findings) == [".condarc", "pip.conf"]
    assert {finding.severity for finding in findings.values()} == {Severity.WARNING}
    assert findings[".condarc"].evidence[0].line == 3
    assert findings["pip.conf"].evidence[0].line == 2
    assert "s3cr3t" not in serialise.dump(facts) + repr(findings)
