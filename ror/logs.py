"""The log of the service, on standard error: one JSON object a line in production, plain lines elsewhere.

A line says whose request it is of by a pseudonym alone; no login, name, mail, comment nor address bar goes into one.
"""

import hashlib
import hmac
import json
import logging
import secrets
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache

from ror import metrics
from ror.settings import secret, settings

log = logging.getLogger(__name__)

request: ContextVar[str] = ContextVar("request", default="")
"""The request or the rerun being served, as « 5f0c63a1 » or « 5f0c63a1.12 »: the twelfth rerun of an open page."""

account: ContextVar[str] = ContextVar("account", default="")
"""The pseudonym of the account that asks; "" for nobody."""

EXTRA = ("error", "page", "kind", "duration_ms", "wait_ms", "run_ms")
"""Fields that a line may carry besides those of every line."""

_SERVERS = ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi", "websockets")
_LENGTH = 12


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

    `place`: where it happened, « rerun » or « request », as it is counted.
    """
    number = secrets.token_hex(4)
    metrics.ERRORS.labels(place).inc()
    log.error("Error %s", number, exc_info=error, extra={"error": number})
    return number


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
