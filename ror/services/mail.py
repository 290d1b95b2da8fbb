"""Send mails through the mail server of the settings, whose certificate is checked, and through no other."""

import email.policy
import logging
import os
import smtplib
import ssl
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from functools import lru_cache
from types import TracebackType
from typing import Self

from ror.errors import MailFailed
from ror.model.sending import MailState, state_after_failure
from ror.settings import settings

TIMEOUT_SECONDS = 15

AUTHORITIES_SECONDS = 600
"""The certificate authorities of the machine are read anew after this time: reading them for each of thousands of mails takes
25 ms and more, during which no other thread of the process runs."""

_POLICY = email.policy.EmailPolicy(max_line_length=990)
"""A header that is folded is encoded, and no program then finds the address in it."""

MAX_ATTACHED_BYTES = 7 * 2**20
"""Bytes of the files of one mail together: many servers take 10 MB, and the files grow by a third on the way."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a mail: its name, in ASCII, its media type and its bytes."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """A mail to write: its text, the same as HTML, headers besides those of every mail, and files, each empty for none."""

    subject: str
    text: str
    html: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    attachments: Sequence[Attachment] = ()


def fitting(attachments: Sequence[Attachment]) -> list[Attachment]:
    """Return the files that fit into one mail, taken in their order; one too large for the room that is left is passed over."""
    room, fitting_files = MAX_ATTACHED_BYTES, []
    for file in attachments:
        if len(file.content) <= room:
            room -= len(file.content)
            fitting_files.append(file)
    return fitting_files


def configured() -> bool:
    """Return whether the settings name a mail server."""
    return bool(settings().smtp_host)


class Outbox:
    """A connection to the mail server for several mails; it is opened by the first one, and again after it was lost.

    Once the server could not be reached, the other mails fail at once, instead of each waiting for it.
    """

    def __init__(self) -> None:
        self._server: smtplib.SMTP | None = None
        self._unreachable = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._close()

    def send(self, to: str, message: Message) -> None:
        """Send a message to one mail address. Raises `MailFailed`, and logs the reason."""
        failure = MailFailed(
            "Le courriel n'a pas pu être envoyé : vérifiez l'adresse et le serveur de courrier (le journal technique du "
            "serveur dit pourquoi), ou remettez le lien vous-même."
        )
        try:
            written = _to_email(to, message)
            reused = self._server is not None
            try:
                self._hand_over(written, failure)
            except smtplib.SMTPServerDisconnected:
                # A server that waited too long between two mails closes the connection.
                self._close()
                if not reused:
                    raise
                failure.doubtful = False
                self._hand_over(written, failure)
        except (OSError, smtplib.SMTPException, ValueError, LookupError, MessageError) as error:
            log.warning("A mail could not be sent: %s: %s", type(error).__name__, error)
            raise failure from error

    def _hand_over(self, message: EmailMessage, failure: MailFailed) -> None:
        """Hand a message over; when that fails, set on `failure` whether it may be tried again."""
        # Until the server is signed in to, it has accepted nothing.
        failure.temporary = failure.unreachable = True
        server = self._connected()
        failure.temporary = failure.unreachable = False
        try:
            server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            failure.temporary = all(400 <= code < 500 for code, _ in error.recipients.values())
            raise
        except smtplib.SMTPResponseException as error:
            failure.temporary = 400 <= error.smtp_code < 500
            raise
        except OSError as error:
            # Every other error of the library is an `OSError` too, and was raised before anything was sent.
            lost = isinstance(error, smtplib.SMTPServerDisconnected) or not isinstance(error, smtplib.SMTPException)
            failure.doubtful = lost
            raise

    def _connected(self) -> smtplib.SMTP:
        if self._unreachable:
            raise ConnectionError("the mail server could not be reached a moment ago")
        if self._server is None:
            self._unreachable = True
            self._server = _connect()
            self._unreachable = False
        return self._server

    def _close(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            with suppress(OSError, smtplib.SMTPException), server:
                pass


def send(to: str, message: Message) -> None:
    """Send a mail by a connection of its own, on which no mail is sent twice. Raises what `Outbox.send` raises."""
    with Outbox() as outbox:
        outbox.send(to, message)


def attempt(tries: int, to: str, message: Message) -> tuple[MailState, bool]:
    """Send a mail for the `tries`-th time; return its state after it, and whether the server may take the next mail.

    A server that cuts the connection or does not answer would do so for the next mails, and a mail lost that way may not be
    tried again.
    """
    try:
        send(to, message)
    except MailFailed as failure:
        state = state_after_failure(tries, temporary=failure.temporary, doubtful=failure.doubtful)
        return state, not (failure.unreachable or failure.doubtful)
    return MailState.SENT, True


def _to_email(to: str, message: Message) -> EmailMessage:
    written = EmailMessage(policy=_POLICY)
    # Parsed as one address: plain text could name several.
    written["To"] = Address(addr_spec=to)
    written["From"], written["Subject"] = settings().mail_from, message.subject
    written["Date"] = formatdate(localtime=False)
    written["Message-ID"] = make_msgid(domain=settings().mail_from.rpartition("@")[2] or None)
    written["Content-Language"] = "fr"
    # Asks automatic responders not to answer.
    written["Auto-Submitted"] = "auto-generated"
    for name, value in message.headers.items():
        written[name] = value
    written.set_content(message.text)
    if message.html:
        written.add_alternative(message.html, subtype="html")
    for one in message.attachments:
        _attach(written, one)
    return written


def _attach(message: EmailMessage, file: Attachment) -> None:
    """Attach a file in lines of 76 letters: the policy of the headers would make longer ones, which servers may refuse."""
    if not message.is_multipart() or message.get_content_subtype() != "mixed":
        message.make_mixed()
    part = EmailMessage(policy=email.policy.SMTP)
    main, _, sub = file.media_type.partition("/")
    part.set_content(file.content, main, sub, disposition="attachment", filename=file.name)
    del part["MIME-Version"]
    message.attach(part)


def _connect() -> smtplib.SMTP:
    """Return a connection to the mail server, signed in when the settings say so."""
    config = settings()
    if config.smtp_security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(config.smtp_host, config.smtp_port, timeout=TIMEOUT_SECONDS, context=_tls())
    else:
        server = smtplib.SMTP(config.smtp_host, config.smtp_port, timeout=TIMEOUT_SECONDS)
    try:
        if config.smtp_security == "starttls":
            server.starttls(context=_tls())
        if config.smtp_user:
            server.login(config.smtp_user, config.smtp_password)
    except BaseException:
        server.close()
        raise
    return server


def _tls() -> ssl.SSLContext:
    """Return the TLS context that checks the certificate of the mail server, by the authorities of this machine."""
    return _tls_of(os.environ.get("SSL_CERT_FILE", ""), int(time.monotonic() // AUTHORITIES_SECONDS))


@lru_cache(maxsize=1)
def _tls_of(_file: str, _period: int) -> ssl.SSLContext:
    return ssl.create_default_context()
