"""When somebody is asked whether they want a passkey (SIGN-3)."""

from datetime import UTC, datetime, timedelta
from typing import Final, Literal, TypeAlias

from wardkey.accounts.rules import Account
from wardkey.vocabulary import Instant

Choice: TypeAlias = Literal["create", "not_now", "never"]
CHOICES: Final[tuple[Choice, ...]] = ("create", "not_now", "never")
NEVER: Final = datetime(9999, 12, 31, tzinfo=UTC)
"""From when on a person is asked again who said "Don't ask me again"."""


def is_due(account: Account, at: Instant) -> bool:
    """Whether the person may be asked now."""
    return account.passkey_offer_from is None or at >= account.passkey_offer_from


def asked_again_from(choice: Choice, snooze_days: int, at: Instant) -> Instant | None:
    """From when on the person may be asked again after this answer; None: whenever they sign in without a passkey."""
    match choice:
        case "never":
            return NEVER
        case "not_now":
            return at + timedelta(days=snooze_days)
        case "create":
            return None
