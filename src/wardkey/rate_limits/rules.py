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
    match budget:
        case Budget.SIGN_IN_PAIR:
            return Allowance(limits.failures_per_account_and_network, limits.sign_in_window_s)
        case Budget.SIGN_IN_NETWORK:
            return Allowance(limits.failures_per_network, limits.sign_in_window_s)
        case Budget.SIGN_UP_NETWORK:
            return Allowance(limits.sign_ups_per_network, limits.request_window_s)
        case Budget.MAIL_PAIR:
            return Allowance(limits.mails_per_address_and_network, limits.request_window_s)
        case Budget.MAIL_ADDRESS:
            return Allowance(limits.mails_per_address, limits.request_window_s)
        case Budget.RESET_NETWORK:
            return Allowance(limits.reset_requests_per_network, limits.request_window_s)
        case Budget.LINK_NETWORK:
            return Allowance(limits.links_opened_per_network, limits.request_window_s)
        case Budget.STRENGTH_NETWORK:
            return Allowance(limits.strength_checks_per_network, limits.request_window_s)
