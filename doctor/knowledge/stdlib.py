"""The names of the standard library, and which of them a file of the same name gets in the way of.

Read out of sys.stdlib_module_names of CPython 3.10 to 3.13 and the library folders of 3.7 to 3.9; names with a
leading underscore are left out. 3.14 after its documentation.
"""

from __future__ import annotations

from collections.abc import Mapping

from doctor.knowledge.sources import Source

SOURCES = [
    Source(
        "stdlib",
        "the names of the standard library by Python version",
        "2026-11-22",
        "sys.stdlib_module_names of CPython 3.10 to 3.13; the library folders of 3.7 to 3.9; 3.14's documentation",
        "measured but for 3.14, which is documented",
    ),
]


def _words(text: str) -> frozenset[str]:
    """Read a table of names that is written as running text."""
    return frozenset(text.split())


_OF_3_11 = _words(
    """
    abc aifc antigravity argparse array ast asynchat asyncio asyncore atexit audioop base64 bdb binascii bisect builtins
    bz2 cProfile calendar cgi cgitb chunk cmath cmd code codecs codeop collections colorsys compileall concurrent
    configparser contextlib contextvars copy copyreg crypt csv ctypes curses dataclasses datetime dbm decimal difflib
    dis distutils doctest email encodings ensurepip enum errno faulthandler fcntl filecmp fileinput fnmatch fractions
    ftplib functools gc genericpath getopt getpass gettext glob graphlib grp gzip hashlib heapq hmac html http idlelib
    imaplib imghdr imp importlib inspect io ipaddress itertools json keyword lib2to3 linecache locale logging lzma
    mailbox mailcap marshal math mimetypes mmap modulefinder msilib msvcrt multiprocessing netrc nis nntplib nt ntpath
    nturl2path numbers opcode operator optparse os ossaudiodev pathlib pdb pickle pickletools pipes pkgutil platform
    plistlib poplib posix posixpath pprint profile pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue
    quopri random re readline reprlib resource rlcompleter runpy sched secrets select selectors shelve shlex shutil
    signal site smtpd smtplib sndhdr socket socketserver spwd sqlite3 sre_compile sre_constants sre_parse ssl stat
    statistics string stringprep struct subprocess sunau symtable sys sysconfig syslog tabnanny tarfile telnetlib
    tempfile termios textwrap this threading time timeit tkinter token tokenize tomllib trace traceback tracemalloc tty
    turtle turtledemo types typing unicodedata unittest urllib uu uuid venv warnings wave weakref webbrowser winreg
    winsound wsgiref xdrlib xml xmlrpc zipapp zipfile zipimport zlib zoneinfo
    """
)

_REMOVED: Mapping[int, frozenset[str]] = {
    12: _words("asynchat asyncore distutils imp smtpd"),
    13: _words(
        "aifc audioop cgi cgitb chunk crypt imghdr lib2to3 mailcap msilib nis nntplib ossaudiodev pipes sndhdr spwd "
        "sunau telnetlib uu xdrlib"
    ),
}
_ADDED: Mapping[int, frozenset[str]] = {
    9: frozenset(("graphlib", "zoneinfo")),
    11: frozenset(("tomllib",)),
    14: frozenset(("annotationlib", "compression")),
}
#: gone with 3.9, 3.10 and 3.11
_OLD: Mapping[int, frozenset[str]] = {
    9: frozenset(("dummy_threading",)),
    10: frozenset(("formatter", "parser", "symbol")),
    11: frozenset(("binhex",)),
}

#: taken by every CPython before it looks into a folder: built in, frozen, or imported while Python starts
ALWAYS_FIRST = _words(
    """
    abc atexit builtins codecs encodings errno faulthandler gc genericpath io itertools marshal nt ntpath os posix
    posixpath pwd runpy site stat sys time zipimport
    """
)

#: extension modules that some builds (Debian's, conda's, Windows') have built in, where a file cannot hide them
SOMETIMES_FIRST = _words(
    """
    array audioop binascii cmath fcntl grp math mmap msvcrt pyexpat readline resource select spwd syslog termios
    unicodedata winreg winsound zlib
    """
)

#: imported by numpy, pandas, matplotlib, scipy, scikit-learn, requests, ipykernel, pytest or polars when they are
#: imported (measured 2026-11 on Python 3.11 with numpy 2.4, pandas 3.1, scipy 1.17, ipykernel 7.4)
EVERYBODY_IMPORTS = _words(
    """
    argparse ast asyncio base64 bdb bisect bz2 calendar code codeop collections concurrent contextlib contextvars copy
    copyreg csv ctypes curses dataclasses datetime decimal difflib dis email enum fileinput fnmatch fractions functools
    getopt getpass gettext glob gzip hashlib heapq hmac html http importlib inspect ipaddress json keyword linecache
    locale logging lzma mimetypes multiprocessing numbers opcode operator pathlib pdb pickle pkgutil platform plistlib
    pprint pydoc queue quopri random re reprlib secrets selectors shlex shutil signal socket socketserver ssl string
    stringprep struct subprocess sysconfig tarfile tempfile textwrap threading timeit token tokenize traceback types
    typing unittest urllib uuid warnings weakref xml zipfile zoneinfo
    """
)


def module_names(minor: str) -> frozenset[str]:
    """The public top-level modules of CPython X.Y; those of 3.11 where the version is not known."""
    major, _, number = minor.partition(".")
    if major != "3" or not number.isdecimal():
        return _OF_3_11
    names = set(_OF_3_11)
    for since, gone in _REMOVED.items():
        if int(number) >= since:
            names -= gone
    for since, come in _ADDED.items():
        names = names | come if int(number) >= since else names - come
    for until, old in _OLD.items():
        if int(number) < until:
            names |= old
    return frozenset(names)
