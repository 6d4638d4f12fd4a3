"""The published test vectors of WebAuthn Level 3: what we accept verifies, what we do not is refused by its code (MFA-5)."""

from pathlib import Path
from typing import Final

import msgspec
import pytest
from msgspec import Struct

from wardkey.factors.contract import Refused
from wardkey.factors.passkeys.ceremony import Assertion, Attestation, Authenticator, Expected, Kind
from wardkey.factors.passkeys.held import Held
from wardkey.factors.passkeys.verification import registered, used

pytestmark = pytest.mark.spec("MFA-5")


class Registration(Struct, rename={"client_data": "clientDataJSON", "attestation_object": "attestationObject"}):
    challenge: str
    aaguid: str
    credential_id: str
    client_data: str
    attestation_object: str


class Authentication(Struct, rename={"client_data": "clientDataJSON", "authenticator_data": "authenticatorData"}):
    challenge: str
    authenticator_data: str
    client_data: str
    signature: str


class Vector(Struct):
    section: str
    title: str
    registration: Registration
    authentication: Authentication


class Published(Struct):
    source: str
    vectors: list[Vector]


PUBLISHED: Final = msgspec.json.decode(
    Path(__file__).with_name("webauthn_level_3_vectors.json").read_bytes(), type=Published, strict=True
)
VECTORS: Final = {vector.section.removeprefix("sctn-test-vectors-"): vector for vector in PUBLISHED.vectors}
REFUSED: Final = {
    "none-es256-crossOrigin": "passkey_origin",
    "none-es256-topOrigin": "passkey_origin",
    "packed-es384": "passkey_algorithm",
    "packed-es512": "passkey_algorithm",
    "packed-ed448": "passkey_algorithm",
}
"""Section to code: pages inside other sites and algorithms that are never asked for."""
CHECKED: Final = {"packed-self-es256", "packed-es256", "packed-rs256", "packed-eddsa", "fido-u2f-es256"}
"""Sections whose attestation statement is checked."""
ACCEPTED: Final = sorted(set(VECTORS) - set(REFUSED))


def expected(kind: Kind, challenge: str) -> Expected:
    """What the section's introduction says of all of them; some are without user verification."""
    return Expected(
        kind=kind,
        challenge=bytes.fromhex(challenge),
        origins=("https://example.org",),
        relying_party="example.org",
        must_be_verified=False,
    )


def attestation(given: Registration, client_data: str) -> Attestation:
    id, data, made = map(bytes.fromhex, (given.credential_id, client_data, given.attestation_object))
    return Attestation(id, data, made, ())


def assertion(held: Held, given: Authentication, signature: str) -> Assertion:
    client_data, data, signed = map(bytes.fromhex, (given.client_data, given.authenticator_data, signature))
    return Assertion(held.credential_id, client_data, data, signed, b"")


def register(section: str) -> Held | Refused:
    given = VECTORS[section].registration
    return registered(attestation(given, given.client_data), expected("webauthn.create", given.challenge))


def use(section: str, held: Held) -> Authenticator | Refused:
    given = VECTORS[section].authentication
    return used(held, assertion(held, given, given.signature), expected("webauthn.get", given.challenge))


def test_all_of_them_are_here() -> None:
    assert len(VECTORS) == 15
    assert set(REFUSED) | CHECKED <= set(VECTORS)


@pytest.mark.parametrize("section", ACCEPTED)
def test_a_published_credential_is_registered_and_used(section: str) -> None:
    held = register(section)
    assert isinstance(held, Held), held
    given = VECTORS[section].registration
    assert (held.credential_id.hex(), held.aaguid.replace("-", "")) == (given.credential_id, given.aaguid)
    assert section.startswith(held.attestation)
    assert held.is_attestation_checked is (section in CHECKED)
    said = use(section, held)
    assert isinstance(said, Authenticator), said
    assert said.sign_count == 0


@pytest.mark.parametrize("section", REFUSED)
def test_a_published_credential_that_is_never_asked_for_is_refused(section: str) -> None:
    assert register(section) == Refused("wrong", code=REFUSED[section])


@pytest.mark.parametrize("section", ACCEPTED)
def test_a_published_signature_verifies_nothing_else(section: str) -> None:
    held = register(section)
    assert isinstance(held, Held), held
    given = VECTORS[section].authentication
    broken = given.signature[:-2] + f"{int(given.signature[-2:], 16) ^ 1:02x}"
    outcome = used(held, assertion(held, given, broken), expected("webauthn.get", given.challenge))
    assert outcome == Refused("wrong", code="passkey_signature")


@pytest.mark.parametrize("section", ["packed-es256", "packed-rs256", "packed-eddsa", "packed-self-es256", "fido-u2f-es256"])
def test_a_published_attestation_over_other_client_data_is_refused(section: str) -> None:
    given = VECTORS[section].registration
    other = given.client_data + b"\n".hex()
    outcome = registered(attestation(given, other), expected("webauthn.create", given.challenge))
    assert outcome == Refused("wrong", code="passkey_attestation")
