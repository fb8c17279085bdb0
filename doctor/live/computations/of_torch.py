"""torch: on the processor, and on a GPU where there is one, with and without TF32."""

from __future__ import annotations

import importlib
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from doctor.live.computations.loaded import mapped, tell_libraries_since
    from doctor.live.computations.telling import integers, tell, tell_series


def compute_torch(digests: bool) -> None:
    """The same small computations on each device."""
    try:
        importlib.import_module("numpy")  # which torch loads as well, with a BLAS that torch does not use
    except Exception:
        importlib.invalidate_caches()
    before = mapped()
    torch = importlib.import_module("torch")
    torch.manual_seed(0)
    capability = getattr(getattr(torch.backends, "cpu", None), "get_cpu_capability", None)
    tell(
        {
            "library": "torch",
            "version": str(torch.__version__),
            "of": "torch",
            "about": " ".join(str(torch.__config__.show()).partition("Build settings")[0].split())[:600].strip(" -"),
            "threads": int(torch.get_num_threads()),
            "features": [str(capability())] if capability else [],
        }
    )
    tell_libraries_since(before, "torch")
    whole = [((value >> 44) - (1 << 19)) / 65536.0 for value in integers(1, 48 * 512 * 2)]
    for kind in ("float32", "float64"):
        _tell_device(torch, "torch", "cpu", kind, whole, digests)
    if not torch.cuda.is_available():
        return
    major, minor = torch.cuda.get_device_capability(0)
    tell(
        {
            "library": "gpu",
            "version": str(torch.version.cuda or getattr(torch.version, "hip", "") or ""),
            "about": "%s, capability %d.%d" % (torch.cuda.get_device_name(0), major, minor),  # noqa: UP031
            "of": "torch",
        }
    )
    for allowed in (False, True):
        torch.backends.cuda.matmul.allow_tf32 = allowed
        torch.backends.cudnn.allow_tf32 = allowed
        _tell_device(torch, "torch-gpu-tf32" if allowed else "torch-gpu", "cuda", "float32", whole, digests)


def _tell_device(torch: Any, prefix: str, device: str, kind: str, whole: list[float], digests: bool) -> None:
    again = _computed(torch, device, kind, whole)
    for name, values, scale in _computed(torch, device, kind, whole):
        pair = []
        for one in (values, next(again)[1]):
            plain = one.detach().to("cpu").reshape(-1).tolist()
            pair.append(struct.pack("<%d%s" % (len(plain), "f" if kind == "float32" else "d"), *plain))  # noqa: UP031
        tell_series(prefix + "." + name + "." + kind, "values", kind, pair[0], pair[1], scale, digests)


def _computed(torch: Any, device: str, kind: str, whole: list[float]) -> Iterator[tuple[str, Any, float]]:
    half = len(whole) // 2
    made = torch.tensor(whole, dtype=getattr(torch, kind)).to(device)
    left, right = made[:half].reshape(48, -1), made[half:].reshape(-1, 48)
    product = left @ right
    yield "matmul", product[::2, ::2], 400.0
    yield "sum", torch.stack([made.sum(), made.mean(), made.var()]), 100.0
    yield "sums", left.sum(dim=1), 100.0
    signed = made[:160]
    yield "exp", torch.exp(signed), 0.0
    yield "sin", torch.sin(signed), 1.0
    yield "tanh", torch.tanh(signed), 0.0
    yield "softmax", torch.softmax(left[:2, :80], dim=1), 0.0
    image, kernel = made[: 3 * 24 * 24].reshape(1, 3, 24, 24), made[half : half + 4 * 3 * 9].reshape(4, 3, 3, 3)
    yield "conv2d", torch.nn.functional.conv2d(image, kernel)[0, :, ::3, ::3], 200.0
