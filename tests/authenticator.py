"""An authenticator and its browser in software, honest unless told otherwise: makes passkeys and uses them (WebAuthn Level 3)."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from typing import Final, Literal, TypeAlias
from urllib.parse import urlsplit

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

Json: TypeAlias = dict[str, object]
PrivateKey: TypeAlias = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
Statement: TypeAlias = tuple[str, Mapping[str, object]]
"""The name of an attestation format, and a statement in it."""
Attest: TypeAlias = Callable[["Credential", bytes, bytes], Statement]
"""Makes one of a credential, its authenticator data and the hash of its client data."""

ES256: Final = -7
EDDSA: Final = -8
RS256: Final = -257
ALGORITHMS: Final = (EDDSA, ES256, RS256)
GOOGLE_PASSWORD_MANAGER: Final = "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4"  # noqa: S105 - the make of an authenticator
NO_MAKE: Final = "00000000-0000-0000-0000-000000000000"

_credential_ids: Final = count(1)


def encoded(data: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def private_key(algorithm: int) -> PrivateKey:
    """A new key for one of the algorithms."""
    if algorithm == EDDSA:
        return ed25519.Ed25519PrivateKey.generate()
    if algorithm == RS256:
        return rsa.generate_private_key(65_537, 2_048)
    return ec.generate_private_key(ec.SECP256R1())


def cose_key(key: PrivateKey) -> dict[int, object]:
    """The public half in COSE form (RFC 9052 §7, RFC 9053, RFC 8230)."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return {1: 1, 3: EDDSA, -1: 6, -2: key.public_key().public_bytes_raw()}
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = key.public_key().public_numbers()
        return {1: 3, 3: RS256, -1: numbers.n.to_bytes(-(-numbers.n.bit_length() // 8), "big"), -2: numbers.e.to_bytes(3, "big")}
    point = key.public_key().public_numbers()
    return {1: 2, 3: ES256, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}


def sign(key: PrivateKey, data: bytes) -> bytes:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(data)
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), SHA256())
    return key.sign(data, ec.ECDSA(SHA256()))


@dataclass
class Credential:
    """One passkey inside."""

    id: bytes
    relying_party: str
    user_handle: bytes
    user_name: str
    key: PrivateKey
    is_discoverable: bool
    sign_count: int


@dataclass
class Refusal(Exception):
    """What a browser throws instead of an answer: the name of its DOMException."""

    name: Literal["NotAllowedError", "InvalidStateError", "NotSupportedError", "SecurityError"]


def no_attestation(
    credential: Credential, authenticator_data: bytes, client_data_hash: bytes
) -> tuple[str, Mapping[str, object]]:
    return "none", {}


def self_attestation(credential: Credential, authenticator_data: bytes, client_data_hash: bytes) -> Statement:
    """Packed self attestation (§8.2)."""
    algorithm = cose_key(credential.key)[3]
    return "packed", {"alg": algorithm, "sig": sign(credential.key, authenticator_data + client_data_hash)}


@dataclass
class Authenticator:
    """An authenticator together with the browser it is used in. As made, it is a phone whose passkeys are synced."""

    origin: str = "http://localhost:8080"
    algorithms: tuple[int, ...] = ALGORITHMS
    can_hold_resident: bool = True
    can_verify_user: bool = True
    is_user_present: bool = True
    is_synced: bool = True
    is_backed_up: bool = True
    counts_by: int = 0
    """How much the signature counter goes up with each use; 0 for authenticators that do not count, below 0 for a clone."""
    first_count: int = 0
    aaguid: str = GOOGLE_PASSWORD_MANAGER
    transports: tuple[str, ...] = ("internal", "hybrid")
    attest: Attest = no_attestation
    credentials: list[Credential] = field(default_factory=list)
    relying_party: str | None = None
    """Set, it signs for this relying party whatever it is asked for, as no honest authenticator does."""
    client_data: Json = field(default_factory=dict)
    """Members put over those of the client data, as no honest browser does."""
    flags_xor: int = 0
    """Bits of the flags that are turned over."""
    extensions: Mapping[str, object] | None = None
    """Output of authenticator extensions."""
    user_handle: bytes | None = None
    """Set, it is given back in place of the true one."""
    public_key: Mapping[int, object] | None = None
    """Set, it is given out in place of the true one."""

    def create(self, options: Mapping[str, object]) -> Json:
        """Answer `navigator.credentials.create` with a `RegistrationResponseJSON`."""
        party, user, selection = (_members(options, name) for name in ("rp", "user", "authenticatorSelection"))
        relying_party = self._bound_to(str(party["id"]))
        if self._among(options.get("excludeCredentials", []), relying_party):
            raise Refusal("InvalidStateError")
        if selection.get("residentKey") == "required" and not self.can_hold_resident:
            raise Refusal("NotAllowedError")
        if selection.get("userVerification") == "required" and not self.can_verify_user:
            raise Refusal("NotAllowedError")
        wanted = [parameter["alg"] for parameter in _list(options["pubKeyCredParams"])]
        algorithm = next((known for known in wanted if known in self.algorithms), None)
        if not isinstance(algorithm, int):
            raise Refusal("NotSupportedError")
        credential = Credential(
            id=sha256(b"credential %d" % next(_credential_ids)).digest(),
            relying_party=relying_party,
            user_handle=decoded(str(user["id"])),
            user_name=str(user["name"]),
            key=private_key(algorithm),
            is_discoverable=self.can_hold_resident,
            sign_count=self.first_count,
        )
        self.credentials.append(credential)
        return self._made(credential, str(options["challenge"]))

    def get(self, options: Mapping[str, object], user_name: str | None = None) -> Json:
        """Answer `navigator.credentials.get` with an `AuthenticationResponseJSON`; `user_name` is the one chosen where several
        passkeys fit, else the newest is taken."""
        relying_party = self._bound_to(str(options["rpId"]))
        if options.get("userVerification") == "required" and not self.can_verify_user:
            raise Refusal("NotAllowedError")
        fitting = [c for c in self._choice(options, relying_party) if user_name in (None, c.user_name)]
        if not fitting:
            raise Refusal("NotAllowedError")
        credential = fitting[-1]
        credential.sign_count = max(credential.sign_count + self.counts_by, 0)
        client_data = self._client_data("webauthn.get", str(options["challenge"]))
        data = self._authenticator_data(credential, b"")
        handle = credential.user_handle if self.user_handle is None else self.user_handle
        return self._answer(
            credential,
            {
                "clientDataJSON": encoded(client_data),
                "authenticatorData": encoded(data),
                "signature": encoded(sign(credential.key, data + sha256(client_data).digest())),
                "userHandle": encoded(handle) if credential.is_discoverable else None,
            },
        )

    def _made(self, credential: Credential, challenge: str) -> Json:
        client_data = self._client_data("webauthn.create", challenge)
        key = cbor2.dumps(dict(self.public_key or cose_key(credential.key)))
        make = bytes.fromhex(self.aaguid.replace("-", ""))
        attested = make + len(credential.id).to_bytes(2, "big") + credential.id + key
        data = self._authenticator_data(credential, attested)
        name, statement = self.attest(credential, data, sha256(client_data).digest())
        attestation = cbor2.dumps({"fmt": name, "attStmt": dict(statement), "authData": data})
        return self._answer(
            credential,
            {
                "clientDataJSON": encoded(client_data),
                "attestationObject": encoded(attestation),
                "transports": list(self.transports),
            },
        )

    def _client_data(self, kind: str, challenge: str) -> bytes:
        said: Json = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps({**said, **self.client_data}, separators=(",", ":")).encode()

    def _authenticator_data(self, credential: Credential, attested: bytes) -> bytes:
        flags = (
            (0x01 if self.is_user_present else 0)
            | (0x04 if self.can_verify_user else 0)
            | (0x08 if self.is_synced else 0)
            | (0x10 if self.is_backed_up else 0)
            | (0x40 if attested else 0)
            | (0x80 if self.extensions is not None else 0)
        ) ^ self.flags_xor
        extensions = cbor2.dumps(dict(self.extensions)) if self.extensions is not None else b""
        party = sha256((self.relying_party or credential.relying_party).encode()).digest()
        return party + bytes([flags]) + credential.sign_count.to_bytes(4, "big") + attested + extensions

    def _answer(self, credential: Credential, response: Json) -> Json:
        return {
            "id": encoded(credential.id),
            "rawId": encoded(credential.id),
            "type": "public-key",
            "authenticatorAttachment": "platform" if "internal" in self.transports else "cross-platform",
            "response": response,
            "clientExtensionResults": {},
        }

    def _bound_to(self, relying_party: str) -> str:
        """The relying party, if the browser's page may use it (§5.1.3, without related origins)."""
        host = urlsplit(self.origin).hostname or ""
        if self.relying_party is None and host != relying_party and not host.endswith(f".{relying_party}"):
            raise Refusal("SecurityError")
        return relying_party

    def _choice(self, options: Mapping[str, object], relying_party: str) -> list[Credential]:
        allowed = options.get("allowCredentials", [])
        if allowed:
            return self._among(allowed, relying_party)
        return [c for c in self.credentials if c.is_discoverable and c.relying_party == relying_party]

    def _among(self, described: object, relying_party: str) -> list[Credential]:
        ids = {decoded(str(one["id"])) for one in _list(described)}
        return [c for c in self.credentials if c.id in ids and c.relying_party == relying_party]


def a_security_key() -> Authenticator:
    """A key on a keyring: its passkeys stay on it, and it counts."""
    return Authenticator(is_synced=False, is_backed_up=False, counts_by=1, aaguid=NO_MAKE, transports=("usb", "nfc"))


def as_text(answer: Json) -> str:
    """An answer as the page and the API send it."""
    return json.dumps(answer)


def _members(options: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = options[name]
    assert isinstance(found, Mapping)
    return found


def _list(found: object) -> list[Mapping[str, object]]:
    assert isinstance(found, list)
    return found
