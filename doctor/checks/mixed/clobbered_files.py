"""Two packages that are both installed wrote the same files.

## Why it matters
Only one file fits at one path: the package that came last has overwritten parts of the other one. What is imported
is a mixture of two builds (OpenCV with and without windows, ONNX Runtime with and without GPU, NCCL of two CUDA
versions), and uninstalling one of them deletes the files of the other. pip neither warns nor notices.

## How it is found
The same code file stands in the RECORD of two distributions with different checksums. It is an error where such a
file is gone, or needs a library that only one of them brings and that is gone; a warning where it is there and
belongs to one of them only. Whose a compiled file is shows in the libraries that it needs. Sound are packages that
share files on purpose (mlflow and mlflow-skinny, a package and one it requires), equal contents, the small
`__init__.py` of a namespace, and folders of tests that careless packages leave beside their own.

## What the fix does
Uninstalls all of them, because only then are all files gone that nobody owns any more, and installs the wanted one
again in the same version. The first choice is the one that other packages ask for.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import Binaries, Binary, Distribution, Facts
from doctor.facts.build import distribution, environment
from doctor.judgement.gpu_needs import is_cuda_clash
from doctor.judgement.overlap import by_system, overwrites, own_sites, owners, superseded
from doctor.judgement.shared_paths import Clobber, clobbers, is_native, requires
from doctor.knowledge.reinstall import safety_of, same_distribution, same_package, taken_away
from doctor.knowledge.twins import deliberate, twins_of
from doctor.model import Check, Evidence, Example, Finding, Remedy, Safety, Severity, Tell

_SHOWN = 4


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each group of packages that wrote over each other."""
    for clobber in clobbered(facts):
        members = clobber.members
        names = [dist.name for dist in members]
        gone = [path for path in clobber.paths if not facts.files.has(path)]
        whose = _whose(clobber, facts)
        broken = bool(gone) or any(not facts.files.has(path) for _, _, path in whose)
        severity = Severity.ERROR if broken and facts.files.complete else Severity.WARNING
        count = f"{len(clobber.paths)} file{'s' * (len(clobber.paths) != 1)}"
        whom = " and ".join(names) if len(names) == 2 else f"{len(names)} packages ({', '.join(names)})"
        summary = f"{whom} wrote the same {count}"
        yield Finding(
            severity,
            "+".join(dist.key for dist in members),
            summary
            if len(summary) <= 100
            else f"{names[0]} and {len(names) - 1} other packages wrote the same {count}",
            (*_evidence(clobber, gone), *_evidence_of_owners(whose, facts)),
            tuple(dist.key for dist in members),
            tuple(_remedies(members, facts)),
        )


def clobbered(facts: Facts) -> tuple[Clobber, ...]:
    """The groups, without what conda packages do among themselves and what has a finding of its own."""
    sites, held = own_sites(facts), owners(facts)
    stale = {(dist.site, dist.folder) for others in superseded(facts).values() for dist in others}
    told = {(item.record.name, item.dist.site, item.dist.folder) for item in overwrites(facts)}
    dists = [
        dist
        for dist in facts.distributions.installed
        if dist.site in sites and (dist.site, dist.folder) not in stale and not by_system(dist, facts)
    ]

    def excused(one: Distribution, other: Distribution) -> bool:
        first, second = held.get((one.site, one.folder)), held.get((other.site, other.folder))
        if first is not None and second is not None:
            return True
        if first is not None and (first.name, other.site, other.folder) in told:
            return True
        if second is not None and (second.name, one.site, one.folder) in told:
            return True
        return deliberate(one.key, other.key) or is_cuda_clash(one.key, other.key)

    return clobbers(dists, sites, excused)


def _whose(clobber: Clobber, facts: Facts) -> list[tuple[str, Distribution, str]]:
    """Compiled files on disk, whose they are, and the library that tells: needed, and brought by one member alone."""
    brought: dict[str, list[tuple[Distribution, str]]] = {}
    for dist in clobber.members:
        for path in dist.paths or ():
            if is_native(path):
                brought.setdefault(path.rpartition("/")[2], []).append((dist, path))
    shared = set(clobber.paths)
    found = []
    for file in facts.binaries.files:
        telling = [brought[name][0] for name in file.needed if len(brought.get(name, ())) == 1]
        if file.path in shared and telling and len({dist.key for dist, _ in telling}) == 1:
            found.append((file.path, *telling[0]))
    return found


def _evidence_of_owners(whose: list[tuple[str, Distribution, str]], facts: Facts) -> Iterator[Evidence]:
    for path, dist, library in whose[:_SHOWN]:
        name = library.rpartition("/")[2]
        lost = "" if facts.files.has(library) else ", and that is gone"
        yield Evidence(f"what lies there is {dist.name}'s: it needs {name}, which only {dist.name} brings{lost}", path)


def _evidence(clobber: Clobber, gone: list[str]) -> Iterator[Evidence]:
    for path in clobber.paths[:_SHOWN]:
        writers = [f"{dist.name} {dist.version}" for dist in clobber.members if path in (dist.paths or ())]
        state = "; it is gone" if path in gone else ""
        yield Evidence(f"recorded by {' and '.join(writers)}{state}", path)
    if len(clobber.paths) > _SHOWN:
        yield Evidence(f"and {len(clobber.paths) - _SHOWN} more files")
    first, *_, last = sorted(clobber.members, key=lambda dist: dist.modified)
    if last.modified > first.modified:
        yield Evidence(
            f"{last.name} was installed last, so most of these files are its own", f"{last.site}/{last.folder}"
        )
    row = twins_of(dist.key for dist in clobber.members)
    if row is not None:
        yield Evidence(
            f"known: they install the same {row.imported}" + (f"; choose {row.advice}" if row.advice else "")
        )


def _remedies(members: tuple[Distribution, ...], facts: Facts) -> Iterator[Remedy]:
    held = owners(facts)
    row = twins_of(dist.key for dist in members)
    others = [dist for dist in facts.distributions.installed if dist not in members]
    needed = {d.key: [o.name for o in others if requires(o, d)] for d in members}
    ranked = sorted(
        members,
        key=lambda d: (not needed[d.key], row is None or d.key != row.keep, not d.requested, -d.modified),
    )
    pips = [dist for dist in members if (dist.site, dist.folder) not in held]
    offered = False
    for dist in ranked[:3]:
        record = held.get((dist.site, dist.folder))
        again = same_package(record) if record is not None else same_distribution(dist)
        wanting = sorted({name for d in members if d is not dist for name in needed[d.key]})
        asks = "asks" if len(wanting) == 1 else "ask"
        lost = f"{' and '.join(wanting[:4])} {asks} for another of them by name" if wanting else ""
        if wanting and (row is None or dist.key not in row.members):
            continue  # then something that is installed would miss a requirement
        offered = True
        users = sorted(needed[dist.key])[:3]
        why = f", which {' and '.join(users)} {'needs' if len(users) == 1 else 'need'}" if users else ""
        yield Remedy(
            f"Keep {dist.name} {dist.version}{why}: uninstall all, then install it again",
            safety_of((again,)),
            (*taken_away(*pips), again),
            lost,
        )
    if not offered:
        names = " and ".join(dist.name for dist in members)
        told = Tell(f"Each of {names} is needed by another package: ask their makers which ones go together.")
        yield Remedy("Decide which of them to keep", Safety.MANUAL, (told,))


def _with_digests(dist: Distribution, digest: str) -> Distribution:
    return dist._replace(digests=tuple(f"sha256={digest},5000" for _ in dist.paths or ()))


def examples() -> Iterator[Example]:
    """OpenCV twice, with a file gone and without; and everything that shares files and is sound."""
    files = ("cv2/__init__.py", "cv2/cv2.abi3.so")
    full = _with_digests(distribution("opencv-python", "4.10.0.84", files=files, pure=False), "a")
    headless = _with_digests(distribution("opencv-python-headless", "4.10.0.84", files=files, pure=False), "b")
    yield Example(
        "two OpenCV",
        environment(distributions=(full, headless)),
        ("opencv-python+opencv-python-headless",),
        Severity.WARNING,
    )
    gone = tuple(path for path in full.paths or () if path.endswith(".so"))
    yield Example(
        "two OpenCV and a library gone",
        environment(distributions=(full, headless), missing=gone),
        ("opencv-python+opencv-python-headless",),
        Severity.ERROR,
    )
    bundling = ("cv2/__init__.py", "cv2/cv2.abi3.so", "opencv_python.libs/libQt5Core-1a2b.so.5")
    windows = _with_digests(distribution("opencv-python", "4.10.0.84", files=bundling, pure=False), "a")
    library = f"{windows.site}/cv2/cv2.abi3.so"
    needing = Binaries((Binary(library, needed=("libQt5Core-1a2b.so.5", "libc.so.6"), is_extension=True),))
    cut = environment(
        distributions=(windows, headless),
        binaries=needing,
        missing=(f"{windows.site}/opencv_python.libs/libQt5Core-1a2b.so.5",),
    )
    yield Example("the file on disk lacks its library", cut, ("opencv-python+opencv-python-headless",), Severity.ERROR)
    intact = environment(distributions=(windows, headless), binaries=needing)
    yield Example("the file on disk is whole", intact, ("opencv-python+opencv-python-headless",), Severity.WARNING)
    jwt = _with_digests(distribution("jwt", "1.3.1", files=("jwt/__init__.py", "jwt/utils.py")), "a")
    pyjwt = _with_digests(distribution("PyJWT", "2.10.1", files=("jwt/__init__.py", "jwt/api_jwt.py")), "b")
    yield Example("jwt and PyJWT", environment(distributions=(jwt, pyjwt)), ("jwt+pyjwt",), Severity.WARNING)

    skinny = _with_digests(distribution("mlflow-skinny", "3.1.0", files=("mlflow/client.py",)), "a")
    whole = _with_digests(distribution("mlflow", "3.1.0", files=("mlflow/client.py",)), "b")
    yield Example("twins on purpose", environment(distributions=(skinny, whole)))
    equal = _with_digests(distribution("other", "1.0", files=("cv2/__init__.py",)), "a")
    yield Example("equal contents", environment(distributions=(full, equal)))
    one = distribution("zope-one", "1.0", files=("zope/__init__.py", "zope/one/__init__.py"))
    two = distribution("zope-two", "1.0", files=("zope/__init__.py", "zope/two/__init__.py"))
    yield Example("a namespace", environment(distributions=(one, two)))
    base = _with_digests(distribution("stub", "1.0", files=("core/all.py",), requires=("core[all]>=1",)), "a")
    core = _with_digests(distribution("core", "1.0", files=("core/all.py",)), "b")
    yield Example("one requires the other", environment(distributions=(base, core)))
    tests = ("tests/conftest.py", "LICENSE")
    careless = _with_digests(distribution("careless", "1.0", files=tests), "a")
    also = _with_digests(distribution("also-careless", "1.0", files=tests), "b")
    yield Example("only a folder of tests in common", environment(distributions=(careless, also)))


CHECK = Check(
    "MIX005",
    "clobbered-files",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("distributions", "conda", "files"),
    optional=("binaries",),
)
