"""The binaries layer: what the headers of native libraries say, and where their loader would look."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

#: how a library outside the environment comes to be considered
By = Literal["program", "preload", "LD_LIBRARY_PATH", "rpath", "cache", "default"]


class Binary(NamedTuple):
    """One library, extension module or interpreter; paths and names as everywhere, in clean text."""

    path: str  #: relative to the prefix
    kind: Literal["elf", "macho", "pe", ""] = "elf"  #: empty where it is none of these, or cannot be read
    #: as Identity.architecture spells it: x86_64, aarch64, i686, ppc64le (ELF), x86_64, arm64, universal2 (Mach-O),
    #: AMD64, ARM64, x86 (PE); empty where unknown
    machine: str = ""
    soname: str = ""  #: the name by which others ask for it; a Mach-O install name; empty where it has none
    needed: tuple[str, ...] = ()  #: libraries without which it does not load, as written, in order
    optional: tuple[str, ...] = ()  #: libraries that it does without: weak (Mach-O), loaded later (PE)
    rpath: tuple[str, ...] = ()  #: DT_RPATH as written, or LC_RPATH; empty where RUNPATH takes its place
    runpath: tuple[str, ...] = ()  #: DT_RUNPATH as written
    #: library that it asks versions of -> the highest of each family: {"libc.so.6": ("GLIBC_2.34",)}
    needs: Mapping[str, tuple[str, ...]] = {}
    offers: tuple[str, ...] = ()  #: versions that it defines: GLIBCXX_3.4.30, CXXABI_1.3.13, GOMP_4.5, OPENSSL_3.0.0
    tag: str = ""  #: of an extension module: cpython-311-x86_64-linux-gnu, abi3, cp311-win_amd64; empty for none
    is_extension: bool = False  #: whether Python could import it, with or without a tag
    markers: tuple[str, ...] = ()  #: names of marker strings in it: numpy-1, numpy-2
    about: str = ""  #: what a BLAS or OpenMP library says of itself: OpenBLAS 0.3.30 DYNAMIC_ARCH ... MAX_THREADS=64
    level: int = 0  #: of x86-64 that it says it needs, 2 to 4; 0 where it says nothing
    minimum: str = ""  #: the oldest macOS that it loads on: 11.0
    problem: str = ""  #: why it could not be read: empty, cut short, a text

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.rpartition("/")[2]


class Alias(NamedTuple):
    """A link that is named like a library, or a folder of the search path that is a link."""

    path: str  #: relative to the prefix
    target: str  #: the file it leads to in the end, inside relative, else absolute with ~; empty where none is there
    inside: bool = True  #: whether that file lies in the environment
    written: str = ""  #: the link's own text


class Outside(NamedTuple):
    """A file outside the environment that its process would load, or would consider for a name."""

    name: str  #: by which it is asked for
    path: str  #: where it was found, absolute with ~; links are not resolved
    by: By
    machine: str = ""
    soname: str = ""
    needed: tuple[str, ...] = ()
    rpath: tuple[str, ...] = ()
    runpath: tuple[str, ...] = ()
    needs: Mapping[str, tuple[str, ...]] = {}
    offers: tuple[str, ...] = ()
    target: str = ""  #: the file that it leads to, absolute with ~, where it is a link
    problem: str = ""  #: why it could not be read


class SearchFolder(NamedTuple):
    """One entry of a search path that somebody set."""

    path: str  #: relative to the prefix where it lies inside, else absolute with ~; "." for an empty entry
    exists: bool = True
    inside: bool = False
    names: tuple[str, ...] = ()  #: of the libraries in it, links too, in order; at most 5,000


class Search(NamedTuple):
    """Where the loader of the environment's process would look, apart from what the files themselves say."""

    prefixes: tuple[str, ...] = ()  #: the prefix absolute with ~, as it is known and as it really is
    libc: Literal["glibc", "musl", ""] = ""  #: of the interpreter; empty where it is not Linux or cannot be told
    program: str = ""  #: path of the interpreter's real file, whose RPATH counts for all: a Binary's or an Outside's
    library_path: tuple[SearchFolder, ...] = ()  #: LD_LIBRARY_PATH, or DYLD_LIBRARY_PATH, in order
    library_path_source: str = ""  #: $ for the running process, else the file that sets it
    preload: tuple[str, ...] = ()  #: LD_PRELOAD or DYLD_INSERT_LIBRARIES, as written
    preload_source: str = ""
    default: tuple[str, ...] = ()  #: the loader's default folders, absolute
    cache: bool = False  #: whether ld.so.cache was read; without it "not found" outside is only a guess
    levels: tuple[str, ...] = ()  #: glibc-hwcaps folders that this processor takes, best first


class TensorflowBuild(NamedTuple):
    """What tensorflow/python/platform/build_info.py says."""

    path: str
    cuda: bool = False
    rocm: bool = False
    cuda_version: str = ""
    cudnn_version: str = ""
    capabilities: tuple[str, ...] = ()  #: sm_60, compute_90


class Binaries(NamedTuple):
    """All native files of an environment."""

    files: tuple[Binary, ...] = ()  #: by path
    aliases: tuple[Alias, ...] = ()  #: by path
    outside: tuple[Outside, ...] = ()  #: by name; several of one name in the order in which they are considered
    search: Search = Search()
    torch_architectures: tuple[str, ...] = ()  #: of libtorch_python, as torch says them: sm_80, compute_90
    tensorflow: TensorflowBuild | None = None
    complete: bool = True  #: False where there was more than could be read within bounds
