"""Passkeys and security keys: WebAuthn Level 3, of any make; one that stands alone must verify its user (MFA-5, SIGN-2)."""

from collections.abc import Mapping
from typing import ClassVar, Final, Literal

from msgspec import structs

from wardkey.factors.contract import About, Accepted, Refused, Setup
from wardkey.factors.passkeys import held as records
from wardkey.factors.passkeys import questions
from wardkey.factors.passkeys.ceremony import Authenticator, Expected, read_assertion, read_attestation
from wardkey.factors.passkeys.held import Held, provider_of
from wardkey.factors.passkeys.questions import ANSWERED_WITHIN, CHALLENGE_BYTES, Asked, Listed, options_of
from wardkey.factors.passkeys.sign_in import external_id_of
from wardkey.ports import Randomness
from wardkey.vocabulary import Instant, Problem

DEVICE_BOUND: Final = "hwk"
SYNCED: Final = "swk"
"""RFC 8176: proof of possession of a key that is secured by hardware, and of one that is secured by software."""

LATE: Final = Refused("expired", code="passkey_expired")
NOT_THIS_ONE: Final = Refused("other", code="passkey_unknown")
OF_SOMEBODY_ELSE: Final = Refused("wrong", code="passkey_user")


class Passkey:
    kind: ClassVar[str] = "passkey"
    amr: ClassVar[str] = SYNCED
    is_slow: ClassVar[bool] = False
    is_method: ClassVar[bool] = True
    is_asked: ClassVar[bool] = True
    at_most: ClassVar[int] = 10

    def begin(
        self,
        given: Mapping[str, str],
        about: About,
        held: tuple[bytes, ...],
        before: bytes | None,
        randomness: Randomness,
        at: Instant,
    ) -> Setup | Problem:
        if len(held) >= self.at_most:
            return Problem(code="too_many_passkeys")
        return self._put("create", about, held, randomness, at)

    def resume(self, state: bytes, about: About) -> Setup:
        return Setup(state, {"options": options_of(questions.decoded(state), about)})

    def finish(self, state: bytes, answer: Mapping[str, str], about: About, at: Instant) -> Accepted | Refused:
        asked, given = questions.decoded(state), read_attestation(answer.get("credential", ""))
        if isinstance(given, Refused):
            return given
        if at.timestamp() >= asked.until:
            return LATE
        from wardkey.factors.passkeys.verification import registered  # noqa: PLC0415 - 100 ms that a start need not wait

        made = registered(given, _expected("create", asked, asked.relying_party, about))
        if isinstance(made, Refused):
            return made
        return Accepted(
            records.encoded(made),
            amr=_amr(made),
            label=provider_of(made.aaguid),
            external_id=external_id_of(made.credential_id),
            relying_party=made.relying_party,
        )

    def ask(
        self, about: About, held: tuple[bytes, ...], before: bytes | None, randomness: Randomness, at: Instant
    ) -> Setup | Problem:
        is_here = any(records.decoded(one).relying_party == about.relying_party.id for one in held)
        return self._put("get", about, held, randomness, at) if is_here else Problem(code="passkeys_elsewhere")

    def describe(self, held: bytes) -> Mapping[str, str | bool]:
        return structs.asdict(records.as_shown(held))

    def check(self, held: bytes, state: bytes | None, answer: Mapping[str, str], about: About, at: Instant) -> Accepted | Refused:
        given, kept = read_assertion(answer.get("credential", "")), records.decoded(held)
        if isinstance(given, Refused):
            return given
        if given.id != kept.credential_id:
            return NOT_THIS_ONE
        asked = questions.decoded(state) if state is not None else None
        if asked is None or at.timestamp() >= asked.until:
            return LATE
        if given.user_handle not in (b"", about.account.encode()):
            return OF_SOMEBODY_ELSE
        from wardkey.factors.passkeys.verification import used  # noqa: PLC0415 - 100 ms that a start need not wait

        said = used(kept, given, _expected("get", asked, kept.relying_party, about))
        return said if isinstance(said, Refused) else _kept_on(kept, said)

    def _put(
        self, purpose: Literal["create", "get"], about: About, held: tuple[bytes, ...], randomness: Randomness, at: Instant
    ) -> Setup:
        kept = map(records.decoded, held)
        here = tuple(Listed(one.credential_id, one.transports) for one in kept if one.relying_party == about.relying_party.id)
        until = int((at + ANSWERED_WITHIN).timestamp())
        asked = Asked(purpose, randomness.bytes(CHALLENGE_BYTES), about.relying_party.id, until, here)
        return self.resume(questions.encoded(asked), about)


def _expected(purpose: Literal["create", "get"], asked: Asked, relying_party: str, about: About) -> Expected:
    """A question answers its own purpose alone: one put for making a passkey has no challenge for using it."""
    return Expected(
        kind="webauthn.create" if purpose == "create" else "webauthn.get",
        challenge=asked.challenge if asked.purpose == purpose else b"",
        origins=about.relying_party.origins,
        relying_party=relying_party,
        must_be_verified=purpose == "create" or about.is_enough_alone,
    )


def _amr(held: Held) -> str:
    return SYNCED if held.is_synced else DEVICE_BOUND


def _kept_on(held: Held, said: Authenticator) -> Accepted:
    """The record after a use (§7.2): where the count did not go up the higher one stays, and the record says so."""
    has_regressed = max(said.sign_count, held.sign_count) > 0 and said.sign_count <= held.sign_count
    left = structs.replace(
        held,
        sign_count=max(said.sign_count, held.sign_count),
        is_backed_up=said.is_backed_up,
        is_user_verified=held.is_user_verified or said.is_verified,
    )
    return Accepted(records.encoded(left), amr=_amr(left), warning="counter_regressed" if has_regressed else None)
