"""Recognise the browsers that accounts signed in from, by a signed mark in a cookie that survives the sign-out.

The failed attempts of such a browser at such an account are counted apart: what a stranger does elsewhere, even behind the
same network address, does not delay it. The mark gives no access. The mark of a shared workstation names several accounts.
"""

import secrets

from itsdangerous import BadSignature, URLSafeTimedSerializer

from ror.model.attempts import USUAL
from ror.settings import secret

COOKIE = "ror_device"
MAX_ACCOUNTS = 20


def updated_mark(mark: str, account_id: str) -> str:
    """Return the mark of a browser with one more account, which just signed in; `mark` is the previous one, "" for none."""
    device, previous = _read(mark)
    accounts = [account_id, *(account for account in previous if account != account_id)][:MAX_ACCOUNTS]
    return _serializer().dumps([device or secrets.token_hex(8), accounts])


def device_of(mark: str, account_id: str) -> str:
    """Return the id of a browser, "" when its mark does not name the account or is too old."""
    device, accounts = _read(mark)
    return device if account_id in accounts else ""


def _read(mark: str) -> tuple[str, list[str]]:
    try:
        device, accounts = _serializer().loads(mark, max_age=int(USUAL.total_seconds()))
        return str(device), [str(account) for account in accounts]
    except (BadSignature, TypeError, ValueError):
        return "", []


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret(), salt="device")
