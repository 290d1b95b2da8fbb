"""Post late units to another system, which sends SMS or push messages: signed, over https, once for each last number.

The body names units and structures, no person and no comment. A notice is claimed and committed before it is posted, as a
mail is: no process posts it twice, and only a notice that was certainly not accepted is tried again.
"""

import asyncio
import hashlib
import hmac
import json
import logging
import secrets
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from ror import metrics
from ror.model.sending import MailState, state_after_failure
from ror.model.territory import time_zone
from ror.services.reminders import late
from ror.services.reminders.message import SHEET
from ror.settings import public_address, settings
from ror.store import late_notices
from ror.store.board import board as boards
from ror.store.board.board import UnitRow
from ror.store.engine.database import Database

TIMEOUT_SECONDS = 5.0
"""The longest time of one post, from the connection to the answer."""

MAX_UNITS = 500
"""Units of one notice."""

TIME, SIGNATURE = "X-ROR-Time", "X-ROR-Signature"
"""Headers: seconds since 1970, and `sha256=` with the HMAC of « time.body » in hexadecimal."""

_BUSY = (429, 503)
"""The statuses of a system that did not accept a notice and asks for it again later."""

log = logging.getLogger(__name__)


def post_due(db: Database, now: datetime) -> Counter[MailState]:
    """Post the units that became late, in the hours of their territory, and the waiting notices; count notices by state."""
    done: Counter[MailState] = Counter()
    if not settings().notify_url:
        return done
    board = boards.current(db)
    with db.reader() as cursor:
        rows = {row["unit"]: row for row in late.late_units(cursor, board, now).to_pylist()}
        waiting = [(one, late_notices.positions(cursor, one.id)) for one in late_notices.waiting(cursor)]
    for notice, positions in waiting:
        if notice.may_be_retried(now):
            # Units declared since are left out.
            units = [row for unit, row in rows.items() if positions.get(unit) == row["position"]]
            # All units of a notice were within their hours when it was claimed, and will be again at the same time.
            if all(_in_hours(row, now) for row in units):
                _post_again(db, notice.id, notice.tries + 1, units, now, done)
    new = _claim_new(db, [row for row in rows.values() if _in_hours(row, now)], now)
    if new:
        _post(db, *new, 1, now, done)
    return done


def _in_hours(row: UnitRow, now: datetime) -> bool:
    first, end = settings().reminder_hours
    return first <= now.astimezone(time_zone(row["department"])).hour < end


def _claim_new(db: Database, rows: Sequence[UnitRow], now: datetime) -> tuple[str, list[UnitRow]] | None:
    """Claim a notice of the late units that no notice has yet; return its id and its units, None without such a unit."""
    with db.reader() as cursor:
        noticed = late_notices.noticed(cursor)
    if all((row["unit"], row["position"]) in noticed for row in rows):
        return None
    notice = secrets.token_urlsafe(16)
    with db.transaction() as transaction:
        # Another process may have claimed some of the units meanwhile.
        noticed = late_notices.noticed(transaction.cursor)
        new = [row for row in rows if (row["unit"], row["position"]) not in noticed][:MAX_UNITS]
        if not new:
            return None
        late_notices.claim(transaction, notice, [(row["unit"], row["position"]) for row in new], now)
    return notice, new


def _post_again(
    db: Database, notice: str, tries: int, rows: Sequence[UnitRow], now: datetime, done: Counter[MailState]
) -> None:
    with db.transaction() as transaction:
        if not late_notices.claim_again(transaction, notice, now):
            return
    _post(db, notice, rows, tries, now, done)


def _post(db: Database, notice: str, rows: Sequence[UnitRow], tries: int, now: datetime, done: Counter[MailState]) -> None:
    """Post a claimed notice and write its new state; without `rows` (all its units were declared since) do nothing."""
    if not rows:
        return
    # A thread of its own: the caller's may run an event loop already.
    with ThreadPoolExecutor(max_workers=1) as thread:
        state = thread.submit(asyncio.run, _posted(body(notice, rows, now), tries)).result()
    with db.transaction() as transaction:
        late_notices.set_state(transaction, notice, state)
    done[state] += 1
    metrics.LATE_NOTICES.labels(str(state)).inc()


def body(notice: str, rows: Sequence[UnitRow], now: datetime) -> bytes:
    """Return the JSON of a notice."""
    units = [
        {
            "unit": row["unit"],
            "structure": row["finess"],
            "department": row["department"],
            "declared_at": row["observed_at"].astimezone(UTC).isoformat() if row["observed_at"] else None,
        }
        for row in rows
    ]
    content: dict[str, Any] = {"kind": "late_units", "id": notice, "sent_at": now.astimezone(UTC).isoformat()}
    return json.dumps({**content, "sheet": public_address(SHEET), "units": units}).encode()


def signature(secret: str, time: str, content: bytes) -> str:
    """Return the value of the header `SIGNATURE`."""
    return "sha256=" + hmac.digest(secret.encode(), time.encode() + b"." + content, hashlib.sha256).hex()


async def _posted(content: bytes, tries: int) -> MailState:
    """Post a body and return the state of its notice, within `TIMEOUT_SECONDS` in all."""
    # Importing it takes a tenth of a second: only where the settings name another system.
    import httpx2 as httpx

    config = settings()
    time = str(int(datetime.now(UTC).timestamp()))
    headers = {
        "Content-Type": "application/json",
        TIME: time,
        SIGNATURE: signature(config.notify_secret, time, content),
    }
    try:
        async with (
            asyncio.timeout(TIMEOUT_SECONDS),
            httpx.AsyncClient(follow_redirects=False, timeout=TIMEOUT_SECONDS) as client,
            client.stream("POST", config.notify_url, content=content, headers=headers) as answer,
        ):
            status = answer.status_code
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        log.warning("Late units could not be posted: %s", type(error).__name__)
        return state_after_failure(tries, temporary=True, doubtful=False)
    except (httpx.HTTPError, TimeoutError) as error:
        log.warning("Late units were posted without an answer: %s", type(error).__name__)
        return MailState.DOUBTFUL
    if 200 <= status < 300:
        return MailState.SENT
    log.warning("Late units were refused with the status %d", status)
    return state_after_failure(tries, temporary=status in _BUSY, doubtful=False)
