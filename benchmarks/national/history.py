"""What the history costs: a declaration, from its writing to a board that shows it, and what the pages read of the log."""

import statistics
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from benchmarks.kit import gestures, region, servers
from benchmarks.kit.client import Tab
from benchmarks.kit.rivals import LOGINS
from ror.model.capacity import Counts
from ror.model.nomenclature import CapacityType
from ror.services.availability import consult
from ror.services.availability.declare import DeclarationDraft, declare
from ror.store import accounts
from ror.store.engine.database import Database

DECLARATIONS = 40


def declared(path: Path) -> tuple[float, float]:
    """Medians in seconds: to write a declaration, then to refresh the board by it."""
    database = Database(path)
    with database.reader() as cursor:
        found = accounts.by_login(cursor, "responsable")
    assert found is not None
    manager, written, refreshed = found[0], [], []
    units = consult.kept(database).slices["94"]
    own = [row for row in units.to_pylist() if row["legal_entity"] in manager.perimeter.legal_entities]
    row = next(row for row in own if not row["registry_closed"] and row["capacity_type"] == CapacityType.BED)
    seen = row["position"]
    for number in range(DECLARATIONS):
        began = time.perf_counter()
        event = declare(
            database, manager, DeclarationDraft(row["unit"], Counts(number % 3), seen=seen), datetime.now(UTC), confirmed=True
        )
        wrote = time.perf_counter()
        board = consult.kept(database)
        refreshed.append(time.perf_counter() - wrote)
        written.append(wrote - began)
        seen = event.position
        assert board.position >= seen
    database.close()
    return statistics.median(written), statistics.median(refreshed)


class Watched(servers.Ours):
    """The server that writes down what it reads of the history."""

    def command(self) -> list[str]:
        """The same command line, watched."""
        return [sys.executable, "-m", "benchmarks.national.watched", "serve", "--port", str(self.port)]


async def scanned(path: Path, pages: list[str]) -> tuple[int, int, str]:
    """How many events there are; the most that one statement read once the board was made, and which statement.

    Every gesture of every page is made a few times, on the page as it stands and after a declaration.
    """
    cookies = {login: region.signed_in(path, login, 1)[0] for login in set(LOGINS.values())}
    database = Database(path)
    total = database.position
    database.close()
    output = path.with_suffix(".scans")
    output.unlink(missing_ok=True)
    with Watched(path, demo=True, environment={"BENCH_SCANS": str(output)}) as server:
        async with Tab(server.url, cookies["coordination"]) as tab:
            await tab.open(pages[0])
        output.write_text("", "utf-8")
        for page in pages:
            async with Tab(server.url, cookies[LOGINS[page]]) as tab:
                await tab.open(page)
                for name, gesture in gestures.OURS[page].items():
                    dice = Random(0)
                    for _ in range(3):
                        run = await gesture(tab, dice)
                        assert not run.failure, f"{page}, {name}: {run.failure}"
        lines = [line.split("\t", 1) for line in output.read_text("utf-8").splitlines()]
    most = max(((int(rows), statement) for rows, statement in lines), default=(0, ""))
    return total, *most
