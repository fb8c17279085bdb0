# ruff: noqa: E501 - a message is as long as it is
"""Messages as tools print them, by the row that recognises them; every pattern meets at least one."""

from __future__ import annotations

from collections.abc import Mapping

REAL: Mapping[str, tuple[str, ...]] = {
    "torch-without-cuda": (
        "AssertionError: Torch not compiled with CUDA enabled",
        ">>> torch.cuda.is_available() returns False",
    ),
    "driver-too-old": (
        "RuntimeError: The NVIDIA driver on your system is too old (found version 11040). Please update your GPU driver",
        "RuntimeError: CUDA error: CUDA driver version is insufficient for CUDA runtime version",
        "numba.cuda.cudadrv.error.CudaRuntimeError: cudaErrorInsufficientDriver",
    ),
    "driver-library-mismatch": (
        "Failed to initialize NVML: Driver/library version mismatch",
        "pynvml.NVMLError_LibRmVersionMismatch: NVML_ERROR_LIB_RM_VERSION_MISMATCH",
    ),
    "no-gpu-visible": (
        "RuntimeError: No CUDA GPUs are available",
        "RuntimeError: CUDA error: no CUDA-capable device is detected",
        "cupy_backends.cuda.api.runtime.CUDARuntimeError: cudaErrorNoDevice: no device",
        "failed call to cuInit: CUDA_ERROR_NO_DEVICE",
        "RuntimeError: Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU",
    ),
    "no-kernel-image": (
        "RuntimeError: CUDA error: no kernel image is available for execution on the device",
        "NVIDIA GeForce RTX 5090 with CUDA capability sm_120 is not compatible with the current PyTorch installation.",
        "cupy.cuda.runtime.CUDARuntimeError: cudaErrorNoKernelImageForDevice",
    ),
    "nvjitlink": (
        "ImportError: /env/lib/python3.10/site-packages/torch/lib/../../nvidia/cusparse/lib/libcusparse.so.12: "
        "undefined symbol: __nvJitLinkComplete_12_4, version libnvJitLink.so.12",
    ),
    "nccl-symbol": (
        "ImportError: /env/lib/python3.12/site-packages/torch/lib/libtorch_cuda.so: undefined symbol: ncclCommWindowRegister",
    ),
    "cudnn-mismatch": (
        "RuntimeError: cuDNN version incompatibility: PyTorch was compiled  against (8, 7, 0) but found runtime version",
        "Could not load library libcudnn_cnn_infer.so.8. Error: libnvrtc.so: cannot open shared object file",
        "Unable to load any of {libcudnn_ops.so.9.1.0, libcudnn_ops.so.9.1, libcudnn_ops.so.9, libcudnn_ops.so}",
        "Loaded runtime CuDNN library: 8.9.6 but source was compiled with: 9.3.0.  CuDNN library needs to have",
    ),
    "tensorflow-cuda-libraries": (
        "W tensorflow/core/common_runtime/gpu/gpu_device.cc:2251] Cannot dlopen some GPU libraries. Please make sure",
        "I tensorflow/tsl/cuda/cudart_stub.cc:28] Could not find cuda drivers on your machine, GPU will not be used.",
        "Could not load dynamic library 'libcudart.so.11.0'; dlerror: libcudart.so.11.0: cannot open it",
    ),
    "tensorflow-without-gpu": (">>> tf.config.list_physical_devices('GPU') gives []",),
    "tensorflow-factory": (
        "E external/local_xla/xla/stream_executor/cuda/cuda_dnn.cc:9261] Unable to register cuDNN factory: Attempting to",
    ),
    "onnxruntime-provider": (
        "UserWarning: Specified provider 'CUDAExecutionProvider' is not in available provider names."
        "Available providers: 'AzureExecutionProvider, CPUExecutionProvider'",
        "[W:onnxruntime:Default, onnxruntime_pybind_state.cc:640] Failed to create CUDAExecutionProvider. Please",
    ),
    "bitsandbytes": (
        "CUDA Setup failed despite GPU being available. Please run the following command to get more information:",
        "UserWarning: The installed version of bitsandbytes was compiled without GPU support.",
        "OSError: libbitsandbytes_cuda121.so: cannot open shared object file: No such file or directory",
    ),
    "jax-lockstep": (
        "RuntimeError: jaxlib version 0.4.30 is newer than and incompatible with jax version 0.4.25.",
        "RuntimeError: jaxlib is version 0.4.14, but this version of jax requires version >=0.4.16.",
        "RuntimeError: Unable to initialize backend 'cuda': Found no visible device",
        "RuntimeError: PJRT plugin cuda12 is not compatible with jaxlib",
        "An NVIDIA GPU may be present on this machine, but a CUDA-enabled jaxlib is not installed. Falling back to cpu.",
    ),
    "torchvision-operators": (
        "RuntimeError: operator torchvision::nms does not exist",
        "RuntimeError: No such operator torchvision::nms",
    ),
    "torch-extension": (
        "ImportError: /env/lib/python3.10/site-packages/flash_attn_2_cuda.cpython-310-x86_64-linux-gnu.so: "
        "undefined symbol: _ZN3c104cuda9SetDeviceEi",
    ),
    "itt-notify": ("ImportError: /env/lib/libtorch_cpu.so: undefined symbol: iJIT_NotifyEvent",),
    "cuda-compiler": (
        "OSError: CUDA_HOME environment variable is not set. Please set it to your CUDA install root.",
        "/bin/sh: 1: nvcc: not found",
        "RuntimeError: The detected CUDA version (12.4) mismatches the version that was used to compile PyTorch (11.8).",
    ),
    "gpu-memory": (
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.",
        "failed to allocate 2.20G (2362232012 bytes) from device: CUDA_ERROR_OUT_OF_MEMORY: out of memory",
        "failed to allocate memory on the device",
    ),
    "keras-3": (
        "ValueError: Your currently installed version of Keras is Keras 3, but this is not yet supported in Transformers.",
        "ModuleNotFoundError: No module named 'keras.engine'",
        "TypeError: Could not deserialize class 'Functional' because its parent module keras.src.models cannot be found",
    ),
    "pynvml-deprecated": ("FutureWarning: The pynvml package is deprecated. Please install nvidia-ml-py instead.",),
    "torch-too-old": (
        "ValueError: Due to a serious vulnerability issue in `torch.load`, we now require users to upgrade torch to at "
        "least v2.6 in order to use the function.",
        "ImportError: AutoModel requires the PyTorch library but it was not found in your environment.",
        "None of PyTorch, TensorFlow >= 2.0, or Flax have been found. PyTorch was not found. Models won't be available",
        "Disabling PyTorch because PyTorch >= 2.1 is required but found 2.0.1",
    ),
    "built-for-numpy-1": (
        "A module that was compiled using NumPy 1.x cannot be run in\nNumPy 2.2.6 as it may crash.",
        "A module that was compiled using NumPy 1.x cannot be run here",
        "AttributeError: _ARRAY_API not found",
        "ImportError: numpy.core.multiarray failed to import",
    ),
    "numpy-size-changed": (
        "ValueError: numpy.dtype size changed, may indicate binary incompatibility. Expected 96 from C header, got 88",
    ),
    "numpy-not-available": ("RuntimeError: Numpy is not available",),
    "numpy-alias": (
        "AttributeError: module 'numpy' has no attribute 'bool'.",
        "AttributeError: `np.float_` was removed in the NumPy 2.0 release. Use `np.float64` instead.",
        "`np.bool` was a deprecated alias for the builtin `bool`.",
    ),
    "numpy-pickle": ("ModuleNotFoundError: No module named 'numpy._core'",),
    "numpy-broken": (
        "Importing the numpy C-extensions failed. This error can happen for many reasons",
        "ImportError: Error importing numpy: you should not try to import numpy from its source directory",
        "ModuleNotFoundError: No module named 'numpy.core._multiarray_umath'",
        "ImportError: Unable to import required dependencies:\nnumpy:",
    ),
    "processor-too-old": (
        "RuntimeError: NumPy was built with baseline optimizations: \n(X86_V2) but your machine doesn't support:\n(X86_V2).",
    ),
    "version-wanted": (
        "UserWarning: A NumPy version >=1.16.5 and <1.23.0 is required for this version of SciPy (detected version 1.24.3",
        "UserWarning: Pandas requires version '2.8.4' or newer of 'numexpr' (version '2.8.3' currently installed).",
        "ImportError: tokenizers>=0.21,<0.22 is required for a normal functioning of this module, but found "
        "tokenizers==0.20.3.",
        "ImportError: huggingface-hub>=0.30.0,<1.0 is required by it, but found huggingface-hub==1.0.1.",
    ),
    "two-openmp": (
        "OMP: Error #15: Initializing libiomp5.so, but found libomp.so already initialized.",
        "OMP: Error #15: Initializing libiomp5md.dll, but found libiomp5md.dll already initialized.",
    ),
    "mkl-layer": (
        "Error: mkl-service + Intel(R) MKL: MKL_THREADING_LAYER=INTEL is incompatible with libgomp-a34b3233.so.1 library.",
    ),
    "mkl-not-loaded": (
        "Intel MKL FATAL ERROR: Cannot load libmkl_avx2.so or libmkl_def.so.",
        "Intel MKL ERROR: Parameter 6 was incorrect on entry to DGELSD.",
    ),
    "openblas-threads": (
        "OpenBLAS blas_thread_init: pthread_create failed for thread 29 of 64: Resource temporarily unavailable",
        "OpenBLAS warning: precompiled NUM_THREADS exceeded, adding auxiliary array for thread metadata.",
        "libgomp: Thread creation failed: Resource temporarily unavailable",
    ),
    "hdf5-mismatch": (
        "Warning! ***HDF5 library version mismatched error***",
        "UserWarning: h5py is running against HDF5 1.10.5 when it was built against 1.10.4, this may cause problems",
    ),
    "proj-database": (
        "PROJ: proj_create_from_database: Cannot find proj.db",
        "ERROR 1: PROJ: proj.db contains DATABASE.LAYOUT.VERSION.MINOR = 2 whereas a number >= 4 is expected.",
        "pyproj.exceptions.CRSError: Invalid projection: EPSG:4326: (Internal Proj Error: proj_create: no database "
        "context specified)",
    ),
    "unpickled-version": (
        "InconsistentVersionWarning: Trying to unpickle estimator LinearRegression from version 1.2.2 when using 1.5.0.",
        "AttributeError: Can't get attribute '_unpickle_block' on <module 'pandas._libs.internals' from '/x.so'>",
    ),
    "protobuf": (
        "TypeError: Descriptors cannot be created directly.",
        "ImportError: cannot import name 'builder' from 'google.protobuf.internal' (/x/google/protobuf/__init__.py)",
        "google.protobuf.runtime_version.VersionError: Detected mismatched Protobuf Gencode/Runtime version suffixes",
    ),
    "missing-libgl": ("ImportError: libGL.so.1: cannot open shared object file: No such file or directory",),
    "missing-libgomp": ("OSError: libgomp.so.1: cannot open shared object file: No such file or directory",),
    "missing-driver-library": ("ImportError: libcuda.so.1: cannot open shared object file: No such file or directory",),
    "missing-cuda-library": (
        "ImportError: libcudart.so.12: cannot open shared object file: No such file or directory",
        "OSError: libcublas.so.11: cannot open shared object file: No such file or directory",
    ),
    "missing-libpython": (
        "python: error while loading: libpython3.9.so.1.0: cannot open shared object file: No such file or directory",
    ),
    "missing-library": (
        "OSError: libsndfile.so.1: cannot open shared object file: No such file or directory",
        "/x/bin/ffmpeg: error while loading shared libraries: libopenh264.so.5: it is gone",
    ),
    "truncated-library": (
        "ImportError: /env/lib/python3.11/site-packages/torch/lib/libtorch_cpu.so: file too short",
        "OSError: /env/lib/libarrow.so.1400: invalid ELF header",
    ),
    "libstdcxx-too-old": (
        "ImportError: /usr/lib/x86_64-linux-gnu/libstdc++.so.6: version `GLIBCXX_3.4.30' not found (required by "
        "/env/lib/python3.10/site-packages/scipy/linalg/_matfuncs_sqrtm_triu.so)",
        "ImportError: /lib64/libgcc_s.so.1: version `GCC_12.0.0' not found (required by /env/lib/libgfortran.so.5)",
    ),
    "glibc-too-old": (
        "ImportError: /lib64/libm.so.6: version `GLIBC_2.29' not found (required by /x/libtorch_cpu.so)",
    ),
    "openssl-version": ("ImportError: /lib/libssl.so.3: version `OPENSSL_3.3.0' not found (required by /x/_ssl.so)",),
    "no-ssl": (
        "WARNING: pip is configured with locations that require TLS/SSL, however the ssl module in Python is not available.",
        "Can't connect to HTTPS URL because the SSL module: the ssl module is not available.",
    ),
    "macos-libomp": ("OSError: dlopen(/x/lib_lightgbm.dylib, 0x0006): Library not loaded: @rpath/libomp.dylib",),
    "macos-missing-library": (
        "ImportError: dlopen(/x/_a.so, 2): Library not loaded: /usr/local/opt/gcc/libgfortran.5.dylib",
    ),
    "macos-architecture": (
        "ImportError: dlopen(/x/_a.so, 0x0002): tried: '/x/_a.so' (mach-o file, but is an incompatible architecture (have "
        "'x86_64', need 'arm64e' or 'arm64'))",
        "no suitable image found.  Did find: /x/_a.so: mach-o, but wrong architecture",
    ),
    "wrong-architecture": (
        "OSError: /x/libfoo.so: wrong ELF class: ELFCLASS32",
        "bash: /env/bin/python: cannot execute binary file: Exec format error",
        "OSError: [Errno 8] Exec format error: '/env/bin/python'",
        "OSError: [WinError 193] %1 is not a valid Win32 application",
        "ERROR: numpy-1.26.4-cp39-cp39-win_amd64.whl is not a supported wheel on this platform.",
    ),
    "musl": ("ImportError: Error relocating /x/_a.so: __memcpy_chk: symbol not found",),
    "windows-dll": (
        "ImportError: DLL load failed while importing _multiarray_umath: The specified module could not be found.",
        "ImportError: DLL load failed: The specified module could not be found.",
        "OSError: [WinError 126] The specified module could not be found. Error loading c10.dll or one of its dependencies.",
    ),
    "static-tls": ("ImportError: /x/libgomp-d22c30c5.so.1.0.0: cannot allocate memory in static TLS block",),
    "missing-symbol": (
        "ImportError: /x/_a.so: undefined symbol: PyUnicodeUCS4_FromStringAndSize",
        "ImportError: dlopen(/x/_a.so, 0x0002): symbol not found in flat namespace '_cblas_caxpy'",
        "ImportError: dlopen(/x/_a.so, 2): Symbol not found: _PyCMethod_New",
        "ImportError: DLL gone wrong: The specified procedure could not be found.",
    ),
    "illegal-instruction": (
        "Illegal instruction (core dumped)",
        "RuntimeWarning: Missing required CPU features.",
        "The TensorFlow library was compiled to use AVX instructions, but these aren't available on your machine.",
        "RuntimeError: This version of jaxlib was built using AVX instructions, which your CPU and/or operating system do",
    ),
    "qt-plugin": (
        'qt.qpa.plugin: Could not load the Qt platform plugin "xcb" in "/env/lib/python3.10/site-packages/cv2/qt/plugins" '
        "even though it was found.",
        "This application failed to start because no Qt platform plugin could be initialized.",
    ),
    "crash": (
        "Segmentation fault (core dumped)",
        "Fatal Python error: Segmentation fault",
        "The kernel appears to have died. It will restart automatically.",
        "Process finished with exit code 139 (interrupted by signal 11: SIGSEGV)",
    ),
    "pkg-resources": ("ModuleNotFoundError: No module named 'pkg_resources'",),
    "distutils": ("ModuleNotFoundError: No module named 'distutils'",),
    "removed-from-python": (
        "ModuleNotFoundError: No module named 'imp'",
        "AttributeError: module 'pkgutil' has no attribute 'ImpImporter'. Did you mean: 'zipimporter'?",
    ),
    "collections-abc": (
        "ImportError: cannot import name 'Mapping' from 'collections' (/usr/lib/python3.10/collections/__init__.py)",
        "AttributeError: module 'collections' has no attribute 'MutableMapping'",
    ),
    "python-without-part": ("ModuleNotFoundError: No module named '_ctypes'",),
    "python-home": (
        "ModuleNotFoundError: No module named 'encodings'",
        "Could not find platform independent libraries <prefix>",
        "Fatal Python error: init_fs_encoding: failed to get the Python codec of the filesystem encoding",
    ),
    "bad-interpreter": (
        "bash: /old/env/bin/pip: /old/env/bin/python3: bad interpreter: No such file or directory",
        "Fatal error in launcher: Unable to create process using '\"C:\\old\\python.exe\"'",
    ),
    "not-a-package": ("ModuleNotFoundError: No module named 'random.mtrand'; 'random' is not a package",),
    "circular-import": (
        "ImportError: cannot import name 'randbits' from partially initialized module 'secrets' (most likely due to a "
        "circular import) (/home/me/secrets.py)",
        "AttributeError: partially initialized module 'pandas' has no attribute 'DataFrame' (most likely due to a circular",
    ),
    "wrong-kernel": (
        "jupyter_client.kernelspec.NoSuchKernel: No such kernel named py310",
        "Kernel 'py310' not found",
    ),
    "widgets-missing": ("TqdmWarning: IProgress not found. Please update jupyter and ipywidgets.",),
    "optional-dependency": (
        "ImportError: Missing optional dependency 'openpyxl'.  Use pip or conda to install openpyxl.",
        "ImportError: `Import openpyxl` failed. Use pip or conda to install the openpyxl package.",
        "ImportError: Unable to find a usable engine; tried using: 'pyarrow', 'fastparquet'.",
    ),
    "metadata-missing": (
        "importlib.metadata.PackageNotFoundError: No package metadata was found for tqdm",
        "pkg_resources.DistributionNotFound: The 'numpy>=1.20' distribution was not found and is required by x",
        "pkg_resources.ContextualVersionConflict: (numpy 1.21.0 (/x), Requirement.parse('numpy>=1.22'), {'x'})",
    ),
    "startup-file": (
        "Error processing line 1 of /env/lib/python3.11/site-packages/distutils-precedence.pth:",
        "Error in sitecustomize; set PYTHONVERBOSE for traceback:",
    ),
    "damaged-source": (
        "SyntaxError: source code string cannot contain null bytes",
        "ImportError: bad magic number in 'numpy': b'\\x03\\xf3\\r\\n'",
        "EOFError: marshal data too short",
        "ValueError: bad marshal data (unknown type code)",
    ),
    "module-not-found": (
        "ModuleNotFoundError: No module named 'seaborn'",
        "/usr/bin/python3: No module named jupyter",
        "/usr/bin/python3: Error while finding module specification for 'foo.bar' (ModuleNotFoundError: No module)",
    ),
    "cannot-import-name": (
        "ImportError: cannot import name 'url_quote' from 'werkzeug.urls' (/env/lib/python3.11/site-packages/werkzeug/urls.py)",
    ),
    "no-attribute": ("AttributeError: module 'cv2' has no attribute 'imread'",),
    "no-name-in-module": ("ImportError: cannot import name 'soft_unicode'",),
    "externally-managed": (
        "error: externally-managed-environment",
        "error: The interpreter at /usr is externally managed, and indicates the following:",
    ),
    "user-installation": ("Defaulting to user installation because normal site-packages is not writeable",),
    "compatibility-warning": (
        "pandas 2.0.3 requires numpy<2,>=1.21.0; python_version >= '3.10', but you have numpy 2.2.6 which is incompatible.",
        "ERROR: tensorflow 2.1.0 has requirement scipy==1.4.1; python_version >= '3', but you'll have scipy 1.5.0.",
    ),
    "invalid-distribution": ("WARNING: Ignoring invalid distribution ~umpy (/env/lib/python3.11/site-packages)",),
    "cannot-uninstall": (
        "ERROR: Cannot uninstall 'PyYAML'. It is a distutils installed project and thus we cannot accurately determine",
        "error: uninstall-no-record-file",
        "error: uninstall-distutils-installed-package",
    ),
    "other-python-required": (
        "ERROR: Package 'numba' requires a different Python: 3.13.1 not in '<3.13,>=3.10'",
        "ERROR: Ignored the following versions that require a different python version: 1.21.2 Requires-Python >=3.7,<3.11",
    ),
    "no-such-release": (
        "ERROR: No matching distribution found for cv2",
        "ERROR: Could not find a version that satisfies the requirement torch==1.7.0 (from versions: 2.0.0)",
        "  because there are no versions of tensorflow and you require tensorflow",
        "Because cudatoolkit was not found in the package registry and you require cudatoolkit, it is hopeless",
    ),
    "conflicting-requirements": (
        "ERROR: ResolutionImpossible: for help visit the documentation",
        "ERROR: Cannot install a==1 and b==2 because these package versions have conflicting dependencies.",
        "  \u00d7 No solution found when resolving dependencies:",
        "  Because pandas==2.0.3 depends on numpy<2 and you require both, it cannot be",
    ),
    "built-from-source": (
        "error: metadata-generation-failed",
        "error: subprocess-exited-with-error",
        "error: legacy-install-failure",
        "ERROR: Failed building wheel for pyodbc",
        "error: Microsoft Visual C++ 14.0 or greater is required.",
        "Failed to build `pycocotools==2.0.6`",
    ),
    "hash-mismatch": (
        "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
        "error: Hash mismatch for `numpy==1.26.4`",
    ),
    "certificates": (
        "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] it is self-signed",
        "requests.exceptions.SSLError: certificate verify failed: unable to get local issuer certificate",
        "error: client error (Connect): invalid peer certificate: UnknownIssuer",
    ),
    "no-space": (
        "OSError: No space left on device",
        "conda.exceptions.NoSpaceLeftError: No space left on devices.",
        "OSError: Disk quota exceeded",
        "ERROR: Could not install packages due to an OSError: [Errno 28] it is full",
        "OSError: [Errno 122] it is more than you may have",
    ),
    "not-permitted": (
        "PermissionError: [Errno 13] Permission denied: '/opt/conda/lib/python3.11/site-packages/numpy'",
        "EnvironmentNotWritableError: The current user does not have write permissions to the target environment.",
        "NoWritableEnvsDirError: No writeable envs directories configured.",
        "OSError: [WinError 5] Access is denied: 'C:\\\\x'",
        "error: failed to remove file `/opt/x/a.py`: Permission denied (os error 13)",
    ),
    "no-pip": ("/env/bin/python: No module named pip",),
    "conda-terms": (
        "CondaToSNonInteractiveError: Terms of Service have not yet been accepted",
        "Terms of Service have not been accepted for the following channels.",
    ),
    "conda-not-found": (
        "PackagesNotFoundError: The following packages are not available from current channels:",
        "ResolvePackageNotFound:",
        "    - nothing provides requested pytorch-gpu 2.9*",
    ),
    "conda-unsatisfiable": (
        "LibMambaUnsatisfiableError: Encountered problems while solving:",
        "UnsatisfiableError: The following specifications were found to be incompatible with each other:",
        "  - nothing provides __cuda >=12.8 needed by pytorch-2.8.0-cuda128",
        "Solving environment: failed with initial frozen solve. Retrying with flexible solve.",
        "  - package numpy-1.26.4-py311h64a7726_0 requires python_abi 3.11.* *_cp311",
    ),
    "conda-archive": (
        "InvalidArchiveError('Error with archive /opt/conda/pkgs/x.conda.')",
        "CondaVerificationError: The package for openssl located at /opt/conda/pkgs/x",
        "SafetyError: The package for python located at /opt/conda/pkgs/x",
        "The package for mkl located at /x appears to be corrupted. The path 'lib/a.so'",
        "ChecksumMismatchError: Conda detected a mismatch between the expected content and downloaded content",
    ),
    "conda-clobber": (
        "ClobberError: This transaction has incompatible packages due to a shared path.",
        "These files have been clobbered",
    ),
    "conda-activate": (
        "CommandNotFoundError: Your shell has not been properly configured to use 'conda activate'.",
        "CondaError: Run 'conda init' before 'conda activate'",
        "EnvironmentNameNotFound: Could not find conda environment: science",
        "EnvironmentLocationNotFound: Not a conda environment: /opt/x",
    ),
    "conda-channel": (
        "UnavailableInvalidChannel: HTTP 404 NOT FOUND for channel mine",
        "CondaHTTPError: HTTP 000 CONNECTION FAILED for url <https://conda.anaconda.org/x>",
        "HTTP 403 FORBIDDEN for channel private <https://example.org/private>",
    ),
}
