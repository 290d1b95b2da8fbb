"""Limits of uploads, which wait in memory until a page reads them: bytes by account and in all, and time.

Streamlit stores whatever is uploaded to a session until the session ends, even if no page reads it. Here each upload is
counted from its first byte, and dropped when no page reads it any more.
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
from ror.web.server.session_owners import UPLOAD

FILES_PER_ACCOUNT = 2
"""Files of its largest size that an account may have in memory: the present one, and one that replaces it."""

MAX_BYTES = 256 * 2**20
"""Bytes that all uploads may occupy."""

UNREAD_SECONDS = 60.0
"""Time after which an unread upload is dropped; pages read theirs at once."""

_TOO_MANY = "Trop de fichiers attendent déjà d'être lus : retirez-en un, ou recommencez dans quelques minutes."


@dataclass(frozen=True, slots=True)
class _Upload:
    """An upload: its account, its bytes, when it arrived or was last read, whether it is complete and was ever read."""

    account: str
    size: int
    at: float
    arrived: bool = False
    read: bool = False


class Uploads:
    """The uploads in the memory of this process, by session and file of Streamlit. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._uploads: dict[tuple[str, str], _Upload] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._lock = threading.RLock()

    def reserve(self, account: str, session: str, file: str, size: int, largest: int) -> bool:
        """Reserve room for an upload that starts, and return whether there is room and it is not in progress already."""
        with self._lock:
            self.drop_unread()
            present = self._uploads.get((session, file))
            own = sum(upload.size for upload in self._uploads.values() if upload.account == account)
            if (present and not present.arrived) or own + size > FILES_PER_ACCOUNT * largest:
                return False
            if self.bytes_waiting + size > MAX_BYTES:
                return False
            self._uploads[session, file] = _Upload(account, size, self._clock())
            return True

    def arrived(self, session: str, file: str) -> None:
        """Record the real size of a complete upload; forget an incomplete one."""
        files = _manager().get_files(session, [file])
        with self._lock:
            reserved = self._uploads.pop((session, file), None)
            if files and reserved:
                self._uploads[session, file] = replace(reserved, size=len(files[0].data), at=self._clock(), arrived=True)
                self._schedule()

    def read(self, session: str, file: str | None) -> None:
        """Record that a page reads this file now (None for no file), and drop the ones that it read before."""
        with self._lock:
            for key, upload in list(self._uploads.items()):
                if key == (session, file):
                    self._uploads[key] = replace(upload, at=self._clock(), read=True)
                elif key[0] == session and upload.read:
                    _manager().remove_file(*key)
                    del self._uploads[key]

    def drop_unread(self) -> None:
        """Drop the uploads that no page reads any more, and forget those that Streamlit dropped itself."""
        now, idle = self._clock(), settings().session_idle_minutes * 60
        with self._lock:
            for (session, file), upload in list(self._uploads.items()):
                if upload.arrived and now - upload.at > (idle if upload.read else UNREAD_SECONDS):
                    _manager().remove_file(session, file)
                if upload.arrived and not _manager().get_files(session, [file]):
                    del self._uploads[session, file]

    @property
    def bytes_waiting(self) -> int:
        """Return the bytes of all uploads, reserved ones included."""
        with self._lock:
            return sum(upload.size for upload in self._uploads.values())

    def _schedule(self) -> None:
        """Start the timer that drops unread uploads, unless it runs."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(UNREAD_SECONDS + 1, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self.drop_unread()
        if self._uploads:
            self._schedule()


uploads = Uploads()


class UploadLimits:
    """Middleware that rejects uploads without room; `ror.web.server.admission` has put their account in the scope."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; reserve room for an upload, then record its real size."""
        if scope["type"] != "http" or scope["method"] != "PUT" or not scope["path"].startswith(UPLOAD):
            await self.app(scope, receive, send)
            return
        session, _, file = scope["path"].removeprefix(UPLOAD).partition("/")
        account, largest = scope["ror.upload"]
        declared = dict(scope["headers"]).get(b"content-length", b"")
        if not uploads.reserve(account, session, file, int(declared) if declared.isdigit() else largest, largest):
            await PlainTextResponse(_TOO_MANY, 429)(scope, receive, send)
            return
        try:
            await self.app(scope, receive, send)
        finally:
            uploads.arrived(session, file)


def uploader(label: str, **options: Any) -> UploadedFile | None:
    """Render a field for one file and return its file, which stays in memory as long as the field is rendered."""
    file: UploadedFile | None = st.file_uploader(label, **options)
    context = st.runtime.scriptrunner.get_script_run_ctx()
    if context is not None:
        uploads.read(context.session_id, file.file_id if file else None)
    return file


def _manager() -> MemoryUploadedFileManager:
    manager = get_instance().uploaded_file_mgr
    assert isinstance(manager, MemoryUploadedFileManager)
    return manager
