"""What browsers hand over, read and checked in the order of the specification (WebAuthn Level 3 §7.1 and §7.2)."""

import hmac
from base64 import urlsafe_b64decode
from hashlib import sha256
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from wardkey.factors.contract import Refused
from wardkey.vocabulary import token_text

JSON_AT_MOST: Final = 32_768
"""Characters of one answer; the longest credential id there may be, with a TPM's certificates, takes a third of it."""
ID_AT_MOST: Final = 1_023  # §7.1, of a credential id
HANDLE_AT_MOST: Final = 64  # §5.4.3, of a user handle

MALFORMED: Final = Refused("malformed", code="passkey_malformed")

Kind: TypeAlias = Literal["webauthn.create", "webauthn.get"]

PRESENT: Final = 0x01
VERIFIED: Final = 0x04
BACKUP_ELIGIBLE: Final = 0x08
BACKED_UP: Final = 0x10
HAS_CREDENTIAL: Final = 0x40
"""Bits of the flags in authenticator data (§6.1)."""


class Expected(Struct, frozen=True, kw_only=True):
    """What an answer has to match."""

    kind: Kind
    challenge: bytes
    origins: tuple[str, ...]
    relying_party: str
    must_be_verified: bool
    """Whether the authenticator must have made sure who its user is (PIN, fingerprint, face)."""


class Attestation(Struct, frozen=True):
    """A new credential as it arrives (§5.2.1), not checked yet."""

    id: bytes
    client_data: bytes
    attestation_object: bytes
    transports: tuple[str, ...]


class Assertion(Struct, frozen=True):
    """A use of a credential as it arrives (§5.2.2), not checked yet."""

    id: bytes
    client_data: bytes
    authenticator_data: bytes
    signature: bytes
    user_handle: bytes


class Authenticator(Struct, frozen=True):
    """What an authenticator says of itself and its user, beside the credential (§6.1)."""

    is_verified: bool
    is_synced: bool
    """Whether the credential may be on several devices (backup eligible, §6.1.3)."""
    is_backed_up: bool
    sign_count: int


class _AttestationResponse(
    Struct, frozen=True, rename={"client_data": "clientDataJSON", "attestation_object": "attestationObject"}
):
    client_data: str
    attestation_object: str
    transports: Annotated[tuple[Annotated[str, Meta(max_length=32)], ...], Meta(max_length=16)] = ()


class _AssertionResponse(
    Struct,
    frozen=True,
    rename={"client_data": "clientDataJSON", "authenticator_data": "authenticatorData", "user_handle": "userHandle"},
):
    client_data: str
    authenticator_data: str
    signature: str
    user_handle: str | None = None


class _Registration(Struct, frozen=True, rename="camel"):
    id: str
    raw_id: str
    type: Literal["public-key"]
    response: _AttestationResponse


class _Authentication(Struct, frozen=True, rename="camel"):
    id: str
    raw_id: str
    type: Literal["public-key"]
    response: _AssertionResponse


class _ClientData(Struct, frozen=True, rename="camel"):
    """§5.8.1; members that are not known are left alone, as it says there."""

    type: str
    challenge: str
    origin: str
    cross_origin: bool = False
    top_origin: str | None = None


_registrations: Final = msgspec.json.Decoder(_Registration)
_authentications: Final = msgspec.json.Decoder(_Authentication)
_client_data: Final = msgspec.json.Decoder(_ClientData)
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"  # §7.1 has it stripped
UNREADABLE: Final = (msgspec.DecodeError, ValueError, RecursionError)


def binary(text: str) -> bytes | None:
    """Base64url without padding, in the one spelling that it has."""
    try:
        read = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    return read if token_text(read) == text else None


def read_attestation(text: str) -> Attestation | Refused:
    """A `RegistrationResponseJSON` (§5.1)."""
    try:
        found = _registrations.decode(_capped(text))
    except UNREADABLE:
        return MALFORMED
    id, client_data = _id_of(found), binary(found.response.client_data)
    attestation_object = binary(found.response.attestation_object)
    if id is None or client_data is None or attestation_object is None:
        return MALFORMED
    return Attestation(id, client_data, attestation_object, tuple(dict.fromkeys(found.response.transports)))


def read_assertion(text: str) -> Assertion | Refused:
    """An `AuthenticationResponseJSON` (§5.1)."""
    try:
        found = _authentications.decode(_capped(text))
    except UNREADABLE:
        return MALFORMED
    id, client_data = _id_of(found), binary(found.response.client_data)
    authenticator_data, signature = binary(found.response.authenticator_data), binary(found.response.signature)
    handle = binary(found.response.user_handle or "")
    if id is None or client_data is None or authenticator_data is None or signature is None or handle is None:
        return MALFORMED
    return MALFORMED if len(handle) > HANDLE_AT_MOST else Assertion(id, client_data, authenticator_data, signature, handle)


def client_data_fault(client_data: bytes, expected: Expected) -> Refused | None:
    """What is wrong with what the browser says it was asked (§5.8.1); embedding in other sites is never expected."""
    try:
        said = _client_data.decode(client_data.removeprefix(BYTE_ORDER_MARK))
    except UNREADABLE:
        return MALFORMED
    if said.type != expected.kind:
        return Refused("wrong", code="passkey_ceremony")
    if not hmac.compare_digest(said.challenge.encode(), token_text(expected.challenge).encode()):
        return Refused("wrong", code="passkey_challenge")
    if said.origin not in expected.origins or said.cross_origin or said.top_origin is not None:
        return Refused("wrong", code="passkey_origin")
    return None


def read_authenticator_data(data: bytes, expected: Expected) -> Authenticator | Refused:
    """The fixed head of authenticator data (§6.1), whose relying party and flags are as expected."""
    if len(data) < 37:
        return MALFORMED
    flags = data[32]
    if not hmac.compare_digest(data[:32], sha256(expected.relying_party.encode()).digest()):
        return Refused("wrong", code="passkey_relying_party")
    if not flags & PRESENT:
        return Refused("wrong", code="passkey_not_present")
    if expected.must_be_verified and not flags & VERIFIED:
        return Refused("wrong", code="passkey_not_verified")
    if flags & BACKED_UP and not flags & BACKUP_ELIGIBLE:
        return Refused("wrong", code="passkey_backup")
    if bool(flags & HAS_CREDENTIAL) is not (expected.kind == "webauthn.create"):
        return MALFORMED
    return Authenticator(
        is_verified=bool(flags & VERIFIED),
        is_synced=bool(flags & BACKUP_ELIGIBLE),
        is_backed_up=bool(flags & BACKED_UP),
        sign_count=int.from_bytes(data[33:37], "big"),
    )


def _capped(text: str) -> str:
    if len(text) > JSON_AT_MOST:
        raise ValueError("too long to be an answer")
    return text


def _id_of(found: _Registration | _Authentication) -> bytes | None:
    """The credential id, given twice (§5.1)."""
    id = binary(found.id)
    return id if id and found.id == found.raw_id and len(id) <= ID_AT_MOST else None
