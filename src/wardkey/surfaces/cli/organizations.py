"""`wardkey org`: practices."""

import click
from msgspec import Struct

from wardkey.organizations import actions
from wardkey.organizations.rules import Member, Organization
from wardkey.surfaces.cli import brand
from wardkey.surfaces.cli.invocation import Invocation, as_json, example
from wardkey.surfaces.cli.output import moment_text, say, say_json, say_pairs, say_table
from wardkey.surfaces.service import Service
from wardkey.vocabulary import Instant, Problem


class Shown(Struct, frozen=True, kw_only=True):
    """A practice as `--json` prints it."""

    id: str
    name: str
    slug: str
    mfa_mode: str
    mfa_required_from: Instant | None
    created_at: Instant


class ShownWithMembers(Struct, frozen=True, kw_only=True):
    """A practice and everybody in it as `--json` prints them."""

    organization: Shown
    members: list[Member]


def shown(organization: Organization) -> Shown:
    return Shown(
        id=organization.id,
        name=organization.name,
        slug=organization.slug,
        mfa_mode=organization.mfa_mode.value,
        mfa_required_from=organization.mfa_from,
        created_at=organization.created_at,
    )


def policy_text(mode: str, starts: Instant | None) -> str:
    """`required from 2027-03-01 00:00 UTC`, or the mode alone."""
    return f"{mode} from {moment_text(starts)}" if starts is not None else mode


@click.group("org", commands=[brand.command])
def commands() -> None:
    """Practices."""


@commands.command("create", epilog=example('wardkey org create "Maple Street Clinic" --slug maple-street'))
@click.argument("name")
@click.option("--slug", help="Its short name in commands; made from the name where not given.")
@as_json
@click.pass_obj
def create(invocation: Invocation, name: str, slug: str | None, is_json: bool) -> None:
    """Set up a practice, under the NAME that people read."""

    async def work(service: Service) -> Organization | Problem:
        return await actions.create(service.units, service.world, name, slug)

    made = invocation.with_service(work)
    if is_json:
        say_json(shown(made))
    else:
        say(f"{made.name} is set up. Its short name is {made.slug}.")


@commands.command("list", epilog=example("wardkey org list", "wardkey org list --json"))
@as_json
@click.pass_obj
def list_all(invocation: Invocation, is_json: bool) -> None:
    """List all practices."""

    async def work(service: Service) -> list[Organization]:
        return [organization async for organization in actions.every(service.units)]

    found = invocation.with_service(work)
    if is_json:
        say_json([shown(organization) for organization in found])
    elif found:
        say_table(("slug", "name", "mfa", "created"), [_row(organization) for organization in found])
    else:
        say("There is no practice yet; `wardkey org create` sets one up.")


def _row(organization: Organization) -> tuple[str, ...]:
    policy = policy_text(organization.mfa_mode.value, organization.mfa_from)
    return organization.slug, organization.name, policy, moment_text(organization.created_at)


@commands.command("show", epilog=example("wardkey org show maple-street"))
@click.argument("slug")
@as_json
@click.pass_obj
def show(invocation: Invocation, slug: str, is_json: bool) -> None:
    """Show the practice with the short name SLUG, and everybody in it."""

    async def work(service: Service) -> tuple[Organization, list[Member]] | Problem:
        found = await actions.find(service.units, slug)
        if isinstance(found, Problem):
            return found
        return found, [member async for member in actions.members(service.units, found.id)]

    organization, members = invocation.with_service(work)
    if is_json:
        say_json(ShownWithMembers(organization=shown(organization), members=members))
        return
    policy = policy_text(organization.mfa_mode.value, organization.mfa_from)
    pairs = [("name", organization.name), ("slug", organization.slug), ("mfa", policy), ("people", str(len(members)))]
    say_pairs([*pairs, ("created", moment_text(organization.created_at))])
    if members:
        say()
        say_table(("email", "name", "role", "status", "methods"), [_member_row(member) for member in members])


def _member_row(member: Member) -> tuple[str, ...]:
    return member.email, member.name, member.role.value, member.status, ", ".join(member.methods) or "none"
