"""The browser that tests use is real, takes every wish, and does not let an error pass."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.chromium import OpenPage, axe_violations, scrolls_sideways

PAGES = {
    "/good": "<h1>Good</h1><p id=w></p><noscript><p>no script</p></noscript>",
    "/inline": "<h1>Inline</h1><script>document.title = 'ran'</script>",
    "/broken": "<h1>Broken</h1><script src='/broken.js'></script>",
    "/broken.js": "nowhere.at.all()",
    "/favicon.ico": "",
    "/part": "<h1>Part</h1><img alt='' src='/absent.png'>",
    "/elsewhere": "<h1>Elsewhere</h1><script src='https://elsewhere.example/x.js'></script>",
    "/unlabelled": "<h1>Form</h1><input type=text>",
    "/wide": "<h1>Wide</h1><div class=w>" + "w" * 400 + "</div>",
}


class Site(BaseHTTPRequestHandler):
    """A few pages under a strict policy."""

    def do_GET(self) -> None:
        found = self.path in PAGES
        body = PAGES.get(self.path, "<h1>Not found</h1>")
        is_script = self.path.endswith(".js")
        page = body if is_script else f"<!doctype html><html lang=en><title>t</title><main>{body}</main></html>"
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/javascript" if is_script else "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", "default-src 'self' https://elsewhere.example")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


async def test_a_page_gets_the_window_the_scheme_the_zoom_and_the_language_asked_for(open_page: OpenPage, site: str) -> None:
    page = await open_page(site + "/good", scheme="dark", width=1280, zoom=2, locale="es-ES")
    assert await page.evaluate("[innerWidth, devicePixelRatio, matchMedia('(prefers-color-scheme: dark)').matches]") == [
        640,
        2,
        True,
    ]
    assert await page.evaluate("navigator.language") == "es-ES"


async def test_without_script_a_page_shows_what_stands_in_noscript(open_page: OpenPage, site: str) -> None:
    page = await open_page(site + "/good", javascript=False)
    assert await page.locator("noscript p").is_visible()  # searches by text pass over noscript


async def test_a_document_answered_with_404_on_purpose_is_no_problem(open_page: OpenPage, site: str) -> None:
    await open_page(site + "/nothing-here")
    assert open_page.watch.left() == []


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/inline", "Content Security Policy"),
        ("/broken", "nowhere is not defined"),
        ("/part", "Failed to load resource"),
        ("/elsewhere", "request to elsewhere"),
    ],
)
async def test_a_script_error_a_refused_script_a_missing_part_and_a_call_to_elsewhere_are_seen(
    open_page: OpenPage, site: str, path: str, problem: str
) -> None:
    page = await open_page(site + path)
    await page.wait_for_load_state("networkidle")
    assert any(problem in one for one in open_page.watch.left())
    open_page.watch.excuse("")


async def test_axe_finds_a_field_without_a_label_and_nothing_on_a_good_page(open_page: OpenPage, site: str) -> None:
    assert await axe_violations(await open_page(site + "/good")) == []
    found = await axe_violations(await open_page(site + "/unlabelled"))
    assert any(line.startswith("label (critical)") for line in found)


async def test_a_page_wider_than_its_window_is_noticed(open_page: OpenPage, site: str) -> None:
    assert await scrolls_sideways(await open_page(site + "/wide", width=360))
    assert not await scrolls_sideways(await open_page(site + "/good", width=360))
