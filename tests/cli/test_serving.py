"""`wardkey serve` and `wardkey worker` as processes: they start over what is fit, say in one line what is not, and end well."""

import json
import re
import signal
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.cli.command import Operator
from tests.cli.mail_server import mail_server
from tests.cli.process import WAIT_S, Process, get, running
from tests.test_settings import WRONG
from tests.world import PASSWORD

SERVING = r"address=(http://[\d.:\[\]]+)"


@pytest.fixture
def server(environment: dict[str, str]) -> Iterator[Process]:
    """A server on a free port."""
    with running("serve", "--port", "0", settings=environment) as process:
        yield process


def url_of(server: Process) -> str:
    return server.says(SERVING)[1]


def test_it_serves_and_ends_with_exit_code_0(server: Process) -> None:
    url = url_of(server)
    answer = get(f"{url}/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "checks": {"database": True}})
    assert "server" not in answer.headers
    assert "date" in answer.headers
    assert get(f"{url}/demo/outbox.json").status_code == 404
    server.signal(signal.SIGTERM)
    assert server.ended() == 0
    assert server.out == ""
    assert "Traceback" not in server.err


def test_an_empty_database_file_gets_its_tables(environment: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "new" / "wardkey.sqlite3"
    with running("serve", "--port", "0", settings={**environment, "WARDKEY_DATABASE_URL": f"sqlite:///{path}"}) as server:
        assert get(f"{url_of(server)}/readyz").status_code == 200
    assert path.stat().st_mode & 0o777 == 0o600


def test_tables_of_another_release_stop_the_start(environment: dict[str, str], operator: Operator) -> None:
    with closing(sqlite3.connect(operator.url.removeprefix("sqlite:///"))) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0000'")
    said = "The database is at 0000; this release needs 0002. Run `wardkey db upgrade`."
    assert operator.refused("serve", "--port", "0") == said
    assert operator.refused("worker") == said


def test_an_empty_postgresql_stops_the_start(operator: Operator, postgres_url: str) -> None:
    operator.environment["WARDKEY_DATABASE_URL"] = postgres_url
    assert operator.refused("serve", "--port", "0") == "The database has no tables yet. Run `wardkey db upgrade`."


def test_it_serves_on_postgresql(environment: dict[str, str], migrated_postgres_url: str) -> None:
    with running("serve", "--port", "0", settings={**environment, "WARDKEY_DATABASE_URL": migrated_postgres_url}) as server:
        assert get(f"{url_of(server)}/readyz").json()["checks"] == {"database": True}


def test_a_missing_key_stops_the_start_and_says_how_to_make_one(operator: Operator) -> None:
    said = operator.refused("serve", "--port", "0", code=2, WARDKEY_SECRET_KEYS="")
    assert said.startswith("WARDKEY_SECRET_KEYS: needs at least one key")
    assert "openssl rand -base64 32" in said
    assert "\n" not in said


@pytest.mark.parametrize("command", [["serve", "--port", "0"], ["worker"]], ids=["serve", "worker"])
@pytest.mark.parametrize(("name", "text"), [(name, texts[-1]) for name, texts in WRONG])
def test_a_wrong_setting_stops_the_start_in_one_line(operator: Operator, command: list[str], name: str, text: str) -> None:
    said = operator.refused(*command, code=2, **{f"WARDKEY_{name}": text})
    assert said.startswith("WARDKEY_")
    assert ": needs " in said
    assert said.isprintable()
    assert "hush" not in said


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("WARDKEY_SECRET_KEYS", "hush-hush"),
        ("WARDKEY_SMTP_URL", "smtp://mail.example?hush=hush"),
        ("WARDKEY_MAIL_FROM", "hush"),
        ("WARDKEY_KV_URL", "redis://:hush@kv.example/0?socket_timeout=hush"),
        ("PORT", "hush"),
        ("PORT", "99999"),
    ],
)
def test_a_value_that_only_its_user_can_judge_stops_the_start_alike(operator: Operator, name: str, text: str) -> None:
    more = {"WARDKEY_SMTP_URL": "smtp://mail.example"} | {name: text}
    said = operator.refused("serve", *([] if name == "PORT" else ["--port", "0"]), code=2, **more)
    assert said.startswith(f"{name}: ")
    assert said.isprintable()
    assert "hush" not in said


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("203.0.113.1", "that is no address of this machine; choose another with --host."),
        ("no.such.host.invalid", "no.such.host.invalid is no address of this machine; choose another with --host."),
    ],
)
def test_an_address_that_is_not_ours_is_told(operator: Operator, host: str, said: str) -> None:
    assert operator.refused("serve", "--host", host, "--port", "0").endswith(said)


def test_the_port_comes_from_the_option_or_the_environment(operator: Operator) -> None:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        ports = [str(taken.getsockname()[1]) for taken in (one, other)]
        assert f"port {ports[0]}:" in operator.refused("serve", PORT=ports[0])
        assert f"port {ports[1]}:" in operator.refused("serve", "--port", ports[1], PORT=ports[0])


def test_a_request_under_way_is_answered_before_the_end(server: Process) -> None:
    host, port = url_of(server).removeprefix("http://").split(":")
    body = json.dumps({"email": "nobody@clinic.example", "password": PASSWORD})
    head = (
        f"POST /api/v1/sign-in/password HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), WAIT_S) as connection:
        connection.sendall(head.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        server.signal(signal.SIGTERM)
        server.says("ending")
        connection.sendall(body.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 401 ")
    assert server.ended() == 0


def test_log_lines_are_json_where_that_is_set_and_hold_no_secret(environment: dict[str, str]) -> None:
    with running("serve", "--port", "0", settings={**environment, "WARDKEY_LOG_FORMAT": "json"}) as server:
        url = server.says(r'"address":"(http://[\d.:]+)"')[1]
        httpx.post(f"{url}/api/v1/sign-in/password", json={"email": "ada@clinic.example", "password": PASSWORD}, timeout=WAIT_S)
        get(f"{url}/verify-email/hush-hush")
        server.signal(signal.SIGTERM)
        server.ended()
        lines = [json.loads(line) for line in server.err.splitlines()]
    assert [line["event"] for line in lines] == ["serving", "request", "request", "ending"]
    assert all({"at", "level", "event"} <= set(line) for line in lines)
    assert not any(secret in server.err for secret in ("hush", PASSWORD, "ada@clinic", environment["WARDKEY_SECRET_KEYS"]))


def test_a_server_without_a_worker_leaves_mail_to_the_worker(operator: Operator, environment: dict[str, str]) -> None:
    operator.has_practice()
    operator.has_account("ada@clinic.example")
    with mail_server() as (office, mail_port):
        settings = {
            **environment,
            "WARDKEY_SMTP_URL": f"smtp://127.0.0.1:{mail_port}",
            "WARDKEY_MAIL_FROM": "Clinic <no-reply@clinic.example>",
            "WARDKEY_WITH_WORKER": "false",
        }
        with running("serve", "--port", "0", settings=settings) as server:
            url = url_of(server)
            asked = httpx.post(f"{url}/api/v1/password-reset", json={"email": "ada@clinic.example"}, timeout=WAIT_S)
            assert asked.status_code == 202
        assert [kind for (kind,) in operator.rows("SELECT kind FROM outbox")] == ["password_reset"]
        with running("worker", settings=settings) as worker:
            assert office.has_mail.wait(WAIT_S)
            worker.signal(signal.SIGTERM)
            assert worker.ended() == 0
            assert worker.out == ""
    assert re.search("/reset-password/", str(office.messages[0].get_body(("plain",))))


def test_two_signals_end_it_at_once(server: Process) -> None:
    host, port = url_of(server).removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), WAIT_S) as connection:
        connection.sendall(b"POST /api/v1/sign-up HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n")
        connection.recv(100)
        server.signal(signal.SIGTERM)
        server.says("ending")
        server.signal(signal.SIGTERM)
        assert server.ended() == -signal.SIGTERM
