"""`wardkey sms`: what becomes of text messages, and what the spending guard makes of them (MFA-4)."""

from datetime import timedelta

import click
from msgspec import Struct

from wardkey.surfaces.cli.invocation import Invocation, as_json, example
from wardkey.surfaces.cli.output import moment_text, say, say_json, say_pairs, say_table
from wardkey.surfaces.service import Service
from wardkey.texts.actions import resume
from wardkey.texts.rules import CountryDay, Reach, Stop
from wardkey.vocabulary import Problem

DAY = timedelta(hours=24)
REACHES: dict[Reach, str] = {"new_numbers": "numbers being set up", "all_numbers": "all numbers"}


class Shown(Struct, frozen=True, kw_only=True):
    """What `--json` prints: the last 24 hours, and the stops that last."""

    senders: tuple[str, ...]
    guard: str
    countries: list[CountryDay]
    stops: list[Stop]


@click.group("sms")
def commands() -> None:
    """Text messages."""


@commands.command("status", epilog=example("wardkey sms status", "wardkey sms status --json"))
@as_json
@click.pass_obj
def status(invocation: Invocation, is_json: bool) -> None:
    """Show who sends texts, what became of them in the last 24 hours by country, and which prefixes are stopped."""

    async def work(service: Service) -> Shown:
        at = service.world.clock.now()
        async with service.units.read() as unit:
            countries, stops = await unit.texts.day(at - DAY), await unit.texts.stops(at)
        names = tuple(sender.name for sender in service.texts)
        return Shown(senders=names, guard=service.world.settings.sms.guard, countries=list(countries), stops=list(stops))

    found = invocation.with_service(work)
    if is_json:
        say_json(found)
    else:
        _say(found)


@commands.command("resume", epilog=example("wardkey sms resume +1207555"))
@click.argument("prefix")
@as_json
@click.pass_obj
def resume_prefix(invocation: Invocation, prefix: str, is_json: bool) -> None:
    """Let texts go to a stopped PREFIX again, as `wardkey sms status` shows it. It is judged anew from now on."""

    async def work(service: Service) -> str | Problem:
        return await resume(service.units, service.world, prefix) or prefix

    resumed = invocation.with_service(work)
    if is_json:
        say_json({"resumed": resumed})
    else:
        say(f"Texts to {resumed} go on.")


def share_of(day: CountryDay) -> str:
    """How many of the codes sent were entered."""
    return f"{day.entered / day.sent:.0%}" if day.sent else ""


def _say(found: Shown) -> None:
    say_pairs([("senders", ", then ".join(found.senders) or "none"), ("guard", found.guard)])
    say()
    if not found.countries:
        say("No text was asked for in the last 24 hours.")
    else:
        head = ("country", "asked", "sent", "entered", "share", "failed", "refused", "would refuse")
        say_table(head, [_row(day) for day in found.countries])
    if found.stops:
        say()
        say_table(("stopped prefix", "country", "for", "entered", "until"), [_stop_row(stop) for stop in found.stops])


def _row(day: CountryDay) -> tuple[str, ...]:
    counts = (day.failed, day.refused, day.would_refuse)
    return day.country, str(day.asked), str(day.sent), str(day.entered), share_of(day), *map(str, counts)


def _stop_row(stop: Stop) -> tuple[str, ...]:
    return stop.prefix, stop.country, REACHES[stop.reach], f"{stop.entered} of {stop.sent}", moment_text(stop.until)
