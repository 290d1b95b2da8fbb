"""Sending a mail by the mail server of the settings, its certificate checked; nothing goes through anybody else."""

import logging
import smtplib
import ssl
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from ror.errors import MailFailed
from ror.settings import settings

TIMEOUT_SECONDS = 15

log = logging.getLogger(__name__)


def configured() -> bool:
    """Whether the settings name a mail server."""
    return bool(settings().smtp_host)


def send(to: str, subject: str, text: str) -> None:
    """Send a text to one mail address. Raises `MailFailed`; the reason is in the log."""
    try:
        _hand_over(_message(to, subject, text))
    except (OSError, smtplib.SMTPException, ValueError, LookupError, MessageError) as error:
        log.warning("A mail could not be sent: %s: %s", type(error).__name__, error)
        raise MailFailed(
            "Le courriel n'a pas pu être envoyé : vérifiez l'adresse et le serveur de courrier (le journal technique du "
            "serveur dit pourquoi), ou remettez le lien vous-même."
        ) from error


def _message(to: str, subject: str, text: str) -> EmailMessage:
    message = EmailMessage()
    # One address and nothing else: as a plain text it could be several.
    message["To"] = Address(addr_spec=to)
    message["From"], message["Subject"] = settings().mail_from, subject
    message["Date"] = formatdate(localtime=False)
    message["Message-ID"] = make_msgid(domain=settings().mail_from.rpartition("@")[2] or None)
    message["Content-Language"] = "fr"
    # Tells the answering machines of absent people to keep still.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


def _hand_over(message: EmailMessage) -> None:
    known = settings()
    trusted = ssl.create_default_context()
    server = (
        smtplib.SMTP_SSL(known.smtp_host, known.smtp_port, timeout=TIMEOUT_SECONDS, context=trusted)
        if known.smtp_security == "tls"
        else smtplib.SMTP(known.smtp_host, known.smtp_port, timeout=TIMEOUT_SECONDS)
    )
    with server:
        if known.smtp_security == "starttls":
            server.starttls(context=trusted)
        if known.smtp_user:
            server.login(known.smtp_user, known.smtp_password)
        server.send_message(message)
