"""The wall of a crisis room on two replicas: what is written on one is shown and enforced by the other."""

import json
from datetime import UTC, datetime

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from ror.model.display import Theme
from ror.services.coordination import displays
from ror.store.engine.database import Database
from ror.store.engine.postgresql import PostgreSQL
from ror.web.server import wall_routes
from tests.attacks.helpers import send_request
from tests.region import CORALIE


@pytest.fixture
def database(pair):
    """Open the database of the replicas from the process of the test."""
    opened = Database(PostgreSQL(pair.address))
    yield opened
    opened.close()


def test_a_wall_open_on_one_replica_closes_when_it_is_revoked_on_the_other(pair, database):
    display, link = displays.create(database, CORALIE, "Salle", Theme.DARK, 1, datetime.now(UTC))
    first, second = pair.replicas.values()
    status, headers, _ = send_request(first, "/mur/ouvrir", "POST", link.partition("#")[2])
    cookie = headers["set-cookie"].partition(";")[0]
    assert (status, send_request(second, "/mur/contenu", cookie=cookie)[0]) == (204, 200)
    address = f"ws://127.0.0.1:{second.port}/mur/direct"
    with connect(address, origin=second.url, additional_headers={"Cookie": cookie}, proxy=None) as socket:
        socket.send(json.dumps({"position": 10**9, "shows": ["*"]}))
        displays.revoke(database, CORALIE, display.id, datetime.now(UTC))
        with pytest.raises(ConnectionClosed) as closed:
            list(iter(lambda: socket.recv(60), None))
    assert closed.value.rcvd.code == wall_routes.CLOSED
    assert send_request(first, "/mur/contenu", cookie=cookie)[0] == 403
