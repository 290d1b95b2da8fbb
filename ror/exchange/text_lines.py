"""The lines of a text, one at a time: neither the file nor any of its lines is ever in memory as a whole."""

import codecs
from collections.abc import Iterable, Iterator
from typing import IO

from ror.exchange.encodings import excerpt, single_byte_encoding

LONGEST_LINE = 10_000
"""Characters of a line: a longer one is cut to one character more, by which a parser sees that it is too long."""

_CHUNK, _SMALL_CHUNK = 2**18, 2**13
_MOST_BYTES = 4 * (LONGEST_LINE + 1)
"""Bytes of the longest line, whatever its characters in UTF-8."""

_ASCII = bytes(range(128))


def encoding_of(file: IO[bytes]) -> str:
    """Return the encoding of a file, read from its start to its end: "utf-8" (with or without BOM), or that of its letters."""
    return "utf-8" if is_utf8(_chunks(file)) else single_byte_encoding(excerpt(file))


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
    """Yield each line of a file with its number from 1, as `split_lines` does, and read no further than its caller needs."""
    for number, line in enumerate(split_lines(_chunks(file, _SMALL_CHUNK), encoding), 1):
        yield number, line.removeprefix("\ufeff") if number == 1 else line


def split_lines(chunks: Iterable[bytes], encoding: str) -> Iterator[str]:
    """Yield each line of a text that comes in pieces, without its end (LF or CRLF), cut past `LONGEST_LINE` characters and one.

    The encoding is one in which a line feed is the byte 10 and nothing else is.
    """
    rest = b""
    for chunk in chunks:
        first, *others = chunk.split(b"\n")
        rest = (rest + first)[:_MOST_BYTES]
        for line in others:
            yield _decoded(rest, encoding)
            rest = line[:_MOST_BYTES]
    if rest:
        yield _decoded(rest, encoding)


def _decoded(line: bytes, encoding: str) -> str:
    return line.removesuffix(b"\r").decode(encoding, errors="replace")[: LONGEST_LINE + 1]


def _chunks(file: IO[bytes], size: int = _CHUNK) -> Iterator[bytes]:
    file.seek(0)
    return iter(lambda: file.read(size), b"")
