"""Every question asked of the outside world, and `World`, which bundles who answers it."""

from collections.abc import Callable, Mapping
from typing import Final, Literal, Protocol, TypeAlias, TypeVar, runtime_checkable

from msgspec import Struct

from wardkey.settings import Settings
from wardkey.vocabulary import Instant, Place

T = TypeVar("T")


class Unavailable(Exception):
    """Something Wardkey needs cannot answer now; surfaces say 503 with Retry-After and nothing was changed."""

    def __init__(self, what: str, retry_after: int = 5) -> None:
        super().__init__(what)
        self.retry_after = retry_after


class Clock(Protocol):
    def now(self) -> Instant:
        """This moment, aware, in UTC."""
        ...


class Randomness(Protocol):
    def bytes(self, count: int) -> bytes:
        """`count` bytes from a cryptographically secure generator."""
        ...


class Sealing(Protocol):
    """Authenticated encryption under the key ring (AES-256-GCM), newest key first."""

    def seal(self, plain: bytes, context: str) -> bytes:
        """Encrypt; `context` (whose, and what for) must be given again to open."""
        ...

    def open(self, sealed: bytes, context: str) -> bytes:
        """Decrypt, with whichever key of the ring sealed it; ValueError where the seal, key or context is wrong."""
        ...

    def subkey(self, purpose: str) -> bytes:
        """32 bytes derived (HKDF-SHA-256) from the newest key for one purpose; the same on every node."""
        ...


class Verified(Struct, frozen=True):
    """The answer to a password check: whether it fits, and whether its hash is due for renewal."""

    fits: bool
    is_outdated: bool = False


class Hashing(Protocol):
    """The bounded pool in which slow hashes run. Every method raises `Unavailable` at once when the wait would be too long."""

    def admit(self) -> None:
        """Raise `Unavailable` where work that came now would wait too long: asked before anything is read for it."""
        ...

    async def hash(self, password: str) -> str:
        """An argon2id hash in PHC string form."""
        ...

    async def verify(self, stored: str | None, password: str) -> Verified:
        """Check a password; with nothing stored (no such account) the same work is done and the answer is no."""
        ...

    async def run(self, work: Callable[[], T]) -> T:
        """Run one pure, slow computation in the pool."""
        ...


class Counters(Protocol):
    """Fixed-window counters for limits; shared by all processes where a key-value server is set."""

    async def add(self, key: str, window_s: int, amount: int = 1) -> tuple[int, int]:
        """Count `amount` more (0 only asks); answers the count in this window and the seconds until it ends."""
        ...

    async def reset(self, key: str) -> None:
        """Forget a counter."""
        ...


class Geoip(Protocol):
    def locate(self, ip: str) -> Place | None:
        """The rough place of an address, or None where it is not known."""
        ...


class CommonPasswords(Protocol):
    def contains(self, password: str) -> bool:
        """Whether a password is on the list of those known from breaches."""
        ...


class Inline(Struct, frozen=True):
    """A picture within a mail, which its HTML names as `cid:` and the id."""

    id: str
    type: str
    data: bytes


class Mail(Struct, frozen=True):
    """One message, as it will be read. `message_id` stays the same over retries so that a receiver can tell a repeat."""

    to: str
    subject: str
    text: str
    html: str
    message_id: str
    language: str = "en"
    sender_name: str = ""
    """The name that it comes in, before the address of all mail; empty for the name that goes with that address."""
    picture: Inline | None = None


class Rejected(Exception):
    """The far side said that this message can never be delivered."""


class Deferred(Exception):
    """The far side answered, but not for this message now: try this message later."""


class Unreachable(Exception):
    """The far side cannot be reached at all: try again soon, beginning with the oldest message."""


class MailSender(Protocol):
    async def send(self, mail: Mail) -> None:
        """Hand over one message; raises Rejected, Deferred or Unreachable."""
        ...


class Text(Struct, frozen=True):
    """One text message. `id` stays the same over retries; the receiver is `to`, in E.164 form."""

    to: str
    body: str
    id: str


class Uncertain(Exception):
    """The far side may have taken the message and may not: it must not be sent again."""


class TextSender(Protocol):
    """One way to send text messages; `name` tells it from the others of an installation."""

    @property
    def name(self) -> str: ...

    async def send(self, text: Text) -> str:
        """Hand over one message; answers the far side's own id for it. Raises Rejected where this number can never be reached,
        Deferred or Unreachable where it surely was not taken, and Uncertain where it may have been."""
        ...


TEXT_STATUS: Final = "/sms/status/"
"""Path under which services report, each under its sender's name."""

TextStatus: TypeAlias = Literal["sent", "delivered", "failed"]
"""What became of a text: on its way, on the phone, or lost."""


class TextReport(Struct, frozen=True):
    """What a service says has become of a text."""

    id: str
    """The far side's own id of the text, as `send` answered it."""
    outcome: TextStatus
    proof: str
    """What showed that it is theirs; a report that is sent once more has the same."""


@runtime_checkable
class StatusReader(Protocol):
    """A sender whose service reports what became of a text."""

    def read_status(self, url: str, headers: Mapping[str, str], body: bytes, now: Instant) -> TextReport | None:
        """The report, or None where it is not surely theirs, too old, or says nothing. `url` is the address that was called, as
        the service knows it; header names are in small letters."""
        ...


class TokenSigner(Protocol):
    def sign(self, claims: dict[str, object]) -> str:
        """A signed JWT (EdDSA) over the claims."""
        ...

    def public_keys(self) -> dict[str, object]:
        """The key set (RFC 7517) that verifies what `sign` returns, newest first."""
        ...


class Bell(Protocol):
    """Wakes the relay after a commit that left something to deliver."""

    def ring(self) -> None: ...


class World(Struct, frozen=True):
    """All of the outside world a concept may ask."""

    settings: Settings
    clock: Clock
    randomness: Randomness
    sealing: Sealing
    hashing: Hashing
    counters: Counters
    geoip: Geoip
    common_passwords: CommonPasswords
    signer: TokenSigner
    bell: Bell
