"""A package comes from a branch, a local folder or an address whose content may change.

## Why it matters
A version number pins what an index holds. A branch moves with every commit, a folder with every edit, and neither
leaves a trace in the environment's list of packages: the same file gives another program next week.

## How it is found
Only in an environment that belongs to the project. What its specifications ask for by address is read: a repository
without a commit or tag, or at a branch of a usual name (main, master, develop, HEAD), and an archive of a branch. What
is installed is read as well: an editable or local install from a folder outside the project. The project itself,
folders inside it or inside the repository that it is a part of, repositories whose commit a lock holds, and whatever
conda built are sound.

## What the fix does
Nothing by itself: which commit is the right one, its people know. Where the environment holds one, it is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from doctor.facts import Asked, DirectUrl, Facts, Lock, Locked, Locks, Project, Specification
from doctor.facts.build import distribution, environment
from doctor.facts.distributions import Distribution
from doctor.judgement.expectations.belonging import belongs
from doctor.judgement.expectations.roles import is_compiled, is_ours, of_role
from doctor.judgement.overlap import own_sites
from doctor.model import Check, Evidence, Example, Finding, Remedy, Safety, Severity, Tell

_BRANCHES = frozenset({"main", "master", "develop", "dev", "devel", "trunk", "head", "latest", "nightly", "next"})
_VCS = re.compile(r"(?:git|hg|svn|bzr)\+|git@|git://|ssh://git@", re.IGNORECASE)
_REF = re.compile(r"@([^@/#?]+(?:/[^@#?:]+)*)(?=[#?]|$)")
_COMMIT = re.compile(r"[0-9a-f]{7,40}")
_BRANCH_ARCHIVE = re.compile(
    r"/(?:archive|zipball|tarball)/(?:refs/heads/[^?#]+|(?:main|master|develop|HEAD)(?:\.zip|\.tar\.gz)?)(?=$|[?#])"
)


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each package."""
    if not belongs(facts):
        return
    pinned = {p.name for lock in facts.locks.files for p in lock.packages if p.commit or p.digest}
    here = {dist.key for dist in facts.distributions.installed}
    told: set[str] = set()
    for spec in of_role(facts, "main", "group"):
        if is_ours(spec) or is_compiled(spec):
            continue
        for asked in spec.asked:
            why = _moving(asked) if not asked.group or asked.name in here else ""
            if why and asked.name not in told and asked.name not in pinned:
                told.add(asked.name)
                yield _of_specification(asked, spec, why, facts)
    sites = own_sites(facts)
    for dist in facts.distributions.installed:
        local = dist.site in sites and dist.key not in told and _is_elsewhere(dist, facts)
        if local and dist.direct_url is not None:
            told.add(dist.key)
            yield _of_installed(dist, dist.direct_url)


def _moving(asked: Asked) -> str:
    """Why an address does not say which content; empty where it does."""
    if not asked.url:
        return ""
    if _VCS.match(asked.url):
        path = re.sub(r"^[a-z0-9+.-]+://[^/]*", "", asked.url, flags=re.IGNORECASE)
        found = _REF.search(path if "://" in asked.url else asked.url.partition("git@")[2])
        if found is None:
            return "names a repository and no commit"
        ref = found[1]
        branch = ref.lower().removeprefix("origin/")
        return f"follows the branch {ref}" if branch in _BRANCHES and not _COMMIT.fullmatch(ref) else ""
    if _BRANCH_ARCHIVE.search(asked.url) and not asked.hashes:
        return "is an archive of a branch"
    return ""


def _is_elsewhere(dist: Distribution, facts: Facts) -> bool:
    """Whether a distribution was installed from a folder or file of this machine outside the project."""
    source = dist.direct_url
    if source is None or dist.installer in ("", "conda") or source.vcs or not source.url.startswith("file:"):
        return False
    if dist.key == facts.project.name or not source.target_exists or (source.digest and not source.editable):
        return False  # a folder that is gone is told elsewhere; a file with its hash is what it is
    path = re.sub(r"^file:(?://(?=[/~]))?", "", source.url)
    roots = (facts.project.root.rstrip("/"), facts.project.repository.rstrip("/"))
    return not any(root and (path == root or path.startswith(f"{root}/")) for root in roots)


def _of_specification(asked: Asked, spec: Specification, why: str, facts: Facts) -> Finding:
    dist = next((dist for dist in facts.distributions.installed if dist.key == asked.name), None)
    commit = dist.direct_url.commit if dist is not None and dist.direct_url is not None else ""
    evidence = [Evidence(asked.text, spec.path, asked.line)]
    if dist is not None and commit:
        evidence.append(Evidence(f"{dist.name} {dist.version} here is commit {commit}", f"{dist.site}/{dist.folder}"))
    text = f"Pin it in {spec.path}: end the address in @ and a commit or tag" if _VCS.match(asked.url) else ""
    text = text or f"Ask in {spec.path} for a release, or for the archive of a tag or commit"
    return Finding(
        Severity.WARNING,
        asked.name,
        f"{asked.name[:40]} {why}, so that its content may change",
        tuple(evidence),
        (asked.name,),
        (Remedy("Pin what it is to be", Safety.MANUAL, (Tell(f"{text}{f': {commit} is here' if commit else ''}"),)),),
    )


def _of_installed(dist: Distribution, source: DirectUrl) -> Finding:
    how = "editable, from a folder" if source.editable else "from a folder or file"
    text = (
        f"Commit the state of {source.url} and ask for it by its repository and that commit, move it into the project, "
        "or install a release"
    )
    return Finding(
        Severity.WARNING,
        dist.key,
        f"{dist.name[:35]} {dist.version[:15]} is installed {how} outside the project",
        (Evidence(f"direct_url.json: {source.url}", f"{dist.site}/{dist.folder}/direct_url.json"),),
        (dist.key,),
        (Remedy("Say where others get it from", Safety.MANUAL, (Tell(text),)),),
    )


def examples() -> Iterator[Example]:
    """Branches, folders and archives; commits, tags, locks, and the project's own folders."""
    warning = Severity.WARNING

    def case(url: str, *dists: Distribution, locks: Locks = Locks()) -> Facts:  # noqa: B008
        asked = Asked(f"mine @ {url}", "mine", "pip", 4, url=url)
        spec = Specification("requirements.txt", "requirements", asked=(asked,) if url else ())
        project = Project(True, "~/demo", specifications=(spec,), name="demo")
        return environment(distributions=dists, project=project, locks=locks)

    git = "git+https://github.com/someone/mine"
    for url in (git, f"{git}.git@main", "git+ssh://git@github.com/someone/mine.git", f"{git}#subdirectory=a"):
        yield Example(f"a branch: {url}", case(url), ("mine",), warning)
    for url in (f"{git}@v1.2.0", f"{git}.git@0a1b2c3d4e5f", f"{git}@feature-freeze-2024#egg=mine"):
        yield Example(f"a commit or tag: {url}", case(url))
    archive = "https://github.com/someone/mine/archive"
    yield Example("an archive of a branch", case(f"{archive}/refs/heads/main.zip"), ("mine",))
    yield Example("an archive of a tag", case(f"{archive}/refs/tags/v1.0.zip"))
    lock = Lock("uv.lock", "uv.lock", (Locked("mine", "1.0", source="vcs", commit="0a1b2c3d4e5f"),))
    yield Example("a branch whose commit is locked", case(git, locks=Locks((lock,))))

    def installed(url: str, **more: object) -> Distribution:
        return distribution("mine", "1.0", direct_url=DirectUrl(url, **more))  # type: ignore[arg-type]

    yield Example("editable outside", case("", installed("file://~/mine", editable=True)), ("mine",), warning)
    yield Example("a folder outside", case("", installed("file:///data/mine")), ("mine",), warning)
    inside = case("", installed("file://~/work/libs/mine", editable=True))
    monorepo = inside.project._replace(root="~/work/apps/demo", repository="~/work", given=True)
    yield Example("editable, of the same repository", inside._replace(project=monorepo))
    yield Example("editable inside", case("", installed("file://~/demo/libs/mine", editable=True)))
    itself = distribution("demo", "0.1", direct_url=DirectUrl("file://~/work/demo", editable=True))
    yield Example("the project itself", case("", itself))
    wheel = installed("file://~/Downloads/mine-1.0-py3-none-any.whl", digest="sha256=1f")
    yield Example("a file with its hash", case("", wheel))
    built = installed("file:///croot/mine_1/work")._replace(installer="conda")
    yield Example("built by conda", case("", built))
    commit = installed("https://github.com/someone/mine", vcs="git", commit="0a1b2c3d4e5f")
    yield Example("installed from a commit", case("", commit))
    gone = installed("file:///gone/mine", target_exists=False)
    yield Example("a folder that is gone is told elsewhere", case("", gone))


CHECK = Check(
    "REP006",
    "unpinned-source",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("identity", "distributions", "project", "locks"),
    records=False,
    repository=True,
)
