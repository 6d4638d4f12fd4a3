"""Counters that all processes share, in Valkey or Redis."""

import asyncio
import time
from collections.abc import Awaitable
from typing import Final, TypeVar, cast

from valkey.asyncio import Valkey
from valkey.asyncio.retry import Retry
from valkey.backoff import NoBackoff
from valkey.exceptions import ConnectionError as ConnectionBroken
from valkey.exceptions import ValkeyError

from wardkey.edges.kv.memory import MemoryCounters
from wardkey.ports import Clock
from wardkey.settings import WrongSetting

T = TypeVar("T")

PREFIX: Final = "wardkey:count:"
ANSWER_WITHIN_S: Final = 0.25
ASK_AGAIN_AFTER_S: Final = 1.0
"""While the server does not answer, one request a second asks it; the others do not wait for it."""
COUNTED_ALONE: Final = 2
"""What each count weighs while a process counts for itself."""
ADD: Final = """
local amount, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local count
if amount == 0 then
  count = tonumber(redis.call('GET', KEYS[1]) or 0)
  if count == 0 then return {0, window} end
else
  count = redis.call('INCRBY', KEYS[1], amount)
end
local left = redis.call('PTTL', KEYS[1])
if left < 0 or left > window then
  redis.call('PEXPIRE', KEYS[1], window)
  left = window
end
return {count, left}
"""


class ValkeyCounters:
    """Fixed windows like those of MemoryCounters, one script and one round trip each.

    When the server cannot be reached, does not answer within 250 ms, or refuses, this process counts for itself and each
    count weighs double: limits then bind earlier, and nothing is let through because nobody counts. The server is asked
    again every second and used again as soon as it answers; what was counted meanwhile stays behind in the process.
    Raises WrongSetting where the URL is wrong.
    """

    def __init__(
        self,
        url: str,
        clock: Clock,
        *,
        answer_within_s: float = ANSWER_WITHIN_S,
        ask_again_after_s: float = ASK_AGAIN_AFTER_S,
    ) -> None:
        try:
            self._server = Valkey.from_url(
                url,
                socket_timeout=answer_within_s,
                socket_connect_timeout=answer_within_s,
                retry=Retry(NoBackoff(), 1),
                retry_on_error=[ConnectionBroken],
            )
        except ValueError:
            raise WrongSetting("WARDKEY_KV_URL: needs valkey://host:port/0 or redis://host:port/0, or nothing") from None
        self._add = self._server.register_script(ADD)
        self._alone = MemoryCounters(clock)
        self._answer_within_s = answer_within_s
        self._ask_again_after_s = ask_again_after_s
        self._ask_again_at: float | None = None

    @property
    def is_alone(self) -> bool:
        """Whether this process counts for itself at present."""
        return self._ask_again_at is not None

    async def add(self, key: str, window_s: int, amount: int = 1) -> tuple[int, int]:
        if self._may_ask():
            answer = await self._asked(self._add(keys=[PREFIX + key], args=[amount, window_s * 1000]))
            if answer is not None:
                count, left_ms = cast(tuple[int, int], answer)
                return count, max(1, -(-left_ms // 1000))
        return await self._alone.add(key, window_s, amount * COUNTED_ALONE)

    async def reset(self, key: str) -> None:
        await self._alone.reset(key)
        if self._may_ask():
            await self._asked(self._server.delete(PREFIX + key))

    async def ping(self) -> bool:
        """Ask the server now, whatever happened before: whether it answers."""
        return await self._asked(self._server.ping()) is not None

    async def close(self) -> None:
        await self._server.aclose()

    def _may_ask(self) -> bool:
        if self._ask_again_at is None:
            return True
        if time.monotonic() < self._ask_again_at:
            return False
        self._ask_again_at = time.monotonic() + self._ask_again_after_s  # this request asks, the others do not wait
        return True

    async def _asked(self, question: Awaitable[T]) -> T | None:
        """The server's answer, or None where there is none."""
        try:
            async with asyncio.timeout(self._answer_within_s):
                answer = await question
        except (ValkeyError, OSError, TimeoutError):
            self._ask_again_at = time.monotonic() + self._ask_again_after_s
            return None
        self._ask_again_at = None
        return answer
