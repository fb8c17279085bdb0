"""What numeric libraries were loaded, and what they say of themselves."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from doctor.live.computations.telling import tell

#: parts of the names of files that may be a BLAS, whatever else is in them
_PARTS = ("blas", "mkl_rt", "blis", "Accelerate", "nvpl", "armpl")
#: how builds of OpenBLAS name their functions
_OPENBLAS_NAMES = ("scipy_{}64_", "scipy_{}", "{}64_", "{}", "flexiblas_{}")


def mapped() -> list[str]:
    """The files of the libraries that are loaded."""
    found = {}
    if sys.platform == "darwin":
        try:
            import ctypes

            system = ctypes.CDLL(None)
            system._dyld_get_image_name.restype = ctypes.c_char_p
            for number in range(min(system._dyld_image_count(), 5000)):
                found[system._dyld_get_image_name(number).decode("utf-8", "replace")] = True
        except Exception:
            return []
    else:
        try:
            with open("/proc/self/maps", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
                for line in file:
                    parts = line.rstrip("\n").split(None, 5)
                    if len(parts) == 6 and parts[5].startswith("/"):
                        found[parts[5]] = True
        except OSError:
            return []
    return list(found)


def tell_libraries_since(before: list[str], package: str) -> None:
    """Tell of each BLAS that an import has loaded."""
    told = set()
    for path in mapped():
        name = path.rpartition("/")[2]
        if path in before or not any(part in name for part in _PARTS) or ".cpython-" in name:
            continue
        try:
            about = _asked(path, name)
        except Exception:
            about = None
        if about is not None and about["library"] not in told:
            told.add(about["library"])
            tell(dict(about, of=package, file=name))


def _asked(path: str, name: str) -> dict[str, Any] | None:
    """What a library says of itself; a file that holds no BLAS says nothing."""
    import ctypes

    loaded = ctypes.CDLL(path)
    if hasattr(loaded, "bli_info_get_version_str"):
        return _blis(ctypes, loaded)
    if "mkl_rt" in name:
        return _mkl(ctypes, loaded)
    if "Accelerate" in name:
        return {"library": "accelerate"}
    for part in ("nvpl", "armpl"):
        if part in name:
            return {"library": part}
    openblas = _openblas(ctypes, loaded)
    if openblas is not None:
        return openblas
    for folder, library in (("/atlas/", "atlas"), ("/blis", "blis")):  # Debian's alternatives keep these names
        if folder in path and name.startswith("libblas"):
            return {"library": library}
    is_blas = hasattr(loaded, "dgemm_") or hasattr(loaded, "cblas_dgemm")
    return {"library": "netlib"} if is_blas and name.startswith(("libblas", "libcblas")) else None


def _blis(ctypes: Any, loaded: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"library": "blis"}
    loaded.bli_info_get_version_str.restype = ctypes.c_char_p
    told["version"] = loaded.bli_info_get_version_str().decode("utf-8", "replace")
    if hasattr(loaded, "bli_thread_get_num_threads"):
        loaded.bli_thread_get_num_threads.restype = ctypes.c_int64
        told["threads"] = max(int(loaded.bli_thread_get_num_threads()), 1)
    if hasattr(loaded, "bli_arch_query_id") and hasattr(loaded, "bli_arch_string"):
        loaded.bli_arch_string.restype = ctypes.c_char_p
        told["core"] = (loaded.bli_arch_string(loaded.bli_arch_query_id()) or b"").decode("utf-8", "replace")
    return told


def _mkl(ctypes: Any, loaded: Any) -> dict[str, Any]:
    text = ctypes.create_string_buffer(256)
    for name in ("MKL_Get_Version_String", "mkl_get_version_string"):
        if hasattr(loaded, name):
            getattr(loaded, name)(text, 255)
            break
    threads = loaded.MKL_Get_Max_Threads() if hasattr(loaded, "MKL_Get_Max_Threads") else 0
    return {"library": "mkl", "about": text.value.decode("utf-8", "replace").strip(), "threads": int(threads)}


def _openblas(ctypes: Any, loaded: Any) -> dict[str, Any] | None:
    def call(function: str, kind: Any) -> Any:
        for pattern in _OPENBLAS_NAMES:
            found = getattr(loaded, pattern.format(function), None)
            if found is not None:
                found.restype = kind
                return found()
        return None

    about = call("openblas_get_config", ctypes.c_char_p)
    if about is None:
        return None
    core = call("openblas_get_corename", ctypes.c_char_p) or b""
    return {
        "library": "openblas",
        "about": about.decode("utf-8", "replace"),
        "core": core.decode("utf-8", "replace"),
        "threads": int(call("openblas_get_num_threads", ctypes.c_int) or 0),
    }


def tell_numpy(numpy: Any) -> None:
    """Tell numpy's version and the processor features that it uses and could do without."""
    core: Any = None
    for name in ("numpy._core._multiarray_umath", "numpy.core._multiarray_umath"):
        core = core or sys.modules.get(name)
    features = getattr(core, "__cpu_features__", None) or {}
    baseline = list(getattr(core, "__cpu_baseline__", None) or [])
    dispatch = list(getattr(core, "__cpu_dispatch__", None) or [])
    used = [name for name in _known(features) if features[name] and (name in baseline or name in dispatch)]
    tell(
        {
            "library": "numpy",
            "version": str(numpy.__version__),
            "of": "numpy",
            "features": used,
            "switchable": [name for name in dispatch if features.get(name)],
        }
    )


def _known(features: Any) -> Iterator[str]:
    for name in features:
        yield str(name)
