"""Apply the body of a `PATCH Location`: numbers that another system adds, replaces or removes, in one transaction.

A unit has a last event for each temporality (R331) that it was declared for. A body is written as one event for each
temporality that it changes; the numbers that it does not mention stay as they were.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ror.errors import OlderNumber, PartsRefused, Refused
from ror.exchange.fhir.capacity import Capacity, UnitOffer, current_capacities, record_temporality
from ror.exchange.fhir.patch import Operation, Patch
from ror.exchange.fhir.patch_value import PATH, BadPatch, PatchError, Value, fault, part_path
from ror.model.capacity import of_records
from ror.model.count_parts import PartKey
from ror.model.declaration import Channel, Declaration, EventKind
from ror.model.journal import Act
from ror.model.nomenclature import Temporality, labels
from ror.model.rights import Account
from ror.services import journal
from ror.services.availability.declarable_unit import DeclarableUnit, authorize_unit
from ror.services.availability.receive import Observation, is_later, write_observation, write_remaining
from ror.store.engine.database import Database

Records = dict[PartKey, int]
"""The numbers of a unit for one temporality, by part."""


@dataclass(slots=True)
class _Change:
    """The changes of a body to the numbers of one temporality.

    `remaining` are the present numbers without those that it removes, `taken` is true when it removes some; `sent` are the
    numbers that it adds or replaces.
    """

    remaining: Records
    taken: bool = False
    sent: list[Value] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Applied:
    """The events that hold the numbers of a body, and those of them that were written now."""

    events: Sequence[Declaration]
    written: Sequence[Declaration]

    @property
    def message(self) -> str:
        """The sentence that says what was done."""
        if not self.written:
            return "Ces nombres étaient déjà connus pour cet instant : rien n'a changé."
        confirmed = all(event.kind is EventKind.CONFIRMED for event in self.written)
        return "Nombres inchangés : ils sont confirmés." if confirmed else "Mise à jour enregistrée."


def apply_patch(db: Database, account: Account, offer: UnitOffer, patch: Patch, now: datetime) -> Applied:
    """Write the numbers of a body for a unit, whose offer was just read.

    Raises `Forbidden`, `NotFound`, `CommentMasked`, and `BadPatch` with every fault: not-found for a missing number to replace
    or to remove, conflict for a number that is older than the last one.
    """
    patch.check_unit(offer.kind)
    with journal.refusals(db, Act.DECLARE, account, f"unit:{offer.unit.id}", now), db.transaction() as transaction:
        unit = authorize_unit(transaction, account, offer.unit.id, channel=Channel.FHIR)
        changes = _changes(unit, patch, current_capacities(offer, now))
        faults: list[PatchError] = []
        results: list[tuple[Declaration, bool]] = []
        for temporality, change in sorted(changes.items()):
            try:
                results.append(_write(unit, temporality, change, now))
            except BadPatch as refused:
                faults += refused.faults
            except Refused as refused:
                faults.append(_fault_of(refused))
        if faults:
            raise BadPatch(faults)
    written = [event for event, new in results if new]
    for event in written:
        unit.publish(event)
    return Applied([event for event, _ in results], written)


def _fault_of(refused: Refused) -> PatchError:
    if isinstance(refused, OlderNumber):
        return PatchError(refused.user_message, "conflict", part_path("capacityUpdateDate"))
    expression = PATH if isinstance(refused, PartsRefused) else part_path("nbCapacity")
    return PatchError(refused.user_message, "business-rule", expression)


def _changes(unit: DeclarableUnit, patch: Patch, shown: Sequence[Capacity]) -> Mapping[str, _Change]:
    """Return the changes of a body by temporality of the event; `shown` are the numbers that a read returns now."""
    lasts = {temporality: unit.last_for(temporality) for temporality in labels("R331")}
    changes = {temporality: _Change(last.counts.records() if last else {}) for temporality, last in lasts.items()}
    faults: list[PatchError] = []
    values = [value for operation in patch.operations for value in operation.values]
    for operation in patch.operations:
        if operation.kind == "delete":
            found = _remove(unit, changes, operation)
        else:
            found = operation.kind != "replace" or any(operation.matches(one.codes(unit.kind)) for one in shown)
            for value in operation.values:
                change = changes[_event_temporality(unit, value, values, lasts)]
                if operation.kind == "replace_all" and not change.sent:
                    change.remaining, change.taken = {}, True
                change.sent.append(value)
        if not found:
            again = "" if operation.kind == "delete" else " : envoyez-le par une opération « add »"
            faults.append(PatchError(f"Aucun nombre connu ne correspond à ce « path »{again}.", "not-found", PATH))
    if faults:
        raise BadPatch(faults)
    return {temporality: change for temporality, change in changes.items() if change.taken or change.sent}


def _remove(unit: DeclarableUnit, changes: Mapping[str, _Change], operation: Operation) -> bool:
    """Remove the numbers that an operation matches; return whether there was one."""
    found = False
    for temporality, change in changes.items():
        for key in list(change.remaining):
            shown = record_temporality(key.status, temporality, unit.kind)
            codes = Capacity(key, shown, 0, datetime.min, "").codes(unit.kind)
            source = {name: code for name, code in operation.conditions.items() if name == "capacitySourceType"}
            if operation.matches(codes | source):
                del change.remaining[key]
                found = change.taken = True
    return found


def _event_temporality(
    unit: DeclarableUnit, value: Value, values: Iterable[Value], lasts: Mapping[str, Declaration | None]
) -> str:
    """Return the temporality of the event that a number belongs to.

    A number available, or one of another temporality than « Courant », belongs to the event of its temporality. The other
    numbers, which are counted now, belong to the event of the unit's own temporality; for a unit of places they belong to
    « Courant » when the only number available that is sent, or was sent for that instant, is « Courant ».
    """
    own, current = unit.kind.temporality, Temporality.CURRENT
    if value.key.status == "available" or value.temporality != current or own == current:
        return value.temporality
    available = {one.temporality for one in values if one.key.status == "available"}
    candidates = [temporality for temporality in (own, current) if temporality in available] or [
        temporality
        for temporality in (own, current)
        if (last := lasts[temporality]) is not None and last.observed_at == value.observed_at
    ]
    return str(candidates[0] if candidates else own)


def _write(unit: DeclarableUnit, temporality: str, change: _Change, now: datetime) -> tuple[Declaration, bool]:
    if not change.sent:
        counts = of_records(change.remaining)
        return write_remaining(unit, temporality, counts, now), True
    first = change.sent[0]
    _check_together(change.sent)
    later = is_later(first.observed_at, unit.last_for(temporality))
    records = _merged(change.remaining, {value.key: value.number for value in change.sent}, later)
    comments = [value.comment for value in change.sent if value.comment is not None]
    observation = Observation(
        temporality,
        of_records(records),
        frozenset(value.key.status for value in change.sent),
        first.observed_at,
        first.source_type,
        comments[0] if comments else None,
    )
    return write_observation(unit, observation, now)


def _check_together(values: Sequence[Value]) -> None:
    """Raise `BadPatch` unless numbers make one event: one instant, one source, one comment, each part once."""
    if len({value.key for value in values}) < len(values):
        raise fault("Un même nombre vient deux fois : envoyez-le une seule fois.", "invalid", PATH)
    shared: dict[str, tuple[set[object], str]] = {
        "capacityUpdateDate": (
            {value.observed_at for value in values},
            "Les nombres d'un envoi, pour une même temporalité, disent le même instant : envoyez à part ce qui a une autre "
            "capacityUpdateDate.",
        ),
        "capacitySourceType": (
            {value.source_type for value in values},
            "Les nombres d'un envoi, pour une même temporalité, ont le même capacitySourceType : envoyez à part ce qui en a un "
            "autre.",
        ),
        "comment": (
            {value.comment for value in values if value.comment is not None},
            "Une unité a un seul commentaire : envoyez le même « comment » partout, ou un seul.",
        ),
    }
    for name, (given, sentence) in shared.items():
        if len(given) > 1:
            raise fault(sentence, "business-rule", part_path(name))


def _merged(before: Records, sent: Records, later: bool) -> Records:
    """Return the numbers `before` updated by those sent. At a later instant parts replace a whole number, and the contrary.

    A number without a part and parts that are sent for one instant add up: so a count is read whose patients are not all of a
    known sex.
    """
    merged = dict(before)
    for status, assignment in {(key.status, key.assignment) for key in sent} if later else ():
        whole = PartKey(status, assignment=assignment)
        sent_whole = {key == whole for key in sent if (key.status, key.assignment) == (status, assignment)}
        if len(sent_whole) == 1:
            same_status = [key for key in merged if (key.status, key.assignment) == (status, assignment)]
            merged = {key: number for key, number in merged.items() if key not in same_status or (key == whole) in sent_whole}
    return merged | sent
