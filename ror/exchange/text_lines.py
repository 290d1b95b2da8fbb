"""Read the lines of a text one at a time: neither the file nor a very long line is ever in memory as a whole."""

import codecs
from collections.abc import Iterable, Iterator
from typing import IO

from ror.exchange.encodings import excerpt, single_byte_encoding

MAX_LINE_LENGTH = 10_000
"""Most characters of a line. A longer line is cut to one character more, so that a parser sees that it is too long."""

_CHUNK, _SMALL_CHUNK = 2**18, 2**13
_MAX_BYTES = 4 * (MAX_LINE_LENGTH + 1)
"""Most bytes of a line that may be needed, since a character has at most four in UTF-8."""

_ASCII = bytes(range(128))


def encoding_of(file: IO[bytes]) -> str:
    """Return the encoding of a file: "utf-8" (with or without BOM), or that of `single_byte_encoding`. Reads all of it."""
    return "utf-8" if is_utf8(_chunks(file)) else single_byte_encoding(excerpt(file))


def is_utf8(chunks: Iterable[bytes]) -> bool:
    """Return whether a text is UTF-8, with or without BOM.

    A UTF-8 file with a few damaged bytes still counts as UTF-8: read as cp1252, each of its accents would become two letters.
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
    """Yield each line of a file as `split_lines` does, with its number from 1; read no further than the caller needs."""
    for number, line in enumerate(split_lines(_chunks(file, _SMALL_CHUNK), encoding), 1):
        yield number, line.removeprefix("\ufeff") if number == 1 else line


def split_lines(chunks: Iterable[bytes], encoding: str) -> Iterator[str]:
    """Yield each line of a text that comes in pieces, without its end (LF or CRLF), cut to `MAX_LINE_LENGTH` + 1 characters.

    In the encoding, the byte 10 must always be a line feed.
    """
    rest = b""
    for chunk in chunks:
        first, *others = chunk.split(b"\n")
        rest = (rest + first)[:_MAX_BYTES]
        for line in others:
            yield _decoded(rest, encoding)
            rest = line[:_MAX_BYTES]
    if rest:
        yield _decoded(rest, encoding)


def _decoded(line: bytes, encoding: str) -> str:
    return line.removesuffix(b"\r").decode(encoding, errors="replace")[: MAX_LINE_LENGTH + 1]


def _chunks(file: IO[bytes], size: int = _CHUNK) -> Iterator[bytes]:
    file.seek(0)
    return iter(lambda: file.read(size), b"")
