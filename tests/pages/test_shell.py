"""What holds for every page: its headers, its language, its files, and templates without anything inline."""

import re
from pathlib import Path
from typing import Any, Final, cast

import httpx
import pytest

from tests.pages.visitor import Visitor
from tests.world import Practice, open_practice
from wardkey.app import build_app
from wardkey.surfaces.pages.rendering import LANGUAGE_NAMES, TEMPLATES, environment, warm
from wardkey.surfaces.pages.static_files import FOLDER, files, static
from wardkey.vocabulary import LANGUAGES

PUBLIC: Final = (
    "/sign-in",
    "/sign-up",
    "/sign-up/sent",
    "/verify-email/resend",
    "/verify-email/nothing",
    "/forgot-password",
    "/forgot-password/sent",
    "/reset-password/nothing",
)
OURS: Final = sorted(path for path in TEMPLATES.rglob("*.html") if path.parent.name != "notices")
CODE: Final = re.compile(
    r"\{#.*?#\}|\{%-? *trans.*?endtrans *-?%\}|\{% block (?:width|body_data) %\}.*?\{% endblock %\}|\{\{.*?\}\}|\{%.*?%\}",
    re.DOTALL,
)
"""What a template holds besides markup and words: comments, texts for the catalogue, values, and blocks that fill attributes."""
SCRIPTS: Final = sorted(FOLDER.glob("*.js"))


@pytest.mark.parametrize("address", PUBLIC)
async def test_every_page_says_what_it_is_and_what_may_run_in_it(visitor: Visitor, address: str) -> None:
    page = await visitor.open(address)
    headers = page.answer.headers
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["cache-control"] == "no-store"
    assert headers["content-language"] == "en"
    assert {"accept-language", "cookie"} <= {word.strip().lower() for word in headers["vary"].split(",")}
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "nonce" not in policy


@pytest.mark.spec("UX-2")
@pytest.mark.parametrize("address", PUBLIC)
async def test_every_page_has_one_heading_a_title_a_main_part_and_labels(visitor: Visitor, address: str) -> None:
    page = await visitor.open(address)
    assert page.title.endswith(" – Wardkey")
    assert page.heading in page.title
    assert len(list(page.root.all("h1"))) == len(list(page.root.all("main"))) == 1
    assert page.root.first("a", class_="skip").attributes["href"] == "#main"
    for field in page.root.all("input"):
        if field.attributes.get("type") not in ("hidden", "checkbox"):
            assert page.root.first("label", **{"for": field.attributes["id"]}).text
            assert field.attributes["autocomplete"]
    ids = [node.attributes["id"] for node in page.root.all() if "id" in node.attributes]
    assert len(ids) == len(set(ids))


@pytest.mark.spec("UX-1")
@pytest.mark.parametrize("address", PUBLIC)
async def test_every_form_works_without_scripts(visitor: Visitor, address: str) -> None:
    page = await visitor.open(address)
    for form in page.root.all("form"):
        assert form.attributes["method"] == "post"
        assert next(form.all("button", type="submit"), None)
    for button in page.root.all("button"):
        assert button.attributes["type"] == "submit" or "hidden" in button.attributes


@pytest.mark.spec("UX-3")
@pytest.mark.parametrize("address", PUBLIC)
async def test_a_page_comes_in_the_language_the_browser_asks_for(visitor: Visitor, address: str) -> None:
    visitor.client.headers["accept-language"] = "es-MX,es;q=0.9,en;q=0.5"
    page = await visitor.open(address)
    assert page.root.first("html").attributes["lang"] == page.answer.headers["content-language"] == "es"


@pytest.mark.spec("UX-3")
async def test_the_language_chosen_wins_and_leads_back_to_the_page(visitor: Visitor) -> None:
    visitor.client.headers["accept-language"] = "es"
    await visitor.open("/sign-in?return_to=%2Faccount%2Fsecurity")
    page = await visitor.send("English")
    assert page.root.first("html").attributes["lang"] == "en"
    assert page.value("return_to") == "/account/security"


async def test_an_unknown_language_or_an_address_elsewhere_changes_nothing(visitor: Visitor) -> None:
    answer = await visitor.post_only("/language", {"language": "xx", "return_to": "https://evil.example/"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    assert "set-cookie" not in answer.headers


def test_every_language_has_its_own_name() -> None:
    assert [code for code, _ in LANGUAGE_NAMES] == list(LANGUAGES)


async def test_over_https_cookies_are_for_this_host_alone(sqlite_url: str) -> None:
    async with open_practice(sqlite_url, public_url="https://id.example.org") as practice:
        await practice.add_person("ada@example.org")
        transport = httpx.ASGITransport(app=cast(Any, build_app(practice.service)))
        visitor = Visitor(httpx.AsyncClient(transport=transport, base_url="https://id.example.org"))
        await visitor.sign_in("ada@example.org", "violet teapot on the windowsill")
        assert visitor.page.path == "/"
        assert visitor.cookie("__Host-wardkey_session")
        answer = await visitor.post_only(
            "/sign-up", {"name": "Sam", "email": "sam@example.org", "password": "two cups, no saucer"}
        )
        for cookie in answer.headers.get_list("set-cookie"):
            assert cookie.startswith("__Host-wardkey_")
            assert {"Secure", "HttpOnly", "Path=/"} <= {part.strip() for part in cookie.split(";")}
            assert "domain" not in cookie.lower()
        await visitor.client.aclose()


@pytest.mark.parametrize("template", OURS, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_nothing_in_a_template_is_inline(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+\s*=|javascript:", text, re.IGNORECASE)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text, re.IGNORECASE)
    assert not re.search(r"(?:src|href|action)=[\"']?(?:https?:)?//", text)


@pytest.mark.parametrize("template", OURS, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_every_text_in_a_template_goes_through_the_catalogue(template: Path) -> None:
    text = CODE.sub("", template.read_text(encoding="utf-8"))
    words = re.sub(r"<[^>]*>|\s[a-z-]+=\"[^\"]*\"", " ", text)
    assert re.findall(r"[A-Za-z]{2,}", words) == []


def test_warming_up_leaves_no_page_to_be_read_at_a_visit() -> None:
    warm()
    for language in LANGUAGES:
        cached = environment(language).cache
        assert cached is not None
        assert len(cached) == len(OURS)


def test_no_script_writes_markup_or_runs_text() -> None:
    for script in SCRIPTS:
        text = script.read_text(encoding="utf-8")
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|\.style\b|localStorage", text
        ), script.name


def test_every_class_that_a_template_names_is_in_the_stylesheet() -> None:
    styles = (FOLDER / "wardkey.css").read_text(encoding="utf-8")
    known = set(re.findall(r"\.([a-z][a-z-]*)", styles))
    named = {
        name
        for template in OURS
        for value in re.findall(r'class="([^"{}]*)"', template.read_text(encoding="utf-8"))
        for name in value.split()
    }
    assert named - known == set()


async def test_static_files_are_kept_for_a_year_under_an_address_that_changes_with_them(visitor: Visitor) -> None:
    for name, kind in (("wardkey.css", "text/css"), ("wardkey.js", "text/javascript"), ("brand.svg", "image/svg+xml")):
        answer = await visitor.client.get(static(name))
        assert answer.content == (FOLDER / name).read_bytes()
        assert answer.headers["content-type"].partition(";")[0] == kind
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert files().version in static("wardkey.css")


async def test_a_page_left_open_over_an_update_still_finds_its_files(visitor: Visitor) -> None:
    answer = await visitor.client.get("/static/0123456789abcdef/wardkey.css")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("name", ["nothing.css", "..%2Fwardkey%2Fapp.py", "%2e%2e", "wardkey.css%00"])
async def test_nothing_else_is_served_as_a_file(visitor: Visitor, name: str) -> None:
    assert (await visitor.client.get(f"/static/0123456789abcdef/{name}")).status_code == 404


@pytest.mark.spec("ACC-5")
@pytest.mark.parametrize(
    ("typed", "score", "words"),
    [
        ({"password": "short"}, 0, "at least 8 characters"),
        ({"password": "short", "minimum": 15}, 0, "at least 15 characters"),
        ({"password": "short", "minimum": 1}, 0, "at least 8 characters"),
        ({"password": "rivera rivera rivera", "about": "Sam Rivera", "minimum": 15}, 1, "built around"),
        ({"password": "correct horse battery staple", "minimum": 15}, 1, "data leaks"),
        ({"password": "a kettle, two cups, no saucer", "minimum": 15}, 4, "Very strong"),
        ({"password": "é" * 500}, 1, "at most 128"),
    ],
)
async def test_the_meter_says_what_the_form_would_say(visitor: Visitor, typed: dict[str, object], score: int, words: str) -> None:
    answer = await visitor.client.post("/password-strength", json=typed)
    assert answer.status_code == 200
    assert answer.json()["score"] == score
    assert words in answer.json()["text"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"password": 5}', b'{"password": "x", "about": "' + b"y" * 2000 + b'"}', b"\xff"]
)
async def test_the_meter_takes_nothing_else(visitor: Visitor, body: bytes) -> None:
    assert (await visitor.client.post("/password-strength", content=body)).status_code == 400


async def test_the_meter_stops_answering_after_too_many_questions(sqlite_practice: Practice, visitor: Visitor) -> None:
    for _ in range(sqlite_practice.world.settings.limits.strength_checks_per_network):
        await sqlite_practice.world.counters.add("strength_network:203.0.113.7/32", 3600)
    answer = await visitor.client.post("/password-strength", json={"password": "x"})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
