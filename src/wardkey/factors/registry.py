"""The factors there are, in the order people are offered them."""

from typing import Final

from wardkey.factors.contract import Factor
from wardkey.factors.kinds.passkey import Passkey
from wardkey.factors.kinds.recovery_code import RecoveryCode
from wardkey.factors.kinds.sms import Sms
from wardkey.factors.kinds.totp import Totp
from wardkey.settings import Settings

FACTORS: Final[tuple[Factor, ...]] = (Totp(), Passkey(), Sms(), RecoveryCode())


FACTORS_BY_KIND: Final = {f.kind: f for f in FACTORS}

METHODS: Final = tuple(f.kind for f in FACTORS if f.is_method)
"""Kinds that can be set up as an MFA method."""


def offered(settings: Settings) -> tuple[str, ...]:
    """The methods that can be set up here: text messages only where something sends them."""
    return tuple(kind for kind in METHODS if kind != Sms.kind or settings.can_text)
