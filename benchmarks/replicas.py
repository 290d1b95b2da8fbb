"""From one replica to two, on one PostgreSQL behind nginx: reruns and declarations a second, and what a sign-in costs.

Everything shares the processors of this machine: the replicas, PostgreSQL, nginx and the client. The slope is therefore
a floor of what machines of their own would give. Use: PYTHONPATH=. python benchmarks/replicas.py
"""

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import cycle
from statistics import median

from benchmarks.kit.client import Run, Tab
from ror.model.capacity import Counts
from ror.model.rights import Account, Perimeter, Role
from ror.services.accounts import hashing, sign_in
from ror.services.availability import declare
from ror.services.operations import demonstration
from ror.store import accounts
from ror.store.engine.database import Database
from ror.store.engine.postgresql import PostgreSQL
from tests.harness import Server, free_port
from tests.nginx import Nginx
from tests.postgres import Postgres

SESSIONS = 20
SECONDS = 8.0
ROUNDS = 3
WRITERS = 8
SECRET = "secret-of-the-benchmarks-0123456789abcdef"


MANAGER = "banc"
"""Id of the account that declares."""


def seeded(address: str) -> list[str]:
    """The demonstration of a region (1,875 units, one year), a manager, and the cookies of open sessions."""
    db = Database(PostgreSQL(address))
    demonstration.prepare(db, datetime.now(UTC))
    with db.reader() as cursor:
        found = accounts.by_login(cursor, "coordination")
        open_units = cursor.execute("SELECT id FROM unit WHERE NOT closed ORDER BY id LIMIT 100").fetchall()
    assert found is not None
    perimeter = Perimeter(units=frozenset(unit for (unit,) in open_units))
    with db.transaction() as transaction:
        accounts.add_all(transaction, [(Account(MANAGER, MANAGER, "Banc d'essai", frozenset({Role.MANAGER}), perimeter), "")])
    opened = [sign_in.open_session(db, sign_in.ticket_for(found[0]), datetime.now(UTC)) for _ in range(SESSIONS)]
    db.close()
    return [f"ror_session={token}" for token in opened]


@contextmanager
def serving(address: str, count: int) -> Iterator[str]:
    """So many replicas behind nginx; gives nginx's address."""
    servers = [Server(address, demo=True, environment={"ROR_SECRET": SECRET}, timeout=150) for _ in range(count)]
    ports = [server.port for server in servers]
    with Nginx(free_port(), (ports[0], ports[-1] if count > 1 else free_port())) as nginx:
        try:
            for server in servers:
                server.start()
            yield nginx.url
        finally:
            for server in servers:
                server.stop()


async def reruns(url: str, cookies: list[str], homes: int) -> tuple[float, float, int]:
    """Whole reruns a second of the page of the départements, their median in seconds, and how many failed."""
    led = cycle(str(home + 1) for home in range(homes))
    tabs = [Tab(url, f"{cookie}; ror_replica={next(led)}") for cookie in cookies]
    for tab in tabs:
        await tab.__aenter__()
        await tab.open("departements")
    done: list[Run] = []
    end = time.monotonic() + SECONDS

    async def user(tab: Tab) -> None:
        while time.monotonic() < end:
            done.append(await tab.rerun())

    await asyncio.gather(*(user(tab) for tab in tabs))
    for tab in tabs:
        await tab.close()
    return len(done) / SECONDS, median(run.seconds for run in done), sum(bool(run.failure) for run in done)


def declare_for(address: str, share: int, of: int) -> int:
    """Declare for a while from several threads, each on a unit of its own; returns how many were acknowledged."""
    db = Database(PostgreSQL(address))
    with db.reader() as cursor:
        account = accounts.by_id(cursor, MANAGER)
        seen = dict(cursor.execute("SELECT unit, max(position) FROM declaration GROUP BY unit").fetchall())
    assert account is not None
    units = sorted(account.perimeter.units)[share::of][:WRITERS]
    counts = [0] * len(units)
    end = time.monotonic() + SECONDS

    def writer(number: int, unit: str) -> None:
        last = seen.get(unit, 0)
        while time.monotonic() < end:
            draft = declare.DeclarationDraft(unit, Counts(counts[number] % 2), seen=last)
            last = declare.declare(db, account, draft, datetime.now(UTC), confirmed=True).position
            counts[number] += 1

    threads = [threading.Thread(target=writer, args=pair) for pair in enumerate(units)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.close()
    return sum(counts)


def declarations(address: str, processes: int) -> float:
    """Declarations acknowledged a second, with so many processes that wait for the same lock."""
    commands = [[sys.executable, __file__, "--declare", address, str(share), str(processes)] for share in range(processes)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    return sum(int(process.communicate()[0].split()[-1]) for process in running) / SECONDS


def spread(values: list[float]) -> str:
    """A median, and the lowest and highest."""
    return f"{median(values):.1f} ({min(values):.1f}-{max(values):.1f})"


def main() -> None:
    """Print the slope."""
    with Postgres(durable=True) as postgres:
        address = postgres.new_database()
        cookies = seeded(address)
        print(f"{os.cpu_count()} cores shared by client, nginx, PostgreSQL (fsync on) and replicas; {SESSIONS} sessions")
        rates: dict[int, list[float]] = {}
        for count in (1, 2):
            with serving(address, count) as url:
                rounds = [asyncio.run(reruns(url, cookies, count)) for _ in range(ROUNDS + 1)][1:]
            rates[count] = [rate for rate, _, _ in rounds]
            failed = sum(failures for _, _, failures in rounds)
            print(f"{count} replica(s): {spread(rates[count])} reruns/s, median {1000 * rounds[-1][1]:.0f} ms, failed {failed}")
        print(f"slope of reruns from 1 to 2: {median(rates[2]) / median(rates[1]):.2f}")
        written = {count: [declarations(address, count) for _ in range(ROUNDS)] for count in (1, 2)}
        for count, values in written.items():
            print(f"{count} process(es) of {WRITERS} writers: {spread(values)} declarations/s")
        print(f"slope of declarations from 1 to 2: {median(written[2]) / median(written[1]):.2f}")
        print(f"size of the database: {postgres.run('SELECT pg_size_pretty(pg_database_size(current_database()))', address)}")
        rows, size = postgres.run("SELECT count(*), pg_total_relation_size('declaration') FROM declaration", address).split("|")
        print(f"bytes of a declaration with its indexes: {int(size) / int(rows):.0f}, of {rows}")
    hashed = hashing.hashed("Une-phrase-de-passe-fictive")
    began = time.perf_counter()
    for _ in range(5):
        hashing.opens("Une-phrase-de-passe-fictive", hashed)
    print(f"password verifications a second and a core: {5 / (time.perf_counter() - began):.1f}")


if __name__ == "__main__":
    os.environ |= {"ROR_SECRET": SECRET, "ROR_DEMO": "1"}
    if sys.argv[1:2] == ["--declare"]:
        print(declare_for(sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
    else:
        main()
