"""`python -m ror serve` with a hand in its database: what another process cannot do while the server holds the file.

Run as `python -m tests.attacks.served PORT SOCKET`: each statement sent to the socket is executed in a transaction.
"""

import sys
import threading
from multiprocessing.connection import Client, Listener
from pathlib import Path

from ror.cli import serve
from ror.store.engine.database import open_database
from tests.harness import Server


def _obey(address: str) -> None:
    # A server that was killed left its socket.
    Path(address).unlink(missing_ok=True)
    with Listener(address, "AF_UNIX") as listener:
        while True:
            with listener.accept() as caller, open_database().transaction() as transaction:
                found = transaction.cursor.execute(*caller.recv())
                caller.send(found.fetchall() if found.description else [])


class HandedServer(Server):
    """A server whose database can be changed while it runs."""

    def command(self) -> list[str]:
        """What is started."""
        return [sys.executable, "-m", "tests.attacks.served", str(self.port), self._hand]

    @property
    def _hand(self) -> str:
        return str(Path(self._folder.name) / "hand")

    def execute(self, statement: str, parameters: list[object] | None = None) -> list[tuple[object, ...]]:
        """Execute a statement in the server's own process; returns its rows."""
        with Client(self._hand, "AF_UNIX") as hand:
            hand.send((statement, parameters or []))
            rows: list[tuple[object, ...]] = hand.recv()
            return rows


if __name__ == "__main__":
    threading.Thread(target=_obey, args=[sys.argv[2]], daemon=True).start()
    serve(sys.argv[1])
