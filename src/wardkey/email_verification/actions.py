"""Signing up and proving an address (ACC-1, ACC-7).

Nothing that depends on whether an address has an account happens while the asker waits: the request is checked and left as a
job, which the relay carries out a moment later. So all addresses look and take the same.
"""

from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from math import ceil
from typing import Final, Protocol

from msgspec import Struct

from wardkey.accounts.actions import AccountUnit, Conflict, judge_password, new_stamp, tell_account
from wardkey.accounts.passwords import normalised
from wardkey.accounts.rules import Account, Status, email_key, read_email, read_name
from wardkey.accounts.store import HoldsAccounts
from wardkey.audit import events
from wardkey.audit.actions import ANYONE, record
from wardkey.emailed_links.actions import give
from wardkey.emailed_links.rules import VERIFY, Link, digest, fault_of
from wardkey.emailed_links.store import HoldsLinks
from wardkey.notices.catalogue import AlreadyRegistered, ConfirmAddress
from wardkey.outbox.actions import leave
from wardkey.ports import World
from wardkey.rate_limits.actions import take, take_mail
from wardkey.rate_limits.rules import Budget
from wardkey.vocabulary import (
    AccountId,
    EmailAddress,
    FieldFault,
    Instant,
    Language,
    Origin,
    Problem,
    faulty,
    network_of,
    sortable_id,
    token_text,
)

SIGN_UP_JOB: Final = "sign_up"
RESEND_JOB: Final = "resend_verification"


class VerificationUnit(AccountUnit, Protocol):
    """The slice of a unit of work that signing up needs."""


class VerificationUnits(Protocol):
    def read(self) -> AbstractAsyncContextManager[VerificationUnit]: ...

    def write(self) -> AbstractAsyncContextManager[VerificationUnit]: ...


class SignUpForm(Struct, frozen=True):
    """What a new person sends."""

    name: str
    email: str
    password: str


class SignUpAsked(Struct, frozen=True):
    """The request is taken, alike for every address. `proof` stays with the browser and lets it confirm without the password."""

    email: str
    proof: str


class SignUpJob(Struct, frozen=True, kw_only=True):
    email: EmailAddress
    name: str
    password_hash: str
    language: Language
    proof_digest: str
    origin: Origin


class ResendJob(Struct, frozen=True, kw_only=True):
    email: str
    origin: Origin


class Confirmed(Struct, frozen=True):
    """The address is proven; the person signs in as usual."""

    email: str


class LinkState(Struct, frozen=True):
    """What a page about a link shows: `fault` is a problem code, `needs_password` asks for the password chosen at sign-up."""

    fault: str | None
    needs_password: bool


def soon(world: World) -> timedelta:
    """A short wait of random length (50 to 562 ms), so that what the relay does cannot be timed by the next request."""
    return timedelta(milliseconds=50 + 2 * world.randomness.bytes(1)[0])


async def ask_sign_up(units: VerificationUnits, world: World, form: SignUpForm, origin: Origin) -> SignUpAsked | Problem:
    """Take a sign-up: fields are checked, the password is hashed, the rest is left to the relay."""
    at = world.clock.now()
    wait = await take(world, Budget.SIGN_UP_NETWORK, network_of(origin.ip))
    if wait:
        return Problem(code="too_many_requests", retry_after=wait)
    read = await _read(world, form)
    if isinstance(read, Problem):
        return read
    email, name = read
    password_hash = await world.hashing.hash(normalised(form.password))
    proof = token_text(world.randomness.bytes(24))
    job = SignUpJob(
        email=email, name=name, password_hash=password_hash, language=origin.language, proof_digest=digest(proof), origin=origin
    )
    async with units.write() as unit:
        await leave(unit, world, SIGN_UP_JOB, job, at, after=soon(world))
    return SignUpAsked(email, proof)


async def _read(world: World, form: SignUpForm) -> tuple[EmailAddress, str] | Problem:
    email, name = read_email(form.email), read_name(form.name)
    words = (form.email[:254], form.name[:100])
    password = await judge_password(world, form.password, words=words)
    if isinstance(email, FieldFault) or isinstance(name, FieldFault) or password is not None:
        return faulty(*(f for f in (name, email, password) if isinstance(f, FieldFault)))
    return email, name


async def carry_out_sign_up(units: VerificationUnits, world: World, job: SignUpJob) -> None:
    """Create the account and send its link; an owner of the address who has an account already is told instead."""
    at = world.clock.now()
    if await take_mail(world, VERIFY, email_key(job.email), job.origin):
        return
    async with units.write() as unit:
        account = _new_account(world, job, at)
        if await unit.accounts.add(account, email_key(job.email)):
            created = events.AccountCreated(how="sign_up")
            await record(unit, world, created, actor=ANYONE, subject=account.id, origin=job.origin, at=at)
            await send_link(unit, world, account, job.origin, at, job.proof_digest)
            return
        await _sign_up_again(unit, world, job, at)


async def _sign_up_again(unit: VerificationUnit, world: World, job: SignUpJob, at: Instant) -> None:
    known = await unit.accounts.by_email(email_key(job.email))
    if known is None:
        return
    if known.status is not Status.UNVERIFIED:
        await tell_account(unit, world, known, AlreadyRegistered(), job.origin, at)
        return
    fresh = _new_account(world, job, at, known.id)
    if await unit.accounts.take_over_unverified(fresh):
        await send_link(unit, world, fresh, job.origin, at, job.proof_digest)
    else:
        await send_link(unit, world, known, job.origin, at)


def _new_account(world: World, job: SignUpJob, at: Instant, known: AccountId | None = None) -> Account:
    return Account(
        id=known or AccountId(sortable_id("acc", at, world.randomness.bytes(10))),
        email=job.email,
        name=job.name,
        language=job.language,
        time_zone="UTC",
        status=Status.UNVERIFIED,
        password_hash=job.password_hash,
        security_stamp=new_stamp(world),
        created_at=at,
        password_changed_at=at,
    )


async def send_link(
    unit: VerificationUnit, world: World, account: Account, origin: Origin, at: Instant, proof_digest: str = ""
) -> None:
    """Send a new confirmation link; every earlier one stops working."""
    days, stamp = world.settings.links.verify_days, account.security_stamp
    await unit.links.drop_unused(account.id, VERIFY, at)
    token = await give(unit, world, account.id, VERIFY, stamp, at, timedelta(days=days), proof=proof_digest)
    await tell_account(unit, world, account, ConfirmAddress(token=token, valid_days=ceil(days)), origin, at)


async def ask_resend(units: VerificationUnits, world: World, email: str, origin: Origin) -> Problem | None:
    """Take a request for another link; the same for every address."""
    read = read_email(email)
    if isinstance(read, FieldFault):
        return faulty(read)
    wait = await take(world, Budget.RESET_NETWORK, network_of(origin.ip))
    if wait:
        return Problem(code="too_many_requests", retry_after=wait)
    async with units.write() as unit:
        await leave(unit, world, RESEND_JOB, ResendJob(email=read, origin=origin), world.clock.now(), after=soon(world))
    return None


async def carry_out_resend(units: VerificationUnits, world: World, job: ResendJob) -> None:
    """Send another link where somebody waits for one."""
    if await take_mail(world, VERIFY, email_key(job.email), job.origin):
        return
    async with units.write() as unit:
        account = await unit.accounts.by_email(email_key(job.email))
        if account is not None and account.status is Status.UNVERIFIED:
            await send_link(unit, world, account, job.origin, world.clock.now())


class HoldsLinkedAccounts(HoldsLinks, HoldsAccounts, Protocol):
    """Links and the accounts they are for."""


async def linked(unit: HoldsLinkedAccounts, token: str) -> tuple[Link | None, Account | None]:
    """A link and its account, by the token in the mail."""
    link = await unit.links.by_id(digest(token))
    return link, await unit.accounts.by_id(link.account) if link else None


async def look_at_link(units: VerificationUnits, world: World, token: str, proof: str | None) -> LinkState:
    """What the page behind a confirmation link says. Opening it spends nothing, so mail scanners may (ACC-1)."""
    async with units.read() as unit:
        link, account = await linked(unit, token)
    fault = fault_of(link, account, VERIFY, world.clock.now())
    return LinkState(fault, needs_password=link is None or not _is_same_browser(link, proof))


async def confirm(
    units: VerificationUnits, world: World, token: str, password: str | None, proof: str | None, origin: Origin
) -> Confirmed | Problem:
    """Spend a confirmation link: the address is proven and the account active. It signs nobody in.

    Whoever reads the mailbox but did not sign up must not wake an account that has somebody else's password, so the browser
    that signed up, or the password chosen there, has to be shown as well.
    """
    at = world.clock.now()
    wait = await take(world, Budget.LINK_NETWORK, network_of(origin.ip))
    if wait:
        return Problem(code="too_many_requests", retry_after=wait)
    async with units.read() as unit:
        link, account = await linked(unit, token)
    fault = fault_of(link, account, VERIFY, at)
    if fault is not None or link is None or account is None:
        return Problem(code=fault or "link_unknown")
    if not _is_same_browser(link, proof):
        if not password:
            return faulty(FieldFault("password", "password_missing"))
        if not (await world.hashing.verify(account.password_hash, normalised(password))).fits:
            return faulty(FieldFault("password", "password_not_the_one_chosen"))
    return await _activate(units, world, link, account, origin, at)


async def _activate(
    units: VerificationUnits, world: World, link: Link, account: Account, origin: Origin, at: Instant
) -> Confirmed | Problem:
    try:
        async with units.write() as unit:
            if not await unit.accounts.verify_email(account.id, at, stamp=link.stamp):
                raise Conflict
            if not await unit.links.use(link.id, at):  # after the account, as every other unit locks them
                raise Conflict
            verified = events.EmailVerified(how="link")
            await record(unit, world, verified, actor=account.id, subject=account.id, origin=origin, at=at)
    except Conflict:
        return Problem(code="link_used")
    return Confirmed(account.email)


def _is_same_browser(link: Link, proof: str | None) -> bool:
    return bool(proof and link.proof) and digest(proof or "") == link.proof
