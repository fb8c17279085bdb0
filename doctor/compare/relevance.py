"""Judges whether one difference can change what is computed, and says why in half a sentence."""

from __future__ import annotations

import re

from doctor.compare.comparison import Changes, DifferenceKind, Step
from doctor.knowledge.deciding import SWITCHES, computes, serves

Judged = tuple[Changes, str]

#: variables by which numbers are made alike or unlike on purpose
_BY_PURPOSE = re.compile(
    r"MKL_CBWR|MKL_ENABLE_INSTRUCTIONS|OPENBLAS_CORETYPE|NPY_(?:DISABLE|ENABLE)_CPU_FEATURES|PYTHONHASHSEED"
    r"|NVIDIA_TF32_OVERRIDE|TORCH_ALLOW_TF32.*|CUBLAS_WORKSPACE_CONFIG|BLIS_ARCH_TYPE|JAX_ENABLE_X64"
    r"|JAX_DEFAULT_MATMUL_PRECISION|TF_(?:ENABLE_ONEDNN_OPTS|DETERMINISTIC_OPS|CUDNN_DETERMINISTIC)|XLA_FLAGS"
    r"|KERAS_BACKEND|GLIBC_TUNABLES|NUMBA_(?:ENABLE_AVX|CPU_.*|DISABLE_JIT)"
)
_THREADS = re.compile(r"(?:OMP|OPENBLAS|GOTO|MKL|BLIS|VECLIB|NUMEXPR|NUMBA)_(?:.*THREADS?(?:_LIMIT)?|DYNAMIC)$")
_SEARCHED = re.compile(r"LD_LIBRARY_PATH|LD_PRELOAD|DYLD_.*|PYTHONPATH|PYTHONNOUSERSITE")
#: the first Python whose sum() of floats keeps what plain adding loses (docs.python.org, "What's New in 3.12")
_EXACT_SUM = (3, 12)


def judge(layer: str, name: str, kind: DifferenceKind, field: str, step: Step, values: tuple[str, str]) -> Judged:
    """Whether a difference changes results, and why; values are those of the first and of the second side."""
    match layer:
        case "interpreter":
            return _interpreter(field, step, values)
        case "conda" | "distributions":
            return _package(name, kind, step)
        case "native":
            return _native(name, kind, field)
        case "machine":
            return _machine(name, field)
        case "settings":
            return _setting(name)
    return "no", "decides what is installed next, not what is computed now"


def _interpreter(field: str, step: Step, values: tuple[str, str]) -> Judged:
    if field == "version" and step in ("major", "minor"):
        older, newer = sorted(_minor(value) for value in values)
        if older < _EXACT_SUM <= newer:
            return "yes", "from Python 3.12 on, sum() of floats loses less"
        return "maybe", "another Python may order and round otherwise in places"
    if field == "version":
        return "no", "a patch release repairs defects"
    if field in ("implementation", "architecture", "system"):
        return "yes", "other builds of every library, and other mathematical functions"
    if field == "abi":
        return "maybe", "another way of threading"
    return "no", "the same Python from another builder"


def _minor(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())


def _package(name: str, kind: DifferenceKind, step: Step) -> Judged:
    if kind in ("only-here", "only-there"):
        why = SWITCHES.get(name.replace("_", "-"))
        return ("maybe", why) if why else ("no", "code that needs it fails without it rather than compute otherwise")
    if serves(name):
        return "no", "does not compute"
    if computes(name):
        if kind == "version" and step in ("major", "minor"):
            return "yes", "it computes, and releases change algorithms and defaults"
        if kind == "version":
            return "maybe", "it computes; a patch release may round otherwise"
        return "maybe", "the same version, compiled otherwise"
    if kind == "version":
        return "maybe", "nothing is known of what it computes"
    return "no", "the same version from another place"


def _native(name: str, kind: DifferenceKind, field: str) -> Judged:
    if name.startswith(("BLAS", "LAPACK")):
        if field in ("vendor", "version"):
            return "yes", "another library sums in another order"
        if kind in ("only-here", "only-there"):
            return "no", "the package that loads it is on one side alone"
        return "maybe", "the same library, built or threaded otherwise"
    if name.startswith("OpenMP"):
        return ("maybe", "threads may share the work otherwise") if field == "vendor" else ("no", "starts threads only")
    if name.startswith(("cuBLAS", "cuDNN", "CUDA runtime")):
        return "maybe", "computes on the GPU, in an order of its own"
    if name.endswith("'s build"):
        return ("no", "the framework is on one side alone") if not field else ("yes", "computes on other hardware")
    if name.startswith("NCCL"):
        return "maybe", "adds up the parts of several GPUs"
    return "no", "computes nothing by itself"


def _machine(name: str, field: str) -> Judged:
    if name == "processor":
        return "yes", "numpy and BLAS choose their code by the processor"
    if name == "cores":
        return "maybe", "as many threads split a sum in as many parts, where no variable says otherwise"
    if name == "C library":
        return "maybe", "brings exp, log, sin and pow"
    if name in ("GPU", "GPU driver") and field != "memory":
        return "maybe", "matters where something computes on the GPU"
    return "no", "computes nothing"


def _setting(name: str) -> Judged:
    if _BY_PURPOSE.fullmatch(name):
        return "yes", "chooses how numbers are computed"
    if _THREADS.fullmatch(name):
        return "maybe", "another number of threads adds up in another order"
    if _SEARCHED.fullmatch(name):
        return "maybe", "other libraries or modules may be taken"
    if name.endswith(" indexes"):
        return "no", "decides what is installed next, not what is computed now"
    return "maybe", "tunes a numeric library"
