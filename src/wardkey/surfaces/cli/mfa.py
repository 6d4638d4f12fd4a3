"""`wardkey mfa`: what practices and accounts are asked for (MFA-7)."""

from datetime import UTC, datetime

import click
from msgspec import Struct

from wardkey.accounts.rules import MfaMode, email_key
from wardkey.mfa_policy.actions import set_for_account, set_for_organization
from wardkey.mfa_policy.rules import effective
from wardkey.organizations.actions import find
from wardkey.surfaces.cli.invocation import Invocation, as_json, example
from wardkey.surfaces.cli.organizations import policy_text
from wardkey.surfaces.cli.output import say, say_json
from wardkey.surfaces.service import Service
from wardkey.vocabulary import Instant, Problem


class Shown(Struct, frozen=True, kw_only=True):
    """A policy as `--json` prints it: of an organization or of an account."""

    organization: str | None = None
    account: str | None = None
    mode: str | None
    """None: the account has no policy of its own."""
    required_from: Instant | None
    now: str | None = None
    """What holds for the account now, its practices' policies included."""
    covered_roles: tuple[str, ...] = ()
    """Whom the organization's policy covers."""


@click.group("mfa")
def commands() -> None:
    """Multi-factor authentication."""


@commands.command(
    "policy",
    epilog=example(
        "wardkey mfa policy --org maple-street",
        "wardkey mfa policy --org maple-street --mode required --from 2027-03-01",
        "wardkey mfa policy --account ada@clinic.example --mode required",
    ),
)
@click.option("--org", metavar="SLUG", help="The practice whose policy is meant.")
@click.option("--account", metavar="EMAIL", help="The account whose own policy is meant.")
@click.option("--mode", type=click.Choice([m.value for m in MfaMode]), help="What to ask for; shown as it is where not given.")
@click.option("--from", "starts", metavar="DATE", help="From when `required` holds, such as 2027-03-01, in UTC.")
@as_json
@click.pass_obj
def policy(
    invocation: Invocation, *, org: str | None, account: str | None, mode: str | None, starts: str | None, is_json: bool
) -> None:
    """Show or set the MFA policy of a practice or of one account. Where several apply, the strictest holds."""
    if (org is None) == (account is None):
        raise click.UsageError("Say whose policy is meant, with either --org or --account.")
    chosen, begins = MfaMode(mode) if mode is not None else None, _moment(starts)
    if begins is not None and chosen is None:
        raise click.UsageError("--from goes with --mode required.")

    async def work(service: Service) -> Shown | Problem:
        if org is not None:
            return await _of_organization(service, org, chosen, begins)
        return await _of_account(service, account or "", chosen, begins)

    found = invocation.with_service(work)
    if is_json:
        say_json(found)
    else:
        say(_sentence(found))


def _moment(text: str | None) -> Instant | None:
    if text is None:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError("--from needs a date like 2027-03-01.") from None
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)


async def _of_organization(service: Service, slug: str, mode: MfaMode | None, begins: Instant | None) -> Shown | Problem:
    units, world = service.units, service.world
    found = await find(units, slug) if mode is None else await set_for_organization(units, world, slug, mode, begins)
    if isinstance(found, Problem):
        return found
    roles = world.settings.mfa.covered_roles
    return Shown(organization=found.slug, mode=found.mfa_mode.value, required_from=found.mfa_from, covered_roles=roles)


async def _of_account(service: Service, email: str, mode: MfaMode | None, begins: Instant | None) -> Shown | Problem:
    units, world = service.units, service.world
    if mode is not None:
        changed = await set_for_account(units, world, email, mode, begins)
        if isinstance(changed, Problem):
            return changed
    async with units.read() as unit:
        person = await unit.people.by_email(email_key(email))
    if person is None:
        return Problem(code="account_unknown")
    own = person.account.mfa_mode
    holds = effective(person.account, person.memberships, world.settings.mfa.covered_roles, world.clock.now())
    return Shown(
        account=person.account.email,
        mode=own.value if own is not None else None,
        required_from=person.account.mfa_from,
        now=holds.mode.value,
    )


def _sentence(found: Shown) -> str:
    if found.organization is not None:
        roles = ", ".join(found.covered_roles) or "nobody"
        return f"MFA for {found.organization} is {policy_text(found.mode or '', found.required_from)}. It covers: {roles}."
    own = policy_text(found.mode, found.required_from) if found.mode is not None else "not set for this account alone"
    return f"MFA for {found.account} is {own}; with its practices' policies it is {found.now} now."
