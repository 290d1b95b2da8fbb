"""The static files of Streamlit, compressed once for each version of them and stored in one archive.

`make run` writes the archive with the environment (`python -m ror.web.server.prepared`); a server that finds none writes it
at its start, and sends the files uncompressed meanwhile. Where nothing can be written the server holds the archive in memory.
An archive is written under another name, then renamed: several servers may start at once, or be killed meanwhile. Its
entries have a checksum.
"""

import hashlib
import io
import logging
import os
import re
import sys
import tempfile
import threading
import time
import zipfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import IO

import streamlit
from streamlit.file_util import get_static_dir

from ror.web.server import encodings, modules

FOLDER = Path(sys.prefix) / "share/ror"
"""Folder of the archives: that of the Python environment, which Streamlit's own files are in."""

_FORMAT = 2
"""To increase when the same files are changed or compressed in another way."""

INK = re.compile(rb"(?<=>)\.5(?=\?[`\"](?:#000000|black)[`\"])")
"""The luminance of a chip of a table above which its text is black: at a half, it is white on our blue and our amber."""

EVEN_INK = b".2"
"""About the luminance on which black and white have the same contrast; our grey stays below it."""

_TEXTS = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
_THOROUGH, _QUICK = 11, 9
_LEFT_OVER_SECONDS = 3600

_log = logging.getLogger(__name__)


def files() -> list[Path]:
    """Return the files that are worth compressing: pictures and fonts are compressed already."""
    return sorted(file for file in (Path(get_static_dir()) / "static").rglob("*") if file.suffix in _TEXTS)


def media_type(name: str) -> str:
    """Return the content type of a prepared file."""
    return _TEXTS[Path(name).suffix]


def archive() -> Path:
    """Return the path of the archive, whose name changes with the files: theirs contain a hash of their content."""
    listing = "\n".join(f"{file.name} {file.stat().st_size}" for file in files())
    digest = hashlib.sha256(f"{_FORMAT}\n{listing}".encode()).hexdigest()[:12]
    return FOLDER / f"static-{streamlit.__version__}-{digest}.zip"


def write(target: IO[bytes]) -> None:
    """Write an archive: each file in each encoding that makes it smaller, as `br/js/name.js`; takes about ten seconds."""
    folder, first = Path(get_static_dir()) / "static", modules.of_first_screens()
    with zipfile.ZipFile(target, "w") as archived:
        for file in files():
            content = INK.sub(EVEN_INK, file.read_bytes()) if file.name.startswith("DataFrame.") else file.read_bytes()
            quality = _THOROUGH if file.name in first else _QUICK
            for encoding in encodings.ENCODINGS:
                smaller = encodings.compress(content, encoding, quality)
                if len(smaller) < len(content):
                    archived.writestr(f"{encoding}/{file.relative_to(folder).as_posix()}", smaller)


class PreparedFiles:
    """The prepared files of this server; none before `start` has found or written them."""

    def __init__(self) -> None:
        self._archive: zipfile.ZipFile | None = None
        self._content = lru_cache(maxsize=512)(self._read)

    def start(self) -> None:
        """Open the archive, in the background if it must be written first."""
        if not self._open(archive()):
            threading.Thread(target=self.prepare, name="prepare static files", daemon=True).start()

    def prepare(self) -> None:
        """Write the archive unless it is there, and open it; in memory where nothing can be written."""
        path = archive()
        if self._open(path):
            return
        try:
            _write_file(path)
        except OSError as error:
            _log.info("static files are compressed in memory, %s cannot be written: %s", path, error)
        if not self._open(path):
            memory = io.BytesIO()
            write(memory)
            self._archive = zipfile.ZipFile(memory)

    def _open(self, path: Path) -> bool:
        """Open the archive at this path if it is there and whole; return whether an archive is open."""
        with suppress(OSError, zipfile.BadZipFile):
            self._archive = zipfile.ZipFile(path)
        return self._archive is not None

    def content(self, name: str, encoding: str) -> tuple[bytes, str] | None:
        """Return a file in an encoding and its ETag; None when it is not prepared. `name` is relative, as `js/name.js`."""
        return self._content(self._archive, f"{encoding}/{name}") if self._archive and encoding else None

    def _read(self, archived: zipfile.ZipFile, entry: str) -> tuple[bytes, str] | None:
        try:
            content = archived.read(entry)
        except KeyError:
            return None
        except (OSError, zipfile.BadZipFile):
            _log.exception("the prepared file %s cannot be read", entry)
            return None
        return content, f'"{hashlib.sha256(content).hexdigest()[:24]}"'


def _write_file(path: Path) -> None:
    """Write an archive at this path, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for leftover in path.parent.glob(".static-*"):
        # Left by a server that was killed; another server may still write a younger one.
        if time.time() - leftover.stat().st_mtime > _LEFT_OVER_SECONDS:
            leftover.unlink(missing_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        temporary = Path(file.name)
        try:
            write(file)
            file.flush()
            os.fsync(file.fileno())
            temporary.chmod(0o644)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


if __name__ == "__main__":
    PreparedFiles().prepare()
