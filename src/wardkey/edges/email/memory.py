"""Mail that stays here: the demo outbox, and what stands in where no mail server is set."""

from collections import deque
from typing import Final, Literal

from msgspec import Struct

from wardkey.notices.rendering import alone
from wardkey.ports import Clock, Mail, Unreachable
from wardkey.vocabulary import Instant

KEEPS: Final = 500


class SentMessage(Struct, frozen=True):
    """A message as its reader would see it."""

    id: str
    channel: Literal["email", "sms"]
    to: str
    subject: str
    text: str
    html: str
    sent_at: Instant


class MemoryOutbox:
    """A sender that keeps the latest messages for the demo page and for tests instead of sending them."""

    def __init__(self, clock: Clock, keeps: int = KEEPS) -> None:
        self._clock = clock
        self._kept: deque[SentMessage] = deque(maxlen=keeps)
        self._count = 0

    async def send(self, mail: Mail) -> None:
        self._count += 1
        self._kept.appendleft(
            SentMessage(str(self._count), "email", mail.to, mail.subject, mail.text, alone(mail), self._clock.now())
        )

    @property
    def sent(self) -> list[SentMessage]:
        """What was sent, newest first."""
        return list(self._kept)


class NoMail:
    """The sender where no mail server is set: everything stays in the outbox until there is one."""

    async def send(self, mail: Mail) -> None:
        raise Unreachable("no mail server is set (WARDKEY_SMTP_URL), so mail waits")
