"""The lines of a table file: the same cells, whatever the format, the encoding and the separator."""

import io

import openpyxl
import pytest

from ror.errors import BadFile
from ror.exchange.safe_file import Limits
from ror.exchange.table_rows import columns_of, key, rows

TABLE = [["Nom", "Nombre"], ["Médecine, aile nord", 3], [None, None], ["Été", 990100012.0]]
CELLS = [(1, ["Nom", "Nombre"]), (2, ["Médecine, aile nord", "3"]), (4, ["Été", "990100012"])]


def read(data):
    return [(number, cells) for number, cells, _ in rows("liste", data, "une liste", Limits())]


def test_a_workbook_gives_its_first_sheet_with_the_numbers_of_its_lines():
    book, file = openpyxl.Workbook(), io.BytesIO()
    for row in TABLE:
        book.active.append(row)
    book.create_sheet("Autre").append(["ailleurs"])
    book.save(file)
    assert read(file.getvalue()) == CELLS


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_a_csv_gives_the_same(encoding, end, separator):
    lines = ["Nom;Nombre", '"Médecine, aile nord";3', ";", "Été;990100012"]
    assert read(end.join(line.replace(";", separator) for line in lines).encode(encoding)) == CELLS


def test_the_line_that_tells_excel_the_separator_is_passed_over():
    assert read(b"sep=,\nNom,Nombre\n") == [(2, ["Nom", "Nombre"])]


def test_columns_are_known_by_name_in_any_order_whatever_their_accents_and_case():
    found = columns_of("liste", ["CAPACITÉ", "Étage", "nom"], ("nom", "lits"), ("etage", "absente"), {"capacite": "lits"})
    assert found == {"nom": 2, "lits": 0, "etage": 1}
    assert key("Type de l'unité") == key("TYPE_DE_L_UNITE") == "typedelunite"


@pytest.mark.parametrize(
    ("header", "why"),
    [
        (
            ["", "nom", ""],
            r"n'a pas de colonne « lits »\. Colonnes trouvées : nom ; attendues : nom, lits.* première feuille\.",
        ),
        (["nom", "Nom", "lits"], "plusieurs"),
    ],
)
def test_a_column_missing_or_there_twice_is_named(header, why):
    with pytest.raises(BadFile, match=why):
        columns_of("liste", header, ("nom", "lits"), (), {})
