"""The workbook that a manager fills in: its content, its protection, and how it is read back."""

import csv
import io
from datetime import UTC, datetime

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.errors import BadFile
from ror.exchange.about import About
from ror.exchange.bulk_workbook import MAX_FILE_BYTES, MAX_LINES, MAX_NUMBERS, FilledLine, LineToFill, build, read
from ror.model.declaration import COMMENT_LENGTH
from ror.model.freshness import age_bands
from ror.model.nomenclature import CapacityType
from ror.model.territory import PARIS
from tests.examples import slow_examples

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ABOUT = About("Mes unités", "Disponibilités", "Région fictive", NOW, PARIS, (), age_bands(), "une semaine", fictitious=True)
WARD = LineToFill(
    "990750001-02", 7, "Hôpital fictif", "Médecine", "Hospitalisation", CapacityType.BED, 20, 5, "● moins d'1 h", ""
)
HALT = LineToFill(
    "990930002-01", 0, "Maison fictive", "Lits halte", "Halte", CapacityType.BED, None, None, "○ jamais renseigné", ""
)
HEADER = "Identifiant;Position;Disponible;Commentaire"


def opened(data):
    return openpyxl.load_workbook(io.BytesIO(data))


def filled_in(data, **typed):
    """Return the workbook after these cells were typed in it."""
    book, file = opened(data), io.BytesIO()
    for place, value in typed.items():
        book["Mes unités"][place] = value
    book.save(file)
    return file.getvalue()


def text(*lines, header=HEADER, encoding="utf-8"):
    return "\r\n".join((header, *lines)).encode(encoding)


def only(data):
    (filled,), rejects = read("fichier.csv", data)
    assert not rejects
    return filled


def reason(data):
    _, (reject,) = read("fichier.csv", data)
    return reject.reason


# The workbook


def test_each_unit_has_a_line_with_its_last_number_and_age_and_an_empty_cell_to_fill():
    sheet = opened(build([WARD, HALT], ABOUT))["Mes unités"]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][7:9] == ("Disponible", "Commentaire")
    assert rows[0][11:] == ("Dont femmes", "Dont hommes", "Dont indifférents")
    assert rows[1][:7] == ("Hôpital fictif", "Médecine", "Hospitalisation", "lit", 20, 5, "● moins d'1 h")
    assert rows[1][7:] == (None, None, WARD.unit, 7, None, None, None)
    assert rows[2][4:] == (None, None, "○ jamais renseigné", None, None, HALT.unit, 0, None, None, None)


def test_only_number_comment_and_numbers_by_sex_can_be_filled_in_and_the_protection_has_no_password():
    sheet = opened(build([WARD, HALT], ABOUT))["Mes unités"]
    assert sheet.protection.sheet
    assert not sheet.protection.password
    unlocked = {cell.column_letter for row in sheet.iter_rows(min_row=2) for cell in row if not cell.protection.locked}
    assert unlocked == {"H", "I", "L", "M", "N"}
    assert [letter for letter, column in sheet.column_dimensions.items() if column.hidden] == ["J", "K"]


def test_the_spreadsheet_itself_refuses_what_is_no_number_and_a_comment_too_long():
    sheet = opened(build([WARD, HALT], ABOUT))["Mes unités"]
    rules = {str(rule.sqref): (rule.type, rule.formula1, rule.formula2) for rule in sheet.data_validations.dataValidation}
    whole = ("whole", "0", "9999")
    assert rules == {"H2:H3": whole, "L2:N3": whole, "I2:I3": ("textLength", str(COMMENT_LENGTH), None)}


def test_numbers_by_sex_are_read_from_optional_columns():
    filled, rejects = read("u.xlsx", filled_in(build([WARD], ABOUT), H2=3, L2=1, N2=2))
    assert (filled[0].by_sex, rejects) == ({"women": "1", "either": "2"}, [])
    assert only(text("u;3;1", header="Identifiant;Disponible;Hommes")).by_sex == {"men": "1"}
    assert only(text("u;3;;2,0", header="Identifiant;Disponible;Dont femmes;Indifférents")).by_sex == {"either": "2"}


def test_a_sheet_explains_how_to_fill_it_in_and_that_the_demonstration_is_fictitious():
    guide = " ".join(str(cell.value) for row in opened(build([], ABOUT))["Mode d'emploi"] for cell in row if cell.value)
    for words in (
        "vide laisse l'unité telle quelle",
        "aucune donnée patient",
        "23/11/2026 à 10 h 00",
        "fictives",
        "le confirme",
    ):
        assert words in guide


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@somme", '=HYPERLINK("http://ailleurs.example")'])
def test_no_text_is_a_formula_nor_becomes_one_when_its_cell_is_edited(start):
    book = opened(build([LineToFill(start, 0, start, start, start, CapacityType.PLACE, 1, 1, start, start)], ABOUT))
    for cell in book["Mes unités"][2]:
        if cell.value == start and cell.column_letter != "G":
            assert cell.data_type == "s"
            assert cell.quotePrefix


def test_a_filled_in_workbook_is_read_back():
    blank = build([WARD, HALT], ABOUT)
    filled, rejects = read("u.xlsx", filled_in(blank, H2=3, I2="Aile nord", H3=0))
    assert not rejects
    assert filled == [
        FilledLine(2, WARD.unit, "Médecine", 7, "3", "Aile nord"),
        FilledLine(3, HALT.unit, "Lits halte", 0, "0", ""),
    ]


def test_a_file_that_nobody_filled_in_has_no_number():
    filled, rejects = read("u.xlsx", build([WARD, HALT], ABOUT))
    assert [(one.available, one.comment) for one in filled] == [("", ""), ("", "")]
    assert not rejects


def test_a_formula_has_its_stored_value_and_one_without_is_refused():
    with pytest.raises(BadFile, match=r"formule que rien n'a calculée \(cellule H2\)"):
        read("u.xlsx", filled_in(build([WARD], ABOUT), H2="=2+1"))


def test_the_error_of_a_formula_is_not_an_empty_cell():
    data = filled_in(build([WARD, HALT], ABOUT), H2="#N/A", H3="#DIV/0!")
    assert [one.available for one in read("u.xlsx", data)[0]] == ["#N/A", "#DIV/0!"]


@slow_examples(50)
@given(
    st.lists(
        st.builds(
            LineToFill,
            *(st.text(min_size=1, max_size=20).map(lambda unit: f"u{unit}x".replace("\r", "")), st.integers(0, 10**12)),
            *(st.text(max_size=50), st.text(max_size=50), st.text(max_size=50), st.sampled_from(CapacityType)),
            *(st.none() | st.integers(0, 9999), st.none() | st.integers(0, 9999), st.text(max_size=20), st.text(max_size=500)),
        ),
        max_size=5,
    )
)
def test_whatever_the_names_and_comments_the_workbook_is_read_back_line_by_line(blanks):
    filled, rejects = read("u.xlsx", build(blanks, ABOUT))
    assert not rejects
    assert [one.seen_position for one in filled] == [blank.position for blank in blanks]
    assert {one.available for one in filled} <= {""}


# A CSV of the same columns


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [";", ","])
def test_a_csv_of_the_same_columns_is_read_in_every_encoding_of_a_french_spreadsheet(encoding, separator):
    data = text(f"{WARD.unit};7;3;Après-midi", encoding=encoding).replace(b";", separator.encode())
    assert only(data) == FilledLine(2, WARD.unit, WARD.unit, 7, "3", "Après-midi")


def test_a_csv_needs_no_more_than_the_identifier_and_the_number():
    assert only(text("u;3", header="IDENTIFIANT;disponible")) == FilledLine(2, "u", "u", None, "3", None)


def test_numbers_that_a_spreadsheet_gave_decimals_are_whole():
    (line,), rejects = read("rempli.csv", b"Identifiant\tDisponible\tPosition\n12.0\t3,0\t1 024.0\n")
    assert (line.unit, line.available, line.seen_position, rejects) == ("12", "3", 1024, [])


def test_a_line_without_identifier_and_number_is_skipped():
    assert read("u.csv", text("u;;3;", ";;;", ";;;Total")) == ([FilledLine(2, "u", "u", None, "3", "")], [])


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (";7;3;", "L'identifiant de l'unité manque ou a été modifié"),
        (f"{'x' * 101};7;3;", "L'identifiant de l'unité manque ou a été modifié"),
        ("u;sept;3;", "La colonne « Position » a été modifiée"),
        ("u;-1;3;", "La colonne « Position » a été modifiée"),
        ("u;9999999999999999999;3;", "La colonne « Position » a été modifiée"),
        ("u;7;3;;;trop", "plus de cellules que l'en-tête"),
        ('u;7;3;"sans fin', "Un guillemet ouvre une cellule"),
        (f"u;7;3;{'x' * 10_001}", "raccourcissez-la"),
    ],
)
def test_a_line_that_cannot_be_read_has_a_reason_and_does_not_stop_the_rest(line, why):
    filled, rejects = read("u.csv", text(line, "v;1;2;"))
    assert [one.unit for one in filled] == ["v"]
    assert why in rejects[0].reason


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "est vide"),
        (b"%PDF-1.7", "est un PDF"),
        (b"finess;nom;type\n", "n'a pas de colonne « identifiant », « disponible »"),
        (b"identifiant;disponible;Disponible\n", "plusieurs colonnes « disponible »"),
        (b"x" * (MAX_FILE_BYTES + 1), "dépasse 5 Mo"),
        (b"identifiant;disponible\n" + b"u;\n" * (MAX_LINES + 1), f"a plus de {MAX_LINES} lignes"),
        (b"identifiant;disponible\n" + b"u;1\n" * (MAX_NUMBERS + 1), f"a plus de {MAX_NUMBERS} nombres"),
    ],
)
def test_another_file_is_refused_with_what_to_give(data, why):
    with pytest.raises(BadFile, match=why):
        read("fichier.csv", data)


@given(rows=st.lists(st.lists(st.text(max_size=30), max_size=6), max_size=5))
def test_wild_cells_are_lines_or_rejects_and_none_is_lost_in_silence(rows):
    file = io.StringIO()
    csv.writer(file, delimiter=";", lineterminator="\n").writerows([["u", "7", "3", *row] for row in rows])
    data = (HEADER + "\n").encode() + file.getvalue().encode(errors="ignore")
    filled, rejects = read("u.csv", data)
    assert len(filled) + len(rejects) >= len(rows)
    for reject in rejects:
        assert reject.reason.endswith(".")


@given(content=st.binary(max_size=1_000), start=st.sampled_from([b"", b"identifiant;disponible\n", b"PK\x03\x04"]))
def test_no_bytes_whatever_raise_anything_but_bad_file(content, start):
    try:
        filled, rejects = read("u", start + content)
    except BadFile:
        return
    assert all(one.unit for one in filled)
    assert all(reject.reason for reject in rejects)
