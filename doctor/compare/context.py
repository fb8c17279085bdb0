"""Judges a difference of machines by what the two sides hold: where nothing computes on it, it changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from doctor.compare.comparison import ItemDifference, LayerDifference
from doctor.facts import Fingerprint
from doctor.knowledge.deciding import computes

#: of each library that starts threads, what bounds them
_BOUNDS = ("OMP_NUM_THREADS",)
_ON_GPU = ("CUDA runtime", "cuDNN", "cuBLAS", "NCCL")
_GPU_PACKAGES = ("cupy", "torch", "pytorch", "jax", "tensorflow", "tensorflow-base", "xgboost", "cudf", "numba")


def in_context(layer: LayerDifference, first: Fingerprint, second: Fingerprint) -> LayerDifference:
    """The machine's layer with what cannot matter for these two sides judged as such."""
    if layer.layer != "machine" or not layer.items:
        return layer
    return layer._replace(items=tuple(_judged(item, first, second) for item in layer.items))


def _judged(item: ItemDifference, first: Fingerprint, second: Fingerprint) -> ItemDifference:
    why = _harmless(item.name, first, second) if item.changes_results != "no" else ""
    return item._replace(changes_results="no", why=why) if why else item


def _harmless(name: str, first: Fingerprint, second: Fingerprint) -> str:
    """Why a difference of machines changes nothing here; empty where it can."""
    sides = (first, second)
    names = {package for side in sides for package in _packages(side)}
    if not any(computes(package) for package in names) and not any(_of(side, "native") for side in sides):
        return "nothing on either side is known to compute"
    if name == "cores" and _bounded(first, second):
        return "OMP_NUM_THREADS is the same on both sides"
    if name in ("GPU", "GPU driver"):
        native = {what for side in sides for what in _of(side, "native")}
        if not any(what.startswith(_ON_GPU) or what.endswith("'s build") for what in native):
            known = any(package.startswith(_GPU_PACKAGES) for package in names)
            return "" if known else "nothing on either side is known to compute on a GPU"
    return ""


def _bounded(first: Fingerprint, second: Fingerprint) -> bool:
    for variable in _BOUNDS:
        one, other = (_of(side, "settings").get(variable, {}).get("value", "") for side in (first, second))
        if one and one == other:
            return True
    return False


def _packages(side: Fingerprint) -> Iterator[str]:
    yield from _of(side, "conda")
    yield from _of(side, "distributions")


def _of(side: Fingerprint, layer: str) -> Mapping[str, Mapping[str, str]]:
    part = side.layers.get(layer)
    return part.items if part is not None else {}
