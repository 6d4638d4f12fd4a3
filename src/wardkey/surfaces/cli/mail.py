"""`wardkey mail`: the messages people get, by mail and as texts, as they will read them (UX-5)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from wardkey.brand.actions import Voice, voice_of
from wardkey.notices.catalogue import EXAMPLES, Envelope, Notice
from wardkey.notices.rendering import alone, render, sender_of
from wardkey.organizations.branding import show
from wardkey.ports import Mail
from wardkey.settings import Settings
from wardkey.surfaces.cli.invocation import Invocation, as_json, example
from wardkey.surfaces.cli.output import Refused, say, say_json, say_table
from wardkey.surfaces.service import Service
from wardkey.texts.rendering import body_of
from wardkey.texts.rules import Letter
from wardkey.vocabulary import LANGUAGES, Instant, Language, PhoneNumber, Place, Problem

BROWSER: Final = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"
SOMEWHERE: Final = Place(city="Boston", country="US", latitude=42.36, longitude=-71.06, accuracy_km=20)


def name_of(notice: Notice) -> str:
    """What a message is called in commands, in templates and in the outbox."""
    return str(notice.__struct_config__.tag)


BY_NAME: Final = {name_of(notice): notice for notice in EXAMPLES}
TEXT: Final = "text_code"
MEANINGS: Final = {
    **{name: " ".join((type(notice).__doc__ or "").split()) for name, notice in BY_NAME.items()},
    TEXT: "The text message with a code to sign in or to confirm a number (MFA-3).",
}
"""Every message to what it is."""


@click.group("mail")
def commands() -> None:
    """The messages people get."""


@commands.command(
    "preview",
    epilog=example(
        "wardkey mail preview", "wardkey mail preview reset_password --language es", "wardkey mail preview --to-dir previews"
    ),
)
@click.argument("notice", required=False, type=click.Choice(list(MEANINGS)), metavar="[NOTICE]")
@click.option("--language", type=click.Choice(LANGUAGES), help="English where not given; every language with --to-dir.")
@click.option("--html/--text", "is_html", default=None, help="Which of its two forms: text where not given, both with --to-dir.")
@click.option("--to-dir", "folder", metavar="DIR", type=click.Path(path_type=Path), help="Write messages to files in a folder.")
@click.option("--organization", metavar="SLUG", help="In the name and the look of a practice.")
@as_json
@click.pass_obj
def preview(
    invocation: Invocation,
    *,
    notice: str | None,
    language: Language | None,
    is_html: bool | None,
    folder: Path | None,
    organization: str | None,
    is_json: bool,
) -> None:
    """Show a message as its reader would see it, with example names and links; without a NOTICE, list them all."""
    if folder is None and notice is None:
        _list(is_json=is_json)
        return
    settings, at, voice = invocation.settings(), invocation.wiring().now(), _voice(invocation, organization)
    if folder is None:
        _show(mail_of(notice or "", language or "en", settings, at, voice), settings, is_html=bool(is_html), is_json=is_json)
        return
    names, tongues = (notice,) if notice else tuple(MEANINGS), (language,) if language else LANGUAGES
    mails = [(name, tongue, mail_of(name, tongue, settings, at, voice)) for name in names for tongue in tongues]
    _write(folder, mails, is_html)


def _voice(invocation: Invocation, slug: str | None) -> Voice:
    """The practice's, as it is in the database; the installation's asks nothing of one."""
    if slug is None:
        return voice_of(None, invocation.wiring().brands(invocation.settings()))

    async def work(service: Service) -> Voice | Problem:
        found = await show(service.units, slug)
        return found if isinstance(found, Problem) else voice_of(found[1], service.brands)

    return invocation.with_service(work)


def mail_of(name: str, language: Language, settings: Settings, at: Instant, voice: Voice) -> Mail:
    """A message to an example person, from an example place; a text message has neither subject nor HTML."""
    brand, logo = voice
    if name == TEXT:
        letter = Letter(PhoneNumber("+12075550123"), "123456", minutes=10, language=language, brand=brand.name_in_messages)
        body = body_of(letter, settings.public_url)
        return Mail(to=letter.number, subject="", text=body, html="", message_id="preview", language=language)
    envelope = Envelope(
        to="ada.okafor@clinic.example",
        name="Ada Okafor",
        language=language,
        time_zone="America/New_York",
        notice=BY_NAME[name],
        at=at,
        user_agent=BROWSER,
        ip="203.0.113.7",
        place=SOMEWHERE,
        not_me="example-token" if BY_NAME[name].is_alarming else "",
    )
    return render(envelope, settings, "preview", brand, logo)


def _list(*, is_json: bool) -> None:
    if is_json:
        say_json([{"name": name, "meaning": meaning} for name, meaning in MEANINGS.items()])
    else:
        say_table(("message", "what it is"), list(MEANINGS.items()))


def _show(mail: Mail, settings: Settings, *, is_html: bool, is_json: bool) -> None:
    if is_json:
        shown = {"subject": mail.subject, "text": mail.text, "html": alone(mail), "language": mail.language}
        say_json({"from": mail.sender_name or sender_of(settings), **shown})
    else:
        say(alone(mail) if is_html and mail.html else plain_of(mail))


def plain_of(mail: Mail) -> str:
    """The plain form of a message, below its subject where it has one."""
    head = [f"From: {mail.sender_name}"] if mail.sender_name else []
    return "\n".join([*head, f"Subject: {mail.subject}", "", mail.text]) if mail.subject else mail.text


def _write(folder: Path, mails: Sequence[tuple[str, Language, Mail]], is_html: bool | None) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, language, mail in mails:
            if is_html is not False and mail.html:
                (folder / f"{name}.{language}.html").write_text(alone(mail), encoding="utf-8")
            if is_html is not True or not mail.html:
                (folder / f"{name}.{language}.txt").write_text(plain_of(mail), encoding="utf-8")
    except OSError:
        raise Refused(f"{folder} is no folder that can be written to.") from None
    say(f"{len(mails)} messages are in {folder}.")
