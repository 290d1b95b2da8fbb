"""Two replicas on one PostgreSQL behind nginx, and visitors without a browser that keep their cookies."""

import http.client
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from streamlit.proto.WidgetStates_pb2 import WidgetState

from ror.model.rights import Account
from ror.store.engine.database import Database
from ror.store.engine.postgresql import PostgreSQL
from tests.attacks.helpers import ROLES, open_for, press_state, text_state
from tests.harness import Screen, Server, free_port
from tests.nginx import Nginx
from tests.region import PASSWORD, UNITS, build, write

SETTINGS = {"ROR_BCRYPT_COST": "4"}


def prepare(address: str) -> None:
    """Write the test region into a PostgreSQL database, with numbers, and open a session for each account of `ROLES`."""
    db = Database(PostgreSQL(address))
    try:
        build(db)
        for account in filter(None, ROLES.values()):
            open_for(db, account)
        for number, unit in enumerate(UNITS):
            if not unit.closed:
                write(db, unit.id, number % 5, datetime.now(UTC) - timedelta(hours=7 * number))
    finally:
        db.close()


class DemonstrationServer(Server):
    """A replica whose demonstration has a short history."""

    def command(self) -> list[str]:
        """Return the command of the server."""
        return [sys.executable, "-m", "tests.replicas.short_history", *super().command()[3:]]


class Pair:
    """Two replicas, 1 and 2, with nginx before them."""

    def __init__(self, address: str, *, tls: bool = False, demo: bool = False, **environment: str) -> None:
        self.address = address
        port = free_port()
        settings = SETTINGS | ({"ROR_PUBLIC_URL": f"https://127.0.0.1:{port}"} if tls else {}) | environment
        kind = DemonstrationServer if demo else Server
        self.replicas = {name: kind(address, demo=demo, environment=settings, timeout=150) for name in ("1", "2")}
        self.nginx = Nginx(port, (self.replicas["1"].port, self.replicas["2"].port), tls=tls)
        self.url = self.nginx.url

    def other(self, name: str) -> str:
        """Return the name of the other replica."""
        return "2" if name == "1" else "1"

    def __enter__(self) -> Self:
        try:
            # Both start at the same instant, so that one finds the other at work on the empty database.
            with ThreadPoolExecutor() as pool:
                list(pool.map(Server.start, self.replicas.values()))
            self.nginx.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.nginx.__exit__(kind, error, trace)
        for replica in self.replicas.values():
            replica.__exit__(kind, error, trace)


class Visitor:
    """The cookies of a browser, and its requests to one address: nginx's or a replica's own."""

    def __init__(self, url: str, **cookies: str) -> None:
        self.url = url
        self.cookies = dict(cookies)

    @property
    def header(self) -> str:
        """Return the cookies as a browser sends them."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    @property
    def replica(self) -> str:
        """Return the replica that nginx last chose."""
        return self.cookies["ror_replica"]

    def get(
        self, path: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Send a request; return status, headers (names in lower case) and body. Store the cookies that are set."""
        address = urlsplit(self.url)
        connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=30)
        try:
            sent = {"Cookie": self.header} if self.cookies else {}
            connection.request(method, path, body, sent | {name.replace("_", "-"): text for name, text in headers.items()})
            answer = connection.getresponse()
            self._store_cookies(answer.headers.get_all("set-cookie") or [])
            return answer.status, {name.lower(): text for name, text in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def tab(self, page: str = "", query: str = "") -> Screen:
        """Open a tab of a page."""
        tab = Screen(self.url, cookie=self.header or None)
        try:
            self._store_cookies(tab.cookies_set())
            tab.open(page, query)
        except BaseException:
            tab.close()
            raise
        return tab

    def _store_cookies(self, lines: list[str]) -> None:
        for line in lines:
            self.cookies |= {name: cookie.value for name, cookie in SimpleCookie(line).items()}

    def try_to_sign_in(self, account: Account, password: str = PASSWORD) -> Screen:
        """Fill the sign-in form and send it; return the tab with the answer."""
        tab = self.tab()
        typed = [text_state(tab, "Identifiant", account.login), text_state(tab, "Mot de passe", password)]
        tab.rerun([*typed, press_state(tab, "Se connecter")])
        return tab

    def sign_in(self, account: Account, password: str = PASSWORD) -> None:
        """Sign in as the browser does: the form, then its ticket."""
        with self.try_to_sign_in(account, password) as tab:
            links = [re.search(r"/session/open\?ticket=[\w.-]+", text) for text in tab.texts()]
            ticket = next(one[0] for one in links if one)
        self.get(f"{ticket}&next=/")


def declare(tab: Screen, number: int) -> bool:
    """Declare on an open form; return whether the screen acknowledged the number."""
    states: list[WidgetState] = [text_state(tab, "Nombre de lits disponibles", str(number)), press_state(tab, "Enregistrer")]
    return tab.shows("enregistré à l'instant", tab.rerun(states))
