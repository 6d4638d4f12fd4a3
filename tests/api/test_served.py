"""Over a real socket: what a client of flesh sees that no test inside the process can."""

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from tests.api.program import ADA, copied
from tests.api.served import Served, serving
from tests.chromium import OpenPage, scrolls_sideways
from tests.world import PASSWORD
from wardkey.surfaces.api.routes import OPERATIONS


@pytest.fixture(scope="module")
def served(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with capture_logs(), serving(copied(sqlite_template, tmp_path_factory.mktemp("served"))) as opened:
        opened.run(opened.practice.add_person(ADA))
        yield opened


def test_signing_in_looking_and_signing_out_on_one_connection(served: Served) -> None:
    with httpx.Client(base_url=served.base) as asking:
        shown = asking.post("/api/v1/sign-in/password", json={"email": ADA, "password": PASSWORD}).json()
        asking.headers["authorization"] = f"Bearer {shown['step']['session_token']}"
        assert asking.get("/api/v1/session").json()["email"] == ADA
        head = asking.head("/api/v1/session")
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == asking.get("/api/v1/session").headers["content-length"]
        assert asking.delete("/api/v1/session").status_code == 204
        assert asking.get("/api/v1/session").status_code == 401


def test_no_answer_tells_what_serves_it(served: Served) -> None:
    for path in ("/", "/api/v1/session", "/nothing"):
        assert not {"server", "x-powered-by"} & {*httpx.get(served.base + path).headers}


@pytest.mark.parametrize("announced", [True, False])
def test_ten_megabytes_are_refused_early_and_the_connection_goes_on(served: Served, announced: bool) -> None:
    pieces = [b"a" * 100_000] * 100
    with httpx.Client(base_url=served.base) as asking:
        body = b"".join(pieces) if announced else iter(pieces)
        answered = asking.post("/api/v1/sign-up", content=body, headers={"content-type": "application/json"})
        assert (answered.status_code, answered.json()["code"]) == (413, "too_large")
        assert asking.get("/healthz").status_code == 200


def test_what_is_no_http_is_answered_with_400(served: Served) -> None:
    host, port = served.base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        line.sendall(b"nonsense\r\n\r\n")
        assert line.recv(1_000).startswith(b"HTTP/1.1 400")


def test_a_client_that_leaves_in_the_middle_harms_nobody(served: Served) -> None:
    host, port = served.base.removeprefix("http://").split(":")
    for _ in range(20):
        with socket.create_connection((host, int(port)), timeout=10) as line:
            body = b'{"email": "'
            line.sendall(
                b"POST /api/v1/sign-up HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                b"Content-Length: 1000\r\n\r\n" + body
            )
    assert httpx.get(f"{served.base}/healthz").status_code == 200


@pytest.mark.parametrize("width", [1280, 360])
async def test_the_viewer_shows_the_document_and_tries_it_out_without_anything_from_elsewhere(
    served: Served, open_page: OpenPage, width: int
) -> None:
    page = await open_page(f"{served.base}/api/docs", width=width)
    await page.wait_for_selector("#operations-Sign-in-signIn")
    assert await page.locator(".opblock").count() == len(OPERATIONS)
    await page.locator("#operations-Passwords-measurePassword .opblock-summary-control").click()
    await page.get_by_role("button", name="Try it out").click()
    await page.get_by_role("button", name="Execute").click()
    status = page.locator(".live-responses-table tbody .response-col_status").first
    assert (await status.inner_text()).startswith("200")
    assert not await scrolls_sideways(page)
