"""The threads for functions that may take long."""

from __future__ import annotations

import queue
import sys
import threading

import pytest

from pusherws import _workers
from pusherws._workers import Workers

from servers import PATIENCE


def ran(workers: Workers) -> str:
    """Waits for a function that the workers run; on which thread."""
    done: queue.SimpleQueue[str] = queue.SimpleQueue()
    workers.run(lambda: done.put(threading.current_thread().name))
    return done.get(timeout=PATIENCE)


@pytest.mark.parametrize("how", [ValueError, SystemExit])
def test_a_function_that_raises_ends_no_thread(hooked: queue.SimpleQueue[BaseException], how: type[BaseException]) -> None:
    workers = Workers("test-workers")

    def fail() -> None:
        raise how

    for _ in range(_workers._MOST + 1):
        workers.run(fail)
        assert isinstance(hooked.get(timeout=PATIENCE), how)
    assert ran(workers) == "test-workers"


class Refusing(threading.Thread):
    """As where the system has no threads left."""

    def start(self) -> None:
        raise RuntimeError("can't start new thread")


def test_a_thread_that_cannot_be_started_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    workers = Workers("test-workers")
    with monkeypatch.context() as patch:
        patch.setattr(threading, "Thread", Refusing)
        with pytest.raises(RuntimeError):
            workers.run(lambda: sys.exit("what was refused is not run"))
    assert ran(workers) == "test-workers"
    go_on = threading.Event()
    workers.run(lambda: go_on.wait(PATIENCE) and None)
    done: queue.SimpleQueue[str] = queue.SimpleQueue()
    with monkeypatch.context() as patch:
        patch.setattr(threading, "Thread", Refusing)
        # The one that there is does it in its time.
        workers.run(lambda: done.put("done"))
    go_on.set()
    assert done.get(timeout=PATIENCE) == "done"
