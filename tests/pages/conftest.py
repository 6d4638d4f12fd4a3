"""Pages are tested as a whole service answers them, in a browser that runs no scripts."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.pages.person import new_browser
from tests.pages.visitor import Visitor
from tests.world import Practice
from wardkey.app import build_app

__all__ = ["new_browser"]


@pytest.fixture
def new_visitor(sqlite_practice: Practice) -> Callable[[], Visitor]:
    """Gives another person at another computer."""
    app: Any = build_app(sqlite_practice.service)

    def make() -> Visitor:
        transport = httpx.ASGITransport(app=app, client=("203.0.113.7", 50000))
        return Visitor(httpx.AsyncClient(transport=transport, base_url=sqlite_practice.world.settings.public_url))

    return make


@pytest_asyncio.fixture
async def visitor(new_visitor: Callable[[], Visitor]) -> AsyncIterator[Visitor]:
    opened = new_visitor()
    yield opened
    await opened.client.aclose()
