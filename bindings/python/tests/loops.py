"""What the tests on event loops share: a loop that watches descriptors, and one that cannot."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest

from pusherws import AsyncPusher

from servers import PATIENCE, DevServer


class Blind(asyncio.SelectorEventLoop):
    """As the Proactor loop of Windows: watches no descriptors of others."""

    def add_reader(self, *_: Any) -> Any:
        raise NotImplementedError


LOOPS = [asyncio.SelectorEventLoop, Blind]


def on_a_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Any:
    """Runs a coroutine function as a test, in asyncio's debug mode, on both kinds of loop."""

    @pytest.mark.parametrize("kind", LOOPS, ids=["watching", "blind"])
    @functools.wraps(test)
    def run(kind: type[asyncio.AbstractEventLoop], **fixtures: Any) -> None:
        loop = kind()
        loop.set_debug(True)
        loop.slow_callback_duration = PATIENCE
        try:
            loop.run_until_complete(asyncio.wait_for(test(**fixtures), PATIENCE * 2))
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()

    del run.__wrapped__  # pytest would ask for the arguments of the coroutine function only
    kept = list(inspect.signature(test).parameters.values())
    first = inspect.Parameter("kind", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    run.__signature__ = inspect.Signature([first, *kept])  # type: ignore[attr-defined]
    return run


@contextlib.asynccontextmanager
async def connected(server: DevServer, **options: Any) -> AsyncIterator[AsyncPusher]:
    async with AsyncPusher(server.key, **server.options(**options)) as pusher:
        yield pusher


async def in_thread(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    return await asyncio.get_running_loop().run_in_executor(None, functools.partial(function, *arguments, **named))
