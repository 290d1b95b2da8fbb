import csv
import io
from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ror.exchange.table_csv import escape_formula, format_cell, to_csv
from ror.model.territory import PARIS, time_zone

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def opened(file: bytes) -> list[list[str]]:
    """Return the cells as a spreadsheet reads them."""
    return list(csv.reader(io.StringIO(file.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_a_file_begins_with_the_mark_of_utf8_and_is_separated_by_semicolons():
    file = to_csv(pa.table({"Unité": ["Médecine; été"], "Lits": [3]}), PARIS)
    assert file == b"\xef\xbb\xbf" + 'Unité;Lits\r\n"Médecine; été";3\r\n'.encode()


def test_an_empty_table_is_its_names():
    assert opened(to_csv(pa.table({"A": pa.array([], pa.string()), "B": pa.array([], pa.int32())}), PARIS)) == [["A", "B"]]


def test_instants_are_in_the_zone_which_the_title_of_their_column_names_where_it_is_not_paris():
    at = pa.array([datetime(2026, 11, 23, 21, 5, tzinfo=UTC)], pa.timestamp("us", "UTC"))
    table = pa.table({"Unité": ["Médecine"], "Mise à jour": at})
    assert opened(to_csv(table, PARIS)) == [["Unité", "Mise à jour"], ["Médecine", "23/11/2026 22:05"]]
    titles, row = opened(to_csv(table, time_zone("974")))
    assert (titles, row[1]) == (["Unité", "Mise à jour (heure de La Réunion)"], "24/11/2026 01:05")


def test_every_row_is_there_in_its_order():
    table = pa.table({"n": list(range(500)), "t": [f"ligne {n}" for n in range(500)]})
    assert opened(to_csv(table, PARIS))[1:] == [[str(n), f"ligne {n}"] for n in range(500)]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (0, "0"),
        (-3, "-3"),
        (2.5, "2,5"),
        (-0.25, "-0,25"),
        (12.0, "12"),
        ("", ""),
        ("3 lits", "3 lits"),
        (datetime(2026, 11, 23, 9, 5, tzinfo=UTC), "23/11/2026 10:05"),
        (datetime(2026, 7, 14, 22, 30, tzinfo=UTC), "15/07/2026 00:30"),
        (datetime(2026, 11, 23, 9, 5, tzinfo=PARIS), "23/11/2026 09:05"),
        pytest.param(date(2026, 12, 1), "01/12/2026"),
        pytest.param(48.8566123, "48,8566123"),
        pytest.param(1234567.0, "1234567"),
    ],
)
def test_values_are_written_as_a_french_spreadsheet_reads_them(value, text):
    assert opened(to_csv(pa.table({"a": ["x"], "v": pa.array([value])}), PARIS))[1][1] == text
    assert format_cell(value, PARIS) == text


@pytest.mark.parametrize("start", FORMULA)
def test_a_text_that_would_be_a_formula_becomes_a_text(start):
    text = f"{start}HYPERLINK(A1)"
    assert opened(to_csv(pa.table({"v": [text]}), PARIS))[1] == [f"'{text}"]


@pytest.mark.parametrize("start", ["\n=", "＝", "＋", "－", "＠"])
def test_the_rarer_beginnings_of_a_formula_become_a_text_too(start):
    assert escape_formula(f"{start}1+1").startswith("'")


texts = st.one_of(st.text(), st.builds(lambda start, rest: start + rest, st.sampled_from(FORMULA), st.text()))


@given(st.lists(st.tuples(texts, texts), min_size=1))
@example([('=cmd|" /C calc"!A0', "a;b\r\n=1")])
def test_no_text_is_ever_a_formula_and_none_is_lost(lines):
    table = pa.table({"a": [one for one, _ in lines], "b": [other for _, other in lines]})
    cells = opened(to_csv(table, PARIS))[1:]
    assert len(cells) == len(lines)
    for row, texts in zip(cells, lines, strict=True):
        assert not any(value.startswith(FORMULA) for value in row)
        assert row == [f"'{text}" if text.startswith(FORMULA) else text for text in texts]


def test_badges_are_their_words_and_none_is_an_empty_cell():
    assert [format_cell(["■ moins de 24 h"], PARIS), format_cell([], PARIS), format_cell(["=1+1"], PARIS)] == [
        "■ moins de 24 h",
        "",
        "'=1+1",
    ]
