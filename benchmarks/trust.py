"""Cost of « encore vrai »: the time of a page and of a commit with it, against both without anything learnt.

A page is drawn on a view that is in no cache, in turn with what was learnt and without it; the first quartiles of its processor
time are compared. A commit is measured alone and while the server learns, which takes at most `MAX_SHARE` of its time.

Run: PYTHONPATH=. python -m benchmarks.trust [--quick]
"""

import gc
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from unittest.mock import patch

import pyarrow.compute as pc
from streamlit.testing.v1 import AppTest

from benchmarks.alerts import manager
from benchmarks.kit import region
from benchmarks.speed import spread, verdict
from ror.model.capacity import Counts
from ror.services.availability import consult
from ror.services.availability.declare import DeclarationDraft, declare
from ror.services.availability.trust import learning
from ror.services.availability.trust.learning import MAX_SHARE
from ror.settings import PAGES, settings
from ror.store.board import board as boards
from ror.store.engine.database import Database, open_database
from ror.web import session

BAR = 1.2

SCREENS = {
    "the board": ("departements", {}),
    "its answers": ("departements", {"vue": "unites"}),
    "its answers by « Fiabilité »": ("departements", {"vue": "unites", "ordre": "Fiabilité"}),
    "the sheet of a structure": ("structures", {"structure": ""}),
}
"""What is drawn: the file of the page and its address; a structure of the region in place of an empty one."""


def timed(operation: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Return the milliseconds of an operation."""
    began = clock()
    operation()
    return 1000 * (clock() - began)


def pages(name: str, address: dict[str, str], rounds: int) -> tuple[list[float], list[float]]:
    """Return the times of a page on new views, without anything learnt and with it, in turn."""
    screen = AppTest.from_file(str(PAGES / f"{name}.py"), default_timeout=120)
    for key, value in address.items():
        screen.query_params[key] = value
    screen.run().run()
    # As at the start of a server: the garbage collector does not scan again what stays for good.
    gc.collect()
    gc.freeze()
    times: tuple[list[float], list[float]] = ([], [])
    learnt = learning.latest
    for turn in range(2 * rounds):
        consult._views.cache_clear()
        with patch.object(learning, "latest", learnt if turn % 2 else lambda _: None):
            times[turn % 2].append(timed(screen.run, time.process_time))
    if screen.exception:
        raise SystemExit(f"{name}: {screen.exception[0].message}")
    return times


def measure_pages(database: Database, rounds: int) -> None:
    """Print the times of the pages and whether their ratios hold to the bar."""
    finess = boards.current(database).units["finess"][0].as_py()
    for words, (name, address) in SCREENS.items():
        parameters = {key: value or finess for key, value in address.items()}
        without, with_it = pages(name, parameters, rounds)
        # The first quartiles: other programs of the machine slow some of the runs down, and make none faster.
        ratio = statistics.quantiles(with_it)[0] / statistics.quantiles(without)[0]
        print(f"     {words}: {spread(without, ' ms')} without, {spread(with_it, ' ms')} with it")
        verdict(f"{words}: at most {BAR} times", f"{ratio:.2f}", ratio <= BAR)


@contextmanager
def learning_beside(database: Database) -> Iterator[None]:
    """Learn without a pause in another thread until the block ends; a server does so from time to time."""
    ended = threading.Event()

    def learn() -> None:
        while not ended.is_set():
            learning.learn(database, datetime.now(UTC))

    thread = threading.Thread(target=learn)
    thread.start()
    yield
    ended.set()
    thread.join()


def commits(database: Database, count: int) -> list[float]:
    """Return the times of declarations, each with the refresh of the board that follows it."""
    account, units = manager(database)

    def commit(unit: str, number: int) -> None:
        row = boards.current(database).units.filter(pc.field("unit") == unit).to_pylist()[0]
        draft = DeclarationDraft(unit, Counts(number), seen_position=row["position"])
        declare(database, account, draft, datetime.now(UTC), confirmed=True)
        boards.current(database)

    times = []
    for number in range(count):
        times.append(timed(lambda number=number: commit(units[number % len(units)], number % 4)))
        time.sleep(0.02)
    return times


def measure_commits(database: Database, count: int) -> None:
    """Print the times of commits alone and during a learning, and whether their mean holds to the bar."""
    commits(database, 3)
    alone = commits(database, count)
    with learning_beside(database):
        meanwhile = commits(database, count)
    alone += commits(database, count)
    print(f"     a commit and its board: {spread(alone, ' ms')} alone, {spread(meanwhile, ' ms')} during a learning")
    during = statistics.mean(meanwhile) / statistics.mean(alone)
    mean = 1 + MAX_SHARE * (during - 1)
    bar = f"a commit, {MAX_SHARE:.0%} of them during a learning: at most {BAR} times"
    verdict(bar, f"{mean:.2f} ({during:.1f} during one)", mean <= BAR)


def main() -> None:
    """Measure over the demonstration's region."""
    quick = "--quick" in sys.argv
    path = region.copy(region.seed(), "trust")
    os.environ["ROR_DATABASE"] = str(path)
    settings.cache_clear()
    (cookie,) = region.sign_in_many(path, "coordination", 1)
    token = cookie.partition("=")[2]
    database = open_database()
    seconds = timed(lambda: learning.refresh(database, datetime.now(UTC))) / 1000
    print(f"learnt from {database.position} events in {seconds:.1f} s")
    with patch.object(session, "token", lambda: token), patch.object(session, "address", lambda: "192.0.2.7"):
        measure_pages(database, 2 if quick else 25)
    measure_commits(database, 3 if quick else 40)


if __name__ == "__main__":
    main()
