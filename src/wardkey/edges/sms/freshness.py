"""Whether a signed report is new enough that nobody can have kept it."""

from datetime import timedelta
from typing import Final

from wardkey.vocabulary import Instant

FRESH_FOR: Final = timedelta(minutes=5)
"""Standard Webhooks' tolerance, to either side."""
DIGITS_AT_MOST: Final = 11


def is_fresh(seconds: str, now: Instant) -> bool:
    """Whether a moment in whole seconds since 1970 is about now; what is no such number is not."""
    is_number = seconds.isascii() and seconds.isdigit() and len(seconds) <= DIGITS_AT_MOST
    return is_number and abs(now.timestamp() - int(seconds)) <= FRESH_FOR.total_seconds()
