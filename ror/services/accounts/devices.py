"""Browsers that accounts signed in from: a signed mark, kept in a cookie of theirs after they sign out.

Attempts from such a browser at such an account have a count of their own: whatever a stranger does elsewhere, also behind
the same network address, does not delay them. The mark opens nothing. A shared workstation keeps those of several accounts.
"""

import secrets

from itsdangerous import BadSignature, URLSafeTimedSerializer

from ror.model.attempts import USUAL
from ror.settings import secret

COOKIE = "ror_device"
MOST_ACCOUNTS = 20


def marked(mark: str, account_id: str) -> str:
    """The mark to keep once an account signed in, from the one that the browser had."""
    device, known = _read(mark)
    kept = [account_id, *(one for one in known if one != account_id)][:MOST_ACCOUNTS]
    return _seal().dumps([device or secrets.token_hex(8), kept])


def known(mark: str, account_id: str) -> str:
    """The browser that the account signed in from of late, "" when the mark does not say so."""
    device, accounts = _read(mark)
    return device if account_id in accounts else ""


def _read(mark: str) -> tuple[str, list[str]]:
    try:
        device, accounts = _seal().loads(mark, max_age=int(USUAL.total_seconds()))
        return str(device), [str(one) for one in accounts]
    except (BadSignature, TypeError, ValueError):
        return "", []


def _seal() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret(), salt="device")
