"""What every authentication factor is: how it is set up, asked for and checked. All of it pure."""

from collections.abc import Mapping
from typing import ClassVar, Final, Literal, Protocol

from msgspec import Struct

from wardkey.ports import Randomness
from wardkey.texts.rules import Texted
from wardkey.vocabulary import AccountId, CredentialId, FieldFault, Instant, Problem, faulty


class RelyingParty(Struct, frozen=True):
    """Whose passkeys are taken (WebAuthn Level 3 §5.4.2): the id they are bound to, and the origins that may use them."""

    id: str
    origins: tuple[str, ...]


class About(Struct, frozen=True, kw_only=True):
    """Whom, and on which site, a factor is set up, asked for or checked."""

    account: AccountId
    email: str
    name: str
    issuer: str
    """The brand, as it is called in apps and messages."""
    relying_party: RelyingParty
    is_enough_alone: bool = False
    """Whether the factor is used in place of a password, so that it must have verified its user by itself."""


class Setup(Struct, frozen=True):
    """A set-up begun, or a question asked: `state` is kept sealed until it is answered, `shown` is what the person's device needs
    to see, by name; `texted` goes out by text message."""

    state: bytes
    shown: Mapping[str, object]
    texted: Texted | None = None


class Accepted(Struct, frozen=True):
    """The answer is right. `held` is what to keep from now on; None says that nothing is left and the credential goes."""

    held: bytes | None
    amr: str | None = None
    """Its name in the `amr` claim where it differs from one credential of the kind to the next."""
    label: str = ""
    """At set-up: the name suggested for it."""
    external_id: str | None = None
    """At set-up: what it is known by outside, unique over all accounts."""
    relying_party: str | None = None
    """At set-up: the relying party it is bound to, if it is."""
    warning: str | None = None
    """Something for the record that does not refuse the answer: `counter_regressed`."""


class Refused(Struct, frozen=True):
    """The answer is not right: `malformed` has not even the shape of one and is no guess; `spent` was right before; `expired`
    came too late for anything to be right; `other` belongs to another credential of its kind."""

    why: Literal["malformed", "wrong", "spent", "expired", "other"]
    state: bytes | None = None
    """What the question becomes, where the guess counts against it."""
    code: str | None = None
    """The problem code that says more closely what is wrong, for those who build clients."""


NEVER_ASKED: Final = faulty(FieldFault("method", "method_unknown"))
"""What a kind that puts no questions says when it is asked to."""


class Factor(Protocol):
    """One kind of second factor: one file in `factors/kinds`, one line in `factors/registry`."""

    kind: ClassVar[str]
    amr: ClassVar[str]
    """Its name in the `amr` claim (RFC 8176 where that has one)."""
    is_slow: ClassVar[bool]
    """Whether `check` hashes slowly and so runs in the hashing pool."""
    is_method: ClassVar[bool]
    """Whether it can be set up as a person's MFA method; a recovery code cannot stand alone."""
    is_asked: ClassVar[bool]
    """Whether each answer needs a question put before it: a code sent, a challenge shown."""
    at_most: ClassVar[int]
    """How many one account can have; where it is 1, a new one takes the old one's place."""

    def begin(
        self,
        given: Mapping[str, str],
        about: About,
        held: tuple[bytes, ...],
        before: bytes | None,
        randomness: Randomness,
        at: Instant,
    ) -> Setup | Problem:
        """Start a set-up with what the person gave for it. `held` is what the account holds of this kind already, `before` the
        state of a set-up that this one replaces."""
        ...

    def resume(self, state: bytes, about: About) -> Setup:
        """The same set-up or question, to be shown again; nothing is sent."""
        ...

    def finish(self, state: bytes, answer: Mapping[str, str], about: About, at: Instant) -> Accepted | Refused:
        """End a set-up with the person's first answer."""
        ...

    def ask(
        self, about: About, held: tuple[bytes, ...], before: bytes | None, randomness: Randomness, at: Instant
    ) -> Setup | Problem:
        """Put the question that an answer needs; called only where `is_asked`. `before` is the state of the question that this
        one replaces."""
        ...

    def describe(self, held: bytes) -> Mapping[str, str | bool]:
        """What its owner may see of it on the security page, by name; nothing secret, no whole telephone number."""
        ...

    def check(self, held: bytes, state: bytes | None, answer: Mapping[str, str], about: About, at: Instant) -> Accepted | Refused:
        """Check an answer against one credential; `state` is the question it answers, where the kind puts one."""
        ...


class Credential(Struct, frozen=True, kw_only=True):
    """One enrolled factor of an account; `sealed` is what its kind holds, encrypted."""

    id: CredentialId
    kind: str
    label: str
    sealed: bytes
    version: int
    created_at: Instant
    confirmed_at: Instant | None = None
    """For a recovery code: when the person said it is saved."""
    last_used_at: Instant | None = None
    is_method: bool = True
    """Whether it makes the MFA challenge be asked; a passkey that was made for signing in alone does not."""
    external_id: str | None = None
    relying_party: str | None = None
