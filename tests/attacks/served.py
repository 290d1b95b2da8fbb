"""`python -m ror serve` whose database a test can change: no other process can, while the server holds the file.

Run as `python -m tests.attacks.served PORT SOCKET`: each statement sent to the socket is executed in a transaction.
"""

import sys
import threading
from multiprocessing.connection import Client, Listener
from pathlib import Path

from ror.cli import serve
from ror.store.engine.database import open_database
from tests.harness import Server


def _execute_statements(address: str) -> None:
    # A server that was killed left its socket.
    Path(address).unlink(missing_ok=True)
    with Listener(address, "AF_UNIX") as listener:
        while True:
            with listener.accept() as caller, open_database().transaction() as transaction:
                result = transaction.cursor.execute(*caller.recv())
                caller.send(result.fetchall() if result.description else [])


class WritableServer(Server):
    """A server whose database can be changed while it runs."""

    def command(self) -> list[str]:
        """Return the command that starts the server."""
        return [sys.executable, "-m", "tests.attacks.served", str(self.port), self._socket_path]

    @property
    def _socket_path(self) -> str:
        return str(Path(self._folder.name) / "statements.sock")

    def execute(self, statement: str, parameters: list[object] | None = None) -> list[tuple[object, ...]]:
        """Execute a statement in the process of the server, and return its rows."""
        with Client(self._socket_path, "AF_UNIX") as connection:
            connection.send((statement, parameters or []))
            rows: list[tuple[object, ...]] = connection.recv()
            return rows


if __name__ == "__main__":
    threading.Thread(target=_execute_statements, args=[sys.argv[2]], daemon=True).start()
    serve(sys.argv[1])
