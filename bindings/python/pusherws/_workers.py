"""Threads for functions that may take long, so that they hold up nobody."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

#: As many as the library asks of an endpoint at the same time.
_MOST = 8
#: How long an idle thread stays, in seconds.
_IDLE = 5.0


class Workers:
    """Runs functions on a few threads, which come and go with the work. They never hold up the interpreter's exit."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.RLock()
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._threads = 0
        self._waiting = 0

    def run(self, function: Callable[[], None]) -> None:
        """Runs it soon. What it raises reaches the program's hook.

        Raises RuntimeError where there is no thread for it, and none can be started.
        """
        with self._lock:
            if self._threads < min(self._waiting + 1, _MOST):
                self._start_thread()
            self._waiting += 1
            self._work.put(function)

    def _start_thread(self) -> None:
        try:
            threading.Thread(target=self._serve, name=self._name, daemon=True).start()
        except RuntimeError:
            # The others do it, where there are others.
            if not self._threads:
                raise
        else:
            # Not before: one that was never started serves nobody, and would stand in the way of another.
            self._threads += 1

    def _serve(self) -> None:
        while True:
            try:
                function = self._work.get(timeout=_IDLE)
            except queue.Empty:
                with self._lock:
                    # Something may have come in just now.
                    if self._waiting < self._threads:
                        self._threads -= 1
                        return
                continue
            try:
                function()
            except BaseException as error:
                # Nor does a sys.exit() end the thread: others rely on it.
                hook(error)
            finally:
                with self._lock:
                    self._waiting -= 1
                # Not kept while waiting for the next.
                del function


def hook(error: BaseException) -> None:
    """Tells the program's hook, as for an exception that ended a thread."""
    arguments = (type(error), error, error.__traceback__, threading.current_thread())
    threading.excepthook(threading.ExceptHookArgs(arguments))
