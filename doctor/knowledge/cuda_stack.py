"""What NVIDIA's CUDA libraries are called as wheels, as conda packages and as files.

Source: METADATA of cuda-toolkit and torch on PyPI for wheels (measured), conda-forge's and NVIDIA's channels for
conda names (documented), read on 2026-11-22. From CUDA 13 on toolkit wheels carry no -cu13; cudnn, nccl,
nvshmem and cusparselt still do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from doctor.knowledge.torch import INDEX

#: part of a wheel's name -> what people call the library
PARTS: Mapping[str, str] = {
    "cublas": "cuBLAS",
    "cuda-cccl": "CCCL",
    "cuda-cupti": "CUPTI",
    "cuda-nvcc": "nvcc",
    "cuda-nvrtc": "NVRTC",
    "cuda-runtime": "CUDA runtime",
    "cudnn": "cuDNN",
    "cufft": "cuFFT",
    "cufile": "cuFile",
    "curand": "cuRAND",
    "cusolver": "cuSOLVER",
    "cusparse": "cuSPARSE",
    "cusparselt": "cuSPARSELt",
    "nccl": "NCCL",
    "nvjitlink": "nvJitLink",
    "nvshmem": "NVSHMEM",
    "nvtx": "NVTX",
}
_WHEEL = re.compile(rf"nvidia-({'|'.join(PARTS)})(?:-cu1[1-9])?")

#: conda packages that hold libraries of the stack; older ones (cudatoolkit) hold most of them at once
CONDA = frozenset(
    {
        *("cudatoolkit", "cudnn", "libcudnn", "nccl", "cutensor", "libcutensor", "cuda-cudart", "cuda-cupti"),
        *("cuda-nvrtc", "cuda-nvcc", "cuda-nvtx", "libcublas", "libcufft", "libcufile", "libcurand", "libcusolver"),
        *("libcusparse", "libcusparselt", "cusparselt", "libnvjitlink", "libnpp", "libnvjpeg", "libnvshmem"),
        *("libmagma", "libmagma_sparse", "cuda-nsight", "nsight-compute"),
    }
)
#: what follows a name where a package holds headers or static libraries, or is for one platform
_CONDA_VARIANT = re.compile(r"(?:-dev|-static)?(?:_[a-z0-9-]+)?$")

#: wheels of plugins and compilers that only serve a GPU
PLUGINS = re.compile(
    r"jax-cuda1[1-9](?:-plugin|-pjrt)?|tensorrt(?:-cu1[1-9].*)?|cuda-toolkit|nvidia-(?:dali|npp|nvjpeg).*"
    r"|(?:pytorch-)?triton"
)

#: file name of a large CUDA library, hashed or not, on Linux and Windows -> its part
_FILE = re.compile(
    r"(?:lib)?(cublas|cudnn|cufft|curand|cusolver|cusparse|nccl)(?:-[0-9a-f]{6,16})?(?:\.so(?:\.\d+)*|64_\d+\.dll)"
)
#: file name of any library that NVIDIA's wheels bring, as loaders ask for it
LIBRARY = re.compile(
    r"lib(?:cublas|cublasLt|cudart|cudnn\w*|cudss|cufft|cufftw|cufile|cupti|curand|cusolver|cusolverMg|cusparse"
    r"|cusparseLt|cutensor\w*|nccl|npp\w+|nvJitLink|nvblas|nvjpeg|nvrtc|nvshmem_host|nvToolsExt)\.so(?:\.\d+)*"
)


def is_cuda_wheel(key: str) -> bool:
    """Whether a normalised distribution name is a part of the CUDA stack."""
    return bool(_WHEEL.fullmatch(key) or PLUGINS.fullmatch(key))


def is_cuda_conda(name: str) -> bool:
    """Whether a conda package is a part of the CUDA stack."""
    return name in CONDA or _CONDA_VARIANT.sub("", name) in CONDA


def library(path: str) -> str:
    """Which large CUDA library a file is, as people call it; empty for any other file."""
    match = _FILE.fullmatch(path.rpartition("/")[2])
    return PARTS[match[1]] if match else ""


#: where the CPU builds of torch and its companions are
TORCH_CPU_INDEX = INDEX + "cpu"
#: distributions that come from that index together
TORCH_FAMILY = ("torch", "torchvision", "torchaudio")
