"""Setting the MFA policy of a practice or of one account (MFA-7); the operator's acts."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from msgspec.structs import replace

from wardkey.accounts.rules import Account, MfaMode, email_key
from wardkey.accounts.store import HoldsAccounts
from wardkey.audit.actions import OPERATOR, record
from wardkey.audit.events import MfaPolicyChanged
from wardkey.audit.store import HoldsAudit
from wardkey.organizations.rules import Organization
from wardkey.organizations.store import HoldsOrganizations
from wardkey.ports import World
from wardkey.vocabulary import NOWHERE, FieldFault, Instant, Problem, faulty


class PolicyUnit(HoldsAccounts, HoldsOrganizations, HoldsAudit, Protocol):
    """The slice of a unit of work that policies need."""


class PolicyUnits(Protocol):
    def read(self) -> AbstractAsyncContextManager[PolicyUnit]: ...

    def write(self) -> AbstractAsyncContextManager[PolicyUnit]: ...


async def set_for_organization(
    units: PolicyUnits, world: World, slug: str, mode: MfaMode, starts: Instant | None
) -> Organization | Problem:
    """Set what a practice asks of the roles it covers; `starts` is when `required` begins to hold."""
    fault = _fault_of(mode, starts)
    if fault is not None:
        return faulty(fault)
    async with units.write() as unit:
        found = await unit.organizations.by_slug(slug.strip().lower())
        if found is None:
            return Problem(code="organization_unknown")
        await unit.organizations.set_mfa(found.id, mode, starts)
        event, at = _event(mode, starts), world.clock.now()
        await record(unit, world, event, actor=OPERATOR, organization=found.id, origin=NOWHERE, at=at)
    return replace(found, mfa_mode=mode, mfa_from=starts)


async def set_for_account(
    units: PolicyUnits, world: World, email: str, mode: MfaMode, starts: Instant | None
) -> Account | Problem:
    """Set what is asked of one account beside what its practices ask; the strictest holds."""
    fault = _fault_of(mode, starts)
    if fault is not None:
        return faulty(fault)
    async with units.write() as unit:
        found = await unit.accounts.by_email(email_key(email))
        if found is None:
            return Problem(code="account_unknown")
        await unit.accounts.set_mfa(found.id, mode, starts)
        event, at = _event(mode, starts), world.clock.now()
        await record(unit, world, event, actor=OPERATOR, subject=found.id, origin=NOWHERE, at=at)
    return replace(found, mfa_mode=mode, mfa_from=starts)


def _fault_of(mode: MfaMode, starts: Instant | None) -> FieldFault | None:
    return FieldFault("from", "from_without_required") if starts is not None and mode is not MfaMode.REQUIRED else None


def _event(mode: MfaMode, starts: Instant | None) -> MfaPolicyChanged:
    return MfaPolicyChanged(mode=mode.value, required_from=starts.isoformat() if starts is not None else None)
