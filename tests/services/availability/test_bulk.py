"""Declaring by file: what each line would do, then all of them in one transaction or none."""

import io
import json
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta

import openpyxl
import pytest

from ror.errors import BadFile, ConfirmationNeeded, Forbidden, NotFound, Outdated, Refused
from ror.model.capacity import Counts
from ror.model.count_parts import sex_parts
from ror.model.declaration import EventKind
from ror.model.filters import Filters
from ror.model.journal import Act, Outcome
from ror.model.rights import Perimeter
from ror.services import journal
from ror.services.availability import bulk, consult
from ror.services.availability.bulk import DeclarationLineState
from ror.services.availability.declarable_unit import UnitHistories, authorize_unit
from ror.services.availability.declare import DeclarationDraft, close_until, declare, declare_in
from ror.services.availability.mask import mask
from ror.settings import ROOT
from ror.store import declarations
from ror.store import journal as journal_lines
from ror.store.engine.database import Database
from tests.region import (
    ADELE,
    BLANCHE,
    CAMILLE,
    CARDIAC,
    CLOSED_UNIT,
    DAY_HOSPITAL,
    DOMINIQUE,
    NOW,
    NURSING,
    REHABILITATION,
    RESUSCITATION,
    WARD,
    board_rows,
    change_unit,
    history,
    only_on_a_file,
    rows,
    store_account,
    write,
)

pytestmark = pytest.mark.usefixtures("region")

MINUTE = timedelta(minutes=1)
HEADER = "Identifiant;Position;Disponible;Commentaire"


def view(db, at=NOW, account=CAMILLE):
    return consult.view(db, consult.current(db, account), Filters(), at)


def previewed(db, *lines, by=CAMILLE, at=NOW, header=HEADER):
    """Return the preview of an uploaded CSV."""
    data = "\n".join((header, *lines)).encode()
    return bulk.preview(db, by, view(db, at, by), "fichier.csv", data, at)


def only(db, line, **others):
    (preview_line,) = previewed(db, line, **others)
    return preview_line


def written(db, *lines, by=CAMILLE, at=NOW):
    """Write an uploaded file, unusual numbers confirmed."""
    return bulk.write(db, by, previewed(db, *lines, by=by, at=at), at)


def stored(db):
    return rows(db, "declaration"), rows(db, "journal")


def acts(db):
    """Return the last lines of the journal, as (act, outcome, subject)."""
    with db.reader() as cursor:
        return [(line.act, line.outcome, line.subject) for line, _ in journal_lines.in_order(cursor)]


# The file to fill in


def sheet(db, account=CAMILLE):
    data = bulk.export_file(db, account, view(db, account=account), NOW)
    head, *lines = openpyxl.load_workbook(io.BytesIO(data))["Mes unités"].iter_rows(values_only=True)
    return [dict(zip(head, line, strict=True)) for line in lines]


def test_the_file_holds_the_open_units_of_the_perimeter_with_their_last_number(db):
    event = write(db, WARD, 5, NOW - 20 * MINUTE, comment="Aile nord")
    lines = {line["Identifiant"]: line for line in sheet(db)}
    assert lines.keys() == {RESUSCITATION, WARD, DAY_HOSPITAL, CARDIAC, REHABILITATION}
    ward = lines[WARD]
    assert (ward["Dernier nombre"], ward["Âge"], ward["Position"]) == (5, "● moins d'1 h", event.position)
    assert (ward["Commentaire"], ward["Disponible"], ward["Installés"]) == ("Aile nord", None, 20)
    assert CLOSED_UNIT not in {line["Identifiant"] for line in sheet(db, BLANCHE)}


def test_the_lines_of_the_file_are_in_the_order_of_structures_then_of_units(db):
    assert [line["Identifiant"] for line in sheet(db)] == [REHABILITATION, CARDIAC, DAY_HOSPITAL, WARD, RESUSCITATION]


def test_the_export_of_the_file_is_journalled_with_its_number_of_lines(db):
    sheet(db)
    assert acts(db)[-1] == (Act.EXPORT, Outcome.DONE, "file:declaration-par-fichier")
    (line,) = journal.read(db, None, journal.JournalQuery(), NOW).to_pylist()
    assert json.loads(line["after"]) == {"lines": 5}


def test_a_filled_file_is_read_and_written_to_the_board(db):
    data = bulk.export_file(db, CAMILLE, view(db), NOW)
    book, file = openpyxl.load_workbook(io.BytesIO(data)), io.BytesIO()
    for row in book["Mes unités"].iter_rows(min_row=2):
        row[7].value = 2
    book.save(file)
    lines = bulk.preview(db, CAMILLE, view(db), "fichier.xlsx", file.getvalue(), NOW)
    assert {line.state for line in lines} == {DeclarationLineState.ACCEPTED}
    assert len(bulk.write(db, CAMILLE, lines, NOW)) == 5
    assert [board_rows(db)[unit]["available"] for unit in (WARD, CARDIAC, DAY_HOSPITAL)] == [2, 2, 2]


# The preview


def test_a_preview_writes_and_publishes_nothing(db, published_changes):
    write(db, WARD, 5)
    before = stored(db)
    previewed(db, f"{WARD};;6;", f"{CARDIAC};;;", f"{NURSING};;1;", "inconnue;;1;")
    assert (stored(db), published_changes) == (before, [])


def test_a_new_number_is_accepted_with_what_it_replaces(db):
    write(db, WARD, 5)
    line = only(db, f"{WARD};;6;")
    assert (line.state, line.before, line.after, line.detail) == (
        DeclarationLineState.ACCEPTED,
        "5 lits",
        "6 lits",
        "Nouveau nombre",
    )
    assert (line.name, line.structure) == ("Médecine interne", "Hôpital fictif des Tilleuls")


def test_numbers_by_sex_are_optional_columns(db):
    header = f"{HEADER};Dont femmes;Dont hommes;Dont indifférents"
    write(db, WARD, 5, NOW - MINUTE)
    line = only(db, f"{WARD};;5;;2;;1", header=header)
    assert (line.state, line.confirms) == (DeclarationLineState.ACCEPTED, False)
    (event,) = bulk.write(db, CAMILLE, [line], NOW)
    assert event.counts == Counts(5, parts=tuple(part for part in sex_parts({"women": 2, "either": 1}) if part.number))
    assert only(db, f"{WARD};;5;;;;", header=header).confirms
    for typed, reason in (("5;;4;2;", "font 6 ensemble"), ("5;;x;;", "« femmes »"), (";;1;;", "tapez-le aussi")):
        refused = only(db, f"{WARD};;{typed}", header=header)
        assert refused.state is DeclarationLineState.REFUSED
        assert reason in refused.detail


def test_an_empty_cell_leaves_the_unit_as_it_is(db):
    write(db, WARD, 5)
    line = only(db, f"{WARD};;;")
    assert (line.state, line.draft) == (DeclarationLineState.UNTOUCHED, None)


@pytest.mark.parametrize("comment", ["Aile  nord ", None])
def test_the_same_number_and_comment_confirm(db, comment):
    last = write(db, WARD, 5, NOW - timedelta(days=9), comment="Aile\nnord")
    lines = [f"{WARD};{last.position};5" + ("" if comment is None else f";{comment}")]
    header = HEADER if comment is not None else "Identifiant;Position;Disponible"
    (line,) = previewed(db, *lines, header=header)
    assert (line.state, line.confirms, line.detail) == (DeclarationLineState.ACCEPTED, True, "Confirme le même nombre")
    (event,) = bulk.write(db, CAMILLE, [line], NOW)
    assert (event.kind, event.comment, event.acts_on) == (EventKind.CONFIRMED, "Aile\nnord", last.position)
    assert history(db, WARD) == [("declared", 5), ("confirmed", 5)]


def test_another_comment_goes_with_the_same_number_and_an_emptied_one_goes_away(db):
    write(db, WARD, 5, comment="Aile nord")
    assert written(db, f"{WARD};;5;Aile sud")[0].comment == "Aile sud"
    assert written(db, f"{WARD};;5;")[0].comment == ""


def test_the_preview_shows_the_comment_that_a_line_writes_or_removes(db):
    write(db, WARD, 5, comment="Aile nord")
    assert only(db, f"{WARD};;5;Aile sud").detail == "Nombre et commentaire « Aile sud »"
    assert only(db, f"{WARD};;6;{'x' * 60}").detail == f"Nombre et commentaire « {'x' * 60} »"
    assert only(db, f"{WARD};;6;{'x' * 61}").detail == f"Nombre et commentaire « {'x' * 60}… »"
    assert only(db, f"{WARD};;6;").detail == "Nombre, et commentaire retiré"


def test_a_comment_without_a_number_is_refused_so_that_it_is_not_lost(db):
    write(db, WARD, 5, comment="Aile nord")
    assert "tapez aussi le nombre" in only(db, f"{WARD};;;Aile sud").detail
    assert only(db, f"{WARD};;;Aile nord").state is DeclarationLineState.UNTOUCHED


def test_an_unusual_number_is_to_confirm_and_written_once_confirmed(db):
    write(db, WARD, 1)
    line = only(db, f"{WARD};;18;")
    assert (line.state, "Est-ce bien 18 ?" in line.detail) == (DeclarationLineState.TO_CONFIRM, True)
    (event,) = bulk.write(db, CAMILLE, [line], NOW)
    assert event.counts.available == 18


def test_a_number_reopens_a_unit_that_was_closed_for_a_time_and_zero_leaves_it_closed(db):
    close_until(db, CAMILLE, WARD, date(2026, 12, 1), "", 0, NOW)
    assert only(db, f"{WARD};;3;").detail == "Rouvre l'unité, fermée jusqu'au 01/12/2026"
    (event,) = written(db, f"{WARD};;0;")
    assert (event.kind, event.closed_until) == (EventKind.CONFIRMED, date(2026, 12, 1))
    assert only(db, f"{WARD};;3;", at=NOW + timedelta(days=9)).detail == "Nouveau nombre"


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("-3", "un nombre entier, 0 ou plus"),
        ("3,7", "un nombre entier, 0 ou plus"),
        ("trois", "un nombre entier, 0 ou plus"),
        ("=2+1", "un nombre entier, 0 ou plus"),
        ("#DIV/0!", "un nombre entier, 0 ou plus"),
        ("123456", "dépasse 9999"),
        ("21", "L'unité compte 20 lits : elle ne peut pas en offrir 21"),
    ],
)
def test_an_impossible_number_is_refused_with_the_sentence_of_the_form(db, typed, why):
    line = only(db, f"{WARD};;{typed};")
    assert (line.state, line.draft) == (DeclarationLineState.REFUSED, None)
    assert line.after == ("21 lits" if typed == "21" else typed)
    assert why in line.detail


def test_the_preview_of_an_impossible_number_shows_its_first_twenty_signs(db):
    assert only(db, f"{WARD};;{'9' * 21};").after == "9" * 20


def test_a_comment_too_long_is_refused(db):
    assert "501 caractères" in only(db, f"{WARD};;3;{'x' * 501}").detail


def test_a_unit_filled_in_twice_is_refused_twice(db):
    lines = previewed(db, f"{WARD};;3;", f"{WARD};;4;", f"{WARD};;;")
    assert [line.state for line in lines] == [
        DeclarationLineState.REFUSED,
        DeclarationLineState.REFUSED,
        DeclarationLineState.UNTOUCHED,
    ]
    assert "à 2 lignes du fichier" in lines[0].detail


def test_a_unit_of_another_perimeter_is_refused_and_nothing_of_it_is_shown(db):
    write(db, NURSING, 7, comment="Aile nord")
    line = only(db, f"{NURSING};;1;")
    assert line.state is DeclarationLineState.REFUSED
    assert "n'est pas dans votre périmètre" in line.detail
    assert (line.name, line.structure, line.before) == (NURSING, "", "")


def test_a_unit_that_entered_the_perimeter_since_the_page_was_drawn_is_refused_if_it_is_filled_in(db):
    store_account(db, replace(CAMILLE, perimeter=Perimeter(units=frozenset({NURSING}))))
    filled, empty = previewed(db, f"{NURSING};;1;", f"{NURSING};;;")
    assert (filled.state, "vient d'entrer dans votre périmètre" in filled.detail) == (DeclarationLineState.REFUSED, True)
    assert (empty.state, empty.detail) == (DeclarationLineState.UNTOUCHED, "")


def test_a_line_that_cannot_be_read_is_refused_in_its_place(db):
    lines = previewed(db, f"{WARD};;3;", f"{CARDIAC};premier;2;", f"{RESUSCITATION};;1;")
    assert [(line.number, line.state) for line in lines] == [
        *((2, DeclarationLineState.ACCEPTED), (3, DeclarationLineState.REFUSED), (4, DeclarationLineState.ACCEPTED)),
    ]
    assert (CARDIAC in lines[1].name, "Position" in lines[1].detail, lines[1].draft) == (True, True, None)


def test_a_unit_that_does_not_exist_is_refused(db):
    assert "vérifiez son identifiant, ou téléchargez un nouveau fichier" in only(db, "inconnue;;1;").detail


def test_a_unit_closed_in_the_registry_offers_nothing(db):
    write(db, CLOSED_UNIT, 4)
    assert "fermée au répertoire" in only(db, f"{CLOSED_UNIT};;1;", by=BLANCHE).detail
    assert written(db, f"{CLOSED_UNIT};;0;", by=BLANCHE)[0].counts.available == 0


def test_a_number_declared_by_a_colleague_since_the_download_is_refused_with_both_numbers(db):
    drawn = write(db, WARD, 2).position
    declare(db, BLANCHE, DeclarationDraft(WARD, Counts(3), seen_position=drawn), NOW + MINUTE)
    line = only(db, f"{WARD};{drawn};5;", at=NOW + 2 * MINUTE)
    assert line.state is DeclarationLineState.REFUSED
    assert "Entre-temps, Blanche Modèle a déclaré 3 lits, le 23/11/2026 à 10 h 01. Votre fichier dit 5 lits" in line.detail
    line = only(db, f"{WARD};{drawn};;Aile nord", at=NOW + 2 * MINUTE)
    assert (line.state, "le commentaire du fichier n'est pas enregistré" in line.detail) == (
        DeclarationLineState.UNTOUCHED,
        True,
    )


def test_a_position_that_was_never_given_is_refused(db):
    assert "La colonne « Position » a été modifiée" in only(db, f"{WARD};999999;3;").detail


def test_a_comment_masked_since_the_download_does_not_come_back(db):
    declared = declare(db, CAMILLE, DeclarationDraft(WARD, Counts(3), "Monsieur Untel"), NOW)
    mask(db, ADELE, declared.position, NOW)
    line = only(db, f"{WARD};{declared.position};4;Monsieur Untel")
    assert line.state is DeclarationLineState.REFUSED
    assert "a masqué le commentaire" in line.detail
    assert only(db, f"{WARD};{declared.position};4;").state is DeclarationLineState.ACCEPTED


def test_what_is_no_such_file_is_a_sentence(db):
    with pytest.raises(BadFile, match="n'a pas de colonne"):
        previewed(db, "1;2", header="a;b")


# Writing


def test_all_the_accepted_lines_are_written_published_and_journalled(db, published_changes):
    write(db, WARD, 5)
    done = written(db, f"{WARD};;5;", f"{CARDIAC};;2;Deux boxes", f"{RESUSCITATION};;;", f"{NURSING};;1;")
    assert [(event.unit, event.kind, event.counts.available) for event in done] == [
        (WARD, EventKind.CONFIRMED, 5),
        (CARDIAC, EventKind.DECLARED, 2),
    ]
    assert [(change.unit, change.position) for change in published_changes] == [(event.unit, event.position) for event in done]
    assert [event.position for event in done] == [done[0].position, done[0].position + 1]
    assert acts(db)[-2:] == [
        (Act.CONFIRM, Outcome.DONE, f"unit:{WARD}"),
        (Act.DECLARE, Outcome.DONE, f"unit:{CARDIAC}"),
    ]
    assert journal.verify(db).broken is None


def test_a_unit_declared_by_a_colleague_after_the_preview_stops_all_lines(db, published_changes):
    lines = previewed(db, f"{CARDIAC};;2;", f"{WARD};;5;", f"{RESUSCITATION};;1;")
    declare(db, BLANCHE, DeclarationDraft(WARD, Counts(3)), NOW)
    before, changes = stored(db), list(published_changes)
    with pytest.raises(Outdated, match=r"Rien n'a été enregistré : la ligne 3 \(Médecine interne\)"):
        bulk.write(db, CAMILLE, lines, NOW)
    assert (stored(db), published_changes) == (before, changes)


def test_a_unit_that_left_the_perimeter_after_the_preview_stops_all_lines_and_is_journalled(db):
    lines = previewed(db, f"{CARDIAC};;2;", f"{WARD};;5;")
    store_account(db, replace(CAMILLE, perimeter=Perimeter(units=frozenset({CARDIAC}))))
    before = rows(db, "declaration")
    with pytest.raises(Forbidden, match="Rien n'a été enregistré"):
        bulk.write(db, CAMILLE, lines, NOW)
    assert rows(db, "declaration") == before
    assert acts(db)[-1] == (Act.DECLARE, Outcome.REFUSED, "file:declaration-par-fichier")


def test_beds_removed_from_the_registry_after_the_preview_stop_all_lines(db):
    lines = previewed(db, f"{CARDIAC};;2;", f"{WARD};;18;")
    change_unit(db, WARD, installed=10)
    with pytest.raises(Refused, match="la ligne 3"):
        bulk.write(db, CAMILLE, lines, NOW)
    assert rows(db, "declaration") == []


def test_a_question_that_the_preview_did_not_ask_stops_all_lines(db):
    lines = previewed(db, f"{CARDIAC};;2;", f"{DAY_HOSPITAL};;7;")
    change_unit(db, DAY_HOSPITAL, installed=5)
    with pytest.raises(ConfirmationNeeded, match="la ligne 3"):
        bulk.write(db, CAMILLE, lines, NOW)
    assert rows(db, "declaration") == []


class Interruption(Exception):
    """Raised half-way through a file."""


def test_a_failure_half_way_leaves_nothing_of_any_line(db, monkeypatch, published_changes):
    lines = previewed(db, f"{CARDIAC};;2;", f"{WARD};;5;", f"{RESUSCITATION};;1;")
    before, position = stored(db), db.position
    append, calls = journal_lines.append, []

    def interrupt(transaction, line):
        calls.append(line)
        if len(calls) == 3:
            raise Interruption
        append(transaction, line)

    monkeypatch.setattr(journal_lines, "append", interrupt)
    with pytest.raises(Interruption):
        bulk.write(db, CAMILLE, lines, NOW)
    monkeypatch.undo()
    assert (stored(db), db.position, published_changes) == (before, position, [])
    assert len(bulk.write(db, CAMILLE, lines, NOW)) == 3


KILLED = """
import os, signal, sys
from pathlib import Path
from ror.services.availability import bulk, consult
from ror.store import journal
from ror.store.engine.database import Database
from tests.services.availability.test_bulk import CAMILLE, CARDIAC, NOW, RESUSCITATION, WARD, previewed

db = Database(Path(sys.argv[1]))
lines = previewed(db, f"{CARDIAC};;2;", f"{WARD};;5;", f"{RESUSCITATION};;1;")
append, calls = journal.append, []

def killed(transaction, line):
    calls.append(line)
    if len(calls) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    append(transaction, line)

journal.append = killed
bulk.write(db, CAMILLE, lines, NOW)
"""


def test_a_kill_half_way_leaves_nothing_of_any_line(db):
    path = only_on_a_file(db)
    before = stored(db)
    db.close()
    ended = subprocess.run([sys.executable, "-c", KILLED, str(path)], cwd=ROOT, capture_output=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    again = Database(path)
    assert stored(again) == before
    assert journal.verify(again).broken is None
    again.close()


def test_a_unit_declared_twice_in_one_transaction_is_outdated_the_second_time(db):
    with db.transaction() as transaction:
        histories = UnitHistories(transaction.cursor, [WARD, CARDIAC])
        declare_in(
            authorize_unit(transaction, CAMILLE, WARD, histories), DeclarationDraft(WARD, Counts(3)), NOW, confirmed=False
        )
        with pytest.raises(Outdated, match="Camille Exemple a déclaré 3 lits"):
            declare_in(
                authorize_unit(transaction, BLANCHE, WARD, histories), DeclarationDraft(WARD, Counts(4)), NOW, confirmed=False
            )


def test_the_log_is_read_once_for_all_the_lines_of_a_file(db, monkeypatch):
    for unit in (WARD, CARDIAC, RESUSCITATION):
        write(db, unit, 1)
    reads = []

    def count_reads(name, query):
        monkeypatch.setattr(declarations, name, lambda *args: reads.append(name) or query(*args))

    for name in ("latest", "recent_numbers", "previous", "at"):
        count_reads(name, getattr(declarations, name))
    lines = previewed(db, f"{CARDIAC};;2;", f"{WARD};;3;", f"{RESUSCITATION};;2;")
    bulk.write(db, CAMILLE, lines, NOW)
    assert reads == ["latest", "at", "recent_numbers"] * 2


def test_the_same_preview_is_not_written_twice(db):
    lines = previewed(db, f"{CARDIAC};;2;")
    bulk.write(db, CAMILLE, lines, NOW)
    with pytest.raises(Outdated):
        bulk.write(db, CAMILLE, lines, NOW)
    assert history(db, CARDIAC) == [("declared", 2)]


def test_a_preview_without_a_line_to_write_is_refused(db):
    with pytest.raises(Refused, match="Aucune ligne"):
        bulk.write(db, CAMILLE, previewed(db, f"{WARD};;;", f"{CARDIAC};;-1;"), NOW)


def test_an_account_that_may_not_declare_neither_exports_nor_previews_nor_writes_a_file(db):
    lines = previewed(db, f"{WARD};;3;")
    for operation in (
        lambda: bulk.export_file(db, DOMINIQUE, view(db), NOW),
        lambda: previewed(db, f"{WARD};;3;", by=DOMINIQUE),
        lambda: bulk.write(db, DOMINIQUE, lines, NOW),
        lambda: bulk.undo(db, DOMINIQUE, [], NOW),
    ):
        with pytest.raises(Forbidden):
            operation()
        assert acts(db)[-1][1] == Outcome.REFUSED


def test_a_unit_that_entered_the_perimeter_after_the_page_was_drawn_is_refused(db):
    old = view(db)
    store_account(db, replace(CAMILLE, perimeter=Perimeter(units=frozenset({NURSING}))))
    (line,) = bulk.preview(db, CAMILLE, old, "fichier.csv", f"{HEADER}\n{NURSING};;3;".encode(), NOW)
    assert (line.state, line.detail) == (
        DeclarationLineState.REFUSED,
        "Cette unité vient d'entrer dans votre périmètre : rechargez la page.",
    )


def test_a_unit_of_others_is_left_alone_when_its_line_is_not_filled(db):
    assert only(db, f"{NURSING};;;").state is DeclarationLineState.UNTOUCHED
    assert only(db, f"{NURSING};;3;").state is DeclarationLineState.REFUSED


def test_the_effect_of_a_line_is_told_by_a_shape_and_a_word():
    assert [state.label for state in DeclarationLineState] == ["✓ Acceptée", "? À confirmer", "○ Laissée", "✕ Refusée"]


# Undoing


def test_all_lines_are_undone_at_once(db, published_changes):
    write(db, WARD, 5)
    done = written(db, f"{WARD};;7;", f"{CARDIAC};;2;")
    published_changes.clear()
    undone = bulk.undo(db, CAMILLE, done, NOW + MINUTE)
    assert [event.kind for event in undone] == [EventKind.UNDONE, EventKind.UNDONE]
    assert (board_rows(db)[WARD]["available"], board_rows(db)[CARDIAC]["available"]) == (5, None)
    assert [change.unit for change in published_changes] == [WARD, CARDIAC]


def test_nothing_is_undone_once_a_unit_was_declared_again(db):
    done = written(db, f"{WARD};;7;", f"{CARDIAC};;2;")
    declare(db, BLANCHE, DeclarationDraft(WARD, Counts(3), seen_position=done[0].position), NOW + MINUTE)
    before = stored(db)
    with pytest.raises(Refused, match=r"Rien n'a été annulé\. Médecine interne : L'unité a été mise à jour depuis"):
        bulk.undo(db, CAMILLE, done, NOW + 2 * MINUTE)
    assert stored(db) == before


def test_nothing_is_undone_when_the_log_lacks_one_of_the_events(db):
    done = written(db, f"{WARD};;7;", f"{CARDIAC};;2;")
    before = stored(db)
    with pytest.raises(NotFound):
        bulk.undo(db, CAMILLE, [done[0], replace(done[1], position=done[1].position + 1)], NOW + MINUTE)
    assert stored(db)[0] == before[0]


def test_nothing_is_undone_after_a_quarter_of_an_hour(db):
    done = written(db, f"{WARD};;7;")
    with pytest.raises(Refused, match="dans le quart d'heure qui la suit"):
        bulk.undo(db, CAMILLE, done, NOW + 16 * MINUTE)


def test_the_lines_of_a_colleague_are_not_undone(db):
    done = written(db, f"{WARD};;7;")
    with pytest.raises(Refused, match="Rien n'a été annulé"):
        bulk.undo(db, BLANCHE, done, NOW)


def test_an_event_that_is_not_in_the_log_is_not_undone(db):
    (event,) = written(db, f"{WARD};;7;")
    before = stored(db)
    with pytest.raises(NotFound, match="n'existe pas"):
        bulk.undo(db, CAMILLE, [event, replace(event, position=event.position + 100)], NOW)
    assert stored(db) == before
