"""Native libraries that decide results, by who loads them, as items of a fingerprint."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from doctor.facts import Binary, CondaRecord, Facts, Outside
from doctor.judgement.gpu_frameworks import frameworks
from doctor.judgement.loaded import Found
from doctor.judgement.loader import loader_of
from doctor.judgement.numeric_names import BY_NAME, Family, family_of
from doctor.judgement.numerics import numerics_of, plain_name
from doctor.judgement.owners import owner_of, package_of
from doctor.judgement.runtimes import Runtime

Items = Mapping[str, Mapping[str, str]]

_TITLES = {"blas": "BLAS", "openmp": "OpenMP"}
#: Debian and its children keep several makers' libblas.so.3 in folders of their own, and choose by a link
_IN_FOLDER = re.compile(r"/(openblas|blis|atlas|mkl|flexiblas)(?:-(pthread|openmp|serial|thread))?/")
_THREADING = {"pthread": "pthreads", "openmp": "openmp", "serial": "none", "thread": "pthreads"}
#: the file of each package that asks for LAPACK
_LAPACK_USERS = (("numpy", re.compile(r"(?:^|/)numpy/linalg/_umath_linalg\.")), ("scipy", re.compile(r"/_flapack\.")))
#: libraries that hold LAPACK beside BLAS
_WITH_LAPACK = frozenset(("openblas", "mkl", "accelerate", "nvpl", "armpl", "flexiblas"))
#: file of a CUDA library, hashed or not -> what people call it
_CUDA_FILE = re.compile(
    r"(?:lib)?(cudart|cudnn|nccl|cublas)(?:-[0-9a-f]{6,16})?(?:\.so(?:\.(\d+))?(?:\.\d+)*|64_(\d+)\.dll)"
)
_CUDA_TITLES = {"cudart": "CUDA runtime", "cudnn": "cuDNN", "nccl": "NCCL", "cublas": "cuBLAS"}
_CUDA_PACKAGE = re.compile(r"(?:nvidia-.*|conda:(?:cuda|cudnn|libcudnn|nccl|libcublas|cudatoolkit).*)")


def native_items(facts: Facts) -> Items:
    """BLAS and OpenMP of each package that loads one, LAPACK, libstdc++, CUDA's libraries, builds of frameworks."""
    found: dict[str, Mapping[str, str]] = {}
    for what, told in (*_runtimes(facts), *_lapack(facts), *_compiler_runtime(facts), *_cuda(facts), *_builds(facts)):
        name, number = what, 2
        while name in found:
            name, number = f"{what} ({number})", number + 1
        found[name] = told
    return found


def _runtimes(facts: Facts) -> Iterator[tuple[str, Mapping[str, str]]]:
    rows = []
    for runtime in numerics_of(facts).runtimes:
        for user in sorted({plain_name(user) for user in runtime.users}):
            rows.append((f"{_TITLES[runtime.kind]} of {user}", _runtime(runtime, user)))
    yield from sorted(rows, key=lambda row: (row[0], sorted(row[1].items())))


def _runtime(runtime: Runtime, user: str) -> Mapping[str, str]:
    family, threading = _really(runtime)
    return {
        "vendor": family.vendor,
        "version": runtime.version.strip("()"),
        "threading": threading,
        "integers": f"{runtime.integers} bits" if runtime.integers and family.name == runtime.family else "",
        "from": _from(runtime.owner, user, outside=runtime.outside),
        "linked": "statically" if runtime.static else "",
    }


def _really(runtime: Runtime) -> tuple[Family, str]:
    """The maker and threading of a library: the folder tells where its file goes by the reference's name."""
    family = BY_NAME[runtime.family]
    found = _IN_FOLDER.search(runtime.path) if family.name == "netlib" else None
    if found is None:
        return family, runtime.threading
    return BY_NAME[found[1]], _THREADING.get(found[2] or "", "")


def _from(owner: str, user: str, *, outside: bool) -> str:
    """Who brings a library, told alike for all environments that have it from the same maker."""
    if outside:
        return "the system"
    if owner.startswith("conda:"):
        return f"conda package {owner.removeprefix('conda:')}"
    return "its own wheel" if owner and owner == user else owner or "nobody recorded"


def _lapack(facts: Facts) -> Iterator[tuple[str, Mapping[str, str]]]:
    numerics, loader = numerics_of(facts), loader_of(facts)
    for package, path in _LAPACK_USERS:
        file = next((file for file in facts.binaries.files if path.search(file.path) and file.is_extension), None)
        if file is None:
            continue
        vendor = ""
        for name, answer in sorted(loader.resolve(file).items()):
            if isinstance(answer, Found) and "lapack" in name.lower() and "openblas" not in name.lower():
                vendor = _vendor_of(loader.real_path(answer.path))
        if not vendor:
            whole = [found for found in numerics.blas_of(package) if _really(found)[0].name in _WITH_LAPACK]
            vendor = _really(whole[0])[0].vendor if whole else ""
        if vendor:
            yield f"LAPACK of {package}", {"vendor": vendor}


def _vendor_of(path: str) -> str:
    folder, family = _IN_FOLDER.search(path), family_of(path)
    if folder is not None:
        return BY_NAME[folder[1]].vendor
    return family.vendor if family else BY_NAME["netlib"].vendor


def _compiler_runtime(facts: Facts) -> Iterator[tuple[str, Mapping[str, str]]]:
    """libstdc++: the environment's own where it has one in its library folder, else the system's."""
    own: list[Binary | Outside] = [
        file for file in facts.binaries.files if re.fullmatch(r"lib/libstdc\+\+\.so\.6[\d.]*", file.path)
    ]
    outside = [file for file in facts.binaries.outside if file.name == "libstdc++.so.6"]
    for file in [*own, *outside]:
        newest = _newest(file.offers)
        if newest:
            where = _from(owner_of(facts).get(file.path, ""), "", outside=not isinstance(file, Binary))
            yield "libstdc++", {"version": newest, "from": where}
            return


def _newest(offers: tuple[str, ...]) -> str:
    numbers = [offer.removeprefix("GLIBCXX_") for offer in offers if re.fullmatch(r"GLIBCXX_\d+(?:\.\d+)*", offer)]
    return max(numbers, key=lambda text: [int(part) for part in text.split(".")], default="")


def _cuda(facts: Facts) -> Iterator[tuple[str, Mapping[str, str]]]:
    owners = owner_of(facts)
    rows: set[tuple[str, str, str]] = set()
    for file in facts.binaries.files:
        match = _CUDA_FILE.fullmatch(file.name)
        if match is None:
            continue
        owner = owners.get(file.path, "")
        package = package_of(facts, owner) if _CUDA_PACKAGE.fullmatch(owner) else None
        version = package.version if package else match[2] or match[3] or ""
        rows.add((_CUDA_TITLES[match[1]], version, _from(owner, "", outside=False)))
    for title, version, where in sorted(rows):
        yield title, {"version": version, "from": where}


def _builds(facts: Facts) -> Iterator[tuple[str, Mapping[str, str]]]:
    for framework in frameworks(facts):
        record = framework.record
        yield (
            f"{framework.name}'s build",
            {
                "for": f"CUDA {framework.cuda}" if framework.cuda else framework.build,
                "variant": framework.variant,
                "build": record.build if isinstance(record, CondaRecord) else "",
            },
        )
