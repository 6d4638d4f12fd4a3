"""Access tokens: JSON Web Tokens signed with Ed25519 (RFC 8037), with the type of RFC 9068."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from wardkey.edges.sealing import KeyRingSealing

PURPOSE: Final = "access-token"


class Ed25519Signer:
    """Signs with a key derived from the newest of the ring, and publishes those of all, so that a rotation breaks no token."""

    def __init__(self, sealing: KeyRingSealing) -> None:
        keys = [Ed25519PrivateKey.from_private_bytes(seed) for seed in sealing.subkeys(PURPOSE)]
        self._newest = keys[0]
        self._public = [_public_key(key) for key in keys]
        header = {"alg": "EdDSA", "typ": "at+jwt", "kid": self._public[0]["kid"]}
        self._header = _base64url(msgspec.json.encode(header)) + b"."

    def sign(self, claims: dict[str, object]) -> str:
        signed = self._header + _base64url(msgspec.json.encode(claims))
        return (signed + b"." + _base64url(self._newest.sign(signed))).decode()

    def public_keys(self) -> dict[str, object]:
        return {"keys": [dict(key) for key in self._public]}


def _public_key(key: Ed25519PrivateKey) -> dict[str, str]:
    """A public key as RFC 8037 §2 writes it; its `kid` is the thumbprint of RFC 7638."""
    needed = {"crv": "Ed25519", "kty": "OKP", "x": _base64url(key.public_key().public_bytes_raw()).decode()}
    thumbprint = _base64url(sha256(msgspec.json.encode(needed, order="sorted")).digest()).decode()
    return {**needed, "kid": thumbprint, "use": "sig", "alg": "EdDSA"}


def _base64url(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")
