"""A passkey in place of email and password (SIGN-2): who comes is known from the answer alone, so the question needs no row."""

import hmac
from datetime import timedelta
from hashlib import sha256
from typing import Final

from msgspec import Struct

from wardkey.factors.contract import Refused, RelyingParty
from wardkey.factors.passkeys.ceremony import binary, read_assertion
from wardkey.factors.passkeys.questions import Asked, encoded, request_options
from wardkey.ports import Randomness
from wardkey.vocabulary import AccountId, Instant

RANDOM_BYTES: Final = 24
TOKEN_BYTES: Final = RANDOM_BYTES + 8
TOKEN_LIVES_FOR: Final = timedelta(minutes=5)


class Handle(Struct, frozen=True):
    """Whom an answer claims to come from; nothing of it is proven before the answer is checked."""

    account: AccountId
    external_id: str


def new_token(randomness: Randomness, at: Instant) -> bytes:
    """A token for one sign-in: chance, and the second at which it ends."""
    return randomness.bytes(RANDOM_BYTES) + int((at + TOKEN_LIVES_FOR).timestamp()).to_bytes(8, "big")


def read_token(text: str) -> bytes | None:
    """A token as `vocabulary.token_text` wrote it; another spelling of the same bytes is none, or it could be spent twice."""
    token = binary(text) if len(text) < TOKEN_BYTES * 2 else None
    return token if token is not None and len(token) == TOKEN_BYTES else None


def is_token_live(token: bytes, at: Instant) -> bool:
    return at.timestamp() < _ends(token)


def challenge_of(token: bytes, key: bytes) -> bytes:
    """The challenge that goes with a token; who does not hold `key` can make no pair that is taken."""
    return hmac.digest(key, token, "sha256")


def sign_in_options(token: bytes, key: bytes, relying_party: RelyingParty) -> dict[str, object]:
    """Options for the button and for autofill: any passkey of this relying party, with its user verified."""
    return request_options(_asked(token, key, relying_party), is_enough_alone=True)


def sign_in_state(token: bytes, key: bytes, relying_party: RelyingParty) -> bytes:
    """The question that `sign_in_options` puts, in the form that `Passkey.check` takes."""
    return encoded(_asked(token, key, relying_party))


def handle_of(credential: str) -> Handle | None:
    """The account and the passkey that an answer names, to look it up by."""
    found = read_assertion(credential)
    if isinstance(found, Refused):
        return None
    account = found.user_handle.decode("ascii", "replace")
    is_id = bool(account) and account.isascii() and account.isprintable()
    return Handle(AccountId(account), external_id_of(found.id)) if is_id else None


def external_id_of(credential_id: bytes) -> str:
    """What a passkey is known by in the database: unique, and of one length."""
    return sha256(credential_id).hexdigest()


def _ends(token: bytes) -> int:
    return int.from_bytes(token[RANDOM_BYTES:], "big")


def _asked(token: bytes, key: bytes, relying_party: RelyingParty) -> Asked:
    return Asked("get", challenge_of(token, key), relying_party.id, _ends(token))
