"""A service that is really served, on a port of its own, beside the tests."""

import asyncio
import socket
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import uvloop

from tests.world import Practice, open_practice
from wardkey.app import build_app
from wardkey.surfaces.server import answer

T = TypeVar("T")
PATIENCE_S = 20


class Served:
    """A served practice: `base` is its address, `run` does something with it where it runs."""

    def __init__(self, base: str, practice: Practice, loop: asyncio.AbstractEventLoop) -> None:
        self.base, self.practice, self._loop = base, practice, loop

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)


@contextmanager
def serving(database_url: str, **settings: Any) -> Iterator[Served]:
    """Serve in a thread until the context is left."""
    ready, stop = threading.Event(), asyncio.Event()
    found: list[Served] = []
    listening = socket.create_server(("127.0.0.1", 0))
    base = f"http://127.0.0.1:{listening.getsockname()[1]}"

    async def serve() -> None:
        async with open_practice(database_url, public_url=base, **settings) as practice:
            found.append(Served(base, practice, asyncio.get_running_loop()))
            ready.set()
            await answer(build_app(practice.service), listening, stop, base)

    thread = threading.Thread(target=uvloop.run, args=(serve(),), name="served")
    thread.start()
    try:
        assert ready.wait(PATIENCE_S)
        yield found[0]
        found[0].run(set_event(stop))
    finally:
        thread.join(PATIENCE_S)
        listening.close()


async def set_event(event: asyncio.Event) -> None:
    event.set()
