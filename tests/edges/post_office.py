"""A real SMTP server for tests, with certificates of its own, that answers as it is told."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


class PostOffice:
    """What has arrived, and what is answered next: `answers` maps MAIL, RCPT, DATA and NOOP to answers, used up in order."""

    def __init__(self) -> None:
        self.arrived: list[Envelope] = []
        self.answers: dict[str, list[str]] = {}
        self.breaks_at_data = 0
        self.connections = 0
        self.hellos: list[str] = []
        self.logins: list[bytes] = []
        self.was_tls: list[bool] = []
        self.partings = asyncio.Semaphore(0)

    @property
    def messages(self) -> list[EmailMessage]:
        """What has arrived, as a mail reader reads it."""
        return [_read(envelope.original_content or b"") for envelope in self.arrived]

    def _answer(self, command: str, usual: str) -> str:
        queued = self.answers.get(command)
        return queued.pop(0) if queued else usual

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.hellos.append(hostname)
        return responses

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        answer = self._answer("MAIL", "250 OK")
        if answer.startswith("2"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return answer

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        answer = self._answer("RCPT", "250 OK")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.breaks_at_data:
            self.breaks_at_data -= 1
            _break(server)
            return "250 OK"
        answer = self._answer("DATA", "250 OK")
        if answer.startswith("2"):
            self.arrived.append(envelope)
            self.was_tls.append(session.ssl is not None)
        return answer

    async def handle_NOOP(self, server: SMTP, session: Session, envelope: Envelope, arg: str) -> str:
        return self._answer("NOOP", "250 OK")

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.partings.release()
        return "221 Bye"

    def log_in(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword) -> AuthResult:
        self.logins.append(data.login + b":" + data.password)
        return AuthResult(success=data.login == b"clinic@mail" and data.password == b"p:s/w@rd%", handled=False)


@asynccontextmanager
async def open_at(office: PostOffice, *, port: int = 0, tls: ssl.SSLContext | None = None, **options: Any) -> AsyncIterator[int]:
    """Keep the office open, and answer its port. `tls` encrypts from the start, `tls_context=` offers STARTTLS."""
    loop = asyncio.get_running_loop()
    spoken: list[SMTP] = []

    def meet() -> SMTP:
        office.connections += 1
        spoken.append(SMTP(office, loop=loop, hostname="mx.test", ident="test", **options))
        return spoken[-1]

    server = await loop.create_server(meet, "127.0.0.1", port, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for protocol in spoken:
            _break(protocol)
        await server.wait_closed()


def _break(protocol: SMTP) -> None:
    if isinstance(protocol.transport, asyncio.WriteTransport):
        protocol.transport.abort()


class Certificates:
    """An authority, and what it has certified: a server called localhost, and one by another name."""

    def __init__(self, folder: Path) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        self.authority = folder / "authority.pem"
        issued = _certificate("Test authority", key, "Test authority", key)
        self.authority.write_bytes(issued.public_bytes(Encoding.PEM))
        self.localhost = self._server(folder, key, "localhost")
        self.elsewhere = self._server(folder, key, "elsewhere.example")

    def _server(self, folder: Path, authority: ec.EllipticCurvePrivateKey, name: str) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        file = folder / f"{name}.pem"
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.write_bytes(private + _certificate(name, key, "Test authority", authority).public_bytes(Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


def _certificate(name: str, key: ec.EllipticCurvePrivateKey, issuer: str, signer: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    now = datetime.now(UTC)
    names = [x509.DNSName(name)] + ([x509.IPAddress(ip_address("127.0.0.1"))] if name == "localhost" else [])
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=name == issuer, path_length=None), critical=True)
    )
    if name != issuer:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(signer, SHA256())


def _read(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    return message
