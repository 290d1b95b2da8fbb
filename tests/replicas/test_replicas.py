"""Two replicas are one service: sessions, counted attempts and declarations of one are those of the other."""

import json
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import cycle

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from ror.model.attempts import PAIR
from ror.model.display import Theme
from ror.services.coordination import displays
from ror.store.engine import migrations
from ror.store.engine.database import Database
from ror.store.engine.postgresql import PostgreSQL
from ror.web.server import wall_routes
from tests.attacks.helpers import cookie, press_state, send_request
from tests.region import CAMILLE, CORALIE, DOMINIQUE, WARD
from tests.replicas.pair import Pair, Visitor, declare

HANG = 20
"""Seconds after which a push is taken for lost."""


def signed_in(account, url):
    """Return a visitor with the cookie of the open session of an account."""
    name, _, value = cookie(account).partition("=")
    return Visitor(url, **{name: value})


@contextmanager
def listening(pair, name, position):
    """Open the live connection to one replica of a page that shows the whole region at a position."""
    server = pair.replicas[name]
    address = f"ws://127.0.0.1:{server.port}/live"
    with connect(address, origin=server.url, additional_headers={"Cookie": cookie(CORALIE)}, proxy=None) as socket:
        socket.send(json.dumps({"position": position, "shows": ["*"]}))
        yield socket


def last_position(postgres, pair):
    return int(postgres.run("SELECT max(position) FROM declaration", pair.address))


def test_a_session_opened_on_one_replica_serves_on_the_other(pair):
    visitor = Visitor(pair.replicas["1"].url)
    visitor.sign_in(DOMINIQUE)
    for replica in pair.replicas.values():
        visitor.url = replica.url
        with visitor.tab("departements") as tab:
            assert tab.shows("Dominique Témoin")
            assert not tab.shows("Se connecter")


def test_the_form_of_one_replica_opens_the_session_on_the_other(pair):
    visitor = Visitor(pair.url)
    visitor.get("/")
    visitor.sign_in(DOMINIQUE)
    with visitor.tab("departements") as tab:
        assert tab.shows("Dominique Témoin")


def test_a_session_closed_on_one_replica_is_over_on_the_other(pair):
    visitor = Visitor(pair.replicas["1"].url)
    visitor.sign_in(DOMINIQUE)
    with visitor.tab("departements") as here:
        visitor.url = pair.replicas["2"].url
        with visitor.tab("departements") as there:
            there.rerun([press_state(there, "Se déconnecter")])
        assert "Dominique Témoin" not in " ".join(here.texts(here.rerun()))


def test_failed_attempts_are_counted_on_both_replicas_together(pair):
    visitors = cycle([Visitor(replica.url) for replica in pair.replicas.values()])
    failures = 0
    # Each replica on its own would let twice as many pass.
    while failures < 2 * PAIR.free:
        with next(visitors).try_to_sign_in(DOMINIQUE, "faux-mot-de-passe") as tab:
            if tab.shows("Trop d'essais"):
                break
            assert tab.shows("incorrect")
            failures += 1
    assert PAIR.free <= failures < 2 * PAIR.free


def test_a_declaration_on_one_replica_reaches_an_open_page_of_the_other(pair, postgres):
    reader = signed_in(CORALIE, pair.replicas["2"].url)
    with (
        reader.tab("structures", "structure=990750001") as sheet,
        signed_in(CAMILLE, pair.replicas["1"].url).tab("mise-a-jour", f"unite={WARD}") as form,
    ):
        for number in (4, 3):
            assert not sheet.shows(f"{number} lits", sheet.rerun())
            with listening(pair, "2", last_position(postgres, pair)) as live:
                began = time.monotonic()
                assert declare(form, number)
                assert int(live.recv(HANG)) == last_position(postgres, pair)
            print(f"Pushed by the other replica {time.monotonic() - began:.2f} s after the button was pressed")  # noqa: T201
            assert sheet.shows(f"{number} lits", sheet.rerun())


def test_two_managers_on_two_replicas_do_not_write_over_each_other(pair):
    forms = [signed_in(CAMILLE, replica.url).tab("mise-a-jour", f"unite={WARD}") for replica in pair.replicas.values()]
    with forms[0], forms[1]:
        assert declare(forms[0], 5)
        assert not declare(forms[1], 6)
        assert forms[1].shows("Entre-temps")


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
    opened = headers["set-cookie"].partition(";")[0]
    assert (status, send_request(second, "/mur/contenu", cookie=opened)[0]) == (204, 200)
    address = f"ws://127.0.0.1:{second.port}/mur/direct"
    with connect(address, origin=second.url, additional_headers={"Cookie": opened}, proxy=None) as socket:
        socket.send(json.dumps({"position": 10**9, "shows": ["*"]}))
        displays.revoke(database, CORALIE, display.id, datetime.now(UTC))
        with pytest.raises(ConnectionClosed) as closed:
            list(iter(lambda: socket.recv(60), None))
    assert closed.value.rcvd.code == wall_routes.CLOSED
    assert send_request(first, "/mur/contenu", cookie=opened)[0] == 403


def test_replicas_started_together_on_an_empty_database_migrate_and_seed_it_once(postgres):
    address = postgres.new_database()
    with Pair(address, demo=True) as pair:
        steps = postgres.run("SELECT number FROM migration ORDER BY number", address).split()
        assert steps == [str(step.number) for step in migrations.MIGRATIONS]
        assert postgres.run("SELECT what FROM registry_change", address) == "demonstration"
        assert postgres.run("SELECT count(*) - count(DISTINCT login) FROM account", address) == "0"
        assert postgres.run("SELECT count(*) - count(DISTINCT position) FROM declaration", address) == "0"
        # At one instant: between two readings of the present, numbers get older.
        instant = (datetime.now(UTC) - timedelta(hours=1)).isoformat(timespec="minutes").replace("+00:00", "Z")
        totals = set()
        for replica in pair.replicas.values():
            visitor = Visitor(replica.url)
            account = type(CORALIE)("", "coordination", "", frozenset())
            visitor.sign_in(account, "Demonstration-2026")
            with visitor.tab("departements", f"au={instant}") as tab:
                assert tab.shows("tel qu'il était connu alors")
                totals.add(next(text for text in tab.texts() if "ror-tiles" in text))
        assert len(totals) == 1
