"""Reading `WARDKEY_SMS_URL`: which services send text messages, and with what."""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias, TypeVar
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import msgspec
from msgspec import Meta, Struct, field

from wardkey.settings import WrongSetting

OptionsT = TypeVar("OptionsT", bound="Options")

NAME: Final = r"^[a-z][a-z0-9-]{0,29}$"
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
SHORTEST_SECRET: Final = 16
"""Characters of a gateway's secret, which alone proves who sends; `openssl rand -base64 32` prints 44."""
SENDER_NAME: Final = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 _&-]{1,11}")
"""A name in place of a number (GSM 03.38: eleven characters)."""
SENDER_NUMBER: Final = re.compile(r"\+?[0-9]{3,15}")
ACCOUNT_SID: Final = re.compile(r"AC[0-9A-Za-z]{1,64}")
SERVICE_SID: Final = re.compile(r"MG[0-9A-Za-z]{1,64}")
AMAZON: Final = re.compile(r"sns\.([a-z]{2}(?:-[a-z]+)+-[0-9])\.amazonaws\.com(?:\.cn)?")
REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")


class Address(Struct, frozen=True, kw_only=True):
    """One service; its `repr` shows no secret."""

    name: str
    """Tells it from the others of this installation."""
    origin: str
    """`https://host[:port]`, or `http://` on this machine."""
    ca: str
    """Path of a PEM file with the certificates to trust instead of the system's, or empty."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, {self.origin!r})"


class TwilioAddress(Address, frozen=True, kw_only=True):
    account: str
    token: str
    sender: str
    """A number or a name; empty where a messaging service chooses."""
    messaging_service: str


class VonageAddress(Address, frozen=True, kw_only=True):
    key: str
    secret: str
    sender: str
    signature_secret: str
    """Proves that a delivery receipt comes from Vonage; empty where none are asked for."""
    signature_method: Literal["sha256", "sha512"]


class SnsAddress(Address, frozen=True, kw_only=True):
    key: str
    secret: str
    region: str
    sender: str
    """A name, where the country allows one, or empty."""


class GatewayAddress(Address, frozen=True, kw_only=True):
    secret: str
    path: str
    sender: str


AnyAddress: TypeAlias = TwilioAddress | VonageAddress | SnsAddress | GatewayAddress


class Options(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What may follow the `?` of every address."""

    name: Annotated[str, Meta(pattern=NAME)] | None = None
    endpoint: str = ""
    """Where requests go instead: a proxy or a stand-in."""
    ca: str = ""


class TwilioOptions(Options, frozen=True, kw_only=True):
    sender: str = field(name="from", default="")
    messaging_service: str = ""


class VonageOptions(Options, frozen=True, kw_only=True):
    sender: str = field(name="from", default="")
    signature_secret: str = ""
    signature_method: Literal["sha256", "sha512"] = "sha256"


class SnsOptions(Options, frozen=True, kw_only=True):
    region: str = ""
    sender: str = ""


class GatewayOptions(Options, frozen=True, kw_only=True):
    sender: str = field(name="from", default="")


class _Wrong(Exception):
    """What an address needs, in words that show nothing of it."""


def read_sms_urls(urls: tuple[str, ...]) -> tuple[AnyAddress, ...]:
    """Every address in order, with a name of its own; raises WrongSetting, which never shows a value."""
    found: list[AnyAddress] = []
    for number, url in enumerate(urls, 1):
        try:
            found.append(_read(url))
        except _Wrong as wrong:
            raise WrongSetting(f"WARDKEY_SMS_URL: address {number} needs {wrong}") from None
    return _told_apart(found)


def _told_apart(addresses: list[AnyAddress]) -> tuple[AnyAddress, ...]:
    """The second address of a name gets a 2, and so on; a name that two then share is refused."""
    seen: Counter[str] = Counter()
    named: list[AnyAddress] = []
    for address in addresses:
        seen[address.name] += 1
        nth = seen[address.name]
        named.append(msgspec.structs.replace(address, name=f"{address.name}-{nth}") if nth > 1 else address)
    if len({address.name for address in named}) < len(named):
        raise WrongSetting("WARDKEY_SMS_URL: needs a `name` of its own in each address that has one")
    return tuple(named)


def _read(url: str) -> AnyAddress:
    try:
        parts = urlsplit(url)
        _ = parts.port
        query = parts.query.replace("+", "%2B")  # in a number it is a plus, not a space
        options = dict(parse_qsl(query, keep_blank_values=True, strict_parsing=True) if query else ())
    except ValueError:
        raise _Wrong("to be an address such as scheme://user:password@host?option=value") from None
    reader = READERS.get(parts.scheme)
    if reader is None or not parts.hostname or parts.fragment:
        raise _Wrong(f"to begin with one of {', '.join(f'{scheme}://' for scheme in READERS)}, and a host after it")
    return reader(parts, options)


def _twilio(parts: SplitResult, given: dict[str, str]) -> TwilioAddress:
    options = _converted(given, TwilioOptions, "from, messaging_service")
    account, token = _login(parts, "twilio://ACCOUNT_SID:AUTH_TOKEN@api.twilio.com?from=+15550001111")
    if not ACCOUNT_SID.fullmatch(account):
        raise _Wrong("an account SID, which begins with AC, before the colon")
    if bool(options.sender) == bool(options.messaging_service):
        raise _Wrong("either `from` or `messaging_service`")
    if options.messaging_service and not SERVICE_SID.fullmatch(options.messaging_service):
        raise _Wrong("a messaging service whose id begins with MG")
    return TwilioAddress(
        **_where(parts, options, "twilio"),
        account=account,
        token=token,
        sender=_sender(options.sender) if options.sender else "",
        messaging_service=options.messaging_service,
    )


def _vonage(parts: SplitResult, given: dict[str, str]) -> VonageAddress:
    options = _converted(given, VonageOptions, "from, signature_secret, signature_method (sha256 or sha512)")
    key, secret = _login(parts, "vonage://KEY:SECRET@rest.nexmo.com?from=Wardkey")
    return VonageAddress(
        **_where(parts, options, "vonage"),
        key=key,
        secret=secret,
        sender=_sender(options.sender).lstrip("+"),
        signature_secret=options.signature_secret,
        signature_method=options.signature_method,
    )


def _sns(parts: SplitResult, given: dict[str, str]) -> SnsAddress:
    options = _converted(given, SnsOptions, "region, sender")
    key, secret = _login(parts, "sns://KEY:SECRET@sns.us-east-1.amazonaws.com")
    amazon = AMAZON.fullmatch(parts.hostname or "")
    region = options.region or (amazon.group(1) if amazon else "")
    if not REGION.fullmatch(region):
        raise _Wrong("a `region` such as us-east-1")
    if options.sender and not SENDER_NAME.fullmatch(options.sender):
        raise _Wrong("a `sender` of 1 to 11 letters and digits, or none")
    return SnsAddress(**_where(parts, options, "sns"), key=key, secret=secret, region=region, sender=options.sender)


def _gateway(parts: SplitResult, given: dict[str, str]) -> GatewayAddress:
    options = _converted(given, GatewayOptions, "from")
    secret = unquote(parts.username or "")
    if len(secret) < SHORTEST_SECRET or parts.password is not None:
        raise _Wrong(f"gateway+https://SECRET@host/path, with a secret of at least {SHORTEST_SECRET} characters")
    sender = _sender(options.sender) if options.sender else ""
    return GatewayAddress(
        **_where(parts, options, "gateway", has_path=True), secret=secret, path=parts.path or "/", sender=sender
    )


READERS: Final[dict[str, Callable[[SplitResult, dict[str, str]], AnyAddress]]] = {
    "twilio": _twilio,
    "vonage": _vonage,
    "sns": _sns,
    "gateway+https": _gateway,
}


def _converted(given: dict[str, str], kind: type[OptionsT], own: str) -> OptionsT:
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError:
        raise _Wrong(f"only these options, each once and right: {own}, name, endpoint, ca") from None


def _login(parts: SplitResult, like: str) -> tuple[str, str]:
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not (user and password and (user + password).isprintable()):
        raise _Wrong(f"to be like {like}, percent-encoded before the @")
    return user, password


def _sender(text: str) -> str:
    if not (SENDER_NUMBER.fullmatch(text) or SENDER_NAME.fullmatch(text)):
        raise _Wrong("`from` as a number like +15550001111 or a name of 1 to 11 letters and digits")
    return text


def _where(parts: SplitResult, options: Options, kind: str, *, has_path: bool = False) -> dict[str, str]:
    """The fields that every address has."""
    if parts.path not in ("", "/") and not has_path:
        raise _Wrong("no path after the host")
    if options.ca and not Path(options.ca).is_file():
        raise _Wrong("a `ca` that names a file which is there")
    host = parts.netloc.rpartition("@")[2]
    return {"name": options.name or kind, "origin": _origin(options.endpoint) or f"https://{host}", "ca": options.ca}


def _origin(endpoint: str) -> str:
    """Where requests go instead, empty where nothing is said."""
    if not endpoint:
        return ""
    parts = _split(endpoint)
    if parts is None or parts.path.strip("/") or parts.query or parts.fragment:
        raise _Wrong("an `endpoint` like https://host:port, without a path")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise _Wrong("an `endpoint` with https, since only this machine is spoken to without")
    return f"{parts.scheme}://{parts.netloc}"


def _split(endpoint: str) -> SplitResult | None:
    try:
        parts = urlsplit(endpoint)
        return parts if parts.port != 0 and parts.hostname and parts.username is None else None
    except ValueError:
        return None
