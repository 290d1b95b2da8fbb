"""Invitations: a link for an account that never signed in, by which its holder chooses a first password within seven days.

The link serves once, and ends when the account signs in, is disabled, gets another mail address or another invitation, or when
an administrator revokes it. `links.link_account_in` finds the account of a token. `account` is the account signed in.
"""

import contextvars
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa

from ror.errors import Forbidden, MailFailed, NotFound, Refused
from ror.model.invitation import VALIDITY, InvitationDelivery
from ror.model.journal import Act
from ror.model.rights import Account, Action
from ror.services import journal, mail
from ror.services.accounts import links
from ror.services.accounts.account_rules import require_existing
from ror.services.region_time import instant_words, region_words
from ror.settings import settings
from ror.store import accounts, invitations
from ror.store.engine.database import Database, Transaction

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class InvitationResult:
    """The invitation of one account: `link` is to be handed over, "" once it was sent; `delivery` None when it was refused."""

    account: str
    name: str
    login: str
    mail: str
    delivery: InvitationDelivery | None
    link: str = ""
    refusal: str = ""


@dataclass(slots=True)
class InvitationRun:
    """The progress of sending invitations to `total` accounts; `failure` says why it stopped early, "" otherwise."""

    total: int
    results: list[InvitationResult] = field(default_factory=list)
    finished: bool = False
    failure: str = ""


def list_never_signed_in(db: Database, account: Account | None, now: datetime, only: str = "") -> pa.Table:
    """Return the enabled accounts that never signed in, by name; `only` is the id of one. Raises `Forbidden`, journalled.

    Columns: those of `store.invitations.never_signed_in`, and expires_at, null without an invitation.
    """
    journal.require(db, account, Action.MANAGE_ACCOUNTS, Act.INVITATION, f"account:{only}" if only else "accounts", now)
    with db.reader() as cursor:
        table = invitations.never_signed_in(cursor, only)
    ends = [invited_at and invited_at + VALIDITY for invited_at in table["invited_at"].to_pylist()]
    return table.append_column("expires_at", pa.array(ends, pa.timestamp("us", tz="UTC")))


def invite(
    db: Database,
    account: Account | None,
    targets: Sequence[str],
    now: datetime,
    on_result: Callable[[InvitationResult], object],
) -> None:
    """Invite accounts by their ids, one after the other, each in a transaction of its own; `on_result` gets each result.

    Without a mail server or an address, or when the server refuses it, the result has the link to hand over. Raises
    `Forbidden`, journalled, also when the right is withdrawn meanwhile.
    """
    with mail.Outbox() as outbox:
        for target_id in targets:
            on_result(_invite(db, account, target_id, now, outbox))


def _invite(db: Database, account: Account | None, target_id: str, now: datetime, outbox: mail.Outbox) -> InvitationResult:
    subject = f"account:{target_id}"
    try:
        with journal.authorized_transaction(db, account, Action.MANAGE_ACCOUNTS, Act.INVITATION, subject, now) as transaction:
            target = require_existing(accounts.by_id(transaction.cursor, target_id))
            _check(transaction, target)
            token = links.new_token()
            invitations.add(transaction, links.hash_token(token), target_id, now, InvitationDelivery.NO_SERVER)
            after = {"action": "invite", "expires_at": (now + VALIDITY).isoformat()}
            journal.record(transaction, Act.INVITATION, account, subject, now, after=after)
    except (Refused, NotFound) as refusal:
        with db.reader() as cursor:
            name = accounts.names(cursor, [target_id]).get(target_id, "")
        return InvitationResult(target_id, name, "", "", None, refusal=refusal.user_message)
    url, delivery = links.address_of(token), _delivery(target)
    if delivery is InvitationDelivery.SENT:
        try:
            outbox.send(target.mail, _message(target, url, now))
        except MailFailed:
            delivery = InvitationDelivery.MAIL_REFUSED
    with db.transaction() as transaction:
        invitations.set_delivery(transaction, target_id, delivery)
        journal.record(transaction, Act.INVITATION, account, subject, now, after={"delivery": str(delivery)})
    to_hand_over = "" if delivery is InvitationDelivery.SENT else url
    return InvitationResult(target_id, target.name, target.login, target.mail, delivery, to_hand_over)


def _check(transaction: Transaction, target: Account) -> None:
    if target.disabled or target.erased:
        raise Refused("Ce compte est désactivé : réactivez-le avant de l'inviter.")
    if target.identity:
        # A password opens sessions that the claims of the provider do not narrow.
        raise Refused("Ce compte se connecte par la connexion unique : il n'a pas besoin de mot de passe, donc d'invitation.")
    if accounts.has_signed_in(transaction.cursor, target.id):
        raise Refused("Ce compte s'est déjà connecté : envoyez-lui un lien de mot de passe, sur sa fiche.")


def _delivery(target: Account) -> InvitationDelivery:
    """Return how an invitation is delivered, unless the mail server refuses it."""
    if not mail.configured():
        return InvitationDelivery.NO_SERVER
    return InvitationDelivery.SENT if target.mail else InvitationDelivery.NO_MAIL


def start(db: Database, account: Account, targets: Sequence[str], now: datetime) -> InvitationRun:
    """Invite accounts in a thread, so that a slow mail server holds no page; return the progress of that thread."""
    run = InvitationRun(len(targets))
    arguments = (_invite_all, db, account, list(targets), now, run)
    # A daemon: invitations that are left to send do not delay the end of a server, and can be sent again.
    threading.Thread(target=contextvars.copy_context().run, args=arguments, name="invitations", daemon=True).start()
    return run


def _invite_all(db: Database, account: Account, targets: Sequence[str], now: datetime, run: InvitationRun) -> None:
    try:
        invite(db, account, targets, now, run.results.append)
    except Forbidden as refusal:
        run.failure = refusal.user_message
    except Exception:
        log.exception("The invitations stopped.")
        run.failure = "L'envoi s'est arrêté : invitez de nouveau les comptes qui ne sont pas dans la liste ci-dessous."
    finally:
        run.finished = True


def revoke(db: Database, account: Account | None, targets: Sequence[str], now: datetime) -> int:
    """Revoke the invitations of accounts, at once; return how many there were. Raises `Forbidden`, `NotFound` for none."""
    revoked = 0
    with journal.authorized_transaction(db, account, Action.MANAGE_ACCOUNTS, Act.INVITATION, "accounts", now) as transaction:
        for target_id in targets:
            if invitations.delete(transaction, target_id):
                revoked += 1
                after = {"action": "revoke"}
                journal.record(transaction, Act.INVITATION, account, f"account:{target_id}", now, after=after)
        if not revoked:
            raise NotFound("Aucune invitation n'est en cours pour ce choix : elles ont servi, ou ont été révoquées.")
    return revoked


def _message(account: Account, url: str, now: datetime) -> mail.Message:
    """Return the mail with the link."""
    config = settings()
    last_day = instant_words(now + VALIDITY)
    return mail.Message(
        f"{config.service_name} : votre compte",
        f"Bonjour {account.name},\n\n"
        f"Un compte a été créé pour vous, d'identifiant « {account.login} ». Pour choisir son mot de passe et vous connecter, "
        f"ouvrez ce lien avant le {last_day} ({region_words()}). Il ne sert qu'une fois, et remplace celui d'une invitation "
        f"précédente :\n\n{url}\n\n"
        "Gardez ce courriel pour vous : qui ouvre le lien choisit le mot de passe. Si vous n'attendiez pas ce compte, "
        "prévenez le support.\n\n"
        f"Support : {config.support_telephone}, {config.support_hours}\n{config.service_name} - {config.region}\n",
    )
