"""The document is taken at its word: thousands of right and wrong requests are made from it, and each answer is held to it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx
import msgspec
import pytest
from structlog.testing import capture_logs

from tests.api.program import KEY, copied
from tests.api.served import Served, serving
from wardkey.accounts.rules import MfaMode
from wardkey.settings import LimitSettings
from wardkey.surfaces.api.examples import EMAIL, PASSWORD

CONFIG: Final = Path(__file__).with_name("schemathesis.toml")
SEED: Final = "20261124"
ENDING: Final = ("signOut", "endSession", "removeMethod", "forgetDevice", "endTrust", "endAllTrust")
"""What ends the session that everything else is asked with, or what other operations lead to, and so has a run of its own."""
WIDE: Final = {
    n: 1_000_000
    for n in msgspec.structs.asdict(LimitSettings())
    if n.startswith(("fail", "sign_ups", "mails", "reset", "text", "passkey"))
}


@pytest.fixture(scope="module")
def served(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A served practice in which the person of the document's examples has an account."""
    url = copied(sqlite_template, tmp_path_factory.mktemp("schemathesis"))
    with capture_logs(), serving(url, limits=LimitSettings(**WIDE)) as opened:
        clinic = opened.run(opened.practice.add_organization(mfa_mode=MfaMode.OPTIONAL))
        opened.run(opened.practice.add_person(EMAIL, PASSWORD, organization=clinic, totp_key=KEY, recovery_code=True))
        opened.run(opened.practice.add_person("other@example.org"))
        yield opened


def signed_in(served: Served, email: str) -> str:
    """The token of a fresh session."""
    sent = {"email": email, "password": PASSWORD if email == EMAIL else "violet teapot on the windowsill"}
    shown = httpx.post(f"{served.base}/api/v1/sign-in/password", json=sent).json()
    if shown["step"]["kind"] == "mfa":
        code = {"method": "totp", "code": served.practice.code(KEY)}
        shown = httpx.post(f"{served.base}/api/v1/sign-in/{shown['attempt']}/mfa", json=code).json()
    token: str = shown["step"]["session_token"]
    return token


def explore(served: Served, token: str, folder: Path, *options: str) -> str:
    """One run of schemathesis with all its checks; what it says where it finds anything."""
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run", f"{served.base}/api/openapi.json"]
    command += [
        "--seed",
        SEED,
        "--header",
        f"Authorization: Bearer {token}",
        "--checks",
        "all",
        "--no-color",
        "--warnings",
        "off",
        *options,
    ]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=110, check=False)
    return "" if ran.returncode == 0 else ran.stdout[-20_000:] + ran.stderr[-2_000:]


def test_every_operation_answers_as_the_document_says(served: Served, tmp_path: Path) -> None:
    left_out = [option for operation in ENDING for option in ("--exclude-operation-id", operation)]
    wrong = explore(served, signed_in(served, EMAIL), tmp_path, "--max-examples", "15", "--max-time", "45", *left_out)
    assert not wrong, wrong


def test_so_do_those_that_end_something(served: Served, tmp_path: Path) -> None:
    only = [option for operation in ENDING for option in ("--include-operation-id", operation)]
    single = ("--phases", "examples,coverage,fuzzing", "--max-examples", "5", "--max-time", "10")
    wrong = explore(served, signed_in(served, "other@example.org"), tmp_path, *single, *only)
    assert not wrong, wrong
