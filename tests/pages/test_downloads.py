"""The files of the download buttons: the table as it is filtered, and its description."""

from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import openpyxl
import pytest
from pypdf import PdfReader

from ror.model.capacity import Counts
from ror.model.declaration import EventKind
from ror.services import journal
from ror.services.availability.declare import DeclarationDraft, declare
from ror.store import declarations
from ror.web import session, share
from tests.pages.conftest import texts
from tests.pages.widgets import field
from tests.region import BLANCHE, BY_ID, CAMILLE, CLINIC, DAY_HOSPITAL, HOSPITAL, NURSING, RESUSCITATION, WARD, write

CSV, EXCEL, REPORT = "Télécharger (CSV)", "Télécharger (Excel)", "Rapport de situation (PDF)"


@pytest.fixture
def files(monkeypatch):
    """Return a list that gets, for each download button drawn, the function that creates its file."""
    files, deferred_file = [], session.deferred_file

    def recorded(*arguments):
        files.append(deferred_file(*arguments))
        return files[-1]

    monkeypatch.setattr(session, "deferred_file", recorded)
    return files


@pytest.fixture
def filled(region):
    write(region, RESUSCITATION, 2, datetime.now(UTC) - timedelta(minutes=5))
    write(region, WARD, 4, datetime.now(UTC) - timedelta(hours=30), comment="=1+1")
    write(region, NURSING, 5, datetime.now(UTC) - timedelta(hours=5))
    return region


def labels(screen):
    return [button.proto.label for button in screen.get("download_button")]


def journalled_exports(db):
    read = journal.read(db, None, journal.JournalQuery(acts=("export",)), datetime.now(UTC)).to_pylist()
    return [line["subject"] for line in read]


def open_workbook(file):
    return openpyxl.load_workbook(BytesIO(file()))


def about(file):
    return {str(row[0]): str(row[1]) for row in open_workbook(file)["À propos"].iter_rows(max_col=2, values_only=True)}


@pytest.mark.parametrize(
    ("name", "login", "address", "expected"),
    [
        ("departements", "coralie", {}, [CSV, EXCEL]),
        ("departements", "coralie", {"departement": "94"}, [CSV, EXCEL]),
        ("departements", "dominique", {"departement": "94"}, []),
        ("structures", "coralie", {"q": "canal"}, [CSV, EXCEL]),
        ("structures", "coralie", {"structure": HOSPITAL, "unite": WARD}, [CSV, EXCEL, CSV, EXCEL]),
        ("structures", "dominique", {"structure": HOSPITAL, "unite": WARD}, []),
        ("mise_a_jour", "camille", {"unite": WARD}, [CSV, EXCEL]),
    ],
)
def test_each_table_has_its_two_formats_for_those_who_have_the_right(page, filled, name, login, address, expected):
    assert labels(page(name, login, **address)) == expected
    assert journalled_exports(filled) == [], "a file is made when its button is pressed, and not before"


def test_a_workbook_has_the_filtered_rows_and_names_the_filters(page, filled, files):
    screen = page("departements", "coralie")
    screen.number_input(key="mini").set_value(3).run()
    csv, workbook = files[-2:]
    sheet = open_workbook(workbook).worksheets[0]
    names = [cell.value for cell in sheet[1]]
    rows = {row[0]: dict(zip(names, row, strict=True)) for row in sheet.iter_rows(min_row=2, values_only=True)}
    assert (rows["75 Paris"]["Lits"], rows["94 Val-de-Marne"]["Places"]) == (4, 5)
    assert "À jour (%)" in names
    assert "Répartition par âge" not in names
    assert about(workbook)["Filtre : Disponibles, au moins"] == "3"
    assert csv().decode("utf-8-sig").splitlines()[0].split(";") == names
    assert journalled_exports(filled) == ["file:departements"] * 3


def test_the_sheet_and_the_history_of_a_structure_are_workbooks_that_name_it(page, filled, files):
    page("structures", "coralie", structure=HOSPITAL, unite=WARD)
    _, units, _, history = files
    assert {row[1] for row in open_workbook(units).worksheets[0].iter_rows(min_row=2, values_only=True)} >= {"Médecine interne"}
    assert open_workbook(units).worksheets[0].title == "Hôpital fictif des Tilleuls"
    assert about(history)["Filtre : Structure"] == "Hôpital fictif des Tilleuls"
    assert [cell.value for cell in open_workbook(history).worksheets[0]["D"]] == ["Commentaire", "=1+1"]


def test_the_file_of_a_structure_has_the_values_of_its_sheet(page, filled, files):
    write(filled, DAY_HOSPITAL, 0, datetime.now(UTC), kind=EventKind.CLOSED, closed_until=date(2999, 12, 31))
    page("structures", "coralie", structure=HOSPITAL)
    names, *rows = open_workbook(files[1]).worksheets[0].iter_rows(values_only=True)
    by_unit = {row["Unité"]: row for row in (dict(zip(names, row, strict=True)) for row in rows)}
    assert by_unit["Médecine interne"]["Installés"] == BY_ID[WARD].installed
    assert by_unit[BY_ID[DAY_HOSPITAL].name]["Fermée jusqu'au"] == datetime(2999, 12, 31)
    assert by_unit["Médecine interne"]["Fermée jusqu'au"] is None


def test_the_files_of_units_and_of_a_history_have_every_count(page, filled, files):
    counts = Counts(4, occupied=15, reserved=1, closed=0, supplementary=2)
    write(filled, WARD, 4, datetime.now(UTC) - timedelta(hours=1), counts=counts)
    page("structures", "coralie", structure=HOSPITAL, unite=WARD)
    for file in (files[1], files[3]):
        names, *rows = open_workbook(file).worksheets[0].iter_rows(values_only=True)
        records = [dict(zip(names, row, strict=True)) for row in rows]
        line = next(row for row in records if row["Occupés"] is not None)
        assert [line[name] for name in ("Disponible", "Occupés", "Réservés", "Fermés", "Supplémentaires")] == [4, 15, 1, 0, 2]


def test_a_truncated_table_has_a_note(page, filled, files, monkeypatch):
    monkeypatch.setattr("ror.services.availability.consult.MAX_RESULTS", 2)
    page("structures", "coralie", q="fictif")
    assert about(files[-1])["Filtre : Lignes"] == "les 2 premières seulement"


def test_a_file_names_the_search_of_its_table(page, filled, files):
    page("structures", "coralie", q="saules")
    assert about(files[-1])["Filtre : Recherche"] == "saules"
    assert CLINIC in {cell.value for cell in open_workbook(files[-1]).worksheets[0]["H"]}


def test_a_manager_downloads_its_own_units(page, filled, files):
    page("mise_a_jour", "camille", unite=WARD)
    assert open_workbook(files[-1]).worksheets[0].max_row == 6
    assert journalled_exports(filled) == ["file:mes-unites"]


def test_the_number_of_a_manager_s_unit_is_a_number_in_its_file(page, filled, files):
    page("mise_a_jour", "camille", unite=WARD)
    csv, workbook = files[-2:]
    names, *rows = open_workbook(workbook).worksheets[0].iter_rows(values_only=True)
    by_unit = {
        row["Unité"]: (row["Disponible"], row["Lit ou place"]) for row in (dict(zip(names, row, strict=True)) for row in rows)
    }
    assert by_unit["Médecine interne"] == (4, "lit")
    assert ";4;lit;" in csv().decode()


def test_the_structures_of_a_departement_are_a_file_that_names_it(page, filled, files):
    page("departements", "coralie", departement="94")
    files[-1]()
    assert journalled_exports(filled) == ["file:structures-94"]


def shared_files(screen, files):
    """Open « Partager » on a screen and return the files of its buttons by their labels."""
    screen.session_state[share.POPOVER] = True
    shown = labels(screen.run())
    return dict(zip(shown, files[-len(shown) :], strict=True))


def test_the_report_has_the_filtered_units_of_the_departement(page, filled, files):
    screen = page("departements", "coralie", departement="94", nature="Lits")
    report = shared_files(screen, files)[REPORT]
    text = " ".join(" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(report())).pages)
    assert "Val-de-Marne (94)" in text
    assert "Filtre - Lit ou place : lits seulement" in text
    assert journalled_exports(filled) == ["file:situation-94"]


def test_a_refused_download_has_its_sentence_in_the_format_of_the_file(page, filled, files):
    refusals = shared_files(page("departements", "coralie", departement="94"), files)
    with filled.transaction() as transaction:
        transaction.cursor.execute("UPDATE account_role SET role = 'professional' WHERE account = 'coralie'")
    assert refusals[CSV]().decode().startswith("Votre compte ne permet pas de télécharger")
    assert str(open_workbook(refusals[EXCEL]).worksheets[0]["A1"].value).startswith("Votre compte ne permet pas de télécharger")
    assert "ce droit est celui des coordonnateurs" in PdfReader(BytesIO(refusals[REPORT]())).pages[0].extract_text()


def test_the_workbook_of_the_journal_has_seconds_and_the_criteria(page, filled, files):
    page("departements", "coralie")
    files[-1]()
    screen = page("administration", "adele", volet="Journal", actes="Téléchargement")
    assert labels(screen) == [CSV, EXCEL]
    assert about(files[-1])["Filtre : Actes"] == "Téléchargement"
    sheet = open_workbook(files[-1]).worksheets[0]
    assert [cell.value for cell in sheet[1]][-2:] == ["Compte", "Référence"]
    assert sheet["B2"].number_format == "dd/mm/yyyy hh:mm:ss"
    assert [sheet["M2"].value, sheet["M3"].value] == ["journal", "file:departements"]
    assert journalled_exports(filled) == ["journal", "journal", "file:departements"]


def test_who_changed_a_number_is_found_by_names_that_never_stand_in_the_address_and_downloaded(page, filled, files):
    for account, unit in ((CAMILLE, WARD), (BLANCHE, RESUSCITATION)):
        with filled.reader() as cursor:
            seen = declarations.latest(cursor, [unit])[-1].position
        declare(filled, account, DeclarationDraft(unit, Counts(3), seen_position=seen), datetime.now(UTC))
    screen = page("administration", "adele", volet="Journal", actes="Mise à jour")
    assert "2 lignes. Les heures sont celles de Paris." in texts(screen)
    screen = field(screen, "Unité, structure ou personne").set_value("MEDECINE tilleuls camille").run()
    assert "1 ligne. Les heures sont celles de Paris." in texts(screen)
    assert "tilleuls" not in str(screen.query_params).lower()
    assert labels(screen) == [CSV, EXCEL]
    (_, line) = files[-2]().decode("utf-8-sig").splitlines()
    assert "Camille Exemple" in line
    assert ";unité Médecine interne;Hôpital fictif des Tilleuls;4 → 3 lits;" in line
