"""How wrong codes are counted, and how long one then waits (MFA-12, NIST SP 800-63B-4 §3.2.2)."""

import unicodedata
from datetime import timedelta
from typing import Final

from msgspec.structs import replace

from wardkey.accounts.rules import INVISIBLE, Account
from wardkey.settings import LimitSettings
from wardkey.vocabulary import FieldFault, Instant

LABEL_AT_MOST: Final = 60
HOUR: Final = timedelta(hours=1)
FIRST_WAIT_S: Final = 30
LONGEST_WAIT_S: Final = 900
"""The wait doubles from half a minute up to a quarter of an hour and ends by itself, so nobody can be kept out by a stranger."""


def read_label(text: str, field: str = "label") -> str | FieldFault:
    """The name that a person gives a method, or what is wrong with it; empty is allowed."""
    label = " ".join(unicodedata.normalize("NFC", text[: 4 * LABEL_AT_MOST + 1]).split())
    if len(label) > LABEL_AT_MOST:
        return FieldFault(field, "label_too_long", {"maximum": LABEL_AT_MOST})
    return FieldFault(field, "invisible_characters") if INVISIBLE.search(label) else label


def after_wrong_code(account: Account, limits: LimitSettings, at: Instant, *, is_sign_in: bool) -> Account:
    """The account with one more wrong code counted; enough in a row at sign-in mean that somebody else knows the password."""
    in_hour = account.wrong_hour_at is not None and at - account.wrong_hour_at < HOUR
    in_a_row = account.wrong_codes + 1
    return replace(
        account,
        wrong_codes=in_a_row,
        wrong_codes_hour=account.wrong_codes_hour + 1 if in_hour else 1,
        wrong_hour_at=account.wrong_hour_at if in_hour else at,
        wrong_code_at=at,
        is_password_known=account.is_password_known or (is_sign_in and in_a_row >= limits.codes_per_password),
    )


def code_wait_s(account: Account, limits: LimitSettings, at: Instant) -> int:
    """Whole seconds until the next code is looked at; 0: now."""
    if account.wrong_code_at is None or account.wrong_hour_at is None or at - account.wrong_hour_at >= HOUR:
        return 0
    beyond = account.wrong_codes_hour - limits.codes_per_hour
    if beyond < 0:
        return 0
    wait = timedelta(seconds=min(FIRST_WAIT_S * 2 ** min(beyond, 10), LONGEST_WAIT_S))
    left = (account.wrong_code_at + wait - at).total_seconds()
    return max(0, -int(-left // 1))
