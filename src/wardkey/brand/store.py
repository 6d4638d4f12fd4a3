"""What must be kept about the brands of organizations."""

from typing import Protocol

from wardkey.brand.rules import Kept
from wardkey.vocabulary import AccountId, OrganizationId


class BrandStore(Protocol):
    async def of_organization(self, organization: OrganizationId) -> Kept | None:
        """The brand of one organization, if it has one. Like each of these, one statement."""
        ...

    async def of_slug(self, slug: str) -> Kept | None:
        """The same by the organization's short name."""
        ...

    async def of_account(self, account: AccountId) -> Kept | None:
        """The brand of an account's organization, where it belongs to one alone that has one."""
        ...

    async def put(self, kept: Kept) -> None:
        """Keep a brand in place of what the organization had."""
        ...

    async def remove(self, organization: OrganizationId) -> bool:
        """Let an organization look like the installation; False where it does already."""
        ...


class HoldsBrands(Protocol):
    @property
    def brands(self) -> BrandStore: ...
