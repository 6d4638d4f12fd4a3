"""Wakes the relay in this process when there is something to deliver."""

import asyncio


class LoopBell:
    """A bell on the event loop. It may be made and rung before a loop runs; rings that nobody has heard yet count as one.

    Ring it on the loop's own thread. One waiter at a time; `another` is for one more.
    """

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self._others: list[LoopBell] = []

    def ring(self) -> None:
        self._rung.set()
        for other in self._others:
            other.ring()

    def another(self) -> "LoopBell":
        """A bell that rings whenever this one does, and is heard by a waiter of its own."""
        self._others.append(LoopBell())
        return self._others[-1]

    async def wait(self, timeout_s: float) -> bool:
        """Sleep until rung, at most `timeout_s` seconds; answers whether it rang. What rings afterwards wakes the next wait."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._rung.wait()
        except TimeoutError:
            return False
        self._rung.clear()
        return True
