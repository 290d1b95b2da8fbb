"""Format the numbers of a workbook as a spreadsheet shows them: as dates and times, if their cells have such a format."""

import re
from datetime import datetime, timedelta

from ror.exchange.workbook_parts import Parts

_NOT_LETTERS = re.compile(r'"[^"]*"|\\.|[_*].|\[[^\]]*\]')
"""The parts of a format whose letters do not stand for a date: quoted texts, escaped characters, fillers, colours."""

_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_WITH_HOURS = (18, 19, 20, 21, 22, 45, 47)
_DATES = (14, 15, 16, 17, *_WITH_HOURS)
"""The built-in formats of dates and times, by their numbers."""

_LAST = 2_958_466
"""The number of the day after 31 December 9999."""


class NumberFormats:
    """The formats of the cells of a workbook."""

    def __init__(self, parts: Parts, part: str, *, from_1904: bool) -> None:
        """Read the part of the formats; `from_1904`: days count from 1904, as in old spreadsheets of Apple."""
        self._first = datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 30)
        self._codes: dict[int, str] = {}
        self._cells: list[int] = []
        self._within = False
        starts = {"numFmt": self._code, "cellXfs": self._open, "xf": self._format}
        for _ in parts.read(part, starts, {"cellXfs": self._close}):
            pass

    def _code(self, attributes: dict[str, str]) -> None:
        self._codes[int(attributes["numFmtId"])] = attributes.get("formatCode", "")[:255]

    def _open(self, _: dict[str, str]) -> None:
        self._within = True

    def _close(self) -> None:
        self._within = False

    def _format(self, attributes: dict[str, str]) -> None:
        if self._within:
            self._cells.append(int(attributes.get("numFmtId", 0)))

    def text(self, number: float, style: int) -> str:
        """Return the text of a number in a style, given by index: an instant in ISO 8601, or the number."""
        dated, hours = self._shows(self._cells[style]) if style < len(self._cells) else (False, False)
        if not dated or not 0 <= number < _LAST:
            return plain_number(number)
        # Rounded to milliseconds: a number of days in fifteen digits is exact only to some microseconds.
        instant = self._first + timedelta(milliseconds=round(number * 86_400_000))
        if number < 1:
            return str(instant.time())
        return str(instant.date() if number.is_integer() and not hours else instant)

    def _shows(self, number: int) -> tuple[bool, bool]:
        """Return whether a format, given by number, shows a date, and whether it shows a time."""
        code = self._codes.get(number)
        if code is None:
            return number in _DATES, number in _WITH_HOURS
        letters = _NOT_LETTERS.sub("", code).lower()
        hours = re.search("[hs]", letters) is not None
        return not _ELAPSED.search(code) and (hours or re.search("[dmy]", letters) is not None), hours


def plain_number(number: float) -> str:
    """Format a number as it would be typed: a FINESS number stored as 990100012.0 is "990100012"."""
    return str(int(number)) if number.is_integer() else str(number)
