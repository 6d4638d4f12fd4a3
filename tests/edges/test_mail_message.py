"""What is written as mail is read by others as it was meant, whatever stands in it."""

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import compat32

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wardkey.edges.email.message import envelope, read_sender
from wardkey.ports import Mail, Rejected
from wardkey.settings import WrongSetting

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "Content-Language", "Auto-Submitted", "MIME-Version", "Content-Type"]
tricky = st.text(st.sampled_from('=?utf-8QBqb_\r\n\t :;,<>@"\\.ab1é日\u2028\x85\0 0aD')) | st.text()


@given(tricky, tricky, tricky)
@example("=?utf-8?q?a=0d=0aBcc:_x@y.example?=", "", "")
@example("x" * 3000, "\n.\n", "")
@example("é" * 500, "", "")
@example("  ", "", "")
def test_any_subject_and_text_gives_exactly_our_headers_or_is_rejected(subject: str, text: str, html: str) -> None:
    mail = Mail(to="ana@example.org", subject=subject, text=text, html=html, message_id="evt_1")
    try:
        written = envelope(mail, read_sender("Clinic <no-reply@clinic.example>"), NOON).message
    except Rejected:
        return
    assert written.isascii()
    assert max(map(len, written.split(b"\r\n"))) <= 998
    assert b"\n" not in written.replace(b"\r\n", b"")
    head = message_from_bytes(written, policy=compat32)
    assert head.keys() == HEADERS
    assert re.sub(r"\s+", " ", str(make_header(decode_header(head["Subject"])))) == re.sub(r"\s+", " ", subject.strip())
    assert [part.get_content_type() for part in head.walk()] == ["multipart/alternative", "text/plain", "text/html"]


@given(st.text(max_size=40) | st.emails())
def test_any_address_is_written_as_one_recipient_or_rejected(to: str) -> None:
    mail = Mail(to=to, subject="Hello", text="", html="", message_id="evt_1")
    try:
        written = envelope(mail, read_sender("no-reply@clinic.example"), NOON)
    except Rejected:
        return
    assert written.to.count("@") == 1
    assert not set(written.to) & set("\r\n<>, ")
    assert message_from_bytes(written.message, policy=compat32).keys() == HEADERS


@given(tricky)
@example('"=?utf-8?q?a=0d=0aBcc:_x@y.example?=" <no-reply@clinic.example>')
@example("=?utf-8?q?Cl=C3=ADnica?= <no-reply@clinic.example>")
def test_any_sender_setting_is_one_address_or_refused(text: str) -> None:
    try:
        sender = read_sender(text)
    except WrongSetting:
        return
    mail = Mail(to="ana@example.org", subject="Hello", text="", html="", message_id="evt_1")
    assert message_from_bytes(envelope(mail, sender, NOON).message, policy=compat32).keys() == HEADERS


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("Maple Street Clinic <no-reply@clinic.example>", "Maple Street Clinic <no-reply@clinic.example>"),
        ("Clínica Árbol <hola@clínica.example>", "=?utf-8?b?Q2zDrW5pY2Egw4FyYm9s?= <hola@xn--clnica-4va.example>"),
        ('"Maple, Inc." <a@b.example>', '"Maple, Inc." <a@b.example>'),
        ("a@b.example", "a@b.example"),
    ],
)
def test_the_sender_is_written_as_readers_expect(text: str, header: str) -> None:
    mail = Mail(to="ana@example.org", subject="Hello", text="", html="", message_id="evt_1")
    assert message_from_bytes(envelope(mail, read_sender(text), NOON).message, policy=compat32)["From"] == header
