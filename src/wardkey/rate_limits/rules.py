"""The budgets that slow guessing down; all their numbers are settings."""

from enum import StrEnum

from msgspec import Struct

from wardkey.settings import LimitSettings


class Budget(StrEnum):
    SIGN_IN_PAIR = "sign_in_pair"
    """Wrong passwords for one address from one network: a stranger elsewhere spends nothing of the owner's."""
    SIGN_IN_NETWORK = "sign_in_network"
    SIGN_UP_NETWORK = "sign_up_network"
    MAIL_PAIR = "mail_pair"
    """Links mailed to one address on the wish of one network: a stranger elsewhere spends nothing of the owner's."""
    MAIL_ADDRESS = "mail_address"
    """Links mailed to one address on anybody's wish; whoever gets that many has one that works."""
    RESET_NETWORK = "reset_network"
    LINK_NETWORK = "link_network"
    STRENGTH_NETWORK = "strength_network"


class Allowance(Struct, frozen=True):
    """So many in so many seconds."""

    count: int
    window_s: int


def allowance(budget: Budget, limits: LimitSettings) -> Allowance:
    """What a budget allows under these settings."""
    is_sign_in = budget in (Budget.SIGN_IN_PAIR, Budget.SIGN_IN_NETWORK)
    return Allowance(_count(budget, limits), limits.sign_in_window_s if is_sign_in else limits.request_window_s)


def _count(budget: Budget, limits: LimitSettings) -> int:
    return {
        Budget.SIGN_IN_PAIR: limits.failures_per_account_and_network,
        Budget.SIGN_IN_NETWORK: limits.failures_per_network,
        Budget.SIGN_UP_NETWORK: limits.sign_ups_per_network,
        Budget.MAIL_PAIR: limits.mails_per_address_and_network,
        Budget.MAIL_ADDRESS: limits.mails_per_address,
        Budget.RESET_NETWORK: limits.reset_requests_per_network,
        Budget.LINK_NETWORK: limits.links_opened_per_network,
        Budget.STRENGTH_NETWORK: limits.strength_checks_per_network,
    }[budget]
