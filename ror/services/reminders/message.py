"""The mail of a reminder, as text and as HTML that reads without images: the units with their last number and its age."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import groupby
from operator import attrgetter

from ror.model.crisis import deadline_words
from ror.model.french import count
from ror.model.freshness import age_words
from ror.model.nomenclature import CapacityType
from ror.model.reminder import Line
from ror.services.mail import Message
from ror.services.region_time import region_zone
from ror.services.reminders import confirm_link, signed_link
from ror.services.reminders.signed_link import LinkKind
from ror.settings import public_address, settings
from ror.store import feedback
from ror.store.board.board import UnitRow
from ror.store.reminders import Mail

SHEET = "/mise-a-jour"
PARAMETER = "rappel"
"""The parameter of the sheet with the id of a mail, whose units it shows."""

MAX_UNITS = 100
"""Units named in one mail; the sheet has them all."""


@dataclass(frozen=True, slots=True)
class _UnitWords:
    structure: str
    name: str
    number: str
    age: str
    note: str


def write(
    name: str, mail: Mail, lines: Sequence[Line], rows: Mapping[str, UnitRow], absent: Mapping[str, str], now: datetime
) -> Message:
    """Return the mail to the person called `name`. `absent`: the names, by id, of those whose deputy this person is."""
    units = [_words(line, rows[line.unit.unit], absent, now) for line in lines]
    units.sort(key=attrgetter("structure"))
    title = _title(lines, rows, now)
    sheet = public_address(f"{SHEET}?{PARAMETER}={mail.id}")
    confirm = signed_link.address(LinkKind.CONFIRM, mail) if _may_confirm(lines, rows) else ""
    stop = signed_link.address(LinkKind.STOP, mail)
    more = len(units) - MAX_UNITS
    rest = f"... et {more} autres, sur la feuille." if more > 0 else ""
    shown = units[:MAX_UNITS]
    return Message(
        f"{settings().service_name} : {title}",
        _text(name, title, shown, rest, (sheet, confirm, stop)),
        _html(name, title, shown, rest, (sheet, confirm, stop)),
        {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    )


def _may_confirm(lines: Sequence[Line], rows: Mapping[str, UnitRow]) -> bool:
    """Return whether the mail has the link that confirms: not when it leaves units out, whose numbers nobody would see."""
    shown = len(lines) <= MAX_UNITS
    return confirm_link.enabled() and shown and any(rows[line.unit.unit]["available"] is not None for line in lines)


def _title(lines: Sequence[Line], rows: Mapping[str, UnitRow], now: datetime) -> str:
    """Return the title of a mail: first the events of a crisis that wait for an answer, then the other units."""
    of_rounds = [rows[line.unit.unit] for line in lines if line.unit.round_start is not None]
    others = [line.unit for line in lines if line.unit.round_start is None]
    late = sum(unit.overdue for unit in others)
    if not of_rounds:
        return _usual_title(len(others), late)
    names = ", ".join(sorted({row["crisis"] for row in of_rounds}))
    before = deadline_words(min(row["round_end"] for row in of_rounds), now, region_zone())
    more = f", et {_usual_title(len(others), late)}" if others else ""
    return f"{names} : {count(len(of_rounds), 'unité')} à mettre à jour avant {before}{more}"


def _usual_title(units: int, late: int) -> str:
    if not late:
        return f"{count(units, 'unité')} à mettre à jour cette semaine"
    of_them = f", dont {late} en retard" if late < units else " en retard"
    return f"{count(units, 'unité')}{of_them}"


def _words(line: Line, row: UnitRow, absent: Mapping[str, str], now: datetime) -> _UnitWords:
    number = "aucun nombre" if row["available"] is None else CapacityType(row["capacity_type"]).of(row["available"])
    age = age_words(now - row["observed_at"] if row["observed_at"] else None)
    note = f"à la place de {absent.get(line.absent, 'son responsable')}" if line.absent else ""
    contradiction = feedback.contradiction_of(row)
    notes = [note, contradiction.words(now) if contradiction else ""]
    return _UnitWords(row["structure"], row["name"], number, age, " ; ".join(filter(None, notes)))


_CONFIRM = "Si rien n'a changé, confirmez ces nombres en une fois, sans vous connecter (une seule fois, pendant 24 heures)"


def _text(name: str, title: str, units: Sequence[_UnitWords], rest: str, links: tuple[str, str, str]) -> str:
    sheet, confirm, stop = links
    parts = [f"Bonjour {name},\n\n{title} dans « {settings().service_name} » :\n"]
    for structure, group in groupby(units, attrgetter("structure")):
        lines = [f"- {one.name} : {one.number}, {one.age}{f' ({one.note})' if one.note else ''}" for one in group]
        parts.append("\n".join((structure, *lines)) + "\n")
    if rest:
        parts.append(f"{rest}\n")
    parts.append(f"Mettre à jour :\n{sheet}\n")
    if confirm:
        parts.append(f"{_CONFIRM} :\n{confirm}\n")
    parts.append(
        "Choisir le jour de ces rappels, ou nommer un suppléant pendant une absence : « Mon compte ».\n"
        f"Ne plus en recevoir :\n{stop}\n"
    )
    return "\n".join((*parts, f"Support : {settings().support_telephone}, {settings().support_hours}\n"))


_FONT = "font-family:Arial,Helvetica,sans-serif;color:#1c2733"
_BUTTON = (
    "display:inline-block;padding:12px 20px;border-radius:4px;font-weight:bold;text-decoration:none;"
    "background:#1b4965;color:#ffffff"
)
_CELL = "padding:6px 10px 6px 0;border-bottom:1px solid #d5dbe1;text-align:left;vertical-align:top"

# A name without a space must not push its number out of a phone's screen.
_CELLS = (f"{_CELL};overflow-wrap:break-word", _CELL, _CELL)
_TABLE = f"border-collapse:collapse;table-layout:fixed;width:100%;max-width:600px;{_FONT};font-size:15px"
# Fixed widths: only a word wider than the first column is broken.
_COLUMNS = '<colgroup><col style="width:50%"><col style="width:22%"><col style="width:28%"></colgroup>'


def _html(name: str, title: str, units: Sequence[_UnitWords], rest: str, links: tuple[str, str, str]) -> str:
    sheet, confirm, stop = map(escape, links)
    body = []
    for structure, group in groupby(units, attrgetter("structure")):
        body.append(f'<tr><th colspan="3" style="{_CELL};padding-top:14px">{escape(structure)}</th></tr>')
        for one in group:
            note = f"<br><small>{escape(one.note)}</small>" if one.note else ""
            cells = (f"{escape(one.name)}{note}", escape(one.number), escape(one.age))
            row = "".join(f'<td style="{style}">{cell}</td>' for style, cell in zip(_CELLS, cells, strict=True))
            body.append(f"<tr>{row}</tr>")
    confirmation = (
        f'<p>{escape(_CONFIRM)} : <a href="{confirm}" style="color:#0b5394">voir ces nombres et confirmer</a>.</p>'
        if confirm
        else ""
    )
    config = settings()
    return (
        f'<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>{escape(title)}</title></head>'
        f'<body style="margin:0;padding:16px;background:#ffffff;{_FONT};font-size:16px;line-height:1.45">'
        f"<p>Bonjour {escape(name)},</p><p><b>{escape(title)}</b> dans « {escape(config.service_name)} » :</p>"
        f'<table style="{_TABLE}">{_COLUMNS}{"".join(body)}</table>'
        f"<p>{escape(rest)}</p>"
        f'<p><a href="{sheet}" style="{_BUTTON}">Mettre à jour ces unités</a></p>{confirmation}'
        '<p style="font-size:14px;color:#4a5763">Choisir le jour de ces rappels, ou nommer un suppléant pendant une absence : '
        f'« Mon compte ». <a href="{stop}" style="color:#0b5394">Ne plus en recevoir</a>.<br>'
        f"Support : {escape(config.support_telephone)}, {escape(config.support_hours)}</p></body></html>"
    )
