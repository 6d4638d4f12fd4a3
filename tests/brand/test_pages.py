"""Whose look pages have: the person's own organization's, the one asked for, or the installation's."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from tests.brand.pictures import png
from tests.pages.visitor import Page, Visitor
from tests.world import PASSWORD, Practice
from wardkey.edges.brand_files import read_brands
from wardkey.organizations.branding import EVERYTHING, Wishes, change
from wardkey.organizations.rules import Organization
from wardkey.settings import Settings, WrongSetting
from wardkey.vocabulary import Role

MAPLE: Final = Wishes(name="Maple Street", color="#2f5d8a", logo=png(96, 48))
RIVER: Final = Wishes(name="River Road", color="#7a1f5c", logo=png(rgb=(122, 31, 92)))
ASKING: Final = "/sign-in?organization=maple-street-clinic"
HOSTILE: Final = ('<script>alert("x")</script>', "{{ 7*7 }} & “friends”", "'\" onload=x", "مركز الصحة")


async def brand(practice: Practice, name: str, wishes: Wishes) -> Organization:
    organization = await practice.add_organization(name)
    await change(practice.units, practice.world, organization.slug, wishes)
    return organization


def look(page: Page) -> tuple[str, str, str]:
    """The name in a page's head, its logo's address, and its stylesheet of shades; empty where there is none."""
    head = page.root.first("a", class_="brand")
    logos = [node.attributes["src"] for node in head.all("img", class_="logo")]
    sheets = [n.attributes["href"] for n in page.root.all("link", rel="stylesheet") if n.attributes["href"].startswith("/brand/")]
    return head.text, "".join(logos), "".join(sheets)


@pytest.mark.spec("UX-4")
async def test_a_signed_in_person_sees_their_practice(sqlite_practice: Practice, visitor: Visitor) -> None:
    maple = await brand(sqlite_practice, "Maple Street Clinic", MAPLE)
    await sqlite_practice.add_person("ada@example.org", organization=maple)
    before = await visitor.open("/sign-in")
    assert look(before) == ("Wardkey", "", "")
    home = await visitor.sign_in("ada@example.org", PASSWORD)
    name, logo, sheet = look(home)
    assert (name, home.title) == ("Maple Street", "Home – Maple Street")
    assert logo.startswith(f"/brand/{maple.id}-")
    assert sheet.startswith("/brand/2f5d8a-")
    assert home.root.first("link", rel="icon").attributes["href"] == logo
    assert look(await visitor.open("/account/security")) == (name, logo, sheet)


@pytest.mark.spec("UX-4")
async def test_an_address_that_names_another_practice_changes_nothing_for_whoever_is_signed_in(
    sqlite_practice: Practice, new_visitor: Callable[[], Visitor]
) -> None:
    maple = await brand(sqlite_practice, "Maple Street Clinic", MAPLE)
    river = await brand(sqlite_practice, "River Road", RIVER)
    plain = await sqlite_practice.add_organization("Oak Lane")
    seen = {}
    for email, organization in (
        ("ada@a.example", maple),
        ("ben@b.example", river),
        ("cy@c.example", plain),
        ("dot@d.example", None),
    ):
        await sqlite_practice.add_person(email, organization=organization)
        visitor = new_visitor()
        await visitor.sign_in(email, PASSWORD)
        for address in ("/?organization=river-road", "/account/security?organization=maple-street-clinic"):
            seen[email] = look(await visitor.open(address))[0]
            assert seen[email] == look(await visitor.open("/account/security/activity"))[0]
    assert list(seen.values()) == ["Maple Street", "River Road", "Wardkey", "Wardkey"]


async def test_a_person_of_two_practices_sees_the_installation(sqlite_practice: Practice, visitor: Visitor) -> None:
    maple, river = await brand(sqlite_practice, "Maple", MAPLE), await brand(sqlite_practice, "River Road", RIVER)
    both, _ = await sqlite_practice.add_person("both@example.org", organization=maple)
    async with sqlite_practice.write() as unit:
        await unit.organizations.add_member(river.id, both.id, Role.STAFF, sqlite_practice.clock.now())
    assert look(await visitor.sign_in("both@example.org", PASSWORD)) == ("Wardkey", "", "")


@pytest.mark.spec("UX-4")
async def test_the_pages_of_a_practice_are_its_own_from_the_first_to_the_last(
    sqlite_practice: Practice, visitor: Visitor
) -> None:
    await brand(sqlite_practice, "Maple Street Clinic", MAPLE)
    shown = look(await visitor.open(ASKING))
    assert shown[0] == "Maple Street"
    assert look(await visitor.send(email="ada@example.org", password="wrong horse battery")) == shown
    links = {node.attributes["href"] for node in visitor.page.root.all("a")}
    assert {"/forgot-password?organization=maple-street-clinic", "/sign-up?organization=maple-street-clinic", ASKING} <= links
    assert look(await visitor.open("/forgot-password?organization=maple-street-clinic")) == shown
    assert look(await visitor.send(email="ada@example.org")) == shown
    assert visitor.page.path == "/forgot-password/sent"
    assert look(await visitor.open("/sign-up?organization=maple-street-clinic")) == shown
    sent = await visitor.send(name="Ada", email="ada@example.org", password=PASSWORD)
    assert (sent.path, look(sent)) == ("/sign-up/sent", shown)


async def test_steps_of_a_sign_in_begun_there_are_its_own_too(sqlite_practice: Practice, visitor: Visitor) -> None:
    await brand(sqlite_practice, "Maple Street Clinic", MAPLE)
    await sqlite_practice.add_person("ada@example.org", totp_key=b"12345678901234567890")
    await visitor.open(ASKING)
    step = await visitor.send(email="ada@example.org", password=PASSWORD)
    assert (step.path, look(step)[0]) == ("/sign-in/continue", "Maple Street")
    refused = await visitor.send(code="12")
    assert (refused.path, look(refused)[0]) == ("/sign-in/mfa", "Maple Street")
    again = await visitor.sign_in("ada@example.org", PASSWORD)
    assert look(again)[0] == "Wardkey", "a sign-in begun elsewhere forgets it"


@pytest.mark.parametrize("slug", ["nobody", "oak-lane", "", "../x", "a" * 500, "%00", "maple-street-clinic%0d%0aX:1"])
async def test_a_short_name_without_a_brand_shows_the_installation(
    sqlite_practice: Practice, visitor: Visitor, slug: str
) -> None:
    await sqlite_practice.add_organization("Oak Lane")
    shown = await visitor.open(f"/sign-in?organization={slug}")
    assert (shown.status, look(shown)) == (200, ("Wardkey", "", ""))
    assert shown.form_with("email").attributes["action"] == "/sign-in"


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_name_is_nothing_but_a_name(sqlite_practice: Practice, visitor: Visitor, name: str) -> None:
    await brand(sqlite_practice, "Maple Street Clinic", Wishes(name=name))
    shown = await visitor.open(ASKING)
    assert look(shown)[0] == name
    assert shown.title == f"Sign in – {name}"
    assert [node.attributes.get("src", "inline") for node in shown.root.all("script")] == [
        node.attributes["src"] for node in shown.root.all("script", type="module")
    ]


async def test_a_change_is_seen_after_half_a_minute(sqlite_practice: Practice, visitor: Visitor) -> None:
    maple = await brand(sqlite_practice, "Maple Street Clinic", MAPLE)
    await sqlite_practice.add_person("ada@example.org", organization=maple)
    await visitor.sign_in("ada@example.org", PASSWORD)
    await change(sqlite_practice.units, sqlite_practice.world, maple.slug, EVERYTHING)
    sqlite_practice.clock.advance(timedelta(seconds=31))
    assert look(await visitor.open("/")) == ("Wardkey", "", "")


@pytest.mark.spec("UX-4")
async def test_a_logo_opened_by_itself_can_do_nothing(sqlite_practice: Practice, visitor: Visitor) -> None:
    await brand(sqlite_practice, "Maple Street Clinic", MAPLE)
    _, address, _ = look(await visitor.open(ASKING))
    answer = await visitor.client.get(address)
    assert (answer.status_code, answer.content) == (200, png(96, 48))
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


async def test_the_address_of_an_earlier_logo_gives_the_one_of_today_and_is_not_kept(
    sqlite_practice: Practice, visitor: Visitor
) -> None:
    maple = await brand(sqlite_practice, "Maple Street Clinic", MAPLE)
    _, address, _ = look(await visitor.open(ASKING))
    await change(sqlite_practice.units, sqlite_practice.world, maple.slug, Wishes(logo=png()))
    answer = await visitor.client.get(address)
    assert (answer.content, answer.headers["cache-control"]) == (png(), "no-cache")


@pytest.mark.parametrize(
    "address", ["/brand/x/logo", "/brand/installation-0/logo", "/brand/org_x-0/logo", "/brand/red.css", "/brand/2f5d8a"]
)
async def test_what_is_not_there_is_not_found(visitor: Visitor, address: str) -> None:
    assert (await visitor.client.get(f"/brand/{address}")).status_code == 404


async def test_the_stylesheet_of_a_color_is_kept_under_its_own_address_alone(sqlite_practice: Practice, visitor: Visitor) -> None:
    await brand(sqlite_practice, "Maple Street Clinic", MAPLE)
    _, _, address = look(await visitor.open(ASKING))
    answer = await visitor.client.get(address)
    assert answer.headers["content-type"].startswith("text/css")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "--action:" in answer.text
    other = await visitor.client.get("/brand/2f5d8a-0000.css")
    assert (other.text, other.headers["cache-control"]) == (answer.text, "no-cache")


def test_the_installations_logo_is_a_file_that_is_checked(tmp_path: Path) -> None:
    file = tmp_path / "logo.png"
    file.write_bytes(png())
    brands = read_brands(Settings(brand_logo=str(file), brand_color="#123456"))
    assert brands.own.logo_key.startswith("installation-")
    assert brands.picture is not None
    assert brands.picture.data == png()
    assert read_brands(Settings()).own.logo_key == ""
    file.write_bytes(b"<svg/>")
    for path in (str(file), str(tmp_path / "none"), str(tmp_path), "\0"):
        with pytest.raises(WrongSetting, match=r"^WARDKEY_BRAND_LOGO: "):
            read_brands(Settings(brand_logo=path))
