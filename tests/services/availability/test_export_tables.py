"""Exports of whole tables: their lines in each format, and the line of the journal."""

import csv
import io
import json
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from ror.errors import Forbidden, Refused
from ror.exchange.about import FICTITIOUS
from ror.exchange.printed_table import TableFormat
from ror.services import journal
from ror.services.availability import export_tables
from ror.services.availability.export_tables import ExportTable, export_table
from ror.store import registry_changes
from tests.region import CLOSED_UNIT, DOMINIQUE, NOW, STRUCTURES, UNITS, WARD, write

pytestmark = pytest.mark.usefixtures("region")


def exported(db, table, form=TableFormat.JSON, **more):
    target = io.BytesIO()
    result = export_table(db, None, table, form, target, NOW, **more)
    return result, target.getvalue()


def rows_of(db, table, **more):
    return json.loads(exported(db, table, **more)[1])["rows"]


def test_availability_is_every_unit_with_what_it_offers_now(db):
    write(db, WARD, 4, NOW - timedelta(hours=2), comment="Deux lits en travaux")
    by_unit = {row["unit"]: row for row in rows_of(db, ExportTable.AVAILABILITY)}
    assert set(by_unit) == {unit.id for unit in UNITS}
    assert (by_unit[WARD]["available"], by_unit[WARD]["comment"], by_unit[WARD]["open"]) == (4, "Deux lits en travaux", True)
    assert (by_unit[CLOSED_UNIT]["available"], by_unit[CLOSED_UNIT]["open"]) == (0, False)


def test_the_registry_and_the_log_are_exported_whole(db, monkeypatch):
    monkeypatch.setattr(export_tables, "PART_LINES", 3)
    positions = [write(db, WARD, number, NOW + timedelta(minutes=number)).position for number in range(5)]
    assert [row["finess"] for row in rows_of(db, ExportTable.STRUCTURES)] == sorted(one.finess for one in STRUCTURES)
    assert [row["unit"] for row in rows_of(db, ExportTable.UNITS)] == sorted(unit.id for unit in UNITS)
    assert [row["position"] for row in rows_of(db, ExportTable.DECLARATIONS)] == positions
    late = rows_of(db, ExportTable.DECLARATIONS, since=NOW + timedelta(minutes=3))
    assert [row["available"] for row in late] == [3, 4]


@pytest.mark.parametrize("table", list(ExportTable))
def test_each_format_has_the_same_lines(db, table):
    write(db, WARD, 4)
    result, content = exported(db, table)
    rows = json.loads(content)["rows"]
    assert result.lines == len(rows) > 0
    printed = list(csv.reader(io.StringIO(exported(db, table, TableFormat.CSV)[1].decode("utf-8-sig")), delimiter=";"))
    assert (printed[0], len(printed) - 1) == (list(rows[0]), len(rows))
    in_sheet, content = exported(db, table, TableFormat.XLSX)
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    assert [cell.value for cell in sheet[1]] == list(rows[0])
    assert in_sheet == result
    assert sheet.max_row - 1 == len(rows)


def test_an_export_is_a_line_of_the_journal(db):
    exported(db, ExportTable.UNITS)
    line = journal.read(db, None, journal.JournalQuery(), NOW).to_pylist()[0]
    assert (line["act"], line["subject"], json.loads(line["after"])) == ("export", "file:units", {"lines": len(UNITS)})


def test_an_export_of_the_demonstration_says_that_it_is_fictitious(db):
    assert json.loads(exported(db, ExportTable.STRUCTURES)[1])["fictitious"] is False
    with db.transaction() as transaction:
        registry_changes.record_change(transaction, registry_changes.DEMONSTRATION, NOW)
    assert json.loads(exported(db, ExportTable.STRUCTURES)[1])["fictitious"] is True
    about = load_workbook(io.BytesIO(exported(db, ExportTable.STRUCTURES, TableFormat.XLSX)[1]))["À propos"]
    assert FICTITIOUS in [cell.value for row in about for cell in row]


def test_nobody_without_the_right_exports_a_table(db):
    target = io.BytesIO()
    with pytest.raises(Forbidden):
        export_table(db, DOMINIQUE, ExportTable.UNITS, TableFormat.CSV, target, NOW)
    assert target.getvalue() == b""


def test_only_declarations_begin_with_an_instant(db):
    with pytest.raises(Refused, match="without --since"):
        exported(db, ExportTable.UNITS, since=NOW)


def test_a_table_too_long_for_a_workbook_is_refused_before_it_is_built(db, monkeypatch):
    monkeypatch.setattr(export_tables, "PART_LINES", 5)
    monkeypatch.setattr(export_tables, "MAX_WORKBOOK_LINES", len(UNITS))
    assert exported(db, ExportTable.UNITS, TableFormat.XLSX)[0].lines == len(UNITS)
    monkeypatch.setattr(export_tables, "MAX_WORKBOOK_LINES", len(UNITS) - 1)
    with pytest.raises(Refused, match="export units as csv or json"):
        exported(db, ExportTable.UNITS, TableFormat.XLSX)
