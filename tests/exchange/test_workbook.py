"""Workbooks, read back by two other libraries."""

import io
import re
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from ror.exchange.about import FICTITIOUS, About, filters_in_words
from ror.exchange.table_csv import FORMULA
from ror.exchange.workbook import MAX_CELL_LENGTH, cell_text, message_workbook, to_workbook
from ror.model.filters import Filters
from ror.model.freshness import age_bands
from ror.model.nomenclature import CapacityType
from ror.model.territory import PARIS, time_zone
from tests.examples import slow_examples

AT = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)
BANDS = age_bands()
ABOUT = About("Unités, Val-de-Marne (94)", "Lits et places", "Île-de-France", AT, PARIS, (), BANDS, "une semaine")
TABLE = pa.table(
    {
        "Unité": ["Médecine d'été", "Cœur & poumons", "Psychiatrie"],
        "Âge": [["■ moins de 24 h"], ["⊘ Fermée"], []],
        "Disponible": pa.array([3, 0, None], pa.int32()),
        "Taux": [0.5, None, 2.25],
        "Date": pa.array([AT, datetime(2026, 7, 14, 22, 30, tzinfo=UTC), None], pa.timestamp("us", tz="UTC")),
        "Jour": pa.array([date(2026, 12, 1), None, None]),
    }
)


def opened(file: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(file))


def lines(file: bytes) -> list[list[object]]:
    """Return the rows of the first sheet."""
    return CalamineWorkbook.from_filelike(io.BytesIO(file)).get_sheet_by_index(0).to_python()


def about_rows(file: bytes) -> dict[str, str]:
    """Return « À propos » as its first column by its second."""
    return {str(row[0] or ""): str(row[1] or "") for row in opened(file)["À propos"].iter_rows(max_col=2, values_only=True)}


def test_cells_have_their_types_and_instants_are_those_of_paris():
    rows = lines(to_workbook(TABLE, ABOUT))
    assert rows[0] == TABLE.column_names
    first = ["Médecine d'été", "■ moins de 24 h", 3, 0.5, datetime(2026, 11, 23, 10, 5), date(2026, 12, 1)]
    assert rows[1] == first
    assert rows[2][4] == datetime(2026, 7, 15, 0, 30)
    assert rows[3] == ["Psychiatrie", "", "", 2.25, "", ""]


def test_an_age_has_the_colours_of_the_legend_beside_its_words():
    sheet = opened(to_workbook(TABLE, ABOUT)).worksheets[0]
    blue, closed = sheet["B2"], sheet["B3"]
    assert (blue.value, blue.fill.fgColor.rgb, blue.font.color.rgb) == ("■ moins de 24 h", "FF0E7EFC", "FF000000")
    assert (closed.value, closed.fill.fgColor.rgb) == ("⊘ Fermée", "FFE3E6EA")


def test_names_stay_in_sight_columns_are_filtered_and_wide_enough():
    sheet = opened(to_workbook(TABLE, ABOUT)).worksheets[0]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == "A1:F4"
    assert sheet.column_dimensions["A"].width > len("Cœur & poumons")


def test_about_states_source_instant_filters_and_legend():
    criteria = filters_in_words(Filters(capacity_type=CapacityType.BED, at_least=2, ranks=(0, 1)), BANDS)
    file = to_workbook(TABLE, About("Unités", "Lits et places", "Île-de-France", AT, PARIS, criteria, BANDS, "une semaine"))
    rows = about_rows(file)
    assert rows["Source"] == "Lits et places, Île-de-France"
    assert rows["Données au"] == "23/11/2026 à 10 h 05 (heure de Paris)"
    assert rows["Filtre : Lit ou place"] == "lits seulement"
    assert rows["Filtre : Disponibles, au moins"] == "2"
    assert rows["Filtre : Âge"] == "moins d'1 h, moins de 24 h"
    assert [band.words for band in BANDS] == [words for words in rows if words in {band.words for band in BANDS}]
    sheet = opened(file)["À propos"]
    assert any("en général une semaine" in str(cell.value) for cell in sheet["B"])
    colours = {cell.value: cell.fill.fgColor.rgb for cell in sheet["A"] if cell.value in {band.words for band in BANDS}}
    assert colours == {band.words: f"FF{band.colour[1:].upper()}" for band in BANDS}


def test_instants_are_in_the_time_of_the_region_which_about_names():
    table = pa.table({"Mise à jour": pa.array([AT], pa.timestamp("us", "UTC"))})
    file = to_workbook(table, replace(ABOUT, zone=time_zone("974")))
    assert opened(file).worksheets[0]["A2"].value == AT.astimezone(time_zone("974")).replace(tzinfo=None)
    assert about_rows(file)["Données au"] == "23/11/2026 à 13 h 05 (heure de La Réunion)"


def test_a_table_without_filters_states_it():
    assert about_rows(to_workbook(TABLE, ABOUT))["Filtres"] == "aucun"


def test_fictitious_data_are_marked_on_the_sheet_and_on_paper():
    fictitious = About("Unités", "Lits et places", "Île-de-France", AT, PARIS, (), BANDS, "une semaine", fictitious=True)
    file = to_workbook(TABLE, fictitious)
    assert FICTITIOUS in about_rows(file)
    assert FICTITIOUS in opened(file).worksheets[0].oddHeader.left.text
    assert FICTITIOUS not in about_rows(to_workbook(TABLE, ABOUT))


def test_a_table_without_ages_needs_no_legend():
    assert "Légende" not in about_rows(to_workbook(pa.table({"Ligne": [1]}), ABOUT))


def test_an_empty_table_is_its_names():
    assert lines(to_workbook(TABLE.slice(0, 0), ABOUT)) == [TABLE.column_names]


@pytest.mark.parametrize(
    "title", ["Unités [test] : 1/2*?\\", "'", "", "Centre hospitalier intercommunal au nom bien plus long qu'un onglet"]
)
def test_whatever_the_title_the_sheet_has_a_name(title):
    about = About(title, "s", "r", AT, PARIS, (), BANDS, "une semaine")
    names = opened(to_workbook(TABLE, about)).sheetnames
    assert names[1] == "À propos"
    assert 0 < len(names[0]) <= 31


@pytest.mark.parametrize("title", ["à propos", "À PROPOS", "History"])
def test_a_structure_may_have_the_name_that_a_sheet_cannot(title):
    about = About(title, "s", "r", AT, PARIS, (), BANDS, "une semaine")
    assert opened(to_workbook(TABLE, about)).sheetnames == ["Tableau", "À propos"]


def test_a_title_of_ampersands_prints_as_many_and_no_code_of_a_header():
    about = About("&" * 300, "s", "r", AT, PARIS, (), BANDS, "une semaine")
    assert opened(to_workbook(TABLE, about)).worksheets[0].oddHeader.left.text == "&" * 240


def test_the_creation_date_of_a_workbook_is_in_utc():
    assert opened(to_workbook(TABLE, ABOUT)).properties.created == AT.replace(tzinfo=None)


def test_a_row_is_as_high_as_its_longest_text_is_long_in_its_column():
    written = ["court", "deux\nlignes", "mot " * 100, "x" * 32_000]
    rows = opened(to_workbook(pa.table({"Commentaire": written}), ABOUT)).worksheets[0].row_dimensions
    assert rows[2].height is None
    assert rows[3].height == 30
    assert 10 * 15 <= rows[4].height <= 12 * 15
    assert rows[5].height < 409
    short = opened(to_workbook(TABLE, ABOUT)).worksheets[0].row_dimensions
    assert [short[line].height for line in (2, 3, 4)] == [None] * 3, "a column as wide as its longest text"


def test_an_empty_text_is_an_empty_cell():
    file = zipfile.ZipFile(io.BytesIO(to_workbook(pa.table({"Unité": ["a"], "Commentaire": [""]}), ABOUT)))
    assert re.findall(rb'<c r="([A-Z]+[0-9]+)"', file.read("xl/worksheets/sheet1.xml")) == [b"A1", b"B1", b"A2"]


def test_a_table_longer_than_a_sheet_goes_on_in_the_next(monkeypatch):
    monkeypatch.setattr("ror.exchange.workbook.MAX_ROWS", 2)
    book = opened(to_workbook(TABLE, ABOUT))
    assert [sheet.max_row for sheet in book.worksheets[:2]] == [3, 2]
    assert [sheet["A1"].value for sheet in book.worksheets[:2]] == ["Unité", "Unité"]
    assert book.sheetnames[1].endswith(" (2)")


def test_seconds_are_shown_when_they_matter():
    assert opened(to_workbook(TABLE, ABOUT)).worksheets[0]["E2"].number_format == "dd/mm/yyyy hh:mm"
    assert opened(to_workbook(TABLE, ABOUT, seconds=True)).worksheets[0]["E2"].number_format == "dd/mm/yyyy hh:mm:ss"


def test_a_number_too_long_for_a_spreadsheet_keeps_its_digits():
    table = pa.table({"n": [990_000_000_000_000_018], "x": [float("inf")], "y": [float("nan")]})
    assert lines(to_workbook(table, ABOUT))[1] == ["990000000000000018", "inf", "nan"]


def test_a_message_is_a_workbook_too():
    assert lines(message_workbook("=Votre session est terminée")) == [["=Votre session est terminée"]]


texts = st.one_of(
    st.text(max_size=60),
    st.builds(lambda start, rest: start + rest, st.sampled_from(FORMULA), st.text(max_size=60)),
    st.sampled_from(["https://ailleurs.example", "mailto:a@b.fr", "internal:Feuille!A1", "{=1+1}", "12", "00123", "_x0041_"]),
)


@slow_examples(60)
@given(st.lists(texts, min_size=1, max_size=8))
@example(['=cmd|" /C calc"!A0', "\ttab", "\rcr", "\x00\x01\x1b", "\ufffe\uffff", "a\r\nb", " bords "])
def test_no_text_is_ever_a_formula_or_a_link_and_its_legible_characters_stay(written):
    file = to_workbook(pa.table({"t": pa.array(written, pa.string())}), ABOUT)
    sheet = opened(file).worksheets[0]
    cells = [sheet.cell(line, 1) for line in range(2, len(written) + 2)]
    for cell, text in zip(cells, written, strict=True):
        assert cell.data_type != "f"
        assert cell.hyperlink is None
        assert not isinstance(cell.value, int | float)
        assert cell.quotePrefix == cell_text(text).startswith(FORMULA)
    legible = [str(row[0]) for row in lines(file)[1:]]
    assert legible == [cell_text(text) for text in written][: len(legible)]
    assert not any(cell_text(text) for text in written[len(legible) :])


def test_a_text_longer_than_a_cell_is_cut():
    (_, (text,)) = lines(to_workbook(pa.table({"t": ["é" * 40_000]}), ABOUT))
    assert text == "é" * MAX_CELL_LENGTH


def test_a_lone_surrogate_is_left_out():
    about = About("Titre \ud800", "Service \udfff", "r", AT, PARIS, (("Recherche", "=a\ud800"),), BANDS, "une semaine")
    assert about_rows(to_workbook(TABLE, about))["Filtre : Recherche"] == "=a"
