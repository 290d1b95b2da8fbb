"""Read the call round: the units to call and why, the people to call, the outcomes of the calls, and the count of a day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from ror.errors import NotFound, Refused
from ror.model import call_round as rules
from ror.model.call_round import Call, CallState, DayCount, Doubt
from ror.model.crisis import Duty
from ror.model.feedback import Contradiction
from ror.model.handover import Handover
from ror.model.journal import Act
from ror.model.local_time import day_after, midnight
from ror.model.reminder import Deputyship
from ror.model.rights import Account, Action
from ror.model.territory import time_zone
from ror.model.trend import TrendQuery
from ror.model.trust.calls import CallOrder
from ror.model.trust.telephone import Reliability
from ror.services import journal
from ror.services.availability import trends
from ror.services.availability.consult import UnitRow, View
from ror.services.availability.trust import learning, telephone_reliability, unit_rhythm
from ror.services.availability.trust.learning import Trust
from ror.services.availability.trust.unit_rhythm import StillRun
from ror.services.coordination import call_order
from ror.services.coordination.call_order import CallRank
from ror.services.region_time import region_day, region_zone
from ror.store import accounts, call_round, deputyships, feedback, handovers, perimeter_holders, registry
from ror.store.board import contradictions
from ror.store.engine.database import Database

_COLUMNS = (
    *("unit", "name", "type_label", "finess", "structure", "legal_entity", "commune", "department", "capacity_type"),
    *("available", "installed", "position", "kind", "comment", "closed_until", "observed_at", "duty_seconds", "channel"),
    *("telephone", "bed_telephone", "structure_telephone", "structure_bed_telephone", "open", "rank", "overdue", "needs"),
    "unit_type",
    *contradictions.COLUMNS,
)
"""The columns of the aged board that the round reads."""


@dataclass(frozen=True, slots=True)
class RoundUnit:
    """A unit of the round: its row of the board, the reason to call it (None: no longer any), its state in the round.

    `still` is its run when it stays unchanged for improbably long, `call_rank` its rank by what a call teaches (in that order
    alone), `reliability` the outcome of past calls to it.
    """

    row: UnitRow
    doubt: Doubt | None
    call_state: CallState
    contradiction: Contradiction | None = None
    still: StillRun | None = None
    call_rank: CallRank | None = None
    reliability: Reliability | None = None


@dataclass(frozen=True, slots=True)
class CallRound:
    """The units of the round in the order of the calls; `number` is that of its last event, `names` are those of coordinators.

    `today` counts the calls of the day. `orders` are those that may be chosen, `order` is the one in force. `usual` is the
    share of all calls that confirm a number.
    """

    units: list[RoundUnit]
    number: int
    names: Mapping[str, str]
    today: DayCount
    order: CallOrder = CallOrder.URGENCY
    orders: tuple[CallOrder, ...] = (CallOrder.URGENCY,)
    usual: float = 1.0


def read(
    db: Database,
    account: Account,
    view: View,
    now: datetime,
    department: str = "",
    order: CallOrder = CallOrder.URGENCY,
) -> CallRound:
    """Return the round of a département, "" for the region. Raises `Forbidden`, journalled.

    Before the first learning the order is that of urgency.
    """
    journal.require(db, account, Action.COORDINATE, Act.CALL, "call_round", now)
    day_start = midnight(now, region_zone())
    with db.reader() as cursor:
        number = call_round.last_number(cursor)
        calls = call_round.since(cursor, rules.round_start(now, region_zone()), now)
        corrections = call_round.count_corrections(cursor, day_start, day_after(region_day(now), region_zone()))
        ids = {one for call in calls for one in (call.account, call.assignee) if one}
        names = accounts.names(cursor, sorted(ids))
    by_unit: dict[str, list[Call]] = {}
    for call in calls:
        by_unit.setdefault(call.unit, []).append(call)
    irregularity = _irregularity(db, account, view.at, department)
    irregular = {unit for unit, share in irregularity.items() if share >= rules.IRREGULAR}
    learnt = learning.latest(db)
    rows = _rows(view, department, {*by_unit, *irregular, *_marked(learnt)})
    duties = view.moment.duties
    units = [_round_unit(row, by_unit.get(row["unit"], []), irregularity, duties, learnt, now) for row in rows]
    shown = [one for one in units if one.doubt or one.call_state.claim or one.call_state.outcome or one.call_state.assignee]
    orders = tuple(CallOrder) if learnt else (CallOrder.URGENCY,)
    order = order if order in orders else CallOrder.URGENCY
    if learnt and order is CallOrder.LEARNING:
        with db.reader() as cursor:
            call_ranks = call_order.call_ranks(cursor, learnt, view, [one.row for one in shown], now)
        shown = [replace(one, call_rank=call_ranks[one.row["unit"]]) for one in shown]
    shown.sort(key=lambda one: rules.sort_key(one.call_state, one.doubt, one.call_rank.rank if one.call_rank else None))
    today = rules.day_count((call for call in calls if call.at >= day_start), corrections)
    return CallRound(shown, number, names, today, order, orders, telephone_reliability.usual(learnt) if learnt else 1.0)


def _marked(learnt: Trust | None) -> set[str]:
    """Return the units whose rhythm is improbable."""
    return {*unit_rhythm.too_still(learnt), *unit_rhythm.sudden_changes(learnt)} if learnt else set()


def _rows(view: View, department: str, wanted: Iterable[str]) -> list[UnitRow]:
    """Return the rows of the overdue and the contradicted units, and of those whose ids are `wanted`."""
    units = view.board.units_of(department) if department else view.board.units
    chosen = pc.is_in(units["unit"], pa.array(sorted(wanted), units["unit"].type))
    contradicted = pc.greater(units["contradicted_by"], 0)
    rows: list[UnitRow] = units.select(_COLUMNS).filter(pc.or_(pc.or_(units["overdue"], contradicted), chosen)).to_pylist()
    return rows


def _irregularity(db: Database, account: Account, at: datetime, department: str) -> dict[str, float]:
    """Return the share of the last eight weeks in which each unit was late; empty when the region is too large for it."""
    try:
        units = trends.regularity(db, account, TrendQuery(department=department), at)
    except Refused:
        return {}
    on_time, weeks = units["weeks_on_time"].to_pylist(), units["weeks"].to_pylist()
    return {unit: 1 - on / of for unit, on, of in zip(units["unit"].to_pylist(), on_time, weeks, strict=True)}


def _round_unit(
    row: UnitRow,
    calls: list[Call],
    irregularity: Mapping[str, float],
    duties: Iterable[Duty],
    learnt: Trust | None,
    now: datetime,
) -> RoundUnit:
    doubt, contradiction = None, feedback.contradiction_of(row)
    still = unit_rhythm.still_run(learnt, row["unit"], row["position"])
    age, duty = _age_and_duty(row, duties, now)
    if row["open"]:
        doubt = rules.doubt(
            contradicted=contradiction is not None,
            overdue=row["overdue"],
            age=age,
            duty=duty,
            irregularity=irregularity.get(row["unit"], 0.0),
            still=still is not None,
            sudden=learnt is not None and row["unit"] in unit_rhythm.sudden_changes(learnt),
        )
    late_for = duty if row["overdue"] else None
    call_state = rules.call_state(calls, now, contradiction.at if contradiction else None, late_for)
    reliability = telephone_reliability.reliabilities(learnt).get(row["unit"]) if learnt else None
    return RoundUnit(row, doubt, call_state, contradiction, still, reliability=reliability)


def _age_and_duty(row: UnitRow, duties: Iterable[Duty], now: datetime) -> tuple[timedelta | None, timedelta]:
    """Return for how long a number has been owed and the duty that this exceeds most: of the unit, or of an event of a crisis.

    A duty counts from the number, from the end of a closure, or from the beginning of the event, whichever is last
    (`store.board.aging`). The first one is None without a number.
    """
    usual = timedelta(seconds=row["duty_seconds"])
    if row["observed_at"] is None:
        return None, usual
    since = row["observed_at"]
    if row["closed_until"]:
        since = max(since, day_after(row["closed_until"], time_zone(row["department"])))
    in_scope = [duty for duty in duties if duty.scope.holds_unit(row)]
    of_events = [(now - max(since, duty.since), timedelta(seconds=duty.seconds)) for duty in in_scope]
    return max([(now - since, usual), *of_events], key=lambda pair: pair[0] / pair[1])


@dataclass(frozen=True, slots=True)
class ResponsiblePerson:
    """A person who answers for a unit: a name, a mail address ("" for none), and the capacity in words."""

    name: str
    mail: str
    capacity: str


def people(db: Database, account: Account, unit_id: str, now: datetime) -> list[ResponsiblePerson]:
    """Return the people who answer for a unit: the receiver of its handover, deputies, then managers.

    Raises `Forbidden`, journalled, or `NotFound`.
    """
    journal.require(db, account, Action.COORDINATE, Act.CALL, f"unit:{unit_id}", now)
    today = region_day(now)
    with db.reader() as cursor:
        registered = registry.unit(cursor, unit_id)
        if registered is None:
            raise NotFound("Cette unité n'existe pas ou plus : rechargez la page.")
        where = pa.table({"unit": [unit_id], "finess": [registered[1]], "legal_entity": [registered[2]]})
        managers = perimeter_holders.managers(cursor, where).get(unit_id, [])
        received = handovers.current(cursor, [unit_id], now).get(unit_id)
        lasting = [one for one in deputyships.not_over(cursor, today) if one.lasts(today)]
        ids = [*(one for one, _ in managers), *([received.receiver] if received else [])]
        mails = accounts.mails(cursor, ids)
    return _people(dict(managers), mails, received, lasting)


def _people(
    managers: Mapping[str, str], mails: Mapping[str, str], received: Handover | None, lasting: Iterable[Deputyship]
) -> list[ResponsiblePerson]:
    absent = {one.account: one for one in lasting if one.account in managers and one.deputy in managers}
    standing_for = {one.deputy: one for one in absent.values()}
    ranked = []
    if received is not None:
        until = f"{received.until.astimezone(region_zone()):%d/%m à %H h %M}"
        mail = mails.get(received.receiver, "")
        ranked.append((0, ResponsiblePerson(received.receiver_name, mail, f"l'unité lui est confiée jusqu'au {until}")))
    for account_id, name in managers.items():
        rank, capacity = 2, "responsable"
        if deputyship := standing_for.get(account_id):
            rank, capacity = 1, f"supplée {managers[deputyship.account]} jusqu'au {deputyship.last_day:%d/%m}"
        elif deputyship := absent.get(account_id):
            rank, capacity = 3, f"en absence jusqu'au {deputyship.last_day:%d/%m}"
        ranked.append((rank, ResponsiblePerson(name, mails.get(account_id, ""), capacity)))
    return [person for _, person in sorted(ranked, key=lambda pair: pair[0])]


def coordinators(db: Database, account: Account, now: datetime) -> dict[str, str]:
    """Return the coordinators to whom a unit can be given: names by id. Raises `Forbidden`, journalled."""
    journal.require(db, account, Action.COORDINATE, Act.CALL, "call_round", now)
    with db.reader() as cursor:
        return call_round.coordinators(cursor)


def of_unit(db: Database, account: Account, unit_id: str, now: datetime) -> tuple[list[Call], Mapping[str, str]]:
    """Return the events of a unit of the last days, newest first, and the names in them. Raises `Forbidden`, journalled."""
    journal.require(db, account, Action.COORDINATE, Act.CALL, f"unit:{unit_id}", now)
    with db.reader() as cursor:
        calls = call_round.of_unit(cursor, unit_id, now - _SHOWN, now)
        ids = {one for call in calls for one in (call.account, call.assignee) if one}
        return calls[::-1], accounts.names(cursor, sorted(ids))


_SHOWN = timedelta(days=7)


def day(db: Database, account: Account, now: datetime) -> tuple[list[Call], Mapping[str, str]]:
    """Return the outcomes of the calls of the day, oldest first, and the names in them. Raises `Forbidden`, journalled."""
    journal.require(db, account, Action.COORDINATE, Act.CALL, "call_round", now)
    with db.reader() as cursor:
        calls = [call for call in call_round.since(cursor, midnight(now, region_zone()), now) if call.kind in rules.CALLS]
        return calls, accounts.names(cursor, sorted({call.account for call in calls}))
