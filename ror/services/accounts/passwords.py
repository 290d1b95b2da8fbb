"""Change one's own password, or set it by a one-time link. Both close every session of the account."""

from datetime import datetime

from ror.errors import Refused
from ror.model.journal import Act, Outcome
from ror.model.passwords import MAX_BYTES, check_password
from ror.model.rights import Account, Action, Role
from ror.services import journal
from ror.services.accounts import attempts, hashing, links, sign_in
from ror.services.accounts.sign_in import PasswordAccepted
from ror.store import accounts, invitations, sessions
from ror.store.engine.database import Database, Transaction

_WRONG = "Le mot de passe actuel est incorrect. Tapez-le de nouveau, ou demandez un lien par « Mot de passe oublié »."


def check(account: Account, password: str) -> None:
    """Raise `Refused` when the account may not choose this password."""
    names = (account.login, account.name, account.mail)
    check_password(password, names, administrator=Role.ADMINISTRATOR in account.roles)


def change(db: Database, account: Account, old: str, new: str, now: datetime, browser_mark: str = "") -> str:
    """Change one's own password; return a ticket for `open_session`, since the present session is closed too.

    Raises `Forbidden`, journalled; `Refused` for the new password, `SignInFailed` for the old one: a wrong one counts as a
    failed attempt.
    """
    check(account, new)
    if old == new:
        raise Refused("Le nouveau mot de passe est le même que l'actuel : choisissez-en un autre.")
    subject = f"account:{account.id}"
    with journal.authorized_transaction(db, account, Action.ENTER, Act.PASSWORD_CHANGED, subject, now) as transaction:
        _, password_hash = accounts.by_login(transaction.cursor, account.login) or (None, "")
        attempt = attempts.reserve(transaction, account.login, account, now, browser_mark)
    # A longer password cannot be right, and bcrypt would not read it.
    correct = len(old.encode(errors="surrogatepass")) <= MAX_BYTES and hashing.verify_password(old, password_hash)
    new_hash = hashing.hash_password(new) if correct else ""
    with db.transaction() as transaction:
        correct = correct and attempt.may_succeed and sign_in.has_password_hash(transaction, account, password_hash)
        if correct:
            attempts.clear_failures(transaction, attempt)
            account = _set_in(transaction, account, new_hash, now)
        else:
            journal.record(transaction, Act.PASSWORD_CHANGED, account, subject, now, outcome=Outcome.REFUSED)
    if not correct:
        raise attempt.refusal(_WRONG)
    return sign_in.ticket_for(account)


def set_by_link(db: Database, token: str, new: str, now: datetime) -> PasswordAccepted:
    """Set a password by a one-time link, which is spent; return what `sign_in.sign_in` returns.

    Raises `NotFound` for a link that is not valid, `Refused` for the password: then the link is not spent.
    """
    with db.reader() as cursor:
        check(links.link_account_in(cursor, token, now), new)
    new_hash = hashing.hash_password(new)
    with db.transaction() as transaction:
        account = links.link_account_in(transaction.cursor, token, now)
        account = _set_in(transaction, account, new_hash, now, method="link")
    return sign_in.accept_password(account)


def _set_in(transaction: Transaction, account: Account, password_hash: str, now: datetime, method: str = "password") -> Account:
    """Write the password and void sessions, tickets, links and invitation; return the updated account."""
    accounts.set_password(transaction, account.id, password_hash)
    sessions.delete_links(transaction, account.id)
    invitations.delete(transaction, account.id)
    closed = sessions.close_sessions(transaction, account.id, now)
    after = {"by": method, "sessions_closed": closed}
    journal.record(transaction, Act.PASSWORD_CHANGED, account, f"account:{account.id}", now, after=after)
    return accounts.by_id(transaction.cursor, account.id) or account
