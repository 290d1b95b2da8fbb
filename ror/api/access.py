"""Authentication of the interfaces: the token of a request, its rate limit, and the address for the journal."""

import time
from datetime import UTC, datetime
from functools import cache
from math import ceil
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.concurrency import run_in_threadpool

from ror import logs
from ror.errors import RorError
from ror.model.rights import Account
from ror.services import journal
from ror.services.accounts import tokens
from ror.services.accounts.attempts import network
from ror.settings import settings
from ror.store.engine.database import open_database


class Unauthenticated(RorError):
    """There is no token, or no valid one: the message is the same for all."""

    def __init__(self) -> None:
        super().__init__("Joignez un jeton en cours de validité à votre demande : « Authorization: Bearer ror_... ».")


class TooManyRequests(RorError):
    """The token, or the network of a request without one, exceeded its rate limit; `seconds` is the time to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Trop de demandes : attendez {seconds} s avant la suivante.")
        self.seconds = seconds


_bearer = HTTPBearer(auto_error=False, description="Un jeton fait dans « Administration », onglet « Jetons ».")


async def caller(request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> Account:
    """Return the account that the token of a request acts as. Raises `Unauthenticated` or `TooManyRequests`."""
    journal.acting_from(request.client.host if request.client else "")
    account = await run_in_threadpool(_account, credentials.credentials) if credentials else None
    _count_request(account.id if account else network(journal.address()), settings().api_requests_per_minute)
    if account is None:
        raise Unauthenticated
    logs.account.set(logs.pseudonym(account.id))
    return account


Caller = Annotated[Account, Depends(caller)]
"""The account of a request, as the first parameter of an endpoint."""


def _account(text: str) -> Account | None:
    return tokens.account_of(open_database(), text, datetime.now(UTC))


@cache
def _limiter() -> MovingWindowRateLimiter:
    """Return the rate limiter of this process; each replica has its own."""
    return MovingWindowRateLimiter(MemoryStorage())


def _count_request(client: str, most: int) -> None:
    limit = RateLimitItemPerMinute(most)
    if not _limiter().hit(limit, client):
        reset = _limiter().get_window_stats(limit, client).reset_time
        raise TooManyRequests(max(1, ceil(reset - time.time())))
