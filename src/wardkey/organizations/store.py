"""What must be kept about organizations and who belongs to them."""

from typing import Protocol

from wardkey.accounts.rules import MfaMode
from wardkey.organizations.rules import Member, Organization
from wardkey.vocabulary import AccountId, Instant, OrganizationId, Role


class OrganizationStore(Protocol):
    async def add(self, organization: Organization) -> bool:
        """Keep a new organization; False where its short name is taken."""
        ...

    async def by_slug(self, slug: str) -> Organization | None: ...

    async def all(self, after: str = "", limit: int = 50) -> list[Organization]:
        """A page of organizations by short name, beginning after one."""
        ...

    async def add_member(self, organization: OrganizationId, account: AccountId, role: Role, at: Instant) -> bool:
        """Make an account a member; False where it is one already."""
        ...

    async def members(self, organization: OrganizationId, after: str = "", limit: int = 50) -> list[Member]:
        """A page of members by email key, beginning after one."""
        ...

    async def set_device_rules(
        self, organization: OrganizationId, *, allows_trusted_devices: bool, is_passkey_enough: bool
    ) -> bool:
        """Set whether devices may be trusted, and whether a passkey alone is enough."""
        ...

    async def set_mfa(self, organization: OrganizationId, mode: MfaMode, starts: Instant | None) -> bool: ...


class HoldsOrganizations(Protocol):
    @property
    def organizations(self) -> OrganizationStore: ...
