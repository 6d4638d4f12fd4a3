"""A mail server on a loop of its own, since commands bring theirs."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.edges.post_office import PostOffice, open_at


class Office(PostOffice):
    """Says when the first mail has arrived."""

    def __init__(self) -> None:
        super().__init__()
        self.has_mail = threading.Event()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = await super().handle_DATA(server, session, envelope)
        self.has_mail.set()
        return answer


@contextmanager
def mail_server(**options: Any) -> Iterator[tuple[Office, int]]:
    """An office, and the port it is at; `options` as for `open_at`."""
    office, loop, opened = Office(), asyncio.new_event_loop(), threading.Event()
    stop, ports = asyncio.Event(), list[int]()

    async def keep_open() -> None:
        async with open_at(office, **options) as port:
            ports.append(port)
            opened.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(keep_open()))
    thread.start()
    assert opened.wait(10)
    try:
        yield office, ports[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()
