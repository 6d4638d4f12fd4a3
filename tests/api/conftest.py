"""Programs that speak to a whole service over a real database."""

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from tests.api.program import Program
from tests.world import Practice


@pytest_asyncio.fixture
async def new_program(sqlite_practice: Practice) -> AsyncIterator[Callable[..., Program]]:
    """Makes another client; its address may be given."""
    made: list[Program] = []

    def make(address: str = "203.0.113.7") -> Program:
        made.append(Program(sqlite_practice, address))
        return made[-1]

    yield make
    for program in made:
        await program.close()


@pytest.fixture
def program(new_program: Callable[..., Program]) -> Program:
    """A client that is not signed in."""
    return new_program()


@pytest_asyncio.fixture
async def elsewhere(practice: Practice) -> AsyncIterator[Program]:
    """A client of a service on either database."""
    opened = Program(practice)
    yield opened
    await opened.close()
