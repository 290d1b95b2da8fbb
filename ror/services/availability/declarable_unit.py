"""A unit that an account may declare for: the checks and the writing that every operation on it shares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from ror.errors import CommentMasked, Forbidden, NotFound, Outdated, Refused
from ror.model.capacity import Counts
from ror.model.count_parts import part_object
from ror.model.declaration import Channel, Declaration, EventKind
from ror.model.freshness import is_closed_for_a_time
from ror.model.journal import Act
from ror.model.nomenclature import SourceType, UnitType
from ror.model.registry import Unit
from ror.model.rights import Account, Action, may
from ror.model.territory import time_zone
from ror.model.unit_kind import COUNTS_NOTHING, NOT_FOLLOWED, UNKNOWN_NATURE, UnitKind, unit_kind, why_uncounted
from ror.services import events, journal
from ror.services.region_time import local_words
from ror.services.rights import current_account
from ror.store import accounts, comments, declarations, registry, unit_types
from ror.store.engine.database import Cursor, Transaction

IMPORT_AUTHOR = "un import"
"""The author shown for what no account declared: the command line did."""

_UNCOUNTED = {
    UNKNOWN_NATURE: "Le répertoire ne dit pas si cette unité compte des lits ou des places : demandez à un administrateur "
    "de le préciser.",
    COUNTS_NOTHING: "Cette unité ne compte ni lits ni places : elle n'a rien à déclarer. Si c'est une erreur, demandez à un "
    "administrateur de le préciser.",
    NOT_FOLLOWED: "Votre région ne suit pas les unités de ce type : elles n'ont rien à déclarer.",
}
"""The refusals to declare, by the answers of `model.unit_kind.why_uncounted`."""


_NOT_ALLOWED = {
    Action.DECLARE: "Cette unité n'est pas dans votre périmètre : adressez-vous au support pour y être habilité.",
    Action.DECLARE_FOR_OTHERS: "Votre compte n'écrit pas de nombre pour les unités de ce département : demandez ce droit à un "
    "administrateur.",
}


class UnitHistories:
    """The last events and the usual numbers of some units by unit and temporality, read for all of them at once; and the types.

    `add` keeps the last events current while a transaction writes; the usual numbers stay those of before it.
    """

    def __init__(self, cursor: Cursor, units: Sequence[str]) -> None:
        self._cursor, self._units = cursor, units
        self.last_events: dict[tuple[str, str], Declaration] = {}
        self.last_numbers: dict[tuple[str, str], Declaration] = {}
        """The last events without the masks of comments, which change no number."""
        for event in declarations.latest(cursor, units):
            self.add(event)

    def add(self, event: Declaration) -> None:
        """Make an event the last one of its unit."""
        key = (event.unit, event.temporality)
        self.last_events[key] = event
        if event.kind is not EventKind.MASKED:
            self.last_numbers[key] = event

    @cached_property
    def usual_numbers(self) -> dict[tuple[str, str], list[int]]:
        """The numbers that each unit last declared, oldest first; read at the first use."""
        return declarations.recent_numbers(self._cursor, self._units)

    @cached_property
    def types(self) -> Mapping[str, UnitType]:
        """The types of units as the region has them; read at the first use, not for each line of a file."""
        return unit_types.types(self._cursor)


@dataclass(frozen=True, slots=True)
class DeclarableUnit:
    """A unit in a transaction, for an account that may declare for it (None: the command line); see `authorize_unit`."""

    transaction: Transaction
    account: Account | None
    entry: Unit
    structure: str
    legal_entity: str
    department: str
    kind: UnitKind
    histories: UnitHistories
    channel: Channel = Channel.FORM

    @property
    def key(self) -> tuple[str, str]:
        """The unit and its temporality: the key of `histories`."""
        return self.entry.id, str(self.kind.temporality)

    @property
    def last_number(self) -> Declaration | None:
        """The unit's last event that is no mask."""
        return self.histories.last_numbers.get(self.key)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of its territory."""
        return time_zone(self.department)

    def remaining_closure(self, event: Declaration, now: datetime) -> date | None:
        """Return the last day of the closure of an event of the unit; None without a closure or once it is over."""
        return event.closed_until if is_closed_for_a_time(event.closed_until, now, self.zone) else None

    def last_for(self, temporality: str) -> Declaration | None:
        """Return the unit's last event for a temporality, masks left out; for another than its own, of its capacity type only.

        A unit that counted beds once may have a last number « Courant » that says nothing of its places.
        """
        last = self.histories.last_numbers.get((self.entry.id, temporality))
        if last is None or temporality == self.kind.temporality or last.capacity_type == self.kind.capacity_type:
            return last
        return None

    def check_open(self, counts: Counts) -> None:
        """Raise `Refused` for a number above 0 of a unit that is closed in the registry."""
        if self.entry.closed and counts.available:
            raise Refused("Cette unité est fermée au répertoire : elle ne peut offrir que 0. Demandez sa réouverture.")

    def check_not_outdated(self, seen_position: int) -> None:
        """Raise `Outdated` when somebody declared the unit after the position that the form was rendered from."""
        if newer := self.describe_newer(seen_position):
            raise Outdated(
                f"{newer} Votre saisie est gardée : vérifiez-la, puis enregistrez de nouveau si elle est plus juste."
            )

    def describe_newer(self, seen_position: int) -> str:
        """Return a sentence with the author, number and instant of what was declared after a position; "" for nothing."""
        # A masked comment changes no number: a form rendered before it, or after it, is not outdated by it.
        last = self.last_number
        # A position beyond the end of the log was seen before a restore, in another log.
        if last is None or last.position <= seen_position <= self.transaction.position:
            return ""
        author = IMPORT_AUTHOR
        if last.channel == Channel.TELEPHONE and (self.account is None or self.account.of_token):
            author = "la coordination, par téléphone,"
        elif last.account:
            author = accounts.names(self.transaction.cursor, [last.account]).get(last.account, "quelqu'un d'autre")
        number = "aucun nombre" if last.counts.available is None else self.kind.capacity_type.of(last.counts.available)
        verb = "a annulé une mise à jour :" if last.kind is EventKind.UNDONE else "a déclaré"
        return f"Entre-temps, {author} {verb} {number}, le {local_words(last.recorded_at, self.department)}."

    def check_comment_not_masked(self, seen_position: int, comment: str) -> None:
        """Raise `CommentMasked` for a comment typed in a form rendered before a mask: it may bring the masked text back."""
        if comment and comments.masked_since(self.transaction.cursor, *self.key, seen_position):
            raise CommentMasked(
                "Entre-temps, un administrateur a masqué le commentaire de cette unité. Votre saisie est gardée : vérifiez "
                "qu'elle ne contient aucune donnée patient, puis enregistrez de nouveau."
            )

    def new_event(
        self, kind: EventKind, counts: Counts, comment: str, now: datetime, save_id: str = "", temporality: str = ""
    ) -> Declaration:
        """Return an event typed by hand now, at the next position; it is not written yet. `temporality` "": the unit's own."""
        unit, own = self.key
        return Declaration(
            position=self.transaction.next_position(),
            kind=kind,
            unit=unit,
            temporality=temporality or own,
            counts=counts,
            comment=comment,
            closed_until=None,
            source_type=str(SourceType.MANUAL),
            account=self.account.id if self.account else "",
            observed_at=now,
            recorded_at=now,
            save_id=save_id,
            capacity_type=str(self.kind.capacity_type),
            channel=str(self.channel),
        )

    def append(self, act: Act, event: Declaration) -> None:
        """Write an event and its journal line, which has the numbers and whether there is a comment, never the comment."""
        before = self.histories.last_events.get((event.unit, event.temporality))
        declarations.append(self.transaction, event)
        self.histories.add(event)
        journal.record(
            self.transaction,
            act,
            self.account,
            f"unit:{event.unit}",
            event.recorded_at,
            before=self._journal_values(before) if before else None,
            after=self._journal_values(event),
        )

    def _journal_values(self, event: Declaration) -> dict[str, Any]:
        counts = {status: number for status, number in event.counts.by_status().items() if number is not None}
        others = {
            "parts": [part_object(part) for part in event.counts.parts],
            "temporality": event.temporality if event.temporality != self.kind.temporality else "",
            "closed_until": event.closed_until,
            "acts_on": event.acts_on,
            "comment": bool(event.comment),
        }
        return {"position": event.position, **counts, **{name: value for name, value in others.items() if value}}

    def publish(self, event: Declaration) -> None:
        """Notify open pages of an event, once its transaction is committed."""
        events.publish(events.CommitEvent(event.position, event.unit, self.structure, self.department, event.kind))


def authorize_unit(
    transaction: Transaction,
    account: Account | None,
    unit_id: str,
    histories: UnitHistories | None = None,
    channel: Channel = Channel.FORM,
    action: Action = Action.DECLARE,
) -> DeclarableUnit:
    """Return a unit for which the account, as its roles and perimeter stand in this transaction, may declare.

    `account` None is the command line, which may declare everywhere. `histories` were read for many units, this one among
    them; without, those of the unit alone are read. `channel` is that of the events to write. `action` is DECLARE, or
    DECLARE_FOR_OTHERS, which is granted by département. Raises `NotFound`, `Forbidden`, or `Refused` for a unit that counts
    nothing.
    """
    registered = _registered(transaction, unit_id)
    entry, structure, legal_entity, department = registered
    where = (entry.id, structure, legal_entity)
    if account is not None and not may(current_account(transaction.cursor, account), action, where, department):
        raise Forbidden(_NOT_ALLOWED[action])
    return _declarable(transaction, account, registered, histories, channel)


def unit_to_read(transaction: Transaction, account: Account, unit_id: str) -> DeclarableUnit:
    """Return a unit without checking that the account may declare for it: to compare it with a form, never to write.

    Raises `NotFound`, or `Refused` for a unit that counts nothing.
    """
    return _declarable(transaction, account, _registered(transaction, unit_id), None, Channel.FORM)


_RegisteredUnit = tuple[Unit, str, str, str]
"""A unit with its structure, legal entity and département."""


def _registered(transaction: Transaction, unit_id: str) -> _RegisteredUnit:
    registered = registry.unit(transaction.cursor, unit_id)
    if registered is None:
        raise NotFound("Cette unité n'existe pas ou plus : vérifiez son identifiant, ou rechargez la page.")
    return registered


def _declarable(
    transaction: Transaction,
    account: Account | None,
    registered: _RegisteredUnit,
    histories: UnitHistories | None,
    channel: Channel,
) -> DeclarableUnit:
    entry, structure, legal_entity, department = registered
    histories = histories or UnitHistories(transaction.cursor, [entry.id])
    kind = unit_kind(entry, histories.types)
    if kind is None:
        raise Refused(_UNCOUNTED[why_uncounted(entry, histories.types[entry.unit_type])])
    return DeclarableUnit(transaction, account, entry, structure, legal_entity, department, kind, histories, channel)
