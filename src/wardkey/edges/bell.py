"""Wakes the relay in this process when there is something to deliver."""

import asyncio


class LoopBell:
    """A bell on the event loop. It may be made and rung before a loop runs; rings that nobody has heard yet count as one.

    Ring it on the loop's own thread. One waiter at a time.
    """

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()

    async def wait(self, timeout_s: float) -> bool:
        """Sleep until rung, at most `timeout_s` seconds; answers whether it rang. What rings afterwards wakes the next wait."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._rung.wait()
        except TimeoutError:
            return False
        self._rung.clear()
        return True
