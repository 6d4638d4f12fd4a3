"""The services that `WARDKEY_SMS_URL` names, ready to send."""

from typing import Final, Protocol

from wardkey.edges.sms.exchange import Exchange, Waits
from wardkey.edges.sms.gateway import GatewaySender
from wardkey.edges.sms.twilio import TwilioSender
from wardkey.edges.sms.urls import AnyAddress, GatewayAddress, SnsAddress, TwilioAddress, read_sms_urls
from wardkey.edges.sms.vonage import VonageSender
from wardkey.ports import TEXT_STATUS, Clock, TextSender
from wardkey.settings import WrongSetting

USUAL: Final = Waits()


class OpenSender(TextSender, Protocol):
    """A sender that holds something open."""

    async def close(self) -> None:
        """Let go of it; the sender can be used again."""
        ...


def open_senders(urls: tuple[str, ...], public_url: str, clock: Clock, waits: Waits = USUAL) -> tuple[OpenSender, ...]:
    """A sender for each address, in order; nothing is connected to yet. Raises WrongSetting, which never shows a value.

    Services are told where to report only where that is https: over http nobody far away could reach it safely.
    """
    site = public_url.rstrip("/") if public_url.startswith("https://") else ""
    return tuple(
        _opened(address, f"{site}{TEXT_STATUS}{address.name}" if site else "", clock, Exchange(address, waits))
        for address in read_sms_urls(urls)
    )


def _opened(address: AnyAddress, status_url: str, clock: Clock, exchange: Exchange) -> OpenSender:
    if isinstance(address, TwilioAddress):
        return TwilioSender(address, status_url, exchange)
    if isinstance(address, GatewayAddress):
        return GatewaySender(address, status_url, clock, exchange)
    if isinstance(address, SnsAddress):
        return _sns(address, exchange)
    return VonageSender(address, status_url, exchange)


def _sns(address: SnsAddress, exchange: Exchange) -> OpenSender:
    try:
        from wardkey.edges.sms.sns import SnsSender  # noqa: PLC0415 - botocore is installed only where it is wanted
    except ModuleNotFoundError:
        raise WrongSetting("WARDKEY_SMS_URL: needs the extra `sns` for an address that begins with sns://") from None
    return SnsSender(address, exchange)
