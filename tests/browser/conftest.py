"""The whole service, served over HTTP to a real browser."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest_asyncio
import uvicorn

from tests.world import Practice, open_practice
from wardkey.app import build_app


@dataclass
class Site:
    """A practice and the address at which its pages are."""

    practice: Practice
    base: str


@asynccontextmanager
async def serve(database_url: str, wrapped: Callable[[Any], Any] = lambda app: app, **changes: Any) -> AsyncIterator[Site]:
    """Serve a practice on a free port, its app as `wrapped`; `changes` are settings."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{listening.getsockname()[1]}"
        async with open_practice(database_url, public_url=base, **changes) as practice:
            app = wrapped(build_app(practice.service))
            server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off", access_log=False))
            serving = asyncio.create_task(server.serve(sockets=[listening]))
            try:
                yield Site(practice, base)
            finally:
                server.should_exit = True
                await serving


@pytest_asyncio.fixture
async def site(sqlite_url: str) -> AsyncIterator[Site]:
    async with serve(sqlite_url) as served:
        yield served
