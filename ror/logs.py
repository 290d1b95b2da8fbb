"""The log of the service, on standard error: one JSON object a line in production, plain lines elsewhere.

Lines name accounts by a pseudonym only, and never contain a login, a name, a mail address, a comment or a page's address.
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
"""The id of the current request or rerun, as « 5f0c63a1 » or « 5f0c63a1.12 »: the twelfth rerun of an open page."""

account: ContextVar[str] = ContextVar("account", default="")
"""The pseudonym of the signed-in account; "" without one."""

EXTRA = ("error", "page", "kind", "duration_ms", "wait_ms", "run_ms", "repeats")
"""Optional fields of a line."""

_SERVERS = ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi", "websockets")
_LENGTH = 12

QUIET_SECONDS = 60.0
"""Repeats of a cause within this time are counted, not written, so that a visitor cannot fill the disk."""

_MAX_CAUSES = 1_000
"""Causes stored at once; each is a place in the code, so there are far fewer."""


@dataclass(slots=True)
class Occurrence:
    """A written cause: its time, its error number, and its repeats since then that were not written."""

    at: float
    number: str
    repeats: int = 0


class Repeats:
    """The causes written to the log within the last minute. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._written: dict[Hashable, Occurrence] = {}
        self._lock = threading.Lock()

    def count(self, cause: Hashable, number: str = "") -> tuple[bool, Occurrence]:
        """Count one more occurrence of a cause; return whether to write it, and the written occurrence.

        For an occurrence to write, `repeats` is the number of those since the previous written one.
        """
        with self._lock:
            now = self._clock()
            last = self._written.get(cause)
            if last is not None and now - last.at < QUIET_SECONDS:
                last.repeats += 1
                metrics.LOG_REPEATS.inc()
                return False, last
            if len(self._written) >= _MAX_CAUSES:
                self._written.clear()
            self._written[cause] = Occurrence(now, number)
            return True, Occurrence(now, number, last.repeats if last else 0)


repeats = Repeats()


def pseudonym(account_id: str) -> str:
    """Return the pseudonym of an account in the log, which depends on its id and the secret only."""
    return _hmac(secret(), account_id) if account_id else ""


@lru_cache(maxsize=4096)
def _hmac(key: str, account_id: str) -> str:
    return hmac.new(key.encode(), f"log:{account_id}".encode(), hashlib.sha256).hexdigest()[:_LENGTH]


def set_up() -> None:
    """Send every line of this process through one handler: ours from INFO on, those of libraries from WARNING on."""
    handler = logging.StreamHandler()
    handler.setFormatter(Json() if structured() else Plain())
    handler.addFilter(once_a_minute)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("ror").setLevel(logging.INFO)
    logging.captureWarnings(True)
    for name in _SERVERS:
        propagate(logging.getLogger(name))
        logging.getLogger(name).setLevel(logging.WARNING)


def report(error: BaseException, place: str) -> str:
    """Log an unexpected error under a new number, and return the number, which is shown to the user.

    The same error within a minute keeps its number and is only counted: its traceback is in the log already.
    `place` is the label of the metric: « rerun » or « request ».
    """
    metrics.ERRORS.labels(place).inc()
    is_new, occurrence = repeats.count(_cause(error), secrets.token_hex(4))
    if is_new:
        log.error(
            "Error %s",
            occurrence.number,
            exc_info=error,
            extra={"error": occurrence.number, "repeats": occurrence.repeats or None},
        )
    return occurrence.number


def _cause(error: BaseException | None) -> Hashable:
    """Return the key by which errors count as the same: their class, and the lines of code of their traceback.

    Each line counts once, since a visitor may control the depth of a recursion.
    """
    frames = traceback.walk_tb(error.__traceback__ if error else None)
    return type(error), tuple(dict.fromkeys((frame.f_code.co_filename, line) for frame, line in frames))


def once_a_minute(record: logging.LogRecord) -> bool:
    """Filter log records: pass one a minute for each cause, among lines of libraries and lines with a traceback.

    Lines of ours without a traceback are few and all differ; those of `report` were counted there.
    """
    ours = record.name.partition(".")[0] == "ror"
    if hasattr(record, "error") or (ours and not record.exc_info):
        return True
    error = record.exc_info[1] if record.exc_info else None
    is_new, occurrence = repeats.count((record.name, record.pathname, record.lineno, record.levelno, _cause(error)))
    if occurrence.repeats and is_new:
        record.repeats = occurrence.repeats
    return is_new


def structured() -> bool:
    """Return whether lines are JSON: by the setting, whose default is JSON in production."""
    return settings().log == "json" or (settings().log == "auto" and settings().production)


def propagate(logger: logging.Logger) -> None:
    """Remove the handlers of a logger, so that its lines go through the root handler."""
    logger.handlers.clear()
    logger.propagate = True


class Json(logging.Formatter):
    """Format a record as one JSON object: time (UTC), level, logger, message, request, account, `EXTRA` and traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record, without a line end."""
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
    """Format a record as a readable line, with its traceback under it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the lines of a record."""
        context = " ".join(f"{name}={value}" for name, value in _context(record).items())
        line = f"{_instant(record):%H:%M:%S} {record.levelname} {record.name}: {record.getMessage()}"
        line = f"{line} ({context})" if context else line
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _context(record: logging.LogRecord) -> dict[str, object]:
    """Return the fields beside the message; those of the record take precedence over the current request and account."""
    fields = {"request": request.get(), "account": account.get(), **record.__dict__}
    return {name: fields[name] for name in ("request", "account", *EXTRA) if fields.get(name) not in (None, "")}


def _instant(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)
