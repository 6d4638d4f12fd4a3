"""Mail goes out over real SMTP, encrypted and authenticated as set, and each failure says whether and how to try again."""

import asyncio
import re
import ssl
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import compat32
from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest

from tests.edges.post_office import Certificates, PostOffice, open_at
from wardkey.edges.clock import FrozenClock
from wardkey.edges.email.smtp import SmtpSender
from wardkey.ports import Deferred, Mail, MailSender, Rejected, Unreachable
from wardkey.settings import WrongSetting

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FROM = "Maple Street Clinic <no-reply@clinic.example>"
MAIL = Mail(
    to="ana@example.org",
    subject="Verify your email",
    text="Open https://clinic.example/verify?t=abc\n.\nA dot stood alone.\n",
    html="<p>Open <a href='https://clinic.example/verify?t=abc'>this</a></p>",
    message_id="evt_1.1@clinic.example",
)
LOGIN = "clinic%40mail:p%3As%2Fw%40rd%25@"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def office() -> PostOffice:
    return PostOffice()


def sender(url: str, mail_from: str = FROM, answer_within_s: float = 5, keep_for_s: float = 30) -> SmtpSender:
    return SmtpSender(url, mail_from, FrozenClock(NOON), answer_within_s=answer_within_s, keep_for_s=keep_for_s)


async def sent(url: str, *mails: Mail, mail_from: str = FROM) -> None:
    made = sender(url, mail_from)
    sends: MailSender = made
    try:
        for mail in mails or (MAIL,):
            await sends.send(mail)
    finally:
        await made.close()


def body_of(message: EmailMessage, kind: Literal["plain", "html"] = "plain") -> str:
    """One of the two bodies, with the line ends of the wire made those of Python."""
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


async def test_a_mail_arrives_as_text_and_html_with_the_headers_that_belong_to_it(office: PostOffice) -> None:
    async with open_at(office) as port:
        await sent(f"smtp://localhost:{port}", msgspec.structs.replace(MAIL, language="es"))
    envelope, message = office.arrived[0], office.messages[0]
    assert (envelope.mail_from, envelope.rcpt_tos) == ("no-reply@clinic.example", ["ana@example.org"])
    assert {name: message[name] for name in set(message) - {"Content-Type", "MIME-Version"}} == {
        "From": "Maple Street Clinic <no-reply@clinic.example>",
        "To": "ana@example.org",
        "Subject": "Verify your email",
        "Date": "Sun, 01 Mar 2026 12:00:00 +0000",
        "Message-ID": "<evt_1.1@clinic.example>",
        "Content-Language": "es",
        "Auto-Submitted": "auto-generated",
    }
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert body_of(message) == MAIL.text
    assert body_of(message, "html").strip() == MAIL.html
    assert office.hellos == ["clinic.example"]


async def test_a_message_id_is_completed_and_put_in_brackets_once(office: PostOffice) -> None:
    ids = ["evt_1", "evt_1@host.example", "<evt_1@host.example>"]
    async with open_at(office) as port:
        await sent(f"smtp://localhost:{port}", *(msgspec.structs.replace(MAIL, message_id=name) for name in ids))
    assert [m["Message-ID"] for m in office.messages] == [
        "<evt_1@clinic.example>",
        "<evt_1@host.example>",
        "<evt_1@host.example>",
    ]


async def test_letters_of_any_script_arrive_in_subject_name_and_text_over_seven_bits(office: PostOffice) -> None:
    mail = msgspec.structs.replace(
        MAIL, subject="Código de verificación: ñandú 日本語 🦉 " + "largo " * 30 + "fin", text="¿Fuiste tú? 日本語\n" * 40
    )
    async with open_at(office) as port:
        await sent(f"smtp://localhost:{port}", mail, mail_from="Clínica Árbol <no-reply@clinic.example>")
    message = office.messages[0]
    assert message["Subject"] == mail.subject
    assert message["From"].addresses[0].display_name == "Clínica Árbol"
    assert body_of(message) == mail.text
    content = office.arrived[0].original_content or b""
    assert content.isascii()
    assert max(map(len, content.splitlines())) <= 998


async def test_an_address_with_other_letters_is_sent_where_the_server_takes_it(office: PostOffice) -> None:
    mail = msgspec.structs.replace(MAIL, to="josé@example.org", subject="Código")
    async with open_at(office, enable_SMTPUTF8=True) as port:
        await sent(f"smtp://localhost:{port}", mail, MAIL)
    assert office.arrived[0].rcpt_tos == ["josé@example.org"]
    assert office.arrived[0].smtp_utf8
    assert not office.arrived[1].smtp_utf8
    assert office.messages[0]["To"] == "josé@example.org"
    assert office.messages[0]["Subject"] == "Código"


async def test_where_the_server_does_not_take_it_the_message_is_rejected_and_the_next_goes_out(office: PostOffice) -> None:
    async with open_at(office) as port:
        made = sender(f"smtp://localhost:{port}")
        with pytest.raises(Rejected, match="letters outside ASCII"):
            await made.send(msgspec.structs.replace(MAIL, to="josé@example.org"))
        await made.send(MAIL)
        await made.close()
    assert len(office.arrived) == 1


async def test_a_domain_with_other_letters_needs_nothing_of_the_server(office: PostOffice) -> None:
    async with open_at(office) as port:
        await sent(f"smtp://localhost:{port}", msgspec.structs.replace(MAIL, to="ana@clínica.example"))
    assert office.arrived[0].rcpt_tos == ["ana@xn--clnica-4va.example"]


@pytest.mark.parametrize(
    "change",
    [
        {"to": "ana@example.org\r\nBcc: eve@example.org"},
        {"to": "ana@example.org\nRCPT TO:<eve@example.org>"},
        {"to": "ana@example.org> SIZE=1 <eve@example.org"},
        {"to": "ana@example.org, eve@example.org"},
        {"to": "Ana <ana@example.org>"},
        {"to": "ana@example.org@eve.example"},
        {"to": ""},
        {"to": "ana"},
        {"to": "ana@"},
        {"to": "@example.org"},
        {"to": "ana@exam ple.org"},
        {"to": "ana@" + "ü" * 300 + ".example"},
        {"subject": "Hello\r\nBcc: eve@example.org"},
        {"subject": "Hello\nX: y"},
        {"subject": "Hello\rX: y"},
        {"subject": "Hello\x0bX: y"},
        {"subject": "Hello\x0cX: y"},
        {"subject": "Hello\x1eX: y"},
        {"subject": "Hello\x85X: y"},
        {"subject": "Hello\u2028X: y"},
        {"subject": "Hello\0"},
        {"subject": "Hello\ud800"},
        {"message_id": ""},
        {"message_id": "a b"},
        {"message_id": "a@b>\r\nBcc: eve@example.org"},
        {"language": "en\r\nBcc: eve@example.org"},
        {"text": "half a pair \ud800"},
    ],
)
async def test_nothing_can_be_put_into_headers_or_commands(office: PostOffice, change: dict[str, str]) -> None:
    async with open_at(office) as port:
        with pytest.raises(Rejected):
            await sent(f"smtp://localhost:{port}", msgspec.structs.replace(MAIL, **change))
    assert office.arrived == []


@pytest.mark.parametrize(
    "subject",
    ["=?utf-8?q?Hi=0d=0aBcc:_eve@example.org?=", "=?utf-8?b?SGkNCkJjYzogZXZlQGV4YW1wbGUub3Jn?= Ana", "=?utf-8?q?caf=C3=A9?="],
)
async def test_a_subject_that_pretends_to_be_encoded_is_read_as_it_was_written(office: PostOffice, subject: str) -> None:
    """Python's own EmailMessage decodes these, and writes what comes out as header lines."""
    async with open_at(office) as port:
        await sent(f"smtp://localhost:{port}", msgspec.structs.replace(MAIL, subject=subject))
    content = office.arrived[0].original_content or b""
    assert [line for line in content.splitlines() if line.startswith(b"Bcc")] == []
    assert str(make_header(decode_header(BytesParser(policy=compat32).parsebytes(content)["Subject"]))) == subject


async def test_a_text_that_looks_like_the_end_of_the_message_stays_text(office: PostOffice) -> None:
    mail = msgspec.structs.replace(MAIL, text="one\r\n.\r\nMAIL FROM:<eve@example.org>\r\n..two\n")
    async with open_at(office) as port:
        await sent(f"smtp://localhost:{port}", mail)
    assert len(office.arrived) == 1
    assert body_of(office.messages[0]).splitlines() == mail.text.splitlines()


async def test_starttls_is_used_where_offered(office: PostOffice, certificates: Certificates) -> None:
    async with open_at(office, tls_context=certificates.localhost) as port:
        await sent(f"smtp://localhost:{port}?ca={certificates.authority}")
    assert office.was_tls == [True]


async def test_starttls_is_left_alone_where_it_is_switched_off(office: PostOffice, certificates: Certificates) -> None:
    async with open_at(office, tls_context=certificates.localhost) as port:
        await sent(f"smtp://localhost:{port}?starttls=never")
    assert office.was_tls == [False]


async def test_without_starttls_nothing_is_sent_where_it_is_required(office: PostOffice) -> None:
    async with open_at(office) as port:
        with pytest.raises(Unreachable, match="STARTTLS"):
            await sent(f"smtp://localhost:{port}?starttls=required")
    assert office.arrived == []


async def test_a_password_never_travels_unencrypted(office: PostOffice) -> None:
    async with open_at(office, authenticator=office.log_in, auth_require_tls=False) as port:
        with pytest.raises(Unreachable, match="STARTTLS"):
            await sent(f"smtp://{LOGIN}localhost:{port}")
    assert office.logins == []


async def test_tls_from_the_start(office: PostOffice, certificates: Certificates) -> None:
    async with open_at(office, tls=certificates.localhost) as port:
        await sent(f"smtps://localhost:{port}?ca={certificates.authority}")
        await sent(f"smtps://127.0.0.1:{port}?ca={certificates.authority}")
    assert len(office.arrived) == 2


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_a_server_that_cannot_prove_its_name_gets_no_mail(
    office: PostOffice, certificates: Certificates, scheme: str
) -> None:
    def opening(context: ssl.SSLContext) -> dict[str, Any]:
        return {"tls": context} if scheme == "smtps" else {"tls_context": context}

    async with open_at(office, **opening(certificates.elsewhere)) as port:
        with pytest.raises(Unreachable, match=r"(?i)certificate"):
            await sent(f"{scheme}://localhost:{port}?ca={certificates.authority}")
    async with open_at(office, **opening(certificates.localhost)) as port:
        with pytest.raises(Unreachable, match=r"(?i)certificate"):
            await sent(f"{scheme}://localhost:{port}")
    assert office.arrived == []
    async with open_at(office, **opening(certificates.elsewhere)) as port:
        await sent(f"{scheme}://localhost:{port}?verify=no")
    assert len(office.arrived) == 1


async def test_user_and_password_of_the_url_log_in(office: PostOffice, certificates: Certificates) -> None:
    async with open_at(office, tls_context=certificates.localhost, authenticator=office.log_in, auth_required=True) as port:
        await sent(f"smtp://{LOGIN}localhost:{port}?ca={certificates.authority}")
    assert set(office.logins) == {b"clinic@mail:p:s/w@rd%"}
    assert len(office.arrived) == 1


async def test_a_wrong_password_keeps_mail_waiting_and_is_not_told(office: PostOffice, certificates: Certificates) -> None:
    async with open_at(office, tls_context=certificates.localhost, authenticator=office.log_in, auth_required=True) as port:
        with pytest.raises(Unreachable, match="535") as refused:
            await sent(f"smtp://clinic%40mail:hunter22@localhost:{port}?ca={certificates.authority}")
        assert "hunter22" not in str(refused.value)
        with pytest.raises(Unreachable, match="530"):
            await sent(f"smtp://localhost:{port}?ca={certificates.authority}")
    assert office.arrived == []


@pytest.mark.parametrize(
    ("command", "answer", "meaning"),
    [
        ("RCPT", "550 5.1.1 no such user", Rejected),
        ("RCPT", "450 4.2.0 greylisted", Deferred),
        ("RCPT", "452 4.5.3 too many", Deferred),
        ("RCPT", "530 5.7.0 log in first", Unreachable),
        ("RCPT", "421 4.3.2 closing", Unreachable),
        ("DATA", "554 5.7.1 not wanted", Rejected),
        ("DATA", "451 4.3.0 later", Deferred),
        ("DATA", "421 4.3.2 closing", Unreachable),
        ("MAIL", "451 4.3.0 later", Deferred),
        ("MAIL", "552 5.3.4 too large", Rejected),
        ("MAIL", "550 5.7.1 sender not allowed", Unreachable),
        ("MAIL", "530 5.7.0 log in first", Unreachable),
    ],
)
async def test_each_refusal_says_whether_the_message_or_the_server_is_at_fault(
    office: PostOffice, command: str, answer: str, meaning: type[Exception]
) -> None:
    async with open_at(office) as port:
        made = sender(f"smtp://localhost:{port}")
        office.answers[command] = [answer]
        with pytest.raises(meaning, match=re.escape(answer)):
            await made.send(MAIL)
        assert office.arrived == []
        await made.send(MAIL)
        await made.close()
    assert len(office.arrived) == 1
    assert office.connections == (2 if meaning is Unreachable else 1)


async def test_consecutive_mails_share_a_connection(office: PostOffice) -> None:
    async with open_at(office) as port:
        await sent(f"smtp://localhost:{port}", *[MAIL] * 5)
        assert (len(office.arrived), office.connections) == (5, 1)
        async with asyncio.timeout(5):
            await office.partings.acquire()


async def test_mails_handed_over_at_once_take_turns(office: PostOffice) -> None:
    async with open_at(office) as port:
        made = sender(f"smtp://localhost:{port}")
        await asyncio.gather(*(made.send(MAIL) for _ in range(10)))
        await made.close()
    assert (len(office.arrived), office.connections) == (10, 1)


async def test_an_idle_connection_is_given_up_politely(office: PostOffice) -> None:
    async with open_at(office) as port:
        made = sender(f"smtp://localhost:{port}", keep_for_s=0.01)
        await made.send(MAIL)
        async with asyncio.timeout(5):
            await office.partings.acquire()
        await made.send(MAIL)
        await made.close()
    assert (len(office.arrived), office.connections) == (2, 2)


@pytest.mark.parametrize(
    "answers", [{"NOOP": ["421 4.4.2 idle too long"]}, {"NOOP": ["500 what"]}, {"MAIL": ["421 4.7.0 enough mails"]}]
)
async def test_a_kept_connection_that_the_server_ends_costs_no_try(office: PostOffice, answers: dict[str, list[str]]) -> None:
    async with open_at(office) as port:
        made = sender(f"smtp://localhost:{port}")
        await made.send(MAIL)
        office.answers = answers
        await made.send(MAIL)
        await made.close()
    assert (len(office.arrived), office.connections) == (2, 2)


async def test_a_server_that_was_down_gets_the_mail_once_it_is_back(office: PostOffice) -> None:
    async with open_at(office) as port:
        made = sender(f"smtp://localhost:{port}")
        await made.send(MAIL)
    for _ in range(2):
        with pytest.raises(Unreachable, match="connect"):
            await made.send(MAIL)
    async with open_at(office, port=port):
        await made.send(MAIL)
        await made.close()
    assert len(office.arrived) == 2


async def test_a_connection_that_breaks_mid_way_is_tried_again_with_the_same_message_id(office: PostOffice) -> None:
    async with open_at(office) as port:
        made = sender(f"smtp://localhost:{port}")
        office.breaks_at_data = 1
        with pytest.raises(Unreachable):
            await made.send(MAIL)
        await made.send(MAIL)
        await made.close()
    assert [m["Message-ID"] for m in office.messages] == ["<evt_1.1@clinic.example>"]


async def test_a_server_that_says_nothing_is_given_up_in_time() -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    made = sender(f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}", answer_within_s=0.1)
    async with asyncio.timeout(5):
        with pytest.raises(Unreachable, match=r"[Tt]imed out"):
            await made.send(MAIL)
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize("greeting", [b"554 go away\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xff" * 100 + b"\r\n", b""])
async def test_what_is_no_mail_server_is_unreachable(greeting: bytes) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    made = sender(f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}", answer_within_s=1)
    with pytest.raises(Unreachable):
        await made.send(MAIL)
    server.close()
    await server.wait_closed()


async def test_a_send_that_is_cancelled_leaves_no_half_spoken_connection(office: PostOffice) -> None:
    reached = asyncio.Event()

    class Slow(PostOffice):
        async def handle_RCPT(self, *said: object) -> str:
            reached.set()
            await asyncio.sleep(60)
            return "250 OK"

    async with open_at(Slow()) as port:
        made = sender(f"smtp://localhost:{port}")
        sending = asyncio.create_task(made.send(MAIL))
        await reached.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
    async with open_at(office, port=port):
        await made.send(MAIL)
        await made.close()
    assert len(office.arrived) == 1


@pytest.mark.parametrize(
    "mail_from", ["", "Wardkey", "no-reply@", "@clinic.example", "A <a@b>, C <c@d>", "Clinic\r\nBcc: x@y <a@b.example>", "a b@c"]
)
def test_a_wrong_sender_is_refused_by_the_name_of_its_setting(mail_from: str) -> None:
    with pytest.raises(WrongSetting, match=r"^WARDKEY_MAIL_FROM: needs an address like"):
        SmtpSender("smtp://localhost", mail_from)


def test_an_authority_that_is_not_there_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(WrongSetting, match=r"^WARDKEY_SMTP_URL: the file that `ca` names is not there"):
        SmtpSender(f"smtp://localhost?ca={tmp_path}/missing.pem", FROM)
