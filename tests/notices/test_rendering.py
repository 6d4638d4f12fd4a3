"""Every notice in every language: what its reader gets, in text and in HTML."""

import re
from typing import Final, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.notices.letters import HOME, SETTINGS, TRANSLATED, envelope, page_of, tag_of
from wardkey import language as languages
from wardkey.factors.registry import METHODS as KINDS
from wardkey.notices.catalogue import (
    EXAMPLES,
    AddressInUse,
    AlreadyRegistered,
    ConfirmAddress,
    ConfirmNewAddress,
    EmailChanged,
    EmailChangeUndone,
    Envelope,
    MethodAdded,
    MethodRemoved,
    NewAddressConfirmed,
    NewDevice,
    Notice,
    PasswordChanged,
    PasswordKnownToOthers,
    RecoveryCodeReplaced,
    RecoveryCodeUsed,
    ResetPassword,
    TextsStopped,
)
from wardkey.notices.rendering import METHODS, TEMPLATES, render
from wardkey.settings import Settings
from wardkey.vocabulary import Language, Place

ADDRESS: Final = re.compile(r"https?://\S+")
CHANGES: Final = (PasswordChanged, MethodAdded, MethodRemoved, RecoveryCodeUsed, RecoveryCodeReplaced, NewDevice)
"""What happened on an account, told so that its owner can object."""

FORBIDDEN: Final = re.compile(
    r"\b(mfa|2fa|totp|otp|multi-?factor|two-?factor|factors?|tokens?|credentials?|sessions?|authentication|user agent|ip|"
    r"invalid|failed|oops|clients?|patients?|providers?|therap\w*|clinic\w*|diagnos\w*|treat\w*|counsel\w*|medical|health\w*)\b",
    re.IGNORECASE,
)
"""Jargon, blame, and whatever would tell a bystander what kind of practice this is."""

WORDS: Final[dict[type[Notice], tuple[str, ...]]] = {
    ConfirmAddress: (
        "Confirm your email address",
        "press the button on it",
        "for 7 days",
        "If you did not ask for this account, ignore this message: nothing happens without you.",
    ),
    AlreadyRegistered: ("You already have an account", "perhaps you", "choose a new one", "nobody got in"),
    ResetPassword: ("Choose a new password", "for 30 minutes", "works once", "your password is unchanged"),
    PasswordChanged: ("Your password was changed", "on your security page"),
    PasswordKnownToOthers: ("someone else seems to know it", "opens nothing until you choose a new one", "Nobody got in"),
    MethodAdded: ("New on your account: an authenticator app",),
    MethodRemoved: ("Removed from your account: an authenticator app",),
    RecoveryCodeUsed: ("Your recovery code was used to sign in",),
    RecoveryCodeReplaced: ("A new recovery code was made", "Any earlier one no longer works."),
    NewDevice: ("Your account was used on a new device", "most likely you"),
    ConfirmNewAddress: ("Confirm your new email address", "press the button on it", "for 1 day", "nothing happens without you"),
    AddressInUse: ("This address already belongs to your account", "perhaps you", "nobody got in"),
    EmailChanged: ("Your email address was changed", "a••••@example.org", "for 7 days", "Undo the change"),
    NewAddressConfirmed: ("Your new email address is confirmed", "From now on you sign in with this address"),
    EmailChangeUndone: ("A change of address was undone", "The account has its earlier address again"),
    TextsStopped: ("Codes sent by text message are not being entered", "+1207555", "which costs money"),
}

PATHS: Final[dict[type[Notice], set[str]]] = {
    ConfirmAddress: {"/verify-email/example-token"},
    AlreadyRegistered: {"/sign-in", "/forgot-password"},
    ResetPassword: {"/reset-password/example-token"},
    PasswordKnownToOthers: {"/forgot-password", "/not-me/example-token"},
    **{key: {"/not-me/example-token", "/account/security"} for key in CHANGES},
    ConfirmNewAddress: {"/confirm-email/example-token"},
    AddressInUse: {"/sign-in", "/forgot-password"},
    EmailChanged: {"/undo-email/example-token"},
    NewAddressConfirmed: set(),
    EmailChangeUndone: set(),
    TextsStopped: set(),
}

HOSTILE: Final = (
    "<b>",
    '"><img src=x onerror=alert(1)>',
    "Ada\r\nBcc: everyone@maple.example",
    "%s %(name)s %%",
    "{{ brand }} {% raw %}",
    "&amp;",
    "\u202eadA\u2066",
    "\0\x1b[31m",
    "a\u2028b",
    "\ud800",
    "x" * 5_000,
    "https://evil.example",
    "Win at evil.example",
    "Call +1 555 010 0199",
)

every_notice = pytest.mark.parametrize("notice", EXAMPLES, ids=tag_of)
every_language = pytest.mark.parametrize("language", TRANSLATED)


def test_every_notice_has_its_two_templates_and_every_template_its_notice() -> None:
    tags = {kind.__struct_config__.tag for kind in get_args(Notice)}
    files = {file.name for file in TEMPLATES.iterdir()}
    assert files == {f"{tag}.{kind}" for tag in tags | {"layout"} for kind in ("txt", "html")}
    assert [type(example) for example in EXAMPLES] == list(get_args(Notice))


def test_every_method_has_its_name_in_words() -> None:
    assert set(METHODS) == set(KINDS)


@pytest.mark.spec("UX-5")
@every_language
@every_notice
def test_text_and_html_say_the_same(notice: Notice, language: Language) -> None:
    mail = render(envelope(notice, language), SETTINGS, "id")
    page = page_of(mail)
    for line in mail.text.splitlines():
        shown = re.sub(r"^\d\. ", "", line.strip())
        if shown and shown != "--":
            assert shown in page.text or shown.removesuffix(":") in page.text, line
    assert {part.rstrip(".,") for part in ADDRESS.findall(mail.text)} == page.addresses


@pytest.mark.spec("MFA-11")
@every_language
@every_notice
def test_a_notice_tells_when_roughly_where_and_which_device(notice: Notice, language: Language) -> None:
    mail = render(envelope(notice, language), SETTINGS, "id")
    for body in (mail.text, page_of(mail).text):
        assert "14:05" in body
        assert "Leeds" in body
        assert "Safari" in body
        assert "iPhone" in body


@pytest.mark.spec("MFA-11")
@pytest.mark.parametrize("notice", [n for n in EXAMPLES if isinstance(n, CHANGES)], ids=tag_of)
def test_a_change_is_told_first_then_its_circumstances_then_what_to_do(notice: Notice) -> None:
    lines = [line for line in render(envelope(notice), SETTINGS, "id").text.splitlines() if line]
    headline, greeting, *circumstances = lines[:5]
    assert headline == WORDS[type(notice)][0] or headline.startswith(WORDS[type(notice)][0])
    assert greeting == "Hello Ada Okafor,"
    assert circumstances == [
        "When: 24 November 2026, 14:05 (New York time)",
        "Roughly where: near Leeds, United Kingdom",
        "Device: Safari on iPhone",
    ]
    steps = lines[lines.index("If this was not you") + 1 :]
    assert [step for step in steps if step[0].isdigit()] == [
        "1. Open the page below and press the button on it. Everyone who is signed in is signed out, your password stops working,"
        " and we send you a link to choose a new one.",
        "2. Then look at your security page and remove what is not yours.",
        "3. Tell your practice's administrator, who can also help if you cannot get in.",
    ]
    assert steps[1:3] == ["   This wasn't me:", f"   {HOME}/not-me/example-token"]
    assert f"   {HOME}/account/security" in steps


@pytest.mark.spec("MFA-11")
@every_language
@pytest.mark.parametrize("notice", [n for n in EXAMPLES if n.is_alarming], ids=tag_of)
def test_a_notice_that_waited_since_before_it_carried_a_link_still_says_what_to_do(notice: Notice, language: Language) -> None:
    letter = envelope(notice, language, is_old=True)
    waiting = {key: value for key, value in msgspec.to_builtins(letter).items() if key != "not_me"}
    mail = render(msgspec.msgpack.decode(msgspec.msgpack.encode(waiting), type=Envelope), SETTINGS, "id")
    assert "/not-me/" not in mail.text + mail.html
    assert f"{HOME}/forgot-password" in mail.text
    assert f"{HOME}/forgot-password" in page_of(mail).addresses


def test_what_alarms_is_what_its_owner_may_not_have_done() -> None:
    assert {type(notice) for notice in EXAMPLES if notice.is_alarming} == {*CHANGES, PasswordKnownToOthers}


@every_notice
def test_a_notice_says_what_it_is_for(notice: Notice) -> None:
    mail = render(envelope(notice), SETTINGS, "id")
    for words in WORDS[type(notice)]:
        assert words in mail.text
        assert words in page_of(mail).text
    assert "You get this message because" in mail.text
    assert "It cannot be turned off." in mail.text


@pytest.mark.parametrize(
    ("how", "words"),
    [("self", "on your security page"), ("sign_in", "while signing in"), ("reset", "with a link sent to this address"), ("", "")],
)
def test_a_new_password_says_how_it_came_about(how: str, words: str) -> None:
    mail = render(envelope(PasswordChanged(how=how)), SETTINGS, "id")
    said = re.findall(r"It was changed ([^.]*)\.", mail.text)
    assert said == ([words] if words else [])
    assert said == re.findall(r"It was changed ([^.]*)\.", page_of(mail).text)


@every_language
@every_notice
def test_a_notice_leads_exactly_where_it_must(notice: Notice, language: Language) -> None:
    page = page_of(render(envelope(notice, language), SETTINGS, "id"))
    assert page.addresses == {HOME} | {HOME + path for path in PATHS[type(notice)]}


def test_addresses_begin_with_the_public_address_whether_or_not_it_ends_in_a_slash() -> None:
    mail = render(envelope(ConfirmAddress(token="a b/c?d", valid_days=1)), Settings(public_url=f"{HOME}/x/"), "id")
    assert f"{HOME}/x/verify-email/a%20b%2Fc%3Fd" in mail.text
    assert "for 1 day." in mail.text


@every_language
@every_notice
def test_nothing_of_the_template_is_left_over(notice: Notice, language: Language) -> None:
    mail = render(envelope(notice, language), SETTINGS, "id")
    for text in (mail.subject, mail.text, page_of(mail).text):
        assert not re.search(r"%\(|%%|\{\{|\{%|\}\}|None|Undefined|Markup|&\w+;", text)
    assert "\n\n\n" not in mail.text
    assert not re.search(r"[ \t]$", mail.text, re.MULTILINE)


@every_language
@every_notice
def test_a_subject_is_one_short_line_with_the_brand(notice: Notice, language: Language) -> None:
    mail = render(envelope(notice, language), Settings(public_url=HOME, brand_name="Maple ID"), "id")
    assert "Maple ID" in mail.subject
    assert mail.subject.isprintable()
    assert len(mail.subject) <= 100


def test_a_long_brand_does_not_make_a_subject_long() -> None:
    mail = render(envelope(ConfirmAddress("t", 7)), Settings(public_url=HOME, brand_name="B" * 5_000), "id")
    assert len(mail.subject) <= 150


@every_notice
def test_no_jargon_no_blame_and_no_kind_of_practice(notice: Notice) -> None:
    mail = render(envelope(notice), SETTINGS, "id")
    for text in (mail.subject, mail.text, page_of(mail).text):
        assert FORBIDDEN.findall(ADDRESS.sub("", text)) == []


@every_language
@every_notice
def test_the_same_envelope_gives_the_same_mail(notice: Notice, language: Language) -> None:
    letter = envelope(notice, language)
    first, again = render(letter, SETTINGS, "<1@maple>"), render(letter, SETTINGS, "<1@maple>")
    assert first == again
    assert (first.message_id, first.to, first.language) == ("<1@maple>", "ada@maple.example", language)


@every_language
@every_notice
def test_the_html_is_plain_small_and_asks_nobody_for_anything(notice: Notice, language: Language) -> None:
    mail = render(envelope(notice, language), SETTINGS, "id")
    page = page_of(mail)
    assert page.is_balanced
    assert len(mail.html.encode()) < 30_000
    assert not {"img", "script", "link", "iframe", "form", "table", "svg", "video"} & set(page.tags)
    styles = page.style + "".join(attributes.get("style") or "" for _, attributes in page.elements)
    assert not re.search(r"url\(|@import|@font-face|expression\(", styles)
    assert all(address.startswith(HOME) for address in page.addresses)
    assert not [
        name for _, attributes in page.elements for name in attributes if name.startswith("on") or name in ("src", "background")
    ]


@every_language
@every_notice
def test_the_html_serves_screen_readers_dark_screens_and_phones(notice: Notice, language: Language) -> None:
    page = page_of(render(envelope(notice, language), SETTINGS, "id"))
    metas = {attributes.get("name"): attributes.get("content") for tag, attributes in page.elements if tag == "meta"}
    assert ("html", {"lang": language}) in page.elements
    assert metas["color-scheme"] == "light dark"
    assert metas["viewport"] == "width=device-width, initial-scale=1"
    assert page.tags.count("h1") == 1
    assert "prefers-color-scheme: dark" in page.style


@pytest.mark.parametrize("hostile", HOSTILE)
@every_notice
def test_a_hostile_name_does_no_harm(notice: Notice, hostile: str) -> None:
    assert_harmless(notice, hostile)


@settings(deadline=None)  # the first user agent builds what recognizes them
@given(st.text(max_size=300))
def test_no_name_does_harm(name: str) -> None:
    assert_harmless(MethodAdded(method="totp"), name)


def assert_harmless(notice: Notice, hostile: str) -> None:
    """A name, brand, city or user agent changes words within one line, never the shape of a mail."""
    usual = render(envelope(notice), SETTINGS, "id")
    place = Place(city=hostile, country="GB", latitude=0.0, longitude=0.0, accuracy_km=1.0)
    letter = envelope(notice, name=hostile, place=place, user_agent=hostile or "-")
    mail = render(letter, Settings(public_url=HOME, brand_name=hostile), "id")
    assert len(mail.text.split("\n")) == len(usual.text.split("\n"))
    assert page_of(mail).tags == page_of(usual).tags
    assert page_of(mail).addresses == page_of(usual).addresses
    assert len(mail.subject) <= 150
    for text in (mail.subject, mail.text, mail.html):
        text.encode()
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", text)
    assert "\n" not in mail.subject


@pytest.mark.parametrize(
    "name",
    ["Win at evil.example", "https://evil.example/x", "www evil example", "evil@example", "Call +1 555 010 0199", " \u200b "],
)
def test_a_name_that_advertises_is_not_repeated(name: str) -> None:
    mail = render(envelope(ConfirmAddress("t", 7), name=name), SETTINGS, "id")
    assert mail.text.splitlines()[2] == "Hello,"
    assert "evil" not in mail.text + mail.html


@pytest.mark.parametrize(
    "name",
    ["Ada Okafor", "J. R. R. Tolkien", "Dr. María-José O'Neill Jr.", "李小龍", "Nguyễn Văn An", "Henry 8", "علی\u200cزاده"],
)
def test_people_are_greeted_by_their_own_name(name: str) -> None:
    mail = render(envelope(RecoveryCodeUsed(), name=name), SETTINGS, "id")
    assert mail.text.splitlines()[2] == f"Hello {name},"
    assert f"Hello {name}," in page_of(mail).text


def test_what_no_device_did_names_no_device() -> None:
    mail = render(envelope(MethodRemoved(method="totp"), user_agent="", ip="", place=None), SETTINGS, "id")
    assert "Device:" not in mail.text + page_of(mail).text
    assert "Roughly where:" not in mail.text + page_of(mail).text
    assert "When:" in mail.text


def test_a_device_that_says_nothing_about_itself_is_still_told() -> None:
    mail = render(envelope(MethodRemoved(method="totp"), user_agent="", ip="192.168.1.7", place=None), SETTINGS, "id")
    assert "Device: an unknown device" in mail.text
    assert "Roughly where: on your local network" in mail.text


class Marked(dict[str, str]):
    """A catalogue that has every sentence, between brackets."""

    def get(self, key: str, default: str | None = None) -> str:  # type: ignore[override]
        return f"⟦{key}⟧"


@pytest.mark.spec("UX-5")
@every_notice
def test_every_sentence_goes_through_the_catalogue(notice: Notice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(languages, "catalogue", lambda _language: Marked())
    mail = render(envelope(notice, "es"), SETTINGS, "id")
    for text in (mail.subject, mail.text, page_of(mail).text):
        rest = ADDRESS.sub("", text)
        while "⟦" in rest:
            rest, changed = re.subn(r"⟦[^⟦⟧]*⟧", "", rest)
            assert changed, rest
        assert set(re.findall(r"[^\W\d]+", rest)) <= {"Wardkey"}
