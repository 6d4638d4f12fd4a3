"""The budgets that slow guessing down; all their numbers are settings."""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from wardkey.settings import LimitSettings

HOUR_S: Final = 3_600
DAY_S: Final = 86_400


class Budget(StrEnum):
    SIGN_IN_PAIR = "sign_in_pair"
    """Wrong passwords for one address from one network: a stranger elsewhere spends nothing of the owner's."""
    SIGN_IN_NETWORK = "sign_in_network"
    SIGN_UP_NETWORK = "sign_up_network"
    MAIL_PAIR = "mail_pair"
    """Links mailed to one address on the wish of one network: a stranger elsewhere spends nothing of the owner's."""
    MAIL_ADDRESS = "mail_address"
    """Links mailed to one address on anybody's wish; whoever gets that many has one that works."""
    EMAIL_CHANGE = "email_change"
    """Links to confirm another address on the wish of one account, to whatever addresses."""
    RESET_NETWORK = "reset_network"
    LINK_NETWORK = "link_network"
    STRENGTH_NETWORK = "strength_network"
    PASSKEY_NETWORK = "passkey_network"
    """Challenges for signing in with a passkey: each page that could be signed in on asks for one."""
    TEXT_ACCOUNT = "text_account"
    TEXT_NUMBER_HOUR = "text_number_hour"
    """Texts to a number that its account has confirmed: other accounts spend nothing of it."""
    TEXT_NUMBER = "text_number"
    TEXT_NEW_NUMBER = "text_new_number"
    """Texts to a number on the wish of whoever has not confirmed it."""
    TEXT_NUMBERS_BEGUN = "text_numbers_begun"
    TEXT_BEGUN = "text_begun"
    """Whether an account has begun to set up a number today: each counts once among its numbers begun."""
    TEXT_NETWORK = "text_network"
    TEXT_PREFIX = "text_prefix"
    TEXT_ALL = "text_all"
    TEXT_ALL_NEW = "text_all_new"
    TEXT_REPORT = "text_report"
    """One report of what became of a text, which counts once however often it is sent."""


class Allowance(Struct, frozen=True):
    """So many in so many seconds."""

    count: int
    window_s: int


def allowance(budget: Budget, limits: LimitSettings) -> Allowance:
    """What a budget allows under these settings."""
    return Allowance(_count(budget, limits), _window_s(budget, limits))


def _window_s(budget: Budget, limits: LimitSettings) -> int:
    if budget in (Budget.SIGN_IN_PAIR, Budget.SIGN_IN_NETWORK):
        return limits.sign_in_window_s
    if budget in (Budget.TEXT_NUMBER_HOUR, Budget.TEXT_NETWORK):
        return HOUR_S
    return DAY_S if budget.startswith("text_") else limits.request_window_s


def _count(budget: Budget, limits: LimitSettings) -> int:
    return {
        Budget.SIGN_IN_PAIR: limits.failures_per_account_and_network,
        Budget.SIGN_IN_NETWORK: limits.failures_per_network,
        Budget.SIGN_UP_NETWORK: limits.sign_ups_per_network,
        Budget.MAIL_PAIR: limits.mails_per_address_and_network,
        Budget.MAIL_ADDRESS: limits.mails_per_address,
        Budget.EMAIL_CHANGE: limits.email_changes_per_account,
        Budget.RESET_NETWORK: limits.reset_requests_per_network,
        Budget.LINK_NETWORK: limits.links_opened_per_network,
        Budget.STRENGTH_NETWORK: limits.strength_checks_per_network,
        Budget.PASSKEY_NETWORK: limits.passkey_challenges_per_network,
        Budget.TEXT_ACCOUNT: limits.texts_per_account,
        Budget.TEXT_NUMBER_HOUR: limits.texts_per_number_and_hour,
        Budget.TEXT_NUMBER: limits.texts_per_number,
        Budget.TEXT_NEW_NUMBER: limits.texts_to_new_number,
        Budget.TEXT_NUMBERS_BEGUN: limits.new_numbers_per_account,
        Budget.TEXT_BEGUN: 1,
        Budget.TEXT_NETWORK: limits.texts_per_network,
        Budget.TEXT_PREFIX: limits.texts_per_prefix,
        Budget.TEXT_ALL: limits.texts_a_day,
        Budget.TEXT_ALL_NEW: max(1, limits.texts_a_day // 2),
        Budget.TEXT_REPORT: 1,
    }[budget]
