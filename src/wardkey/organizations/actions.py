"""Setting up practices and looking at who belongs to them; the operator's acts."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from wardkey.accounts.rules import email_key
from wardkey.audit.actions import OPERATOR, record
from wardkey.audit.events import OrganizationCreated
from wardkey.audit.store import HoldsAudit
from wardkey.organizations.rules import Member, Organization, read_organization_name, read_slug, slug_of
from wardkey.organizations.store import HoldsOrganizations
from wardkey.ports import World
from wardkey.vocabulary import NOWHERE, FieldFault, OrganizationId, Problem, faulty, sortable_id


class OrganizationUnit(HoldsOrganizations, HoldsAudit, Protocol):
    """The slice of a unit of work that setting up practices needs."""


class OrganizationUnits(Protocol):
    def read(self) -> AbstractAsyncContextManager[OrganizationUnit]: ...

    def write(self) -> AbstractAsyncContextManager[OrganizationUnit]: ...


async def create(units: OrganizationUnits, world: World, name: str, slug: str | None) -> Organization | Problem:
    """Set up a practice; its short name is made from its name where none is given."""
    read = read_organization_name(name)
    if isinstance(read, FieldFault):
        return faulty(read)
    short = slug_of(read) if slug is None else read_slug(slug)
    if isinstance(short, FieldFault):
        return faulty(short)
    at = world.clock.now()
    made = Organization(
        id=OrganizationId(sortable_id("org", at, world.randomness.bytes(10))), name=read, slug=short, created_at=at
    )
    async with units.write() as unit:
        if not await unit.organizations.add(made):
            return faulty(FieldFault("slug", "slug_taken"))
        event = OrganizationCreated(slug=short)
        await record(unit, world, event, actor=OPERATOR, organization=made.id, origin=NOWHERE, at=at)
    return made


async def find(units: OrganizationUnits, slug: str) -> Organization | Problem:
    """The practice with a short name."""
    async with units.read() as unit:
        found = await unit.organizations.by_slug(slug.strip().lower())
    return found or Problem(code="organization_unknown")


async def every(units: OrganizationUnits) -> AsyncIterator[Organization]:
    """All practices by short name, read page by page."""
    page: list[Organization] = []
    while True:
        async with units.read() as unit:
            page = await unit.organizations.all(after=page[-1].slug if page else "")
        if not page:
            return
        for organization in page:
            yield organization


async def members(units: OrganizationUnits, organization: OrganizationId) -> AsyncIterator[Member]:
    """Everybody in a practice by address, read page by page."""
    page: list[Member] = []
    while True:
        async with units.read() as unit:
            page = await unit.organizations.members(organization, after=email_key(page[-1].email) if page else "")
        if not page:
            return
        for member in page:
            yield member
