"""The mail server's URL is read completely, or refused without being shown."""

from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wardkey.edges.email.smtp_url import SmtpServer, read_smtp_url
from wardkey.settings import WrongSetting


def server(**given: object) -> SmtpServer:
    usual: dict[str, object] = {"port": 587, "is_tls": False, "starttls": "auto", "username": None, "password": None}
    return SmtpServer(**{**usual, "ca": "", "is_verified": True, **given})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("smtp://mail.example", server(host="mail.example")),
        ("smtp://mail.example:25/", server(host="mail.example", port=25)),
        ("smtps://mail.example", server(host="mail.example", port=465, is_tls=True)),
        ("smtp://[2001:db8::1]:2525", server(host="2001:db8::1", port=2525)),
        ("smtp://u:p@mail.example", server(host="mail.example", username="u", password="p", starttls="required")),
        ("smtp://u@mail.example", server(host="mail.example", username="u", password="", starttls="required")),
        ("smtp://u:p@h?starttls=never", server(host="h", username="u", password="p", starttls="never")),
        ("smtp://h?starttls=required&verify=no", server(host="h", starttls="required", is_verified=False)),
    ],
)
def test_each_part_has_its_meaning(url: str, read: SmtpServer) -> None:
    assert read_smtp_url(url) == read


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1),
    st.text(st.characters(codec="utf-8", exclude_characters="\0")),
)
def test_any_user_and_password_can_be_percent_encoded(user: str, password: str) -> None:
    read = read_smtp_url(f"smtp://{quote(user, safe='')}:{quote(password, safe='')}@mail.example")
    assert (read.username, read.password, read.host) == (user, password, "mail.example")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://:25",
        "smtp://mail.example:port",
        "smtp://mail.example:99999",
        "smtp://[::1",
        "smtp://mail.example/path",
        "smtp://mail.example#part",
        "smtp://mail.example?starttls=maybe",
        "smtp://mail.example?tls=yes",
        "smtp://mail.example?verify",
        "smtp://:geheim@mail.example",
        "smtp://a%00b:geheim@mail.example",
    ],
)
def test_what_cannot_work_is_refused_by_the_name_of_its_setting(url: str) -> None:
    with pytest.raises(WrongSetting, match=r"^WARDKEY_SMTP_URL: ") as refused:
        read_smtp_url(url)
    assert "geheim" not in str(refused.value)


@given(st.text() | st.text(st.sampled_from("smtp:/@?&=[]%.a1#")).map(lambda rest: f"smtp://{rest}"))
@example("smtp://a:b:c@d@e?ca=/")
def test_any_text_is_read_or_refused(url: str) -> None:
    try:
        read = read_smtp_url(url)
    except WrongSetting:
        return
    assert read.host
    assert 1 <= read.port <= 65_535


def test_a_file_of_authorities_is_looked_for(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    assert read_smtp_url(f"smtp://h?ca={tmp_path}/ca.pem").ca == f"{tmp_path}/ca.pem"
    with pytest.raises(WrongSetting, match="the file that `ca` names is not there"):
        read_smtp_url(f"smtp://h?ca={tmp_path}/other.pem")
