"""A text message with a code: what it is, which states it goes through, and when the guard would not send it (MFA-3, MFA-4)."""

from datetime import timedelta
from enum import StrEnum
from math import sqrt
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from wardkey.settings import SmsSettings
from wardkey.vocabulary import AccountId, Instant, Language, PhoneNumber

JOB: Final = "text"
"""The kind of job in the outbox that hands a text over."""

WOULD: Final = "would:"
"""What stands before a finding that did not keep a text from being sent."""

Purpose: TypeAlias = Literal["sign_in", "set_up", "step_up"]
"""What the code in a text is for."""

DAY: Final = timedelta(days=1)
HOUR: Final = timedelta(hours=1)
LOOKS_BACK: Final = timedelta(days=14)
"""Over how many days the best one is looked for."""
HOURS_OF_BEST_DAY: Final = 6
"""In how many hours of a day its texts are taken to be asked for (Authgear, SMS fraud protection)."""
Z_95: Final = 1.959963984540054
"""The normal quantile of a two-sided 95 % interval."""


class Texted(Struct, frozen=True):
    """A code that has to reach its reader by text message."""

    number: PhoneNumber
    code: str
    minutes: int
    """How long the code can be entered."""


class Status(StrEnum):
    """How far a text has come."""

    QUEUED = "queued"
    SENDING = "sending"
    """A sender is being given it; a relay that dies here leaves it uncertain."""
    SENT = "sent"
    DELIVERED = "delivered"
    """Its sender says that the phone has it."""
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    """It may have been sent and may not; it never is again."""
    EXPIRED = "expired"
    """Its code could no longer be entered before anybody took it."""
    REFUSED = "refused"
    """A budget or the guard did not let it be sent."""


class TextMessage(Struct, frozen=True, kw_only=True):
    """One text, without its number and code: `number` is a keyed digest, `prefix` the number without its last four digits."""

    id: str
    account: AccountId
    purpose: Purpose
    number: str
    prefix: str
    country: str
    """ISO 3166-1 alpha-2."""
    network: str
    created_at: Instant
    expires_at: Instant
    status: Status = Status.QUEUED
    tried: tuple[str, ...] = ()
    """Senders that are not to be given it (again) in this round."""
    sender: str | None = None
    """Who was given it last."""
    provider_id: str | None = None
    """What that sender calls it."""
    sent_at: Instant | None = None
    """When it was handed over, also where that is uncertain."""
    entered_at: Instant | None = None
    why: str | None = None
    """What the guard would have refused it for, what it was refused for, or what became of its delivery."""
    sealed: bytes | None = None
    """Number and code, encrypted, for as long as the code can be entered."""


class Letter(Struct, frozen=True):
    """What is sealed in a text: where it goes and what it says."""

    number: PhoneNumber
    code: str
    minutes: int
    language: Language
    brand: str


class TextJob(Struct, frozen=True):
    """What waits in the outbox: which text to hand over."""

    text: str


Reach: TypeAlias = Literal["new_numbers", "all_numbers"]
"""Which texts a stop holds back: those to numbers being set up, or those to confirmed ones too. The two are judged apart, so that
strangers who set up numbers never keep anybody from signing in."""


class Stop(Struct, frozen=True, kw_only=True):
    """Texts to a prefix are stopped until a moment, because of so many only so few codes were entered."""

    prefix: str
    country: str
    reach: Reach
    sent: int
    entered: int
    since: Instant
    until: Instant


class Counted(Struct, frozen=True, kw_only=True):
    """What the guard knows when a text is asked for, of texts to numbers being set up or of those to confirmed numbers, whichever
    it is. Codes that may still be on their way to being entered are left out."""

    stopped_until: Instant | None = None
    """When the latest stop of its prefix that reaches it ends or ended."""
    prefix_sent: int = 0
    """Texts of the last day to its prefix, since that stop."""
    prefix_entered: int = 0
    unentered_a_day: int = 0
    """Codes sent to its country in the last day that nobody entered."""
    unentered_an_hour: int = 0
    other_countries: int = 0
    """Other countries to which its network had texts sent in the last day whose codes nobody entered."""


Finding: TypeAlias = Literal["stopped", "collapsed", "country_day", "country_hour", "countries"]
"""Why the guard would not send a text: its prefix is stopped, or has to be now; its country has too many codes that nobody
enters, in a day or an hour; its network asks for too many countries."""


def wilson_upper(successes: int, trials: int) -> float:
    """The upper end of Wilson's 95 % interval for a share (Wilson 1927, doi:10.1080/01621459.1927.10502953); 1 for no trials."""
    if trials == 0:
        return 1.0
    share, z2 = successes / trials, Z_95 * Z_95
    middle = share + z2 / (2 * trials)
    half = Z_95 * sqrt(share * (1 - share) / trials + z2 / (4 * trials * trials))
    return min(1.0, (middle + half) / (1 + z2 / trials))


def has_collapsed(sent: int, entered: int, sms: SmsSettings) -> bool:
    """Whether so few codes of a prefix are entered that it cannot be chance."""
    return sent >= sms.stop_from and wilson_upper(entered, sent) < sms.stop_share


def unentered_allowed(best_day: int, sms: SmsSettings) -> tuple[float, float]:
    """How many codes that nobody enters one country may have in a day and in an hour (Authgear, SMS fraud protection)."""
    a_day = max(float(sms.unentered_a_day), sms.unentered_day_share * best_day)
    an_hour = max(float(sms.unentered_an_hour), sms.unentered_hour_share * best_day / HOURS_OF_BEST_DAY)
    return a_day, an_hour


def needs_best_day(counted: Counted, sms: SmsSettings) -> bool:
    """Whether the best day decides anything: below the floors it does not, so that it need not be looked for."""
    return counted.unentered_a_day >= sms.unentered_a_day or counted.unentered_an_hour >= sms.unentered_an_hour


def judged(counted: Counted, best_day: int, sms: SmsSettings, at: Instant) -> Finding | None:
    """What the guard has against one more text now; None: nothing."""
    if counted.stopped_until is not None and counted.stopped_until > at:
        return "stopped"
    if has_collapsed(counted.prefix_sent, counted.prefix_entered, sms):
        return "collapsed"
    a_day, an_hour = unentered_allowed(best_day, sms)
    if counted.unentered_a_day >= a_day:
        return "country_day"
    if counted.unentered_an_hour >= an_hour:
        return "country_hour"
    return "countries" if counted.other_countries >= sms.countries_per_network else None


class CountryDay(Struct, frozen=True, kw_only=True):
    """The last 24 hours of one country."""

    country: str
    asked: int
    sent: int
    """Handed to a sender, also where that is uncertain."""
    entered: int
    failed: int
    """Neither sent nor refused: every sender refused it, or its code ran out first."""
    refused: int
    would_refuse: int
    """Sent, though the guard found something: what enforcing it would have refused."""
