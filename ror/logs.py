"""The log of the service, on standard error: one JSON object a line in production, plain lines elsewhere.

A line says whose request it is of by a pseudonym alone; no login, name, mail, comment nor address bar goes into one.
"""

import hashlib
import hmac
import json
import logging
import secrets
import threading
import time
import traceback
from collections.abc import Callable, Hashable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from ror import metrics
from ror.settings import secret, settings

log = logging.getLogger(__name__)

request: ContextVar[str] = ContextVar("request", default="")
"""The request or the rerun being served, as « 5f0c63a1 » or « 5f0c63a1.12 »: the twelfth rerun of an open page."""

account: ContextVar[str] = ContextVar("account", default="")
"""The pseudonym of the account that asks; "" for nobody."""

EXTRA = ("error", "page", "kind", "duration_ms", "wait_ms", "run_ms", "repeats")
"""Fields that a line may carry besides those of every line."""

_SERVERS = ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi", "websockets")
_LENGTH = 12

QUIET_SECONDS = 60.0
"""The same cause is written once in this time, then counted: a visitor who repeats it does not fill the disk."""

_MOST_CAUSES = 1_000
"""Causes remembered at once; each is a place in the code, so there are far fewer."""


@dataclass(slots=True)
class Occurrence:
    """A cause that was written: when, under which number, and how often it came since without being written."""

    at: float
    number: str
    repeats: int = 0


class Repeats:
    """Which causes were written to the log within the last minute. Safe from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._written: dict[Hashable, Occurrence] = {}
        self._lock = threading.Lock()

    def see(self, cause: Hashable, number: str = "") -> tuple[bool, Occurrence]:
        """Count one more occurrence of a cause: whether to write it, and the occurrence that it belongs to.

        When it is to be written, `repeats` says how many were not since the last one that was.
        """
        with self._lock:
            now = self._clock()
            last = self._written.get(cause)
            if last is not None and now - last.at < QUIET_SECONDS:
                last.repeats += 1
                metrics.LOG_REPEATS.inc()
                return False, last
            if len(self._written) >= _MOST_CAUSES:
                self._written.clear()
            self._written[cause] = Occurrence(now, number)
            return True, Occurrence(now, number, last.repeats if last else 0)


repeats = Repeats()


def pseudonym(account_id: str) -> str:
    """What stands for an account in the log: the same for the same account, as long as the secret is the same."""
    return _keyed(secret(), account_id) if account_id else ""


@lru_cache(maxsize=4096)
def _keyed(key: str, account_id: str) -> str:
    return hmac.new(key.encode(), f"log:{account_id}".encode(), hashlib.sha256).hexdigest()[:_LENGTH]


def set_up() -> None:
    """Send every line of this process through one handler: ours from INFO on, other people's from WARNING on."""
    handler = logging.StreamHandler()
    handler.setFormatter(Json() if structured() else Plain())
    handler.addFilter(once_a_minute)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("ror").setLevel(logging.INFO)
    logging.captureWarnings(True)
    for name in _SERVERS:
        pass_on(logging.getLogger(name))
        logging.getLogger(name).setLevel(logging.WARNING)


def incident(error: BaseException, place: str) -> str:
    """Put an error that nobody foresaw in the log under a new number, which the user is told; returns the number.

    The same error within a minute has the same number, under which its traceback stands already: it is counted.
    `place`: where it happened, « rerun » or « request », as it is counted.
    """
    metrics.ERRORS.labels(place).inc()
    first, known = repeats.see(_cause(error), secrets.token_hex(4))
    if first:
        log.error("Error %s", known.number, exc_info=error, extra={"error": known.number, "repeats": known.repeats or None})
    return known.number


def _cause(error: BaseException | None) -> Hashable:
    """What makes two errors the same: their class, and the lines of code that they came through.

    Each line once: how deep a recursion went is up to the visitor.
    """
    frames = traceback.walk_tb(error.__traceback__ if error else None)
    return type(error), tuple(dict.fromkeys((frame.f_code.co_filename, line) for frame, line in frames))


def once_a_minute(record: logging.LogRecord) -> bool:
    """A filter: of the lines of libraries and of all tracebacks, let one a minute through for the same cause.

    Lines of ours without a traceback are few and tell each something else; an incident was judged already.
    """
    ours = record.name.partition(".")[0] == "ror"
    if hasattr(record, "error") or (ours and not record.exc_info):
        return True
    error = record.exc_info[1] if record.exc_info else None
    first, known = repeats.see((record.name, record.pathname, record.lineno, record.levelno, _cause(error)))
    if known.repeats and first:
        record.repeats = known.repeats
    return first


def structured() -> bool:
    """Whether lines are JSON: as the setting says, by default in production."""
    return settings().log == "json" or (settings().log == "auto" and settings().production)


def pass_on(logger: logging.Logger) -> None:
    """Take its own handlers from a logger that set some: its lines go where all the others go."""
    logger.handlers.clear()
    logger.propagate = True


class Json(logging.Formatter):
    """One object a line: time (UTC), level, logger, message, then what is known of request, account, `EXTRA`, traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record, without its end."""
        line = {
            "time": _instant(record).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_context(record),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class Plain(logging.Formatter):
    """A line to be read by eye, its traceback under it."""

    def format(self, record: logging.LogRecord) -> str:
        """The lines of a record."""
        whose = " ".join(f"{name}={value}" for name, value in _context(record).items())
        line = f"{_instant(record):%H:%M:%S} {record.levelname} {record.name}: {record.getMessage()}"
        line = f"{line} ({whose})" if whose else line
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _context(record: logging.LogRecord) -> dict[str, object]:
    """What is known beside the message: a line about somebody else's request than the present one says so itself."""
    known = {"request": request.get(), "account": account.get(), **record.__dict__}
    return {name: known[name] for name in ("request", "account", *EXTRA) if known.get(name) not in (None, "")}


def _instant(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)
