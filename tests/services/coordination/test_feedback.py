"""What readers report of numbers: the right, the rules, each account counts once, the limit, who reads the words."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from ror.errors import Forbidden, NotFound, Outdated, Refused
from ror.model.capacity import Counts
from ror.model.declaration import Channel
from ror.model.feedback import MAX_AN_HOUR, WORD_DAYS, Contradiction, FeedbackKind
from ror.model.filters import Filters
from ror.model.journal import Act, Outcome
from ror.model.rights import Account, Perimeter, Role
from ror.services import events, journal
from ror.services.accounts import personal_data
from ror.services.availability import consult, mask, past_boards
from ror.services.availability.declare import DeclarationDraft, confirm, declare, undo
from ror.services.coordination import feedback, feedback_words
from ror.services.operations import follow, retention
from ror.services.reminders import send
from ror.store import feedback as stored
from ror.store import personal_data as stored_of_person
from tests.region import (
    ADELE,
    BLANCHE,
    CAMILLE,
    CARDIAC,
    CLAUDE,
    CLOSED_UNIT,
    CORALIE,
    DOMINIQUE,
    HOSPITAL,
    NOW,
    WARD,
    board_rows,
    change_unit,
    close_for_a_time,
    only_on_a_file,
    rows,
    store_account,
    write,
)
from tests.services.reminders.reminder_helpers import mail_server, prepare, received, text_of

pytestmark = pytest.mark.usefixtures("region")

CONFIRMED, FULL, UNREACHABLE, OTHER, WITHDRAWN = FeedbackKind
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SEEN = NOW - HOUR


@pytest.fixture(autouse=True)
def number(db):
    """Write the number of the ward: 3 beds, an hour ago."""
    return write(db, WARD, 3, SEEN)


def give(db, kind=FULL, *, by=DOMINIQUE, unit=WARD, seen=SEEN, at=NOW, **others):
    return feedback.give(db, by, unit, kind, seen, at, **others)


def contradiction(db, unit=WARD):
    return feedback.contradiction(board_rows(db)[unit])


def reports(db, by=DOMINIQUE, unit=WARD):
    return feedback.reports_by_unit(db, by, [board_rows(db)[unit]]).get(unit, feedback.Reports())


def acts(db, act=Act.FEEDBACK):
    return [
        (row["actor"], row["outcome"], row["subject"], row["before"], row["after"])
        for row in journal.read(db, ADELE, journal.JournalQuery(), NOW).to_pylist()
        if row["act"] == act
    ]


# What counts


def test_a_contradicted_number_is_marked_until_the_next_declaration(db):
    give(db, at=NOW - 20 * MINUTE)
    assert contradiction(db) == Contradiction(1, NOW - 20 * MINUTE, FULL)
    event = confirm(db, CAMILLE, WARD, board_rows(db)[WARD]["position"], NOW)
    assert contradiction(db) is None
    undo(db, CAMILLE, event.position, NOW)
    assert contradiction(db) == Contradiction(1, NOW - 20 * MINUTE, FULL)


def test_one_account_counts_once_for_a_number_whatever_it_presses(db):
    for kind in (FULL, UNREACHABLE, FULL, OTHER):
        give(db, kind)
    assert contradiction(db) == Contradiction(1, NOW, OTHER)
    give(db, FULL, by=CORALIE)
    assert contradiction(db).accounts == 2
    give(db, CONFIRMED)
    assert contradiction(db) == Contradiction(1, NOW, FULL)
    assert (reports(db).confirmed_by, reports(db).confirmed_at) == (1, NOW)


def test_two_presses_at_once_and_a_replay_are_written_once(db):
    with ThreadPoolExecutor(8) as pool:
        written = list(pool.map(lambda _: give(db, word="complet"), range(16)))
    assert len({report.position for report in written}) == 1
    assert len(rows(db, "feedback")) == len(acts(db)) == 1


def test_the_same_report_from_a_page_and_from_another_system_is_written_once(db):
    first = give(db, word="complet")
    assert give(db, word="complet", channel=Channel.FHIR) == first
    assert len(rows(db, "feedback")) == 1


def test_a_report_on_an_earlier_number_is_not_taken_back(db):
    give(db)
    write(db, WARD, 2, NOW)
    position = db.position
    feedback.withdraw(db, DOMINIQUE, WARD, None, NOW)
    assert (db.position, len(rows(db, "feedback"))) == (position, 1)


def test_a_confirmation_is_shown_and_marks_nothing(db):
    give(db, CONFIRMED)
    assert contradiction(db) is None
    assert reports(db, CORALIE) == feedback.Reports(None, 1, NOW)


def test_a_report_is_taken_back_and_then_counts_no_more(db):
    give(db)
    assert reports(db).own.kind is FULL
    feedback.withdraw(db, DOMINIQUE, WARD, SEEN, NOW)
    assert (contradiction(db), reports(db).own) == (None, None)
    position = db.position
    feedback.withdraw(db, DOMINIQUE, WARD, SEEN, NOW)
    assert db.position == position
    give(db)
    assert contradiction(db).accounts == 1


def test_a_number_that_was_replaced_meanwhile_is_not_reported_on(db):
    give(db)
    write(db, WARD, 2, NOW)
    for act in (lambda: give(db, by=CORALIE), lambda: feedback.withdraw(db, DOMINIQUE, WARD, SEEN, NOW)):
        with pytest.raises(Outdated, match="Entre-temps, ce nombre a été mis à jour : 2 lits"):
            act()
    assert reports(db).own is None
    assert contradiction(db) is None
    give(db, seen=None)
    assert contradiction(db) == Contradiction(1, NOW, FULL)


def test_a_masked_comment_does_not_replace_the_number(db):
    position = board_rows(db)[WARD]["position"]
    event = declare(db, CAMILLE, DeclarationDraft(WARD, Counts(4), "Mme Untel", position), NOW)
    give(db, seen=NOW)
    mask.mask(db, ADELE, event.position, NOW + MINUTE)
    assert contradiction(db) == Contradiction(1, NOW, FULL)
    give(db, OTHER, other="2", seen=NOW, at=NOW + HOUR)
    assert contradiction(db) == Contradiction(1, NOW + HOUR, OTHER, 2)


@pytest.mark.parametrize(
    ("kind", "others", "words"),
    [
        (OTHER, {"other": "3"}, "3 est le nombre affiché"),
        (OTHER, {"other": "-1"}, "« Nombre annoncé » doit être un nombre entier"),
        (OTHER, {"other": "21"}, "compte 20 lits"),
        (FULL, {"other": "2"}, "« Autre nombre »"),
        (FULL, {"word": "x" * 141}, "raccourcissez"),
    ],
)
def test_what_makes_no_sense_is_refused_and_written_nowhere(db, kind, others, words):
    with pytest.raises(Refused, match=words):
        give(db, kind, **others)
    assert rows(db, "feedback") == []


def test_no_place_left_of_zero_is_refused(db):
    write(db, WARD, 0, NOW)
    with pytest.raises(Refused, match="déjà 0"):
        give(db, seen=NOW)


def test_there_is_nothing_to_report_of_a_unit_without_a_number_or_closed(db):
    write(db, CLOSED_UNIT, 0, SEEN)
    close_for_a_time(db, WARD, (NOW + 9 * DAY).date())
    for unit, words in ((CARDIAC, "aucun nombre"), (CLOSED_UNIT, "fermée"), (WARD, "fermée")):
        with pytest.raises(Refused, match=words):
            give(db, unit=unit, seen=None)
        assert not feedback.allowed(DOMINIQUE, board_rows(db)[unit])
    change_unit(db, CARDIAC, care_mode="32")
    with pytest.raises(Refused, match="aucun nombre"):
        give(db, unit=CARDIAC, seen=None)
    with pytest.raises(NotFound):
        give(db, unit="nowhere")


def test_a_closed_unit_shows_no_mark(db):
    give(db)
    change_unit(db, WARD, closed=True)
    assert contradiction(db) is None


# Who


def test_a_manager_declares_for_its_own_units_and_reports_on_others(db):
    row = board_rows(db)[WARD]
    for own in (CAMILLE, BLANCHE):
        with pytest.raises(Forbidden, match="dans votre périmètre"):
            give(db, by=own)
        assert not feedback.allowed(own, row)
    assert acts(db)[0][:3] == (BLANCHE.id, str(Outcome.REFUSED), f"unit:{WARD}")
    for other in (CLAUDE, DOMINIQUE, CORALIE, ADELE):
        assert feedback.allowed(other, row)
        give(db, by=other)
    assert contradiction(db).accounts == 4


def test_a_perimeter_that_changed_meanwhile_counts(db):
    store_account(db, replace(CAMILLE, perimeter=Perimeter(units=frozenset({CARDIAC}))))
    assert give(db, by=CAMILLE).account == CAMILLE.id
    store_account(db, replace(CLAUDE, perimeter=Perimeter(units=frozenset({WARD}))))
    with pytest.raises(Forbidden):
        give(db, by=CLAUDE)


def test_words_are_read_by_the_managers_of_the_unit_alone(db):
    report = give(db, word="rappeler à 16 h")
    give(db, CONFIRMED, by=CORALIE)
    assert [one.word for one in reports(db, CAMILLE).all] == ["rappeler à 16 h", ""]
    for reader in (DOMINIQUE, CORALIE, ADELE, CLAUDE):
        assert reports(db, reader).all == ()
    assert reports(db).own == report


def test_reports_on_an_earlier_number_are_not_shown(db):
    give(db, word="complet")
    write(db, WARD, 2, NOW)
    assert reports(db, CAMILLE) == feedback.Reports()


# The journal, the limit, the pages that are open


def test_it_is_journalled_without_the_word(db):
    give(db, OTHER, other="1", word="Mme Untel")
    feedback.withdraw(db, DOMINIQUE, WARD, SEEN, NOW)
    withdrawn, reported = acts(db)
    assert reported[:3] == (DOMINIQUE.id, str(Outcome.DONE), f"unit:{WARD}")
    assert '"feedback": "other"' in reported[4]
    assert '"other_number": 1' in reported[4]
    assert '"word": true' in reported[4]
    assert withdrawn[3] == reported[4]
    assert "Untel" not in str(acts(db))


def test_more_reports_in_an_hour_than_a_person_gives_are_refused_and_each_account_has_its_own_limit(db, monkeypatch):
    monkeypatch.setattr(feedback, "MAX_AN_HOUR", 3)
    assert MAX_AN_HOUR == 100
    for number, kind in enumerate((FULL, UNREACHABLE, FULL)):
        give(db, kind, at=NOW + number * MINUTE)
    with pytest.raises(Refused, match="3 retours en une heure : attendez 50 min"):
        give(db, UNREACHABLE, at=NOW + 10 * MINUTE)
    give(db, FULL, at=NOW + 10 * MINUTE)  # A repeated report does not count towards the limit.
    give(db, by=CORALIE, at=NOW + 10 * MINUTE)
    feedback.withdraw(db, DOMINIQUE, WARD, SEEN, NOW + 10 * MINUTE)
    give(db, UNREACHABLE, at=NOW + 72 * MINUTE)


def test_administrators_see_how_often_each_account_reports(db):
    give(db, at=NOW - 8 * DAY, seen=None)
    give(db, UNREACHABLE)
    give(db, by=CORALIE, kind=CONFIRMED)
    counts = feedback_words.by_account(db, ADELE, NOW).to_pylist()
    assert [(row["name"], row["given"], row["contradicting"]) for row in counts] == [
        (CORALIE.name, 1, 0),
        (DOMINIQUE.name, 1, 1),
    ]
    with pytest.raises(Forbidden):
        feedback_words.by_account(db, CORALIE, NOW)


def test_a_report_is_published_once_for_the_pages_that_show_the_unit(db, published_changes):
    report = give(db)
    give(db)
    assert published_changes == [events.CommitEvent(report.position, WARD, HOSPITAL, "75")]
    feedback.withdraw(db, DOMINIQUE, WARD, SEEN, NOW)
    assert published_changes[1:] == [events.CommitEvent(report.position + 1, WARD, HOSPITAL, "75")]


def test_another_replica_learns_of_a_report_in_order(db):
    before = db.position
    first = give(db)
    second = write(db, CARDIAC, 1, NOW)
    third = give(db, UNREACHABLE)
    changes = follow.changes(db, before, db.position)
    assert [(change.position, change.unit) for change in changes] == [
        (first.position, WARD),
        (second.position, CARDIAC),
        (third.position, WARD),
    ]


def test_a_past_board_has_the_marks_of_then(db):
    give(db, at=NOW - 10 * MINUTE)
    write(db, WARD, 3, NOW, recorded_at=NOW)
    units_at = {
        at: past_boards.view_at(db, CORALIE, Filters(), at).board.units.to_pylist() for at in (NOW - 5 * MINUTE, NOW + MINUTE)
    }
    marked = {at: [row["unit"] for row in units if feedback.contradiction(row)] for at, units in units_at.items()}
    assert marked == {NOW - 5 * MINUTE: [WARD], NOW + MINUTE: []}
    assert consult.current(db, CORALIE).position == db.position


# Words that must not stay


def test_a_word_is_masked_everywhere_and_the_mark_stays(db, published_changes):
    report = give(db, word="Mme Untel")
    give(db, by=CORALIE, word="Mme Untel")
    published_changes.clear()
    feedback_words.mask(db, ADELE, report.position, NOW + HOUR)
    assert "Untel" not in str(rows(db, "feedback"))
    assert contradiction(db) == Contradiction(2, NOW, FULL)
    assert [one.word for one in reports(db, CAMILLE).all] == ["", ""]
    assert [(change.unit, change.position) for change in published_changes] == [(WARD, db.position)]
    assert acts(db, Act.MASK)[0][2] == f"feedback:{report.position}"
    with pytest.raises(Refused, match="déjà masqué"):
        feedback_words.mask(db, ADELE, report.position, NOW)
    with pytest.raises(NotFound):
        feedback_words.mask(db, ADELE, 9999, NOW)
    with pytest.raises(Refused, match="aucun mot"):
        feedback_words.mask(db, ADELE, give(db, UNREACHABLE).position, NOW)


def test_a_report_whose_word_is_masked_still_counts_once_for_its_account(db, monkeypatch):
    report = give(db, word="Mme Untel")
    feedback_words.mask(db, ADELE, report.position, NOW)
    (counted,) = feedback_words.by_account(db, ADELE, NOW).to_pylist()
    assert (counted["account"], counted["given"], counted["contradicting"]) == (DOMINIQUE.id, 1, 1)
    with db.reader() as cursor:
        (exported,) = stored_of_person.read(cursor, "feedback", DOMINIQUE.id)
    assert (exported["word"], exported["masked"]) == ("", True)
    monkeypatch.setattr(feedback, "MAX_AN_HOUR", 1)
    with pytest.raises(Refused, match="1 retours en une heure"):
        give(db, UNREACHABLE)


def test_a_mask_does_not_make_a_report_the_latest_one(db):
    first = give(db, word="Mme Untel")
    give(db, OTHER, by=CORALIE, other=2, at=NOW + MINUTE)
    before = contradiction(db)
    assert before == Contradiction(2, NOW + MINUTE, OTHER, 2)
    feedback_words.mask(db, ADELE, first.position, NOW + HOUR)
    assert contradiction(db) == before


def test_a_masked_word_of_a_report_taken_back_does_not_bring_it_back(db):
    report = give(db, word="Mme Untel")
    feedback.withdraw(db, DOMINIQUE, WARD, SEEN, NOW)
    feedback_words.mask(db, ADELE, report.position, NOW)
    assert contradiction(db) is None
    assert "Untel" not in str(rows(db, "feedback"))


def test_a_masked_word_does_not_stay_in_the_files_write_ahead_log(db):
    report = give(db, word="Monsieur Untel")
    path = only_on_a_file(db)
    log = path.with_name(f"{path.name}.wal")
    assert b"Monsieur Untel" in log.read_bytes()
    feedback_words.mask(db, ADELE, report.position, NOW)
    assert not log.exists() or b"Monsieur Untel" not in log.read_bytes()


def test_words_are_searched_by_administrators(db):
    give(db, word="rappeler à 16 h")
    table, total = feedback_words.search(db, ADELE, "medecine RAPPELER", NOW)
    assert (table["word"].to_pylist(), total) == (["rappeler à 16 h"], 1)
    assert feedback_words.search(db, ADELE, "autre", NOW)[1] == 0


def test_words_are_erased_with_their_time_and_reports_stay(db):
    give(db, word="ancien")
    with db.transaction() as transaction:
        journal.record(transaction, Act.SIGN_IN, ADELE, "session", NOW)
    retention.confirm_clock(db, ADELE, NOW + timedelta(days=WORD_DAYS) - HOUR)
    with db.reader() as cursor:
        assert [one.word for one in stored.in_force(cursor, [WARD])] == ["ancien"]
    retention.confirm_clock(db, ADELE, NOW + timedelta(days=WORD_DAYS) + HOUR)
    with db.reader() as cursor:
        assert [(one.word, one.kind) for one in stored.in_force(cursor, [WARD])] == [("", FULL)]


def test_a_token_needs_its_own_scope(db):
    store_account(db, Account("token-a", "", "Régulation", frozenset({Role.COORDINATOR})))
    reader = Account("token-a", "", "Régulation", frozenset({Role.COORDINATOR}))
    with pytest.raises(Forbidden, match="jeton"):
        give(db, by=reader)
    with pytest.raises(Forbidden, match="jeton"):
        feedback.require(db, reader, NOW)
    assert [outcome for _, outcome, *_ in acts(db)] == [str(Outcome.REFUSED)] * 2
    feedback.require(db, replace(reader, roles=frozenset({Role.PROFESSIONAL})), NOW)


def test_ones_reports_are_exported_and_their_words_erased_with_the_person(db):
    report = give(db, OTHER, other="2", word="rappeler Paul à 16 h")
    (exported,) = json.loads(personal_data.export(db, DOMINIQUE, DOMINIQUE.id, NOW))["retours"]
    assert exported == {
        **{"date": NOW.isoformat(), "unite": WARD, "nom": "Médecine interne", "nombre_du": SEEN.isoformat()},
        **{"retour": "Autre nombre", "autre_nombre": 2, "mot": "rappeler Paul à 16 h", "mot_masque": False, "canal": "form"},
    }
    personal_data.erase(db, ADELE, DOMINIQUE.id, NOW)
    assert "Paul" not in str(rows(db, "feedback"))
    assert reports(db, CAMILLE).all == (replace(report, word=""),)


def test_the_reminder_of_a_late_unit_tells_its_managers_that_it_is_contradicted(db, monkeypatch):
    with mail_server(monkeypatch) as box:
        prepare(db, late=(WARD, CARDIAC))
        give(db, seen=None, word="Mme Untel", at=NOW - 3 * HOUR)
        give(db, seen=None, by=CORALIE, kind=UNREACHABLE, at=NOW - 2 * HOUR)
        send.send_due(db, NOW)
        text = text_of(received(box)["camille"]).replace("\r", "")
    assert "⚑ contredit par 2 lecteurs il y a 2 h : plus de place" in text
    assert text.count("⚑") == 1
    assert "Untel" not in text
