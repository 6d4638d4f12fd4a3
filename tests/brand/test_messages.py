"""Mail and texts come in the name and the look of the reader's practice, in every language, and a name is nothing but a name."""

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import SMTP, compat32
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.brand.pictures import png
from tests.notices.letters import SETTINGS, TRANSLATED, envelope, page_of, tag_of
from tests.world import HERE, Practice
from wardkey.accounts.actions import tell_account
from wardkey.accounts.rules import Account
from wardkey.brand.actions import Picture, sender_of
from wardkey.brand.logo import Logo
from wardkey.brand.rules import Brand
from wardkey.brand.shades import palette_of
from wardkey.edges.email.message import envelope as written
from wardkey.edges.email.message import read_sender
from wardkey.notices.catalogue import EXAMPLES, MethodAdded, Notice, PasswordChanged
from wardkey.notices.rendering import alone, render
from wardkey.organizations.branding import Wishes, change
from wardkey.ports import Inline, Mail
from wardkey.vocabulary import Language

NOON: Final = datetime(2026, 11, 24, 12, tzinfo=UTC)
SENDER: Final = read_sender("Wardkey <no-reply@clinic.example>")
LOGO: Final = Picture(png(), "image/png", "0" * 16)
MAPLE: Final = Brand(
    name="Maple Street",
    color="#2f5d8a",
    logo=Logo(digest="0" * 16, type="image/png", width=64, height=32),
    logo_key=f"org_maple-{'0' * 16}",
    slug="maple",
)
DISCREET: Final = Brand(name="Maple Fertility", sender_name="M. S.", color="#2f5d8a", logo=MAPLE.logo, slug="maple")
HOSTILE: Final = (
    "Maple\r\nBcc: everybody@example.org",
    "Maple\n\n<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "\u202egro.elpmaxe\u2066",
    "=?utf-8?q?a=0d=0aBcc:_x@y.example?=",
    'Maple" <evil@example.org>, "',
    "%(sender)s %s {{ 7 * 7 }}",
    "Clínica del Arce\u2028\u2029",
    "日本" * 30,
)


def letter(mail: Mail) -> bytes:
    return written(mail, SENDER, NOON).message


@pytest.mark.spec("UX-4")
@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize("notice", EXAMPLES, ids=tag_of)
def test_every_message_has_the_brand_in_every_language(notice: Notice, language: Language) -> None:
    mail = render(envelope(notice, language), SETTINGS, "id", MAPLE, LOGO)
    plain = render(envelope(notice, language), SETTINGS, "id")
    assert "Maple Street" in mail.text
    assert "Maple Street" in page_of(mail).text
    assert "Wardkey" not in mail.text + mail.subject
    assert mail.subject == plain.subject.replace("Wardkey", "Maple Street")
    palette = palette_of(MAPLE.color)
    assert {palette.light.action, palette.dark.action} <= set(re.findall("#[0-9a-f]{6}", mail.html))
    assert "#0b6b66" not in mail.html
    pictures = [attributes for tag, attributes in page_of(mail).elements if tag == "img"]
    assert [(picture["src"], picture["alt"], picture["height"]) for picture in pictures] == [("cid:logo@wardkey", "", "36")]


@pytest.mark.spec("NEWS-3")
@pytest.mark.parametrize("notice", EXAMPLES, ids=tag_of)
def test_a_discreet_name_stands_alone(notice: Notice) -> None:
    mail = render(envelope(notice), SETTINGS, "id", DISCREET, LOGO)
    assert "Fertility" not in letter(mail).decode() + mail.subject + mail.text + mail.html
    assert (mail.picture, mail.sender_name) == (None, "M. S. via Wardkey")
    assert "M. S." in mail.text


@pytest.mark.spec("UX-4")
def test_a_practice_speaks_by_way_of_the_installation_and_from_its_address() -> None:
    mail = render(envelope(PasswordChanged(how="self")), SETTINGS, "id", MAPLE, LOGO)
    message = message_from_bytes(letter(mail), policy=SMTP)
    assert str(message["From"]) == "Maple Street via Wardkey <no-reply@clinic.example>"
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png",
    ]  # fmt: skip
    picture = list(message.walk())[-1]
    assert (picture["Content-ID"], picture.get_content_disposition()) == ("<logo@wardkey>", "inline")
    assert picture.get_content() == png()


def test_the_installation_speaks_under_its_own_name() -> None:
    mail = render(envelope(PasswordChanged(how="self")), SETTINGS, "id", Brand(name="Wardkey", color="#aa0000"))
    assert mail.sender_name == ""
    assert str(message_from_bytes(letter(mail), policy=SMTP)["From"]) == "Wardkey <no-reply@clinic.example>"
    assert palette_of("#aa0000").light.action in mail.html


def test_where_nothing_goes_along_the_picture_stands_in_the_html() -> None:
    mail = render(envelope(PasswordChanged(how="self")), SETTINGS, "id", MAPLE, LOGO)
    assert 'src="data:image/png;base64,' in alone(mail)
    assert "cid:" not in alone(mail)
    plain = render(envelope(PasswordChanged(how="self")), SETTINGS, "id")
    assert alone(plain) == plain.html


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_harmless(name: str) -> None:
    assert_harmless(name)


@given(st.text(max_size=80))
def test_no_name_does_harm(name: str) -> None:
    assert_harmless(name)


def assert_harmless(name: str) -> None:
    """A name changes words in the head and the body, never a line, an address or an element."""
    usual = render(envelope(MethodAdded(method="totp")), SETTINGS, "id", MAPLE)
    for brand in (Brand(name=name, slug="maple"), Brand(name="Maple Street", sender_name=name, slug="maple")):
        mail = render(envelope(MethodAdded(method="totp")), SETTINGS, "id", brand)
        assert len(mail.text.split("\n")) == len(usual.text.split("\n"))
        assert page_of(mail).tags == page_of(usual).tags
        assert page_of(mail).addresses == page_of(usual).addresses
        message = message_from_bytes(letter(mail), policy=compat32)
        assert message.keys() == message_from_bytes(letter(usual), policy=compat32).keys()
        shown, (_, address) = parsed_from(message["From"])
        assert address == "no-reply@clinic.example"
        assert " ".join(shown.split()) == " ".join((mail.sender_name or "Wardkey").split())
        assert not re.search(r"[\u202a-\u202e\u2066-\u2069\r\n\u2028\u2029]", shown + mail.subject)


def parsed_from(header: str) -> tuple[str, tuple[str, str]]:
    """The name as it is read, and the whole of it with the address as the structure of the header has it."""
    head, _, tail = header.rpartition("<")
    bare = head.strip()
    name = bare[1:-1].replace('\\"', '"').replace("\\\\", "\\") if bare.startswith('"') else str(make_header(decode_header(bare)))
    return name, (head, tail.removesuffix(">"))


def test_a_long_name_is_folded_as_mail_wants_it() -> None:
    mail = Mail(to="a@b.example", subject="s", text="t", html="h", message_id="1", sender_name="日本の診療所" * 15)
    lines = letter(mail).split(b"\r\n")
    assert max(map(len, lines)) <= 78, "RFC 5322 §2.1.1"
    assert parsed_from(message_from_bytes(letter(mail), policy=compat32)["From"])[0] == "日本の診療所" * 15


async def told(practice: Practice, account: Account) -> Mail:
    async with practice.write() as unit:
        await tell_account(unit, practice.world, account, PasswordChanged(how="self"), HERE, practice.clock.now())
    await practice.deliver()
    mail: Mail = practice.mails_to(account.email)[-1]
    return mail


@pytest.mark.spec("UX-4")
async def test_each_gets_mail_in_the_name_of_their_own_practice(practice: Practice) -> None:
    maple, river = await practice.add_organization(), await practice.add_organization("River Road")
    await change(practice.units, practice.world, maple.slug, Wishes(name="Maple", logo=png()))
    await change(practice.units, practice.world, river.slug, Wishes(name="River", sender_name="RR"))
    ada, _ = await practice.add_person("ada@example.org", organization=maple)
    ben, _ = await practice.add_person("ben@example.org", organization=river)
    cy, _ = await practice.add_person("cy@example.org")
    subjects = [(await told(practice, who)).subject for who in (ada, ben, cy)]
    assert subjects == ["Your Maple password was changed", "Your RR password was changed", "Your Wardkey password was changed"]
    assert "data:image/png" in (await told(practice, ada)).html
    assert "data:" not in (await told(practice, ben)).html + (await told(practice, cy)).html
    async with practice.units.read() as unit:
        assert [await sender_of(unit, practice.world.settings, who.id) for who in (ada, ben, cy)] == ["Maple", "RR", "Wardkey"]


def test_a_picture_of_any_kind_goes_along_whole() -> None:
    for kind in ("image/png", "image/jpeg", "image/webp"):
        picture = Inline("logo@wardkey", kind, bytes(range(256)))
        mail = Mail(to="a@b.example", subject="s", text="t", html="h", message_id="1", picture=picture)
        part = list(message_from_bytes(letter(mail), policy=SMTP).walk())[-1]
        assert (part.get_content_type(), part.get_content()) == (kind, bytes(range(256)))
