"""Uploads wait in memory until a page reads them: how many bytes may, by account and in all, and for how long.

Streamlit keeps whatever is sent to a session until the session ends, also what no page of ours reads. Here each upload
is counted from its first byte, and dropped when no page reads it any more.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.runtime import get_instance
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ror.settings import settings
from ror.web.server.owners import UPLOAD

FILES_PER_ACCOUNT = 2
"""How many files of the largest size that it may send an account may have waiting: one that is read, one that replaces it."""

MOST_BYTES = 256 * 2**20
"""Bytes that may wait in all."""

UNREAD_SECONDS = 60.0
"""A page reads what was sent to it at once; what it did not read by then is dropped."""

_TOO_MANY = "Trop de fichiers attendent déjà d'être lus : retirez-en un, ou recommencez dans quelques minutes."


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An upload: whose it is, how large, when it came or was last read, and whether a page read it at all."""

    account: str
    size: int
    at: float
    arrived: bool = False
    read: bool = False


class Uploads:
    """The uploads of this process that wait in memory, by session and file of Streamlit. Safe from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._waiting: dict[tuple[str, str], _Waiting] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._lock = threading.RLock()

    def reserve(self, account: str, session: str, file: str, size: int, largest: int) -> bool:
        """Make room for a file that begins to come; whether there is. One that is still coming is not begun again."""
        with self._lock:
            self.drop_unread()
            known = self._waiting.get((session, file))
            own = sum(one.size for one in self._waiting.values() if one.account == account)
            if (known and not known.arrived) or own + size > FILES_PER_ACCOUNT * largest:
                return False
            if self.bytes_waiting + size > MOST_BYTES:
                return False
            self._waiting[session, file] = _Waiting(account, size, self._clock())
            return True

    def arrived(self, session: str, file: str) -> None:
        """Count a file that came at the size it has; forget one that did not come whole."""
        held = _manager().get_files(session, [file])
        with self._lock:
            known = self._waiting.pop((session, file), None)
            if held and known:
                self._waiting[session, file] = replace(known, size=len(held[0].data), at=self._clock(), arrived=True)
                self._wake_later()

    def read(self, session: str, file: str | None) -> None:
        """Note that a page reads this file now, None for none: those that it read before are dropped."""
        with self._lock:
            for key, one in list(self._waiting.items()):
                if key == (session, file):
                    self._waiting[key] = replace(one, at=self._clock(), read=True)
                elif key[0] == session and one.read:
                    _manager().remove_file(*key)
                    del self._waiting[key]

    def drop_unread(self) -> None:
        """Drop what no page reads any more, and forget what Streamlit dropped by itself."""
        now, idle = self._clock(), settings().session_idle_minutes * 60
        with self._lock:
            for (session, file), one in list(self._waiting.items()):
                if one.arrived and now - one.at > (idle if one.read else UNREAD_SECONDS):
                    _manager().remove_file(session, file)
                if one.arrived and not _manager().get_files(session, [file]):
                    del self._waiting[session, file]

    @property
    def bytes_waiting(self) -> int:
        """Bytes of all that waits, what is still coming included."""
        with self._lock:
            return sum(one.size for one in self._waiting.values())

    def _wake_later(self) -> None:
        """Look again soon, for as long as something waits."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(UNREAD_SECONDS + 1, self._woken)

    def _woken(self) -> None:
        self._timer = None
        self.drop_unread()
        if self._waiting:
            self._wake_later()


uploads = Uploads()


class BoundedUploads:
    """Middleware: an upload is let in while there is room for it. `web.doors` has put its account in the scope."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; an upload only when its bytes have room, and counted once it is there."""
        if scope["type"] != "http" or scope["method"] != "PUT" or not scope["path"].startswith(UPLOAD):
            await self.app(scope, receive, send)
            return
        session, _, file = scope["path"].removeprefix(UPLOAD).partition("/")
        account, largest = scope["ror.upload"]
        told = dict(scope["headers"]).get(b"content-length", b"")
        if not uploads.reserve(account, session, file, int(told) if told.isdigit() else largest, largest):
            await PlainTextResponse(_TOO_MANY, 429)(scope, receive, send)
            return
        try:
            await self.app(scope, receive, send)
        finally:
            uploads.arrived(session, file)


def uploader(label: str, **options: Any) -> UploadedFile | None:
    """Draw a field for one file, and return the file in it, which waits for as long as it is drawn."""
    file: UploadedFile | None = st.file_uploader(label, **options)
    context = st.runtime.scriptrunner.get_script_run_ctx()
    if context is not None:
        uploads.read(context.session_id, file.file_id if file else None)
    return file


def _manager() -> MemoryUploadedFileManager:
    manager = get_instance().uploaded_file_mgr
    assert isinstance(manager, MemoryUploadedFileManager)
    return manager
