"""What PyPI has of well-known packages: a pure wheel, a wheel with compiled code, or source alone.

Measured on 2026-11-22: the newest release that Python 3.11 on 64-bit Linux takes, looked at by the names of its files.
What is installed says it better: ask this only for what is not.
"""

from __future__ import annotations

from collections.abc import Mapping

from doctor.knowledge.sources import Source

SOURCES = [
    Source(
        "package_kinds",
        "which well-known packages have wheels, and whether these hold compiled code",
        "2026-11-22",
        "the file names of each package's newest release on PyPI",
        "measured for Linux x86_64 and Python 3.11; what needs tools beside Python is general knowledge",
    ),
]


def _words(text: str) -> frozenset[str]:
    """Read a table of names that is written as running text."""
    return frozenset(text.split())


#: wheels for any platform, so that pip and conda are equally good
PURE = _words(
    """
    accelerate aesara albumentations altair anndata anthropic apache-airflow arviz ase audioread backtrader
    beautifulsoup4 bokeh boto3 camelot-py category-encoders ccxt cellpose cfgrib click cloudpickle cmdstanpy
    contextily darts dash dask datasets datashader deepchem deepspeed diffusers dill django docker eccodes eli5
    emcee face-recognition fastapi feature-engine fiftyone findspark flask flax folium formulaic fsspec gcsfs
    geopandas gluonts gradio graphviz great-expectations gym gymnasium holoviews httpx hvplot hyperopt imageio
    imbalanced-learn insightface ipykernel ipywidgets joblib jupyterlab keras kornia kubernetes label-studio
    langchain libpysal librosa lifelines lightning lime llama-index luigi meson-python metpy missingno mlflow
    mlxtend mne modin monai napari nbconvert networkx neuralprophet nibabel nilearn nltk noisereduce notebook
    numpyro openai openpyxl optax optuna osmnx pandera panel papermill paramiko patsy pdfplumber peft pingouin
    plotly pre-commit prefect pulp pybind11 pydantic pydicom pydot pydub pyenchant pyfaidx pyfolio pyjanitor
    pymatgen pymc pymysql pypdf pyranges pyro-ppl pysal pystan pyteomics pytest python-docx python-dotenv
    python-igraph python-louvain python-magic python-pptx pytorch-lightning pytorch-tabnet pyvista redis
    requests rich rioxarray rpy2 s3fs satpy scanpy scrapy scvi-tools seaborn segment-anything selenium selfies
    sentence-transformers skorch sktime snakemake sounddevice stable-baselines3 streamlit supervision sweetviz
    swifter sympy tabpfn tabula-py tensorboard tifffile timm torch-geometric tqdm trackpy transformers trl
    tsfresh typer ultralytics umap-learn uvicorn voila weasyprint xarray xesmf xlrd xlsxwriter ydata-profiling
    yellowbrick yfinance zarr
    """
)

#: wheels with compiled code that brings the libraries along
WHEELS = _words(
    """
    ale-py antspyx arch astropy biopython bitsandbytes black bottleneck cartopy catboost cf-units cftime
    cryptography cudf-cu12 cuml-cu12 cupy-cuda12x cutadapt cvxopt cvxpy cython cyvcf2 dgl dipy duckdb essentia
    faiss-cpu fiona gensim grpcio gurobipy h5py hdbscan healpy highspy htseq hypothesis igraph itk jaxlib kivy
    leidenalg lightgbm linearmodels louvain lxml matplotlib mayavi mdanalysis mdtraj mediapipe mpi4py msgpack
    mujoco mypy netcdf4 numba numba-cuda numexpr numpy onnx onnxruntime onnxruntime-gpu open3d openbabel
    opencv-python opencv-python-headless openmm orjson ortools paddlepaddle pandas photutils pillow pmdarima
    polars praat-parselmouth prophet protobuf psycopg2-binary pyarrow pybedtools pybullet pycocotools
    pycryptodome pyfftw pygame pygraphviz pygrib pyhdf pymongo pymupdf pynacl pyodbc pyogrio pyomo pyopenms
    pyproj pyqt5 pyqt6 pyresample pysam pyscf pyside6 pytensor pywavelets pyyaml pyzmq quantlib rasterio ray
    rdkit rtree ruff scikit-image scikit-learn scikit-survival scipy sentencepiece shap shapely simpleitk
    soundfile spacy sqlalchemy stardist statsmodels ta-lib tables tensorflow tiktoken tokenizers torch
    torchaudio torchvision triton ujson uvloop vllm vtk wandb xformers xgboost zipline-reloaded
    """
)

#: compiled code, and no wheel for Linux
ONLY_SOURCE = _words(
    """
    apex cupy dlib fasttext flash-attn gdal mmcv mysqlclient petsc4py psycopg2 pyaudio pycairo pycuda pygobject
    slepc4py torch-scatter torch-sparse wrf-python wxpython
    """
)

#: packages of conda-forge that PyPI does not have under this name, though Python imports them
CONDA_ONLY: Mapping[str, str] = {
    "dolfinx": "fenics-dolfinx",
    "esmpy": "esmpy",
    "fenics-dolfinx": "fenics-dolfinx",
    "graph-tool": "graph-tool",
    "psi4": "psi4",
}

#: whose wheels come in builds for a GPU
GPU_STACKS = _words(
    "cupy cupy-cuda11x cupy-cuda12x cupy-cuda13x jax jaxlib tensorflow torch torchaudio torchvision vllm"
)

#: what a package needs beside Python and its wheel does not bring (general knowledge)
WITH_TOOLS: Mapping[str, str] = {
    "cmdstanpy": "CmdStan and a compiler",
    "graphviz": "Graphviz's programs",
    "pygraphviz": "Graphviz",
    "pyspark": "Java",
    "rpy2": "R",
    "tabula-py": "Java",
    "weasyprint": "Pango",
    "xesmf": "ESMF",
}
