"""Finds the shared library and loads it.

`PUSHERWS_LIBRARY` names a library file; otherwise it is the one that was packaged beside this file. Loading starts
nothing: no thread, no connection.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

#: The version of the binary interface that this package was written for.
ABI_VERSION = 0

VARIABLE = "PUSHERWS_LIBRARY"

_PACKAGE = Path(__file__).resolve().parent


def library_name(platform: str = sys.platform) -> str:
    """The library's file name on a platform, as `sys.platform` calls it."""
    if platform in ("win32", "cygwin"):
        return "pusherws.dll"
    if platform == "darwin":
        return "libpusherws.dylib"
    return "libpusherws.so"


def find_library() -> Path:
    """Where the library is.

    Raises ImportError where there is none, with what to do about it.
    """
    chosen = os.environ.get(VARIABLE)
    if chosen:
        path = Path(chosen)
        if not path.is_file():
            raise ImportError(
                f"{VARIABLE} names {chosen}, and there is no such file; set it to the library's path, or unset it to use the packaged one"
            )
        return path
    path = _PACKAGE / library_name()
    if not path.is_file():
        raise ImportError(
            f"this installation of pusherws has no {library_name()}; install the package with pip, which builds it, or "
            f"set {VARIABLE} to a library that you have built (cargo build --release)"
        )
    return path


def load() -> ctypes.CDLL:
    """Loads the library, and checks that it has the binary interface which this package knows.

    Raises ImportError.
    """
    path = find_library()
    try:
        # CDLL, not PyDLL: it releases the interpreter's lock, which another thread may need for the library to go on.
        library = ctypes.CDLL(os.fspath(path))
        ask = library.pusher_abi_version
    except (OSError, AttributeError) as error:
        raise ImportError(
            f"{path.name} cannot be loaded as the pusherws library: {error}; it may be built for another system, or be something else"
        ) from error
    ask.restype = ctypes.c_uint32
    ask.argtypes = []
    found = ask()
    if found != ABI_VERSION:
        raise ImportError(
            f"{path.name} has version {found} of the binary interface, and this package needs version {ABI_VERSION}; "
            f"install the package anew, or let {VARIABLE} name a library of the same release"
        )
    return library
