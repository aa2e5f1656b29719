"""The end of the interpreter, and of the process in which a client was made.

A client that lives at exit is freed before the interpreter is torn down, and the thread that asks for its events is waited for:
nothing of the library is inside Python then.
"""

from __future__ import annotations

import atexit
import functools
import os
import threading
import warnings
from collections.abc import Callable
from typing import Any

from . import _raw

#: How long a handler that is running at exit may take to return, in seconds.
_PATIENCE = 0.5

_lock = threading.RLock()
_live: dict[int, tuple[Any, threading.Thread | None]] = {}


def add(client: Any, thread: threading.Thread | None = None) -> None:
    """A client lives, and this thread asks for its events."""
    with _lock:
        _live[client.value] = (client, thread)


def release(client: Any) -> None:
    """Frees a client, once; what waits for it returns. In the child of a fork nothing of the parent's is touched."""
    with _lock:
        found = _live.pop(client.value, None)
    if found is not None:
        _raw.lib.pusher_client_free(client)


def forgotten(client: Any, what: str, by: Callable[[Callable[[], None]], None] | None = None) -> None:
    """Frees a client that nobody has any more, and that nobody closed: `by` frees it, where that takes more."""
    try:
        if client.value in _live:
            warnings.warn(f"<{what}> was never closed; close it, or use it with `with`", ResourceWarning, stacklevel=2)
    finally:
        # Also where warnings are errors.
        if by is None:
            release(client)
        else:
            by(functools.partial(release, client))


def _at_exit() -> None:
    with _lock:
        left = list(_live.values())
    for client, _ in left:
        release(client)
    for _, thread in left:
        if thread is not None and thread is not threading.current_thread():
            thread.join(_PATIENCE)


def _in_child() -> None:
    # The lock may have been held by a thread that does not exist here.
    global _lock
    _lock = threading.RLock()
    _live.clear()


atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
