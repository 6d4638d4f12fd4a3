"""One command, and a practice is there to try everything with; ended, nothing of it is left."""

import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.process import WAIT_S, Process, clean_environment, get, running

ACCOUNTS = ["owner", "admin", "provider", "provider", "staff", "staff", "client", "client", "client"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def demo(folder: Path) -> Iterator[Process]:
    """A demo on a free port, in a temporary directory of its own, begun with settings that it must not use."""
    settings = {
        "TMPDIR": str(folder),
        "WARDKEY_DATABASE_URL": "postgresql://real:installation@db.invalid/wardkey",
        "WARDKEY_SMTP_URL": "smtp://mail.invalid",
        "WARDKEY_BRAND_NAME": "Maple ID",
    }
    with running("demo", "--port", "0", "--credentials", str(folder / "accounts.json"), settings=settings) as process:
        process.says(r"3\. ")
        yield process


@pytest.fixture(scope="module")
def url(demo: Process) -> str:
    return demo.says(r"(http://127\.0\.0\.1:\d+)/sign-in")[1]


@pytest.fixture(scope="module")
def accounts(folder: Path, demo: Process) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads((folder / "accounts.json").read_text())
    return found


def password_of(accounts: list[dict[str, str]], email: str) -> str:
    return next(account["password"] for account in accounts if account["email"] == email)


def sign_in(url: str, email: str, password: str) -> dict[str, Any]:
    """The first answer to an address and a password, over the API."""
    answer = httpx.post(f"{url}/api/v1/sign-in/password", json={"email": email, "password": password}, timeout=WAIT_S)
    found: dict[str, Any] = answer.json()
    return found


def test_it_serves_the_pages_it_names(demo: Process, url: str) -> None:
    for path in re.findall(rf"{url}(/[\w/-]+)", demo.out):
        assert get(url + path).status_code == 200, path
    assert "Maple ID" in get(f"{url}/sign-in").text


def test_it_prints_every_account_with_what_signs_it_in(demo: Process, accounts: list[dict[str, str]]) -> None:
    for account in accounts:
        line = next(line for line in demo.out.splitlines() if account["email"] in line)
        assert account["password"] in line
        assert account["role"] in line
    assert "\x1b" not in demo.out
    assert demo.err == ""


def test_the_file_of_accounts_holds_what_was_pinned(folder: Path, accounts: list[dict[str, str]]) -> None:
    assert [account["role"] for account in accounts] == ACCOUNTS
    assert {tuple(account) for account in accounts} == {("email", "password", "role", "organization")}
    assert {account["organization"] for account in accounts} == {"Maple Street Clinic"}
    assert len({account["password"] for account in accounts}) == len(accounts)
    assert (folder / "accounts.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.spec("MFA-7")
def test_each_account_meets_the_step_that_is_printed_for_it(url: str, accounts: list[dict[str, str]]) -> None:
    steps = {a["email"]: sign_in(url, a["email"], a["password"])["step"]["kind"] for a in accounts}
    expected = {a["email"]: "done" if a["role"] == "client" else "enroll_mfa" for a in accounts}
    assert steps == {**expected, "ada@maple.example": "mfa"}


def answered(url: str, accounts: list[dict[str, str]], method: str, code: str) -> dict[str, Any]:
    """The provider with MFA signs in, and answers the challenge."""
    begun = sign_in(url, "ada@maple.example", password_of(accounts, "ada@maple.example"))
    path = f"{url}/api/v1/sign-in/{begun['attempt']}/mfa"
    found: dict[str, Any] = httpx.post(path, json={"method": method, "code": code}, timeout=WAIT_S).json()
    return found


def test_the_printed_command_gives_a_code_that_is_right(demo: Process, url: str, accounts: list[dict[str, str]]) -> None:
    command = demo.says(r"oathtool --totp -b \w+")[0]
    code = subprocess.run(command.split(), capture_output=True, text=True, check=True).stdout.strip()
    assert answered(url, accounts, "totp", code)["step"]["kind"] == "done"


def test_the_printed_recovery_code_is_right(demo: Process, url: str, accounts: list[dict[str, str]]) -> None:
    code = demo.says(r"recovery code:\s+([\w-]+)")[1]
    assert answered(url, accounts, "recovery_code", code)["step"]["kind"] == "new_recovery_code"


def test_mail_is_shown_instead_of_sent(url: str) -> None:
    httpx.post(f"{url}/api/v1/password-reset", json={"email": "lena@mail.example"}, timeout=WAIT_S)
    deadline = time.monotonic() + WAIT_S
    sent: list[dict[str, str]] = []
    while not any(message["to"] == "lena@mail.example" for message in sent):
        assert time.monotonic() < deadline
        sent = get(f"{url}/demo/outbox.json").json()
    assert {tuple(message) for message in sent} == {("id", "channel", "to", "subject", "text", "html", "sent_at")}
    assert "/reset-password/" in sent[0]["text"]


def test_its_data_is_for_its_owner_alone(demo: Process, folder: Path) -> None:
    (own,) = folder.glob("wardkey-demo-*")
    files = [own, *own.iterdir()]
    assert [path.name for path in files if path.stat().st_mode & 0o077] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_it_ends_well_and_leaves_nothing_behind(tmp_path: Path, number: signal.Signals) -> None:
    with running("demo", "--port", "0", settings={"TMPDIR": str(tmp_path)}) as process:
        url = process.says(r"(http://127\.0\.0\.1:\d+)/sign-in")[1]
        assert get(f"{url}/healthz").status_code == 200
        assert list(tmp_path.iterdir()) != []
        process.signal(number)
        assert process.ended() == 0
        assert process.err == ""
    assert list(tmp_path.iterdir()) == []


def test_it_ends_well_even_before_it_is_there(tmp_path: Path) -> None:
    with running("demo", "--port", "0", settings={"TMPDIR": str(tmp_path)}) as process:
        while not list(tmp_path.iterdir()):
            os.sched_yield()
        process.signal(signal.SIGTERM)
        assert process.ended() == 0
        assert process.err == ""
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_is_taken_is_told_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with running("demo", settings={"PORT": str(port)}) as process:
            assert process.ended() == 1
            assert process.err == f"Cannot listen on 127.0.0.1 port {port}: another program has it; choose another with --port.\n"


def test_accounts_that_cannot_be_written_are_told_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "no" / "accounts.json"
    with running("demo", "--port", "0", "--credentials", str(file), settings={"TMPDIR": str(tmp_path)}) as process:
        assert process.ended() == 1
        assert process.err == f"{file} is no file that can be written.\n"
    assert list(tmp_path.iterdir()) == []


def test_make_demo_runs_the_command() -> None:
    makefile = Path(__file__).parents[2] / "Makefile"
    done = subprocess.run(
        ["make", "-n", "-f", str(makefile), "demo", "PORT=9000", "DEMO_ARGS=--credentials x.json"],
        capture_output=True, text=True, check=True, cwd=makefile.parent, env=clean_environment({}),
    )  # fmt: skip
    assert "exec .venv/bin/wardkey demo --port 9000 --credentials x.json" in done.stdout
