"""Mail, handed to an SMTP server over one connection. Effect: people get mail.

A refusal for good (5xx) is an answer, not an error. Whatever may be otherwise in a moment (4xx, a lost connection) is
raised, and left to Temporal. No message here holds an address: exceptions travel through Temporal's history.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from typing import Final

import aiosmtplib

from activities.letters import Letter
from cases.facts import Fact

_PERMANENT: Final = 500
_CONNECTION_LOST: Final = (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError, OSError)


class MailUnavailable(Exception):
    """The mail server does not take mail now; trying again is right."""


class Postponed(Exception):
    """The mail server does not take mail for this one recipient now (4xx); for others it may."""

    def __init__(self, message: str, code: int = 450) -> None:
        super().__init__(message)
        self.code = code


class MailServer(Fact):
    """Where mail is handed in, and whom it comes from. timeout_seconds: of one command."""

    host: str
    port: int
    sender: str
    timeout_seconds: float = 20.0


class Handover(Fact):
    """What the server said of one mail. refused: None where it took it, else its code, or 553 for no usable address."""

    refused: int | None = None


def compose(
    letter: Letter, *, sender: str, recipient: str, at: datetime, message_id: str, notice_id: str, kind: str
) -> bytes:
    """The mail as it goes over the wire. Raises ValueError for an address that is none."""
    mail = EmailMessage(policy=SMTP_POLICY)
    mail["From"] = sender
    mail["To"] = recipient
    mail["Subject"] = letter.subject_line
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = message_id
    mail["Content-Language"] = letter.language
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Dueprocess-Notice"] = notice_id
    mail["X-Dueprocess-Kind"] = kind
    if mail["To"].defects or len(mail["To"].addresses) != 1:
        raise ValueError("not one mail address")
    return mail.as_bytes().removesuffix(b"\r\n") + letter.mime


class Connection:
    """An open connection to the mail server."""

    def __init__(self, smtp: aiosmtplib.SMTP, sender: str) -> None:
        self._smtp, self._sender = smtp, sender

    async def hand_over(self, recipient: str, mail: bytes) -> Handover:
        """Give one mail for one person to the server. Raises Postponed for that person, MailUnavailable for all."""
        international = not recipient.isascii()
        options = ["SMTPUTF8"] if international else []
        try:
            await self._smtp.sendmail(self._sender, recipient, mail, mail_options=options)
        except aiosmtplib.SMTPRecipientsRefused as refusal:
            return _refused(refusal.recipients[0].code)
        except aiosmtplib.SMTPSenderRefused as refusal:
            # About us, whatever the code: a wrong sender must not make every recipient undeliverable.
            raise MailUnavailable(f"the mail server refuses our sender with {refusal.code}") from None
        except aiosmtplib.SMTPDataError as refusal:
            return _refused(refusal.code)
        except (ValueError, aiosmtplib.SMTPNotSupported):
            return Handover(refused=553)  # RFC 5321: mailbox name not allowed
        except _CONNECTION_LOST as error:
            raise MailUnavailable(f"the mail server went away: {type(error).__name__}") from None
        except aiosmtplib.SMTPException as error:
            raise MailUnavailable(f"the mail server gives no sense: {type(error).__name__}") from None
        return Handover()


def recipient_of(mail: bytes) -> str:
    """Whom a composed mail goes to."""
    header = BytesParser(policy=SMTP_POLICY).parsebytes(mail, headersonly=True)["To"]
    return str(header.addresses[0].addr_spec)


@asynccontextmanager
async def connected(server: MailServer) -> AsyncIterator[Connection]:
    """A connection for as many mails as there are. Raises MailUnavailable."""
    smtp = aiosmtplib.SMTP(hostname=server.host, port=server.port, timeout=server.timeout_seconds)
    try:
        await smtp.connect()
    except (aiosmtplib.SMTPException, OSError) as error:
        raise MailUnavailable(f"the mail server cannot be reached: {type(error).__name__}") from None
    try:
        yield Connection(smtp, server.sender)
    finally:
        smtp.close()


def _refused(code: int) -> Handover:
    if code == aiosmtplib.SMTPStatus.domain_unavailable:
        raise MailUnavailable("the mail server is closing: 421")
    if code < _PERMANENT:
        raise Postponed(f"the mail server says {code} for one recipient", code)
    return Handover(refused=code)
