"""A notice as the mail its reader gets: subject, text and HTML from the two templates that bear its name."""

import re
import unicodedata
from base64 import b64encode
from email.utils import parseaddr
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, pass_context, select_autoescape
from jinja2.runtime import Context
from msgspec.structs import asdict

from wardkey.brand.actions import Picture
from wardkey.brand.rules import Brand, installation_brand
from wardkey.brand.shades import palette_of
from wardkey.language import N_, translate
from wardkey.notices.catalogue import (
    ConfirmAddress,
    ConfirmNewAddress,
    EmailChanged,
    Envelope,
    MethodAdded,
    MethodRemoved,
    Notice,
    ResetPassword,
)
from wardkey.notices.circumstances import device_of, duration_of, moment_of, place_of
from wardkey.ports import Inline, Mail
from wardkey.settings import Settings
from wardkey.vocabulary import Language

TEMPLATES: Final = Path(__file__).parent.parent / "templates" / "notices"

LONGEST_SUBJECT: Final = 150
LONGEST_NAME: Final = 100
LOGO: Final = "logo@wardkey"
"""What the HTML calls the picture that goes with it (RFC 2392)."""

METHODS: Final = {
    "totp": N_("an authenticator app"),
    "sms": N_("a phone for text messages"),
    "passkey": N_("a passkey"),
}
"""What each kind of MFA method is called within a sentence."""

ADVERTISING: Final = re.compile(r"[/\\@]|\bwww\b|\w\.\w{2}|(\d\W?){5}", re.IGNORECASE)
"""A link, an address or a telephone number within a name: whoever signs up may write what they want somebody else to read."""


def render(
    envelope: Envelope, settings: Settings, message_id: str, brand: Brand | None = None, logo: Picture | None = None
) -> Mail:
    """The mail for a notice, in the look of a brand (the installation's where none is given); the same gives the same mail.

    A brand with a discreet name for messages shows that everywhere, and no logo (NEWS-3).
    """
    tag = str(envelope.notice.__struct_config__.tag)
    shown = brand or installation_brand(settings)
    picture = Inline(LOGO, logo.type, logo.data) if logo and not shown.sender_name else None
    facts = {**_facts(envelope, settings), **_look(shown, picture)}
    text = environment().get_template(f"{tag}.txt")
    facts["subject"] = _one_line(_block(text, "subject", facts), LONGEST_SUBJECT)
    return Mail(
        to=envelope.to,
        subject=str(facts["subject"]),
        text=_tidy(text.render(facts)),
        html=_tidy(environment().get_template(f"{tag}.html").render(facts)),
        message_id=message_id,
        language=envelope.language,
        sender_name=_sender_name(shown, settings, envelope.language),
        picture=picture,
    )


def alone(mail: Mail) -> str:
    """The HTML of a mail with its picture inside, for where nothing else goes along."""
    if mail.picture is None:
        return mail.html
    data = b64encode(mail.picture.data).decode()
    return mail.html.replace(f"cid:{mail.picture.id}", f"data:{mail.picture.type};base64,{data}")


@cache
def environment() -> Environment:
    """The templates, with gettext in the language that each rendering names."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(enabled_extensions=("html",), default=False),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    made.install_gettext_callables(_gettext, _ngettext, newstyle=True)  # type: ignore[attr-defined]
    return made


@pass_context
def _gettext(context: Context, text: str) -> str:
    return translate(context["language"], text)


@pass_context
def _ngettext(context: Context, one: str, many: str, count: int) -> str:
    return translate(context["language"], one if count == 1 else many)


def _look(brand: Brand, picture: Inline | None) -> dict[str, object]:
    """What the templates may name of a brand."""
    return {
        "brand": _one_line(brand.name_in_messages, LONGEST_NAME),
        "palette": palette_of(brand.color),
        "logo": {"id": LOGO, "picture": brand.logo} if picture and brand.logo else None,
    }


def _sender_name(brand: Brand, settings: Settings, language: Language) -> str:
    """An organization speaks by way of the installation, whose address it is; the installation itself needs no other name."""
    name = _one_line(brand.name_in_messages, LONGEST_NAME)
    if not brand.slug or name == settings.brand_name:
        return ""
    installation = sender_of(settings)
    both = {"sender": name, "installation": installation}
    return name if name == installation else translate(language, N_("%(sender)s via %(installation)s"), both)


def sender_of(settings: Settings) -> str:
    """The name that goes with the address of all mail."""
    return _one_line(parseaddr(settings.mail_from)[0] or settings.brand_name, LONGEST_NAME)


def _facts(envelope: Envelope, settings: Settings) -> dict[str, object]:
    """What the templates may name; every text on one line, none of it trusted."""
    language = envelope.language
    base = settings.public_url.rstrip("/")
    name = _one_line(envelope.name, LONGEST_NAME)
    return {
        "language": language,
        "name": "" if ADVERTISING.search(name) else name,
        "notice": asdict(envelope.notice),
        "lasts": _lasts(envelope.notice, language),
        "method": _method(envelope.notice, language),
        "is_by_a_device": bool(envelope.user_agent or envelope.ip),
        "moment": moment_of(envelope.at, envelope.time_zone, language),
        "place": _one_line(place_of(envelope.place, envelope.ip, language), LONGEST_SUBJECT),
        "device": device_of(envelope.user_agent, language),
        "home": base,
        "link": _link(envelope.notice, base),
        "not_me": f"{base}/not-me/{quote(envelope.not_me, safe='')}" if envelope.not_me else "",
        "sign_in": f"{base}/sign-in",
        "forgot_password": f"{base}/forgot-password",
        "security": f"{base}/account/security",
    }


def _link(notice: Notice, base: str) -> str:
    """The address that only this mail holds, or nothing."""
    match notice:
        case ConfirmAddress(token=token):
            return f"{base}/verify-email/{quote(token, safe='')}"
        case ResetPassword(token=token):
            return f"{base}/reset-password/{quote(token, safe='')}"
        case ConfirmNewAddress(token=token):
            return f"{base}/confirm-email/{quote(token, safe='')}"
        case EmailChanged(token=token):
            return f"{base}/undo-email/{quote(token, safe='')}"
        case _:
            return ""


def _lasts(notice: Notice, language: Language) -> str:
    match notice:
        case ConfirmAddress(valid_days=days):
            return duration_of(days * 24 * 60, language)
        case ResetPassword() | ConfirmNewAddress() | EmailChanged():
            return duration_of(notice.valid_minutes, language)
        case _:
            return ""


def _method(notice: Notice, language: Language) -> str:
    if isinstance(notice, MethodAdded | MethodRemoved):
        return translate(language, METHODS.get(notice.method, N_("another way to confirm that it is you")))
    return ""


def _block(template: Template, name: str, facts: dict[str, object]) -> str:
    return "".join(template.blocks[name](template.new_context(facts)))


def _one_line(text: str, at_most: int) -> str:
    """A text without line breaks, controls or signs that turn the text around, cut where it is too long."""
    signs = (" " if unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") else sign for sign in text[: at_most * 4])
    shown = "".join(sign for sign in signs if unicodedata.category(sign) != "Cf" or sign in "\u200c\u200d")
    line = " ".join(shown.split())
    return line if len(line) <= at_most else line[: at_most - 1].rstrip() + "…"


def _tidy(text: str) -> str:
    """No spaces at the end of lines, and one empty line at most between two."""
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", text)).strip() + "\n"
