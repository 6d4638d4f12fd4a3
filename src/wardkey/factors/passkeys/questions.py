"""What browsers are asked: to make a credential, or to use one (WebAuthn Level 3 §5.4 and §5.5, in the JSON form of §5.1)."""

from datetime import timedelta
from typing import Final, Literal

import msgspec
from msgspec import Struct

from wardkey.factors.contract import About
from wardkey.vocabulary import token_text

CHALLENGE_BYTES: Final = 32  # §13.4.3 asks for 16 at least
TIMEOUT_MS: Final = 300_000  # §15.1, the recommended default
ANSWERED_WITHIN: Final = timedelta(minutes=10)  # §15.1, the longest time-out recommended, so that a page can be loaded again
ALGORITHMS: Final = (-8, -7, -257)
"""EdDSA, ES256, RS256 (RFC 9053, RFC 8812): §5.4 asks for these three, and all authenticators have one of them."""


class Listed(Struct, frozen=True, array_like=True):
    """A credential that is named in a question, and how browsers may reach it."""

    id: bytes
    transports: tuple[str, ...]


class Asked(Struct, frozen=True):
    """A question, as it is kept, sealed, until it is answered."""

    purpose: Literal["create", "get"]
    challenge: bytes
    relying_party: str
    until: int
    """Seconds since 1970 after which nothing answers it."""
    listed: tuple[Listed, ...] = ()
    """To be left out when a credential is made, to choose from when one is used; none listed leaves the choice to the browser."""


def options_of(asked: Asked, about: About) -> dict[str, object]:
    """The options that `parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON` takes."""
    return _creation(asked, about) if asked.purpose == "create" else request_options(asked, about.is_enough_alone)


def _creation(asked: Asked, about: About) -> dict[str, object]:
    user = {"id": token_text(about.account.encode()), "name": about.email, "displayName": about.name or about.email}
    return {
        "rp": {"id": asked.relying_party, "name": about.issuer},
        "user": user,
        "challenge": token_text(asked.challenge),
        "pubKeyCredParams": [{"type": "public-key", "alg": algorithm} for algorithm in ALGORITHMS],
        "timeout": TIMEOUT_MS,
        "excludeCredentials": _described(asked),
        "authenticatorSelection": {"residentKey": "required", "requireResidentKey": True, "userVerification": "required"},
        # Anything else makes browsers ask whether this site may see the make of the person's key.
        "attestation": "none",
        "extensions": {"credProps": True},
    }


def request_options(asked: Asked, is_enough_alone: bool) -> dict[str, object]:
    """The options for using a credential; one that stands for the password has to make sure by itself who its user is."""
    return {
        "challenge": token_text(asked.challenge),
        "timeout": TIMEOUT_MS,
        "rpId": asked.relying_party,
        "allowCredentials": _described(asked),
        "userVerification": "required" if is_enough_alone else "preferred",
    }


def _described(asked: Asked) -> list[dict[str, object]]:
    return [{"type": "public-key", "id": token_text(one.id), "transports": list(one.transports)} for one in asked.listed]


def encoded(asked: Asked) -> bytes:
    return msgspec.msgpack.encode(asked)


def decoded(state: bytes) -> Asked:
    return msgspec.msgpack.decode(state, type=Asked)
