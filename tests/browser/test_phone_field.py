"""The field for a telephone number: a country found by typing, a number grouped while it is typed, no script needed (MFA-3)."""

import re
from collections.abc import AsyncIterator
from typing import Any, Final
from urllib.parse import parse_qs

import phonenumbers
import pytest
import pytest_asyncio
from phonenumbers import PhoneNumberFormat, PhoneNumberType
from playwright.async_api import Page

from tests.browser.conftest import Site, serve
from tests.chromium import OpenPage, axe_violations
from wardkey.surfaces.pages.rendering import environment
from wardkey.texts.countries import countries
from wardkey.texts.numbers import read_number

pytestmark = pytest.mark.spec("MFA-3")

PAGE: Final = "/session-expired?phone=yes"
FORM: Final = """{% import "components.html" as ui %}{% import "components_phone.html" as phone %}
<section class="card"><form method="post" action="/phone-sent" novalidate>
{{ phone.number_field(countries, country, number, fault=fault) }}{{ ui.button("Send code") }}</form></section></main>"""
MENU: Final = "#country-list [role=option]"


class Sent:
    """The forms that were sent, and what the field is shown with."""

    def __init__(self) -> None:
        self.forms: list[dict[str, str]] = []
        self.country, self.number, self.fault = "US", "", ""

    def form(self, language: Any) -> bytes:
        shown = {"country": self.country, "number": self.number, "fault": self.fault or None}
        return environment(language).from_string(FORM).render(countries=countries(language), **shown).encode()

    def around(self, app: Any) -> Any:
        """The service, with the field on one page, and an address that takes the form."""

        async def serve_with_field(scope: Any, receive: Any, send: Any) -> None:
            async def add(message: Any) -> None:
                if message["type"] == "http.response.start":
                    message["headers"] = [header for header in message["headers"] if header[0] != b"content-length"]
                elif b"</main>" in message["body"]:
                    language = re.search(rb'<html lang="(\w+)"', message["body"])
                    assert language
                    message["body"] = message["body"].replace(b"</main>", self.form(language[1].decode()))
                await send(message)

            if scope.get("path") == "/phone-sent":
                body = (await receive())["body"].decode()
                self.forms.append({name: values[0] for name, values in parse_qs(body).items()})
                await send({"type": "http.response.start", "status": 204, "headers": []})
                await send({"type": "http.response.body", "body": b""})
                return
            await app(scope, receive, add if scope.get("query_string") == b"phone=yes" else send)

        return serve_with_field


@pytest.fixture
def sent() -> Sent:
    return Sent()


@pytest_asyncio.fixture
async def site(sqlite_url: str, sent: Sent) -> AsyncIterator[Site]:
    async with serve(sqlite_url, wrapped=sent.around) as served:
        yield served


async def open_field(open_page: OpenPage, site: Site, **wishes: Any) -> Page:
    page = await open_page(site.base + PAGE, **wishes)
    if wishes.get("javascript", True):
        await page.wait_for_selector("#country-text")
    return page


async def look_for(page: Page, text: str) -> list[str]:
    """The names that the list offers for what was typed."""
    await page.focus("#country-text")
    await page.keyboard.press("ControlOrMeta+a")
    await page.keyboard.type(text)
    return await page.locator(f"{MENU} .option-name").all_inner_texts()


async def active(page: Page) -> str:
    """The name that the list points at, as a screen reader is told it."""
    row = await page.get_attribute("#country-text", "aria-activedescendant")
    return await page.inner_text(f"#{row} .option-name") if row else ""


async def send(page: Page, sent: Sent) -> dict[str, str]:
    async with page.expect_response("**/phone-sent"):
        await page.click("form[action='/phone-sent'] button")
    return sent.forms[-1]


async def overflow(page: Page) -> int:
    return int(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


async def test_without_a_script_it_is_a_list_and_a_field(open_page: OpenPage, site: Site, sent: Sent) -> None:
    page = await open_field(open_page, site, javascript=False)
    assert await page.locator("#country option:checked").inner_text() == "United States +1"
    await page.select_option("#country", label="Spain +34")
    await page.fill("#number", "612 34 56 78")
    assert await send(page, sent) == {"country": "ES", "number": "612 34 56 78"}


async def test_a_phone_offers_its_own_number_and_its_number_keys(open_page: OpenPage, site: Site) -> None:
    page = await open_field(open_page, site, javascript=False)
    number = page.locator("#number")
    assert [await number.get_attribute(name) for name in ("type", "autocomplete", "inputmode")] == ["tel", "tel", "tel"]
    assert await page.get_by_label("Mobile number").get_attribute("id") == "number"
    assert await page.get_by_label("Country of the number").get_attribute("id") == "country"


async def test_no_country_chosen_yet_asks_for_one(open_page: OpenPage, site: Site, sent: Sent) -> None:
    sent.country = ""
    page = await open_field(open_page, site)
    assert await page.input_value("#country-text") == "Choose a country"
    await page.click("#country-text")
    assert await page.locator(MENU).count() == len(countries("en"))
    await page.keyboard.type("por")
    await page.keyboard.press("Enter")
    assert await send(page, sent) == {"country": "PT"}
    assert await page.inner_text("#number-hint") == "For example 912 345 678"


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("germ", "Germany"),
        ("GERMANY", "Germany"),
        ("uk", "United Kingdom"),
        ("us", "United States"),
        ("de", "Germany"),
        ("cote d'ivoire", ""),
        ("cote d", "Côte d’Ivoire"),
        ("turkiye", "Türkiye"),
        ("turkey", "Türkiye"),
        ("holland", "Netherlands"),
        ("aland", "Åland Islands"),
        ("states", "United States"),
        ("+44", "United Kingdom"),
        ("353", "Ireland"),
        ("+1", "United States"),
    ],
)
async def test_a_country_is_found_by_name_letters_and_calling_code(
    open_page: OpenPage, site: Site, typed: str, first: str
) -> None:
    page = await open_field(open_page, site)
    found = await look_for(page, typed)
    if typed.startswith("+"):
        assert first in found
    else:
        assert (found[0] if found else "") == first


@pytest.mark.parametrize(
    ("typed", "first"),
    [("espana", "España"), ("España", "España"), ("ale", "Alemania"), ("germany", "Alemania"), ("es", "España")],
)
async def test_in_spanish_a_country_is_found_by_its_spanish_and_its_english_name(
    open_page: OpenPage, site: Site, typed: str, first: str
) -> None:
    page = await open_field(open_page, site, locale="es-ES")
    assert await page.input_value("#country-text") == "Estados Unidos +1"
    assert (await look_for(page, typed))[0] == first


async def test_how_many_countries_fit_is_announced(open_page: OpenPage, site: Site) -> None:
    page = await open_field(open_page, site)
    status = page.locator(".combobox [role=status]")
    await look_for(page, "united")
    assert await status.inner_text() == f"{await page.locator(MENU).count()} countries"
    await look_for(page, "germany")
    assert await status.inner_text() == "1 country"
    await look_for(page, "xyz")
    assert await status.inner_text() == "No country found. Check the spelling."
    assert await page.locator(".options-none").is_visible()
    assert await page.get_attribute("#country-text", "aria-expanded") == "false"
    await page.keyboard.press("Escape")
    assert await page.input_value("#country-text") == "United States +1"


async def test_arrows_home_end_enter_and_escape(open_page: OpenPage, site: Site) -> None:
    page = await open_field(open_page, site)
    names = [country.name for country in countries("en")]
    here = names.index("United States")
    await page.focus("#country-text")
    assert await page.get_attribute("#country-text", "aria-expanded") == "false"
    for key, name in [
        ("ArrowDown", "United States"),
        ("ArrowDown", names[here + 1]),
        ("ArrowUp", "United States"),
        ("Home", names[0]),
        ("ArrowUp", names[-1]),
        ("ArrowDown", names[0]),
        ("End", names[-1]),
        ("PageUp", names[-9]),
    ]:
        await page.keyboard.press(key)
        assert await active(page) == name, key
    await page.keyboard.press("Escape")
    assert await page.get_attribute("#country-text", "aria-expanded") == "false"
    assert await page.input_value("#country") == "US"
    await look_for(page, "uru")
    await page.keyboard.press("Enter")
    assert await page.input_value("#country") == "UY"
    assert await page.input_value("#country-text") == "Uruguay +598"
    assert await page.get_attribute("#country-text", "aria-expanded") == "false"


async def test_the_list_says_which_country_is_chosen_and_brings_it_into_sight(open_page: OpenPage, site: Site) -> None:
    page = await open_field(open_page, site, width=360, height=640)
    await page.click("#country-text")
    assert await page.locator(f"{MENU}[aria-selected=true] .option-name").all_inner_texts() == ["United States"]
    assert await page.locator("#country-US").evaluate(
        "row => { const a = row.getBoundingClientRect(), b = row.parentElement.getBoundingClientRect();"
        " return a.top >= b.top && a.bottom <= b.bottom && b.bottom <= innerHeight; }"
    )


async def test_a_country_is_chosen_with_the_mouse(open_page: OpenPage, site: Site) -> None:
    page = await open_field(open_page, site)
    await look_for(page, "fra")
    await page.click("#country-FR")
    assert await page.input_value("#country") == "FR"
    assert await page.evaluate("document.activeElement.id") == "country-text"
    assert not await page.locator("#country-list").is_visible()


async def test_who_types_a_name_and_goes_on_has_chosen_it(open_page: OpenPage, site: Site) -> None:
    page = await open_field(open_page, site)
    await look_for(page, "swed")
    await page.keyboard.press("Tab")
    assert await page.input_value("#country") == "SE"
    assert await page.evaluate("document.activeElement.id") == "number"
    await look_for(page, "qqq")
    await page.keyboard.press("Tab")
    assert await page.input_value("#country-text") == "Sweden +46"


async def test_enter_sends_the_form_only_where_no_list_is_open(open_page: OpenPage, site: Site, sent: Sent) -> None:
    page = await open_field(open_page, site)
    await look_for(page, "fra")
    await page.keyboard.press("Enter")
    assert sent.forms == []
    async with page.expect_response("**/phone-sent"):
        await page.keyboard.press("Enter")
    assert sent.forms == [{"country": "FR"}]


@pytest.mark.parametrize(
    ("country", "typed", "shown"),
    [
        ("US", "2025550123", "(202) 555-0123"),
        ("US", "12025550123", "1 (202) 555-0123"),
        ("US", "20255", "(202) 55"),
        ("GB", "07911123456", "07911 123456"),
        ("GB", "7911123456", "7911 123456"),
        ("FR", "0612345678", "06 12 34 56 78"),
        ("DE", "01601234567", "0160 1234567"),
        ("DE", "015123456789", "01512 3456789"),
        ("BR", "11961234567", "(11) 96123-4567"),
        ("US", "202555012345", "(202) 555-012345"),
        ("US", "call me", "call me"),
        ("US", "２０２５５５０１２３", "(202) 555-0123"),
    ],
)
async def test_a_number_is_grouped_while_it_is_typed(
    open_page: OpenPage, site: Site, sent: Sent, country: str, typed: str, shown: str
) -> None:
    sent.country = country
    page = await open_field(open_page, site)
    await page.focus("#number")
    await page.keyboard.type(typed)
    assert await page.input_value("#number") == shown


async def test_every_example_number_is_grouped_as_in_its_country_and_read_as_it_stands(open_page: OpenPage, site: Site) -> None:
    page = await open_field(open_page, site)
    examples = {}
    for country in countries("en"):
        number = phonenumbers.example_number_for_type(country.code, PhoneNumberType.MOBILE)
        assert number is not None
        examples[country.code] = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    shown = await page.evaluate(
        """examples => Object.entries(examples).map(([code, text]) => {
            const select = document.querySelector("#country"), number = document.querySelector("#number");
            number.value = "";
            select.value = code;
            select.dispatchEvent(new Event("change"));
            number.value = text.replace(/\\D/g, "");
            number.dispatchEvent(new InputEvent("input"));
            return [code, number.value, document.querySelector("#number-hint").textContent];
        })""",
        examples,
    )
    different = {code for code, text, _ in shown if text != examples[code]}
    assert different == {"AR", "ID"}  # not written in the order of its digits; shorter than others that begin alike
    for code, text, hint in shown:
        assert isinstance(read_number(text, code), str), (code, text)
        assert hint == f"For example {examples[code]}"


@pytest.mark.parametrize(
    ("keys", "shown", "caret"),
    [
        (["Backspace"], "(202) 555-012", 13),
        (["ArrowLeft"] * 4 + ["Backspace"], "(202) 555-0123", 9),
        (["ArrowLeft"] * 4 + ["Backspace", "Backspace"], "(202) 550-123", 8),
        (["ArrowLeft"] * 4 + ["ArrowLeft", "Delete"], "(202) 555-0123", 10),
        (["ArrowLeft"] * 4 + ["ArrowLeft", "Delete", "Delete"], "(202) 555-123", 10),
        (["Home", "Delete", "Delete"], "(025) 550-123", 1),
        (["Home", "ArrowRight", "9"], "(920) 255-50123", 2),
        (["ArrowLeft"] * 8 + ["4"], "(202) 455-50123", 7),
    ],
)
async def test_the_caret_stays_where_it_was(open_page: OpenPage, site: Site, keys: list[str], shown: str, caret: int) -> None:
    page = await open_field(open_page, site)
    await page.focus("#number")
    await page.keyboard.type("2025550123")
    for key in keys:
        await page.keyboard.press(key)
    assert await page.input_value("#number") == shown
    assert await page.evaluate("document.querySelector('#number').selectionStart") == caret


async def test_a_whole_number_can_be_deleted_key_by_key(open_page: OpenPage, site: Site) -> None:
    page = await open_field(open_page, site)
    await page.focus("#number")
    await page.keyboard.type("2025550123")
    for left in range(9, -1, -1):
        await page.keyboard.press("Backspace")
        value = await page.input_value("#number")
        assert len(re.sub(r"\D", "", value)) == left
    assert await page.input_value("#number") == ""


@pytest.mark.parametrize(
    ("pasted", "country", "shown"),
    [
        ("+447911123456", "GB", "+44 7911 123456"),
        (" (+44) 7911 123-456 ", "GB", "+44 7911 123456"),
        ("\u202a+34 612345678\u202c", "ES", "+34 612 34 56 78"),
        ("+12025550123", "US", "+1 202-555-0123"),
        ("+18765550123", "JM", "+1 876-555-0123"),
        ("+77710009998", "KZ", "+7 771 000 9998"),
        ("+79123456789", "RU", "+7 912 345-67-89"),
        ("+999123", "US", "+999123"),
    ],
)
async def test_a_pasted_international_number_chooses_its_country(
    open_page: OpenPage, site: Site, sent: Sent, pasted: str, country: str, shown: str
) -> None:
    page = await open_field(open_page, site)
    await page.evaluate("text => navigator.clipboard.writeText(text)", pasted)
    await page.focus("#number")
    await page.keyboard.press("ControlOrMeta+v")
    assert await page.input_value("#number") == shown
    chosen = next(c for c in countries("en") if c.code == country)
    assert await page.input_value("#country-text") == f"{chosen.name} +{chosen.calling_code}"
    assert await send(page, sent) == {"country": country, "number": shown}
    if country != "US":
        assert await page.locator(".combobox [role=status]").inner_text() == f"{chosen.name} +{chosen.calling_code}"


async def test_typing_an_international_number_keeps_every_digit(open_page: OpenPage, site: Site) -> None:
    page = await open_field(open_page, site)
    await page.focus("#number")
    await page.keyboard.type("+447911123456")
    assert await page.input_value("#number") == "+44 7911 123456"
    assert await page.input_value("#country") == "GB"


async def test_a_country_chosen_later_changes_the_calling_code_and_the_grouping(open_page: OpenPage, site: Site) -> None:
    page = await open_field(open_page, site)
    await page.focus("#number")
    await page.keyboard.type("+447911123456")
    await look_for(page, "france")
    await page.keyboard.press("Enter")
    assert await page.input_value("#number") == "+33 7 91 11 23 456"
    await page.fill("#number", "0612345678")
    await look_for(page, "united kingdom")
    await page.keyboard.press("Enter")
    assert await page.input_value("#number") == "06123 45678"


async def test_a_refused_number_stands_there_again_with_the_reason(open_page: OpenPage, site: Site, sent: Sent) -> None:
    sent.country, sent.number, sent.fault = "GB", "02079460018", "That is a landline, which cannot get texts."
    page = await open_field(open_page, site)
    assert await page.input_value("#number") == "02079 460018"
    assert await page.evaluate("document.activeElement.id") == "number"
    assert await page.get_attribute("#number", "aria-describedby") == "number-hint number-fault"
    assert await page.get_attribute("#number", "aria-invalid") == "true"
    assert await axe_violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en-US", "es-ES"])
async def test_nothing_is_in_the_way_of_anybody_on_a_phone_or_enlarged(
    open_page: OpenPage, site: Site, scheme: str, locale: str
) -> None:
    for wishes in ({"width": 360, "height": 640, "phone": True}, {"width": 1280, "zoom": 2}):
        page = await open_field(open_page, site, scheme=scheme, locale=locale, **wishes)
        assert await axe_violations(page) == []
        await page.click("#country-text")
        await page.keyboard.press("End")
        assert await axe_violations(page) == []
        assert await overflow(page) <= 0
        heights = await page.locator(MENU).evaluate_all("rows => rows.map((row) => row.offsetHeight)")
        assert min(heights) >= 44


async def test_flags_are_shown_or_else_the_letters_of_the_country(open_page: OpenPage, site: Site) -> None:
    page = await open_field(open_page, site)
    assert await page.inner_text(".combobox-flag") in ("US", "🇺🇸")
    assert await page.get_attribute(".combobox-flag", "aria-hidden") == "true"


async def test_the_field_costs_little_of_a_page(open_page: OpenPage, site: Site, sent: Sent) -> None:
    assert len(sent.form("en")) < 48_000
