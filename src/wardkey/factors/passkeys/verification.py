"""The two ceremonies as relying parties check them, whole: a passkey is made, a passkey is used (WebAuthn Level 3 §7.1, §7.2)."""

from wardkey.factors.contract import Refused
from wardkey.factors.passkeys.ceremony import (
    MALFORMED,
    Assertion,
    Attestation,
    Authenticator,
    Expected,
    client_data_fault,
    read_authenticator_data,
)
from wardkey.factors.passkeys.held import Held
from wardkey.factors.passkeys.keys import check_statement, is_signed, open_attestation, read_key


def registered(given: Attestation, expected: Expected) -> Held | Refused:
    """The record of a new credential (§7.1), or the first thing that is wrong with it."""
    opened = open_attestation(given.attestation_object)
    fault = client_data_fault(given.client_data, expected)
    if fault is not None or isinstance(opened, Refused):
        return fault or MALFORMED
    said, key = read_authenticator_data(opened.authenticator_data, expected), read_key(opened.authenticator_data)
    if isinstance(said, Refused):
        return said
    if isinstance(key, Refused):
        return key
    statement = check_statement(opened, given, key) if key.credential_id == given.id else MALFORMED
    if isinstance(statement, Refused):
        return statement
    return Held(
        credential_id=key.credential_id,
        public_key=key.public_key,
        relying_party=expected.relying_party,
        sign_count=said.sign_count,
        aaguid=key.aaguid,
        attestation=opened.format,
        is_attestation_checked=statement == "checked",
        is_synced=said.is_synced,
        is_backed_up=said.is_backed_up,
        is_user_verified=said.is_verified,
        transports=given.transports,
    )


def used(held: Held, given: Assertion, expected: Expected) -> Authenticator | Refused:
    """What the authenticator says while it uses a credential (§7.2), or the first thing that is wrong with it. Its count is not
    judged here: §6.1.1 leaves that to the relying party."""
    fault = client_data_fault(given.client_data, expected)
    if fault is not None:
        return fault
    said = read_authenticator_data(given.authenticator_data, expected)
    if isinstance(said, Refused):
        return said
    if said.is_synced is not held.is_synced:
        return Refused("wrong", code="passkey_backup")
    if not is_signed(held.public_key, given.authenticator_data, given.client_data, given.signature):
        return Refused("wrong", code="passkey_signature")
    return said
