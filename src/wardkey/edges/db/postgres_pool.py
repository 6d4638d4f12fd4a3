"""A few connections to one PostgreSQL, each lent to one borrower at a time.

Borrowing costs a few microseconds where asyncpg's own pool, with its proxies, reset and time-outs, costs eighty-five; nothing
here sets session state, so there is nothing to reset.
"""

import asyncio
from typing import Any, Final

import asyncpg

ACQUIRE_WITHIN_S: Final = 2.0
"""How long a unit waits for a free connection before it is refused with 503."""
CONNECT_WITHIN_S: Final = 2.0
COMMAND_WITHIN_S: Final = 10.0


class Connections:
    """At most `size` connections, the one used last lent first; dead ones are replaced when they are asked for."""

    def __init__(self, url: str, size: int) -> None:
        self._url = url
        self._idle: list[Any] = []
        self._lent: set[Any] = set()
        self._free = asyncio.Semaphore(size)

    async def acquire(self) -> Any:
        """A connection that nobody else has, to be given back.

        Raises TimeoutError where none comes free, and what connecting raises.
        """
        if self._free.locked():
            async with asyncio.timeout(ACQUIRE_WITHIN_S):
                await self._free.acquire()
        else:
            await self._free.acquire()
        try:
            connection = self._alive() or await self._connect()
        except BaseException:
            self._free.release()
            raise
        self._lent.add(connection)
        return connection

    def release(self, connection: Any) -> None:
        """Take a connection back; one that was left inside a transaction is not lent again."""
        self._lent.discard(connection)
        self._free.release()
        if connection.is_closed():
            return
        if connection.is_in_transaction():
            connection.terminate()
        else:
            self._idle.append(connection)

    def _alive(self) -> Any:
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        return None

    async def _connect(self) -> Any:
        return await asyncpg.connect(
            self._url,
            timeout=CONNECT_WITHIN_S,
            command_timeout=COMMAND_WITHIN_S,
            server_settings={"application_name": "wardkey"},
        )

    async def close(self) -> None:
        """Close what is idle and cut what is lent."""
        for connection in self._lent:
            connection.terminate()
        while self._idle:
            await self._idle.pop().close(timeout=CONNECT_WITHIN_S)
