"""Values that the examples of the OpenAPI document share; none of them opens anything."""

from datetime import UTC, datetime, timedelta
from typing import Final

EMAIL: Final = "rosa.delgado@maplestreet.example"
NEW_EMAIL: Final = "rosa@delgado.example"
NAME: Final = "Rosa Delgado"
PASSWORD: Final = "wide river under a paper moon"  # noqa: S105 - an example
NEW_PASSWORD: Final = "nine slow trains to the coast"  # noqa: S105 - an example
ATTEMPT: Final = "Zm9yIGV4YW1wbGUsIG9uZSBzaWduLWluIHVuZGVyd2F5"
TOKEN: Final = "Zm9yIGV4YW1wbGUsIGEgc2Vzc2lvbiBvZiBub2JvZHkuLi4"  # noqa: S105 - an example
LINK: Final = "Zm9yIGV4YW1wbGUsIGEgbGluayBpbiBhIG1lc3NhZ2UuLi4"
PROOF: Final = "Zm9yIGV4YW1wbGUsIGEgYnJvd3Nlcg"
ACCESS_TOKEN: Final = "eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiJhY2NfMDFrYnR4In0.c2lnbmF0dXJl"  # noqa: S105 - an example
SECRET: Final = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105 - an example
OTPAUTH: Final = f"otpauth://totp/Wardkey:{EMAIL}?secret={SECRET}&issuer=Wardkey&algorithm=SHA1&digits=6&period=30"
QR: Final = '<svg class="qr" viewBox="0 0 53 53">…</svg>'
RECOVERY: Final = "7QKXM-2VTRC-HN4PA-W9EYD"
REFERENCE: Final = "K7PM-3XQD"
ACCOUNT: Final = "acc_01kbtx3e8m2v9q4r7s5w6y1zab"
CREDENTIAL: Final = "cred_01kbtx3e8m2v9q4r7s5w6y1zab"
EVENT: Final = "evt_01kbtx3e8m2v9q4r7s5w6y1zab"
SESSION: Final = "3f8e0c1b9a7d5624e8f1a0b2c3d4e5f6"
DEVICE: Final = "dev_01kbtx3e8m2v9q4r7s5w6y1zab"
DEVICE_TOKEN: Final = "Zm9yIGV4YW1wbGUsIGEgZGV2aWNlIHRoYXQgaXMgbm9ib2R5J3M"  # noqa: S105 - an example
TRUST: Final = "trd_01kbtx3e8m2v9q4r7s5w6y1zab"
SIGNED_IN: Final = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
MOMENT: Final = SIGNED_IN + timedelta(hours=3)
TOMORROW: Final = SIGNED_IN + timedelta(days=1)
TRUST_ENDS: Final = SIGNED_IN + timedelta(days=14)
IP: Final = "192.0.2.17"
TRUST_TOKEN: Final = "Zm9yIGV4YW1wbGUsIHRydXN0IGluIGEgZGV2aWNlIG5vYm9keSBoYXM"  # noqa: S105 - an example
CHALLENGE: Final = "Zm9yIGV4YW1wbGUsIGEgY2hhbGxlbmdlIG9mIG5vYm9keSBhdCBhbGw"
PASSKEY_ID: Final = "Zm9yIGV4YW1wbGUsIGEgcGFzc2tleQ"
TEXTED: Final = {
    "sent_to": "•••• ••23",
    "expires_at": (SIGNED_IN + timedelta(minutes=10)).isoformat(),
    "resend_at": (SIGNED_IN + timedelta(seconds=30)).isoformat(),
}
REQUEST_OPTIONS: Final[dict[str, object]] = {
    "challenge": CHALLENGE,
    "rpId": "signin.maplestreet.example",
    "allowCredentials": [],
    "userVerification": "required",
    "timeout": 300_000,
}
CREATION_OPTIONS: Final[dict[str, object]] = {
    "challenge": CHALLENGE,
    "rp": {"id": "signin.maplestreet.example", "name": "Maple Street Clinic"},
    "user": {"id": "YWNjXzAx", "name": EMAIL, "displayName": NAME},
    "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
    "excludeCredentials": [],
    "timeout": 300_000,
}
ASSERTION: Final[dict[str, object]] = {
    "id": PASSKEY_ID,
    "rawId": PASSKEY_ID,
    "type": "public-key",
    "response": {"clientDataJSON": "e30", "authenticatorData": "AAAA", "signature": "AAAA", "userHandle": "YWNjXzAx"},
    "clientExtensionResults": {},
}
ATTESTATION: Final[dict[str, object]] = {
    "id": PASSKEY_ID,
    "rawId": PASSKEY_ID,
    "type": "public-key",
    "response": {"clientDataJSON": "e30", "attestationObject": "oA"},
    "clientExtensionResults": {},
}
