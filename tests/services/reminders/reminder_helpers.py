"""Helpers of the tests of reminders: managers with a mail address, a real mail server, late units, the links of a mail."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest

from ror.services.reminders import send
from ror.store import accounts
from ror.store.engine.database import Database
from tests import mailbox
from tests.mailbox import Mailbox
from tests.region import BLANCHE, CAMILLE, CLAUDE, NOW, UNITS, write

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVERYBODY = (CAMILLE, BLANCHE, CLAUDE)
LINK = re.compile(r"http://localhost:\d+/rappel/(confirmer|arreter)/([\w.-]+)")


def prepare(
    db: Database,
    *,
    late: tuple[str, ...],
    reachable: tuple[str, ...] = ("camille", "blanche", "claude"),
    now: datetime = NOW,
) -> None:
    """Declare the late units nine days ago and all others an hour ago; give the reachable managers a mail address."""
    for unit in UNITS:
        write(db, unit.id, 4, now - (9 * DAY if unit.id in late else HOUR))
    with db.transaction() as transaction:
        for account in EVERYBODY:
            mail = f"{account.id}@exemple.fr" if account.id in reachable else ""
            accounts.change(transaction, replace(account, mail=mail))


@contextmanager
def mail_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """Yield a mail server that the settings name."""
    with mailbox.opened() as box:
        mailbox.use(monkeypatch, box.port)
        yield box


def sent(db: Database, box: Mailbox, now: datetime = NOW) -> dict[str, EmailMessage]:
    """Run a round; return the mails that arrived, by the name before the @ of the address."""
    send.send_due(db, now)
    return received(box)


def received(box: Mailbox) -> dict[str, EmailMessage]:
    """Return the mails not read yet, by the name before the @ of the address, which has one at most."""
    mails = [box.arrived.get_nowait() for _ in range(box.arrived.qsize())]
    by_name = {mail["To"].partition("@")[0]: mail for mail in mails}
    assert len(by_name) == len(mails)
    return by_name


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    """Return the text of a mail, or its HTML."""
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def token(mail: EmailMessage, kind: str) -> str:
    """Return the token of the link of a mail that is of this kind: `confirmer` or `arreter`."""
    return next(link[2] for link in LINK.finditer(text_of(mail)) if link[1] == kind)
