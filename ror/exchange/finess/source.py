"""Read the bytes of a FINESS file in pieces, decompressed when it is gzip; the file is never in memory as a whole."""

import codecs
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from ror.errors import BadFile
from ror.exchange.finess.finess_file import EXPECTED
from ror.exchange.import_file import MAX_FILE_BYTES, MAX_STREAMED_BYTES, check_file_size, open_file

CHUNK = 2**18

_GZIP = b"\x1f\x8b"


@dataclass(slots=True)
class Source:
    """A FINESS file on disk, of `size` bytes, of which `position` have been read.

    Each method that reads it raises `BadFile` for a file that is missing, empty, unreadable, damaged or too large.
    """

    path: Path
    size: int = 0
    position: int = 0

    def __post_init__(self) -> None:
        self.size = check_file_size(self.path, EXPECTED, MAX_STREAMED_BYTES)

    def is_json(self) -> bool:
        """Return whether the file begins like JSON; any other file is checked against the size limit of the former files."""
        if next(self.chunks(), b"").lstrip().startswith((b"{", b"[")):
            return True
        check_file_size(self.path, EXPECTED, MAX_FILE_BYTES)
        return False

    def chunks(self) -> Iterator[bytes]:
        """Yield the content in pieces, without its byte order mark. Raises `BadFile`."""
        unpacked = 0
        with open_file(self.path) as disk:
            compressed = disk.read(2) == _GZIP
            disk.seek(0)
            content = cast(IO[bytes], gzip.GzipFile(fileobj=disk)) if compressed else disk
            while chunk := self._read(content):
                self.position = disk.tell()
                first = not unpacked
                unpacked += len(chunk)
                if unpacked > MAX_STREAMED_BYTES:
                    raise BadFile(f"« {self.path.name} » dépasse {MAX_STREAMED_BYTES // 2**20} Mo : donnez {EXPECTED}.")
                yield chunk.removeprefix(codecs.BOM_UTF8) if first else chunk

    def _read(self, content: IO[bytes]) -> bytes:
        try:
            return content.read(CHUNK)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise damaged(self.path) from error

    def count_lines(self) -> int:
        """Return the number of lines, a last one without a line end included: 1 for an empty file."""
        ends, last = 0, b""
        for chunk in self.chunks():
            ends, last = ends + chunk.count(b"\n"), chunk
        return ends + (not last.endswith(b"\n"))


def damaged(path: Path) -> BadFile:
    """Build the error for an incomplete file."""
    return BadFile(f"« {path.name} » est abîmé ou incomplet : téléchargez-le de nouveau.")
