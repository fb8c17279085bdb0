"""Code that nobody vouches for runs at every start of this environment's Python.

## Why it matters
A `.pth` file in site-packages may hold lines that begin with `import`, and Python runs them before anything else:
with every `pip list`, in every notebook and every job. `.start` files (Python 3.15), `sitecustomize` and
`usercustomize` are run the same way. Coverage tools and editable installs have good reasons for it. The malicious
litellm release of March 2026 stole credentials this way, and its file kept running after litellm was uninstalled.

## How it is found
By reading these files, never by starting Python. Known ones are told by their name and their code together and
are not mentioned. An error where the file is one that only malicious releases brought; a warning where no
installed package lists the file, or where its code hides something (decoded text, downloads, other programs); a
note where an installed package brings it, or where it lies in a Python outside the environment.

## What the fix does
Moves the file aside, from where undo brings it back. If a package brought it, that package is uninstalled.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import DirectUrl, Distribution, Facts, SiteFolder, StartupFile
from doctor.facts.build import distribution, environment, record, site_packages
from doctor.judgement.needs import graph, name_of, reversed_graph
from doctor.knowledge.startup import KNOWN_BAD, known_owner
from doctor.model import Check, Evidence, Example, Finding, Move, Remedy, Safety, Severity, Step, Tell, Uninstall

#: lines of code that are shown
_SHOWN = 5
_PREVIEW = "Open it in an editor, which runs nothing, and look who wrote it and when."


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each start-up file that is not known to be sound."""
    for startup in facts.distributions.startup:
        name = startup.path.rpartition("/")[2]
        if name in KNOWN_BAD:
            yield _malicious(startup, name, facts)
        elif startup.code and _is_run(startup, facts):
            finding = _judged(startup, name, facts)
            if finding is not None:
                yield finding


def _is_run(startup: StartupFile, facts: Facts) -> bool:
    folders = facts.identity.site_folders
    if startup.kind == "usercustomize" and any(site.kind == "user" and not site.active for site in folders):
        return False  # Python imports it only where the user's folder counts
    return not any(startup.path.startswith(f"{site.path}/") for site in folders if not site.active)


def _judged(startup: StartupFile, name: str, facts: Facts) -> Finding | None:
    if known_owner(name, [text for _, text in startup.code], startup.suspicious):
        return None
    owner = next((dist for dist in facts.distributions.installed if startup.path in (dist.paths or ())), None)
    conda_name = _conda_owner(startup.path, facts)
    package = owner.name if owner else conda_name
    if package and not startup.suspicious:
        if owner is not None and owner.direct_url is not None and owner.direct_url.editable:
            return None  # how an editable install finds its sources
        return _finding(
            facts, Severity.NOTE, startup, f"{package} runs code at every start of Python, by {name}", owner, conda_name
        )
    if package:
        summary = f"{package} runs code at every start of Python that hides what it does, by {name}"
        return _finding(facts, Severity.WARNING, startup, summary, owner, conda_name)
    if not _is_ours(startup, facts):
        whose = "the operating system" if facts.identity.kind == "system" else "the Python below this environment"
        return _finding(facts, Severity.NOTE, startup, f"{name} of {whose} runs at every start")
    return _finding(
        facts, Severity.WARNING, startup, f"{name}, which no package brought, runs at every start of Python"
    )


def _conda_owner(path: str, facts: Facts) -> str:
    return next((record.name for record in facts.conda.records if path in record.files), "")


def _is_ours(startup: StartupFile, facts: Facts) -> bool:
    """Whether pip or a person put it there, and not the operating system or whoever keeps the base Python."""
    kinds = {site.kind for site in facts.identity.site_folders if startup.path.startswith(f"{site.path}/")}
    outside = startup.path.startswith(("/", "~")) or startup.path[1:2] == ":"
    by_hand = "environment" in kinds or "user" in kinds or (facts.conda.present and not outside)
    by_system = facts.identity.kind == "system" and "local/" not in startup.path and "user" not in kinds
    return by_hand and not by_system


def _finding(
    facts: Facts,
    severity: Severity,
    startup: StartupFile,
    summary: str,
    owner: Distribution | None = None,
    conda_name: str = "",
) -> Finding:
    remedies: tuple[Remedy, ...] = ()
    if severity is not Severity.NOTE:
        remedies = (_aside(startup, owner, conda_name, facts),)
    return Finding(
        severity,
        startup.path,
        summary if len(summary) <= 100 else f"{summary[:99]}…",
        (*_seen(startup), *_vouched(startup, owner, conda_name)),
        (owner.key,) if owner else (),
        remedies,
    )


def _seen(startup: StartupFile) -> Iterator[Evidence]:
    for line, text in startup.code[:_SHOWN]:
        yield Evidence(f"runs: {text.strip()}", startup.path, line)
    if startup.suspicious:
        yield Evidence(f"uses {', '.join(word.rstrip('(.') for word in startup.suspicious)}", startup.path)


def _vouched(startup: StartupFile, owner: Distribution | None, conda_name: str) -> Iterator[Evidence]:
    if owner is not None:
        yield Evidence(f"listed in the RECORD of {owner.name} {owner.version}", f"{owner.site}/{owner.folder}/RECORD")
    elif conda_name:
        yield Evidence(f"listed in conda's record of {conda_name}")
    else:
        yield Evidence("no installed distribution and no conda package lists it", startup.path)


def _aside(startup: StartupFile, owner: Distribution | None, conda_name: str, facts: Facts) -> Remedy:
    mine = owner.key if owner is not None and owner.installer != "conda" else f"conda:{conda_name}"
    needing = sorted(name_of(each) for each in reversed_graph(graph(facts)).get(mine, frozenset()))
    if needing:
        text = f"{_PREVIEW} {', '.join(needing[:5])} cannot do without it: ask its makers, or take all of them away."
        return Remedy(f"Find out why {name_of(mine)} needs this", Safety.MANUAL, (Tell(text),))
    if owner is not None and owner.installer != "conda":
        steps: tuple[Step, ...] = (Tell(_PREVIEW), Uninstall("pip", (owner.key,)))
        return Remedy(f"Uninstall {owner.name}, unless you know why it needs this", Safety.CAREFUL, steps)
    if conda_name:
        steps = (Tell(_PREVIEW), Uninstall("conda", (conda_name,)))
        return Remedy(f"Remove {conda_name}, unless you know why it needs this", Safety.CAREFUL, steps)
    if startup.path.startswith(("/", "~")) or startup.path[1:2] == ":":
        return Remedy(
            "Move the file away by hand", Safety.MANUAL, (Tell(f"{_PREVIEW} Then move {startup.path} away."),)
        )
    return Remedy(
        "Move the file aside",
        Safety.CAREFUL,
        (Tell(_PREVIEW), Move((startup.path,))),
        "What it did at start-up no longer happens; if a tool of your team put it there, ask first.",
    )


def _malicious(startup: StartupFile, name: str, facts: Facts) -> Finding:
    what, told = KNOWN_BAD[name]
    owner = next((dist for dist in facts.distributions.installed if startup.path in (dist.paths or ())), None)
    steps: list[Step] = [
        Tell(
            "Treat this machine as compromised: change the passwords, tokens and keys that it could read, from"
            " another machine, and tell whoever looks after security."
        )
    ]
    if not startup.path.startswith(("/", "~")):
        steps.append(Move((startup.path,)))
    if owner is not None:
        steps.append(Uninstall("pip", (owner.key,)))
    steps.append(Tell("Empty pip's and uv's caches, which may hold the same release: pip cache purge, uv cache clean."))
    return Finding(
        Severity.ERROR,
        startup.path,
        f"{name} is {what}"[:100],
        (Evidence(f"a name that only malicious releases used: {told}", startup.path), *_seen(startup)),
        (owner.key,) if owner else (),
        (Remedy("Disarm it, then change every credential", Safety.CAREFUL, tuple(steps)),),
    )


def examples() -> Iterator[Example]:
    """What is known, what is unknown, what hides and what steals."""
    site = site_packages()
    setuptools = StartupFile(
        f"{site}/distutils-precedence.pth", "pth", ((1, "__import__('_distutils_hack').add_shim()"),)
    )
    virtualenv = StartupFile(f"{site}/_virtualenv.pth", "pth", ((1, "import _virtualenv"),))
    folder = StartupFile(f"{site}/lab.pth", "pth", folders=((1, "~/lab/src", True),))
    yield Example("a plain venv", environment(installed={"startup": (setuptools, virtualenv, folder)}))
    coverage = StartupFile(
        f"{site}/a1_coverage.pth",
        "pth",
        ((1, 'import sys; exec(\'import os\\n\\nif os.getenv("COVERAGE_PROCESS_START")'),),
        suspicious=("exec(",),
    )
    brings = distribution("coverage", "7.17.3", files=("a1_coverage.pth",))
    yield Example("coverage", environment(distributions=(brings,), installed={"startup": (coverage,)}))
    finder = StartupFile(f"{site}/_demo_editable.pth", "pth", ((1, "import _demo_editable_loader"),))
    url = DirectUrl("file://~/demo", editable=True)
    editable = distribution("demo", "1.0", files=("_demo_editable.pth",), direct_url=url)
    yield Example("an editable install", environment(distributions=(editable,), installed={"startup": (finder,)}))
    debian = StartupFile(
        "/usr/lib/python3.11/sitecustomize.py", "sitecustomize", ((3, "    import apport_python_hook"),)
    )
    yield Example("Debian's own sitecustomize", environment(installed={"startup": (debian,)}))

    warning, note = Severity.WARNING, Severity.NOTE
    agent = StartupFile(f"{site}/agent.pth", "pth", ((1, "import agent.bootstrap"),))
    package = distribution("agent", "2.0", files=("agent.pth", "agent/bootstrap.py"))
    owned = environment(distributions=(package,), installed={"startup": (agent,)})
    yield Example("an installed package's own", owned, (agent.path,), note)
    by_conda = environment(
        kind="conda", records=(record("agent", "2.0", files=(agent.path,)),), installed={"startup": (agent,)}
    )
    yield Example("a conda package's own", by_conda, (agent.path,), note)
    yield Example("nobody's", environment(installed={"startup": (agent,)}), (agent.path,), warning)
    hidden = agent._replace(code=((1, "import base64; exec(base64.b64decode('cHJ"),), suspicious=("base64", "exec("))
    hiding = environment(distributions=(package,), installed={"startup": (hidden,)})
    yield Example("a package that hides what it does", hiding, (agent.path,), warning)
    borrowed = setuptools._replace(
        code=(*setuptools.code, (2, "import os; os.system('curl')")), suspicious=("os.system",)
    )
    yield Example("under a borrowed name", environment(installed={"startup": (borrowed,)}), (borrowed.path,), warning)
    start = StartupFile(f"{site_packages('3.15.0')}/demo.start", "start", ((1, "demo.boot:main"),))
    yield Example(
        "a .start file", environment(python="3.15.0", installed={"startup": (start,)}), (start.path,), warning
    )
    below = StartupFile("/opt/python/lib/python3.11/sitecustomize.py", "sitecustomize", ((1, "import lab_proxy"),))
    yield Example("in the Python below", environment(installed={"startup": (below,)}), (below.path,), note)
    user = StartupFile("~/.local/lib/python3.11/site-packages/usercustomize.py", "usercustomize", ((1, "import x"),))
    folders = (
        SiteFolder("~/.local/lib/python3.11/site-packages", "user", active=False),
        SiteFolder(site, "environment"),
    )
    asleep = environment(identity={"site_folders": folders}, installed={"startup": (user,)})
    yield Example("in a user folder that does not count here", asleep)
    thief = StartupFile(f"{site}/litellm_init.pth", "pth", ((1, "import os, subprocess, sys; subprocess.Popen(["),))
    left = environment(installed={"startup": (thief,)})
    yield Example("left by a malicious release", left, (thief.path,), Severity.ERROR)


CHECK = Check(
    "SEC001",
    "start-up-code",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("identity", "distributions", "conda"),
)
