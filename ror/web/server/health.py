"""What machines ask of the server: whether it is alive, whether it can serve, and its figures for Prometheus."""

import asyncio
import hmac
import ipaddress
import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from streamlit import runtime
from streamlit.runtime.stats import ACTIVE_SESSIONS_FAMILY, GaugeStat

from ror import metrics
from ror.services.operations import watch
from ror.settings import settings
from ror.store.engine.database import Database
from ror.web.server.live_hub import hub

log = logging.getLogger(__name__)

PROBES = ("/healthz", "/readyz")
"""Asked by load balancers, under the address of the machine rather than its name; they tell nothing of what is inside."""

METRICS = "/metrics"
BOUND_SECONDS = 2.0
"""A database that answers later than this does not answer."""

KEPT_SECONDS = 1.0
"""However often it is asked, whether the server is ready is looked up this often."""

_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")
_NOT_READY = 503


class Readiness:
    """Whether the server can serve: one look at a time, shared by all who ask meanwhile and a moment after."""

    def __init__(self) -> None:
        self.database: Database | None = None
        self._why = "starting"
        self._look: asyncio.Task[None] | None = None
        self._looked = 0.0

    def begin(self, database: Database) -> None:
        """The database is open: look a first time, which loads the board before anybody waits for it."""
        self.database, self._why = database, "loading the board"
        self._look = asyncio.create_task(self._looking(database))

    def end(self) -> None:
        """The server is about to close its database."""
        self.database, self._why = None, "shutting down"

    async def why_not(self) -> str:
        """Why the server cannot serve; "" when it can."""
        if self.database is None:
            return self._why
        if self._look is None or (self._look.done() and time.monotonic() > self._looked + KEPT_SECONDS):
            self._look = asyncio.create_task(self._looking(self.database))
        done, _ = await asyncio.wait({self._look}, timeout=BOUND_SECONDS)
        return self._why if done or self._why else "the database does not answer in time"

    async def _looking(self, database: Database) -> None:
        try:
            await run_in_threadpool(watch.ready, database)
            why = ""
        except Exception as error:
            why = "the database does not answer"
            if why != self._why:
                log.error("Not ready: %s", why, exc_info=error)
        if database is self.database:
            self._why, self._looked = why, time.monotonic()


readiness = Readiness()


class _Present(Collector):
    """What is looked up at the moment of the scrape, in memory."""

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing in advance."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges."""
        yield _gauge("ror_live_pages", "Open pages that are told of each commit.", hub.count)
        if runtime.exists():
            held = runtime.get_instance().stats_mgr.get_stats([ACTIVE_SESSIONS_FAMILY]).get(ACTIVE_SESSIONS_FAMILY, ())
            count = sum(stat.value for stat in held if isinstance(stat, GaugeStat))
            yield _gauge("ror_screen_sessions", "Open pages as Streamlit counts them.", count)
        if (database := readiness.database) is not None:
            yield from _of_database(database, datetime.now(UTC))


def _of_database(database: Database, now: datetime) -> Iterator[GaugeMetricFamily]:
    try:
        seen = watch.measure(database, now)
    except Exception as error:
        # A scrape tells the rest: that the database does not answer is what /readyz says.
        log.warning("The board cannot be read for the metrics", exc_info=error)
        return
    yield _gauge("ror_position", "Last committed position known to this process.", seen.position)
    yield _gauge("ror_board_newest_age_seconds", "Age of the last number of all.", seen.newest)
    yield _gauge("ror_board_median_age_seconds", "Median age of the last numbers of the units.", seen.median)
    yield _gauge("ror_clock_behind_seconds", "By how much this machine's clock is before the last number.", seen.behind)
    units = GaugeMetricFamily("ror_units", "Units by age of their last number.", labels=["band"])
    for band, count in seen.units.items():
        units.add_metric([band], count)
    yield units
    yield _gauge("ror_database_bytes", "Size of the database file and of its latest writes.", watch.bytes_on_disk(database))


def _gauge(name: str, words: str, value: float | None) -> GaugeMetricFamily:
    """A gauge, without a sample when there is no value."""
    family = GaugeMetricFamily(name, words)
    if value is not None:
        family.add_metric([], value)
    return family


metrics.REGISTRY.register(_Present())


async def healthz(_: Request) -> Response:
    """The process serves; nothing else is asked."""
    return PlainTextResponse("ok\n")


async def readyz(_: Request) -> Response:
    """The database answers and the board is loaded; else one reason."""
    why = await readiness.why_not()
    return PlainTextResponse(f"{why or 'ready'}\n", _NOT_READY if why else 200)


def figures(_: Request) -> Response:
    """The metrics, in the text format of Prometheus."""
    return Response(generate_latest(metrics.REGISTRY), media_type=CONTENT_TYPE_LATEST)


def may_read_metrics(connection: HTTPConnection) -> bool:
    """Whoever shows the token of the settings; without one, this machine itself, and nothing that a proxy passes on."""
    if token := settings().metrics_token:
        shown = connection.headers.get("authorization", "")
        return hmac.compare_digest(shown.encode(), f"Bearer {token}".encode())
    forwarded = any(name in connection.headers for name in _FORWARDED)
    return not forwarded and connection.client is not None and _loopback(connection.client.host)


def _loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


ROUTES = [Route("/healthz", healthz), Route("/readyz", readyz), Route(METRICS, figures)]
