"""An operator creates an account in a practice; its address is proven by the usual link, or vouched for by the operator."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from msgspec import Struct

from wardkey.accounts.actions import judge_password, new_stamp
from wardkey.accounts.passwords import normalised
from wardkey.accounts.rules import Account, Status, email_key, read_email, read_name
from wardkey.audit import events
from wardkey.audit.actions import OPERATOR, record
from wardkey.email_verification.actions import VerificationUnit, send_link
from wardkey.organizations.rules import Organization
from wardkey.organizations.store import HoldsOrganizations
from wardkey.ports import World
from wardkey.vocabulary import (
    NOWHERE,
    AccountId,
    EmailAddress,
    FieldFault,
    Instant,
    Language,
    Problem,
    Role,
    faulty,
    sortable_id,
)


class CreationUnit(HoldsOrganizations, VerificationUnit, Protocol):
    """The slice of a unit of work that creating accounts needs."""


class CreationUnits(Protocol):
    def read(self) -> AbstractAsyncContextManager[CreationUnit]: ...

    def write(self) -> AbstractAsyncContextManager[CreationUnit]: ...


class NewAccount(Struct, frozen=True, kw_only=True):
    """Whom an operator creates an account for, and in which practice (its short name)."""

    email: str
    name: str
    role: Role
    organization: str
    password: str
    is_verified: bool = False
    """Whether the operator vouches for the address, so that no link is sent."""
    language: Language = "en"
    time_zone: str = "UTC"


async def create_account(units: CreationUnits, world: World, asked: NewAccount) -> Account | Problem:
    """Create the account and make it a member; a taken address and a password that breaks the rules are refused."""
    async with units.read() as unit:
        organization = await unit.organizations.by_slug(asked.organization.strip().lower())
    if organization is None:
        return Problem(code="organization_unknown")
    read = await read_account(world, asked, organization)
    if isinstance(read, Problem):
        return read
    email, name = read
    password_hash = await world.hashing.hash(normalised(asked.password))
    at = world.clock.now()
    account = Account(
        id=AccountId(sortable_id("acc", at, world.randomness.bytes(10))),
        email=email,
        name=name,
        language=asked.language,
        time_zone=asked.time_zone,
        status=Status.ACTIVE if asked.is_verified else Status.UNVERIFIED,
        password_hash=password_hash,
        security_stamp=new_stamp(world),
        created_at=at,
        email_verified_at=at if asked.is_verified else None,
        password_changed_at=at,
    )
    return await _keep(units, world, account, organization, asked.role, at)


async def read_account(world: World, asked: NewAccount, organization: Organization) -> tuple[EmailAddress, str] | Problem:
    """The address and name, if both and the password will do. The password has to stand alone: a policy may change."""
    email, name = read_email(asked.email), read_name(asked.name)
    words = (asked.email[:254], asked.name[:100], organization.name)
    password = await judge_password(world, asked.password, words=words)
    if isinstance(email, FieldFault) or isinstance(name, FieldFault) or password is not None:
        return faulty(*(f for f in (email, name, password) if isinstance(f, FieldFault)))
    return email, name


async def _keep(
    units: CreationUnits, world: World, account: Account, organization: Organization, role: Role, at: Instant
) -> Account | Problem:
    is_verified = account.status is Status.ACTIVE
    happened: list[events.Event] = [events.AccountCreated(how=OPERATOR), events.MemberAdded(role=role.value)]
    if is_verified:
        happened.append(events.EmailVerified(how=OPERATOR))
    async with units.write() as unit:
        if not await unit.accounts.add(account, email_key(account.email)):
            return faulty(FieldFault("email", "email_taken"))
        await unit.organizations.add_member(organization.id, account.id, role, at)
        await record(
            unit, world, happened, actor=OPERATOR, subject=account.id, organization=organization.id, origin=NOWHERE, at=at
        )
        if not is_verified:
            await send_link(unit, world, account, NOWHERE, at)
    return account
