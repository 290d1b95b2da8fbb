"""The lines of a text file, one at a time: neither the file nor any of its lines is ever held whole."""

import codecs
import io
from collections.abc import Iterable, Iterator
from typing import IO

from ror.exchange.encodings import excerpt, single_byte_encoding

LONGEST_LINE = 10_000
"""Characters of a line that are kept: a longer one is refused by whoever reads it, and cut to one character more."""

_CHUNK = 2**18
_ASCII = bytes(range(128))


def encoding_of(file: IO[bytes]) -> str:
    """Return the encoding of a file, read from its start to its end: "utf-8" (with or without BOM), or that of its letters."""
    file.seek(0)
    return "utf-8" if is_utf8(iter(lambda: file.read(_CHUNK), b"")) else single_byte_encoding(excerpt(file))


def is_utf8(chunks: Iterable[bytes]) -> bool:
    """Return whether a text is UTF-8, with or without BOM.

    A few damaged bytes in a UTF-8 file leave it UTF-8: read as cp1252, every accent of the file would become two letters.
    """
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    damaged = beyond_ascii = 0
    for chunk in chunks:
        damaged += decoder.decode(chunk).count("\ufffd")
        if not chunk.isascii():
            beyond_ascii += len(chunk.translate(None, _ASCII))
    damaged += decoder.decode(b"", final=True).count("\ufffd")
    return not damaged or 2 * damaged < beyond_ascii


def numbered_lines(file: IO[bytes], encoding: str) -> Iterator[tuple[int, str]]:
    """Yield each line with its number from 1, without its end; what is past `LONGEST_LINE` characters and one is dropped.

    Lines end with LF or CRLF. The file is read from its start and stays open.
    """
    file.seek(0)
    text = io.TextIOWrapper(file, "utf-8-sig" if encoding == "utf-8" else encoding, errors="replace", newline="\n")
    try:
        number = 0
        while line := text.readline(LONGEST_LINE + 2):
            number += 1
            piece = line
            while len(piece) == LONGEST_LINE + 2 and not piece.endswith("\n"):
                piece = text.readline(LONGEST_LINE + 2)
            yield number, line.removesuffix("\n").removesuffix("\r")[: LONGEST_LINE + 1]
    finally:
        # Else the wrapper would close the file with itself; a caller that gave up may have closed it already.
        if not file.closed:
            text.detach()
