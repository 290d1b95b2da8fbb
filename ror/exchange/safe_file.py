"""What a table file may be, whoever gives it: a text, or a workbook of values, with nothing in it that acts or swells.

A workbook is handed on as it was measured: the parts that were read are packed again, so that whatever its headers say,
nobody after this reads anything else.
"""

import io
import re
import zipfile
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from ror.errors import BadFile

MOST_PARTS = 2_000
MOST_RATIO = 100
SMALL_PART = 10 * 2**20
"""Bytes of a part that may swell more than `MOST_RATIO` times: empty lines all alike do."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`unpacked` bytes of a workbook, `cells` of the rectangle that holds a sheet, `text` characters in all its cells.

    A reader takes memory for the whole rectangle, empty or not, and copies a shared text into each cell that names it.
    """

    unpacked: int = 200 * 2**20
    cells: int = 5_000_000
    text: int = 200 * 2**20


_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"BZh", b"\xfd7zXZ")
_KINDS = {
    b"%PDF": "un PDF",
    b"\x89PNG": "une image",
    b"\xff\xd8\xff": "une image",
    b"GIF8": "une image",
    b"{\\rtf": "un texte mis en forme",
    **dict.fromkeys(_ARCHIVES[1:], "une archive"),
    **dict.fromkeys((b"\xff\xfe", b"\xfe\xff"), "un texte « Unicode » (UTF-16)"),
    **dict.fromkeys((b"<!doctype", b"<html", b"<table", b"<?xml"), "une page HTML ou XML"),
}
_START = 4_096
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_ERROR = re.compile(rb"""(<(?:\w+:)?c\s[^<>]*\bt=["'])e(["'])""")
"""A cell whose formula went wrong. The reader would take it for an empty one: as a text, it says « #N/A »."""


def is_workbook(data: bytes) -> bool:
    """Whether the bytes are those of a workbook, or claim to be: `checked_workbook` says which."""
    return data.startswith((_ZIP, _OLE))


def check_size(name: str, size: int, most: int, expected: str) -> None:
    """Refuse an empty file, or one of more than `most` bytes. Raises `BadFile`."""
    if not size:
        _refuse(name, "est vide", f"donnez {expected}")
    if size > most:
        _refuse(name, f"dépasse {most // 2**20} Mo", f"donnez {expected}")


def check_text(name: str, data: bytes, expected: str) -> None:
    """Refuse what is no text, or the text of something else than a table. Raises `BadFile`."""
    start = data[:_START].lstrip(b"\xef\xbb\xbf \t\r\n")
    for mark, kind in _KINDS.items():
        if start[: len(mark)].lower() == mark.lower():
            _refuse(name, f"est {kind}", f"donnez {expected}")
    if b"\0" in data[:_START].partition(b"\n")[0]:
        _refuse(name, "n'est ni un CSV ni un XLSX", f"donnez {expected}")


def checked_workbook(name: str, data: bytes, expected: str, limits: Limits) -> bytes:
    """The same workbook, of its XML parts alone, each of them measured.

    Raises `BadFile` for a protected or old one, another kind of document, macros, links to other files, objects in it, what
    swells past the limits once unpacked, formulas that nothing has calculated, and what cannot be read.
    """
    if data.startswith(_OLE):
        _refuse(
            name,
            "est protégé par un mot de passe ou d'un ancien format d'Excel",
            "enregistrez-le en XLSX sans mot de passe, ou en CSV",
        )
    # Counted before the list of parts is read: each of them would take memory.
    if data.count(b"PK\x01\x02") > MOST_PARTS:
        _refuse(name, f"a plus de {MOST_PARTS} parties", _NEW)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_parts(name, archive, expected, limits)
            parts = {info.filename: archive.read(info) for info in archive.infolist() if _is_xml(info.filename)}
        measured = _Measure()
        for part in sorted(parts, key=lambda part: not part.lower().endswith("sharedstrings.xml")):
            measured.read(parts[part])
            _check(name, measured, limits)
    except BadFile:
        raise
    except Exception as error:  # a damaged archive raises a dozen unrelated classes
        raise BadFile(f"« {name} » est abîmé ou n'est pas un classeur XLSX : donnez {expected}.") from error
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for part, content in parts.items():
            archive.writestr(part, _ERROR.sub(rb"\1str\2", content))
    return packed.getvalue()


_NEW = "copiez le tableau seul dans un classeur neuf"
_PLAIN = "enregistrez-le comme « Classeur Excel (.xlsx) »"


def _check_parts(name: str, archive: zipfile.ZipFile, expected: str, limits: Limits) -> None:
    """What the list of parts tells, before any of them is unpacked."""
    infos = archive.infolist()
    parts = [info.filename.lower() for info in infos]
    if len(set(parts)) < len(parts):
        _refuse(name, "est abîmé", _NEW)
    if any(info.flag_bits & 1 for info in infos):
        _refuse(name, "est protégé par un mot de passe", "enregistrez-le en XLSX sans mot de passe, ou en CSV")
    if any(part.endswith(("vbaproject.bin", "vbadata.xml")) or "/macrosheets/" in part for part in parts):
        _refuse(name, "contient des macros", f"{_PLAIN}, sans macros")
    if any("/externallinks/" in part or part.endswith("xl/connections.xml") for part in parts):
        _refuse(name, "est lié à d'autres fichiers ou à une base", f"rompez ces liaisons, ou {_NEW}")
    if any("/embeddings/" in part or "/activex/" in part or "/oleobject" in part for part in parts):
        _refuse(name, "contient un objet incorporé", f"retirez-le, ou {_NEW}")
    if "xl/workbook.xml" not in parts:
        _refuse(name, "n'est pas un classeur XLSX", f"donnez {expected}")
    swollen = any(info.file_size > max(SMALL_PART, MOST_RATIO * info.compress_size) for info in infos)
    if swollen or sum(info.file_size for info in infos) > limits.unpacked:
        _refuse(name, "est trop grand une fois décompressé", _NEW)
    for info in infos:
        with archive.open(info) as part:
            if part.read(8).startswith(_ARCHIVES):
                _refuse(name, "contient une autre archive", f"retirez-la, ou {_NEW}")


def _is_xml(part: str) -> bool:
    return part.lower().endswith((".xml", ".rels"))


def _check(name: str, measured: "_Measure", limits: Limits) -> None:
    """What the parts read so far tell."""
    if measured.macros:
        _refuse(name, "est un classeur à macros", f"{_PLAIN}, sans macros")
    if measured.links:
        _refuse(name, "est lié à d'autres fichiers ou à une base", f"rompez ces liaisons, ou {_NEW}")
    if measured.rows * measured.width > limits.cells:
        _refuse(
            name,
            f"a une cellule très loin du tableau (ligne {measured.rows}, colonne {measured.width} d'une feuille)",
            "effacez les lignes et les colonnes inutiles, ou enregistrez-le en CSV",
        )
    if measured.text > limits.text:
        _refuse(name, "répète de longs textes dans trop de cellules", _NEW)
    if measured.uncalculated:
        _refuse(
            name,
            f"a une formule que rien n'a calculée (cellule {measured.uncalculated})",
            "ouvrez-le dans un tableur et enregistrez-le, ou tapez le nombre",
        )


@dataclass(slots=True)
class _Measure:
    """What the XML parts of a workbook say of it; `rows` and `width` are those of the part read last.

    `uncalculated` is the reference of a formula without a value: it would be read as an empty cell.
    """

    rows: int = 0
    width: int = 0
    text: int = 0
    macros: bool = False
    links: bool = False
    uncalculated: str = ""
    _strings: list[int] = field(default_factory=list)
    _row: int = 0
    _column: int = 0
    _cell: dict[str, str] = field(default_factory=dict)
    _within: str = ""
    _length: int = 0
    _value: str = ""

    def read(self, content: bytes) -> None:
        """Measure one part. Raises `ExpatError` or `ValueError` when it is no well-formed XML without a type of its own."""
        self.rows = self.width = self._row = self._column = 0
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _no_type
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.Parse(content, True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "c":
            self._at(attributes.get("r", ""))
            self._cell, self._value, self._within = attributes, "", ""
        elif local in ("f", "v"):
            self._within = local
            self._cell = {**self._cell, local: ""}
        elif local == "row":
            self._row, self._column = int(attributes.get("r", self._row + 1)), 0
            self.rows = max(self.rows, self._row)
        elif local == "si":
            self._length = 0
        elif local in ("Override", "Default"):
            self.macros |= "macroenabled" in attributes.get("ContentType", "").lower()
        elif local == "Relationship" and attributes.get("TargetMode") == "External":
            self.links |= not attributes.get("Type", "").endswith("/hyperlink")

    def _at(self, reference: str) -> None:
        """The place of a cell: its reference, else the next column."""
        if not reference:
            self._column += 1
        elif (found := _REFERENCE.fullmatch(reference)) is None:
            raise ValueError(reference)
        else:
            self._column = 0
            for letter in found[1]:
                self._column = self._column * 26 + ord(letter) - ord("A") + 1
            self.rows = max(self.rows, int(found[2]))
        self.width = max(self.width, self._column)

    def _characters(self, text: str) -> None:
        self._length += len(text)
        if self._within == "v":
            self._value += text[:20]

    def _end(self, name: str) -> None:
        local = name.rpartition(":")[2]
        if local == "c":
            if "f" in self._cell and not self._value.strip() and self._cell.get("t") != "str":
                self.uncalculated = self._cell.get("r", "?")
            if self._cell.get("t") == "s" and self._value.strip():
                self.text += self._strings[int(self._value)]
        elif local == "si":
            self._strings.append(self._length)
        self._within = ""


def _no_type(*_: object) -> NoReturn:
    raise ValueError("A part of a workbook declares no type of document.")


def _refuse(name: str, why: str, what_to_do: str) -> NoReturn:
    raise BadFile(f"« {name} » {why} : {what_to_do}.")
