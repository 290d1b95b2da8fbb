"""The responses to load balancers."""

import pytest

from ror.store.board import board as boards
from ror.web.server import health
from ror.web.server.health import Readiness
from tests.attacks.helpers import send_request, serving
from tests.loops import run_coroutine
from tests.region import WARD, db, own_settings, region, region_file, write

__all__ = ["db", "own_settings", "region", "region_file"]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("health")) as running:
        yield running


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.7:8501", "lits-2.interne", ""])
@pytest.mark.parametrize(("path", "expected"), [("/healthz", b"ok\n"), ("/readyz", b"ready\n")])
def test_a_load_balancer_asks_under_any_name(server, path, expected, host):
    status, headers, body = send_request(server, path, host=host)
    assert (status, body) == (200, expected)
    assert headers["cache-control"] == "no-store"


async def first_reason(readiness, database):
    readiness.begin(database)
    return await readiness.not_ready_reason()


def test_a_server_is_ready_once_its_board_is_loaded(region):
    assert run_coroutine(first_reason(Readiness(), region)) == ""


def test_a_server_that_starts_or_stops_is_not_ready():
    readiness = Readiness()
    assert run_coroutine(readiness.not_ready_reason()) == "starting"
    readiness.end()
    assert run_coroutine(readiness.not_ready_reason()) == "shutting down"


def test_a_database_that_is_gone_is_reported_and_logged_once(region, caplog, monkeypatch):
    monkeypatch.setattr(health, "CACHE_SECONDS", 0)
    region.close()

    async def twice():
        readiness = Readiness()
        return await first_reason(readiness, region), await readiness.not_ready_reason()

    assert run_coroutine(twice()) == ("the database does not answer",) * 2
    messages = [record.getMessage() for record in caplog.records if record.name == health.__name__]
    assert messages == ["Not ready: the database does not answer"]


def test_a_database_that_hangs_is_not_waited_for(region, monkeypatch):
    async def run():
        readiness = Readiness()
        assert await first_reason(readiness, region) == ""
        monkeypatch.setattr(health, "BOUND_SECONDS", 0.05)
        monkeypatch.setattr(health, "CACHE_SECONDS", 0)
        write(region, WARD, 3)
        with boards._cache(region)._lock:
            hung = [await readiness.not_ready_reason() for _ in range(3)]
        monkeypatch.setattr(health, "BOUND_SECONDS", 20)
        return [*hung, await readiness.not_ready_reason()]

    assert run_coroutine(run()) == ["the database does not answer in time"] * 3 + [""]


def test_the_server_is_ready_during_a_long_write(region):
    async def run():
        with region.transaction():
            return await first_reason(Readiness(), region)

    assert run_coroutine(run()) == ""
