"""Choosing a password: one's own again, or by a one-time link. Both close every session of the account."""

from datetime import datetime

from ror.errors import Refused
from ror.model.journal import Act, Outcome
from ror.model.passwords import MOST_BYTES, check_password
from ror.model.rights import Account, Action, Role
from ror.services import journal
from ror.services.accounts import attempts, hashing, links, sign_in
from ror.services.accounts.sign_in import Passed
from ror.store import accounts, sessions
from ror.store.engine.database import Database, Transaction

_WRONG = "Le mot de passe actuel est incorrect. Tapez-le de nouveau, ou demandez un lien par « Mot de passe oublié »."


def check(account: Account, password: str) -> None:
    """Raises `Refused` when the account may not choose this password."""
    names = (account.login, account.name, account.mail)
    check_password(password, names, administrator=Role.ADMINISTRATOR in account.roles)


def change(db: Database, account: Account, old: str, new: str, now: datetime, mark: str = "") -> str:
    """Change one's own password; returns a ticket for `open_session`, since the present session is closed too.

    Raises `Refused` for the new one, `SignInFailed` for the old one: a wrong one counts as a failed attempt.
    """
    check(account, new)
    if old == new:
        raise Refused("Le nouveau mot de passe est le même que l'actuel : choisissez-en un autre.")
    subject = f"account:{account.id}"
    with journal.authorized_transaction(db, account, Action.ENTER, Act.PASSWORD_CHANGED, subject, now) as transaction:
        _, password_hash = accounts.by_login(transaction.cursor, account.login) or (None, "")
        attempt = attempts.reserve(transaction, account.login, account, now, mark)
    # What is past 72 bytes cannot be right, and bcrypt would not read it.
    right = len(old.encode(errors="surrogatepass")) <= MOST_BYTES and hashing.opens(old, password_hash)
    new_hash = hashing.hashed(new) if right else ""
    with db.transaction() as transaction:
        if right := right and attempt.may_succeed and sign_in.unchanged(transaction, account, password_hash):
            attempts.succeeded(transaction, attempt)
            account = _set(transaction, account, new_hash, now)
        else:
            journal.record(transaction, Act.PASSWORD_CHANGED, account, subject, now, outcome=Outcome.REFUSED)
    if not right:
        raise attempt.refusal(_WRONG)
    return sign_in.ticket_for(account)


def set_by_link(db: Database, token: str, new: str, now: datetime) -> Passed:
    """Choose a password by a one-time link, which is spent; gives what `sign_in.sign_in` does.

    Raises `NotFound` for a link that is worth nothing, `Refused` for the password: the link serves again then.
    """
    with db.reader() as cursor:
        check(links.account_of(cursor, token, now), new)
    new_hash = hashing.hashed(new)
    with db.transaction() as transaction:
        account = links.account_of(transaction.cursor, token, now)
        account = _set(transaction, account, new_hash, now, by="link")
    return sign_in.passed(account)


def _set(transaction: Transaction, account: Account, password_hash: str, now: datetime, by: str = "password") -> Account:
    """Write the password; returns the account as it is once its sessions and tickets are void."""
    accounts.set_password(transaction, account.id, password_hash)
    sessions.drop_links(transaction, account.id)
    closed = sessions.close_sessions(transaction, account.id, now)
    after = {"by": by, "sessions_closed": closed}
    journal.record(transaction, Act.PASSWORD_CHANGED, account, f"account:{account.id}", now, after=after)
    return accounts.by_id(transaction.cursor, account.id) or account
