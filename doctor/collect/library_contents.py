"""Reads out of a few libraries what no header says: NumPy's interface, BLAS and OpenMP versions, GPU architectures."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator

from doctor.facts import Binary, Facts, TensorflowBuild
from doctor.reading.binaries.constants import about, gpu_architectures, numpy_markers
from doctor.reading.binaries.window import Window
from doctor.reading.clean import clean
from doctor.reading.files import Unfit, read_text

#: libraries that are no modules and yet use NumPy from C: libtorch_python.so, libarrow_python.so.1400
_FOR_PYTHON = re.compile(r"python|numpy|^libjax", re.IGNORECASE)
_SPEAKS = re.compile(r"^(?:lib)?(?:scipy_)?(?:openblas|mkl_core|mkl_rt|iomp5|omp|blas)", re.IGNORECASE)
_TORCH = re.compile(r"(?:^|/)torch/lib/(?:lib)?torch_python\.(?:so|dll|dylib)$")
#: seconds for all searches; the largest environment seen needs a tenth of one, warm, and eight from a slow disk
_SECONDS = 60
_BUILD_INFO = "tensorflow/python/platform/build_info.py"
_BUILD_LIMIT = 64 * 1024
#: "key": value and ("key", value), where the value is a word, a text or a list of texts
_BUILD_KEY = re.compile(
    r"""["'](is_cuda_build|is_rocm_build|cuda_version|cudnn_version|cuda_compute_capabilities)["']\s*[:,]\s*"""
    r"""(True|False|"[^"\n]*"|'[^'\n]*'|\[[^\]]{0,2000}\])"""
)
_QUOTED = re.compile(r"""["']([^"'\n]*)["']""")


class Contents:
    """Looks into the libraries that can hold something, and remembers what belongs to the environment as a whole."""

    def __init__(self, facts: Facts) -> None:
        self._sites = tuple(f"{path}/" for path in _sites_inside(facts))
        self._numpy = tuple(f"{site}numpy/" for site in self._sites)
        self._has_numpy = _has_numpy(facts, self._sites)
        self._until = time.monotonic() + _SECONDS
        self.architectures: tuple[str, ...] = ()
        self.complete = True  #: False where the time was up before all was searched

    def look_into(self, window: Window, found: Binary) -> Binary:
        """Add to a library's facts what lies in its constants, where that is worth a search."""
        name = found.name
        if not self.complete or time.monotonic() > self._until:
            self.complete = False
            return found
        try:
            if _TORCH.search(found.path):
                self.architectures = gpu_architectures(window)
            if _SPEAKS.match(name):
                return found._replace(about=about(window))
            if self._has_numpy and self._can_use_numpy(found, name):
                return found._replace(markers=numpy_markers(window))
        except Unfit as error:
            return found._replace(problem=found.problem or error.reason)
        return found

    def _can_use_numpy(self, found: Binary, name: str) -> bool:
        if not found.path.startswith(self._sites) or found.path.startswith(self._numpy):
            return False
        return found.is_extension or _FOR_PYTHON.search(name) is not None


def _sites_inside(facts: Facts) -> Iterator[str]:
    for site in facts.identity.site_folders:
        if not site.path.startswith(("/", "~")) and ":" not in site.path:
            yield site.path


def _has_numpy(facts: Facts, sites: Iterable[str]) -> bool:
    """Whether NumPy may be there: it is, or a site folder outside counts that was not walked."""
    outside = any(site.active and site.path.startswith(("/", "~")) for site in facts.identity.site_folders)
    return outside or any(f"{site}numpy" in facts.files.folders for site in sites)


def read_tensorflow(root: str, facts: Facts) -> TensorflowBuild | None:
    """What TensorFlow's build_info.py says of the build; its text is searched, never run."""
    for site in _sites_inside(facts):
        folder, _, name = f"{site}/{_BUILD_INFO}".rpartition("/")
        if name in facts.files.folders.get(folder, ()):
            try:
                text = read_text(f"{root}/{folder}/{name}", limit=_BUILD_LIMIT, within=root)
            except Unfit:
                continue
            said = dict(_BUILD_KEY.findall(text))
            quoted = {key: tuple(clean(part, 40) for part in _QUOTED.findall(value)) for key, value in said.items()}
            return TensorflowBuild(
                clean(f"{folder}/{name}"),
                said.get("is_cuda_build") == "True",
                said.get("is_rocm_build") == "True",
                "".join(quoted.get("cuda_version", ())[:1]),
                "".join(quoted.get("cudnn_version", ())[:1]),
                quoted.get("cuda_compute_capabilities", ())[:100],
            )
    return None
