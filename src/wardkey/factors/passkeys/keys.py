"""Keys, attestation statements and signatures of authenticators, by py_webauthn, which takes 100 ms to load."""

from hashlib import sha256
from typing import Final, Literal, TypeAlias, cast

from cryptography.exceptions import InvalidSignature
from msgspec import Struct
from webauthn.helpers import (
    aaguid_to_string,
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    parse_authenticator_data,
    parse_cbor,
    verify_signature,
)
from webauthn.helpers.cose import COSECRV, COSEAlgorithmIdentifier
from webauthn.helpers.decode_credential_public_key import DecodedEC2PublicKey, DecodedOKPPublicKey, DecodedRSAPublicKey
from webauthn.helpers.exceptions import UnsupportedAlgorithm, UnsupportedPublicKey
from webauthn.helpers.parse_attestation_statement import parse_attestation_statement
from webauthn.helpers.structs import AttestationStatement, AttestedCredentialData
from webauthn.registration.formats.fido_u2f import verify_fido_u2f
from webauthn.registration.formats.packed import verify_packed

from wardkey.factors.contract import Refused
from wardkey.factors.passkeys.ceremony import MALFORMED, Attestation
from wardkey.factors.passkeys.questions import ALGORITHMS

UNSUPPORTED: Final = Refused("wrong", code="passkey_algorithm")
WRONG_STATEMENT: Final = Refused("wrong", code="passkey_attestation")
FORMAT_AT_MOST: Final = 32  # RFC 8809 §2.2.1, characters of the name of an attestation statement format

RSA_BITS: Final = range(2_048, 4_097)
"""NIST SP 800-57 asks for 2048 at least; more than 4096 would let a stranger choose how long a check takes."""
RSA_EXPONENT_AT_MOST: Final = 2**32
KEY_AT_MOST: Final = 2_048
"""Bytes of a public key in COSE form, three times what one of 4096 bits takes."""

Decoded: TypeAlias = DecodedEC2PublicKey | DecodedOKPPublicKey | DecodedRSAPublicKey


class Opened(Struct, frozen=True):
    """An attestation object (§6.5.4), taken apart."""

    format: str
    statement: dict[object, object]
    authenticator_data: bytes


class NewKey(Struct, frozen=True):
    """A credential that an authenticator has made: `public_key` in COSE form (RFC 9052), `aaguid` says what made it."""

    credential_id: bytes
    public_key: bytes
    aaguid: str


def open_attestation(attestation_object: bytes) -> Opened | Refused:
    """Take an attestation object apart; nothing in it is checked."""
    try:
        found = parse_cbor(attestation_object)
    except Exception:  # whatever strangers' CBOR can make a parser do
        return MALFORMED
    if not isinstance(found, dict):
        return MALFORMED
    format, statement, data = found.get("fmt"), found.get("attStmt"), found.get("authData")
    if not isinstance(format, str) or not isinstance(statement, dict) or not isinstance(data, bytes):
        return MALFORMED
    is_name = 0 < len(format) <= FORMAT_AT_MOST and format.isascii() and format.isprintable()
    return Opened(format, statement, data) if is_name else MALFORMED


def read_key(authenticator_data: bytes) -> NewKey | Refused:
    """The credential in authenticator data, with a key of a kind that was asked for."""
    try:
        attested = parse_authenticator_data(authenticator_data).attested_credential_data
        if attested is None or len(attested.aaguid) != 16:
            return MALFORMED
        return _usable(attested)
    except Exception:  # whatever strangers' CBOR can make a parser do
        return MALFORMED


def _usable(attested: AttestedCredentialData) -> NewKey | Refused:
    algorithm = parse_cbor(attested.credential_public_key)[3]
    if algorithm not in ALGORITHMS or len(attested.credential_public_key) > KEY_AT_MOST:
        return UNSUPPORTED
    decoded = decode_credential_public_key(attested.credential_public_key)
    if not _is_sound(cast(Decoded, decoded)):
        return UNSUPPORTED
    decoded_public_key_to_cryptography(decoded)  # raises where the point is not on its curve
    return NewKey(attested.credential_id, attested.credential_public_key, aaguid_to_string(attested.aaguid))


def _is_sound(key: Decoded) -> bool:
    """Whether a key is of the one shape that its algorithm has (§5.8.5)."""
    if key.alg == COSEAlgorithmIdentifier.EDDSA:
        return isinstance(key, DecodedOKPPublicKey) and key.crv == COSECRV.ED25519
    if key.alg == COSEAlgorithmIdentifier.ECDSA_SHA_256:
        return isinstance(key, DecodedEC2PublicKey) and key.crv == COSECRV.P256 and len(key.x) == len(key.y) == 32
    if not isinstance(key, DecodedRSAPublicKey):
        return False
    exponent = int.from_bytes(key.e, "big")
    return int.from_bytes(key.n, "big").bit_length() in RSA_BITS and 2 < exponent < RSA_EXPONENT_AT_MOST


def check_statement(opened: Opened, given: Attestation, key: NewKey) -> Literal["none", "checked", "unchecked"] | Refused:
    """Whether an attestation statement is right by itself. Whom to trust is not asked: any maker is accepted, and formats that
    stand or fall with a maker's root certificate are recorded unchecked."""
    if opened.format == "none":
        return "none" if not opened.statement else WRONG_STATEMENT
    if opened.format not in ("packed", "fido-u2f"):
        return "unchecked"
    try:
        statement = parse_attestation_statement(cast(dict[str, object], opened.statement))
        is_right = (
            _is_packed_right(statement, given, key) if opened.format == "packed" else _is_u2f_right(statement, opened, given, key)
        )
    except (UnsupportedAlgorithm, UnsupportedPublicKey):
        return "unchecked"
    except Exception:  # a certificate of a stranger's making can be broken in any way
        return WRONG_STATEMENT
    return "checked" if is_right else WRONG_STATEMENT


def _is_packed_right(statement: AttestationStatement, given: Attestation, key: NewKey) -> bool:
    return verify_packed(
        attestation_statement=statement,
        attestation_object=given.attestation_object,
        client_data_json=given.client_data,
        credential_public_key=key.public_key,
        pem_root_certs_bytes=[],
    )


def _is_u2f_right(statement: AttestationStatement, opened: Opened, given: Attestation, key: NewKey) -> bool:
    return verify_fido_u2f(
        attestation_statement=statement,
        client_data_json=given.client_data,
        rp_id_hash=opened.authenticator_data[:32],
        credential_id=key.credential_id,
        credential_public_key=key.public_key,
        aaguid=bytes(16),  # the library wants none, which §8.6 does not ask and the published vector does not keep
        pem_root_certs_bytes=[],
    )


def is_signed(public_key: bytes, authenticator_data: bytes, client_data: bytes, signature: bytes) -> bool:
    """Whether an assertion is signed with the key (§7.2, "verify that sig is a valid signature")."""
    decoded = decode_credential_public_key(public_key)
    key = decoded_public_key_to_cryptography(decoded)
    data = authenticator_data + sha256(client_data).digest()
    try:
        verify_signature(public_key=key, signature_alg=decoded.alg, signature=signature, data=data)
    except InvalidSignature:
        return False
    return True
