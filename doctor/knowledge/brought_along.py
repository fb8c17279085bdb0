"""Modules that people import by the side of a package that always brings them, and so seldom ask for by name.

As the packages' own metadata say, read in 2025 and 2026: none of these is an extra of the package that brings it.
"""

from doctor.knowledge.sources import Source

SOURCES = [
    Source(
        "brought_along",
        "modules that a package always brings along",
        "2026-11-22",
        "the packages' own metadata of 2025 and 2026",
        "general: not every release was looked at; it only keeps a check silent",
    ),
]

#: module -> distributions of which each needs what brings the module
BROUGHT_ALONG: dict[str, tuple[str, ...]] = {
    "absl": ("tensorflow", "jax"),
    "anyio": ("httpx", "starlette", "fastapi", "jupyter-server"),
    "attr": ("jsonschema", "aiohttp"),
    "botocore": ("boto3", "aiobotocore"),
    "certifi": ("requests", "httpx"),
    "cftime": ("netcdf4",),
    "cloudpickle": ("dask", "gymnasium"),
    "cycler": ("matplotlib",),
    "dateutil": ("pandas", "matplotlib"),
    "fsspec": ("dask", "huggingface-hub", "datasets", "torch"),
    "google": ("protobuf", "tensorflow"),
    "grpc": ("grpcio", "tensorflow"),
    "huggingface_hub": ("transformers", "datasets", "diffusers"),
    "jinja2": ("flask", "torch"),
    "joblib": ("scikit-learn", "librosa"),
    "jsonschema": ("nbformat", "altair"),
    "jupyter_client": ("ipykernel",),
    "keras": ("tensorflow",),
    "langchain_core": ("langchain", "langgraph", "langchain-community", "langchain-openai"),
    "llvmlite": ("numba",),
    "markupsafe": ("jinja2", "flask"),
    "nbformat": ("jupyter", "notebook", "jupyterlab", "nbconvert"),
    "numpy": ("pandas", "scipy", "scikit-learn", "matplotlib", "xarray"),
    "packaging": ("matplotlib", "pytest", "xarray"),
    "pandas": ("xarray", "seaborn", "statsmodels", "geopandas"),
    "patsy": ("statsmodels",),
    "PIL": ("matplotlib", "torchvision", "scikit-image"),
    "pydantic_core": ("pydantic",),
    "pyproj": ("geopandas", "cartopy"),
    "pytz": ("django",),
    "regex": ("tiktoken", "transformers", "nltk"),
    "safetensors": ("transformers", "diffusers"),
    "scipy": ("scikit-learn", "statsmodels"),
    "shapely": ("geopandas", "cartopy"),
    "starlette": ("fastapi",),
    "tensorboard": ("tensorflow",),
    "threadpoolctl": ("scikit-learn",),
    "tlz": ("toolz", "dask"),
    "tokenizers": ("transformers",),
    "toolz": ("dask",),
    "tornado": ("ipykernel", "distributed", "bokeh"),
    "traitlets": ("ipykernel", "ipython", "ipywidgets"),
    "urllib3": ("requests",),
    "werkzeug": ("flask",),
    "yaml": ("dask", "transformers"),
}
