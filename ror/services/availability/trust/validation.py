"""Validate the probabilities of numbers on the log itself: on each of its last weeks, as learnt from the weeks before it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from ror.model.journal import Act
from ror.model.needs import published_needs
from ror.model.nomenclature import unit_types
from ror.model.progress import OnProgress, ignore_progress
from ror.model.rights import Account, Action
from ror.model.trust.calibration import ProbabilityBand
from ror.model.trust.calls import OrderGain
from ror.model.trust.checks import Claim
from ror.model.trust.planting import Detection
from ror.model.trust.validation import Score, Validation, validate
from ror.services import journal
from ror.services.availability import consult
from ror.services.availability.trust import check_history
from ror.services.availability.trust.check_history import HELD_OUT_WEEKS, LEARNT_WEEKS, History
from ror.services.availability.trust.fault_injection import planted_faults
from ror.services.availability.trust.order_gain import COMPARED_WEEKS, order_gain
from ror.services.region_time import region_day
from ror.store.board import board as boards
from ror.store.board import checks
from ror.store.cache import Cache
from ror.store.engine.database import Database


@dataclass(frozen=True, slots=True)
class ClaimValidation:
    """The validation of one claim: over all cases, over those checked by telephone, by band, by type of unit and by need.

    `shown` is the share of the cases for which a probability would have been shown. A score is None without a case.
    """

    score: Score | None
    calls: Score | None
    shown: float
    bands: list[ProbabilityBand]
    by_type: Mapping[str, Score]
    by_need: Mapping[str, Score]


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """The validation of a log that ends at an instant, on its last `weeks`.

    `faults` are those planted in a copy, if any; `calls` compares two orders by the changed numbers that first calls find.
    """

    until: datetime
    weeks: int
    outcomes: Mapping[Claim, ClaimValidation]
    faults: Mapping[str, Detection]
    calls: OrderGain | None


def report(
    db: Database,
    account: Account | None,
    now: datetime,
    weeks: int = HELD_OUT_WEEKS,
    *,
    plant: bool = False,
    on_progress: OnProgress = ignore_progress,
) -> ValidationReport | None:
    """Return the validation of the log, None for a log without a check; a log that was imported is validated at its own end.

    `plant`: also how many faults, planted in a copy of the log, are found. A region takes some seconds. Raises `Forbidden`,
    journalled, for an account that may not consult.
    """
    journal.require(db, account, Action.CONSULT, Act.CONSULT, "trust", now)
    board = boards.current(db)
    with db.reader() as cursor:
        until = checks.last_observed(cursor, board.units, now)
        if until is None:
            return None
        on_progress(0, _STEPS)
        history = check_history.read_with(cursor, board, until, LEARNT_WEEKS + max(weeks, COMPARED_WEEKS))
    if not history.checks.cases.sum():
        return None
    outcomes = {}
    for done, claim in enumerate(Claim, start=1):
        on_progress(done, _STEPS)
        outcomes[claim] = _outcome(history, claim, weeks)
    on_progress(_STEPS - 1, _STEPS)
    faults = planted_faults(db, board, until) if plant else {}
    return ValidationReport(until, weeks, outcomes, faults, order_gain(db, history))


_STEPS = len(Claim) + 2
"""The steps of a validation: reading the history, each claim, then the calls."""


@lru_cache(maxsize=4)
def _reports(db: Database) -> Cache:
    return Cache(2)


def report_of_day(db: Database, account: Account, now: datetime) -> ValidationReport | None:
    """Return the validation as of today, computed once a day and after a change of the registry. Raises as `report`."""
    journal.require(db, account, Action.CONSULT, Act.CONSULT, "trust", now)
    day: date = region_day(now)
    registry_position = consult.current(db, account).registry_position
    return _reports(db).get((day, registry_position), lambda: report(db, account, now))


def _outcome(history: History, claim: Claim, weeks: int) -> ClaimValidation:
    found = validate(history.checks, claim, history.groups, weeks, LEARNT_WEEKS)
    types, needs = unit_types(), published_needs()
    by_type: dict[str, list[int]] = {}
    by_need: dict[str, list[int]] = {}
    for (code, of_group), group in history.kinds.items():
        by_type.setdefault(types[code].label if code in types else code, []).append(group)
        for need in filter(None, of_group.split("|")):
            by_need.setdefault(needs[need].label if need in needs else need, []).append(group)
    return ClaimValidation(
        found.every.score(),
        found.calls.score(),
        found.every.shown_share,
        found.every.bands(),
        _scores(found, by_type),
        _scores(found, by_need),
    )


def _scores(found: Validation, groups: Mapping[str, list[int]]) -> dict[str, Score]:
    """Return the scores of lists of groups by their labels, in alphabetical order; those without a case are left out."""
    scores = {label: found.every.score(found.every.of_groups(of)) for label, of in sorted(groups.items())}
    return {label: score for label, score in scores.items() if score is not None}
