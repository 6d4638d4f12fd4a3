"""The time: the machine's, or one that stands still until it is moved."""

from datetime import UTC, datetime, timedelta

from wardkey.vocabulary import Instant


class SystemClock:
    """The machine's wall clock."""

    def now(self) -> Instant:
        return datetime.now(UTC)


class FrozenClock:
    """A clock for tests and rehearsals: it shows `at` until it is moved, also backwards."""

    def __init__(self, at: Instant) -> None:
        if at.tzinfo is None:
            raise ValueError("needs an aware moment")
        self._at = at.astimezone(UTC)

    def now(self) -> Instant:
        return self._at

    def advance(self, by: timedelta) -> Instant:
        """Move on by `by` (or back, where it is negative), and answer the new moment."""
        self._at += by
        return self._at
