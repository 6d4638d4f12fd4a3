"""Text messages that stay here: for the demo's outbox and for tests."""

from collections import deque
from typing import Final

from wardkey.edges.email.memory import SentMessage
from wardkey.edges.sms.acceptable import acceptable
from wardkey.ports import Clock, Text

KEEPS: Final = 500


class MemorySender:
    """A sender that keeps the latest texts instead of sending them."""

    def __init__(self, clock: Clock, name: str = "memory", keeps: int = KEEPS) -> None:
        self.name = name
        self._clock = clock
        self._kept: deque[SentMessage] = deque(maxlen=keeps)
        self._count = 0

    async def send(self, text: Text) -> str:
        acceptable(text)
        self._count += 1
        name = f"{self.name}-{self._count}"
        self._kept.appendleft(SentMessage(name, "sms", text.to, "", text.body, "", self._clock.now()))
        return name

    @property
    def sent(self) -> list[SentMessage]:
        """What was sent, newest first."""
        return list(self._kept)
