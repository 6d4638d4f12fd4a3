"""Whether a mail server takes connections: a greeting (EHLO, and TLS as its URL asks) and a goodbye; nothing is sent."""

import asyncio
from typing import Final

from aiosmtplib import SMTP, SMTPException

from wardkey.edges.email.message import read_sender
from wardkey.edges.email.smtp import meaning, tls_context
from wardkey.edges.email.smtp_url import read_smtp_url

ANSWER_WITHIN_S: Final = 5.0


async def greet(url: str, mail_from: str) -> str:
    """Empty where the server answers, otherwise what went wrong; raises WrongSetting where URL or sender are wrong."""
    server = read_smtp_url(url)
    sender = read_sender(mail_from)
    connection = SMTP(
        hostname=server.host,
        port=server.port,
        local_hostname=sender.domain if "." in sender.domain else "localhost",
        timeout=ANSWER_WITHIN_S,
        use_tls=server.is_tls,
        start_tls=False if server.is_tls else {"auto": None, "required": True, "never": False}[server.starttls],
    )
    try:
        context = await asyncio.to_thread(tls_context, server)
        await connection.connect(tls_context=context)
        await connection.ehlo()
        await connection.quit()
    except (SMTPException, OSError, ValueError) as error:
        return str(meaning(error)).rstrip(".")
    finally:
        connection.close()
    return ""
