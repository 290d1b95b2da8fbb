"""Confirm « rien n'a changé » by the link of a mail, without a session.

The link stands for the units and the positions that the mail showed, and carries no number. Opening it only reads. Pressing
its button reads the rights, the perimeter and the state again, and judges each unit as the sheet does. The link serves once,
for a day; a new password, a disabled account and a newer mail void it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ror import metrics
from ror.errors import NotFound, RorError
from ror.model.capacity import Counts
from ror.model.declaration import Channel, Declaration
from ror.model.french import count
from ror.model.journal import Act
from ror.model.nomenclature import CapacityType
from ror.model.rights import Account, Action
from ror.services import journal
from ror.services.availability import declare, sheet
from ror.services.availability.declarable_unit import UnitHistories, authorize_unit
from ror.services.availability.sheet import LineAction, SheetLine
from ror.services.region_time import instant_words
from ror.services.reminders import signed_link
from ror.services.reminders.signed_link import LinkKind
from ror.settings import settings
from ror.store import accounts, registry, reminders
from ror.store.engine.database import Cursor, Database, Transaction
from ror.store.reminders import Mail

VALIDITY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class ShownUnit:
    """A unit on the page of the link. `last` is None when it cannot be confirmed: `refusal` then says why."""

    name: str
    structure: str
    last: Declaration | None
    refusal: str
    capacity: CapacityType = CapacityType.BED


def enabled() -> bool:
    """Return whether the settings allow mails to have such a link."""
    return settings().reminder_confirm_link


def may_serve(used_at: datetime | None, revoked_at: datetime | None, tried_at: datetime, now: datetime) -> bool:
    """Return whether the link of a mail was neither used nor revoked, and is not too old; its account is not checked."""
    return enabled() and used_at is None and revoked_at is None and not _too_old(tried_at, now)


def _too_old(tried_at: datetime, now: datetime) -> bool:
    return abs(now - tried_at) > VALIDITY


def read(db: Database, token: str, now: datetime) -> tuple[Account, list[ShownUnit]]:
    """Return the account of a link and its units; writes nothing. Raises `NotFound` when the link is not valid."""
    position = db.position
    with db.reader() as cursor:
        signed_link.check_rate(cursor, now)
        mail, account = _valid(cursor, token, now)
        transaction = Transaction(cursor, position)
        histories = UnitHistories(cursor, sorted(mail.positions))
        return account, [_shown(transaction, account, histories, *unit) for unit in _in_order(cursor, mail)]


def _in_order(cursor: Cursor, mail: Mail) -> list[tuple[str, int, str, str]]:
    """Return the units of a mail (id, position, name, name of the structure), by structure and name."""
    units = []
    for unit, position in mail.positions.items():
        registered = registry.unit(cursor, unit)
        if registered is None:
            units.append((unit, position, "Unité retirée du répertoire", ""))
        else:
            structure = registry.structure(cursor, registered[1])
            units.append((unit, position, registered[0].name, structure.name if structure else ""))
    return sorted(units, key=lambda one: (one[3], one[2]))


def _shown(
    transaction: Transaction, account: Account, histories: UnitHistories, unit: str, seen: int, name: str, structure: str
) -> ShownUnit:
    try:
        declarable = authorize_unit(transaction, account, unit, histories)
        last = declarable.last_number
        declare.check_confirmation(declarable, seen)
    except RorError as refusal:
        return ShownUnit(name, structure, None, refusal.user_message)
    return ShownUnit(name, structure, last, "", declarable.kind.capacity_type)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The result of a press: the units that were confirmed, and those that were not, each with its `refusal`."""

    units: list[ShownUnit]

    @property
    def count(self) -> int:
        """The number of units that were confirmed."""
        return sum(not unit.refusal for unit in self.units)


def confirm(db: Database, token: str, now: datetime) -> Confirmed:
    """Confirm the units of a link and mark the link as used; a unit that was declared since is not confirmed.

    Raises `NotFound` when the link is not valid, counted by network, and `Forbidden`, journalled, for an account that may not
    declare any more.
    """
    signed_link.check_press(db, LinkKind.CONFIRM, token, now)
    with db.reader() as cursor:
        _, account = _valid(cursor, token, now)
    subject = f"account:{account.id}"
    with journal.authorized_transaction(db, account, Action.DECLARE, Act.REMINDER, subject, now) as transaction:
        mail, account = _valid(transaction.cursor, token, now)
        done, written = _confirm_in(transaction, account, mail, now)
    sheet.publish(written)
    metrics.REMINDERS.labels("confirmed").inc()
    return done


def _confirm_in(transaction: Transaction, account: Account, mail: Mail, now: datetime) -> tuple[Confirmed, sheet.Written]:
    units = _in_order(transaction.cursor, mail)
    lines = [
        SheetLine(LineAction.CONFIRM, declare.DeclarationDraft(unit, Counts(None), "", seen, None, mail.id))
        for unit, seen, _, _ in units
    ]
    answers, written = sheet.save_in(transaction, account, lines, now, Channel.LINK)
    done = Confirmed(
        [
            ShownUnit(name, structure, answer.event, "", CapacityType(answer.event.capacity_type))
            if answer.event is not None
            else ShownUnit(name, structure, None, answer.message)
            for (_, _, name, structure), answer in zip(units, answers, strict=True)
        ]
    )
    reminders.use(transaction, mail.id, done.count, now)
    after = {"action": "confirm_by_link", "reminder": mail.id, "units": len(units), "confirmed": done.count}
    journal.record(transaction, Act.REMINDER, account, f"account:{account.id}", now, after=after)
    return done, written


def _valid(cursor: Cursor, token: str, now: datetime) -> tuple[Mail, Account]:
    """Return the mail and the present state of the account of a valid link. Raises `NotFound` with the reason."""
    mail = signed_link.find(cursor, LinkKind.CONFIRM, token)
    account = accounts.by_id(cursor, mail.account)
    if reason := _why_void(mail, account, now):
        raise NotFound(reason)
    assert account is not None
    return mail, account


def _why_void(mail: Mail, account: Account | None, now: datetime) -> str:
    """Return why a link with a right signature cannot be used, "" when it can."""
    if not enabled():
        return "Ces liens sont coupés : connectez-vous au service pour confirmer vos nombres."
    if mail.used_at is not None:
        done = f"a confirmé {count(mail.confirmed or 0, 'unité')}"
        return f"Ce lien a déjà servi : il {done} le {instant_words(mail.used_at)}. Il ne sert qu'une fois."
    if account is None or account.disabled or account.generation != mail.generation:
        return "Ce lien n'est plus valable : le compte a changé depuis. Connectez-vous au service."
    if mail.revoked_at is not None:
        return "Ce lien a été retiré ou remplacé par celui d'un courriel plus récent : servez-vous du dernier reçu."
    if _too_old(mail.tried_at, now):
        return "Ce lien n'est plus valable, il servait pendant 24 heures : connectez-vous au service."
    return ""


def revoke(db: Database, account: Account, mail_id: str, now: datetime) -> None:
    """Void the link of a mail, for the account that it was sent to and for administrators; may be called twice.

    Raises `Forbidden`, journalled, and `NotFound`.
    """
    with db.reader() as cursor:
        mail = reminders.mail(cursor, mail_id)
    if mail is None:
        raise NotFound("Ce courriel n'existe plus : rechargez la page.")
    action = Action.ENTER if mail.account == account.id else Action.MANAGE_ACCOUNTS
    subject = f"account:{mail.account}"
    with journal.authorized_transaction(db, account, action, Act.REMINDER, subject, now) as transaction:
        reminders.revoke(transaction, mail_id, now)
        journal.record(transaction, Act.REMINDER, account, subject, now, after={"action": "revoke_link", "reminder": mail_id})
