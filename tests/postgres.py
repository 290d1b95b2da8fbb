"""A real PostgreSQL for the tests: Debian's binaries, a folder and a port of its own, new databases on demand."""

import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.harness import free_port

LANGUAGE_OF_THE_SERVER_SINCE = 15
"""The first PostgreSQL whose databases can sort by a language that the machine does not have installed."""

ROLE, PASSWORD = "ror", "password-of-the-tests"

_SECONDS = 30
_QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


def binaries() -> Path:
    """Return the folder of the newest PostgreSQL of this machine. Raises `LookupError` when there is none."""
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_the_path = shutil.which("initdb")
    if not candidates and not on_the_path:
        raise LookupError("There is no PostgreSQL: run scripts/ensure_services.sh, or install the package postgresql.")
    return candidates[-1].parent if candidates else Path(str(on_the_path)).resolve().parent


class Postgres:
    """One server of PostgreSQL; its data outlives `stop`, and is removed with the object.

    `durable` syncs to the disk, for tests that kill the server; without it the server is faster.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self.port = free_port()
        self._binaries = binaries()
        self._durable = durable
        # Not in pytest's folder, which its owner alone may enter: PostgreSQL refuses to run as root.
        self._folder = tempfile.TemporaryDirectory(prefix="ror-postgres-", ignore_cleanup_errors=True)
        self.folder = Path(self._folder.name)
        self._as_owner = _as_owner()
        self._numbers = count(1)
        self._process: subprocess.Popen[bytes] | None = None
        if self._as_owner:
            os.chown(self.folder, self._as_owner["user"], self._as_owner["group"])
        self._make()

    @property
    def version(self) -> int:
        """Return the major version."""
        version = subprocess.run([self._binaries / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
        return int(re.findall(r"(\d+)(?:\.|devel|beta|rc)", version)[0])

    def new_database(self, like: str = "") -> str:
        """Create an empty database, whose owner has no other right and which sorts as French does; return its address.

        `like` is the address of a database to copy instead, which must have no connection any more.
        """
        name = f"ror_{os.getpid()}_{next(self._numbers)}"
        if like:
            self.run(f"CREATE DATABASE {name} OWNER {ROLE} TEMPLATE {like.rsplit('/', 1)[-1]}")
            return f"postgresql://{ROLE}:{PASSWORD}@127.0.0.1:{self.port}/{name}"
        french = " LOCALE_PROVIDER icu ICU_LOCALE 'fr-FR'" if self.version >= LANGUAGE_OF_THE_SERVER_SINCE else ""
        self.run(f"CREATE DATABASE {name} OWNER {ROLE} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'{french}")
        return f"postgresql://{ROLE}:{PASSWORD}@127.0.0.1:{self.port}/{name}"

    def run(self, statement: str, database: str = "postgres") -> str:
        """Run a statement as the superuser; return its output, unaligned rows with columns separated by `|`.

        `database` is a name, or an address of `new_database`.
        """
        command = ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"]
        where = ["--host", str(self.folder), "--port", str(self.port), "--username", "postgres"]
        name = database.rsplit("/", 1)[-1]
        return self._call([*command, *where, "--dbname", name, "--command", statement]).strip()

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        log = self.folder / "log.txt"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [self._binaries / "postgres", "-D", self.folder / "data", *self._options()],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                **self._as_owner,
            )
        limit = time.monotonic() + _SECONDS
        ready: list[str | Path] = [self._binaries / "pg_isready", "--quiet", "--host", self.folder, "--port", str(self.port)]
        while subprocess.run(ready, check=False).returncode != 0:
            if self._process.poll() is not None or time.monotonic() > limit:
                self.stop()
                raise RuntimeError(f"PostgreSQL did not start. Its last words:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server: SIGINT disconnects its clients cleanly, SIGTERM waits for them, SIGQUIT acts like a power cut."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()

    def restart(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server, and start it again on the same port with the same data."""
        self.stop(how)
        self.start()

    def _make(self) -> None:
        """Create the cluster and the role of the service."""
        password = self.folder / "password"
        password.write_text("superuser-of-the-tests\n")
        password.chmod(0o644)
        words = [self._binaries / "initdb", "--pgdata", self.folder / "data", "--username", "postgres", "--encoding", "UTF8"]
        access = ["--locale", "C.UTF-8", "--auth-local", "trust", "--auth-host", "scram-sha-256", "--pwfile", password]
        self._call([*map(str, words), *map(str, access), "--no-sync"])
        with self:
            self.run(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'")

    def _options(self) -> list[str]:
        options = (
            f"port={self.port}",
            f"unix_socket_directories={self.folder}",
            "listen_addresses=127.0.0.1",
            "timezone=UTC",
            *(() if self._durable else _QUICK),
        )
        return [word for option in options for word in ("-c", option)]

    def _call(self, command: list[str]) -> str:
        """Run a command of PostgreSQL as its owner. Raises `RuntimeError` with its output when it fails."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=os.environ | {"PATH": f"{self._binaries}:{os.environ.get('PATH', '')}", "PGOPTIONS": ""},
            capture_output=True,
            text=True,
            check=False,
            **self._as_owner,
        )
        if done.returncode:
            raise RuntimeError(f"{command[0]} failed: {done.stderr or done.stdout}")
        return str(done.stdout)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def _as_owner() -> dict[str, Any]:
    """Return the options that start its processes as another account when the tests run as root, which PostgreSQL refuses."""
    if os.geteuid() != 0:
        return {}
    accounts = {entry.pw_name: entry for entry in pwd.getpwall()}
    owner = accounts.get("postgres") or accounts["nobody"]
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
