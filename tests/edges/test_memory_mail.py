"""The demo outbox shows what was sent; without a mail server nothing is lost."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from wardkey.edges.clock import FrozenClock
from wardkey.edges.email.memory import MemoryOutbox, NoMail, SentMessage
from wardkey.ports import Mail, MailSender, Unreachable

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MAIL = Mail(to="ana@example.org", subject="Verify", text="Open", html="<p>Open</p>", message_id="evt_1")


async def test_the_outbox_shows_what_was_sent_newest_first() -> None:
    clock = FrozenClock(NOON)
    outbox = MemoryOutbox(clock)
    sends: MailSender = outbox
    await sends.send(MAIL)
    clock.advance(timedelta(minutes=1))
    await sends.send(msgspec.structs.replace(MAIL, subject="Reset"))
    assert outbox.sent == [
        SentMessage("2", "email", "ana@example.org", "Reset", "Open", "<p>Open</p>", NOON + timedelta(minutes=1)),
        SentMessage("1", "email", "ana@example.org", "Verify", "Open", "<p>Open</p>", NOON),
    ]


async def test_the_outbox_is_bounded_and_numbers_stay_unique() -> None:
    outbox = MemoryOutbox(FrozenClock(NOON), keeps=3)
    for _ in range(5):
        await outbox.send(MAIL)
    assert [message.id for message in outbox.sent] == ["5", "4", "3"]


async def test_the_outbox_is_written_as_the_demo_promises() -> None:
    outbox = MemoryOutbox(FrozenClock(NOON))
    await outbox.send(MAIL)
    assert set(msgspec.to_builtins(outbox.sent)[0]) == {"id", "channel", "to", "subject", "text", "html", "sent_at"}


async def test_without_a_mail_server_mail_waits_and_the_reason_names_the_setting() -> None:
    with pytest.raises(Unreachable, match="WARDKEY_SMTP_URL"):
        await NoMail().send(MAIL)
