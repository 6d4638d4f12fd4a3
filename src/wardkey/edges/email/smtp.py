"""Mail over SMTP (RFC 5321), with TLS and authentication as the server's URL asks."""

import asyncio
import ssl
from typing import Final

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from wardkey.edges.clock import SystemClock
from wardkey.edges.email.message import Envelope, envelope, read_sender
from wardkey.edges.email.smtp_url import SmtpServer, read_smtp_url
from wardkey.ports import Clock, Deferred, Mail, Rejected, Unreachable

ANSWER_WITHIN_S: Final = 10.0
KEEP_FOR_S: Final = 30.0
CLOSING: Final = 421
"""The server ends the connection (RFC 5321 §3.8), which says nothing about the message."""
NOT_LET_IN: Final = (530, 534, 535, 538)
"""Authentication or TLS is missing or wrong (RFC 4954 §6, RFC 3207 §4): the setting is at fault, not the message."""
TOO_LARGE: Final = 552
ANSWER_AT_MOST: Final = 300
"""Characters of a server's answer that are passed on."""


class SmtpSender:
    """Sends one mail at a time over one connection, which is kept for half a minute after the last.

    A message whose connection breaks before the server has confirmed it is `Unreachable` and tried again. Where only the
    confirmation was lost it arrives twice, with the same Message-ID. Raises WrongSetting where URL or sender are wrong.
    """

    def __init__(
        self,
        url: str,
        mail_from: str,
        clock: Clock | None = None,
        *,
        answer_within_s: float = ANSWER_WITHIN_S,
        keep_for_s: float = KEEP_FOR_S,
    ) -> None:
        self._server = read_smtp_url(url)
        self._sender = read_sender(mail_from)
        self._clock = clock or SystemClock()
        self._answer_within_s = answer_within_s
        self._keep_for_s = keep_for_s
        self._turn = asyncio.Lock()
        self._tls: ssl.SSLContext | None = None
        self._connection: SMTP | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._parting: asyncio.Future[None] | None = None

    async def send(self, mail: Mail) -> None:
        letter = envelope(mail, self._sender, self._clock.now())
        async with self._turn:
            self._stop_idling()
            try:
                await self._hand_over(letter)
            except (Rejected, Deferred):
                self._begin_idling()
                raise
            except BaseException:  # also a cancelled send, which leaves the dialogue half spoken
                self._drop()
                raise
            self._begin_idling()

    async def close(self) -> None:
        """Say goodbye to the server where a connection is kept; the sender can be used again."""
        async with self._turn:
            self._stop_idling()
            connection, self._connection = self._connection, None
            if connection and connection.is_connected:
                try:
                    await connection.quit(timeout=1)
                except (SMTPException, OSError):
                    connection.close()

    async def _hand_over(self, letter: Envelope) -> None:
        try:
            is_kept = await self._is_still_there()
            try:
                await self._deliver(letter)
            except SMTPException as error:
                if not is_kept or _answer_in(error)[0] != CLOSING:
                    raise
                self._drop()  # servers end a connection after so many messages
                await self._deliver(letter)
        except (SMTPException, OSError, ValueError) as error:
            raise meaning(error) from error

    async def _deliver(self, letter: Envelope) -> None:
        connection = self._connection or await self._connect()
        options = ["SMTPUTF8"] if letter.needs_utf8 else []
        await connection.sendmail(letter.sender, [letter.to], letter.message, mail_options=options)

    async def _is_still_there(self) -> bool:
        """Whether the kept connection answers; it is dropped where it does not."""
        if self._connection is None:
            return False
        try:
            await self._connection.noop()
        except (SMTPException, OSError):
            self._drop()
            return False
        return True

    async def _connect(self) -> SMTP:
        server = self._server
        if self._tls is None:
            self._tls = await asyncio.to_thread(tls_context, server)
        upgrade = {"auto": None, "required": True, "never": False}[server.starttls]
        self._connection = SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            local_hostname=self._sender.domain if "." in self._sender.domain else "localhost",
            timeout=self._answer_within_s,
            use_tls=server.is_tls,
            start_tls=False if server.is_tls else upgrade,
            tls_context=self._tls,
        )
        await self._connection.connect()
        return self._connection

    def _drop(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None

    def _begin_idling(self) -> None:
        if self._connection:
            self._idle = asyncio.get_running_loop().call_later(self._keep_for_s, self._part)

    def _stop_idling(self) -> None:
        if self._idle:
            self._idle.cancel()
        self._idle = None

    def _part(self) -> None:
        self._parting = asyncio.ensure_future(self.close())


def tls_context(server: SmtpServer) -> ssl.SSLContext:
    """How the server must prove who it is: by a certificate of the system's authorities or of `ca`, for its host name."""
    context = ssl.create_default_context(cafile=server.ca or None)
    if not server.is_verified:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def meaning(error: Exception) -> Rejected | Deferred | Unreachable:
    """What a failed hand-over says about the message, or about the server alone."""
    if isinstance(error, SMTPNotSupported):
        return Rejected("the mail server takes no addresses with letters outside ASCII before the @")
    if isinstance(error, ValueError) and not isinstance(error, OSError):
        return Rejected("the address cannot be used in mail")
    code, text = _answer_in(error)
    if _is_about_message(error, code) and code not in (CLOSING, *NOT_LET_IN):
        return Rejected(text) if 500 <= code <= 599 else Deferred(text)
    return Unreachable(text)


def _answer_in(error: Exception) -> tuple[int, str]:
    """The code and text of the server's answer; 0 and a description where there was none."""
    if isinstance(error, SMTPRecipientsRefused):
        return _answer_in(error.recipients[0])
    code, said = (error.code, error.message) if isinstance(error, SMTPResponseException) else (0, str(error))
    text = f"{code or ''} {said or type(error).__name__}".strip()[:ANSWER_AT_MOST]
    return code, "".join(sign if sign.isprintable() else " " for sign in text)


def _is_about_message(error: Exception, code: int) -> bool:
    """A refused sender is refused for every message alike, unless only for now or for the size of this one."""
    if isinstance(error, SMTPSenderRefused):
        return code == TOO_LARGE or 400 <= code <= 499
    return isinstance(error, (SMTPRecipientsRefused, SMTPDataError))
