"""One-time links: the holder of one chooses the password of its account, once, within half an hour (a setting).

An invitation (`services.accounts.invitations`) opens the same form, by a token of its own that lasts longer; neither shortens,
lengthens or voids the other.

The token is 256 random bits, of which only the SHA-256 is stored. It is spent when the password is chosen, not when the page
is opened: the scanners of mail servers open links. The address comes from the settings, never from the request: a forged Host
header would make the mail point to another server.
"""

import contextvars
import hashlib
import logging
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from ror.errors import MailFailed, NotFound, Refused
from ror.model.invitation import VALIDITY
from ror.model.journal import Act, Outcome
from ror.model.rights import Account, Action
from ror.services import journal, mail
from ror.services.accounts import attempts
from ror.services.accounts.account_rules import require_existing
from ror.settings import public_address, settings
from ror.store import accounts, invitations, sessions
from ror.store.engine.database import Cursor, Database, Transaction

PARAMETER = "jeton"
"""The parameter of the address with the token."""

MAX_PER_ACCOUNT, MAX_PER_ADDRESS = 3, 10
HOUR = timedelta(hours=1)

DEAD = (
    "Ce lien a déjà servi, a été remplacé par un autre ou n'est plus valable. Demandez-en un nouveau par "
    "«\u00a0Mot de passe oublié\u00a0», ou au support."
)

NO_MAIL = "Ce service n'envoie pas de courriel : le support vous donnera un lien pour choisir un mot de passe."

POST = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail")
"""The thread that looks accounts up and sends mails, so that the answer takes the same time whether the account exists."""

log = logging.getLogger(__name__)


def create_link(db: Database, account: Account | None, target_id: str, now: datetime) -> str:
    """Return a new link for an account, to hand over; its earlier links are void. `account` None is the command line.

    Raises `Forbidden`, journalled, `NotFound`, and `Refused` for a disabled account.
    """
    subject = f"account:{target_id}"
    with journal.authorized_transaction(db, account, Action.MANAGE_ACCOUNTS, Act.LINK_REQUESTED, subject, now) as transaction:
        target = require_existing(accounts.by_id(transaction.cursor, target_id))
        if target.disabled or target.erased:
            raise Refused("Ce compte est désactivé : réactivez-le avant de lui donner un lien.")
        url = _create_in(transaction, target, now)
        journal.record(transaction, Act.LINK_REQUESTED, account, subject, now)
    return url


def send(db: Database, account: Account | None, target_id: str, now: datetime) -> str | None:
    """Send a new link by mail and return None; without a mail server or a mail address, return the link to hand over.

    Raises what `create_link` raises, and `MailFailed`, with the link to hand over, when the mail could not be sent.
    """
    url = create_link(db, account, target_id, now)
    with db.reader() as cursor:
        target = accounts.by_id(cursor, target_id)
    if target is None or not target.mail or not mail.configured():
        return url
    try:
        mail.send(target.mail, _message(target, url))
    except MailFailed as failure:
        failure.link = url
        raise
    return None


def request_link(db: Database, login_or_mail: str, now: datetime) -> str:
    """Send a link to somebody who forgot the password; return the answer, the same whether or not the account exists.

    The mail is sent later, from another thread: at most 3 an hour to an account, for 10 requests an hour from an address.
    """
    if not mail.configured():
        return NO_MAIL
    text = login_or_mail.strip().encode(errors="replace").decode()
    with db.transaction() as transaction:
        allowed = _count_request(
            transaction, attempts.key("link from", attempts.network(journal.address())), MAX_PER_ADDRESS, now
        )
    if allowed and text:
        POST.submit(contextvars.copy_context().run, _send_requested, db, text, now)
    return (
        "Si un compte correspond, un courriel vient de lui être envoyé : son lien, valable "
        f"{settings().link_minutes} minutes, permet de choisir un mot de passe. S'il n'arrive pas, regardez dans les "
        "courriers indésirables, puis contactez le support."
    )


def link_account_in(cursor: Cursor, token: str, now: datetime) -> Account:
    """Return the present state of the account of a link or an invitation. Raises `NotFound` when it is not valid."""
    token_hash = hash_token(token)
    account_id = _of_link(cursor, token_hash, now) or _of_invitation(cursor, token_hash, now)
    account = accounts.by_id(cursor, account_id) if account_id else None
    if account is None or account.disabled:
        raise NotFound(DEAD)
    return account


def _of_link(cursor: Cursor, token_hash: str, now: datetime) -> str:
    """Return the account id of a link that has not expired, else ""."""
    account_id, made_at = sessions.find_link(cursor, token_hash) or ("", now)
    return account_id if abs(now - made_at) <= timedelta(minutes=settings().link_minutes) else ""


def _of_invitation(cursor: Cursor, token_hash: str, now: datetime) -> str:
    """Return the account id of an invitation that has not expired, if that account never signed in; else ""."""
    account_id, made_at = invitations.find(cursor, token_hash) or ("", now)
    lasts = account_id and abs(now - made_at) <= VALIDITY and not accounts.has_signed_in(cursor, account_id)
    return account_id if lasts else ""


def link_account(db: Database, token: str, now: datetime) -> Account:
    """Return the account whose password a link sets. Raises `NotFound` when the link is not valid."""
    with db.reader() as cursor:
        return link_account_in(cursor, token, now)


def is_valid(db: Database, url: str, now: datetime) -> bool:
    """Return whether a link may still be used: it was neither used nor replaced, and has not expired."""
    try:
        link_account(db, url.rpartition("=")[2], now)
    except NotFound:
        return False
    return True


def _send_requested(db: Database, login_or_mail: str, now: datetime) -> None:
    """Send the link that was requested, if an account has this login or mail; log an error, since nobody waits for it."""
    try:
        with db.transaction() as transaction:
            match = accounts.by_login(transaction.cursor, login_or_mail)
            account = match[0] if match else accounts.by_mail(transaction.cursor, login_or_mail)
            url = ""
            if (
                account is not None
                and not account.disabled
                and account.mail
                and _count_request(transaction, attempts.key("link to", account.id), MAX_PER_ACCOUNT, now)
            ):
                url = _create_in(transaction, account, now)
            outcome = Outcome.DONE if url else Outcome.REFUSED
            subject = f"account:{account.id if account else ''}"
            journal.record(transaction, Act.LINK_REQUESTED, None, subject, now, outcome=outcome)
        if account is not None and url:
            mail.send(account.mail, _message(account, url))
    except Exception:
        log.exception("A link for a forgotten password could not be sent.")


def _count_request(transaction: Transaction, key: str, most: int, now: datetime) -> bool:
    """Count a request under a key and return True; return False, without counting, after `most` within the hour."""
    if sessions.count_failures(transaction.cursor, key, now - HOUR, now + HOUR)[0] >= most:
        return False
    sessions.add_failure(transaction, key, now)
    return True


def _create_in(transaction: Transaction, account: Account, now: datetime) -> str:
    token = new_token()
    sessions.add_link(transaction, hash_token(token), account.id, now)
    return address_of(token)


def new_token() -> str:
    """Return the token of a new link: 256 random bits."""
    return secrets.token_urlsafe(32)


def address_of(token: str) -> str:
    """Return the address of the link of a token."""
    return public_address(f"/?{PARAMETER}={token}")


def _message(account: Account, url: str) -> mail.Message:
    """Return the mail with the link."""
    config = settings()
    return mail.Message(
        f"{config.service_name} : choisir votre mot de passe",
        f"Bonjour {account.name},\n\n"
        f"Pour choisir le mot de passe de votre compte « {account.login} », ouvrez ce lien dans les {config.link_minutes} "
        f"minutes. Il ne sert qu'une fois :\n\n{url}\n\n"
        "Si vous n'avez rien demandé, ne faites rien : votre mot de passe reste le même.\n\n"
        f"Support : {config.support_telephone}, {config.support_hours}\n{config.service_name} - {config.region}\n",
    )


def hash_token(token: str) -> str:
    """Return the hash of a token, all that is stored of it."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
