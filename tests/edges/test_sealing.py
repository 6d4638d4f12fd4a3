"""What is stored is sealed under the key ring, and opens only with the right key in the right place."""

import base64
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wardkey.edges.randomness import SeededRandomness, SystemRandomness
from wardkey.edges.sealing import KeyRingSealing
from wardkey.ports import Sealing
from wardkey.settings import WrongSetting

OLD = base64.b64encode(bytes(range(32))).decode()
NEW = base64.urlsafe_b64encode(bytes(range(255, 223, -1))).decode()


def ring(*keys: str) -> KeyRingSealing:
    return KeyRingSealing(keys, SystemRandomness())


@given(st.binary(max_size=500), st.text(st.characters(codec="utf-8"), max_size=50))
def test_what_is_sealed_opens_again_and_looks_different_each_time(plain: bytes, context: str) -> None:
    sealing: Sealing = ring(NEW)
    one, two = sealing.seal(plain, context), sealing.seal(plain, context)
    assert one != two
    assert sealing.open(one, context) == sealing.open(two, context) == plain


def test_a_seal_is_a_format_a_key_id_a_nonce_and_the_ciphertext_with_its_tag() -> None:
    sealed = KeyRingSealing((NEW,), SeededRandomness(1)).seal(b"secret", "here")
    assert sealed[0] == 1
    assert sealed[5:17] == SeededRandomness(1).bytes(12)
    assert len(sealed) == 1 + 4 + 12 + len(b"secret") + 16


@given(st.data())
def test_a_seal_changed_in_any_bit_does_not_open(data: st.DataObject) -> None:
    sealing = ring(NEW, OLD)
    sealed = bytearray(sealing.seal(b"secret", "totp:cred_1"))
    place = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[place // 8] ^= 1 << place % 8
    with pytest.raises(ValueError, match="seal"):
        sealing.open(bytes(sealed), "totp:cred_1")


@given(st.binary(max_size=60))
@example(b"")
@example(b"\x01")
def test_what_was_never_sealed_does_not_open(junk: bytes) -> None:
    with pytest.raises(ValueError, match="seal"):
        ring(NEW).open(junk, "here")


def test_a_truncated_seal_does_not_open_at_any_length() -> None:
    sealing = ring(NEW)
    sealed = sealing.seal(b"secret", "here")
    for length in range(len(sealed)):
        with pytest.raises(ValueError, match="seal"):
            sealing.open(sealed[:length], "here")


def test_a_seal_moved_to_another_place_does_not_open() -> None:
    sealing = ring(NEW)
    with pytest.raises(ValueError, match="context is wrong"):
        sealing.open(sealing.seal(b"secret", "totp:cred_1"), "totp:cred_2")


def test_a_key_outside_the_ring_opens_nothing() -> None:
    with pytest.raises(ValueError, match="no key of this ring"):
        ring(OLD).open(ring(NEW).seal(b"secret", "here"), "here")


def test_after_rotation_the_newest_key_seals_and_the_older_ones_still_open() -> None:
    before, after = ring(OLD), ring(NEW, OLD)
    kept = before.seal(b"secret", "here")
    assert after.open(kept, "here") == b"secret"
    assert after.needs_resealing(kept)
    fresh = after.seal(b"secret", "here")
    assert not after.needs_resealing(fresh)
    assert ring(NEW).open(fresh, "here") == b"secret"


def test_subkeys_differ_by_purpose_and_key_and_are_the_same_on_every_node() -> None:
    first, second = ring(NEW, OLD), ring(NEW, OLD)
    assert first.subkey("tokens") == second.subkey("tokens") == first.subkeys("tokens")[0]
    assert first.subkeys("tokens") == (ring(NEW).subkey("tokens"), ring(OLD).subkey("tokens"))
    assert len({first.subkey("tokens"), first.subkey("links"), ring(OLD).subkey("tokens")}) == 3
    assert len(first.subkey("tokens")) == 32
    assert first.subkey("sealing") != first.subkey("tokens")


def test_keys_may_be_written_in_either_alphabet_with_or_without_padding() -> None:
    raw = b"\xfb\xff\xfe" * 10 + b"\xfb\xff"
    standard, urlsafe = base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()
    spellings = {standard, standard.rstrip("="), urlsafe, urlsafe.rstrip("=")}
    assert len(spellings) == 4
    sealed = ring(standard).seal(b"x", "here")
    assert all(ring(spelling).open(sealed, "here") == b"x" for spelling in spellings)


def test_an_empty_ring_is_refused_with_how_to_make_a_key() -> None:
    with pytest.raises(WrongSetting, match=r"^WARDKEY_SECRET_KEYS: needs at least one key.*openssl rand -base64 32"):
        ring()


@given(st.text(max_size=60).filter(lambda text: not re.fullmatch(r"[A-Za-z0-9+/_-]{43}=?", text)))
@example(base64.b64encode(bytes(31)).decode())
@example(base64.b64encode(bytes(33)).decode())
@example(bytes(32).hex())
@example(OLD + "\n")
def test_a_key_of_another_length_or_alphabet_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(WrongSetting) as refused:
        ring(NEW, text)
    assert str(refused.value) == (
        "WARDKEY_SECRET_KEYS: key 2 is not 32 random bytes in base64 or base64url, as `openssl rand -base64 32` prints"
    )
    assert refused.value.__cause__ is None
