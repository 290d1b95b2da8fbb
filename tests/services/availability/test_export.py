from io import BytesIO

import openpyxl
import pyarrow as pa
import pytest

from ror.errors import Forbidden
from ror.model.filters import Filters
from ror.model.rights import Action
from ror.services import journal
from ror.services.availability.export import about, table_csv, table_workbook
from ror.settings import settings
from tests.region import ADELE, CAMILLE, CORALIE, DOMINIQUE, NOW

pytestmark = pytest.mark.usefixtures("region")

TABLE = pa.table({"Unité": ["Médecine", "=1+1"], "Lits": [3, 4]})


def lines(db):
    read = journal.read(db, None, journal.JournalQuery(), NOW).to_pylist()
    return [(line["act"], line["outcome"], line["actor"], line["subject"], line["after"]) for line in read]


def test_a_coordinator_exports_a_table_and_the_export_is_journalled(db):
    file = table_csv(db, CORALIE, Action.EXPORT, "unites-94", TABLE, NOW)
    assert file.decode("utf-8-sig").splitlines() == ["Unité;Lits", "Médecine;3", "'=1+1;4"]
    assert lines(db) == [("export", "done", "coralie", "file:unites-94", '{"lines": 2}')]


@pytest.mark.parametrize("account", [CAMILLE, DOMINIQUE, ADELE], ids=["manager", "professional", "administrator"])
def test_nobody_else_does_and_the_refusal_is_journalled(db, account):
    with pytest.raises(Forbidden):
        table_csv(db, account, Action.EXPORT, "unites-94", TABLE, NOW)
    assert lines(db) == [("export", "refused", account.id, "file:unites-94", "")]


def test_a_manager_exports_the_list_of_its_own_units(db):
    assert table_csv(db, CAMILLE, Action.DECLARE, "mes-unites", TABLE, NOW)


def test_a_workbook_has_the_table_and_its_description(db, monkeypatch):
    monkeypatch.setenv("ROR_DEMO", "1")
    settings.cache_clear()
    described = about("Unités", NOW, Filters(at_least=2), (("Recherche", "médecine"),))
    book = openpyxl.load_workbook(BytesIO(table_workbook(db, CORALIE, Action.EXPORT, "unites-94", TABLE, described, NOW)))
    assert [cell.value for cell in book.worksheets[0]["A"]] == ["Unité", "Médecine", "=1+1"]
    description = {row[0]: row[1] for row in book["À propos"].iter_rows(values_only=True)}
    assert description["Filtre : Recherche"] == "médecine"
    assert description["Filtre : Disponibles, au moins"] == "2"
    assert "Démonstration - données fictives" in description
    assert lines(db) == [("export", "done", "coralie", "file:unites-94", '{"lines": 2}')]


def test_a_workbook_is_refused_like_a_csv_file(db):
    with pytest.raises(Forbidden):
        table_workbook(db, CAMILLE, Action.EXPORT, "unites-94", TABLE, about("Unités", NOW), NOW)
