"""Send mails through the mail server of the settings, whose certificate is checked, and through no other."""

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
    """Return whether the settings name a mail server."""
    return bool(settings().smtp_host)


def send(to: str, subject: str, text: str) -> None:
    """Send a text to one mail address. Raises `MailFailed`, and logs the reason."""
    try:
        _deliver(_message(to, subject, text))
    except (OSError, smtplib.SMTPException, ValueError, LookupError, MessageError) as error:
        log.warning("A mail could not be sent: %s: %s", type(error).__name__, error)
        raise MailFailed(
            "Le courriel n'a pas pu être envoyé : vérifiez l'adresse et le serveur de courrier (le journal technique du "
            "serveur dit pourquoi), ou remettez le lien vous-même."
        ) from error


def _message(to: str, subject: str, text: str) -> EmailMessage:
    message = EmailMessage()
    # Parsed as one address: plain text could name several.
    message["To"] = Address(addr_spec=to)
    message["From"], message["Subject"] = settings().mail_from, subject
    message["Date"] = formatdate(localtime=False)
    message["Message-ID"] = make_msgid(domain=settings().mail_from.rpartition("@")[2] or None)
    message["Content-Language"] = "fr"
    # Asks automatic responders not to answer.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


def _deliver(message: EmailMessage) -> None:
    config = settings()
    tls = ssl.create_default_context()
    server = (
        smtplib.SMTP_SSL(config.smtp_host, config.smtp_port, timeout=TIMEOUT_SECONDS, context=tls)
        if config.smtp_security == "tls"
        else smtplib.SMTP(config.smtp_host, config.smtp_port, timeout=TIMEOUT_SECONDS)
    )
    with server:
        if config.smtp_security == "starttls":
            server.starttls(context=tls)
        if config.smtp_user:
            server.login(config.smtp_user, config.smtp_password)
        server.send_message(message)
