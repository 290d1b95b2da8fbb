"""One-time links: whoever holds one chooses the password of its account, once, within half an hour (a setting).

The token is 256 random bits, only its SHA-256 is stored. It is spent when the password is chosen, not when the page is
opened: the scanners of mail servers open links. The address comes from the settings, never from the request: whoever asks
with a forged Host header would have the mail point to a server of theirs.
"""

import contextvars
import hashlib
import logging
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from ror.errors import MailFailed, NotFound, Refused
from ror.model.journal import Act, Outcome
from ror.model.rights import Account, Action
from ror.services import journal
from ror.services.accounts import attempts, mail
from ror.settings import settings
from ror.store import accounts, sessions
from ror.store.engine.database import Cursor, Database, Transaction

PARAMETER = "jeton"
"""The parameter of the address that holds the token."""

MOST_PER_ACCOUNT, MOST_PER_ADDRESS = 3, 10
HOUR = timedelta(hours=1)

DEAD = (
    "Ce lien a déjà servi, a été remplacé par un autre ou n'est plus valable. Demandez-en un nouveau par "
    "«\u00a0Mot de passe oublié\u00a0», ou au support."
)

NO_MAIL = "Ce service n'envoie pas de courriel : le support vous donnera un lien pour choisir un mot de passe."

POST = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail")
"""Where forgotten passwords are looked up and written about: who asks waits no longer when the account exists."""

log = logging.getLogger(__name__)


def make(db: Database, actor: Account | None, account_id: str, now: datetime) -> str:
    """A link for an account, to hand over; those made before are worth nothing. `actor` None is the command line.

    Raises `Forbidden`, journalled, `NotFound`, and `Refused` for a disabled account.
    """
    subject = f"account:{account_id}"
    with journal.authorized_transaction(db, actor, Action.MANAGE_ACCOUNTS, Act.LINK_ASKED, subject, now) as transaction:
        account = accounts.by_id(transaction.cursor, account_id)
        if account is None or account.of_token:
            raise NotFound("Ce compte n'existe pas : cherchez-le dans la liste.")
        if account.disabled or account.erased:
            raise Refused("Ce compte est désactivé : réactivez-le avant de lui donner un lien.")
        url = _made(transaction, account, now)
        journal.record(transaction, Act.LINK_ASKED, actor, subject, now)
    return url


def send(db: Database, actor: Account | None, account_id: str, now: datetime) -> str | None:
    """Send a link by mail, None then; without a mail server or a mail address, returns the link to hand over.

    Raises what `make` does, and `MailFailed`, which holds the link to hand over when the mail did not leave.
    """
    url = make(db, actor, account_id, now)
    with db.reader() as cursor:
        account = accounts.by_id(cursor, account_id)
    if account is None or not account.mail or not mail.configured():
        return url
    try:
        mail.send(account.mail, *_letter(account, url))
    except MailFailed as failure:
        failure.link = url
        raise
    return None


def forgotten(db: Database, login_or_mail: str, now: datetime) -> str:
    """Ask for a link from the sign-in screen; returns the answer, the same whether the account exists or not.

    A mail goes out later, from another thread: at most 3 an hour to an account, for 10 requests an hour from an address.
    """
    if not mail.configured():
        return NO_MAIL
    asked = login_or_mail.strip().encode(errors="replace").decode()
    with db.transaction() as transaction:
        counted = _counted(transaction, attempts.key("link from", attempts.network(journal.address())), MOST_PER_ADDRESS, now)
    if counted and asked:
        POST.submit(contextvars.copy_context().run, _post, db, asked, now)
    return (
        "Si un compte correspond, un courriel vient de lui être envoyé : son lien, valable "
        f"{settings().link_minutes} minutes, permet de choisir un mot de passe. S'il n'arrive pas, regardez dans les "
        "courriers indésirables, puis contactez le support."
    )


def account_of(cursor: Cursor, token: str, now: datetime) -> Account:
    """Whose password the link sets, as it stands now. Raises `NotFound` when it is worth nothing, or no more."""
    found = sessions.link(cursor, _hash(token))
    account = accounts.by_id(cursor, found[0]) if found else None
    late = found is None or abs(now - found[1]) > timedelta(minutes=settings().link_minutes)
    if account is None or account.disabled or late:
        raise NotFound(DEAD)
    return account


def holder(db: Database, token: str, now: datetime) -> Account:
    """Whose password the link sets: what its page asks before it draws the form. Raises `NotFound`."""
    with db.reader() as cursor:
        return account_of(cursor, token, now)


def alive(db: Database, url: str, now: datetime) -> bool:
    """Whether a link that was made still serves: neither used, nor replaced, nor ended."""
    try:
        holder(db, url.rpartition("=")[2], now)
    except NotFound:
        return False
    return True


def _post(db: Database, asked: str, now: datetime) -> None:
    try:
        with db.transaction() as transaction:
            found = accounts.by_login(transaction.cursor, asked)
            account = found[0] if found else accounts.by_mail(transaction.cursor, asked)
            known = account is not None and not account.disabled and bool(account.mail)
            url = ""
            if (
                account is not None
                and known
                and _counted(transaction, attempts.key("link to", account.id), MOST_PER_ACCOUNT, now)
            ):
                url = _made(transaction, account, now)
            outcome = Outcome.DONE if url else Outcome.REFUSED
            subject = f"account:{account.id if account else ''}"
            journal.record(transaction, Act.LINK_ASKED, None, subject, now, outcome=outcome)
        if account is not None and url:
            mail.send(account.mail, *_letter(account, url))
    except Exception:
        log.exception("A link for a forgotten password could not be sent.")


def _counted(transaction: Transaction, key: str, most: int, now: datetime) -> bool:
    """Count a request under a key; False, and not counted, once there were too many within the hour."""
    if sessions.failures(transaction.cursor, key, now - HOUR, now + HOUR)[0] >= most:
        return False
    sessions.add_failure(transaction, key, now)
    return True


def _made(transaction: Transaction, account: Account, now: datetime) -> str:
    token = secrets.token_urlsafe(32)
    sessions.add_link(transaction, _hash(token), account.id, now)
    public = settings().public_url.rstrip("/") or f"http://localhost:{settings().port}"
    return f"{public}/?{PARAMETER}={token}"


def _letter(account: Account, url: str) -> tuple[str, str]:
    """Subject and text of the mail."""
    known = settings()
    return (
        f"{known.service_name} : choisir votre mot de passe",
        f"Bonjour {account.name},\n\n"
        f"Pour choisir le mot de passe de votre compte « {account.login} », ouvrez ce lien dans les {known.link_minutes} "
        f"minutes. Il ne sert qu'une fois :\n\n{url}\n\n"
        "Si vous n'avez rien demandé, ne faites rien : votre mot de passe reste le même.\n\n"
        f"Support : {known.support_telephone}, {known.support_hours}\n{known.service_name} - {known.region}\n",
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
