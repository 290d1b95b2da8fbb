"""How long a page keeps its user waiting: each rerun is timed where its messages pass, from the question to its end.

The script runs elsewhere, in a thread of Streamlit's: it tells here whose it is and which page it draws, and takes
from here the name that its lines bear in the log.
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
"""Under this name the script finds the connection that it runs for: ours, whatever the browser sent under it."""

SIGN_IN, ELSEWHERE = "connexion", "autre"
"""What the sign-in form and an address that is no page's are counted under."""

_SMALL = 200
"""Bytes: what says that a script began or ended is shorter; nothing longer is read."""

_LONGEST_RUN = 30.0
"""Seconds that a page is waited for before what was asked of it goes on all the same."""

_open: dict[str, "Reruns"] = {}


class Reruns:
    """The reruns of one open page, and the name of its connection."""

    def __init__(self, scope: Scope) -> None:
        self.connection = token_hex(8)
        self.account = ""
        self.page = ELSEWHERE
        self.acts = UserActs(scope)
        self._number = 0
        self._asked: float | None = None
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
        """Whether the last message was the first rerun of the connection."""
        return self._number == 1 and not self._finished_once.is_set()

    async def finished(self) -> None:
        """Wait until a script has run to its end, `_LONGEST_RUN` seconds at most."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._finished_once.wait(), _LONGEST_RUN)

    @property
    def name(self) -> str:
        """The name of the present rerun in the log."""
        return f"{self.connection}.{self._number}"

    def asked(self, message: BackMsg) -> None:
        """The page asks for something: a rerun is waited for from now on, unless one was already."""
        if message.WhichOneof("type") == "rerun_script":
            self._number += 1
            self.acts.see(message.rerun_script)
            self._asked = self._asked or time.monotonic()

    def watched(self, send: Send) -> Send:
        """The same sending, which notes when a script begins and ends."""

        async def sent(message: Message) -> None:
            await send(message)
            frame = message.get("bytes")
            if frame is not None and len(frame) < _SMALL:
                self._told(frame)

        return sent

    def _told(self, frame: bytes) -> None:
        try:
            told = ForwardMsg.FromString(frame)
        except DecodeError:
            return
        kind = told.WhichOneof("type")
        if kind == "session_status_changed" and told.session_status_changed.script_is_running:
            self._begun()
        elif kind == "script_finished":
            self._finished(told.script_finished)

    def runs(self, pseudonym: str) -> None:
        """In the script: it runs from now on, for this account."""
        self.account = pseudonym
        self._script = self._script or time.monotonic()

    def _begun(self) -> None:
        """A script begins, with all that was asked until now; the one that it cut short was waited for since longer."""
        self._waiting_since = self._waiting_since or self._asked or time.monotonic()
        self._asked = None

    def _finished(self, how: int) -> None:
        if how == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            return
        self._finished_once.set()
        if self._waiting_since is None:
            return
        now = time.monotonic()
        took, waited = now - self._waiting_since, max((self._script or now) - self._waiting_since, 0.0)
        self._waiting_since = self._script = None
        kind = "fragment" if how == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY else "whole"
        metrics.RERUNS.labels(self.page, kind).observe(took)
        metrics.RERUN_WAITS.observe(waited)
        if took * 1000 > settings().slow_rerun_ms:
            self._slow(kind, round(took * 1000), round(waited * 1000))

    def _slow(self, kind: str, took: int, waited: int) -> None:
        known = {"page": self.page, "kind": kind, "duration_ms": took, "wait_ms": waited, "run_ms": took - waited}
        log.warning("Slow rerun", extra={"request": self.name, "account": self.account, **known})


def of(account: Account | None) -> None:
    """In a script: whose it is. The lines that it leaves in the log bear its name and the pseudonym of the account."""
    running = _running()
    pseudonym = logs.pseudonym(account.id) if account else ""
    logs.account.set(pseudonym)
    logs.request.set(running.name if running else "")
    if running:
        running.runs(pseudonym)


def name() -> str:
    """In a script: the name of the present rerun, "" outside of a connection."""
    running = _running()
    return running.name if running else ""


def first_of_connection() -> bool:
    """In a script: whether it runs for the first time since the page connected, or connected anew."""
    running = _running()
    return running is not None and running.first


def take_user_act() -> bool:
    """In a script: whether its user did something since this was last asked; True outside of a connection."""
    running = _running()
    return running is None or running.acts.take()


def shows(address: str, *, inside: bool) -> None:
    """In a script: which page it draws, by its address; the sign-in form when the visitor is not `inside`."""
    if running := _running():
        known = address.replace("-", "_") or "accueil"
        running.page = (known if known in _pages() else ELSEWHERE) if inside else SIGN_IN


def _running() -> Reruns | None:
    return _open.get(st.context.headers.get(HEADER.decode(), ""))


@cache
def _pages() -> frozenset[str]:
    return frozenset(path.stem for path in PAGES.glob("*.py"))
