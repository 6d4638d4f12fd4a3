"""What holds for every answer, whoever gives it: headers, limits, languages, failures, one log line, figures."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar, Request, Response, get, post
from litestar.types import ASGIApp
from structlog.testing import capture_logs

from tests.api.program import ADDRESS, copied, refused
from tests.world import Practice, open_practice
from wardkey.app import build_app
from wardkey.ports import Unavailable
from wardkey.problems import PROBLEMS
from wardkey.settings import Settings
from wardkey.surfaces.front import RAISE_ON, front, security_headers
from wardkey.surfaces.metrics import Metrics
from wardkey.surfaces.pages.errors import error_page
from wardkey.surfaces.visit import visit_of

AnyRequest = Request[Any, Any, Any]
EVERYWHERE = (
    "content-security-policy",
    "x-content-type-options",
    "referrer-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
    "x-request-id",
)


@get(["/api/outage", "/outage"])
async def outage() -> None:
    raise Unavailable("database", retry_after=7)


@get(["/api/bug", "/bug"])
async def bug() -> None:
    raise ValueError("the value ada@example.org must not be shown")


@get("/api/whom")
async def whom(request: AnyRequest) -> dict[str, str]:
    origin = visit_of(request.scope).origin
    return {"ip": origin.ip, "user_agent": origin.user_agent, "language": origin.language, "id": origin.request_id}


@get(["/api/brought", "/brought"])
async def brought(request: AnyRequest) -> dict[str, str]:
    origin = visit_of(request.scope).origin
    return {"device": origin.device, "trust": origin.trust}


@post(["/api/read", "/read"])
async def read(request: AnyRequest) -> Response[bytes]:
    return Response(str(len(await request.body())).encode(), media_type="text/plain")


@get("/kept")
async def kept() -> Response[str]:
    return Response("kept", headers={"cache-control": "public, max-age=60"})


async def half(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise ValueError("after the start")


@pytest_asyncio.fixture(scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> AsyncIterator[Practice]:
    """One for all of this file, since nothing here changes anything that is kept."""
    url = copied(sqlite_template, tmp_path_factory.mktemp("front"))
    async with open_practice(url, trusted_proxies=("10.0.0.0/8",)) as practice:
        yield practice


@pytest.fixture(scope="module")
def whole(service: Practice) -> ASGIApp:
    """The whole service, as it is served."""
    return build_app(service.service)


@pytest.fixture(scope="module")
def trial(service: Practice) -> ASGIApp:
    """The front over handlers that do what it has to cope with."""
    inner = Litestar(
        [outage, bug, whom, brought, read, kept], exception_handlers=RAISE_ON, openapi_config=None, logging_config=None
    )
    return front(inner, service.service, Metrics(), error_page)


def client(app: ASGIApp, address: str = ADDRESS, **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, client=(address, 50_000))  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080", headers=headers)


PATHS = ["/", "/sign-in", "/nothing/here", "/static/nothing", "/healthz", "/metrics", "/api/docs", "/api/openapi.json"]
PATHS += ["/api/v1/session", "/api/v1/nothing", "/api/nothing", "/.well-known/jwks.json", "/.well-known/change-password"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW"])
@pytest.mark.parametrize("path", PATHS)
async def test_every_answer_has_the_headers_that_protect_and_a_name(whole: ASGIApp, path: str, method: str) -> None:
    async with client(whole) as asking:
        answered = await asking.request(method, path)
    assert answered.status_code < 500
    assert [name for name in EVERYWHERE if name not in answered.headers] == []
    assert "unsafe" not in answered.headers["content-security-policy"]
    assert "strict-transport-security" not in answered.headers
    assert all(len(answered.headers.get_list(name)) == 1 for name in (*EVERYWHERE, "cache-control") if name in answered.headers)
    if method == "HEAD":
        assert answered.content == b""
    if answered.status_code == 405:
        assert answered.headers["allow"]
    if method == "TRACE":
        assert answered.status_code in (404, 405)


def test_over_https_browsers_are_told_to_stay_there() -> None:
    headers = dict(security_headers(Settings(public_url="https://wardkey.example.org"))[0])
    assert headers[b"strict-transport-security"].startswith(b"max-age=31536000")


async def test_nothing_is_kept_by_caches_unless_it_says_so_itself(trial: ASGIApp) -> None:
    async with client(trial) as asking:
        assert (await asking.get("/api/whom")).headers["cache-control"] == "no-store"
        assert (await asking.get("/kept")).headers["cache-control"] == "public, max-age=60"
        assert (await asking.get("/bug")).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("peer", "forwarded", "seen"),
    [
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("203.0.113.7", "10.0.0.1", "203.0.113.7"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.1, 10.9.9.9", "198.51.100.1"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, nonsense", "10.0.0.1"),
        ("10.0.0.1", "2001:db8::1", "2001:db8::1"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
    ],
)
async def test_a_forwarded_address_is_believed_from_trusted_proxies_alone(
    trial: ASGIApp, peer: str, forwarded: str, seen: str
) -> None:
    async with client(trial, peer) as asking:
        answered = await asking.get("/api/whom", headers={"x-forwarded-for": forwarded} if forwarded else {})
    assert answered.json()["ip"] == seen


async def test_forwarded_addresses_in_several_lines_are_read_in_their_order(trial: ASGIApp) -> None:
    async with client(trial, "10.0.0.1") as asking:
        answered = await asking.get("/api/whom", headers=[("x-forwarded-for", "1.2.3.4"), ("x-forwarded-for", "198.51.100.1")])
    assert answered.json()["ip"] == "198.51.100.1"


async def test_a_language_that_was_chosen_wins_over_the_one_of_the_browser(trial: ASGIApp) -> None:
    async with client(trial) as asking:
        for cookie, accepted, language in (
            ("", "", "en"),
            ("", "es-419", "es"),
            ("wardkey_language=en", "es", "en"),
            ("a=b; wardkey_language=es; c=d", "en", "es"),
            ("not_wardkey_language=es", "en", "en"),
            ("wardkey_language=xx", "es", "es"),
        ):
            answered = await asking.get("/api/whom", headers={"cookie": cookie, "accept-language": accepted})
            assert answered.json()["language"] == language, cookie


@pytest.mark.spec("MFA-9")
async def test_pages_read_the_tokens_of_a_device_from_cookies_and_the_api_from_headers(trial: ASGIApp) -> None:
    sent = {
        "cookie": "wardkey_device=cookie-d; wardkey_trust=cookie-t",
        "wardkey-device": "header-d",
        "wardkey-trust": "header-t",
    }
    async with client(trial) as asking:
        assert (await asking.get("/brought", headers=sent)).json() == {"device": "cookie-d", "trust": "cookie-t"}
        assert (await asking.get("/api/brought", headers=sent)).json() == {"device": "header-d", "trust": "header-t"}
        assert (await asking.get("/api/brought", headers={"cookie": sent["cookie"]})).json() == {"device": "", "trust": ""}


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "a\u00e9", "<script>", "a;b"])
async def test_an_odd_request_id_is_replaced(trial: ASGIApp, given: str) -> None:
    async with client(trial) as asking:
        answered = await asking.get("/api/whom", headers=[(b"x-request-id", given.encode())])
    assert answered.headers["x-request-id"] == answered.json()["id"] != given


async def test_a_sound_request_id_is_kept(trial: ASGIApp) -> None:
    async with client(trial) as asking:
        assert (await asking.get("/api/whom", headers={"x-request-id": "proxy-7.f_3"})).headers["x-request-id"] == "proxy-7.f_3"


@pytest.mark.parametrize("path", ["/api/read", "/read"])
async def test_no_more_than_64_kib_are_read(trial: ASGIApp, path: str) -> None:
    async with client(trial) as asking:
        assert (await asking.post(path, content=b"a" * 65_536)).text == "65536"
        too_much = [await asking.post(path, content=b"a" * size) for size in (65_537, 10_000_000)]
        too_much += [await asking.post(path, content=pieces(size)) for size in (65_537, 10_000_000)]
        lying = await asking.post(path, content=b"a", headers={"content-length": "9" * 30})
    assert [a.status_code for a in (*too_much, lying)] == [413] * 5
    for answered in too_much:
        if path.startswith("/api"):
            refused(answered, 413, "too_large")
        else:
            assert answered.headers["content-type"].startswith("text/html")


async def pieces(size: int) -> AsyncIterator[bytes]:
    """A body whose length is not announced."""
    for start in range(0, size, 5_000):
        yield b"a" * min(5_000, size - start)


async def test_an_outage_is_said_to_pass_and_when(trial: ASGIApp) -> None:
    async with client(trial) as asking:
        api, page = await asking.get("/api/outage"), await asking.get("/outage")
    assert api.headers["retry-after"] == page.headers["retry-after"] == "7"
    found = refused(api, 503, "unavailable")
    assert (found.retry_after, found.reference) == (7, api.headers["x-request-id"])
    assert (page.status_code, page.headers["content-type"]) == (503, "text/html; charset=utf-8")


async def test_a_bug_shows_a_reference_and_nothing_else_and_is_logged_under_it(trial: ASGIApp) -> None:
    async with client(trial) as asking:
        with capture_logs() as lines:
            api, page = await asking.get("/api/bug"), await asking.get("/bug")
    found = refused(api, 500, "internal")
    assert found.reference == api.headers["x-request-id"]
    assert page.headers["x-request-id"] in page.text
    assert all("ada@example.org" not in answered.text for answered in (api, page))
    failed = [line for line in lines if line["event"] == "request.failed"]
    assert [line["request_id"] for line in failed] == [found.reference, page.headers["x-request-id"]]


async def test_half_an_answer_is_never_taken_for_a_whole_one(service: Practice) -> None:
    async with client(front(half, service.service, Metrics(), error_page)) as asking:
        with pytest.raises(ValueError, match="after the start"):
            await asking.get("/api/half")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 201),
        ({"sec-fetch-site": "same-origin"}, 201),
        ({"sec-fetch-site": "none"}, 201),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "http://127.0.0.1:8080"}, 201),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1:8080"}, 403),
    ],
)
async def test_a_page_changes_nothing_on_the_word_of_another_site(trial: ASGIApp, headers: dict[str, str], status: int) -> None:
    async with client(trial) as asking:
        assert (await asking.post("/read", content=b"a", headers=headers)).status_code == status
        assert (await asking.post("/api/read", content=b"a", headers=headers)).status_code == 201  # it has no cookies to borrow


async def test_one_line_for_each_request_names_the_route_and_nobody(whole: ASGIApp) -> None:
    async with client(whole, user_agent="someone/1.0") as asking:
        with capture_logs() as lines:
            await asking.get(
                "/reset-password/the-secret-token?email=ada@example.org", headers={"cookie": "wardkey_session=secret"}
            )
            await asking.get("/api/v1/sign-in/the-secret-token", headers={"authorization": "Bearer secret"})
            await asking.get("/the-secret-token")
            await asking.get("/healthz")
    routes = [(line["route"], line["status"], line["log_level"]) for line in lines if line["event"] == "request"]
    assert routes == [
        ("/reset-password/{token}", 404, "info"),
        ("/api/v1/sign-in/{attempt}", 404, "info"),
        ("none", 404, "info"),
        ("/healthz", 200, "debug"),
    ]
    said = str(lines)
    assert not [word for word in ("secret", "ada@", "203.0.113.7", "someone") if word in said]
    assert all({"ms", "request_id", "method"} <= line.keys() for line in lines if line["event"] == "request")


async def test_figures_are_counted_by_route_and_shown_to_this_machine_and_the_proxies_alone(service: Practice) -> None:
    app = build_app(service.service)
    async with client(app) as asking:
        for path in ("/api/v1/session", "/api/v1/session", "/sign-in", "/some-made-up-path"):
            await asking.get(path)
        await asking.request("BREW", "/sign-in")
        assert (await asking.get("/metrics")).status_code == 404
    async with client(app, "10.0.0.1", **{"x-forwarded-for": "10.0.0.2"}) as asking:
        assert (await asking.get("/metrics")).status_code == 404
    async with client(app, "10.0.0.1") as asking:
        assert (await asking.get("/metrics")).status_code == 200
    async with client(app, "127.0.0.1") as asking:
        shown = await asking.get("/metrics")
    assert shown.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = shown.text.splitlines()
    assert 'wardkey_requests_total{method="GET",route="/api/v1/session",status="401"} 2.0' in lines
    assert 'wardkey_requests_total{method="GET",route="none",status="404"} 1.0' in lines
    assert 'wardkey_requests_total{method="other",route="none",status="405"} 1.0' in lines
    assert "wardkey_outbox_waiting 0.0" in lines
    assert "wardkey_hashing_unfinished 0.0" in lines
    assert "made-up" not in shown.text


async def test_readiness_names_what_does_not_answer(service: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    async with client(build_app(service.service)) as asking:
        assert (await asking.get("/healthz")).json() == {"alive": True}
        assert (await asking.get("/readyz")).json() == {"ready": True, "checks": {"database": True}}

        async def gone() -> None:
            return None

        monkeypatch.setattr(service.database, "revision", gone)
        answered = await asking.get("/readyz")
    assert (answered.status_code, answered.json()) == (503, {"ready": False, "checks": {"database": False}})


async def test_what_is_looked_for_under_well_known(whole: ASGIApp) -> None:
    async with client(whole) as asking:
        moved = await asking.get("/.well-known/change-password")
        assert (moved.status_code, moved.headers["location"]) == (302, "/account/security/password")
        passkeys = await asking.get("/.well-known/passkey-endpoints")
        origins = await asking.get("/.well-known/webauthn")
        security = await asking.get("/.well-known/security.txt")
    page = "http://127.0.0.1:8080/account/security"
    assert passkeys.json() == {"enroll": page, "manage": page}
    assert origins.json() == {"origins": ["http://localhost:8080", "http://127.0.0.1:8080"]}
    assert {answered.headers["content-type"] for answered in (passkeys, origins)} == {"application/json"}
    assert security.headers["content-type"] == "text/plain; charset=utf-8"
    lines = dict(line.split(": ", 1) for line in security.text.splitlines())
    assert lines["Contact"] == "mailto:no-reply@localhost"
    assert lines["Expires"] == "2027-05-23T12:00:00Z"


async def test_browsers_name_the_origin_of_our_own_forms_and_tell_other_sites_nothing(whole: ASGIApp) -> None:
    async with client(whole) as asking:
        assert (await asking.get("/sign-in")).headers["referrer-policy"] == "same-origin"


def test_every_status_of_a_refusal_is_an_error() -> None:
    assert {entry.status for entry in PROBLEMS.values()} <= set(range(400, 600))
