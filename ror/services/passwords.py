"""Choosing a password: one's own again, or by a one-time link. Both close every session of the account."""

from datetime import datetime

from ror.errors import Refused
from ror.model.journal import Act, Outcome
from ror.model.passwords import MOST_BYTES, check_password
from ror.model.rights import Account, Action, Role
from ror.services import attempts, hashing, journal, links, sign_in
from ror.services.sign_in import Passed
from ror.store import accounts, sessions
from ror.store.database import Database, Writer

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
    with journal.gesture(db, account, Action.ENTER, Act.PASSWORD_CHANGED, subject, now) as writer:
        _, password_hash = accounts.by_login(writer.cursor, account.login) or (None, "")
        attempt = attempts.reserve(writer, account.login, account, now, mark)
    # What is past 72 bytes cannot be right, and bcrypt would not read it.
    right = len(old.encode(errors="surrogatepass")) <= MOST_BYTES and hashing.opens(old, password_hash)
    new_hash = hashing.hashed(new) if right else ""
    with db.writer() as writer:
        if right := right and attempt.may_succeed and sign_in.unchanged(writer, account, password_hash):
            attempts.succeeded(writer, attempt)
            account = _set(writer, account, new_hash, now)
        else:
            journal.record(writer, Act.PASSWORD_CHANGED, account, subject, now, outcome=Outcome.REFUSED)
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
    with db.writer() as writer:
        account = links.account_of(writer.cursor, token, now)
        account = _set(writer, account, new_hash, now, by="link")
    return sign_in.passed(account)


def _set(writer: Writer, account: Account, password_hash: str, now: datetime, by: str = "password") -> Account:
    """Write the password; returns the account as it is once its sessions and tickets are void."""
    accounts.set_password(writer, account.id, password_hash)
    sessions.drop_links(writer, account.id)
    closed = sessions.close_sessions(writer, account.id, now)
    after = {"by": by, "sessions_closed": closed}
    journal.record(writer, Act.PASSWORD_CHANGED, account, f"account:{account.id}", now, after=after)
    return accounts.by_id(writer.cursor, account.id) or account
