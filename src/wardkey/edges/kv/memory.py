"""Counters in this process."""

from collections import OrderedDict
from datetime import timedelta
from math import ceil
from typing import Final

from wardkey.ports import Clock
from wardkey.vocabulary import Instant

KEEPS: Final = 100_000
"""Counters kept at most (some 35 MB); beyond it the one whose window began first is dropped."""
SWEEP_EVERY: Final = 1_000
"""New counters between two sweeps of ended ones, or half as many as there are where that is more."""


class MemoryCounters:
    """Fixed windows that begin with the first count and end by themselves."""

    def __init__(self, clock: Clock, keeps: int = KEEPS) -> None:
        self._clock = clock
        self._keeps = keeps
        self._counters: OrderedDict[str, tuple[int, Instant]] = OrderedDict()
        self._new = 0

    async def add(self, key: str, window_s: int, amount: int = 1) -> tuple[int, int]:
        now = self._clock.now()
        window = timedelta(seconds=window_s)
        count, ends_at = self._counters.get(key, (0, now))
        if ends_at <= now:
            self._counters.pop(key, None)
            count = 0
        if not count and not amount:
            return 0, window_s
        if not count:
            self._make_room(now)
        if not count or ends_at > now + window:  # the clock was set back, or the window shortened
            ends_at = now + window
        self._counters[key] = (count + amount, ends_at)
        return count + amount, max(1, ceil((ends_at - now).total_seconds()))

    async def reset(self, key: str) -> None:
        self._counters.pop(key, None)

    def __len__(self) -> int:
        return len(self._counters)

    def _make_room(self, now: Instant) -> None:
        self._new += 1
        if self._new >= max(SWEEP_EVERY, len(self._counters) // 2):
            self._new = 0
            self._counters = OrderedDict((key, kept) for key, kept in self._counters.items() if kept[1] > now)
        while len(self._counters) >= self._keeps:
            self._counters.popitem(last=False)
