"""Helpers of the attacks: a server on the tiny region, with an open session for each account."""

import hashlib
import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from ror.model.rights import Account, Perimeter, Role
from ror.store import accounts, sessions
from ror.store.engine.database import Database
from tests.harness import Screen, Server
from tests.region import ADELE, CAMILLE, CORALIE, DOMINIQUE, PASSWORD, UNITS, build, cheap_hash, write

ROLES = {"nobody": None, "professional": DOMINIQUE, "manager": CAMILLE, "coordinator": CORALIE, "administrator": ADELE}
"""An account of each role, None for nobody."""


def token(account: Account | str) -> str:
    """Return the token of the session that `open_for` opens for an account, which may be given by its id."""
    return f"token-of-the-tests-for-{account if isinstance(account, str) else account.id}-0123456789"


def cookie(account: Account | str | None) -> str:
    """Return the cookie header of that session; "" for nobody."""
    return f"ror_session={token(account)}" if account else ""


def open_for(db: Database, account: Account, opened: datetime | None = None, last_act: datetime | None = None) -> None:
    """Open the session of an account, by default now; `last_act` is the instant of its last user act."""
    token_hash, opened = hashlib.sha256(token(account).encode()).hexdigest(), opened or datetime.now(UTC)
    with db.transaction() as transaction:
        sessions.open_session(transaction, token_hash, account.id, opened)
        if last_act is not None:
            sessions.touch_session(transaction, token_hash, last_act)


EVERYTHING = Account(
    "gabin", "gabin", "Gabin Tout", frozenset(Role), Perimeter(legal_entities=CAMILLE.perimeter.legal_entities)
)
"""An account with every role."""


def prepare(path: Path) -> None:
    """Write the tiny region, its numbers, and a session for each account of `ROLES` and for `EVERYTHING` to a database file."""
    db = Database(path)
    build(db)
    with db.transaction() as transaction:
        accounts.add_all(transaction, [(EVERYTHING, cheap_hash(PASSWORD))])
    for account in (*filter(None, ROLES.values()), EVERYTHING):
        open_for(db, account)
    for number, unit in enumerate(UNITS):
        if not unit.closed:
            write(db, unit.id, number % 5, datetime.now(UTC) - timedelta(hours=7 * number), comment="Aile nord")
    db.close()


@contextmanager
def serving(folder: Path, kind: type[Server] = Server, **environment: str) -> Iterator[Any]:
    """Start a server of this class on that region."""
    path = folder / "ror.duckdb"
    if not path.exists():
        prepare(path)
    with kind(path, environment={"ROR_BCRYPT_COST": "4", **environment}) as running:
        yield running


Answer = tuple[int, dict[str, str], bytes]


def send_request(server: Server, path: str, method: str = "GET", body: Any = None, **headers: str) -> Answer:
    """Send a request; return its status, headers (names in lower case) and body. `headers` have `_` for `-`."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body=body, headers=named, encode_chunked="transfer-encoding" in named)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def screen(server: Server, account: Account | str | None) -> Screen:
    """Return an open tab of an account, which may be given by its id, or of nobody."""
    return Screen(server.url, cookie=cookie(account) or None)


def text_state(tab: Screen, label: str, value: str) -> WidgetState:
    """Return the widget state that a browser sends for a text typed in a field."""
    return WidgetState(id=tab.widget(label), string_value=value)


def press_state(tab: Screen, label: str) -> WidgetState:
    """Return the widget state that a browser sends for a pressed button."""
    return WidgetState(id=tab.widget(label), trigger_value=True)


def declare_elsewhere(server: Server, account: Account | str, unit: str, available: int | str) -> None:
    """Declare the number of a unit that counts beds, as an account in a tab of its own, without a browser."""
    with screen(server, account) as tab:
        tab.open("mise-a-jour", f"unite={unit}")
        typed = text_state(tab, "Nombre de lits disponibles", str(available))
        assert tab.shows("enregistré à l'instant", tab.rerun([typed, press_state(tab, "Enregistrer")]))


def download(tab: Screen, label: str) -> str:
    """Press a download button, and return the address of the file created; "" when none is."""
    return create_file(tab, file_of(tab, label))


def file_of(tab: Screen, label: str) -> str:
    """Return the id of the deferred file of a download button."""
    button = next(part.delta.new_element.download_button for part in reversed(tab.messages) if _is_download(part, label))
    return str(button.deferred_file_id)


def create_file(tab: Screen, file: str, patience: float = 20) -> str:
    """Request the deferred file with this id from a tab, and return its address; "" when none is created."""
    request = BackMsg()
    request.backend_operation_request.request_id = "1"
    request.backend_operation_request.session_id = next(filter(None, map(_session_id, tab.messages)))
    request.backend_operation_request.deferred_file.file_id = file
    tab._socket.send(request.SerializeToString())
    while (answer := ForwardMsg.FromString(tab._socket.recv(patience))).WhichOneof("type") != "backend_operation_response":
        pass
    return str(answer.backend_operation_response.deferred_file.url)


def _is_download(message: ForwardMsg, label: str) -> bool:
    return message.delta.new_element.download_button.label == label


def _session_id(message: ForwardMsg) -> str:
    return message.new_session.initialize.session_id
