"""A mail as the bytes that go over the wire (RFC 5322, MIME), and the addresses of its envelope."""

import unicodedata
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr
from typing import Final

import idna
from msgspec import Struct

from wardkey.ports import Mail, Rejected
from wardkey.settings import WrongSetting
from wardkey.vocabulary import Instant

SEPARATORS: Final = ("Cc", "Cs", "Zl", "Zp")
"""Categories no header may hold: controls (CR and LF among them), halves of surrogate pairs, line and paragraph separators."""
NOT_PLAIN: Final = ' <>"(),;:\\[]'
"""What stands in an address only within quotes or brackets, which sign-up does not take either."""


class Envelope(Struct, frozen=True):
    """What the server is told, and the message; `needs_utf8` where an address has other letters than ASCII before its @."""

    sender: str
    to: str
    needs_utf8: bool
    message: bytes


def read_sender(text: str) -> Address:
    """The sender of all mail from a setting like `Name <address>`; raises WrongSetting."""
    name, address = parseaddr(text)
    try:
        if _has_separator(text):
            raise ValueError("a control character")
        plain = _plain_address(address)
        return Address(name, username=plain.username, domain=plain.domain)
    except ValueError:
        raise WrongSetting("WARDKEY_MAIL_FROM: needs an address like `Maple Street Clinic <no-reply@clinic.example>`") from None


def envelope(mail: Mail, sender: Address, at: Instant) -> Envelope:
    """A mail ready to hand over; raises Rejected where no such message can be sent."""
    for text in (mail.to, mail.subject, mail.message_id, mail.language):
        if _has_separator(text):
            raise Rejected("a header of the message has a line break or control character in it")
    try:
        to = _plain_address(mail.to)
        needs_utf8 = not (to.addr_spec.isascii() and sender.addr_spec.isascii())
        message = _message(mail, sender, to, at)
        policy = (SMTPUTF8 if needs_utf8 else SMTP).clone(cte_type="7bit")
        return Envelope(sender.addr_spec, to.addr_spec, needs_utf8, message.as_bytes(policy=policy))
    except ValueError:
        raise Rejected("the message cannot be written as mail") from None


def _message(mail: Mail, sender: Address, to: Address, at: Instant) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = to
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = _message_id(mail.message_id, sender.domain)
    message["Content-Language"] = mail.language
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday answers, please
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    return message


def _plain_address(text: str) -> Address:
    local, at, domain = text.rpartition("@")
    if not (local and at and domain) or any(sign in NOT_PLAIN for sign in text) or "@" in local:
        raise ValueError("not a plain address")
    return Address(username=local, domain=_ascii_domain(domain))


def _ascii_domain(domain: str) -> str:
    """A domain as every mail server takes it (IDNA 2008), so that only letters before the @ need SMTPUTF8."""
    return domain if domain.isascii() else idna.encode(domain, uts46=True).decode()


def _message_id(text: str, domain: str) -> str:
    bare = text.strip("<>")
    return f"<{bare}>" if "@" in bare else f"<{bare}@{domain}>"


def _has_separator(text: str) -> bool:
    return any(unicodedata.category(sign) in SEPARATORS for sign in text)
