"""The section « Import » of « Administration »: the preview of a file, its import, and refusals."""

import gzip
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.delta_generator import DeltaGenerator

from ror.model.text import plain
from ror.services import file_turn as services_turn
from ror.services.file_turn import WAITING, file_turn
from ror.services.registry import edit
from ror.store import registry, registry_changes
from tests.examples import slow_examples
from tests.outline_files import EAST, WEST, feature, geojson
from tests.pages.conftest import texts
from tests.pages.widgets import press
from tests.region import ADELE, CLOSED_UNIT, HOSPITAL, NOW, WARD, rows

UNITS = "Unités (liste CSV ou XLSX)"
DAILY = Path(__file__).parents[2] / "docs" / "example" / "finess-structures-journalier.json"
FINESS_KIND = "Structures (fichier FINESS)"
FINESS = Path(__file__).parents[1] / "exchange" / "files" / "finess-cs1100507-fictif.csv"
TABLES = ("legal_entity", "structure", "unit", "registry_change")
LIST = f"""finess;nom;type;places_installees;identifiant
{HOSPITAL};Médecine polyvalente;16;21;{WARD}
{HOSPITAL};Neuve;16;4;
990999999;=cmd|calc;16;;
"""


@pytest.fixture
def opened(page, region):
    """Open the section as an administrator."""
    screen = page("administration", "adele", volet="Import")
    assert not screen.exception
    return screen


def upload_file(screen, content, name="unites.csv", kind=UNITS):
    screen = screen.radio[0].set_value(kind).run()
    screen = screen.file_uploader[0].set_value((name, content, "text/csv")).run()
    assert not screen.exception
    return screen


def labels(screen):
    return [one.label for one in screen.button]


def button_key(screen):
    return next(one.key for one in screen.button if one.label == "Importer")


def stored_rows(db):
    return [rows(db, table) for table in TABLES]


def column(screen, name):
    return [value for one in screen.dataframe if name in one.value.columns for value in one.value[name]]


def test_a_file_is_previewed_field_by_field_without_writing_anything(opened, region):
    before = stored_rows(region)
    screen = upload_file(opened, LIST.encode())
    assert "3 lignes lues</b> : 1 créée, 1 modifiée, 0 inchangée, 1 refusée" in texts(screen)
    changes = zip(*(column(screen, name) for name in ("Champ", "Avant", "Après")), strict=True)
    assert list(changes) == [("Nom", "Médecine interne", "Médecine polyvalente"), ("Installés", "20", "21")]
    assert column(screen, "Ligne") == [4]
    assert "990999999 est inconnue" in column(screen, "Motif")[0]
    assert stored_rows(region) == before


def test_an_invalid_telephone_gets_a_remark_and_removes_no_number(opened, region):
    content = f"finess;nom;type;telephone;identifiant\n{HOSPITAL};Médecine interne;16;voir standard;{WARD}\n"
    screen = upload_file(opened, content.encode())
    assert "0 créée, 0 modifiée, 1 inchangée, 0 refusée, 1 remarque" in texts(screen)
    assert "« voir standard » n'est pas un téléphone" in column(screen, "Motif")[0]


def test_importing_writes_the_preview_and_reports_its_counts(opened, region):
    screen = press(upload_file(opened, LIST.encode()), "Importer")
    assert screen.success[0].value.startswith("Import terminé : 1 créée, 1 modifiée, 0 inchangée ; 1 ligne refusée")
    with region.reader() as cursor:
        assert registry.unit_entry(cursor, f"{HOSPITAL}-neuve").installed == 4
        assert registry.unit_entry(cursor, CLOSED_UNIT).closed
    assert "Importer" not in labels(screen)


def test_the_national_file_is_imported(opened, region):
    screen = upload_file(opened, FINESS.read_bytes(), "finess.csv", "Structures (fichier FINESS)")
    assert "9 lignes lues</b> : 9 créées" in texts(screen)
    press(screen, "Importer")
    assert len(rows(region, "structure")) == 14


def test_the_compressed_daily_file_is_previewed_with_its_ignored_entries(opened, region):
    text = DAILY.read_text("utf-8").replace('"gcc": []', '"gcc": [{}, {}]').replace("48.54", "43.28")
    screen = upload_file(opened, gzip.compress(text.encode()), "finess-structures-journalier.json.gz", FINESS_KIND)
    assert "1 ligne lue</b> : 1 créée, 0 modifiée, 0 inchangée, 0 refusée, 1 remarque" in texts(screen)
    assert any("laissées de côté : 2 dans « gcc »" in caption.value for caption in screen.caption)
    assert "hors du département Seine-et-Marne" in column(screen, "Motif")[0]
    press(screen, "Importer")
    assert len(rows(region, "structure")) == 6


def test_a_registry_that_changed_since_the_preview_causes_a_new_preview(opened, region):
    screen = upload_file(opened, LIST.encode())
    with region.reader() as cursor:
        drawn = registry.unit_entry(cursor, WARD)
    typed = edit.TypedUnit("Médecine polyvalente", "16", "20", drawn.telephone)
    edit.edit_unit(region, ADELE, drawn, typed, NOW)
    first = button_key(screen)
    screen = press(screen, "Importer")
    assert "changé depuis l'aperçu" in screen.error[0].value
    # The second click of a double click presses what is no longer there.
    assert button_key(screen) != first
    assert column(screen, "Champ") == ["Installés"]
    assert "Import terminé" in press(screen, "Importer").success[0].value


def test_a_file_that_changes_nothing_cannot_be_imported(opened):
    screen = press(upload_file(opened, LIST.encode()), "Importer")
    screen = upload_file(screen, LIST.encode())
    assert "ne change rien" in screen.info[0].value
    assert "Importer" not in labels(screen)


@pytest.mark.parametrize("kind", [UNITS, "Structures (fichier FINESS)"])
def test_a_wrong_file_of_any_name_is_refused_with_a_sentence(opened, region, kind):
    for name in ("../../etc/passwd", "**gras** <b>x</b>.csv", "é" * 300 + ".csv", "..", "\u202e\0.csv"):
        screen = upload_file(opened, b"%PDF-1.7 wrong", name, kind)
        assert screen.text_input(key="stored-file-import").value == plain(name)[-60:]
        assert len(screen.error) == 1, name
        assert "<b>" not in screen.error[0].value.replace("\\<", "")
        assert "Importer" not in labels(screen)


def test_a_file_over_the_limit_is_refused_with_a_sentence(opened, region):
    screen = upload_file(opened, b"x" * (21 * 2**20))
    assert "dépasse 20 Mo" in screen.error[0].value


def test_nothing_is_imported_into_the_demonstration(page, region):
    with region.transaction() as transaction:
        registry_changes.record_change(transaction, registry_changes.DEMONSTRATION, NOW)
    screen = page("administration", "adele", volet="Import")
    assert "contient la démonstration" in screen.info[0].value
    assert not screen.file_uploader


wild = slow_examples(50)
HEADS = (b"", b"PK\x03\x04", b"finess;etalab;93;2026-03-10\nstructureet;", b"finess;nom;type\n990750001;")


@wild
@given(head=st.sampled_from(HEADS), body=st.binary(max_size=500), kind=st.sampled_from([UNITS, "Structures (fichier FINESS)"]))
def test_any_bytes_give_a_preview_or_a_sentence(opened, region, head, body, kind):
    before = stored_rows(region)
    screen = upload_file(opened, head + body, "fichier", kind)
    assert screen.error or "lues" in texts(screen) or "ligne lue" in texts(screen)
    assert stored_rows(region) == before


def test_a_file_that_waits_for_another_is_announced_then_read(opened, monkeypatch):
    shown, turn = [], ExitStack()
    turn.enter_context(file_turn())
    enqueue = DeltaGenerator._enqueue

    def watched(place, kind, proto, *others, **more):
        if WAITING in str(proto):
            shown.append(kind)
            turn.close()
        return enqueue(place, kind, proto, *others, **more)

    monkeypatch.setattr(DeltaGenerator, "_enqueue", watched)
    screen = upload_file(opened, LIST.encode())
    assert shown
    assert "lignes lues</b>" in texts(screen)
    assert WAITING not in texts(screen)


def test_a_file_that_waited_too_long_is_refused_with_a_sentence(opened, monkeypatch):
    monkeypatch.setattr(services_turn, "_STEP_SECONDS", 0.01)
    monkeypatch.setattr(services_turn, "PATIENCE_SECONDS", 0.02)
    with file_turn():
        screen = upload_file(opened, LIST.encode())
    assert "réessayez dans quelques minutes" in screen.error[0].value


OUTLINES_KIND = "Contours des cartes (GeoJSON ou TopoJSON)"


def test_outlines_are_previewed_then_imported_then_forgotten(opened, region):
    screen = upload_file(opened, geojson(), "contours.geojson", OUTLINES_KIND)
    assert f"2 départements</b> : {len(WEST) + len(EAST)} sommets dans le fichier" in texts(screen)
    assert "0 structure sur 1 hors du contour de leur département. Rien n'est encore écrit." in texts(screen)
    assert rows(region, "outline") == []
    screen = press(screen, "Importer")
    assert "Contours importés : 2 départements." in screen.success[0].value
    assert "Contours importés : départements." in texts(screen)
    assert {row[1] for row in rows(region, "outline")} == {"75", "92"}
    screen = press(screen, "Revenir aux contours d'origine")
    assert "de nouveau les contours d'origine" in screen.success[0].value
    assert rows(region, "outline") == []
    assert "Revenir aux contours d'origine" not in labels(screen)


def test_structures_outside_their_outline_are_in_a_table(opened, region):
    west = [(2.14, 48.78), (2.34, 48.78), (2.34, 48.86), (2.352, 48.87), (2.14, 48.94), (2.14, 48.78)]
    screen = upload_file(opened, geojson(feature({"code": "75"}, west)), "contours.geojson", OUTLINES_KIND)
    assert column(screen, "FINESS") == [HOSPITAL]
    assert column(screen, "Distance (km)") == [pytest.approx(1.46, abs=0.05)]
    assert "Importer" in labels(screen)


def test_a_file_that_has_no_outlines_is_refused_beside_it(opened, region):
    screen = upload_file(opened, b"nom;code\n", "contours.csv", OUTLINES_KIND)
    assert "« contours.csv » n'est pas un fichier de contours" in screen.error[0].value
    assert "Importer" not in labels(screen)


def test_the_demonstration_takes_outlines(page, region):
    with region.transaction() as transaction:
        registry_changes.record_change(transaction, registry_changes.DEMONSTRATION, NOW)
    screen = page("administration", "adele", volet="Import")
    screen = upload_file(screen, geojson(), "contours.geojson", OUTLINES_KIND)
    assert "Contours importés" in press(screen, "Importer").success[0].value
