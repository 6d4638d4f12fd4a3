"""`wardkey account`: people's accounts."""

import re
import sys
from typing import Final, TypedDict, Unpack
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from msgspec import Struct

from wardkey.accounts.rules import Account, Status, email_key
from wardkey.email_verification.creating import NewAccount, create_account
from wardkey.mfa_policy.rules import Policy, effective
from wardkey.signin.facts import Attempt
from wardkey.signin.person import RECOVERY_CODE, Person, credential_of, methods_of
from wardkey.surfaces.cli import devices
from wardkey.surfaces.cli.invocation import Invocation, as_json, example
from wardkey.surfaces.cli.organizations import policy_text
from wardkey.surfaces.cli.output import moment_text, say, say_json, say_pairs
from wardkey.surfaces.service import Service
from wardkey.vocabulary import LANGUAGES, Instant, Language, Problem, Role

PASSWORD_READ_AT_MOST = 10_000
"""Characters read from standard input; the rules then say what is wrong with a longer password."""


class Fields(TypedDict):
    """Options that are the fields of a new account as they are."""

    email: str
    name: str
    organization: str
    is_verified: bool
    language: Language
    time_zone: str


class ShownMembership(Struct, frozen=True, kw_only=True):
    organization: str
    role: str


class Shown(Struct, frozen=True, kw_only=True):
    """An account as `--json` prints it; nothing in it lets anybody in."""

    id: str
    email: str
    name: str
    status: str
    language: str
    time_zone: str
    memberships: list[ShownMembership]
    methods: list[str]
    has_recovery_code: bool
    mfa_mode: str | None
    """The account's own policy, where it has one."""
    mfa_required_from: Instant | None
    mfa_now: str
    """What holds now, practices included."""
    created_at: Instant
    email_verified_at: Instant | None
    password_changed_at: Instant


def shown(person: Person, policy: Policy) -> Shown:
    account = person.account
    return Shown(
        id=account.id,
        email=account.email,
        name=account.name,
        status=account.status.value,
        language=account.language,
        time_zone=account.time_zone,
        memberships=[ShownMembership(organization=m.name, role=m.role.value) for m in person.memberships],
        methods=[method.kind for method in methods_of(person)],
        has_recovery_code=credential_of(person, RECOVERY_CODE) is not None,
        mfa_mode=account.mfa_mode.value if account.mfa_mode is not None else None,
        mfa_required_from=account.mfa_from,
        mfa_now=policy.mode.value,
        created_at=account.created_at,
        email_verified_at=account.email_verified_at,
        password_changed_at=account.password_changed_at,
    )


REFERENCE: Final = re.compile(r"[2-9A-Z]{4}-[2-9A-Z]{4}")


@click.group("account", commands=[devices.listing, devices.forgetting])
def commands() -> None:
    """People's accounts."""


@commands.command(
    "create",
    epilog=example(
        "wardkey account create ada@clinic.example --name 'Ada Okafor' --role provider --org maple-street",
        "pass show ada | wardkey account create ada@clinic.example --name 'Ada Okafor' --role provider \\",
        "    --org maple-street --verified --password-stdin",
    ),
)
@click.argument("email")
@click.option("--name", required=True, help="The person's name.")
@click.option("--role", required=True, type=click.Choice([r.value for r in Role]), help="What the person is in the practice.")
@click.option("--org", "organization", required=True, metavar="SLUG", help="The practice's short name.")
@click.option("--verified", "is_verified", is_flag=True, help="Vouch for the address, so that no link is sent.")
@click.option("--password-stdin", "from_stdin", is_flag=True, help="Read the password from the first line of standard input.")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Language of messages to them.")
@click.option("--time-zone", default="UTC", show_default=True, help="Time zone of messages to them, such as America/New_York.")
@as_json
@click.pass_obj
def create(invocation: Invocation, *, role: str, from_stdin: bool, is_json: bool, **fields: Unpack[Fields]) -> None:
    """Create an account in a practice. The password is asked for, twice and hidden, and never given as an argument."""
    invocation.settings()
    _require_zone(fields["time_zone"])
    asked = NewAccount(role=Role(role), password=_password(from_stdin=from_stdin), **fields)

    async def work(service: Service) -> Account | Problem:
        return await create_account(service.units, service.world, asked)

    account = invocation.with_service(work)
    if is_json:
        say_json({"id": account.id, "email": account.email, "status": account.status.value, "role": role})
    elif account.status is Status.ACTIVE:
        say(f"{account.name} can sign in as {account.email}.")
    else:
        say(f"{account.name} can sign in as {account.email} after opening the link in the mail that is on its way.")


def _require_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise click.UsageError("--time-zone needs a name like America/New_York.") from None


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        try:
            return sys.stdin.readline(PASSWORD_READ_AT_MOST).rstrip("\r\n")
        except UnicodeDecodeError:
            raise click.UsageError("The password on standard input is not UTF-8 text.") from None
    if not sys.stdin.isatty():
        raise click.UsageError("There is no terminal to ask for the password on; use --password-stdin.")
    text: str = click.prompt("Password", hide_input=True, confirmation_prompt="The same again", err=True)
    return text


@commands.command("show", epilog=example("wardkey account show ada@clinic.example"))
@click.argument("email")
@as_json
@click.pass_obj
def show(invocation: Invocation, email: str, is_json: bool) -> None:
    """Show what is known of the account with the address EMAIL, or of the sign-in with that reference number."""
    if REFERENCE.fullmatch(email.strip().upper()):
        show_attempt(invocation, email.strip().upper(), is_json=is_json)
        return

    async def work(service: Service) -> tuple[Person, Policy] | Problem:
        async with service.units.read() as unit:
            person = await unit.people.by_email(email_key(email))
        if person is None:
            return Problem(code="account_unknown")
        roles = service.world.settings.mfa.covered_roles
        return person, effective(person.account, person.memberships, roles, service.world.clock.now())

    person, policy = invocation.with_service(work)
    if is_json:
        say_json(shown(person, policy))
    else:
        say_pairs(_pairs(person, policy))


def show_attempt(invocation: Invocation, reference: str, *, is_json: bool) -> None:
    """What became of the sign-in whose reference number somebody reads out (SIGN-7)."""

    async def work(service: Service) -> Attempt | Problem:
        async with service.units.read() as unit:
            return await unit.attempts.by_reference(reference) or Problem(code="attempt_unknown")

    found = invocation.with_service(work)
    pairs = [
        ("reference", found.reference),
        ("account", found.account or "none"),
        ("began", moment_text(found.started_at)),
        ("outcome", found.outcome or "open"),
        ("wrong codes", str(found.wrong_codes)),
        ("address", found.ip),
    ]
    if is_json:
        say_json(dict(pairs))
    else:
        say_pairs(pairs)


def _pairs(person: Person, policy: Policy) -> list[tuple[str, str]]:
    account = person.account
    own = policy_text(account.mfa_mode.value, account.mfa_from) if account.mfa_mode is not None else "none of its own"
    methods = [credential.kind for credential in person.credentials]
    return [
        ("email", account.email),
        ("name", account.name),
        ("status", account.status.value),
        *(("member", f"{membership.role.value} of {membership.name}") for membership in person.memberships),
        ("methods", ", ".join(methods) or "none"),
        ("mfa policy", f"{own}; {policy.mode.value} now"),
        ("language", account.language),
        ("time zone", account.time_zone),
        ("created", moment_text(account.created_at)),
        ("address proven", moment_text(account.email_verified_at) or "not yet"),
        ("password set", moment_text(account.password_changed_at)),
    ]
