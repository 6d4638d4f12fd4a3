"""Every way to send texts, with a service for it that runs here."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

from msgspec import Struct

from tests.edges.sms.services import Gateway, Service, Sns, Twilio, Vonage, open_at
from wardkey.edges.clock import FrozenClock
from wardkey.edges.sms.exchange import Waits
from wardkey.edges.sms.memory import MemorySender
from wardkey.edges.sms.opening import OpenSender, open_senders
from wardkey.ports import Text, TextSender

NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
SITE: Final = "https://signin.clinic.example"
TEXT: Final = Text(to="+447700900123", body="482913 is your Maple Street Clinic code.", id="txt_1")
BRIEF: Final = Waits(connect=1, answer=0.3, whole=0.6)
PATIENT: Final = Waits(connect=5, answer=20, whole=30)


MEMORY: Final = "memory"
"""The kind that keeps texts instead of sending them."""


class Kind(Struct, frozen=True):
    """One kind of sender: its service, and the address that names it, in which `{at}` is where the service runs."""

    service: Callable[[], Service]
    address: str
    secret: str
    """What must not be seen anywhere."""


KINDS: Final = {
    "twilio": Kind(
        Twilio,
        f"twilio://{Twilio.account}:{quote(Twilio.token, safe='')}@api.twilio.com?from=+15550001111&endpoint={{at}}",
        Twilio.token,
    ),
    "vonage": Kind(
        Vonage,
        f"vonage://{Vonage.key}:{quote(Vonage.secret, safe='')}@rest.nexmo.com?from=Wardkey&signature_secret=s&endpoint={{at}}",
        Vonage.secret,
    ),
    "sns": Kind(
        Sns,
        f"sns://{Sns.key}:{quote(Sns.secret, safe='')}@sns.us-east-1.amazonaws.com?sender=Wardkey&endpoint={{at}}",
        Sns.secret,
    ),
    "gateway": Kind(
        Gateway,
        f"gateway+https://{Gateway.secret}@sms.clinic.example/v1/texts?from=Wardkey&endpoint={{at}}",
        Gateway.secret,
    ),
}


def sender_for(kind: Kind, at: str, waits: Waits = PATIENT) -> OpenSender:
    """A sender of a kind whose service runs at an address."""
    (sender,) = open_senders((kind.address.format(at=at),), SITE, FrozenClock(NOON), waits)
    return sender


@asynccontextmanager
async def ready(name: str, waits: Waits = PATIENT) -> AsyncIterator[tuple[TextSender, Service]]:
    """A sender of a kind, and its service, running; in memory there is none, so nobody is ever asked."""
    if name == MEMORY:
        yield MemorySender(FrozenClock(NOON)), Service()
        return
    kind = KINDS[name]
    service = kind.service()
    async with open_at(service) as port:
        sender = sender_for(kind, f"http://127.0.0.1:{port}", waits)
        try:
            yield sender, service
        finally:
            await sender.close()
