"""Import names whose distribution on PyPI is called otherwise, and names people type that are no distribution there.

Collected on 2026-11-22 by hand from the packages' metadata (certainty: high). What is installed says it better: ask
this only for what is not.
"""

from __future__ import annotations

from collections.abc import Mapping

#: import name -> distribution
DISTRIBUTION_OF: Mapping[str, str] = {
    "attr": "attrs",
    "Bio": "biopython",
    "bs4": "beautifulsoup4",
    "cairo": "pycairo",
    "community": "python-louvain",
    "Crypto": "pycryptodome",
    "Cryptodome": "pycryptodomex",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "dns": "dnspython",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "faiss": "faiss-cpu",
    "fitz": "PyMuPDF",
    "flash_attn": "flash-attn",
    "git": "GitPython",
    "github": "PyGithub",
    "googleapiclient": "google-api-python-client",
    "hydra": "hydra-core",
    "imblearn": "imbalanced-learn",
    "IPython": "ipython",
    "jose": "python-jose",
    "jwt": "PyJWT",
    "kafka": "kafka-python",
    "magic": "python-magic",
    "mpl_toolkits": "matplotlib",
    "MySQLdb": "mysqlclient",
    "nacl": "PyNaCl",
    "OpenGL": "PyOpenGL",
    "OpenSSL": "pyOpenSSL",
    "osgeo": "GDAL",
    "PIL": "pillow",
    "pkg_resources": "setuptools<82",
    "pptx": "python-pptx",
    "psycopg2": "psycopg2-binary",
    "pywt": "PyWavelets",
    "serial": "pyserial",
    "shapefile": "pyshp",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "slugify": "python-slugify",
    "socks": "PySocks",
    "talib": "TA-Lib",
    "umap": "umap-learn",
    "usb": "pyusb",
    "websocket": "websocket-client",
    "whisper": "openai-whisper",
    "win32api": "pywin32",
    "wx": "wxPython",
    "yaml": "PyYAML",
    "zmq": "pyzmq",
}

#: what people ask pip for -> what they mean; none of the left names is the package they want (known bad, high)
MEANT: Mapping[str, str] = {
    "bs4": "beautifulsoup4",
    "cudatoolkit": "conda-forge's cuda-version, or torch from the index of its CUDA",
    "cudf": "cudf-cu12 or cudf-cu13",
    "cudnn": "nvidia-cudnn-cu12, which torch brings by itself",
    "cuml": "cuml-cu12 or cuml-cu13",
    "cv2": "opencv-python-headless",
    "dotenv": "python-dotenv",
    "faiss": "faiss-cpu",
    "opencv": "opencv-python-headless",
    "pil": "pillow",
    "pytorch": "torch",
    "pytorch-cpu": "torch",
    "pytorch-gpu": "torch",
    "sklearn": "scikit-learn",
    "skimage": "scikit-image",
    "tensorflow-gpu": "tensorflow[and-cuda]",
    "torch-cpu": "torch",
}
