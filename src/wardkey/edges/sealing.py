"""Encryption of what is stored, under a ring of keys: AES-256-GCM with keys derived by HKDF-SHA-256 for each purpose."""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from wardkey.ports import Randomness
from wardkey.settings import WrongSetting

FORMAT: Final = b"\x01"
KEY_BYTES: Final = 32
ID_BYTES: Final = 4
NONCE_BYTES: Final = 12
"""NIST SP 800-38D §8.3 allows 2³² seals with random nonces under one key; a ring is rotated long before."""
HEADER_BYTES: Final = len(FORMAT) + ID_BYTES + NONCE_BYTES
HOW_TO: Final = "32 random bytes in base64 or base64url, as `openssl rand -base64 32` prints"


class KeyRingSealing:
    """Seals with the newest key and opens with any.

    A seal is one byte of format, four that name the key, twelve of nonce, then the ciphertext and its 16-byte tag; the
    context is authenticated with it. Raises WrongSetting where the ring is empty or a key is not 32 bytes.
    """

    def __init__(self, keys: tuple[str, ...], randomness: Randomness) -> None:
        if not keys:
            raise WrongSetting(f"WARDKEY_SECRET_KEYS: needs at least one key: {HOW_TO}")
        self._keys = tuple(_key_of(text, place) for place, text in enumerate(keys, start=1))
        self._randomness = randomness
        self._ciphers = {derived(key, "key-id")[:ID_BYTES]: AESGCM(derived(key, "sealing")) for key in reversed(self._keys)}
        self._header = FORMAT + derived(self._keys[0], "key-id")[:ID_BYTES]
        self._newest = self._ciphers[self._header[1:]]
        self._subkeys: dict[str, tuple[bytes, ...]] = {}

    def seal(self, plain: bytes, context: str) -> bytes:
        nonce = self._randomness.bytes(NONCE_BYTES)
        return self._header + nonce + self._newest.encrypt(nonce, plain, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        cipher = self._ciphers.get(sealed[1:5])
        if cipher is None or sealed[:1] != FORMAT:
            raise ValueError("sealed under no key of this ring")
        try:
            return cipher.decrypt(sealed[5:HEADER_BYTES], sealed[HEADER_BYTES:], context.encode())
        except (InvalidTag, ValueError):
            raise ValueError("the seal or its context is wrong") from None

    def subkey(self, purpose: str) -> bytes:
        return self.subkeys(purpose)[0]

    def subkeys(self, purpose: str) -> tuple[bytes, ...]:
        """The subkey of every key of the ring, newest first, so that what an older one signed can still be verified."""
        found = self._subkeys.get(purpose)
        if found is None:
            found = self._subkeys[purpose] = tuple(derived(key, f"subkey:{purpose}") for key in self._keys)
        return found

    def needs_resealing(self, sealed: bytes) -> bool:
        """Whether something was sealed by another key than the newest, so that a rotation still has to reach it."""
        return sealed[: len(self._header)] != self._header


def derived(key: bytes, purpose: str) -> bytes:
    """32 bytes for one purpose (RFC 5869; no salt, since a key of the ring is uniformly random already, §3.1)."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"wardkey {purpose}".encode()).derive(key)


def _key_of(text: str, place: int) -> bytes:
    if re.fullmatch(r"[A-Za-z0-9+/_-]{43}=?", text):
        try:
            return b64decode(text.rstrip("=").translate(str.maketrans("-_", "+/")) + "=", validate=True)
        except NotBase64:
            pass
    raise WrongSetting(f"WARDKEY_SECRET_KEYS: key {place} is not {HOW_TO}")
