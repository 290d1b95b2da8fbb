"""The metrics of the service, for `/metrics`: in memory, by page or by act, never by person or by unit."""

from prometheus_client import CollectorRegistry, Counter, Gauge, GCCollector, Histogram, ProcessCollector
from prometheus_client.metrics import disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call]

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

_RERUN = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_WRITE = (0.0001, 0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10)

RERUNS = Histogram(
    "ror_rerun_seconds",
    "What a user waits for: from the message of a page to the end of its rerun, waiting included.",
    ["page", "kind"],
    buckets=_RERUN,
    registry=REGISTRY,
)
RERUN_WAITS = Histogram(
    "ror_rerun_wait_seconds",
    "The part of it before the script began.",
    buckets=_RERUN,
    registry=REGISTRY,
)
ERRORS = Counter(
    "ror_errors",
    "Errors that nobody foresaw, each in the log under a number: in a rerun, or in another request.",
    ["place"],
    registry=REGISTRY,
)
LOG_REPEATS = Counter(
    "ror_log_repeats",
    "Lines not written to the log, since the same cause was written within the minute.",
    registry=REGISTRY,
)
DECLARATIONS = Counter("ror_declarations", "Events of the log committed by this process.", ["act"], registry=REGISTRY)
SIGN_INS = Counter(
    "ror_sign_ins",
    "Sessions opened, attempts refused, attempts refused unread during a delay.",
    ["outcome"],
    registry=REGISTRY,
)
REMINDERS = Counter(
    "ror_reminders",
    "Mails of reminders by outcome of each attempt, links that confirmed, accounts that stopped theirs by a link.",
    ["outcome"],
    registry=REGISTRY,
)
LATE_NOTICES = Counter(
    "ror_late_notices", "Posts of late units to another system, by outcome of each attempt.", ["outcome"], registry=REGISTRY
)
ALERT_MAILS = Counter("ror_alert_mails", "Mails of alerts by outcome of each attempt.", ["outcome"], registry=REGISTRY)
EXCHANGES = Histogram(
    "ror_exchange_seconds",
    "Requests of other systems, by interface and route as it is written, with the status of the answer.",
    ["interface", "method", "route", "status"],
    buckets=_RERUN,
    registry=REGISTRY,
)
OPEN_PAGES = Gauge("ror_open_pages", "Pages open in browsers.", registry=REGISTRY)
WRITER_WAITS = Histogram(
    "ror_writer_wait_seconds", "How long a write waited for the one before it.", buckets=_WRITE, registry=REGISTRY
)
WRITES = Histogram(
    "ror_write_seconds", "How long a write kept the others waiting, commit included.", buckets=_WRITE, registry=REGISTRY
)

# Start at 0, so that a rate can be computed from the first event on.
for _place in ("rerun", "request"):
    ERRORS.labels(_place)
for _outcome in ("opened", "refused", "delayed"):
    SIGN_INS.labels(_outcome)
for _act in ("declared", "confirmed", "closed", "undone", "masked"):
    DECLARATIONS.labels(_act)
for _outcome in ("sent", "waiting", "refused", "doubtful", "confirmed", "stopped"):
    REMINDERS.labels(_outcome)
for _outcome in ("sent", "waiting", "refused", "doubtful"):
    LATE_NOTICES.labels(_outcome)
for _outcome in ("sent", "waiting", "refused", "doubtful"):
    ALERT_MAILS.labels(_outcome)
