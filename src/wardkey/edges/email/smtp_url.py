"""Reading `WARDKEY_SMTP_URL`."""

from pathlib import Path
from typing import Final, Literal
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import msgspec
from msgspec import Struct

from wardkey.settings import WrongSetting

PORTS: Final = {"smtp": 587, "smtps": 465}  # RFC 6409 and RFC 8314: submission, and submission over TLS

Upgrade = Literal["auto", "required", "never"]


class Options(Struct, frozen=True, forbid_unknown_fields=True):
    """What may follow the `?`."""

    starttls: Upgrade | None = None
    """Whether a plain connection becomes a TLS one: when offered, always, or never."""
    ca: str = ""
    """Path of a PEM file with the certificates to trust instead of the system's."""
    verify: Literal["yes", "no"] = "yes"
    """`no` takes any certificate: for tests only, since anyone in between can then read the mail."""


class SmtpServer(Struct, frozen=True):
    """Which server takes the mail, and how it is spoken to; `starttls` means nothing where TLS is there from the start."""

    host: str
    port: int
    is_tls: bool
    starttls: Upgrade
    username: str | None
    password: str | None
    ca: str
    is_verified: bool


def read_smtp_url(url: str) -> SmtpServer:
    """`smtp[s]://[user:password@]host[:port][?starttls=…&ca=…&verify=…]`; raises WrongSetting, which never shows the value.

    User and password are percent-decoded. With them STARTTLS is required unless `starttls=never` says otherwise.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
        options = msgspec.convert(dict(parse_qsl(parts.query, strict_parsing=True) if parts.query else ()), Options)
    except (ValueError, msgspec.ValidationError):
        raise WrongSetting("WARDKEY_SMTP_URL: its port or one of its options (starttls, ca, verify) is wrong") from None
    if parts.scheme not in PORTS or not parts.hostname or parts.path not in ("", "/") or parts.fragment:
        raise WrongSetting("WARDKEY_SMTP_URL: needs smtp://host:587 or smtps://host:465 (with user:password@ where needed)")
    if options.ca and not Path(options.ca).is_file():
        raise WrongSetting("WARDKEY_SMTP_URL: the file that `ca` names is not there")
    username, password = _credentials(parts)
    return SmtpServer(
        host=parts.hostname,
        port=port or PORTS[parts.scheme],
        is_tls=parts.scheme == "smtps",
        starttls=options.starttls or ("auto" if username is None else "required"),
        username=username,
        password=password,
        ca=options.ca,
        is_verified=options.verify == "yes",
    )


def _credentials(parts: SplitResult) -> tuple[str | None, str | None]:
    if parts.username is None:
        return None, None
    username, password = unquote(parts.username), unquote(parts.password or "")
    if not username or "\0" in username + password:
        raise WrongSetting("WARDKEY_SMTP_URL: needs user:password@ before the host, percent-encoded, or nothing there")
    return username, password
