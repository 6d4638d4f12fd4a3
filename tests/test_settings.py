"""Settings come from the environment and a TOML file; what cannot work is told in one line that never shows the value."""

import string
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardkey.environment import documented, name_of, need_of, read_settings, settable
from wardkey.settings import Argon2Settings, Settings, WrongSetting, check_settings

KEY = b64encode(bytes(range(32))).decode()
HUSH = "hush-hush"
NAMES = [name for name, _ in documented()]


def refused(environment: dict[str, str]) -> str:
    """What is said about settings that cannot work."""
    with pytest.raises(WrongSetting) as told:
        read_settings(environment)
    return str(told.value)


def toml(tmp_path: Path, text: str) -> dict[str, str]:
    """The environment that names a TOML file."""
    path = tmp_path / "wardkey.toml"
    path.write_text(text, encoding="utf-8")
    return {"WARDKEY_CONFIG": str(path)}


def test_nothing_set_gives_the_defaults() -> None:
    assert read_settings({"PATH": "/usr/bin", "PORT": "x"}) == Settings()


@pytest.mark.parametrize(
    ("name", "text", "path", "value"),
    [
        ("PUBLIC_URL", "https://id.clinic.example", "public_url", "https://id.clinic.example"),
        ("DATABASE_URL", "postgresql://w:p@db.example:5433/wardkey?sslmode=require", "database_url", ...),
        ("DATABASE_URL", "postgresql:///wardkey?host=/run/postgresql", "database_url", ...),
        ("KV_URL", "valkey://:secret@kv.example:6379/0", "kv_url", ...),
        ("SECRET_KEYS", f"{KEY},  {KEY}\n", "secret_keys", (KEY, KEY)),
        ("SMTP_URL", "smtps://mail.example:465", "smtp_url", ...),
        (
            "SMS_URL",
            "twilio://AC1:t@api.twilio.example?from=+15550100, gateway+https://s@sms.clinic.example/send\n",
            "sms_url",
            ("twilio://AC1:t@api.twilio.example?from=+15550100", "gateway+https://s@sms.clinic.example/send"),
        ),
        ("TRUSTED_PROXIES", "10.0.0.0/8, 2001:db8::1 ,", "trusted_proxies", ("10.0.0.0/8", "2001:db8::1")),
        ("TRUSTED_PROXIES", "", "trusted_proxies", ()),
        ("BRAND_NAME", " Maple ID ", "brand_name", "Maple ID"),
        ("LOG_FORMAT", "json", "log_format", "json"),
        ("WITH_WORKER", "False", "with_worker", False),
        ("WITH_WORKER", "1", "with_worker", True),
        ("ARGON2_THREADS", "4", "argon2.threads", 4),
        ("SESSION_HOURS", "0.5", "session.hours", 0.5),
        ("MFA_COVERED_ROLES", "owner,client", "mfa.covered_roles", ("owner", "client")),
        ("PUBLIC_URL", "http://[::1]:8080/", "public_url", ...),
    ],
)
def test_each_kind_of_setting_is_read_from_the_environment(name: str, text: str, path: str, value: object) -> None:
    found: Any = read_settings({f"WARDKEY_{name}": text})
    for part in path.split("."):
        found = getattr(found, part)
    assert found == (text if value is ... else value)


def test_a_file_holds_the_same_settings_and_the_environment_wins(tmp_path: Path) -> None:
    environment = toml(
        tmp_path,
        f"""
        brand_name = "From the file"
        public_url = "https://file.example"
        secret_keys = ["{KEY}"]
        with_worker = false
        [session]
        hours = 2
        warn_s = 60
        """,
    )
    settings = read_settings({**environment, "WARDKEY_BRAND_NAME": "From outside", "WARDKEY_SESSION_WARN_S": "90"})
    assert (settings.brand_name, settings.public_url) == ("From outside", "https://file.example")
    assert (settings.secret_keys, settings.with_worker) == ((KEY,), False)
    assert (settings.session.hours, settings.session.warn_s) == (2.0, 90)


def test_a_secret_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(f"{KEY}\n{KEY}\n")
    (tmp_path / "database").write_text("postgresql://w:p@db/wardkey\n")
    found = read_settings(
        {"WARDKEY_SECRET_KEYS_FILE": str(tmp_path / "keys"), "WARDKEY_DATABASE_URL_FILE": str(tmp_path / "database")}
    )
    assert (found.secret_keys, found.database_url) == ((KEY, KEY), "postgresql://w:p@db/wardkey")


WRONG = [
    ("PUBLIC_URL", ["", HUSH, "ftp://hush-hush", "https://", "https://hush-hush/path", "https://u:hush-hush@x", "http://x:0",
                    "http://x:99999", "HTTPS://hush-hush", "https://hush-hush?x=1", "https://hush hush"]),
    ("DATABASE_URL", ["", HUSH, "sqlite:///", "sqlite://hush-hush", "mysql://u:hush-hush@x/y", "postgresql://u:hush-hush@[x/y",
                      "postgresql://u:hush-hush@x:port/y"]),
    ("KV_URL", [HUSH, "memcached://hush-hush", "redis://:hush-hush@x:port", "valkey://"]),
    ("SECRET_KEYS", ["a\x00hush-hush", "hush-hush\x07"]),
    ("SMTP_URL", [HUSH, "http://hush-hush", "smtp://u:hush-hush@x:port", "smtp://"]),
    ("SMS_URL", [HUSH, "https://hush-hush", "twilio://AC1:hush-hush@x,hush", "sns://", "vonage://k:hush-hush@x:port",
                 "gateway+http://hush-hush@x"]),
    ("MAIL_FROM", ["Clinic\nBcc: hush-hush <a@b.example>", "hush-hush\x7f"]),
    ("TRUSTED_PROXIES", [HUSH, "10.0.0.0/33", "10.0.0.1;hush-hush", "*"]),
    ("DATA_DIR", ["", "hush-hush\x00"]),
    ("BRAND_NAME", ["", "   ", "x" * 61, "hush\nhush", "hush\u202ehush"]),
    ("LOG_FORMAT", ["", HUSH, "JSON"]),
    ("WITH_WORKER", ["", HUSH, "yes", "2"]),
    ("DATABASE_POOL", ["", HUSH, "0", "201", "1.5", "١"]),
    ("ARGON2_MEMORY_KIB", [HUSH, "7167", "8192", "9999999"]),
    ("ARGON2_PASSES", [HUSH, "0", "1", "65"]),
    ("ARGON2_THREADS", [HUSH, "0", "65", "-1"]),
    ("SESSION_HOURS", [HUSH, "0", "-1", "24.1", "nan", "inf", "1e999"]),
    ("SESSION_WARN_S", [HUSH, "9", "1801", "60s"]),
    ("LINKS_VERIFY_DAYS", [HUSH, "0", "31"]),
    ("LINKS_RESET_MINUTES", [HUSH, "0", "1441"]),
    ("PASSWORD_MINIMUM_ALONE", [HUSH, "7", "65"]),
    ("PASSWORD_MINIMUM_WITH_MFA", [HUSH, "7", "16", "65"]),
    ("PASSWORD_MAXIMUM", [HUSH, "63", "1025"]),
    ("MFA_RECOVERY_CODES", [HUSH, "0", "17"]),
    ("MFA_COVERED_ROLES", [HUSH, "owner,hush-hush"]),
    ("LIMITS_FAILURES_PER_NETWORK", [HUSH, "0", "1000001"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in WRONG for text in texts])
def test_a_wrong_value_is_told_by_name_and_need_in_one_line_without_the_value(name: str, text: str) -> None:
    said = refused({f"WARDKEY_{name}": text})
    group = name.partition("_")[0]
    assert said.startswith(f"WARDKEY_{group}")
    assert ": needs " in said
    assert said.isprintable()
    assert "hush" not in said


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_refuses_what_it_cannot_read(name: str) -> None:
    assert refused({name: f"{HUSH}\x00"}).startswith(f"{name}: needs ")


@pytest.mark.parametrize(
    "name", ["WARDKEY_SECRET_KEYS", "WARDKEY_DATABASE_URL", "WARDKEY_SMTP_URL", "WARDKEY_SMS_URL", "WARDKEY_KV_URL"]
)
def test_a_file_that_cannot_be_read_is_told_by_its_own_name(name: str, tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"\xff\xfe hush")
    for path in (str(tmp_path / "none"), str(tmp_path), str(tmp_path / "latin"), "\x00", ""):
        assert refused({f"{name}_FILE": path}) == f"{name}_FILE: needs the path of a text file that can be read"


def test_a_setting_and_its_file_together_are_refused(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(KEY)
    said = refused({"WARDKEY_SECRET_KEYS": KEY, "WARDKEY_SECRET_KEYS_FILE": str(tmp_path / "keys")})
    assert said == "WARDKEY_SECRET_KEYS: needs to be set here or by WARDKEY_SECRET_KEYS_FILE, not by both"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("WARDKEY_DATABSE_URL", "WARDKEY_DATABSE_URL: no such setting; did you mean WARDKEY_DATABASE_URL?"),
        ("WARDKEY_ANYTHING", "WARDKEY_ANYTHING: no such setting; docs/settings.md lists those there are"),
        ("WARDKEY_IS_DEMO", "WARDKEY_IS_DEMO: no such setting; docs/settings.md lists those there are"),
        ("WARDKEY_BRAND_NAME_FILE", "WARDKEY_BRAND_NAME_FILE: no such setting; did you mean WARDKEY_BRAND_NAME?"),
        ("WARDKEY_\x1b[31mRED", "WARDKEY_[31mRED: no such setting; docs/settings.md lists those there are"),
    ],
)
def test_a_name_that_is_no_setting_is_refused_with_the_one_that_was_meant(name: str, said: str) -> None:
    assert refused({name: HUSH}) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("brand_name = ", "WARDKEY_CONFIG: needs a file in TOML; this one is not, at end of document"),
        ("x = 1\nbrand_name: hush-hush", "WARDKEY_CONFIG: needs a file in TOML; this one is not, at line 2, column 11"),
        ("brand_nme = 'hush-hush'", "WARDKEY_CONFIG: no such setting `brand_nme`; did you mean brand_name?"),
        ("is_demo = true", "WARDKEY_CONFIG: no such setting `is_demo`; docs/settings.md lists those there are"),
        ("[session]\nhour = 3", "WARDKEY_CONFIG: no such setting `session.hour`; did you mean session.hours?"),
        ("session = 'hush-hush'", "WARDKEY_CONFIG: needs [session] as a table, with its settings below it"),
        ("[brand_name]\nx = 1", "WARDKEY_BRAND_NAME: needs a text"),
        ("[session]\nhours = 'hush-hush'", "WARDKEY_SESSION_HOURS: needs a number above 0 and at most 24"),
        ("secret_keys = 'hush-hush'", "WARDKEY_SECRET_KEYS: needs a list, separated by commas"),
        ("secret_keys = [1979-05-27]", "WARDKEY_SECRET_KEYS: needs a list, separated by commas"),
        ("database_pool = 2.5", "WARDKEY_DATABASE_POOL: needs a whole number from 1 to 200"),
        ("public_url = 'hush-hush'", "WARDKEY_PUBLIC_URL: needs an address like https://signin.example.org, without a path"),
    ],
)
def test_a_wrong_file_is_told_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    assert refused(toml(tmp_path, text)).startswith(said)


def test_an_environment_is_read_over_a_file_whose_groups_are_wrong(tmp_path: Path) -> None:
    environment = {**toml(tmp_path, "argon2 = 5"), "WARDKEY_ARGON2_THREADS": "1"}
    assert refused(environment) == "WARDKEY_CONFIG: needs [argon2] as a table, with its settings below it"


@pytest.mark.parametrize("path", ["/no/such/file", "/", "\x00"])
def test_a_file_that_is_not_there_is_told(path: str) -> None:
    assert refused({"WARDKEY_CONFIG": path}) == "WARDKEY_CONFIG: needs the path of a text file that can be read"


@pytest.mark.parametrize(
    ("memory", "passes", "is_enough"),
    [
        (47_104, 1, True),
        (19_456, 2, True),
        (12_288, 3, True),
        (9_216, 4, True),
        (7_168, 5, True),
        (19_456, 1, False),
        (9_216, 3, False),
    ],
)
def test_a_hash_is_never_cheaper_than_owasp_advises(memory: int, passes: int, is_enough: bool) -> None:
    environment = {"WARDKEY_ARGON2_MEMORY_KIB": str(memory), "WARDKEY_ARGON2_PASSES": str(passes)}
    if is_enough:
        assert read_settings(environment).argon2 == Argon2Settings(memory_kib=memory, passes=passes)
    else:
        assert refused(environment).startswith("WARDKEY_ARGON2_MEMORY_KIB: needs more")


def test_what_code_sets_is_checked_as_well() -> None:
    assert read_settings({}, is_demo=True, public_url="http://127.0.0.1:9000").is_demo
    with pytest.raises(WrongSetting, match=r"^WARDKEY_PUBLIC_URL: needs"):
        check_settings(Settings(public_url="nowhere"))


def test_every_setting_is_documented_with_a_default_that_is_accepted() -> None:
    assert len(NAMES) == len(set(NAMES)) == len(list(settable()))
    assert "WARDKEY_IS_DEMO" not in NAMES
    for (where, hint), (name, default) in zip(settable(), documented(), strict=True):
        assert name == name_of(where)
        assert need_of(hint)
        text = ",".join(default) if isinstance(default, tuple) else str(default)
        assert read_settings({name: text}) == Settings()


TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)
VALUES = st.one_of(
    TEXTS,
    st.integers().map(str),
    st.floats().map(str),
    st.sampled_from(["true", "sqlite:///x", "https://x", "redis://x", "10.0.0.0/8", "json", KEY, ""]),
)
ENDINGS = st.sampled_from([*(name.removeprefix("WARDKEY_") for name in NAMES), "CONFIG", "SECRET_KEYS_FILE", "IS_DEMO"])
ENVIRONMENTS = st.dictionaries(
    st.one_of(ENDINGS, st.text(string.ascii_uppercase + "_", max_size=12)).map(lambda ending: f"WARDKEY_{ending}"),
    VALUES,
    max_size=6,
)


def outcome(environment: dict[str, str]) -> Settings | str:
    """The settings, or what is said about them."""
    try:
        return read_settings(environment)
    except WrongSetting as error:
        return str(error)


@given(ENVIRONMENTS)
def test_any_environment_gives_settings_or_one_line_that_names_a_variable(environment: dict[str, str]) -> None:
    found = outcome(environment)
    if isinstance(found, str):
        assert found.isprintable()
        assert found.partition(":")[0] in {*NAMES, *environment}


@given(st.sampled_from(NAMES), st.text(st.characters(codec="utf-8"), min_size=12, max_size=30))
def test_no_refusal_ever_shows_the_value(name: str, value: str) -> None:
    found = outcome({name: value})
    assert isinstance(found, Settings) or value not in found
