"""The rows of a table file: the same cells, whatever the format, the encoding and the separator."""

import io
from itertools import islice

import openpyxl
import pytest

from ror.errors import BadFile
from ror.exchange.safe_file import Limits
from ror.exchange.table_rows import MAX_BLANK, Titles, columns_of, key, read_table

TITLES = Titles(("nom", "nombre"), ())
TABLE = [["Nom", "Nombre"], ["Médecine, aile nord", 3], [None, None], ["Été", 990100012.0]]
CELLS = [(2, ["Médecine, aile nord", "3"]), (4, ["Été", "990100012"])]


def read(data, limits=None):
    table = read_table("liste", io.BytesIO(data), "une liste", TITLES, limits or Limits())
    assert (table.columns, table.width) == ({"nom": 0, "nombre": 1}, 2)
    return [(number, cells) for number, cells, _ in table.rows]


def workbook(*sheets):
    """Build a workbook of sheets, each given as its state and its rows."""
    book, file = openpyxl.Workbook(), io.BytesIO()
    book.remove(book.active)
    for state, rows in sheets:
        sheet = book.create_sheet()
        sheet.sheet_state = state
        for row in rows:
            sheet.append(row)
    book.save(file)
    return file.getvalue()


def test_a_workbook_gives_its_sheet_with_the_numbers_of_its_lines():
    assert read(workbook(("visible", TABLE), ("visible", [["ailleurs"]]))) == CELLS


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_skipped_even_with_the_columns(state):
    other = [["Nom", "Nombre"], ["Brouillon", 9]]
    assert read(workbook((state, other), ("visible", TABLE))) == CELLS


@pytest.mark.parametrize("first", [[], [["Mode d'emploi"]], [["Nom"], ["Nombre"]], [["Nom", "Nombre", "nombre"]]])
def test_the_first_sheet_that_has_the_columns_is_read(first):
    assert read(workbook(("visible", first), ("visible", TABLE), ("visible", [["Nom", "Nombre"], ["Autre", 1]]))) == CELLS


def test_when_no_sheet_has_the_columns_the_message_lists_those_of_the_first_one():
    with pytest.raises(BadFile, match=r"« nom », « nombre »\. Colonnes trouvées : Mode d'emploi ;"):
        read(workbook(("hidden", TABLE), ("visible", [["Mode d'emploi"]]), ("visible", [["ailleurs"]])))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_a_csv_gives_the_same(encoding, end, separator):
    lines = ["Nom;Nombre", '"Médecine, aile nord";3', ";", "Été;990100012"]
    assert read(end.join(line.replace(";", separator) for line in lines).encode(encoding)) == CELLS


def test_the_line_that_gives_excel_the_separator_is_skipped():
    assert read(b"sep=,\nNom,Nombre\nAutre,3\n") == [(3, ["Autre", "3"])]


def test_columns_are_known_by_name_in_any_order_whatever_their_accents_and_case():
    positions = columns_of("liste", ["CAPACITÉ", "Étage", "nom"], ("nom", "lits"), ("etage", "absente"), {"capacite": "lits"})
    assert positions == {"nom": 2, "lits": 0, "etage": 1}
    assert key("Type de l'unité") == key("TYPE_DE_L_UNITE") == "typedelunite"


@pytest.mark.parametrize(
    ("header", "why"),
    [
        (
            ["", "nom", ""],
            r"n'a pas de colonne « lits »\. Colonnes trouvées : nom ; attendues : nom, lits.* sur une feuille visible\.",
        ),
        (["nom", "Nom", "lits"], "plusieurs"),
    ],
)
def test_a_column_missing_or_there_twice_is_named(header, why):
    with pytest.raises(BadFile, match=why):
        columns_of("liste", header, ("nom", "lits"), (), {})


# How much is read


class CountingFile(io.BytesIO):
    """A file that counts the bytes read since its last rewind, which follows the detection of its encoding."""

    count = 0

    def seek(self, *place):
        self.count = 0
        return super().seek(*place)

    def read(self, *size):
        data = super().read(*size)
        self.count += len(data)
        return data


def test_a_csv_is_read_as_its_lines_are_taken():
    file = CountingFile(b"nom;nombre\n" + b"Unite;1\n" * 500_000)
    table = read_table("liste", file, "une liste", TITLES, Limits())
    assert len(list(islice(table.rows, 1_000))) == 1_000
    assert 0 < file.count < 50_000


def test_the_titles_decide_before_the_lines_are_read():
    file = CountingFile(b"autre;chose\n" + b"Unite;1\n" * 500_000)
    with pytest.raises(BadFile, match="autre, chose"):
        read_table("liste", file, "une liste", TITLES, Limits())
    assert 0 < file.count < 50_000


@pytest.mark.parametrize("data", [b"nom;nombre\n" + b"a;1\n" * 6, workbook(("visible", [["nom", "nombre"]] + [["a", 1]] * 6))])
def test_reading_stops_at_the_limit_of_lines(data):
    assert len(read(data, Limits(lines=6))) == 6
    with pytest.raises(BadFile, match=r"« liste » a plus de 5 lignes : donnez-le en plusieurs fichiers\."):
        read(data, Limits(lines=5))


def test_lines_that_are_blank_do_not_count_as_long_as_a_spreadsheet_could_hold_them():
    assert read(b"nom;nombre\n" + b";\n" * 200_000 + b"a;1\n", Limits(lines=1)) == [(200_002, ["a", "1"])]
    with pytest.raises(BadFile, match="presque toutes vides"):
        read(b"nom;nombre\n" + b"\n" * MAX_BLANK)


def test_a_quote_that_is_never_closed_takes_its_own_line_alone():
    assert read(b'nom;nombre\n"a;1\nb;2\n') == [(2, []), (3, ["b", "2"])]
