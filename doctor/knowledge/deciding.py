"""Which packages compute, which only serve, and which make another one compute otherwise when they are there.

Certainty: general, from what the packages are for, and documented for the optional accelerators: pandas (numexpr,
bottleneck, numba, pyarrow), scikit-learn-intelex, numpy's fft replacements. Collected on 2026-11-22.
"""

from __future__ import annotations

import re
from collections.abc import Mapping


def _words(text: str) -> frozenset[str]:
    """Read a table of names that is written as running text."""
    return frozenset(text.split())


#: distributions and conda packages that compute: another version may give other numbers
COMPUTING = _words(
    """
    accelerate arch arviz astropy autograd blackjax blas bottleneck catboost causalml cma cupy cupy-cuda11x
    cupy-cuda12x cupy-cuda13x cvxopt cvxpy dask dask-core dask-expr datasets deap diffusers dm-haiku duckdb ecos
    econml einops equinox faiss faiss-cpu faiss-gpu fastai flax gdal gensim geopandas geopandas-base gpytorch gudhi
    h2o hdbscan highspy igraph imbalanced-learn intel-openmp jax jaxlib joblib kaleido keras lapack libblas libcblas
    liblapack libopenblas librosa libtorch libxgboost lifelines lightfm lightgbm lightning llvmlite mkl mkl-service
    mkl-fft mkl-random mlxtend modin monai mxnet networkx nltk numba numexpr numpy numpy-base numpyro onnx
    onnxruntime onnxruntime-gpu openblas opencv opencv-contrib-python opencv-contrib-python-headless opencv-python
    opencv-python-headless optax optuna orbax-checkpoint ortools osqp pandas patsy peft pillow pingouin pint
    pmdarima polars polars-lts-cpu pomegranate prophet py-opencv py-xgboost pyarrow pyarrow-core pymc pymc-base
    pynndescent pyproj pyspark pystan pytensor pytensor-base python-igraph pytorch pytorch-lightning pywavelets
    qutip rasterio safetensors scikit-image scikit-learn scikit-learn-intelex scikit-optimize scipy scs seaborn
    sentence-transformers shap shapely simpy sktime spacy spacy-models stable-baselines3 statsforecast statsmodels
    sympy tensorflow tensorflow-base tensorflow-cpu tensorflow-gpu tensorflow-macos tensorflow-probability tf-keras
    theano theano-pymc thinc timm tokenizers torch torch-geometric torchaudio torchmetrics torchtext torchvision
    transformers triton tslearn umap-learn vaex xarray xgboost
    """
)

#: tools around the work, and libraries that handle no numbers
SERVING = _words(
    """
    _libgcc_mutex _openmp_mutex alabaster anyio appdirs argon2-cffi argon2-cffi-bindings arrow asttokens async-lru
    attrs babel backcall beautifulsoup4 binutils black bleach blinker brotli brotli-python brotlipy bzip2 c-ares
    ca-certificates cached-property certifi cffi cfgv charset-normalizer click colorama comm conda
    conda-libmamba-solver conda-package-handling coverage cryptography debugpy decorator defusedxml devtools dill
    distlib docutils editables exceptiongroup execnet executing expat fastjsonschema filelock flake8 flit-core fqdn
    fsspec gmp greenlet h11 h2 hatchling hpack httpcore httpx hyperframe icu identify idna imagesize
    importlib-metadata importlib-resources iniconfig ipykernel ipython ipython-pygments-lexers ipywidgets
    isoduration isort jedi jinja2 json5 jsonpointer jsonschema jsonschema-specifications keyutils krb5
    ld_impl_linux-64 ld_impl_linux-aarch64 libarchive libcurl libcxx libedit libev libexpat libffi libgcc libgcc-ng
    libiconv libmamba libmambapy libnghttp2 libnsl libsodium libsolv libssh2 libstdcxx libstdcxx-ng libtool libuuid
    libuv libxcrypt libxml2 libzlib line-profiler lz4-c make markdown markdown-it-py markupsafe matplotlib-inline
    mccabe mdit-py-plugins mdurl memory-profiler mistune mypy mypy-extensions mypy_extensions ncurses nest-asyncio
    nodeenv notebook notebook-shim nox openssl overrides packaging pandocfilters parso pathspec pexpect pickleshare
    pip pip-tools pipdeptree pipx pkginfo pkgutil-resolve-name platformdirs pluggy poetry poetry-core pre-commit
    prometheus-client prompt-toolkit prompt_toolkit psutil ptyprocess pure-eval pure_eval py-spy pybind11
    pybind11-abi pycodestyle pycparser pyflakes pygments pylint pyopenssl pyproject-hooks pysocks pyzmq qtconsole
    qtpy readline referencing reproc reproc-cpp requests responses rfc3339-validator rich roman-numerals rpds-py
    ruff send2trash setuptools setuptools-scm six snakeviz sniffio snowballstemmer socksio soupsieve sphinx
    stack-data stack_data terminado textual threadpoolctl tinycss2 tk toml tomli tomlkit tornado tox tqdm traitlets
    twine types-pyyaml types-requests typing-extensions typing-inspection typing-utils typing_extensions
    uri-template urllib3 uv virtualenv watchdog wcwidth webcolors webencodings websocket-client werkzeug wheel
    widgetsnbextension xz yaml-cpp yapf zeromq zipp zlib zstandard zstd
    """
)
_SERVING_FAMILIES = re.compile(r"(?:jupyter|nb|pytest|sphinx|flake8|types|hatch|pyobjc|ipyparallel)[-_a-z0-9.]*")

#: package -> which one computes otherwise where it is installed
SWITCHES: Mapping[str, str] = {
    "bottleneck": "pandas computes its statistics with it",
    "intel-extension-for-pytorch": "torch computes with it",
    "mkl-fft": "numpy's Fourier transforms go through it",
    "mkl-random": "random numbers may come from it",
    "numba": "pandas and others compile with it",
    "numexpr": "pandas evaluates large expressions with it",
    "pyarrow": "pandas keeps strings in it and reads files by it",
    "scikit-learn-intelex": "scikit-learn can be replaced by it",
}


def computes(name: str) -> bool:
    """Whether a package, as pip or conda calls it, computes."""
    return name in COMPUTING or name.replace("_", "-") in COMPUTING or name.startswith(("nvidia-cu", "cudatoolkit"))


def serves(name: str) -> bool:
    """Whether a package is a tool around the work, or handles no numbers."""
    return name in SERVING or name.replace("_", "-") in SERVING or bool(_SERVING_FAMILIES.fullmatch(name))
