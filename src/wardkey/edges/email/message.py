"""A mail as the bytes that go over the wire (RFC 5322, MIME), and the addresses of its envelope."""

import unicodedata
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr, getaddresses
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
NEW_LINE: Final = "\r\n"
LINE_AT_MOST: Final = 74
"""Signs of a line with encoded words, which may have 76 (RFC 2047 §2)."""
WORD_AT_MOST: Final = 60
"""A longer word in a subject is written encoded, which can be folded anywhere."""


class Sender(Struct, frozen=True):
    """Whom all mail comes from."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


class Envelope(Struct, frozen=True):
    """What the server is told, and the message; `needs_utf8` where an address has other letters than ASCII before its @."""

    sender: str
    to: str
    needs_utf8: bool
    message: bytes


def read_sender(text: str) -> Sender:
    """The sender of all mail from a setting like `Name <address>`; raises WrongSetting."""
    try:
        ((name, address),) = getaddresses([text])
        if _has_separator(text) or not address.rpartition("@")[0].isascii():
            raise ValueError("a control character, or letters outside ASCII before the @")
        return Sender(name, wire_address(address))
    except ValueError:
        raise WrongSetting("WARDKEY_MAIL_FROM: needs an address like `Maple Street Clinic <no-reply@clinic.example>`") from None


def envelope(mail: Mail, sender: Sender, at: Instant) -> Envelope:
    """A mail ready to hand over; raises Rejected where no such message can be sent."""
    for text in (mail.to, mail.subject, mail.message_id, mail.language, mail.sender_name):
        if _has_separator(text):
            raise Rejected("a header of the message has a line break or control character in it")
    try:
        to = wire_address(mail.to)
        head = "".join(f"{line}\r\n" for line in _headers(mail, sender, to, at)).encode("ascii" if to.isascii() else "utf-8")
        return Envelope(sender.address, to, not to.isascii(), head + _content(mail))
    except ValueError:
        raise Rejected("the message cannot be written as mail") from None


def wire_address(text: str) -> str:
    """An address as every mail server takes it: the domain by IDNA 2008, so that only letters before the @ need SMTPUTF8."""
    local, at, domain = text.rpartition("@")
    if not (local and at and domain) or any(sign in NOT_PLAIN for sign in text) or "@" in local:
        raise ValueError("not a plain address")
    return f"{local}@{domain if domain.isascii() else idna.encode(domain, uts46=True).decode()}"


def _headers(mail: Mail, sender: Sender, to: str, at: Instant) -> tuple[str, ...]:
    """Lines written out here, since Python's EmailMessage decodes a subject like `=?utf-8?q?=0aBcc:…?=` into header lines."""
    return (
        f"From: {_from(mail.sender_name.strip() or sender.name, sender.address)}",
        f"To: {to}",
        f"Subject: {_subject(mail.subject.strip())}",
        f"Date: {format_datetime(at)}",
        f"Message-ID: {_message_id(mail.message_id, sender.domain)}",
        f"Content-Language: {mail.language}",
        "Auto-Submitted: auto-generated",  # RFC 3834: no holiday answers, please
    )


def _from(name: str, address: str) -> str:
    """A name that mail programs could take for encoded words is written as such itself, so that it is read as it stands."""
    if name.isascii() and "=?" not in name:
        return formataddr((name, address))
    encoded = Header(name, "utf-8", maxlinelen=LINE_AT_MOST, header_name="From").encode(linesep=NEW_LINE)
    last = encoded.rpartition(NEW_LINE)[2]
    return f"{encoded}{'' if len(last) + len(address) < LINE_AT_MOST - len('From:  <>') else NEW_LINE} <{address}>"


def _subject(text: str) -> str:
    """Plain where it can be, else in encoded words (RFC 2047), folded."""
    is_plain = text.isascii() and "=?" not in text and all(len(word) <= WORD_AT_MOST for word in text.split())
    return Header(text, "us-ascii" if is_plain else "utf-8", header_name="Subject").encode(linesep="\r\n")


def _content(mail: Mail) -> bytes:
    content = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    content.set_content(mail.text, cte="quoted-printable")
    content.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    if mail.picture is not None:
        kind, _, form = mail.picture.type.partition("/")
        html = content.get_body(("html",)) or content
        html.add_related(mail.picture.data, kind, form, cid=f"<{mail.picture.id}>", disposition="inline", cte="base64")
    return content.as_bytes()


def _message_id(text: str, domain: str) -> str:
    bare = text.strip("<>")
    if not bare or any(sign in ' <>"' for sign in bare):
        raise ValueError("not a message id")
    return f"<{bare}>" if "@" in bare else f"<{bare}@{domain}>"


def _has_separator(text: str) -> bool:
    return any(unicodedata.category(sign) in SEPARATORS for sign in text)
