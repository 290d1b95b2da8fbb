"""Read the sheets of an XLSX workbook as the texts that a spreadsheet shows, a row at a time.

Only the parts that a sheet needs are read, and only as far as the caller reads rows.
"""

import re
from collections import deque
from collections.abc import Iterator
from functools import cached_property
from posixpath import basename, dirname, join, normpath

from ror.exchange.safe_file import Limits
from ror.exchange.text_lines import MAX_LINE_LENGTH
from ror.exchange.workbook_formats import NumberFormats, plain_number
from ror.exchange.workbook_parts import End, Parts, Start

_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")

Cells = tuple[int, list[str]]
"""The number of a row from 1, and its cells from the first column on."""


def sheets(name: str, data: bytes, expected: str, limits: Limits) -> Iterator[Iterator[Cells]]:
    """Yield the visible sheets, each as an iterator of its rows that are not blank.

    Raises `BadFile`, at once or while the rows are read, for what `Parts` refuses, links to other files, a formula that was
    never calculated, a cell very far from the others, and long texts repeated in too many cells.
    """
    book = _Book(Parts(name, data, expected, limits), limits)
    for part in book.visible:
        book.relations(part)
        yield _Sheet(book).rows(part)


class _Book:
    """The list of the sheets, and the texts and formats that they share, read on demand."""

    def __init__(self, parts: Parts, limits: Limits) -> None:
        self.parts, self.limits = parts, limits
        self._from_1904 = False
        types = self._elements("[Content_Types].xml", "Override", "Default")
        if any("macroenabled" in declared.get("ContentType", "").lower() for declared in types):
            parts.refuse_macros("est un classeur à macros")
        targets = self.relations("xl/workbook.xml")
        self._by_kind = dict(targets.values())
        elements = self._elements("xl/workbook.xml", "sheet", "workbookPr")
        self._from_1904 = any(element.get("date1904") in ("1", "true") for element in elements)
        ids = [_id(sheet) for sheet in elements if "name" in sheet and sheet.get("state", "visible") == "visible"]
        self.visible = [part for kind, part in (targets.get(id_, ("", "")) for id_ in ids) if kind == "worksheet"]

    def relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Return the relations of a part, as kind and target by id. Raises `BadFile` for a link to another file."""
        targets, folder = {}, dirname(part)
        for relation in self._elements(join(folder, "_rels", f"{basename(part)}.rels"), "Relationship"):
            kind = relation.get("Type", "").rpartition("/")[2]
            if relation.get("TargetMode") != "External":
                targets[relation.get("Id", "")] = kind, normpath(join("/", folder, relation.get("Target", ""))).lstrip("/")
            elif kind != "hyperlink":
                self.parts.refuse_links()
        return targets

    def _elements(self, part: str, *names: str) -> list[dict[str, str]]:
        """Return the attributes of the elements of these names, in their order."""
        elements: list[dict[str, str]] = []
        for _ in self.parts.read(part, dict.fromkeys(names, elements.append), {}):
            pass
        return elements

    @cached_property
    def strings(self) -> "_Strings":
        """The shared texts, to which cells refer by index."""
        return _Strings(self.parts, self._by_kind.get("sharedStrings", ""), self.limits)

    @cached_property
    def formats(self) -> NumberFormats:
        """The formats of the cells."""
        return NumberFormats(self.parts, self._by_kind.get("styles", ""), from_1904=self._from_1904)


def _id(attributes: dict[str, str]) -> str:
    """Return the id of a relation, whatever the prefix of its namespace."""
    return next((value for name, value in attributes.items() if name.endswith(":id")), "")


class _Texts:
    """Collects the characters of one text at a time, with all its runs, without its phonetic reading."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._within = self._phonetic = False
        self._length = 0

    @property
    def starts(self) -> dict[str, Start]:
        """The functions to call at the start of elements."""
        return {"t": self._open, "v": self._open, "rPh": self._skip}

    @property
    def ends(self) -> dict[str, End]:
        """The functions to call at the end of elements."""
        return {"t": self._close, "v": self._close, "rPh": self._resume}

    def _open(self, _: dict[str, str]) -> None:
        self._within = not self._phonetic

    def _close(self) -> None:
        self._within = False

    def _skip(self, _: dict[str, str]) -> None:
        self._phonetic = True

    def _resume(self) -> None:
        self._phonetic = False

    def add(self, text: str) -> None:
        """Add characters to the text; it is cut to `MAX_LINE_LENGTH` + 1 characters."""
        if self._within and self._length <= MAX_LINE_LENGTH:
            self._pieces.append(text)
            self._length += len(text)

    def take(self) -> str:
        """Return the text, and begin the next one."""
        text = "".join(self._pieces)[: MAX_LINE_LENGTH + 1]
        self._pieces.clear()
        self._length = 0
        return _ESCAPED.sub(lambda code: chr(int(code[1], 16)), text) if "_x" in text else text


class _Strings:
    """The shared texts of a workbook, read up to the highest index that was needed."""

    def __init__(self, parts: Parts, part: str, limits: Limits) -> None:
        self._texts: list[str] = []
        # The functions of the parser do not refer to this object, which a cycle would keep in memory with all its texts.
        self._pieces = _read_strings(parts, part, limits, self._texts)

    def __getitem__(self, index: int) -> str:
        while index >= len(self._texts):
            if next(self._pieces, self) is self:
                raise ValueError(index)
        return self._texts[index]


def _read_strings(parts: Parts, part: str, limits: Limits, texts: list[str]) -> Iterator[None]:
    """Append the shared texts to `texts`, some at each step of the iterator. Raises `BadFile` past the limit of text."""
    text, size = _Texts(), 0

    def append() -> None:
        nonlocal size
        texts.append(text.take())
        size += len(texts[-1])
        if size > limits.text:
            parts.refuse("contient trop de texte")

    return parts.read(part, text.starts, {**text.ends, "si": append}, text.add)


class _Sheet:
    """Parser of one sheet."""

    def __init__(self, book: _Book) -> None:
        self._book = book
        self._ready: deque[Cells] = deque()
        self._row = self._column = self._height = self._width = self._length = 0
        self._cells: dict[int, str] = {}
        self._cell: dict[str, str] = {}
        self._formula = False
        self._text = _Texts()

    def rows(self, part: str) -> Iterator[Cells]:
        """Yield the rows that are not blank, in their order."""
        starts = {**self._text.starts, "row": self._start_row, "c": self._start_cell, "f": self._start_formula}
        ends = {**self._text.ends, "row": self._end_row, "c": self._end_cell}
        for _ in self._book.parts.read(part, starts, ends, self._text.add):
            while self._ready:
                yield self._ready.popleft()

    def _start_row(self, attributes: dict[str, str]) -> None:
        self._row, self._column = _index(attributes["r"]) if "r" in attributes else self._row + 1, 0
        self._height = max(self._height, self._row)
        self._cells = {}

    def _end_row(self) -> None:
        if self._cells:
            self._ready.append((self._row, [self._cells.get(column, "") for column in range(1, max(self._cells) + 1)]))

    def _start_cell(self, attributes: dict[str, str]) -> None:
        """Find the column of a cell. Raises `ValueError` for a bad reference; refuses a workbook with a cell too far away."""
        self._cell, self._formula = attributes, False
        reference = attributes.get("r", "")
        if not reference:
            self._column += 1
        elif (match := _REFERENCE.fullmatch(reference)) is None:
            raise ValueError(reference)
        else:
            self._column = 0
            for letter in match[1]:
                self._column = self._column * 26 + ord(letter) - ord("A") + 1
            self._height = max(self._height, int(match[2]))
        self._width = max(self._width, self._column)
        if self._height * self._width > self._book.limits.cells:
            self._book.parts.refuse(
                f"a une cellule très loin du tableau (ligne {self._height}, colonne {self._width} d'une feuille)",
                "effacez les lignes et les colonnes inutiles, ou enregistrez-le en CSV",
            )

    def _start_formula(self, _: dict[str, str]) -> None:
        self._formula = True

    def _end_cell(self) -> None:
        """Add the text of a cell to its row. Refuses a formula that was never calculated, and too much text."""
        value, kind = self._text.take().strip(), self._cell.get("t", "n")
        if self._formula and not value and kind != "str":
            self._book.parts.refuse(
                f"a une formule que rien n'a calculée (cellule {self._cell.get('r', '?')})",
                "ouvrez-le dans un tableur et enregistrez-le, ou tapez le nombre",
            )
        if not value:
            return
        if kind == "s":
            value = self._book.strings[_index(value)].strip()
        elif kind == "b":
            value = "vrai" if value == "1" else "faux"
        elif kind == "n":
            value = self._number(value)
        self._length += len(value)
        if self._length > self._book.limits.text:
            self._book.parts.refuse("répète de longs textes dans trop de cellules")
        if value:
            self._cells[self._column] = value

    def _number(self, value: str) -> str:
        try:
            number = float(value)
        except ValueError:
            return value
        style = self._cell.get("s")
        return plain_number(number) if style is None else self._book.formats.text(number, _index(style))


def _index(text: str) -> int:
    """Parse a whole number, not negative. Raises `ValueError`."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError(text)
    return int(text)
