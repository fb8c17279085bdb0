"""Distributions that install the same import package, and which of them to keep.

Counted on the newest wheels of 2026-11-22 (certainty: measured) but for the rows marked general. A row only
sharpens what two RECORDs already prove, or says why the files of a distribution are gone; it is no verdict by
itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Twins(NamedTuple):
    """Distributions of which only one can be whole at a time."""

    imported: str  #: the import name they share
    members: tuple[str, ...]  #: normalised names
    keep: str = ""  #: the one to keep where nothing else decides; empty where it depends
    advice: str = ""  #: how to choose


_OPENCV = ("opencv-python", "opencv-python-headless", "opencv-contrib-python", "opencv-contrib-python-headless")
_TENSORFLOW = ("tensorflow", "tensorflow-cpu", "tensorflow-gpu", "tf-nightly", "tensorflow-rocm", "intel-tensorflow")
_ONNX = ("onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "onnxruntime-openvino", "onnxruntime-training")

TWINS: tuple[Twins, ...] = (
    Twins("cv2", _OPENCV, "", "headless on servers, contrib where its extra modules are used"),
    Twins("tensorflow", _TENSORFLOW, "tensorflow"),  # general
    Twins("onnxruntime", _ONNX, "", "onnxruntime-gpu where a GPU is used"),
    Twins("PIL", ("pillow", "pillow-simd", "pil"), "pillow"),  # general
    Twins("psycopg2", ("psycopg2", "psycopg2-binary", "aws-psycopg2"), "", "psycopg2 for production"),
    Twins("jwt", ("pyjwt", "jwt"), "pyjwt"),
    Twins("magic", ("python-magic", "python-magic-bin", "file-magic", "filemagic"), "python-magic"),
    Twins("serial", ("pyserial", "serial"), "pyserial"),
    Twins("docx", ("python-docx", "docx"), "python-docx"),  # general
    Twins("Crypto", ("pycryptodome", "pycrypto"), "pycryptodome"),  # general
    Twins("faiss", ("faiss-cpu", "faiss-gpu", "faiss-gpu-cu12"), "", "the GPU build where a GPU is used"),
    Twins("cupy", ("cupy", "cupy-cuda11x", "cupy-cuda12x", "cupy-cuda13x"), "", "the one for your CUDA version"),
    Twins("cudf", ("cudf-cu12", "cudf-cu13"), "", "one CUDA suffix for all of RAPIDS"),
    Twins("rmm", ("rmm-cu12", "rmm-cu13"), "", "one CUDA suffix for all of RAPIDS"),
    Twins(
        "nvidia.nccl", ("nvidia-nccl-cu11", "nvidia-nccl-cu12", "nvidia-nccl-cu13"), "", "the one that torch asks for"
    ),
    Twins(
        "nvidia.cudnn", ("nvidia-cudnn-cu11", "nvidia-cudnn-cu12", "nvidia-cudnn-cu13"), "", "the one torch asks for"
    ),
    Twins("xgboost", ("xgboost", "xgboost-cpu"), "", "xgboost-cpu where no GPU is used"),
    Twins("slugify", ("python-slugify", "unicode-slugify"), "python-slugify"),
    Twins("ulid", ("python-ulid", "ulid-py"), "python-ulid"),
    Twins("jose", ("python-jose", "jose"), "python-jose"),  # general
    Twins("community", ("python-louvain", "community"), "python-louvain"),  # general
    Twins("lark", ("lark", "lark-parser"), "lark"),
    Twins("fasttext", ("fasttext", "fasttext-wheel", "fasttext-numpy2")),
    Twins("decord", ("decord", "decord2", "eva-decord"), "", "decord2 for a newer Python"),
    Twins("kafka", ("kafka-python", "kafka-python-ng", "kafka"), "kafka-python"),
    Twins("mysql.connector", ("mysql-connector-python", "mysql-connector"), "mysql-connector-python"),  # general
    Twins("fpdf", ("fpdf2", "fpdf"), "fpdf2"),  # general
    Twins("pypandoc", ("pypandoc", "pypandoc-binary"), "pypandoc-binary"),
    Twins("websocket", ("websocket-client", "websocket"), "websocket-client"),  # general
    Twins("haystack", ("haystack-ai", "farm-haystack", "django-haystack"), "haystack-ai"),
    Twins("pinecone", ("pinecone", "pinecone-client"), "pinecone"),
    Twins("polars", ("polars", "polars-lts-cpu", "polars-u64-idx"), "", "polars-lts-cpu on processors without AVX"),
    Twins("triton", ("triton", "triton-windows", "pytorch-triton", "triton-nightly"), "", "the one that torch pins"),
    Twins("tensorboard", ("tensorboard", "tb-nightly"), "tensorboard"),
    Twins("keras", ("keras", "keras-nightly"), "keras"),
    Twins("snappy", ("python-snappy", "snappy"), "python-snappy"),
    Twins("bson", ("pymongo", "bson"), "pymongo"),  # general
    Twins("whisper", ("openai-whisper", "whisper"), "openai-whisper"),  # general
    Twins("pyspark", ("pyspark", "databricks-connect", "pyspark-client"), "", "databricks-connect for Databricks"),
)

#: layered on purpose: the wheels list the same files and are released together (648 to 1,277 files, measured)
DELIBERATE: tuple[frozenset[str], ...] = (frozenset(("mlflow", "mlflow-skinny", "mlflow-tracing")),)


def twins_of(keys: Iterable[str]) -> Twins | None:
    """The row that names every one of these distributions, if there is one."""
    wanted = frozenset(keys)
    return next((row for row in TWINS if wanted.issubset(row.members)), None)


def deliberate(one: str, other: str) -> bool:
    """Whether two distributions share their files by design."""
    return any(one in pair and other in pair for pair in DELIBERATE)
