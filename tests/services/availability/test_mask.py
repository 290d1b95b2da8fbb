import json
from dataclasses import replace
from datetime import timedelta

import pytest

from ror.errors import CommentMasked, Forbidden, NotFound, Outdated, Refused
from ror.model.capacity import Counts
from ror.model.declaration import EventKind
from ror.services import events, journal
from ror.services.availability import consult
from ror.services.availability.declare import DeclarationDraft, close_until, confirm, declare, undo
from ror.services.availability.mask import mask, search
from ror.store import declarations
from ror.store.board.board import BoardCache
from tests.region import (
    ADELE,
    BLANCHE,
    CAMILLE,
    CARDIAC,
    CORALIE,
    DOMINIQUE,
    HOSPITAL,
    NOW,
    WARD,
    board_rows,
    change_unit,
    history,
    only_on_a_file,
    rows,
    store_account,
)

pytestmark = pytest.mark.usefixtures("region")

TEXT = "Monsieur Untel, chambre 4"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def declare_number(db, number, comment=TEXT, *, unit=WARD, by=CAMILLE, at=NOW):
    return declare(
        db, by, DeclarationDraft(unit, Counts(number), comment, board_rows(db)[unit]["position"]), at, confirmed=True
    )


def all_rows_as_text(db):
    """Return all rows of the database, as one text."""
    with db.reader() as cursor:
        listed = "SELECT DISTINCT table_name FROM duckdb_tables() WHERE schema_name IN ('main', 'public')"
        names = [name for (name,) in cursor.execute(listed).fetchall()]
    return str({name: rows(db, name) for name in names})


def past(db, unit=WARD):
    with db.reader() as cursor:
        read = declarations.history(cursor, unit, NOW - timedelta(days=90)).to_pylist()
    return [(row["kind"], row["available"], row["comment"], row["masked"]) for row in read]


def test_a_masked_text_is_in_no_table_any_more(db):
    first = declare_number(db, 3)
    again = confirm(db, CAMILLE, WARD, first.position, NOW)
    undo(db, CAMILLE, again.position, NOW)
    declare_number(db, 4)
    assert TEXT in all_rows_as_text(db)
    mask(db, ADELE, first.position, NOW + HOUR)
    assert TEXT not in all_rows_as_text(db)
    assert past(db) == [("declared", 3, "", True), ("declared", 4, "", True)]


def test_a_masked_text_does_not_stay_in_the_files_write_ahead_log(db):
    declared = declare_number(db, 3)
    path = only_on_a_file(db)
    log = path.with_name(f"{path.name}.wal")
    assert TEXT.encode() in log.read_bytes()
    mask(db, ADELE, declared.position, NOW)
    assert not log.exists() or TEXT.encode() not in log.read_bytes()


def test_a_mask_changes_neither_the_number_nor_its_age_nor_who_declared_it(db):
    declared = declare_number(db, 3)
    before = board_rows(db)[WARD]
    masked = mask(db, ADELE, declared.position, NOW + HOUR)
    after = board_rows(db)[WARD]
    assert {name for name in before if before[name] != after[name]} == {"comment", "position", "kind", "recorded_at"}
    assert (after["comment"], after["position"], after["kind"]) == ("", masked.position, "masked")
    assert (masked.kind, masked.acts_on, masked.account) == (EventKind.MASKED, declared.position, CAMILLE.id)


def test_a_cached_board_shows_the_mask(db):
    boards = BoardCache(db)
    declared = declare_number(db, 3)
    assert TEXT in boards.get().units["comment"].to_pylist()
    mask(db, ADELE, declared.position, NOW)
    assert TEXT not in boards.get().units["comment"].to_pylist()
    assert boards.get().latest.equals(BoardCache(db).get().latest)


def test_the_mask_of_an_old_comment_leaves_the_present_one(db):
    old = declare_number(db, 3, at=NOW - HOUR)
    declare_number(db, 4, "Aile nord fermée")
    mask(db, ADELE, old.position, NOW)
    assert (board_rows(db)[WARD]["available"], board_rows(db)[WARD]["comment"]) == (4, "Aile nord fermée")
    assert past(db) == [("declared", 3, "", True), ("declared", 4, "Aile nord fermée", False)]


def test_the_same_text_of_another_unit_stays(db):
    declared = declare_number(db, 3, "Pas de néonatologie")
    declare_number(db, 1, "Pas de néonatologie", unit=CARDIAC)
    mask(db, ADELE, declared.position, NOW)
    assert (board_rows(db)[WARD]["comment"], board_rows(db)[CARDIAC]["comment"]) == ("", "Pas de néonatologie")


def test_a_text_is_masked_under_both_temporalities_of_a_unit_that_changed_type(db):
    beds = declare_number(db, 3)
    change_unit(db, WARD, unit_type="11")
    declare_number(db, 2)
    mask(db, ADELE, beds.position, NOW)
    assert (board_rows(db)[WARD]["available"], board_rows(db)[WARD]["comment"]) == (2, "")
    change_unit(db, WARD)
    assert (board_rows(db)[WARD]["available"], board_rows(db)[WARD]["comment"]) == (3, "")
    assert TEXT not in all_rows_as_text(db)


def test_the_journal_has_who_masked_which_unit_and_when_and_never_the_text(db):
    declared = declare_number(db, 3)
    confirm(db, CAMILLE, WARD, declared.position, NOW)
    mask(db, ADELE, declared.position, NOW + HOUR)
    line = journal.read(db, None, journal.JournalQuery(acts=("mask",)), NOW).to_pylist()[0]
    assert (line["actor"], line["subject"]) == (ADELE.id, f"declaration:{declared.position}")
    assert (line["before"], json.loads(line["after"])) == ("", {"unit": WARD, "declarations": 2})
    assert journal.verify(db).broken is None


@pytest.mark.parametrize("account", [CAMILLE, DOMINIQUE, CORALIE], ids=lambda one: one.id)
def test_nobody_but_an_administrator_masks_or_lists_and_the_refusal_is_journalled(db, account):
    declared = declare_number(db, 3)
    for operation in (lambda: mask(db, account, declared.position, NOW), lambda: search(db, account, "", NOW)):
        with pytest.raises(Forbidden):
            operation()
    assert board_rows(db)[WARD]["comment"] == TEXT
    refused = journal.read(db, None, journal.JournalQuery(outcome="refused"), NOW)
    assert refused["subject"].to_pylist() == ["comments", f"declaration:{declared.position}"]


def test_masking_twice_or_without_a_comment_is_refused(db):
    silent = declare_number(db, 3, "")
    with pytest.raises(Refused, match="aucun commentaire"):
        mask(db, ADELE, silent.position, NOW)
    declared = declare_number(db, 3)
    mask(db, ADELE, declared.position, NOW)
    with pytest.raises(Refused, match="déjà masqué"):
        mask(db, ADELE, declared.position, NOW)
    with pytest.raises(NotFound):
        mask(db, ADELE, 999, NOW)


# What managers do around it


def test_a_form_drawn_before_a_mask_is_saved(db):
    declared = declare_number(db, 3, at=NOW - HOUR)
    mask(db, ADELE, declared.position, NOW)
    declare(db, CAMILLE, DeclarationDraft(WARD, Counts(4), "", declared.position), NOW)
    assert (board_rows(db)[WARD]["available"], board_rows(db)[WARD]["comment"]) == (4, "")


def test_a_form_drawn_after_a_mask_is_saved(db):
    masked = mask(db, ADELE, declare_number(db, 3).position, NOW)
    declare(db, CAMILLE, DeclarationDraft(WARD, Counts(4), "Aile nord", masked.position), NOW)
    assert (board_rows(db)[WARD]["available"], board_rows(db)[WARD]["comment"]) == (4, "Aile nord")


def test_a_form_drawn_with_a_text_that_was_masked_does_not_bring_it_back_unseen(db):
    declared = declare_number(db, 3)
    masked = mask(db, ADELE, declared.position, NOW)
    with pytest.raises(Outdated, match="masqué le commentaire"):
        declare(db, CAMILLE, DeclarationDraft(WARD, Counts(4), TEXT, declared.position), NOW)
    with pytest.raises(Outdated, match="masqué le commentaire"):
        close_until(db, CAMILLE, WARD, NOW.date() + timedelta(days=1), TEXT, declared.position, NOW)
    assert (board_rows(db)[WARD]["available"], board_rows(db)[WARD]["comment"]) == (3, "")
    declare(db, CAMILLE, DeclarationDraft(WARD, Counts(4), "Relu", masked.position), NOW)


def test_a_text_typed_before_a_mask_is_refused_until_the_mask_was_shown(db):
    declared = declare_number(db, 3)
    masked = mask(db, ADELE, declared.position, NOW)
    typed = DeclarationDraft(WARD, Counts(4), f"{TEXT} ici", masked.position, masks_seen=declared.position)
    with pytest.raises(CommentMasked, match="aucune donnée patient"):
        declare(db, CAMILLE, typed, NOW)
    tomorrow = NOW.date() + timedelta(days=1)
    with pytest.raises(CommentMasked):
        close_until(db, CAMILLE, WARD, tomorrow, TEXT, masked.position, NOW, masks_seen=declared.position)
    assert board_rows(db)[WARD]["available"] == 3
    declare(db, CAMILLE, replace(typed, masks_seen=db.position), NOW)
    assert board_rows(db)[WARD]["available"] == 4


def test_a_closure_whose_comment_is_blank_brings_nothing_masked_back(db):
    declared = declare_number(db, 3)
    masked = mask(db, ADELE, declared.position, NOW)
    tomorrow = NOW.date() + timedelta(days=1)
    closed = close_until(db, CAMILLE, WARD, tomorrow, "  ", masked.position, NOW, masks_seen=declared.position)
    assert closed.comment == ""


def test_a_mask_followed_by_another_declaration_still_stops_an_older_form(db):
    declared = declare_number(db, 3)
    mask(db, ADELE, declared.position, NOW)
    other = declare(db, BLANCHE, DeclarationDraft(WARD, Counts(5), "", db.position), NOW)
    with pytest.raises(CommentMasked):
        declare(db, CAMILLE, DeclarationDraft(WARD, Counts(4), TEXT, other.position, masks_seen=declared.position), NOW)


def test_a_number_declared_before_a_mask_still_outdates_an_older_form(db):
    first = declare_number(db, 3, "", at=NOW - HOUR)
    second = declare_number(db, 5, by=BLANCHE)
    mask(db, ADELE, second.position, NOW)
    with pytest.raises(Outdated, match="Blanche Modèle a déclaré 5 lits"):
        declare(db, CAMILLE, DeclarationDraft(WARD, Counts(4), seen_position=first.position), NOW)


def test_nothing_changed_after_a_mask_confirms_the_number_without_the_text(db):
    declared = declare_number(db, 3, at=NOW - HOUR)
    mask(db, ADELE, declared.position, NOW)
    confirm(db, CAMILLE, WARD, declared.position, NOW)
    assert (board_rows(db)[WARD]["available"], board_rows(db)[WARD]["comment"], board_rows(db)[WARD]["observed_at"]) == (
        3,
        "",
        NOW,
    )


def test_an_undo_after_a_mask_gives_the_number_before_without_the_masked_text(db):
    declare_number(db, 3, at=NOW - HOUR)
    wrong = declare_number(db, 15)
    mask(db, ADELE, wrong.position, NOW)
    undo(db, CAMILLE, wrong.position, NOW + MINUTE)
    row = board_rows(db)[WARD]
    assert (row["available"], row["comment"], row["observed_at"]) == (3, "", NOW - HOUR)
    assert history(db, WARD) == [("declared", 3)]
    assert TEXT not in all_rows_as_text(db)


def test_an_undo_of_what_followed_a_mask_keeps_the_comment_masked(db):
    masked = mask(db, ADELE, declare_number(db, 3).position, NOW)
    again = confirm(db, CAMILLE, WARD, masked.position, NOW)
    undo(db, CAMILLE, again.position, NOW)
    assert (board_rows(db)[WARD]["available"], board_rows(db)[WARD]["comment"]) == (3, "")


def test_a_mask_is_not_undone(db):
    masked = mask(db, ADELE, declare_number(db, 3).position, NOW)
    for account in (CAMILLE, store_account(db, replace(ADELE, roles=CAMILLE.roles, perimeter=CAMILLE.perimeter))):
        with pytest.raises(Refused, match="votre propre"):
            undo(db, account, masked.position, NOW)


def test_a_mask_is_published_to_the_pages_that_show_the_unit(db):
    declared = declare_number(db, 3)
    published_changes: list[events.CommitEvent] = []
    stop = events.subscribe(published_changes.append)
    masked = mask(db, ADELE, declared.position, NOW)
    stop()
    assert published_changes == [events.CommitEvent(masked.position, WARD, HOSPITAL, "75")]


def test_a_reader_gets_no_masked_text_from_the_view_nor_from_the_history(db):
    declared = declare_number(db, 3)
    mask(db, ADELE, declared.position, NOW)
    view = consult.view(db, consult.current(db, DOMINIQUE), consult.Filters(), NOW)
    shown = view.board.units.to_pylist(), consult.history(db, DOMINIQUE, WARD, NOW).to_pylist()
    assert TEXT not in str(shown)


# The list


def texts(db, text=""):
    comments, total = search(db, ADELE, text, NOW)
    return comments["comment"].to_pylist(), total


def test_each_text_of_a_unit_comes_once_the_one_written_or_repeated_last_first(db):
    first = declare_number(db, 3, "Un", at=NOW - HOUR)
    declare_number(db, 1, "Deux", unit=CARDIAC)
    assert texts(db) == (["Deux", "Un"], 2)
    again = confirm(db, BLANCHE, WARD, first.position, NOW)
    assert texts(db) == (["Un", "Deux"], 2)
    comments, _ = search(db, ADELE, "un", NOW)
    row = comments.to_pylist()[0]
    assert (row["position"], row["author"], row["observed_at"]) == (again.position, "Blanche Modèle", NOW)


@pytest.mark.parametrize("text", ["UNTEL", "chambre untel", "medecine interne", "tilleuls", HOSPITAL, "paris"])
def test_a_comment_is_found_by_its_words_or_by_its_place(db, text):
    declare_number(db, 3)
    declare_number(db, 1, "Autre", unit=CARDIAC)
    assert texts(db, text) == ([TEXT], 1)


def test_a_comment_is_searched_by_the_first_eight_words(db):
    declare_number(db, 3)
    seven = "monsieur untel chambre 4 monsieur untel chambre"
    assert texts(db, f"{seven} 4 absent") == ([TEXT], 1)
    assert texts(db, f"{seven} absent") == ([], 0)


def test_the_list_marks_the_comments_shown_now_and_leaves_out_the_masked_ones(db):
    old = declare_number(db, 3, "Ancien", at=NOW - HOUR)
    declare_number(db, 4, "Présent")
    comments, _ = search(db, ADELE, "", NOW)
    assert comments.select(["comment", "present"]).to_pylist() == [
        {"comment": "Présent", "present": True},
        {"comment": "Ancien", "present": False},
    ]
    mask(db, ADELE, old.position, NOW)
    assert texts(db) == (["Présent"], 1)
    assert texts(db, "inconnu") == ([], 0)
