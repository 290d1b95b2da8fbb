"""Tables printed part by part give the same file as printed at once."""

import csv
import io
import json
from datetime import UTC, date, datetime

import pyarrow as pa

from ror.exchange.printed_table import print_csv, print_json
from ror.exchange.table_csv import to_csv
from ror.model.territory import PARIS

INSTANT = datetime(2026, 5, 4, 6, 0, 7, tzinfo=UTC)
TABLE = pa.table(
    {
        "unit": ["u1", "=1+1", None],
        "available": pa.array([4, None, 0], pa.int32()),
        "latitude": [48.5, None, -0.25],
        "closed_until": pa.array([date(2026, 5, 9), None, None], pa.date32()),
        "observed_at": pa.array([INSTANT, None, None], pa.timestamp("us", tz="UTC")),
    }
)


def parts(table):
    return [table.slice(start, 2) for start in range(0, max(table.num_rows, 1), 2)]


def printed(table):
    target = io.BytesIO()
    return print_csv(parts(table), target, PARIS), target.getvalue()


def test_parts_make_the_same_csv_as_the_whole():
    assert printed(TABLE) == (3, to_csv(TABLE, PARIS))


def test_a_table_without_a_line_has_its_names():
    assert printed(TABLE.slice(0, 0)) == (0, to_csv(TABLE.slice(0, 0), PARIS))


def test_booleans_are_french_in_a_spreadsheet():
    lines, content = printed(pa.table({"open": [True, False, None]}))
    assert list(csv.reader(io.StringIO(content.decode("utf-8-sig")))) == [["open"], ["oui"], ["non"], [""]]
    assert lines == 3


def test_json_has_what_the_table_is_then_its_rows_with_instants_in_utc():
    target = io.BytesIO()
    assert print_json(parts(TABLE), target, {"table": "availability", "at": INSTANT}) == 3
    held = json.loads(target.getvalue())
    assert (held["table"], held["at"], len(held["rows"])) == ("availability", "2026-05-04T06:00:07+00:00", 3)
    assert held["rows"][0] == {
        "unit": "u1",
        "available": 4,
        "latitude": 48.5,
        "closed_until": "2026-05-09",
        "observed_at": "2026-05-04T06:00:07+00:00",
    }
    assert held["rows"][1]["unit"] == "=1+1"


def test_json_without_a_row_is_one_object_too():
    target = io.BytesIO()
    assert print_json([TABLE.slice(0, 0)], target, {}) == 0
    assert json.loads(target.getvalue()) == {"rows": []}
