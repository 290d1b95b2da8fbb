"""The form « Par fichier » of « Mise à jour »: preview, write and undo."""

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.delta_generator import DeltaGenerator

from ror.model.capacity import Counts
from ror.model.text import plain
from ror.services import file_turn as services_turn
from ror.services.availability.declare import DeclarationDraft, declare
from ror.services.file_turn import WAITING, file_turn
from tests.examples import page_examples
from tests.pages.conftest import as_read, texts
from tests.pages.widgets import press
from tests.region import BLANCHE, CAMILLE, CARDIAC, NURSING, RESUSCITATION, WARD, rows, write

HEADER = "Identifiant;Position;Disponible;Commentaire"
FILE = f"{HEADER}\n{WARD};;5;\n{CARDIAC};;2;Deux boxes\n{RESUSCITATION};;;\n{NURSING};;1;\n"


@pytest.fixture
def opened(page, region):
    """Open the page with the form unfolded, as a manager whose ward declared 5 beds."""
    write(region, WARD, 5, datetime.now(UTC) - timedelta(days=9))
    screen = page("mise_a_jour", "camille", unite=WARD)
    assert not screen.file_uploader
    screen.session_state["bulk"] = True
    screen = screen.run()
    assert not screen.exception
    return screen


def upload_file(screen, content, name="unites.csv"):
    data = content.encode() if isinstance(content, str) else content
    screen = screen.file_uploader[0].set_value((name, data, "text/csv")).run()
    assert not screen.exception
    return screen


def labels(screen):
    return [one.label for one in screen.button]


def states(screen):
    table = next(as_read(one.value) for one in screen.dataframe if "État" in one.value.columns)
    return dict(zip(table["Unité"], table["État"], strict=True))


def reasons(screen):
    table = next(as_read(one.value) for one in screen.dataframe if "État" in one.value.columns)
    return dict(zip(table["Unité"], table["Effet, ou motif du refus"], strict=True))


def numbers(screen):
    table = next(as_read(one.value) for one in screen.dataframe if "En retard" in one.value.columns)
    return dict(zip(table["Unité"], table["Disponible"], strict=True))


def test_the_folded_form_renders_none_of_its_content(page, region):
    screen = page("mise_a_jour", "camille", unite=WARD)
    assert [one.label for one in screen.expander].count("Par fichier : toutes vos unités à la fois") == 1
    assert not screen.file_uploader
    assert "donnez-le ici" not in texts(screen)


def test_a_file_is_previewed_line_by_line_without_writing_anything(opened, region):
    before = rows(region, "declaration")
    screen = upload_file(opened, FILE)
    assert "4 lignes lues</b> : 2 acceptées, 1 laissée telle quelle, 1 refusée. Rien n'est encore écrit." in texts(screen)
    assert states(screen) == {
        NURSING: "✕ Refusée",
        "Médecine interne": "✓ Acceptée",
        "Soins intensifs de cardiologie": "✓ Acceptée",
        "Réanimation": "○ Laissée",
    }
    assert "n'est pas dans votre périmètre" in reasons(screen)[NURSING]
    assert f"<b>{NURSING}</b> (ligne 5) : Cette unité n&#x27;est pas dans votre périmètre" in texts(screen)
    assert rows(region, "declaration") == before


def test_one_button_writes_the_accepted_lines_and_reports_their_number(opened, region):
    screen = press(upload_file(opened, FILE), "Enregistrer les 2 lignes acceptées")
    assert screen.success[0].value == (
        "2 unités enregistrées : 1 nouveau nombre, 1 confirmation. 1 ligne non enregistrée : 990940001-01 (ligne 5)."
    )
    shown = numbers(screen.run())
    assert (shown["Médecine interne"], shown["Soins intensifs de cardiologie"]) == ("5 lits", "2 lits")
    assert not any(label.startswith("Enregistrer les") for label in labels(screen))


def test_one_button_undoes_all_of_it(opened, region):
    screen = press(upload_file(opened, FILE), "Enregistrer les 2")
    screen = press(screen, "Annuler tout")
    assert screen.success[0].value == "Annulé : vos unités sont comme avant."
    shown = numbers(screen.run())
    assert shown["Médecine interne"] == "5 lits"
    assert shown["Soins intensifs de cardiologie"] != "2 lits"
    assert "Annuler tout" not in labels(screen)


def test_an_unusual_number_is_written_only_when_it_is_ticked(opened, region):
    screen = upload_file(opened, f"{HEADER}\n{WARD};;20;\n{CARDIAC};;2;\n")
    assert states(screen)["Médecine interne"] == "? À confirmer"
    assert "Enregistrer la ligne acceptée" in labels(screen)
    (box,) = screen.checkbox
    assert "Est-ce bien 20 ?" in box.label
    screen = box.check().run()
    screen = press(screen, "Enregistrer les 2 lignes acceptées")
    assert numbers(screen.run())["Médecine interne"] == "20 lits"


def test_a_declaration_after_the_preview_causes_a_new_preview_and_nothing_is_written(opened, region):
    screen = upload_file(opened, FILE)
    declare(region, BLANCHE, DeclarationDraft(WARD, Counts(3), seen_position=region.position), datetime.now(UTC))
    before = rows(region, "declaration")
    drawn = f"{HEADER}\n{WARD};1;5;\n{CARDIAC};;2;\n"
    screen = press(screen, "Enregistrer les 2")
    assert "Rien n'a été enregistré" in screen.error[0].value
    assert rows(region, "declaration") == before
    screen = upload_file(screen, drawn)
    assert "Blanche Modèle a déclaré 3 lits" in reasons(screen)["Médecine interne"]
    press(screen, "Enregistrer la ligne acceptée")
    assert len(rows(region, "declaration")) == len(before) + 1


def test_a_file_without_any_number_has_no_button(opened):
    screen = upload_file(opened, f"{HEADER}\n{WARD};;;\n")
    assert screen.info[0].value.startswith("Aucune ligne n'est à enregistrer")
    assert not any(label.startswith("Enregistrer l") for label in labels(screen))


def test_the_form_of_a_unit_that_was_written_shows_its_new_number(page, region):
    screen = page("mise_a_jour", "camille", unite=CARDIAC)
    screen.session_state["bulk"] = True
    screen = press(upload_file(screen.run(), FILE), "Enregistrer les 2").run()
    field = next(one for one in screen.text_input if one.label.startswith("Nombre de lits"))
    assert (field.value, screen.text_area[0].value) == ("2", "Deux boxes")
    assert not screen.warning


@pytest.mark.parametrize("content", [b"%PDF-1.7 wrong", b"", b"PK\x03\x04 wrong", b"x" * (5 * 2**20 + 1)])
def test_a_wrong_file_of_any_name_is_refused_with_a_sentence(opened, content):
    for name in ("../../etc/passwd", "**gras** <b>x</b>.csv", "é" * 300 + ".csv", "..", "\u202e\0.csv"):
        screen = upload_file(opened, content, name)
        assert screen.text_input(key="stored-file-bulk").value == plain(name)[-60:]
        assert len(screen.error) == 1, name
        assert "<b>" not in screen.error[0].value.replace("\\<", "")
        assert not any(label.startswith("Enregistrer l") for label in labels(screen))


def test_a_closed_session_renders_no_file_field(opened, region):
    with region.transaction() as transaction:
        transaction.cursor.execute("UPDATE session SET closed_at = opened_at")
    screen = opened.run()
    assert not screen.file_uploader
    assert CAMILLE.name not in texts(screen)


HEADS = (b"", b"PK\x03\x04", f"{HEADER}\n{WARD};;".encode(), f"{HEADER}\n".encode())


@page_examples()
@given(head=st.sampled_from(HEADS), body=st.binary(max_size=500))
def test_any_bytes_give_a_preview_or_a_sentence(opened, region, head, body):
    before = rows(region, "declaration")
    screen = upload_file(opened, head + body, "fichier")
    assert screen.error or "lues</b>" in texts(screen) or "ligne lue</b>" in texts(screen)
    assert rows(region, "declaration") == before


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
    screen = upload_file(opened, FILE)
    assert shown
    assert "lignes lues</b>" in texts(screen)
    assert WAITING not in texts(screen)


def test_a_file_that_waited_too_long_is_refused_with_a_sentence(opened, monkeypatch):
    monkeypatch.setattr(services_turn, "_STEP_SECONDS", 0.01)
    monkeypatch.setattr(services_turn, "PATIENCE_SECONDS", 0.02)
    with file_turn():
        screen = upload_file(opened, FILE)
    assert "réessayez dans quelques minutes" in screen.error[0].value
