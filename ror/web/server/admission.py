"""The checks that admit or reject a request: its host, the site it comes from, its route, its session and its size.

It rejects hosts that are not ours, requests from pages of other sites, routes of Streamlit that the product does not use,
files without a session, and bodies that are too large.

A limit of Streamlit: its WebSocket opens before anybody has signed in, since the sign-in form is one of its pages. Each page
requires the session itself (`session.require`), and so does, here, each route of Streamlit that serves data.
"""

import ipaddress
from datetime import UTC, datetime
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from streamlit import config
from streamlit.path_security import is_unsafe_path_pattern

from ror import logs
from ror.exchange.bulk_workbook import MAX_FILE_BYTES
from ror.model.rights import Account, Action, entitled
from ror.services.accounts import sign_in
from ror.settings import settings
from ror.store.engine.database import open_database
from ror.web.server import cookies, health
from ror.web.server.session_owners import MEDIA, STREAM, UPLOAD

FORBIDDEN, NOT_FOUND, TOO_LARGE, MISDIRECTED = 403, 404, 413, 421

MAX_BODY_BYTES = 2**20
"""Bytes of the body of a request that is not an upload."""

OPEN = ("/_stcore/health", "/_stcore/host-config", STREAM)
CLOSED = ("/_stcore/", "/component/", "/auth/login", "/auth/logout", "/oauth2callback")
"""Routes that Streamlit serves and the product does not use: metrics, agents, its own sign-in, version 1 components."""

_MULTIPART = 2**16


async def check(connection: HTTPConnection) -> tuple[int, int]:
    """Return the status to reject a request with (0 to admit it), and the largest body in bytes.

    An upload gets `ror.upload` in its scope: the account's id and the largest body.
    """
    path, largest = connection.scope["path"], MAX_BODY_BYTES
    if path not in health.PROBES and not is_allowed_host(connection):
        return MISDIRECTED, 0
    if _is_cross_site(connection):
        return FORBIDDEN, 0
    # Streamlit rejects these with two English words.
    if is_unsafe_path_pattern(path.lstrip("/")):
        return NOT_FOUND, 0
    if path.startswith((MEDIA, UPLOAD)):
        account = await account_of(connection)
        largest = _largest_upload(account) if path.startswith(UPLOAD) else largest
        if account is None or not largest:
            return FORBIDDEN, 0
        connection.scope["ror.upload"] = account.id, largest
    elif path == health.METRICS:
        return 0 if health.may_read_metrics(connection) else NOT_FOUND, largest
    elif path not in OPEN and path.startswith(CLOSED):
        return NOT_FOUND, 0
    length = connection.headers.get("content-length", "0")
    return TOO_LARGE if not length.isdigit() or int(length) > largest else 0, largest


async def account_of(connection: HTTPConnection) -> Account | None:
    """Return the account of the request's live session, and log the request under it; the session is not prolonged."""
    token = connection.cookies.get(cookies.SESSION, "")
    account = await run_in_threadpool(sign_in.account_of, open_database(), token, datetime.now(UTC), user_action=False)
    logs.account.set(logs.pseudonym(account.id) if account else "")
    return account


def is_allowed_host(connection: HTTPConnection) -> bool:
    """Return whether the Host header names this service: another name that points at this machine is rejected."""
    named = connection.headers.getlist("host")
    if len(named) != 1:
        return False
    current = settings()
    hosts = {"localhost", "127.0.0.1", "::1", _host(current.public_url), *map(str.lower, current.allowed_hosts)}
    if not _is_unspecified(current.address):
        hosts.add(current.address.lower())
    return "*" in hosts or _host(f"//{named[0]}") in hosts - {""}


def is_own_origin(connection: HTTPConnection) -> bool:
    """Return whether the Origin header, which browsers always send with a WebSocket, names this service."""
    origin = urlsplit(connection.headers.get("origin", ""))
    own = {connection.headers["host"].lower(), urlsplit(settings().public_url).netloc.lower()} - {""}
    return origin.scheme in ("http", "https") and origin.netloc.lower() in own


def _largest_upload(account: Account | None) -> int:
    """Return the largest upload of an account in bytes: that of imports, that of declarations by file, or 0."""
    if account is not None and entitled(account, Action.MANAGE_REGISTRY):
        return int(config.get_option("server.maxUploadSize")) * 2**20 + _MULTIPART
    if account is not None and entitled(account, Action.DECLARE):
        return MAX_FILE_BYTES + _MULTIPART
    return 0


def _host(address: str) -> str:
    """Return the host of an address in lower case, without port nor last dot; "" when there is none."""
    try:
        return (urlsplit(address).hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_unspecified(address: str) -> bool:
    """Return whether the server listens on all addresses, as 0.0.0.0."""
    try:
        return ipaddress.ip_address(address).is_unspecified
    except ValueError:
        return False


def _is_cross_site(connection: HTTPConnection) -> bool:
    """Return whether a page of another site sends the request; its links are allowed, but not to /session/."""
    if connection.headers.get("sec-fetch-site", "none") in ("none", "same-origin"):
        return False
    is_link = connection.scope["method"] == "GET" and connection.headers.get("sec-fetch-mode") == "navigate"
    return not is_link or connection.scope["path"].startswith("/session/")
