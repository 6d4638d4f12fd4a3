"""What must be kept about accounts."""

from typing import Protocol

from wardkey.accounts.rules import Account, MfaMode, Status
from wardkey.vocabulary import AccountId, EmailKey, Instant, SecurityStamp


class AccountStore(Protocol):
    async def by_email(self, key: EmailKey) -> Account | None: ...

    async def by_id(self, account: AccountId) -> Account | None: ...

    async def add(self, account: Account, key: EmailKey) -> bool:
        """Keep a new account; False where the address is taken already."""
        ...

    async def change_password(
        self, account: AccountId, *, password_hash: str, old: SecurityStamp, new: SecurityStamp, at: Instant
    ) -> bool:
        """Replace the password, move the stamp, and forget wrong codes; False where the stamp has moved meanwhile."""
        ...

    async def renew_hash(self, account: AccountId, *, old: str, new: str) -> None:
        """Store the same password under today's parameters, unless it was changed meanwhile."""
        ...

    async def move_stamp(self, account: AccountId, *, old: SecurityStamp, new: SecurityStamp) -> bool:
        """Move the stamp; False where it has moved meanwhile."""
        ...

    async def distrust_password(self, account: AccountId, *, old: SecurityStamp, new: SecurityStamp) -> bool:
        """Move the stamp and let the password open nothing until it is changed; False where the stamp has moved meanwhile."""
        ...

    async def change_email(self, changed: Account, key: EmailKey, *, old: SecurityStamp) -> bool:
        """Give an account its new address, the stamp that goes with it and whether its password is still trusted, in one
        conditional UPDATE; False where the stamp is no longer `old` or another account has the address. A sign-up with that
        address that nobody proved and that belongs nowhere makes room."""
        ...

    async def verify_email(self, account: AccountId, at: Instant, *, stamp: SecurityStamp) -> bool:
        """Mark the address as proven and the account active; False where it was not waiting for that, or where its password
        is no longer the one this proof was given for."""
        ...

    async def count_wrong_code(self, counted: Account, *, seen: int) -> bool:
        """Keep the counts of an account after a wrong code; False where its count is no longer the one that was `seen`."""
        ...

    async def forget_wrong_codes(self, account: AccountId, *, seen: int) -> bool:
        """Set both counts to nothing after a right code; False where the count is no longer the one that was `seen`."""
        ...

    async def take_over_unverified(self, account: Account) -> bool:
        """Replace name, password and stamp of an account that nobody has proven the address of and that belongs nowhere."""
        ...

    async def offer_passkey_from(self, account: AccountId, starts: Instant | None) -> None:
        """Keep from when on a passkey may be offered."""
        ...

    async def set_status(self, account: AccountId, status: Status) -> bool: ...

    async def set_mfa(self, account: AccountId, mode: MfaMode | None, starts: Instant | None) -> bool: ...


class HoldsAccounts(Protocol):
    @property
    def accounts(self) -> AccountStore: ...
