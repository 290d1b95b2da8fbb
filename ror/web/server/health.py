"""Monitoring routes: liveness, readiness, and metrics for Prometheus."""

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
from ror.version import version
from ror.web.server.live_hub import hub

log = logging.getLogger(__name__)

PROBES = ("/healthz", "/readyz")
"""Requested by load balancers, by the address of the machine rather than its name; they disclose no data."""

METRICS = "/metrics"
BOUND_SECONDS = 2.0
"""Time after which a database counts as not answering."""

CACHE_SECONDS = 1.0
"""How long the result of a readiness check is reused."""

_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")
_NOT_READY = 503


class Readiness:
    """The readiness of the server: one check at a time, whose result concurrent requests share and reuse for a moment."""

    def __init__(self) -> None:
        self.database: Database | None = None
        self._reason = "starting"
        self._check: asyncio.Task[None] | None = None
        self._checked_at = 0.0

    def begin(self, database: Database) -> None:
        """Run a first check on the open database, which loads the board before any user waits for it."""
        self.database, self._reason = database, "loading the board"
        self._check = asyncio.create_task(self._run_check(database))

    def end(self) -> None:
        """Report as not ready from now on: the server is about to close its database."""
        self.database, self._reason = None, "shutting down"

    async def not_ready_reason(self) -> str:
        """Return why the server cannot serve; "" when it can."""
        if self.database is None:
            return self._reason
        if self._check is None or (self._check.done() and time.monotonic() > self._checked_at + CACHE_SECONDS):
            self._check = asyncio.create_task(self._run_check(self.database))
        done, _ = await asyncio.wait({self._check}, timeout=BOUND_SECONDS)
        return self._reason if done or self._reason else "the database does not answer in time"

    async def _run_check(self, database: Database) -> None:
        try:
            await run_in_threadpool(watch.ready, database)
            reason = ""
        except Exception as error:
            reason = "the database does not answer"
            if reason != self._reason:
                log.error("Not ready: %s", reason, exc_info=error)
        if database is self.database:
            self._reason, self._checked_at = reason, time.monotonic()


readiness = Readiness()


class _GaugeCollector(Collector):
    """Collect the gauges that are read from memory at each scrape."""

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Describe nothing in advance."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the gauges."""
        build = GaugeMetricFamily("ror_build_info", "The version of the service, always 1.", labels=["version"])
        build.add_metric([version()], 1)
        yield build
        yield _gauge("ror_live_pages", "Open pages that are notified of each commit.", hub.count)
        if runtime.exists():
            stats = runtime.get_instance().stats_mgr.get_stats([ACTIVE_SESSIONS_FAMILY]).get(ACTIVE_SESSIONS_FAMILY, ())
            count = sum(stat.value for stat in stats if isinstance(stat, GaugeStat))
            yield _gauge("ror_screen_sessions", "Open pages as Streamlit counts them.", count)
        if (database := readiness.database) is not None:
            yield from _of_database(database, datetime.now(UTC))


def _of_database(database: Database, now: datetime) -> Iterator[GaugeMetricFamily]:
    try:
        state = watch.measure(database, now)
    except Exception as error:
        # The other gauges are still collected; /readyz reports that the database does not answer.
        log.warning("The board cannot be read for the metrics", exc_info=error)
        return
    yield _gauge("ror_position", "Last committed position known to this process.", state.position)
    yield _gauge("ror_board_newest_age_seconds", "Age of the last number of all.", state.newest)
    yield _gauge("ror_board_median_age_seconds", "Median age of the last numbers of the units.", state.median)
    yield _gauge("ror_clock_behind_seconds", "By how much this machine's clock is before the last number.", state.behind)
    units = GaugeMetricFamily("ror_units", "Units by age of their last number.", labels=["band"])
    for band, count in state.units.items():
        units.add_metric([band], count)
    yield units
    yield _gauge("ror_database_bytes", "Size of the database file and of its latest writes.", watch.bytes_on_disk(database))


def _gauge(name: str, words: str, value: float | None) -> GaugeMetricFamily:
    """Return a gauge, without a sample when there is no value."""
    family = GaugeMetricFamily(name, words)
    if value is not None:
        family.add_metric([], value)
    return family


metrics.REGISTRY.register(_GaugeCollector())


async def healthz(_: Request) -> Response:
    """Answer that the process serves, without any check."""
    return PlainTextResponse("ok\n")


async def readyz(_: Request) -> Response:
    """Answer whether the database responds and the board is loaded, with the reason otherwise."""
    reason = await readiness.not_ready_reason()
    return PlainTextResponse(f"{reason or 'ready'}\n", _NOT_READY if reason else 200)


def metrics_text(_: Request) -> Response:
    """Answer the metrics in the text format of Prometheus."""
    return Response(generate_latest(metrics.REGISTRY), media_type=CONTENT_TYPE_LATEST)


def may_read_metrics(connection: HTTPConnection) -> bool:
    """Return whether a request has the token of the settings; without a token, whether this machine sent it without a proxy."""
    if token := settings().metrics_token:
        header = connection.headers.get("authorization", "")
        return hmac.compare_digest(header.encode(), f"Bearer {token}".encode())
    forwarded = any(name in connection.headers for name in _FORWARDED)
    return not forwarded and connection.client is not None and _loopback(connection.client.host)


def _loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


ROUTES = [Route("/healthz", healthz), Route("/readyz", readyz), Route(METRICS, metrics_text)]
