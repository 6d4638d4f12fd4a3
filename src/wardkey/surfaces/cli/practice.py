"""The made-up practice of the demo, set up through the same acts as a real one."""

import asyncio
from pathlib import Path
from typing import Final, TypeVar

from msgspec import Struct

from wardkey.accounts.rules import Account, MfaMode
from wardkey.email_verification.creating import NewAccount, create_account
from wardkey.factors.actions import (
    about,
    add_method,
    confirm_saved,
    draw_recovery_codes,
    new_credential,
    replace_recovery_codes,
)
from wardkey.factors.contract import Accepted
from wardkey.factors.kinds.totp import Totp
from wardkey.mfa_policy.actions import set_for_organization
from wardkey.organizations.actions import create
from wardkey.organizations.branding import Wishes, change
from wardkey.surfaces.service import Service
from wardkey.vocabulary import NOWHERE, Language, Problem, Role

T = TypeVar("T")

NAME: Final = "Maple Street Clinic"
COLOR: Final = "#2f5d8a"
LOGO: Final = Path(__file__).with_name("maple-street.png")
"""A leaf, drawn for this demo."""


class Person(Struct, frozen=True):
    """Somebody of the practice, with a password that can be read aloud."""

    name: str
    email: str
    role: Role
    password: str
    language: Language = "en"


PEOPLE: Final = (
    Person("Grace Adeyemi", "grace@maple.example", Role.OWNER, "quiet-harbor-morning-lamp"),
    Person("Marcus Lind", "marcus@maple.example", Role.ADMIN, "seven-copper-garden-gates"),
    Person("Dr. Ada Okafor", "ada@maple.example", Role.PROVIDER, "violet-teapot-window-sill"),
    Person("Dr. Ben Carter", "ben@maple.example", Role.PROVIDER, "paper-boats-drift-slowly"),
    Person("Sam Rivera", "sam@maple.example", Role.STAFF, "orange-kite-above-fields"),
    Person("Jo Nguyen", "jo@maple.example", Role.STAFF, "winter-bicycle-and-bread"),
    Person("Lena Fischer", "lena@mail.example", Role.CLIENT, "blue-pencil-under-snow"),
    Person("Omar Haddad", "omar@mail.example", Role.CLIENT, "gentle-river-stone-path"),
    Person("Rosa Jiménez", "rosa@mail.example", Role.CLIENT, "candle-by-the-west-door", "es"),
)
PROTECTED: Final = "ada@maple.example"
"""Who has MFA already; the others whom the policy covers set it up at their next sign-in."""


class Protected(Struct, frozen=True):
    """What the person with MFA would have in their authenticator app and in their safe."""

    key: str
    recovery_code: str


class NotSeeded(Exception):
    """The made-up practice breaks a rule of ours, which is a bug."""


async def set_up(service: Service) -> Protected:
    """Fill an empty database with the practice: MFA required, one provider protected already."""
    units, world = service.units, service.world
    organization = done(await create(units, world, NAME, None))
    done(await set_for_organization(units, world, organization.slug, MfaMode.REQUIRED, None))
    done(await change(units, world, organization.slug, Wishes(name=NAME, color=COLOR, logo=LOGO.read_bytes())))
    accounts = await asyncio.gather(*(_account(service, person, organization.slug) for person in PEOPLE))
    return await _protect(service, next(account for account in accounts if account.email == PROTECTED))


async def _account(service: Service, person: Person, slug: str) -> Account:
    asked = NewAccount(
        email=person.email,
        name=person.name,
        role=person.role,
        organization=slug,
        password=person.password,
        is_verified=True,
        language=person.language,
        time_zone="America/New_York",
    )
    return done(await create_account(service.units, service.world, asked))


async def _protect(service: Service, account: Account) -> Protected:
    world = service.world
    issued = await draw_recovery_codes(world)
    app, at = Totp(), world.clock.now()
    setup = app.begin({}, about(world, account, NAME), (), None, world.randomness, at)
    method = new_credential(world, account, app.kind, Accepted(setup.state), at=at, confirmed_at=at)
    async with service.units.write() as unit:
        await add_method(unit, world, account, method, NOWHERE, at)
        codes = await replace_recovery_codes(unit, world, account, (), issued, account.id, NOWHERE, at)
        await confirm_saved(unit, world, account, codes, account.id, NOWHERE, at)
    return Protected(str(setup.shown["secret"]), issued.codes[0])


def done(outcome: T | Problem) -> T:
    """What an act came to, which for this practice is never a refusal."""
    if isinstance(outcome, Problem):
        raise NotSeeded(outcome)
    return outcome
