"""Refuse a file that is too large, or that cannot be a table: neither text nor workbook."""

from dataclasses import dataclass
from typing import NoReturn

from ror.errors import BadFile


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits past which a file is refused.

    `lines` limits the lines of the table; `too_many` says in French what to do when there are more. The others limit the parts
    of a workbook that are read: `unpacked` bytes, XML `tags`, `cells` of the rectangle around a sheet, characters of `text` in
    all cells.
    """

    lines: int = 100_000
    too_many: str = "donnez-le en plusieurs fichiers"
    unpacked: int = 100 * 2**20
    tags: int = 1_000_000
    cells: int = 5_000_000
    text: int = 50 * 2**20


_ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"BZh", b"\xfd7zXZ")
_KINDS = {
    b"%PDF": "un PDF",
    b"\x89PNG": "une image",
    b"\xff\xd8\xff": "une image",
    b"GIF8": "une image",
    b"{\\rtf": "un texte mis en forme",
    **dict.fromkeys(ARCHIVES[1:], "une archive"),
    **dict.fromkeys((b"\xff\xfe", b"\xfe\xff"), "un texte « Unicode » (UTF-16)"),
    **dict.fromkeys((b"<!doctype", b"<html", b"<table", b"<?xml"), "une page HTML ou XML"),
}
START = 4_096
"""Bytes at the start of a file by which its kind is detected."""


def is_workbook(data: bytes) -> bool:
    """Return whether the bytes begin like a workbook; whether they are one is checked by `Parts`."""
    return data.startswith((_ZIP, OLE))


def check_size(name: str, size: int, most: int, expected: str) -> None:
    """Refuse an empty file, or one of more than `most` bytes. Raises `BadFile`."""
    if not size:
        refuse(name, "est vide", f"donnez {expected}")
    if size > most:
        refuse(name, f"dépasse {most // 2**20} Mo", f"donnez {expected}")


def check_text(name: str, data: bytes, expected: str) -> None:
    """Refuse a file that is not a text, or a text that is not a table. Raises `BadFile`."""
    start = data[:START].lstrip(b"\xef\xbb\xbf \t\r\n")
    for mark, kind in _KINDS.items():
        if start[: len(mark)].lower() == mark.lower():
            refuse(name, f"est {kind}", f"donnez {expected}")
    if b"\0" in data[:START].partition(b"\n")[0]:
        refuse(name, "n'est ni un CSV ni un XLSX", f"donnez {expected}")


def refuse(name: str, problem: str, remedy: str) -> NoReturn:
    """Raise `BadFile` for a file: its problem, and what the user can do."""
    raise BadFile(f"« {name} » {problem} : {remedy}.")
