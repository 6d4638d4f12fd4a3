"""What every authentication factor is: how it is set up, and how an answer is checked. All of it pure."""

from collections.abc import Mapping
from typing import ClassVar, Literal, Protocol

from msgspec import Struct

from wardkey.ports import Randomness
from wardkey.vocabulary import CredentialId, Instant


class Accepted(Struct, frozen=True):
    """The answer is right. `held` is what to keep from now on; None says that nothing is left and the credential goes."""

    held: bytes | None


class Refused(Struct, frozen=True):
    """The answer is not right: `malformed` has not even the shape of one and is no guess; `spent` was right before."""

    why: Literal["malformed", "wrong", "spent"]


class Setup(Struct, frozen=True):
    """A set-up begun: `state` is kept sealed until it ends, `shown` is what the person needs to see, as texts by name."""

    state: bytes
    shown: Mapping[str, str]


class Factor(Protocol):
    """One kind of second factor: one file in `factors/kinds`, one line in `factors/registry`."""

    kind: ClassVar[str]
    amr: ClassVar[str]
    """Its name in the `amr` claim (RFC 8176 where that has one)."""
    is_slow: ClassVar[bool]
    """Whether `check` hashes slowly and so runs in the hashing pool."""
    is_method: ClassVar[bool]
    """Whether it can be set up as a person's MFA method; a recovery code cannot stand alone."""

    def begin(self, randomness: Randomness, issuer: str, label: str) -> Setup:
        """Start a set-up for one account (`label`) at one brand (`issuer`)."""
        ...

    def resume(self, state: bytes, issuer: str, label: str) -> Setup:
        """The same set-up, to be shown again."""
        ...

    def finish(self, state: bytes, answer: Mapping[str, str], at: Instant) -> Accepted | Refused:
        """End a set-up with the person's first answer."""
        ...

    def check(self, held: bytes, answer: Mapping[str, str], at: Instant) -> Accepted | Refused:
        """Check an answer against what is held."""
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
