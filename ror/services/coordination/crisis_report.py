"""The reports of an event of a crisis: the structures as they were known at the end of a round, and one line per round.

They are read from past boards, without what was recorded since. They name no person and repeat no comment.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from ror.errors import NotFound
from ror.exchange.crisis_report import to_pdf
from ror.model import crisis as rules
from ror.model import tension
from ror.model.crisis import CrisisEvent, CrisisRound, ExtraCount
from ror.model.french import phone
from ror.model.journal import Act
from ror.model.nomenclature import CapacityType
from ror.model.rights import Account, Action
from ror.model.territory import department_name
from ror.services import journal
from ror.services.availability import consult, export, extra_counts
from ror.services.coordination import crisis_progress
from ror.services.coordination.crisis_progress import Progress, StructureProgress
from ror.services.region_time import region_words, region_zone
from ror.store.board.board import Board, UnitRow
from ror.store.engine.database import Database

MAX_ROUNDS = 100
"""Rounds of a report, the last ones: the log is read for each."""

_INSTANT = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True, slots=True)
class RoundReport:
    """A round as it was known at its end, or now while it lasts."""

    progress: Progress
    at: datetime

    @property
    def title(self) -> str:
        """The title of the report."""
        return f"{self.progress.event.label}, tour {self.progress.round.number}"

    @property
    def period(self) -> str:
        """When the round lasted: « 23/11 10 h 00 - 23/11 14 h 00 »."""
        return period_words(self.progress.round)


def period_words(crisis_round: CrisisRound) -> str:
    """Format when a round lasts, in the time of the region."""
    return " - ".join(f"{at.astimezone(region_zone()):%d/%m %H h %M}" for at in (crisis_round.start, crisis_round.end))


def round_report(db: Database, account: Account, event_id: str, number: int, now: datetime) -> RoundReport:
    """Return a round of an event as known at its end, or now while it lasts. Raises `Forbidden`, journalled, `NotFound`."""
    journal.require(db, account, Action.COORDINATE, Act.CRISIS, f"crisis:{event_id}", now)
    board = consult.current(db, account)
    crisis_round = next((one for one in _rounds(board, event_id, now) if one.number == number), None)
    if crisis_round is None:
        raise NotFound("Ce tour n'a pas encore commencé : choisissez-en un de la liste.")
    return _report(db, board, event_id, crisis_round, now)


def last_rounds(db: Database, account: Account, event_id: str, now: datetime) -> list[RoundReport]:
    """Return the rounds of an event, `MAX_ROUNDS` at most, the last one first. Raises `Forbidden`, journalled."""
    journal.require(db, account, Action.COORDINATE, Act.CRISIS, f"crisis:{event_id}", now)
    board = consult.current(db, account)
    last = _rounds(board, event_id, now)[: -MAX_ROUNDS - 1 : -1]
    return [_report(db, board, event_id, crisis_round, now) for crisis_round in last]


def _report(db: Database, board: Board, event_id: str, crisis_round: CrisisRound, now: datetime) -> RoundReport:
    at = min(crisis_round.end, now)
    event = _event(board, event_id, crisis_round)
    return RoundReport(crisis_progress.of_past_round(db, board, event, crisis_round, at), at)


def _rounds(board: Board, event_id: str, now: datetime) -> list[CrisisRound]:
    versions = [version for version in board.crises if version.id == event_id]
    if not versions:
        raise NotFound("Cet événement n'existe pas : rechargez la page.")
    return rules.rounds(versions, now)


def _event(board: Board, event_id: str, crisis_round: CrisisRound) -> CrisisEvent:
    """Return an event as it last was during a round, which a change of its rhythm may have ended."""
    versions = [version for version in board.crises if version.id == event_id]
    during = [one for one in versions if one.recorded_at is None or one.recorded_at < crisis_round.end]
    return during[-1] if during else versions[0]


def structures_table(report: RoundReport) -> pa.Table:
    """Return a line for each structure of a round: its answers, its numbers, its tension, whom to call."""
    structures = report.progress.structures
    return pa.table(
        {
            "Structure": [one.structure for one in structures],
            "Demandées": _numbers(one.expected for one in structures),
            "Répondu": _numbers(one.answered for one in structures),
            **_sums([one.units for one in structures], report.progress.event.extra_counts),
            "Tension": [tension.words(one.tension) for one in structures],
            "Sans réponse": [", ".join(one.missing) for one in structures],
            "Plus ancien nombre": pa.array([_oldest(one) for one in structures], _INSTANT),
            "Commune": [one.commune for one in structures],
            "Département": [f"{one.department} {department_name(one.department)}" for one in structures],
            "Téléphone": [phone(one.bed_telephone or one.telephone) for one in structures],
            "FINESS": [one.finess for one in structures],
        }
    )


def rounds_table(reports: Sequence[RoundReport]) -> pa.Table:
    """Return a line for each round: its answers and its numbers."""
    extras = dict.fromkeys(one for report in reports for one in report.progress.event.extra_counts)
    units = [[row for one in report.progress.structures for row in one.units] for report in reports]
    return pa.table(
        {
            "Tour": _numbers(report.progress.round.number for report in reports),
            "Début": pa.array([report.progress.round.start for report in reports], _INSTANT),
            "Fin": pa.array([report.progress.round.end for report in reports], _INSTANT),
            "Demandées": _numbers(report.progress.expected for report in reports),
            "Répondu": _numbers(report.progress.answered for report in reports),
            **_sums(units, tuple(extras)),
        }
    )


def pdf(db: Database, account: Account, event_id: str, number: int, now: datetime) -> bytes:
    """Return the report of a round as a PDF, journalled as a download. Raises what `round_report` raises."""
    report = round_report(db, account, event_id, number, now)
    table, subject = structures_table(report), f"file:crise-{event_id}-tour-{number}"
    printed = to_pdf(export.about(report.title, report.at), facts(report), table, report.progress.event.extra_counts)
    with journal.authorized_transaction(db, account, Action.EXPORT, Act.EXPORT, subject, now) as transaction:
        journal.record(transaction, Act.EXPORT, account, subject, now, after={"lines": table.num_rows})
    return printed


def facts(report: RoundReport) -> tuple[tuple[str, str], ...]:
    """Return the facts at the head of a report: pairs of a name and a value."""
    event = report.progress.event
    return (
        ("Tour", f"{report.progress.round.number}, {report.period} ({region_words()})"),
        ("Rythme", rules.rhythm_words(event.rhythm_hours)),
        ("Réponses", f"{report.progress.answered} sur {report.progress.expected} unités"),
        ("Connu", "ce qui était enregistré à la fin du tour, ou à l'instant du rapport s'il n'est pas fini"),
    )


def _sums(units: Sequence[Sequence[UnitRow]], extras: Iterable[ExtraCount]) -> dict[str, pa.Array]:
    """Return columns with one sum for each list of units: beds, places, each extra count; null where no unit has a number."""
    columns = {
        f"{nature.label.capitalize()}s": [
            [row["available"] for row in of if row["capacity_type"] == nature and row["available"] is not None] for of in units
        ]
        for nature in (CapacityType.BED, CapacityType.PLACE)
    }
    for extra in extras:
        declared = ([extra_counts.last_number(row, extra) for row in rows] for rows in units)
        columns[extra.label] = [[number for number in numbers if number is not None] for numbers in declared]
    return {name: _numbers(sum(numbers) if numbers else None for numbers in of) for name, of in columns.items()}


def _oldest(structure: StructureProgress) -> datetime | None:
    return min((row["observed_at"] for row in structure.units if row["observed_at"]), default=None)


def _numbers(values: Iterable[int | None]) -> pa.Array:
    return pa.array(list(values), pa.int32())
