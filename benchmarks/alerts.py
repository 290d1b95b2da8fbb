"""Cost of saved alerts: what a commit costs the server with 10,000 of them over the region of the demonstration.

A declaration is written, the board that every open page reads is refreshed with it, then the alerts are evaluated, by a thread
of the server for which no user waits. The reference is the time of the write and the refresh, which do not depend on alerts.

Run: PYTHONPATH=. python -m benchmarks.alerts [--quick]
"""

import random
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.compute as pc

from benchmarks.kit import region
from benchmarks.speed import spread, verdict
from ror.model.alert import Alert, AlertKind, Condition
from ror.model.capacity import Counts
from ror.model.filters import Filters
from ror.model.needs import published_needs
from ror.model.nomenclature import CapacityType
from ror.model.place import PlaceKind
from ror.model.rights import Account, Role
from ror.services.alerts.evaluation import Evaluator
from ror.services.availability.declare import DeclarationDraft, declare
from ror.store import accounts, alerts
from ror.store.board import board as boards
from ror.store.engine.database import Database

BAR = 0.050
ALERTS, OF_EACH = 10_000, 20
COMMUNES = 100


def questions(board: boards.Board, count: int) -> list[Condition]:
    """Return random conditions like those of users, on a unit or a total: needs near a place, a least number, an age."""
    chance = random.Random(18)
    communes = sorted(pc.unique(board.units["commune_code"]).to_pylist())
    places = [PlaceKind.COMMUNE.key(code) for code in chance.sample(communes, min(COMMUNES, len(communes)))]
    needs = list(published_needs())
    conditions = []
    for _ in range(count):
        filters = Filters(
            needs=tuple(sorted(chance.sample(needs, chance.choice((1, 1, 1, 2))))),
            capacity_type=chance.choice(list(CapacityType)),
            at_least=chance.choice((0, 1, 1, 2, 3, 5)),
            ranks=chance.choice(((), (0,), (0, 1), (0, 1), (0, 1, 2))),
            sex=chance.choice((None, None, None, "women", "men")),
        )
        place, kilometres = chance.choice(places), float(chance.choice((5, 10, 20, 30, 50)))
        kind = chance.choice((AlertKind.UNIT, AlertKind.UNIT, AlertKind.RISES, AlertKind.FALLS))
        conditions.append(Condition(filters, place, kilometres, kind=kind, threshold=chance.choice((2, 5, 10, 20))))
    return conditions


def save_all(database: Database, conditions: list[Condition], now: datetime) -> None:
    """Save an alert for each condition in one transaction, `OF_EACH` for each owner."""
    saved = [
        Alert(f"bench-{n}", f"owner-{n // OF_EACH}", f"n° {n}", "/departements", one, False, now, 1, False, 0, now)
        for n, one in enumerate(conditions)
    ]
    owners = [Account(name, name, "Personne fictive", frozenset(Role)) for name in dict.fromkeys(one.account for one in saved)]
    with database.transaction() as transaction:
        accounts.add_all(transaction, [(owner, "") for owner in owners])
        alerts.next_version(transaction)
        alerts.write_all(transaction, saved)


def manager(database: Database) -> tuple[Account, list[str]]:
    """Return the demonstration's manager, and the units that declare beds or places for it."""
    with database.reader() as cursor:
        stored = accounts.by_login(cursor, "responsable")
    assert stored is not None
    units = boards.current(database).units
    rows = zip(*(units[name].to_pylist() for name in ("unit", "finess", "legal_entity", "registry_closed")), strict=True)
    return stored[0], [unit for unit, *place, closed in rows if stored[0].perimeter.owns(unit, *place) and not closed]


def commits(database: Database, evaluator: Evaluator, count: int) -> list[tuple[float, float, float]]:
    """Return, for each declaration, the seconds of its commit, of the refresh of the board and of the evaluation."""
    account, units = manager(database)
    times = []
    for number in range(count):
        now, unit = datetime.now(UTC), units[number % len(units)]
        row = boards.current(database).units.filter(pc.field("unit") == unit).to_pylist()[0]
        draft = DeclarationDraft(unit, Counts((number * 5) % 4), seen_position=row["position"])
        began = time.perf_counter()
        declare(database, account, draft, now, confirmed=True)
        committed = time.perf_counter()
        boards.current(database)
        read = time.perf_counter()
        evaluator.evaluate(now)
        times.append((committed - began, read - committed, time.perf_counter() - read))
    return times


def milliseconds(seconds: list[float]) -> str:
    """Return the median and the extremes of times, in milliseconds."""
    return spread([1000 * one for one in seconds], " ms")


def timed(evaluator: Evaluator, now: datetime) -> float:
    """Return the seconds of an evaluation."""
    began = time.perf_counter()
    evaluator.evaluate(now)
    return time.perf_counter() - began


def measure(path: Path, count: int, rounds: int) -> None:
    """Print what a commit costs, what evaluating so many alerts adds, the ratio, and whether that holds to the bar."""
    database = Database(region.copy(path, "alerts"))
    board, now, evaluator = boards.current(database), datetime.now(UTC), Evaluator(database)
    commits(database, evaluator, 3)
    save_all(database, questions(board, count), now)
    print(f"{count} alerts over {board.units.num_rows} units; {rounds} declarations")
    loaded = timed(evaluator, now)
    written, read, evaluated = map(list, zip(*commits(database, evaluator, rounds), strict=True))
    with database.reader() as cursor:
        rung = alerts.evaluation(cursor).last_ringing
    reference = [sum(both) for both in zip(written, read, strict=True)]
    print(f"     writing a declaration: {milliseconds(written)}; then the board: {milliseconds(read)}; {rung} ringings")
    most, base = statistics.median(evaluated), statistics.median(reference)
    verdict(f"evaluating the alerts of a commit: at most {1000 * BAR:.0f} ms", milliseconds(evaluated), most <= BAR)
    verdict("and at most twice the commit and its board", f"{most / base:.2f}", most <= 2 * base)
    minutes = [timed(evaluator, now + timedelta(minutes=10 + 2 * one)) for one in range(5)]
    print(f"     once a minute, every unit aged: {milliseconds(minutes)}")
    print(f"     at a start or after a change of the registry, every alert loaded and counted: {loaded:.1f} s")
    database.close()


def main() -> None:
    """Measure over the demonstration's region."""
    measure(region.seed(), *((500, 5) if "--quick" in sys.argv else (ALERTS, 60)))


if __name__ == "__main__":
    main()
