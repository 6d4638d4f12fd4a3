"""What a change of address that waits for its confirmation is (ACC-4)."""

from msgspec import Struct

from wardkey.vocabulary import EmailAddress, Instant


class Pending(Struct, frozen=True, kw_only=True):
    """A change that waits for the button behind the link sent to the new address."""

    email: EmailAddress
    asked_at: Instant
    expires_at: Instant
