"""`kill -9` while eight writers declare: every acknowledged declaration is there and complete, and no other is incomplete.

The writers go through `ror.services.availability.declare`, as the screens do, in a process of their own that has no
screens: it is killed each time while it writes. A few rounds kill the real server, under eight signed-in screens.
"""

import os
import random
import shutil
import signal
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from websockets.exceptions import ConnectionClosed

from ror.store.engine.database import Database
from ror.store.engine.recovery import log_of, mark_of
from tests.attacks.helpers import open_for, press_state, screen, text_state
from tests.faults.helpers import (
    EVERYBODY,
    FAULT_ROUNDS,
    ROOT,
    WRITERS,
    Acknowledged,
    build_database,
    check_whole,
    declared_by,
    report,
)
from tests.forked import ForkedProcess
from tests.harness import Server
from tests.region import history

ROUNDS = FAULT_ROUNDS or 6
SERVED = 4 if FAULT_ROUNDS else 1


def run_and_kill(path, rng, *words):
    """Run the writers and kill them at a random moment, sometimes while they open the file; return their output lines."""
    output = path.with_name("output.txt")
    output.write_bytes(b"")
    process = ForkedProcess("tests.faults.writer", [str(path), *words], ROOT, os.environ, output)
    if rng.random() < 0.9:
        wait_for_lines(process, output, rng.randrange(1, 60))
        time.sleep(rng.uniform(0, 0.03))
    else:
        time.sleep(rng.uniform(0.1, 0.5))
    process.kill()
    assert process.wait() == -signal.SIGKILL, "the writers ended by themselves"
    return output.read_text().splitlines()


def wait_for_lines(process, output, number):
    while output.read_bytes().count(b"\n") < number and process.poll() is None:
        time.sleep(0.001)


def copy_as_killed(path, folder):
    """Copy the files that the kill left: the check opens the copy, so the next writers find files not closed in order."""
    folder.mkdir()
    for one in (path, log_of(path), mark_of(path)):
        if one.exists():
            shutil.copy(one, folder)
    return folder / path.name


@pytest.mark.timeout(120 + 30 * ROUNDS)
def test_what_was_acknowledged_is_there_after_each_kill_and_no_half_of_anything_is(tmp_path):
    rng = random.Random(int(os.environ.get("ROR_FAULT_SEED", "4")))
    path, acknowledged, openings, cut_off = build_database(tmp_path / "ror.duckdb"), Acknowledged(), [], 0
    for turn in range(ROUNDS):
        lines = run_and_kill(path, rng, *(["checkpoints"] if turn % 3 == 2 else []))
        assert [line for line in lines if line.startswith("refused")] == []
        acknowledged.add(lines)
        cut_off += log_of(path).exists()
        opened = path if turn % 2 else copy_as_killed(path, tmp_path / str(turn))
        started = time.monotonic()
        db = Database(opened)
        openings.append(time.monotonic() - started)
        there = check_whole(db, acknowledged)
        db.close()
        shutil.rmtree(tmp_path / str(turn), ignore_errors=True)
    assert cut_off
    assert len(acknowledged.by_position) > ROUNDS
    in_flight, verdict = there - len(acknowledged.by_position), "yes" if max(openings) < 5 else "NO"
    report(
        f"{ROUNDS} kills, {cut_off} with a log to read again; {len(acknowledged.by_position)} acknowledged, all there; "
        f"{in_flight} more committed but not yet acknowledged; slowest start-up {max(openings):.2f} s (under 5 s: {verdict})"
    )


def use_unit(server, unit, acknowledged_numbers, saves):
    """Declare for a unit on its form until the connection is cut; collect the numbers that the screen acknowledged."""
    with suppress(ConnectionClosed, OSError, TimeoutError), screen(server, EVERYBODY) as tab:
        for turn in count():
            tab.open("mise-a-jour", f"unite={unit}")
            number = str(1 + turn % 2)
            words = "lits" if tab.shows("Nombre de lits disponibles") else "places"
            typed = [text_state(tab, f"Nombre de {words} disponibles", number), press_state(tab, "Enregistrer")]
            if tab.shows("enregistré à l'instant", tab.rerun(typed)):
                acknowledged_numbers.append(int(number))
            saves.release()


@pytest.mark.timeout(120 + 60 * SERVED)
def test_a_server_killed_under_eight_screens_restarts_with_all_acknowledged_declarations(tmp_path):
    path = build_database(tmp_path / "ror.duckdb")
    db = Database(path)
    open_for(db, EVERYBODY)
    db.close()
    acknowledged_numbers = [[] for _ in range(WRITERS)]
    for _ in range(SERVED):
        saves = threading.Semaphore(0)
        with Server(path) as server:
            threads = [
                threading.Thread(target=use_unit, args=(server, declared_by(number), acknowledged_numbers[number], saves))
                for number in range(WRITERS)
            ]
            for thread in threads:
                thread.start()
            for _ in range(2 * WRITERS):
                saves.acquire(timeout=60)
            os.kill(server.pid, signal.SIGKILL)
            for thread in threads:
                thread.join()
        db = Database(path)
        check_whole(db, Acknowledged())
        for number in range(WRITERS):
            numbers = [available for _, available in history(db, declared_by(number), datetime.now(UTC) - timedelta(days=1))]
            # The last number may have been committed without being acknowledged.
            assert acknowledged_numbers[number] in (numbers, numbers[:-1])
            acknowledged_numbers[number] = numbers
        db.close()
    assert sum(map(len, acknowledged_numbers)) >= WRITERS
