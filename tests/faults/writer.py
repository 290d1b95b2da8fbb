"""A process that declares without end from eight threads, and prints each declaration once it is acknowledged.

`python -m tests.faults.writer FILE` prints « ready SECONDS » once the database is open, then a line for each declaration
after `declare` returned: position, unit, number, comment. It ends when it is killed.
"""

import itertools
import os
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from ror.model.capacity import Counts
from ror.services.availability import declare
from ror.store import declarations
from ror.store.engine.database import Database
from tests.faults.helpers import EVERYBODY, WRITERS, declared_by


def main(path: Path, checkpoints: bool) -> None:
    started = time.monotonic()
    db = Database(path)
    print_line("ready", time.monotonic() - started)
    for number in range(WRITERS):
        threading.Thread(target=write, args=(db, declared_by(number)), daemon=True).start()
    while True:
        time.sleep(0.01)
        if checkpoints:
            db.checkpoint()


def write(db: Database, unit: str) -> None:
    with db.reader() as cursor:
        last = declarations.latest(cursor, [unit])
    position = last[-1].position if last else 0
    for turn in itertools.count():
        number, comment = turn % 6, f"{os.getpid()} {turn}"
        try:
            draft = declare.DeclarationDraft(unit, Counts(number), comment, position)
            event = declare.declare(db, EVERYBODY, draft, datetime.now(UTC), confirmed=True)
        except duckdb.Error as error:
            print_line("refused", type(error).__name__, str(error).replace("\n", " "))
            raise
        position = event.position
        print_line("acknowledged", position, unit, number, comment)


def print_line(*words: object) -> None:
    # One call to write, below the size that a pipe takes at once: lines are never mixed or cut.
    os.write(1, ("\t".join(map(str, words)) + "\n").encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]), "checkpoints" in sys.argv)
