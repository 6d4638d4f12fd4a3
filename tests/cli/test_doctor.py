"""`wardkey doctor` finds what is wrong with an installation and says what to change."""

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.cli.command import Ended, Operator
from tests.cli.mail_server import mail_server
from tests.edges.post_office import Certificates
from tests.world import KEY, NOON
from wardkey.settings import Settings
from wardkey.surfaces.cli.doctor import Check, judge
from wardkey.surfaces.cli.installation import DataFile, Examined, SchemaState

GOOD = Settings(
    public_url="https://id.clinic.example",
    secret_keys=(KEY,),
    smtp_url="smtps://mail.clinic.example",
    kv_url="valkey://kv.clinic.example:6379/0",
    mail_from="Clinic <no-reply@clinic.example>",
)
WELL = Examined(
    now=NOON,
    is_clock_synchronised=True,
    database_fault="",
    schema=SchemaState(current="0001", needed="0001"),
    keys_fault="",
    key_count=1,
    mail_fault="",
    kv_fault="",
    data_files=(DataFile(name="geoip-city.mmdb", fault="", built_at=NOON - timedelta(days=3)),),
    open_files=(),
    hashing="argon2-cffi-bindings 26",
)
NAMES = [
    "settings",
    "database",
    "tables",
    "keys",
    "mail",
    "text messages",
    "counters",
    "geoip-city.mmdb",
    "clock",
    "public address",
    "passkeys",
    "files",
    "hashing",
]


def faults(checks: list[Check]) -> list[tuple[str, str]]:
    """Name and state of each check that is not well."""
    return [(check.name, check.state) for check in checks if check.state != "ok"]


def test_a_good_installation_has_nothing_to_complain_of() -> None:
    checks = judge(GOOD, WELL)
    assert [check.name for check in checks] == NAMES
    assert faults(checks) == []


@pytest.mark.parametrize(
    ("settings", "found", "fault"),
    [
        ({}, {"database_fault": "connection refused error", "schema": None}, ("database", "problem")),
        ({}, {"schema": SchemaState(current=None, needed="0001")}, ("tables", "problem")),
        ({}, {"schema": SchemaState(current="0000", needed="0001")}, ("tables", "problem")),
        ({}, {"schema": SchemaState(current="0001", needed="0001", differences=("more",))}, ("tables", "problem")),
        ({}, {"keys_fault": "WARDKEY_SECRET_KEYS: needs at least one key"}, ("keys", "problem")),
        ({}, {"mail_fault": None}, ("mail", "problem")),
        ({}, {"mail_fault": "no answer"}, ("mail", "problem")),
        ({}, {"texts_fault": "WARDKEY_SMS_URL: needs two parts"}, ("text messages", "problem")),
        ({"mail_from": "Wardkey <no-reply@localhost>"}, {}, ("mail", "warning")),
        ({}, {"kv_fault": "no answer"}, ("counters", "problem")),
        ({}, {"data_files": (DataFile(name="places", fault="no such file"),)}, ("places", "warning")),
        ({}, {"data_files": (DataFile(name="places", fault="", built_at=NOON - timedelta(days=61)),)}, ("places", "warning")),
        ({}, {"is_clock_synchronised": False}, ("clock", "warning")),
        ({}, {"now": NOON - timedelta(days=365), "data_files": ()}, ("clock", "problem")),
        ({"public_url": "http://127.0.0.1:8080"}, {}, ("public address", "warning")),
        ({"public_url": "http://localhost"}, {}, ("public address", "warning")),
        ({"public_url": "http://[::1]:8080"}, {}, ("public address", "warning")),
        ({"public_url": "http://id.clinic.example"}, {}, ("public address", "problem")),
        ({"public_url": "https://203.0.113.9"}, {}, ("passkeys", "warning")),
        ({}, {"open_files": ("/etc/wardkey.toml",)}, ("files", "problem")),
    ],
)
def test_each_fault_is_found_alone_and_with_advice(
    settings: dict[str, Any], found: dict[str, Any], fault: tuple[str, str]
) -> None:
    checks = judge(replace(GOOD, **settings), replace(WELL, **found))
    assert faults(checks) == [fault]
    (check,) = (check for check in checks if check.state != "ok")
    assert check.says.endswith((".", "more"))
    assert check.advice or check.name == "tables"


@pytest.mark.parametrize("found", [{"kv_fault": None}, {"is_clock_synchronised": None}, {"key_count": 2}])
def test_what_is_left_out_on_purpose_is_no_fault(found: dict[str, Any]) -> None:
    assert faults(judge(GOOD, replace(WELL, **found))) == []


def test_the_services_for_text_messages_are_named_in_the_order_in_which_they_are_tried() -> None:
    (check,) = (c for c in judge(GOOD, replace(WELL, text_senders=("twilio", "sns"))) if c.name == "text messages")
    assert check.says == "Sent by twilio, then sns; the spending guard is at “observe”."


def checked(ended: Ended) -> dict[str, tuple[str, str]]:
    """Name to state and finding, from JSON."""
    return {check["name"]: (check["state"], check["says"]) for check in ended.data}


def test_a_real_installation_is_looked_over(operator: Operator, environment: dict[str, str]) -> None:
    Path(environment["WARDKEY_DATABASE_URL"].removeprefix("sqlite:///")).chmod(0o600)
    with mail_server() as (office, port):
        more = {
            "WARDKEY_SMTP_URL": f"smtp://127.0.0.1:{port}",
            "WARDKEY_MAIL_FROM": "Clinic <no-reply@clinic.example>",
            "WARDKEY_PUBLIC_URL": "https://id.clinic.example",
        }
        ended = operator("doctor", "--json", **more)
        assert {name: state for name, (state, _) in checked(ended).items() if state != "ok"}.keys() <= {
            "geoip-city.mmdb",
            "clock",
        }
        assert (ended.code, ended.err) == (0, "")
        assert operator("doctor", **more).out.splitlines()[0].split() == ["check", "what", "was", "found"]
    assert office.hellos
    assert office.arrived == []


def test_no_secret_is_ever_shown(operator: Operator, tmp_path: Path) -> None:
    (tmp_path / "smtp").write_text("smtp://clinic:hush-hush@127.0.0.1:1")
    more = {
        "WARDKEY_DATABASE_URL": "postgresql://clinic:hush-hush@127.0.0.1:1/wardkey",
        "WARDKEY_SMTP_URL_FILE": str(tmp_path / "smtp"),
        "WARDKEY_KV_URL": "valkey://:hush-hush@127.0.0.1:1/0",
    }
    for arguments in (["doctor"], ["doctor", "--json"]):
        ended = operator(*arguments, **more)
        assert ended.code == 1
        assert "hush" not in ended.out + ended.err
        assert KEY not in ended.out + ended.err
    found = checked(operator("doctor", "--json", **more))
    assert [found[name][0] for name in ("database", "mail", "counters")] == ["problem"] * 3


def test_a_mail_server_that_cannot_prove_who_it_is_is_a_problem(operator: Operator, tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)
    with mail_server(tls=certificates.localhost) as (office, port):
        address = f"smtps://localhost:{port}"
        assert checked(operator("doctor", "--json", WARDKEY_SMTP_URL=address))["mail"][0] == "problem"
        trusted = operator("doctor", "--json", WARDKEY_SMTP_URL=f"{address}?ca={certificates.authority}")
        assert checked(trusted)["mail"] == ("warning", "The server answers; the sender is at localhost.")
    assert office.logins == []


def test_wrong_settings_are_the_only_finding(operator: Operator) -> None:
    ended = operator("doctor", "--json", WARDKEY_DATABASE_POOL="hush")
    assert ended.code == 1
    assert checked(ended) == {"settings": ("problem", "WARDKEY_DATABASE_POOL: needs a whole number from 1 to 200")}


@pytest.mark.parametrize(
    ("more", "name", "says"),
    [
        ({"WARDKEY_SECRET_KEYS": ""}, "keys", "WARDKEY_SECRET_KEYS: needs at least one key"),
        ({"WARDKEY_SECRET_KEYS": "short"}, "keys", "WARDKEY_SECRET_KEYS: key 1 is not 32 random bytes"),
        ({"WARDKEY_SMTP_URL": "smtp://x?starttls=perhaps"}, "mail", "The server does not take mail: WARDKEY_SMTP_URL:"),
        (
            {"WARDKEY_SMTP_URL": "smtp://x", "WARDKEY_MAIL_FROM": "nobody"},
            "mail",
            "The server does not take mail: WARDKEY_MAIL_FROM:",
        ),
        (
            {"WARDKEY_DATABASE_URL": "sqlite:////no/such/place/w.sqlite3"},
            "database",
            "It does not answer: there is no such file yet",
        ),
        ({}, "mail", "No mail server is set."),
    ],
)
def test_what_cannot_work_is_found(operator: Operator, more: dict[str, str], name: str, says: str) -> None:
    ended = operator("doctor", "--json", **more)
    assert ended.code == 1
    state, said = checked(ended)[name]
    assert (state, said.startswith(says)) == ("problem", True), said


def test_tables_that_are_not_those_of_this_release_are_found(operator: Operator) -> None:
    with closing(sqlite3.connect(operator.url.removeprefix("sqlite:///"))) as connection, connection:
        connection.execute("DROP TABLE links")
    state, said = checked(operator("doctor", "--json"))["tables"]
    assert state == "problem"
    assert "links" in said


def test_files_that_others_can_read_are_found(operator: Operator, environment: dict[str, str], tmp_path: Path) -> None:
    database = Path(environment["WARDKEY_DATABASE_URL"].removeprefix("sqlite:///"))
    database.chmod(0o644)
    config = tmp_path / "wardkey.toml"
    config.write_text("brand_name = 'Maple'")
    config.chmod(0o640)
    ended = operator("doctor", "--json", WARDKEY_CONFIG=str(config))
    found = [check["advice"] for check in ended.data if check["name"] == "files"]
    assert found == [f"Run `chmod 600 {config}`.", f"Run `chmod 600 {database}`."]
    assert json.dumps(ended.data).count("problem") >= 2
