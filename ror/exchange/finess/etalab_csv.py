"""The former FINESS files: structures with (cs1100507) or without (cs1100502) positions, legal entities (cs1100501).

They have no header of columns, and the csv module cannot read them: a `"` is a plain character, except around a whole field
with the inner ones doubled, as in the editions of 2026. They have not been refreshed since May 2026.
"""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

from ror.errors import BadFile, Refused
from ror.exchange.finess.fields import (
    address,
    checked_entity_number,
    checked_number,
    department_and_commune,
    legal_entity,
    longest_name,
    postal,
    telephone,
)
from ror.exchange.finess.finess_file import EXPECTED, FinessFile, FinessFileBuilder
from ror.exchange.finess.positions import ProjectedPoint, locate, parse_point
from ror.exchange.finess.source import Source
from ror.exchange.text_lines import MAX_LINE_LENGTH, is_utf8, split_lines
from ror.model.outlines import Outlines
from ror.model.progress import OnProgress
from ror.model.registry import LegalEntity, Structure
from ror.model.territory import department_of_finess, territories
from ror.model.text import plain

MAX_LINES = 1_500_000
"""Most lines of a file, blank ones included. A structure has one line, and another one for its position."""


class LineShape(NamedTuple):
    """The fields of a kind of line: their number in old editions and in the last one, and the index of the département."""

    fewest: int
    most: int
    department: int


STRUCTURE, LEGAL_ENTITY = LineShape(31, 32, 13), LineShape(20, 21, 11)

_FIELD = re.compile(r'"((?:[^"]++|"")*+)"(?=;|$)|([^;]*+)')


def read_csv(source: Source, on_progress: OnProgress | None, outlines: Outlines | None = None) -> FinessFile:
    """Read one of the former files; a bad line becomes a reject and never stops the rest. Raises `BadFile`."""
    total = source.count_lines()
    if total > MAX_LINES:
        raise BadFile(f"« {source.path.name} » a plus de {MAX_LINES} lignes : donnez {EXPECTED}.")
    encoding = "utf-8" if is_utf8(source.chunks()) else "cp1252"
    lines = split_lines(source.chunks(), encoding)
    number, day = _header(source.path, next(lines, ""))
    builder = FinessFileBuilder(source.path.name, outlines)
    points: list[ProjectedPoint] = []
    read = {"structureet": 0, "structureej": 0}
    for index, line in _with_progress(lines, total - 1, on_progress):
        section = line.partition(";")[0]
        if line.strip():
            read[section] = read.get(section, 0) + 1
            try:
                _read_line(index, line, section, builder, points)
            except Refused as refusal:
                builder.reject(index, refusal.user_message, line)
    count = read["structureet"] or read["structureej"]
    if not count:
        raise BadFile(f"« {source.path.name} » ne contient aucune ligne « structureet » : donnez {EXPECTED}.")
    locate(points, builder)
    return FinessFile(
        number,
        day,
        encoding,
        count,
        list(builder.structures.values()),
        builder.entities(),
        builder.sorted_rejects(),
        positions_refused=frozenset(builder.positions_refused),
    )


def _header(path: Path, line: str) -> tuple[str, date | None]:
    fields = [part.strip() for part in line[:MAX_LINE_LENGTH].rstrip(";").split(";")]
    if len(fields) not in (3, 4) or fields[:2] != ["finess", "etalab"]:
        raise BadFile(
            f"« {path.name} » n'est pas un fichier FINESS : sa première ligne devrait être "
            f"« finess;etalab;<numéro>;<date> ». Donnez {EXPECTED}."
        )
    try:
        return fields[2], date.fromisoformat(fields[3])
    except (IndexError, ValueError):
        return fields[2], None


def _with_progress(lines: Iterator[str], total: int, on_progress: OnProgress | None) -> Iterator[tuple[int, str]]:
    """Yield the lines after the first with their numbers, and call `on_progress` about 150 times."""
    step = total // 150 + 1
    for done, line in enumerate(lines, start=1):
        yield done + 1, line
        if on_progress and (done % step == 0 or done == total):
            on_progress(done, total)


def _read_line(index: int, line: str, section: str, builder: FinessFileBuilder, points: list[ProjectedPoint]) -> None:
    """Parse a line and add its structure, legal entity or position. Raises `Refused`."""
    if len(line) > MAX_LINE_LENGTH:
        raise Refused(
            f"La ligne compte plus de {MAX_LINE_LENGTH} caractères : elle est abîmée, téléchargez de nouveau le fichier."
        )
    if "\0" in line:
        raise Refused("La ligne contient un caractère nul : elle est abîmée, téléchargez de nouveau le fichier.")
    if section == "structureet":
        structure, remark = _structure(_fields(line, STRUCTURE))
        builder.add_structure(index, structure)
        if remark:
            builder.reject(index, remark, line, accepted=True)
    elif section == "structureej":
        builder.add_legal_entity(_legal_entity(_fields(line, LEGAL_ENTITY)))
    elif section == "geolocalisation":
        fields = line.split(";")
        try:
            points.append(parse_point(index, line, fields))
        except Refused:
            builder.positions_refused.update(field.strip() for field in fields[1:2])
            raise
    else:
        raise Refused("Section inconnue : une ligne commence par « structureet », « structureej » ou « geolocalisation ».")


def _fields(line: str, shape: LineShape) -> list[str]:
    """Return the fields of a line, unquoted and without blanks around; fields added at the end are ignored.

    A `;` in a quoted name does not end the field. But in an old edition a `"` may begin a name and another one end the next, so
    that there are two ways to split the line: the right one has a département where it belongs. Raises `Refused`.
    """
    plain_split = line.split(";")
    candidates = [_unquoted(line), plain_split] if ';"' in line else [plain_split]
    for fields in candidates:
        if len(fields) >= shape.fewest and department_of_finess(fields[shape.department].strip()) in territories():
            return [plain(field) for field in fields]
    fields = candidates[0]
    if not shape.fewest <= len(fields) <= shape.most:
        raise Refused(f"{len(fields)} champs au lieu de {shape.most} : un « ; » manque, ou un texte en contient un.")
    return [plain(field) for field in fields]


def _unquoted(line: str) -> list[str]:
    """Split a line into fields, some of which may be quoted; return them without the quotes."""
    fields, end = [], -1
    while end < len(line):
        match = _FIELD.match(line, end + 1)
        assert match is not None  # its second alternative matches anything, even nothing
        fields.append(match[2] if match[1] is None else match[1].replace('""', '"'))
        end = match.end()
    return fields


def _legal_entity(fields: list[str]) -> LegalEntity:
    """Return the legal entity of a line. Raises `Refused`."""
    _, finess, short, long, _, number, street_type, street, repeat, locality, _, _, _, routing, *_ = fields
    return legal_entity(finess, short, long, address(number, repeat, street_type, street, locality), routing)


def _structure(fields: list[str]) -> tuple[Structure, str]:
    """Return the structure of a line, and a remark when its telephone is refused. Raises `Refused`."""
    (_, finess, entity, short, long, _, _, number, street_type, street, repeat, locality,
     commune, department, _, routing, telephone_text, _, category_code, category, *_) = fields  # fmt: skip
    checked_number(finess)
    checked_entity_number(entity)
    name = longest_name(short, long, "La structure")
    code, insee = department_and_commune(department, commune)
    postal_code, commune_name = postal(routing)
    stored_telephone, remark = telephone(telephone_text)
    structure = Structure(
        finess=finess,
        legal_entity=entity,
        name=name,
        category_code=category_code,
        category=category,
        address=address(number, repeat, street_type, street, locality),
        postal_code=postal_code,
        commune=commune_name,
        commune_code=insee,
        department=code,
        telephone=stored_telephone,
        latitude=None,
        longitude=None,
    )
    return structure, remark
