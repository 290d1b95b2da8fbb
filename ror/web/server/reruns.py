"""Rerun times: each rerun is measured where its messages pass, from the request of a page to the end of its script.

The script runs in a thread of Streamlit's. It reports its account and its page here, and gets from here the request id of
its log lines.
"""

import asyncio
import logging
import time
from contextlib import suppress
from functools import cache
from secrets import token_hex

import streamlit as st
from google.protobuf.message import DecodeError
from starlette.types import Message, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from ror import logs, metrics
from ror.model.rights import Account
from ror.settings import PAGES, settings
from ror.web.server.user_acts import UserActs

log = logging.getLogger(__name__)

HEADER = b"x-request-id"
"""The header by which the script finds its connection; a value sent by the browser is replaced."""

SIGN_IN, ELSEWHERE = "connexion", "autre"
"""The metric labels of the sign-in form, and of addresses without a page."""

_SMALL = 200
"""Bytes: messages that report the start or end of a script are shorter; longer ones are not parsed."""

_MAX_WAIT_SECONDS = 30.0
"""Seconds to wait for the first run of a page before its next message passes anyway."""

_open: dict[str, "Reruns"] = {}


class Reruns:
    """The reruns of one open page, and the id of its connection."""

    def __init__(self, scope: Scope) -> None:
        self.connection = token_hex(8)
        self.account = ""
        self.page = ELSEWHERE
        self.acts = UserActs(scope)
        self._number = 0
        self._requested_at: float | None = None
        self._waiting_since: float | None = None
        self._script: float | None = None
        self._finished_once = asyncio.Event()
        scope["headers"] = [(name, value) for name, value in scope["headers"] if name != HEADER]
        scope["headers"].append((HEADER, self.connection.encode()))

    def __enter__(self) -> "Reruns":
        _open[self.connection] = self
        metrics.OPEN_PAGES.inc()
        return self

    def __exit__(self, *_: object) -> None:
        del _open[self.connection]
        metrics.OPEN_PAGES.dec()

    @property
    def first(self) -> bool:
        """Return whether the last message requested the first rerun of the connection."""
        return self._number == 1 and self.before_first_end

    @property
    def before_first_end(self) -> bool:
        """Return whether no script of the connection has finished, however many messages arrived meanwhile."""
        return not self._finished_once.is_set()

    async def finished(self) -> None:
        """Wait until a script has finished, at most `_MAX_WAIT_SECONDS` seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._finished_once.wait(), _MAX_WAIT_SECONDS)

    @property
    def name(self) -> str:
        """Return the request id of the current rerun, as « 5f0c63a1.12 »."""
        return f"{self.connection}.{self._number}"

    def on_message(self, message: BackMsg) -> None:
        """Record a message of the page; a requested rerun is timed from now on, unless one is already."""
        if message.WhichOneof("type") == "rerun_script":
            self._number += 1
            self.acts.on_rerun(message.rerun_script)
            self._requested_at = self._requested_at or time.monotonic()

    def watch(self, send: Send) -> Send:
        """Return a `send` that records when a script starts and ends."""

        async def observe(message: Message) -> None:
            await send(message)
            frame = message.get("bytes")
            if frame is not None and len(frame) < _SMALL:
                self._on_sent(frame)

        return observe

    def _on_sent(self, frame: bytes) -> None:
        try:
            message = ForwardMsg.FromString(frame)
        except DecodeError:
            return
        kind = message.WhichOneof("type")
        if kind == "session_status_changed" and message.session_status_changed.script_is_running:
            self._on_started()
        elif kind == "script_finished":
            self._on_finished(message.script_finished)

    def on_script(self, pseudonym: str) -> None:
        """Record, in the script, that it runs from now on for this account."""
        self.account = pseudonym
        self._script = self._script or time.monotonic()

    def _on_started(self) -> None:
        """Record the start of a script, which serves all requests so far; after an interrupted one, the wait goes on."""
        self._waiting_since = self._waiting_since or self._requested_at or time.monotonic()
        self._requested_at = None

    def _on_finished(self, status: int) -> None:
        if status == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            return
        self._finished_once.set()
        if self._waiting_since is None:
            return
        now = time.monotonic()
        took, waited = now - self._waiting_since, max((self._script or now) - self._waiting_since, 0.0)
        self._waiting_since = self._script = None
        kind = "fragment" if status == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY else "whole"
        metrics.RERUNS.labels(self.page, kind).observe(took)
        metrics.RERUN_WAITS.observe(waited)
        if took * 1000 > settings().slow_rerun_ms:
            self._log_slow(kind, round(took * 1000), round(waited * 1000))

    def _log_slow(self, kind: str, took: int, waited: int) -> None:
        fields = {"page": self.page, "kind": kind, "duration_ms": took, "wait_ms": waited, "run_ms": took - waited}
        log.warning("Slow rerun", extra={"request": self.name, "account": self.account, **fields})


def set_account(account: Account | None) -> None:
    """Set, in a script, its account: its log lines get the request id and the pseudonym of the account."""
    reruns = _current()
    pseudonym = logs.pseudonym(account.id) if account else ""
    logs.account.set(pseudonym)
    logs.request.set(reruns.name if reruns else "")
    if reruns:
        reruns.on_script(pseudonym)


def name() -> str:
    """Return, in a script, the request id of the current rerun; "" outside of a connection."""
    reruns = _current()
    return reruns.name if reruns else ""


def first_of_connection() -> bool:
    """Return, in a script, whether this is its first run since the page connected or reconnected.

    On a busy server more messages arrive before that run begins.
    """
    reruns = _current()
    return reruns is not None and reruns.before_first_end


def take_user_act() -> bool:
    """Return, in a script, whether its user acted since the last call; True outside of a connection."""
    reruns = _current()
    return reruns is None or reruns.acts.take()


def set_page(address: str, *, inside: bool) -> None:
    """Set, in a script, the page of the metrics by its address; the sign-in form when the user is not `inside`."""
    if reruns := _current():
        page = address.replace("-", "_") or "accueil"
        reruns.page = (page if page in _pages() else ELSEWHERE) if inside else SIGN_IN


def _current() -> Reruns | None:
    return _open.get(st.context.headers.get(HEADER.decode(), ""))


@cache
def _pages() -> frozenset[str]:
    return frozenset(path.stem for path in PAGES.glob("*.py"))
