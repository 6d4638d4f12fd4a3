"""Whoever chose Spanish reads Spanish: on every page, in every message and answer, with one word for one thing."""

import ast
import json
import re
from base64 import b32decode
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

import httpx
import pytest
import pytest_asyncio
from jinja2 import nodes

from tests.authenticator import Authenticator
from tests.notices.letters import SETTINGS, envelope
from tests.pages.person import Browser, pass_time
from tests.pages.visitor import Node, Page, read
from tests.world import PASSWORD, Practice, open_practice
from tools import catalogues
from wardkey.accounts.rules import MfaMode, Status
from wardkey.app import build_app
from wardkey.language import catalogue
from wardkey.notices import rendering as letters
from wardkey.notices.catalogue import EXAMPLES, Notice, PasswordChanged
from wardkey.surfaces.pages import rendering
from wardkey.vocabulary import Role

pytestmark = pytest.mark.spec("UX-3")

ADA: Final = "ada@example.org"
KEY: Final = b"12345678901234567890"
ANOTHER: Final = "glass lighthouse over the bay"
SPANISH: Final = catalogue("es")
ENGLISH: Final = re.compile(
    r"\b(the|and|you|your|is|are|was|were|not|of|to|for|with|that|this|it|its|from|if|at|by|or|when|will|be|been|has|have|can|cannot"
    r"|please|sign|enter|choose|new|account|device|email|password|code|link|message|today|ago|near|time)\b",
    re.IGNORECASE,
)
"""Words that English sentences are made of and Spanish ones are not."""

NOT_WORDS: Final = re.compile(r"\S+@\S+|\S*://\S+|/[\w./-]+|“required”")
"""Addresses, which are the same in every language, and a value of the API."""

SAID: Final = ["title", "alt", "aria-label", "placeholder", "data-busy", "data-done", "data-other", "data-other-label"]
"""Attributes that people see or hear."""

AVOIDED: Final = re.compile(
    r"\b(tú|tu|tus|te|ti|contigo|vos|vosotros|app|apps|e-?mail|ordenador|computadora|clic|clicar|pulse|pinche|ingrese|ingresar|introduzca"
    r"|introducir|agregar|agregue|inválid[oa]s?|falló|fallido|oops|ups|spam|SMS|login|link|password|token|conectad[oa]|desconectad[oa])\b",
    re.IGNORECASE,
)
"""What the glossary says otherwise (docs/contributor/spanish-glossary.md), "tú" before all."""


def said(node: Node) -> Iterator[str]:
    """Each text of a page that is not marked as being of another language, and what is seen or heard of its attributes."""
    if node.attributes.get("lang", "es") != "es" or node.tag in ("style", "script"):
        return
    yield from (node.attributes[name] for name in SAID if name in node.attributes)
    for part in node.parts:
        if isinstance(part, Node):
            yield from said(part)
        elif part.strip():
            yield " ".join(part.split())


def english_in(text: str) -> list[str]:
    """The English words of a text; a text of the catalogue that was left as it is counts whole."""
    if SPANISH.get(text, text) != text:
        return [text]
    return [f"{word} in: {text}" for word in ENGLISH.findall(NOT_WORDS.sub("", text))]


class Reader:
    """Looks at each page once and keeps what is wrong with it."""

    def __init__(self, practice: Practice) -> None:
        self.practice, self.faults, self.opened = practice, list[str](), list[httpx.AsyncClient]()
        self.app: Any = build_app(practice.service)

    def browser(self) -> "SpanishBrowser":
        transport = httpx.ASGITransport(app=self.app, client=("203.0.113.7", 50_000))
        client = httpx.AsyncClient(
            transport=transport,
            base_url=self.practice.world.settings.public_url,
            headers={"accept-language": "es-MX,es;q=0.9,en;q=0.5"},
        )
        self.opened.append(client)
        return SpanishBrowser(self, client)

    def look(self, page: Page) -> None:
        root = page.root.first("html")
        if root.attributes.get("lang") != "es" or page.answer.headers.get("content-language") != "es":
            self.faults.append(f"{page.path}: says that it is not in Spanish")
        self.faults += [f"{page.path}: {fault}" for text in said(root) for fault in english_in(text)]


class SpanishBrowser(Browser):
    """A browser of somebody who reads Spanish; every page it shows is looked at."""

    def __init__(self, reader: Reader, client: httpx.AsyncClient) -> None:
        super().__init__(reader.practice, client)
        self.reader = reader

    async def open(self, address: str) -> Page:
        page = await super().open(address)
        self.reader.look(page)
        return page

    async def post(self, address: str, sent: dict[str, str], **headers: str) -> Page:
        page = await super().post(address, sent, **headers)
        self.reader.look(page)
        return page

    async def open_all(self, *addresses: str) -> None:
        for address in addresses:
            await self.open(address)


@pytest_asyncio.fixture
async def reader(sqlite_url: str) -> AsyncIterator[Reader]:
    """At a demo, which has all pages."""
    async with open_practice(sqlite_url, is_demo=True) as practice:
        opened = Reader(practice)
        yield opened
        for client in opened.opened:
            await client.aclose()


async def add_person(reader: Reader, email: str, password: str = PASSWORD, **fields: Any) -> str:
    """A person who reads Spanish; answers their recovery code, if they have one."""
    _, code = await reader.practice.add_person(email, password, language="es", **fields)
    return code


async def link_to(reader: Reader, address: str, path: str) -> str:
    """The newest link below a path that an address got."""
    await reader.practice.deliver()
    texts = [mail.text for mail in reader.practice.mails_to(address)]
    return [str(link) for link in re.findall(rf"https?://[^/]+({path}\S+)", "\n".join(texts))][-1]


async def public_pages(reader: Reader) -> None:
    """What anybody sees without an account, and what is refused there."""
    browser = reader.browser()
    await browser.open_all("/sign-in", "/sign-up/sent", "/forgot-password/sent", "/signed-out", "/session-expired", "/nowhere")
    await browser.open_all("/verify-email/unknown", "/reset-password/unknown", "/verify-email/resend")
    for path, form in (
        ("/sign-in", {"email": "", "password": ""}),
        ("/sign-in", {"email": "nobody", "password": "wrong"}),
        ("/sign-in", {"email": ADA, "password": "wrong"}),
        ("/sign-up", {"name": "", "email": "", "password": ""}),
        ("/sign-up", {"name": "A" * 300, "email": "A" * 300, "password": "A" * 300}),
        ("/sign-up", {"name": "Ada\u200b", "email": "nobody", "password": "short"}),
        ("/sign-up", {"name": "Ada Okafor", "email": ADA, "password": "correct horse battery staple"}),
        ("/sign-up", {"name": "Ada Okafor", "email": ADA, "password": "okaforokaforokafor"}),
        ("/sign-up", {"name": "Ada Okafor", "email": ADA, "password": "abcabcabcabcabcabcabc"}),
        ("/forgot-password", {"email": ""}),
        ("/verify-email/resend", {"email": "nobody"}),
    ):
        await browser.open(path)
        await browser.post(path, form)
    await browser.post("/sign-in", {"email": "x" * 70_000})
    await browser.post("/sign-in", {"email": ADA}, sec_fetch_site="cross-site")


async def from_sign_up_to_home(reader: Reader) -> None:
    """Signing up, confirming the address on this and on another device, and asking for another link."""
    browser, address = reader.browser(), "ben@example.org"
    await browser.open("/sign-up")
    await browser.send(name="Ben Silva", email=address, password=PASSWORD)
    await reader.practice.deliver()
    await browser.sign_in(address, PASSWORD)
    await browser.post("/sign-in/verify-email", {})
    await browser.post("/sign-in/verify-email", {"resend": "yes"})
    await browser.open("/verify-email/resend")
    await browser.post("/verify-email/resend", {"email": address})
    link = await link_to(reader, address, "/verify-email/")
    elsewhere = reader.browser()
    await elsewhere.open(link)
    await elsewhere.post(link, {"with_password": "yes", "password": "not this one"})
    await elsewhere.post(link, {"with_password": "yes", "password": PASSWORD})
    await elsewhere.open(link)
    await elsewhere.sign_in(address, PASSWORD)


async def to_a_new_password(reader: Reader) -> None:
    """Choosing a new password by mail."""
    browser, address = reader.browser(), "cleo@example.org"
    await add_person(reader, address)
    await browser.open("/forgot-password")
    await browser.send(email=address)
    link = await link_to(reader, address, "/reset-password/")
    await browser.open(link)
    await browser.send(password="short")
    await browser.send(password=ANOTHER)
    await browser.open(link)


async def steps_of_a_sign_in(reader: Reader) -> None:
    """The code, the recovery code, what replaces it, the set-up on the way in, a password too short, and dead ends."""
    practice = reader.practice
    recovery_code = await add_person(reader, "dora@example.org", totp_key=KEY, recovery_code=True)
    browser = reader.browser()
    await browser.sign_in("dora@example.org", PASSWORD)
    await browser.send(code="")
    await browser.send(code="000000")
    await browser.open("/sign-in/continue?method=recovery_code")
    await browser.send(code="ABC")
    await browser.send(code="A" * 20)
    await browser.send(code=recovery_code)
    await browser.send("Continuar")
    await browser.send("Continuar", saved="yes")
    await too_many_codes(reader)
    organization = await practice.add_organization("Roble", mfa_mode=MfaMode.REQUIRED)
    await add_person(reader, "emil@example.org", organization=organization)
    browser = reader.browser()
    await browser.sign_in("emil@example.org", PASSWORD)
    await browser.send(code="000000")
    await add_person(reader, "fay@example.org", "teapot12")
    browser = reader.browser()
    await browser.sign_in("fay@example.org", "teapot12")
    await browser.send(password="teapot13")
    await add_person(reader, "gus@example.org", status=Status.SUSPENDED)
    await reader.browser().sign_in("gus@example.org", PASSWORD)


async def too_many_codes(reader: Reader) -> None:
    await add_person(reader, "hal@example.org", totp_key=KEY, recovery_code=True)
    browser = reader.browser()
    for _ in range(4):
        await browser.sign_in("hal@example.org", PASSWORD)
        for _ in range(12):
            if not list(browser.page.root.all("", name="code")):
                break
            await browser.send(code="000000")


async def an_account(reader: Reader) -> None:
    """Everything on the security page, from the first set-up to the removal."""
    browser, practice = reader.browser(), reader.practice
    await add_person(reader, "iris@example.org")
    await browser.enter("iris@example.org")
    security = "/account/security"
    await browser.open_all(security, f"{security}/activity", f"{security}/sessions/end-others", f"{security}/recovery-code")
    pass_time(practice, minutes=20)
    await browser.open(f"{security}/authenticator-app")
    await browser.send("Confirmar", password="not this one")
    await browser.send("Confirmar", password=PASSWORD)
    key = browser.page.root.first("", id="setup-key").text
    await browser.send(code="000000")
    await browser.send(code=practice.code(bytes_of(key)))
    await browser.send("Listo")
    await browser.send("Listo", saved="yes")
    other = reader.browser()
    await other.enter("iris@example.org", key=bytes_of(key))
    await other.open_all("/", f"{security}/sessions/end-others")
    await browser.open_all("/", security, f"{security}/password", f"{security}/authenticator-app", f"{security}/recovery-code")
    await browser.post(f"{security}/password", {"current_password": "wrong", "new_password": "short"})
    await browser.open(f"{security}/sessions/end-others")
    await browser.send("Cerrar las demás sesiones")
    await browser.open(f"{security}/authenticator-app/remove")
    await browser.send("Quitar aplicación de autenticación")
    pass_time(practice, hours=1)
    await browser.open(f"{security}/password")
    await browser.post("/sign-out", {})
    await browser.open("/session-expired")


async def another_address(reader: Reader) -> None:
    """Changing the address, undoing that, and saying that it was somebody else, with links that work and that are over."""
    browser, address, other, form = reader.browser(), "jade@example.org", "jade@new.example", "/account/security/email"
    await add_person(reader, address)
    await browser.enter(address)
    await browser.open(form)
    await browser.post(form, {"email": address})
    for _ in range(2):
        await browser.post(form, {"email": other})
        await browser.post(f"{form}/again", {})
    await browser.post(f"{form}/cancel", {})
    pass_time(reader.practice, hours=1)
    browser = reader.browser()
    await browser.enter(address)
    await browser.post(form, {"email": other})
    stranger = reader.browser()
    for path, mailbox in (("/confirm-email/", other), ("/undo-email/", address), ("/not-me/", address)):
        link = await link_to(reader, mailbox, path)
        await stranger.open(link)
        await stranger.post(link, {})
        await stranger.open_all(link, f"{path}unknown", f"{path}done")
    await add_person(reader, "mona@example.org")
    browser = reader.browser()
    await browser.enter("mona@example.org")
    await browser.post(form, {"email": "kim@new.example"})
    link = await link_to(reader, "kim@new.example", "/confirm-email/")
    await add_person(reader, "kim@new.example")
    await browser.post(link, {})


async def practices(reader: Reader) -> None:
    """What the policy of a practice asks of its people, and who they are there."""
    practice = reader.practice
    for number, (mode, role) in enumerate(zip((*MfaMode, MfaMode.REQUIRED, MfaMode.OFF), Role, strict=False)):
        organization = await practice.add_organization(f"Arce {number}", mfa_mode=mode)
        address, key = f"person{number}@example.org", KEY if mode is MfaMode.REQUIRED else None
        await add_person(reader, address, organization=organization, role=role, totp_key=key, recovery_code=bool(key))
        browser = reader.browser()
        await browser.enter(address, key=key)
        app = "/account/security/authenticator-app"
        await browser.open_all("/account/security", app, f"{app}/remove", "/account/security/recovery-code")


async def outbox_of_the_demo(reader: Reader) -> None:
    browser = reader.browser()
    await browser.open("/demo/outbox")
    for address in sorted({node.attributes["href"] for node in browser.page.root.all("a") if is_message(node)}):
        await browser.open(address)


def bytes_of(key: str) -> bytes:
    return b32decode(key.replace(" ", ""))


def is_message(node: Node) -> bool:
    return node.attributes.get("href", "").startswith("/demo/outbox/")


async def methods_and_devices(reader: Reader) -> None:
    """A phone and a passkey from the first page to their removal, the devices, and the offer of a passkey."""
    browser, practice, security = reader.browser(), reader.practice, "/account/security"
    await add_person(reader, "tessa@example.org")
    await browser.enter("tessa@example.org")
    await browser.open_all(f"{security}/devices", f"{security}/devices/trusted/end-all", f"{security}/phone")
    await browser.post(f"{security}/phone/number", {"number": "12", "country": "US"})
    await browser.post(f"{security}/phone/number", {"number": "2025550123", "country": "US"})
    await browser.post(f"{security}/phone", {"code": "000000"})
    await practice.deliver()
    await browser.post(f"{security}/phone", {"code": practice.texts_to("+12025550123")[-1].text.rpartition("#")[2].strip()})
    await browser.open(f"{security}/phone/remove")
    await browser.open(f"{security}/passkeys/add")
    form = next(node for node in browser.page.root.all("form") if node.attributes.get("data-passkey") == "create")
    made = Authenticator().create(json.loads(form.attributes["data-options"]))
    await browser.post(f"{security}/passkeys/add", {"credential": json.dumps(made), "label": "Laptop", "as_method": "yes"})
    await browser.open(f"{security}/recovery-code")
    await browser.open(security)
    links = {node.attributes["href"] for node in browser.page.root.all("a")}
    await browser.open(next(link for link in sorted(links) if f"{security}/passkeys/cred_" in link))
    await practice.deliver()
    await browser.post(f"{security}/phone/number", {"number": "2025550199", "country": "US"})
    await browser.open(f"{security}/phone")
    pass_time(practice, minutes=6)
    await browser.open(f"{security}/phone")
    await an_offer(reader)


async def an_offer(reader: Reader) -> None:
    await add_person(reader, "ulla@example.org")
    browser = reader.browser()
    await browser.post("/sign-in", {"email": "ulla@example.org", "password": PASSWORD, "can_hold_passkey": "yes"})
    await browser.post("/sign-in/offer-passkey", {"choice": "perhaps"})


WALKS: Final = (
    methods_and_devices,
    public_pages,
    from_sign_up_to_home,
    to_a_new_password,
    steps_of_a_sign_in,
    an_account,
    another_address,
    practices,
    outbox_of_the_demo,
)


async def test_no_page_shows_english_to_a_reader_of_spanish(reader: Reader) -> None:
    rendering.environment.cache_clear()
    for walk in WALKS:
        await walk(reader)
    assert sorted(set(reader.faults)) == []
    environment = rendering.environment("es")
    assert environment.cache is not None
    shown = {name for _, name in environment.cache}
    assert {name for name in environment.list_templates(["html"]) if not name.startswith("notices/")} - shown == set()


def test_english_on_a_page_is_seen() -> None:
    page = read('<html lang="es"><body><p>Hola</p><a title="Copy">Press the button</a><b lang="en">the English</b></body></html>')
    assert [fault for text in said(page) for fault in english_in(text)] == ["Copy", "the in: Press the button"]


@pytest.mark.parametrize("notice", [*EXAMPLES, PasswordChanged(how="sign_in"), PasswordChanged(how="reset")], ids=repr)
@pytest.mark.parametrize("user_agent", ["", "Mozilla/5.0 (Windows NT 10.0; rv:145.0) Gecko/20100101 Firefox/145.0"])
def test_no_message_holds_english(notice: Notice, user_agent: str) -> None:
    mail = letters.render(envelope(notice, "es", user_agent=user_agent), SETTINGS, "1@example.org")
    root = read(mail.html.replace("<!doctype html>", "")).first("html")
    assert root.attributes["lang"] == "es"
    texts = [*said(root), mail.subject, *mail.text.splitlines()]
    assert [fault for text in texts for fault in english_in(text.strip())] == []


async def test_whoever_signs_up_in_spanish_gets_spanish_mail(reader: Reader) -> None:
    browser = reader.browser()
    await browser.open("/sign-up")
    await browser.send(name="Ben Silva", email=ADA, password=PASSWORD)
    await reader.practice.deliver()
    assert reader.practice.mails_to(ADA)[0].subject == "Confirme su correo electrónico para Wardkey"


async def test_answers_to_programs_and_scripts_are_in_the_language_asked_for(reader: Reader) -> None:
    client = reader.browser().client
    refused = await client.post("/api/v1/sign-in/password", json={"email": ADA, "password": "wrong"})
    assert refused.json()["title"] == "El correo electrónico y la contraseña no coinciden"
    judged = await client.post("/password-strength", json={"password": PASSWORD, "about": "", "minimum": 15})
    assert judged.json()["text"] == "Muy segura."


# Texts that no catalogue could know of

TEXT_IN_CODE: Final = re.compile(r"[A-Z][a-z’']* [\w’' ,:;“”()-]+[.…?!]?")
"""A sentence or a label: a capital, and more words."""

MARKUP: Final = re.compile(r"<style>.*?</style>|<[a-z/!][^>]*>", re.DOTALL)
WORD: Final = re.compile(r"(?<![-\w\"])[A-Za-z]{2,}(?![-\w=])")
"""A word, neither an attribute nor a class of the style sheet, which blocks and macros hold without their element."""

LABEL: Final = re.compile(r"[A-Z][a-z]{2,}")
GETTEXT: Final = ("_", "gettext", "ngettext", "N_")
NAMES: Final = {
    *("Chrome Mobile", "Chrome Mobile iOS", "Edge Mobile", "Firefox Mobile", "Firefox iOS", "Mobile Safari", "Opera Mobile"),
    *("Internet Explorer", "Samsung Internet", "DuckDuckGo Mobile", "Arch Linux", "Chrome OS", "Mac OS X"),
}
"""What others call their products, in any language."""

SHOWN_TO_PEOPLE: Final = (
    *(
        "surfaces/pages",
        "notices",
        "audit",
        "self_service",
        "account_repair",
        "email_change",
        "email_verification",
        "signin",
        "factors",
    ),
)
PACKAGE: Final = catalogues.SOURCES / "wardkey"


@pytest.mark.parametrize("name", rendering.environment("en").list_templates(["html", "txt"]))
def test_every_text_of_a_template_is_in_the_catalogues(name: str) -> None:
    assert unmarked_in((rendering.TEMPLATES / name).read_text(), is_html=name.endswith("html")) == []


def test_a_text_outside_the_catalogues_is_seen() -> None:
    source = (
        """<p class="quiet" title="Press it">{{ _("Copy") }} now</p>{% set a = "Send link" %}{{ ui.button("Cancel", "quiet") }}"""
    )
    assert unmarked_in(source, is_html=True) == ["Press it", "now", "Send link", "Cancel"]
    assert list(sentences_unmarked(ast.parse("""a = N_("One text"), "Another text"; raise X("A third text")"""))) == [
        "Another text"
    ]


def unmarked_in(source: str, *, is_html: bool) -> list[str]:
    """The texts of a template that do not go through gettext: spoken attributes, words between elements, constants."""
    tree = rendering.environment("en").parse(source)
    written = "\0".join(data.data for data in tree.find_all(nodes.TemplateData))
    spoken = re.findall(r'(?:title|alt|aria-label|placeholder)="([^"\0]+)"', written)
    words = WORD.findall(MARKUP.sub(" ", written) if is_html else written)
    marked = {id(part) for call in tree.find_all(nodes.Call) if is_gettext(call) for part in call.find_all(nodes.Const)}
    constants = [one.value for one in tree.find_all(nodes.Const) if isinstance(one.value, str) and id(one) not in marked]
    return [*spoken, *words, *(text for text in constants if TEXT_IN_CODE.fullmatch(text) or LABEL.fullmatch(text))]


def is_gettext(call: nodes.Call) -> bool:
    return isinstance(call.node, nodes.Name) and call.node.name in GETTEXT


def test_every_sentence_in_code_that_people_read_is_in_the_catalogues() -> None:
    files = [PACKAGE / "problems.py", *(path for folder in SHOWN_TO_PEOPLE for path in (PACKAGE / folder).rglob("*.py"))]
    assert [f"{path.name}: {text}" for path in files for text in sentences_unmarked(ast.parse(path.read_text()))] == []


def sentences_unmarked(tree: ast.Module) -> Iterator[str]:
    """Texts like sentences that are neither marked for the catalogues, nor documentation, nor the words of an exception."""
    marked: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise | ast.Expr) or (isinstance(node, ast.Call) and getattr(node.func, "id", "") in GETTEXT):
            is_call_alone = isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)
            marked |= set() if is_call_alone else {id(part) for part in ast.walk(node)}
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) and id(node) not in marked else None
        if isinstance(text, str) and TEXT_IN_CODE.fullmatch(text) and text not in NAMES:
            yield text


def test_scripts_bring_no_texts_of_their_own() -> None:
    found = [
        f"{path.name}: {text}"
        for path in sorted((PACKAGE / "static").glob("*.js"))
        for text in re.findall(r"[\"'`]([^\"'`\n]+)[\"'`]", re.sub(r"^\s*//.*$", "", path.read_text(), flags=re.M))
        if TEXT_IN_CODE.fullmatch(text)
    ]
    assert found == []


# How the Spanish is written


PLACES: Final = re.compile(r"%\(\w+\)s|<[^>]+>")
"""What is filled in or marked up, the same in every language."""


def each_text() -> Iterator[tuple[str, str]]:
    return ((str(message.id), str(message.string)) for message in catalogues.entries(catalogues.read("es")))


def test_one_thing_has_one_word_and_nobody_is_called_tu() -> None:
    assert [(found, text) for _, text in each_text() for found in AVOIDED.findall(PLACES.sub("", text))] == []


def test_english_words_are_gone_from_every_text() -> None:
    texts = [PLACES.sub("", text) for english, text in each_text() if text != english]
    assert [fault for text in texts for fault in english_in(text)] == []


def test_a_text_left_as_it_is_means_the_same_in_spanish() -> None:
    assert {english for english, text in each_text() if text == english} == {"Error:", "%(date)s, %(time)s (%(zone)s)"}


@pytest.mark.parametrize(("opening", "closing"), [("¿", "?"), ("¡", "!"), ("“", "”"), ("«", "»")])
def test_what_is_opened_is_closed(opening: str, closing: str) -> None:
    assert [text for _, text in each_text() if text.count(opening) != text.count(closing)] == []


def test_a_text_begins_and_ends_as_the_english_does() -> None:
    """A sentence stays a sentence, a label a label; letters begin "Hola:", and a word before a moment takes a colon."""
    colon = {"Hello,", "Hello %(name)s,", "Changed", "Last used", "Made", "Set up"}
    wrong = [(english, text) for english, text in each_text() if english not in colon and ending(english) != ending(text)]
    wrong += [(english, text) for english, text in each_text() if english[0].isupper() and text.lstrip("¿¡“")[0].islower()]
    assert wrong == []


def ending(text: str) -> str:
    """What a text ends with; whether it asks is checked by its opening sign."""
    return text[-1] if text[-1] in ".…:" else ""
