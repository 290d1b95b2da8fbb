"""The bytes and the lines of a FINESS file, decompressed when it is gzip; the file is never in memory as a whole."""

import codecs
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from ror.errors import BadFile
from ror.exchange.finess.edition import EXPECTED
from ror.exchange.report import LARGEST_FILE, LARGEST_STREAMED, checked_size, opened
from ror.exchange.text_lines import LONGEST_LINE

CHUNK = 2**18

_GZIP = b"\x1f\x8b"


@dataclass(slots=True)
class Source:
    """A FINESS file on the disk, of `size` bytes there; `position` is how many of them are read.

    Raises `BadFile`, wherever it is read, for a file that is missing, empty, unreadable, damaged or too large.
    """

    path: Path
    size: int = 0
    position: int = 0

    def __post_init__(self) -> None:
        self.size = checked_size(self.path, EXPECTED, LARGEST_STREAMED)

    def is_json(self) -> bool:
        """Whether the file begins as JSON does; what does not is held to the size of the former files."""
        if next(self.chunks(), b"").lstrip().startswith((b"{", b"[")):
            return True
        checked_size(self.path, EXPECTED, LARGEST_FILE)
        return False

    def chunks(self) -> Iterator[bytes]:
        """Yield the content in pieces, without its mark of order."""
        unpacked = 0
        with opened(self.path) as disk:
            compressed = disk.read(2) == _GZIP
            disk.seek(0)
            content = cast(IO[bytes], gzip.GzipFile(fileobj=disk)) if compressed else disk
            while chunk := self._read(content):
                self.position = disk.tell()
                first = not unpacked
                unpacked += len(chunk)
                if unpacked > LARGEST_STREAMED:
                    raise BadFile(f"« {self.path.name} » dépasse {LARGEST_STREAMED // 2**20} Mo : donnez {EXPECTED}.")
                yield chunk.removeprefix(codecs.BOM_UTF8) if first else chunk

    def _read(self, content: IO[bytes]) -> bytes:
        try:
            return content.read(CHUNK)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise damaged(self.path) from error

    def count_lines(self) -> int:
        """Return the number of lines; a last one without an end counts."""
        ends, last = 0, b""
        for chunk in self.chunks():
            ends, last = ends + chunk.count(b"\n"), chunk
        return ends + (not last.endswith(b"\n"))

    def lines(self, encoding: str) -> Iterator[str]:
        """Yield the lines without their ends; one that is too long is cut a little past `LONGEST_LINE` characters."""
        most = 4 * LONGEST_LINE + 4
        begun = b""
        for chunk in self.chunks():
            first, *others = chunk.split(b"\n")
            begun = (begun + first)[:most]
            for line in others:
                yield _text(begun, encoding)
                begun = line[:most]
        yield _text(begun, encoding)


def damaged(path: Path) -> BadFile:
    """Return the error of a file that is not whole."""
    return BadFile(f"« {path.name} » est abîmé ou incomplet : téléchargez-le de nouveau.")


def _text(line: bytes, encoding: str) -> str:
    return line.decode(encoding, errors="replace").removesuffix("\r")
