"""Access tokens verify with an independent library, also over a rotation of keys."""

import base64
import json

import pytest
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError
from joserfc.jwk import KeySet, OKPKey

from wardkey.edges.randomness import SystemRandomness
from wardkey.edges.sealing import KeyRingSealing
from wardkey.edges.token_signer import Ed25519Signer
from wardkey.ports import TokenSigner

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated via RFC 9864")
"""The newer name of the algorithm, Ed25519, is not yet known to the libraries that verify."""

OLD, NEW = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))
CLAIMS: dict[str, object] = {"iss": "https://sign-in.clinic.example", "sub": "acc_1", "exp": 2_000_000_000, "amr": ["pwd", "otp"]}


def signer(*keys: str) -> Ed25519Signer:
    return Ed25519Signer(KeyRingSealing(keys, SystemRandomness()))


def verified(token: str, keys: dict[str, object]) -> jwt.Token:
    return jwt.decode(token, KeySet.import_key_set(json.loads(json.dumps(keys))), algorithms=["EdDSA"])


def test_a_token_verifies_with_the_published_keys_and_says_what_was_signed() -> None:
    signs: TokenSigner = signer(NEW)
    token = verified(signs.sign(CLAIMS), signs.public_keys())
    assert token.claims == CLAIMS
    assert token.header["typ"] == "at+jwt"
    assert token.header["alg"] == "EdDSA"


def test_the_key_is_named_by_its_rfc_7638_thumbprint() -> None:
    keys = signer(NEW).public_keys()["keys"]
    assert isinstance(keys, list)
    assert keys[0]["kid"] == OKPKey.import_key(keys[0]).thumbprint()
    assert verified(signer(NEW).sign(CLAIMS), signer(NEW).public_keys()).header["kid"] == keys[0]["kid"]


def test_nothing_private_is_published() -> None:
    keys = signer(NEW).public_keys()["keys"]
    assert isinstance(keys, list)
    assert set(keys[0]) == {"kty", "crv", "x", "kid", "use", "alg"}
    assert not OKPKey.import_key(keys[0]).is_private


def test_every_node_with_the_same_ring_signs_with_the_same_key() -> None:
    assert signer(NEW).sign(CLAIMS) == signer(NEW).sign(CLAIMS)


def test_after_a_rotation_tokens_of_the_older_key_still_verify_and_the_newest_is_published_first() -> None:
    after = signer(NEW, OLD)
    keys = after.public_keys()
    assert verified(signer(OLD).sign(CLAIMS), keys).claims == CLAIMS
    assert verified(after.sign(CLAIMS), keys).claims == CLAIMS
    published = keys["keys"]
    assert isinstance(published, list)
    assert [len(published), published[0]["kid"]] == [2, verified(after.sign(CLAIMS), keys).header["kid"]]


def test_a_token_of_a_foreign_key_or_with_changed_claims_does_not_verify() -> None:
    ours, token = signer(NEW), signer(NEW).sign(CLAIMS)
    head, _, signature = token.split(".")
    forged = base64.urlsafe_b64encode(json.dumps({**CLAIMS, "sub": "acc_2"}).encode()).rstrip(b"=").decode()
    with pytest.raises(BadSignatureError):
        verified(f"{head}.{forged}.{signature}", ours.public_keys())
    with pytest.raises(InvalidKeyIdError):
        verified(signer(OLD).sign(CLAIMS), ours.public_keys())


def test_what_is_published_can_be_changed_by_nobody_who_reads_it() -> None:
    signs = signer(NEW)
    keys = signs.public_keys()["keys"]
    assert isinstance(keys, list)
    keys[0].clear()
    assert verified(signs.sign(CLAIMS), signs.public_keys()).claims == CLAIMS
