"""Serving HTTP on one socket with Uvicorn, and working in the background, until told to stop."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Final

import structlog
import uvicorn
from litestar.types import ASGIApp

from wardkey.surfaces.jobs import LANES, Waits, run_relay, run_sweeper
from wardkey.surfaces.service import Service

log = structlog.get_logger()

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
GRACE_S: Final = 10
"""How long requests and jobs under way may take to end."""
BACKLOG: Final = 2_048
CONNECTIONS: Final = 4_096
"""Connections and requests held at once; beyond it Uvicorn answers 503, which keeps memory bounded."""
KEEP_ALIVE_S: Final = 65
"""Longer than the 60 s for which proxies keep idle connections, so that it is never us who close one under a request."""
RESTART_AFTER_S: Final = 1.0


@contextmanager
def told_to_stop() -> Iterator[asyncio.Event]:
    """An event that Ctrl-C or SIGTERM sets; a second signal ends the process at once."""
    loop, told = asyncio.get_running_loop(), asyncio.Event()

    def tell() -> None:
        told.set()
        for number in SIGNALS:
            loop.remove_signal_handler(number)

    for number in SIGNALS:
        loop.add_signal_handler(number, tell)
    try:
        yield told
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to `told_to_stop`: Uvicorn would raise them again at its end and kill the process before it cleans up."""
        yield


def _configured(app: ASGIApp) -> uvicorn.Config:
    """Only HTTP, with our own log lines, and the client's address as the front reads it."""
    return uvicorn.Config(
        app,
        loop="none",
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=True,
        backlog=BACKLOG,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
    )


async def answer(app: ASGIApp, listening: socket.socket, told: asyncio.Event, public_url: str) -> None:
    """Answer requests until told to stop, then let those under way end."""
    server = _Server(_configured(app))

    async def stop() -> None:
        await told.wait()
        log.info("ending", grace_s=GRACE_S)
        server.should_exit = True

    stopping = asyncio.ensure_future(stop())
    log.info("serving", address=address_of(listening), public_url=public_url)
    try:
        await server.serve(sockets=[listening])
    finally:
        stopping.cancel()


def address_of(listening: socket.socket) -> str:
    """Where a socket listens, as one types it into a browser."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@asynccontextmanager
async def working(service: Service, bell: Waits) -> AsyncIterator[None]:
    """Deliver the outbox and remove what has expired meanwhile; at the end a job under way is finished first."""
    stop = asyncio.Event()
    relays = [(f"relay of {name}", partial(run_relay, service, bell.another(), stop, lane)) for name, lane in LANES.items()]
    works = [*relays, ("sweeper", partial(run_sweeper, service, stop))]
    tasks = [asyncio.create_task(_kept_up(name, work, stop)) for name, work in works]
    try:
        yield
    finally:
        stop.set()
        service.world.bell.ring()
        _, late = await asyncio.wait(tasks, timeout=GRACE_S)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _kept_up(name: str, work: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """Begin again where the work ended with a failure: nobody else would notice that mail no longer goes out."""
    while not stop.is_set():
        try:
            await work()
        except Exception:
            log.exception("background.failed", what=name)
            await asyncio.sleep(RESTART_AFTER_S)
