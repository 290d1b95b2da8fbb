"""A real mail server for the tests, which stores the mails that it receives and their senders."""

import asyncio
import email
import email.message
import email.policy
import queue
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ror.settings import settings
from tests.harness import free_port

SECONDS = 20
USER, PASSWORD = "service", "mot de passe du relais"


class Mailbox:
    """The received mails; `users` are the names that signed in, `secured` says of each mail whether it came over TLS.

    `answer` is what the server answers to a mail, "" to cut the connection instead; `to_recipient` to each of its recipients.
    """

    def __init__(self) -> None:
        self.arrived: queue.Queue[email.message.EmailMessage] = queue.Queue()
        self.users: list[str] = []
        self.secured: list[bool] = []
        self.port = free_port()
        self.answer = self.to_recipient = "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if self.to_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.to_recipient

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert server.transport is not None
        assert isinstance(envelope.content, bytes)
        self.secured.append(server.transport.get_extra_info("sslcontext") is not None)
        self.arrived.put(email.message_from_bytes(envelope.content, policy=email.policy.default))
        if not self.answer:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return self.answer

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        self.users.append(data.login.decode())
        # Not handled here: aiosmtpd then sends the refusal, without which the client waits until its timeout.
        return AuthResult(success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()), handled=False)

    def next(self) -> email.message.EmailMessage:
        """Wait for the next mail and return it."""
        return self.arrived.get(timeout=SECONDS)


def environment(port: int) -> dict[str, str]:
    """Return the settings that name the mail server of a port of this machine."""
    return {"ROR_SMTP_HOST": "127.0.0.1", "ROR_SMTP_PORT": str(port), "ROR_SMTP_SECURITY": "none"}


def use(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    """Name the mail server of a port of this machine in the settings of this process."""
    for name, value in environment(port).items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()


@contextmanager
def opened(
    certificate: Path | None = None, *, tls: bool = False, wants_user: bool = False, box: Mailbox | None = None
) -> Iterator[Mailbox]:
    """Yield a mail server on a free port; with a certificate it requires STARTTLS, or TLS from the start with `tls`.

    `box` handles its commands in place of a plain `Mailbox`.
    """
    box = box or Mailbox()
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=box.port,
        ssl_context=context if tls else None,
        tls_context=None if tls else context,
        require_starttls=bool(context) and not tls,
        authenticator=box.authenticate,
        auth_required=wants_user,
        auth_require_tls=False,
    )
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


def certificate(folder: Path, name: str = "127.0.0.1") -> Path:
    """Write a self-signed certificate and its key for a host to one file, and return its path."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    names = [x509.IPAddress(ip_address(name))] if name[0].isdigit() else [x509.DNSName(name)]
    signed = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return path
