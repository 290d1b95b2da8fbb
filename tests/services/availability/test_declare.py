from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from ror.errors import ConfirmationNeeded, Forbidden, NotFound, Outdated, Refused
from ror.model.capacity import Counts
from ror.model.declaration import EventKind
from ror.model.rights import Perimeter
from ror.services import events
from ror.services.availability.declare import (
    MAX_CLOSURE,
    UNDO,
    DeclarationDraft,
    close_until,
    confirm,
    declare,
    saved,
    undo,
)
from tests.region import (
    BLANCHE,
    BY_ID,
    CAMILLE,
    CARDIAC,
    CLAUDE,
    CLOSED_UNIT,
    CORALIE,
    DAY_HOSPITAL,
    DISABLED,
    DOMINIQUE,
    HOME,
    HOME_CARE,
    HOSPITAL,
    LINDENS,
    MANAGER,
    NOW,
    NURSING,
    RESUSCITATION,
    SHELTER,
    WARD,
    board_rows,
    change_unit,
    history,
    rows,
    store_account,
    write,
)

pytestmark = pytest.mark.usefixtures("region")

HOUR, DAY, MINUTE, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)
YESTERDAY, TODAY, TOMORROW = date(2026, 11, 22), date(2026, 11, 23), date(2026, 11, 24)


def declare_number(db, unit, number, *, by=CAMILLE, at=NOW, **others):
    """Declare from a form that was just rendered; an unusual number is confirmed."""
    seen_position = board_rows(db, at)[unit]["position"]
    return declare(db, by, DeclarationDraft(unit, Counts(number), seen_position=seen_position, **others), at, confirmed=True)


def row_values(db, unit, *names, at=NOW):
    return tuple(board_rows(db, at)[unit][name] for name in names)


# Declaring


def test_a_number_declared_is_the_number_that_readers_see(db):
    event = declare(db, CAMILLE, DeclarationDraft(WARD, Counts(" 3 "), "  Chambres seules "), NOW)
    assert row_values(db, WARD, "available", "comment", "observed_at", "account", "position", "rank", "overdue") == (
        *(3, "Chambres seules", NOW, CAMILLE.id),
        *(event.position, 0, False),
    )
    assert history(db, WARD) == [("declared", 3)]


def test_every_count_of_the_detail_is_stored(db):
    declare(db, CAMILLE, DeclarationDraft(WARD, Counts("4", "22", "10", "3", "2", "1")), NOW)
    names = ("available", "installed", "occupied", "reserved", "closed_count", "supplementary")
    assert row_values(db, WARD, *names) == (4, 22, 10, 3, 2, 1)


def test_a_number_for_places_is_one_over_seven_days(db):
    assert declare(db, CAMILLE, DeclarationDraft(DAY_HOSPITAL, Counts(2)), NOW).temporality == "05"
    assert declare(db, CAMILLE, DeclarationDraft(WARD, Counts(2)), NOW).temporality == "01"
    assert row_values(db, DAY_HOSPITAL, "available", "temporality") == (2, "05")


@pytest.mark.parametrize(
    "draft",
    [
        DeclarationDraft(WARD, Counts("")),
        DeclarationDraft(WARD, Counts("-1")),
        DeclarationDraft(WARD, Counts("2,5")),
        DeclarationDraft(WARD, Counts(21)),
        DeclarationDraft(WARD, Counts(3, occupied=18)),
        DeclarationDraft(WARD, Counts(3), "x" * 501),
    ],
    ids=["nothing", "negative", "not whole", "above installed", "detail above installed", "long comment"],
)
def test_what_breaks_a_rule_is_refused_even_confirmed_and_nothing_is_written(db, published_changes, draft):
    with pytest.raises(Refused):
        declare(db, CAMILLE, draft, NOW, confirmed=True)
    assert (rows(db, "declaration"), published_changes) == ([], [])


def test_a_unit_that_does_not_exist_is_not_found(db):
    with pytest.raises(NotFound):
        declare(db, CAMILLE, DeclarationDraft("990750001-99", Counts(3)), NOW)


def test_an_unusual_change_needs_a_confirmation_and_is_written_with_it(db, published_changes):
    first = declare(db, CAMILLE, DeclarationDraft(WARD, Counts(3)), NOW)
    jump = DeclarationDraft(WARD, Counts(15), seen_position=first.position)
    with pytest.raises(ConfirmationNeeded, match="3 lits à 15"):
        declare(db, CAMILLE, jump, NOW + HOUR)
    assert row_values(db, WARD, "available") == (3,)
    assert len(published_changes) == 1
    declare(db, CAMILLE, jump, NOW + HOUR, confirmed=True)
    assert row_values(db, WARD, "available") == (15,)


def test_a_usual_change_needs_no_confirmation(db):
    first = declare(db, CAMILLE, DeclarationDraft(WARD, Counts(3)), NOW)
    declare(db, CAMILLE, DeclarationDraft(WARD, Counts(7), seen_position=first.position), NOW + HOUR)
    assert row_values(db, WARD, "available") == (7,)


def test_more_places_than_installed_need_a_confirmation_and_are_written_with_it(db):
    with pytest.raises(ConfirmationNeeded, match="8 places"):
        declare(db, CAMILLE, DeclarationDraft(DAY_HOSPITAL, Counts(9)), NOW)
    declare(db, CAMILLE, DeclarationDraft(DAY_HOSPITAL, Counts(9)), NOW, confirmed=True)
    assert row_values(db, DAY_HOSPITAL, "available") == (9,)


def test_places_installed_declared_correct_those_of_the_registry(db):
    declare(db, CAMILLE, DeclarationDraft(DAY_HOSPITAL, Counts(9, installed=10)), NOW)
    assert row_values(db, DAY_HOSPITAL, "available", "installed") == (9, 10)


def test_places_of_a_unit_with_none_installed_need_a_confirmation(db):
    with pytest.raises(ConfirmationNeeded, match="0 place"):
        declare(db, CAMILLE, DeclarationDraft(DAY_HOSPITAL, Counts(3, installed=0)), NOW)


# Who may


@pytest.mark.parametrize(
    ("account", "unit"),
    [(CAMILLE, WARD), (CAMILLE, CARDIAC), (BLANCHE, WARD), (BLANCHE, NURSING), (CLAUDE, HOME_CARE), (CLAUDE, DAY_HOSPITAL)],
    ids=["legal entity", "legal entity, other structure", "structure", "second structure", "unit", "second unit"],
)
def test_a_manager_declares_within_the_perimeter(db, account, unit):
    declare_number(db, unit, 2, by=account)
    assert row_values(db, unit, "available", "account") == (2, account.id)


@pytest.mark.parametrize(
    ("account", "unit"),
    [
        (CAMILLE, NURSING),
        (BLANCHE, CARDIAC),
        (CLAUDE, WARD),
        (DOMINIQUE, WARD),
        (DISABLED, WARD),
        (replace(CAMILLE, perimeter=Perimeter(structures=frozenset({LINDENS}), units=frozenset({HOSPITAL}))), WARD),
    ],
    ids=["other legal entity", "other structure", "other unit", "professional", "disabled", "keys of another kind"],
)
def test_no_operation_writes_to_a_unit_outside_the_perimeter(db, published_changes, account, unit):
    store_account(db, account)
    written = declare_number(
        db, unit, 2, by=store_account(db, replace(CORALIE, roles=MANAGER, perimeter=Perimeter(units=frozenset({unit}))))
    )
    published_changes.clear()
    before = rows(db, "declaration")
    for operation in (
        lambda: declare(db, account, DeclarationDraft(unit, Counts(1), seen_position=written.position), NOW),
        lambda: confirm(db, account, unit, written.position, NOW),
        lambda: close_until(db, account, unit, TOMORROW, "", written.position, NOW),
        lambda: undo(db, account, written.position, NOW),
    ):
        with pytest.raises(Forbidden, match="plus actif" if account.disabled else "périmètre"):
            operation()
    assert (rows(db, "declaration"), published_changes) == (before, [])


# Two managers


def test_the_second_of_two_managers_reads_the_number_of_the_first_and_may_save_over_it(db):
    drawn = declare_number(db, WARD, 2).position
    first = declare(db, CAMILLE, DeclarationDraft(WARD, Counts(3), seen_position=drawn), NOW + MINUTE)
    with pytest.raises(Outdated, match=r"Camille Exemple a déclaré 3 lits, le 23/11/2026 à 10 h 01\."):
        declare(db, BLANCHE, DeclarationDraft(WARD, Counts(5), seen_position=drawn), NOW + 2 * MINUTE)
    assert row_values(db, WARD, "available", "position") == (3, first.position)
    declare(db, BLANCHE, DeclarationDraft(WARD, Counts(5), seen_position=first.position), NOW + 3 * MINUTE)
    assert row_values(db, WARD, "available", "account") == (5, BLANCHE.id)
    assert history(db, WARD) == [("declared", 2), ("declared", 3), ("declared", 5)]


def test_a_form_with_a_position_after_the_end_of_the_log_is_outdated(db):
    declare_number(db, WARD, 3)
    with pytest.raises(Outdated, match="3 lits"):
        declare(db, CAMILLE, DeclarationDraft(WARD, Counts(4), seen_position=10**6), NOW, confirmed=True)


def test_a_form_drawn_before_any_number_is_outdated_by_the_first(db):
    declare(db, CAMILLE, DeclarationDraft(DAY_HOSPITAL, Counts(1), seen_position=0), NOW)
    with pytest.raises(Outdated, match="a déclaré 1 place, le "):
        declare(db, CLAUDE, DeclarationDraft(DAY_HOSPITAL, Counts(5), seen_position=0), NOW)


def test_no_operation_overwrites_a_number_that_its_form_did_not_show(db):
    drawn = declare_number(db, WARD, 2).position
    declare_number(db, WARD, 3, by=BLANCHE)
    before = rows(db, "declaration")
    with pytest.raises(Outdated, match="Blanche Modèle"):
        confirm(db, CAMILLE, WARD, drawn, NOW)
    with pytest.raises(Outdated, match="Blanche Modèle"):
        close_until(db, CAMILLE, WARD, TOMORROW, "", drawn, NOW)
    assert rows(db, "declaration") == before


def test_a_number_of_another_unit_or_a_change_of_the_registry_outdates_nothing(db):
    drawn = declare_number(db, WARD, 2).position
    declare_number(db, RESUSCITATION, 1)
    change_unit(db, WARD, name="Médecine polyvalente")
    declare(db, CAMILLE, DeclarationDraft(WARD, Counts(3), seen_position=drawn), NOW)
    assert row_values(db, WARD, "available", "name") == (3, "Médecine polyvalente")


def test_a_number_of_an_import_outdates_a_form_without_a_name(db):
    write(db, WARD, 3, NOW, account="")
    with pytest.raises(Outdated, match="Entre-temps, un import a déclaré 3 lits"):
        declare(db, CAMILLE, DeclarationDraft(WARD, Counts(5), seen_position=1), NOW)


def test_an_undo_outdates_too(db):
    wrong = declare_number(db, WARD, 9)
    undo(db, CAMILLE, wrong.position, NOW)
    with pytest.raises(Outdated, match="a annulé une mise à jour : aucun nombre"):
        declare(db, BLANCHE, DeclarationDraft(WARD, Counts(3), seen_position=wrong.position), NOW)


def test_an_undo_is_of_the_account_that_undid_not_of_the_one_before(db):
    declare_number(db, WARD, 3, by=BLANCHE)
    wrong = declare_number(db, WARD, 9)
    assert undo(db, CAMILLE, wrong.position, NOW).account == CAMILLE.id
    with pytest.raises(Outdated, match="Camille Exemple a annulé une mise à jour : 3 lits"):
        declare(db, BLANCHE, DeclarationDraft(WARD, Counts(4), seen_position=wrong.position), NOW)


# A unit closed in the registry


def test_a_unit_closed_in_the_registry_may_only_declare_zero(db):
    with pytest.raises(Refused, match="fermée au répertoire"):
        declare(db, BLANCHE, DeclarationDraft(CLOSED_UNIT, Counts(1)), NOW, confirmed=True)
    declare(db, BLANCHE, DeclarationDraft(CLOSED_UNIT, Counts(0)), NOW)
    assert row_values(db, CLOSED_UNIT, "available", "open", "overdue") == (0, False, False)


def test_a_number_is_not_confirmed_for_a_unit_closed_in_the_registry_since(db):
    last = declare_number(db, WARD, 5)
    change_unit(db, WARD, closed=True)
    with pytest.raises(Refused, match="fermée au répertoire"):
        confirm(db, CAMILLE, WARD, last.position, NOW + HOUR)


def test_a_number_is_not_confirmed_above_the_beds_that_the_registry_counts_now(db):
    last = declare_number(db, WARD, 18)
    change_unit(db, WARD, installed=10)
    with pytest.raises(Refused, match="10 lits"):
        confirm(db, CAMILLE, WARD, last.position, NOW + HOUR)


def test_a_unit_that_changes_from_beds_to_places_can_be_declared_from_what_its_form_shows(db):
    declare_number(db, WARD, 3)
    change_unit(db, WARD, unit_type="11")
    declare_number(db, WARD, 2, at=NOW + HOUR)
    assert row_values(db, WARD, "available", "temporality") == (2, "05")


# Confirming


def test_a_confirmation_renews_the_instant_of_the_number_and_comment(db):
    last = declare_number(db, WARD, 3, comment="Chambres seules", at=NOW - 9 * DAY)
    assert row_values(db, WARD, "rank", "overdue") == (3, True)
    event = confirm(db, CAMILLE, WARD, last.position, NOW)
    assert (event.kind, event.acts_on) == (EventKind.CONFIRMED, last.position)
    assert row_values(db, WARD, "available", "comment", "observed_at", "rank", "overdue") == (
        3,
        "Chambres seules",
        NOW,
        0,
        False,
    )
    assert history(db, WARD) == [("declared", 3), ("confirmed", 3)]


def test_a_confirmation_has_the_account_that_made_it(db):
    last = declare_number(db, WARD, 3)
    confirm(db, BLANCHE, WARD, last.position, NOW)
    assert row_values(db, WARD, "account") == (BLANCHE.id,)


def test_a_unit_that_never_declared_has_nothing_to_confirm(db):
    with pytest.raises(Refused, match="saisissez-en un"):
        confirm(db, CAMILLE, WARD, 0, NOW)
    assert rows(db, "declaration") == []


# Closing for a time


def test_a_unit_closed_for_a_time_offers_nothing_owes_nothing_and_opens_again_by_itself(db):
    last = declare_number(db, RESUSCITATION, 3)
    close_until(db, CAMILLE, RESUSCITATION, date(2026, 11, 30), " Travaux ", last.position, NOW)
    opens = datetime(2026, 11, 30, 23, tzinfo=UTC)
    names = ("available", "open", "overdue")
    assert row_values(db, RESUSCITATION, "comment", "closed_until") == ("Travaux", date(2026, 11, 30))
    assert row_values(db, RESUSCITATION, *names) == (0, False, False)
    assert row_values(db, RESUSCITATION, *names, at=opens - SECOND) == (0, False, False)
    assert row_values(db, RESUSCITATION, *names, at=opens + DAY) == (0, True, False)
    assert row_values(db, RESUSCITATION, *names, at=opens + DAY + SECOND) == (0, True, True)
    assert history(db, RESUSCITATION) == [("declared", 3), ("closed", 0)]


def test_a_number_declared_before_the_last_closed_day_reopens_the_unit(db):
    closed = close_until(db, CAMILLE, WARD, date(2026, 12, 20), "", 0, NOW)
    declare(db, CAMILLE, DeclarationDraft(WARD, Counts(2), seen_position=closed.position), NOW + HOUR)
    assert row_values(db, WARD, "available", "open", "closed_until", at=NOW + HOUR) == (2, True, None)


@pytest.mark.parametrize("until", [YESTERDAY, TODAY + MAX_CLOSURE + timedelta(days=1)])
def test_a_closure_ends_between_today_and_a_year_later(db, until):
    with pytest.raises(Refused, match="un an plus tard"):
        close_until(db, CAMILLE, WARD, until, "", 0, NOW)
    assert rows(db, "declaration") == []


@pytest.mark.parametrize("until", [TODAY, TODAY + MAX_CLOSURE])
def test_a_closure_may_end_today_or_a_year_later(db, until):
    close_until(db, CAMILLE, WARD, until, "", 0, NOW)
    assert row_values(db, WARD, "open", "closed_until") == (False, until)


def test_today_is_that_of_paris(db):
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    with pytest.raises(Refused):
        close_until(db, CAMILLE, WARD, TODAY, "", 0, late)
    close_until(db, CAMILLE, WARD, TOMORROW, "", 0, late)
    assert row_values(db, WARD, "open", at=late) == (False,)


def test_the_comment_of_a_closure_is_no_longer_than_another(db):
    with pytest.raises(Refused, match="501"):
        close_until(db, CAMILLE, WARD, TOMORROW, "x" * 501, 0, NOW)


def test_a_confirmation_during_a_closure_keeps_it_and_one_after_it_does_not(db):
    closed = close_until(db, CAMILLE, WARD, TOMORROW, "", 0, NOW)
    during = confirm(db, CAMILLE, WARD, closed.position, NOW + DAY)
    assert row_values(db, WARD, "available", "open", "closed_until", at=NOW + DAY) == (0, False, TOMORROW)
    confirm(db, CAMILLE, WARD, during.position, NOW + 3 * DAY)
    assert row_values(db, WARD, "available", "open", "closed_until", "rank", at=NOW + 3 * DAY) == (0, True, None, 0)


# Taking back


def test_an_undo_restores_the_unit_and_the_log_has_both_events(db):
    close = close_until(db, BLANCHE, WARD, date(2026, 12, 1), "Travaux", 0, NOW - HOUR)
    before = row_values(db, WARD, "available", "comment", "closed_until", "observed_at", "open", "rank", "overdue")
    wrong = declare_number(db, WARD, 15, comment="Erreur")
    undone = undo(db, CAMILLE, wrong.position, NOW + MINUTE)
    assert row_values(db, WARD, "available", "comment", "closed_until", "observed_at", "open", "rank", "overdue") == before
    assert (undone.kind, undone.acts_on) == (EventKind.UNDONE, wrong.position)
    assert [row[0] for row in rows(db, "declaration")] == [str(event.position) for event in (close, wrong, undone)]


def test_the_history_leaves_out_what_was_undone(db):
    declare_number(db, WARD, 3)
    wrong = declare_number(db, WARD, 15)
    undone = undo(db, CAMILLE, wrong.position, NOW)
    assert history(db, WARD) == [("declared", 3)]
    declare(db, CAMILLE, DeclarationDraft(WARD, Counts(4), seen_position=undone.position), NOW)
    assert history(db, WARD) == [("declared", 3), ("declared", 4)]


def test_an_undone_number_does_not_make_the_right_one_unusual(db):
    declare_number(db, WARD, 3)
    wrong = declare_number(db, WARD, 20)
    undone = undo(db, CAMILLE, wrong.position, NOW)
    declare(db, CAMILLE, DeclarationDraft(WARD, Counts(4), seen_position=undone.position), NOW)
    assert row_values(db, WARD, "available") == (4,)


def test_an_undo_of_a_confirmation_gives_the_number_its_age_back(db):
    last = declare_number(db, WARD, 3, at=NOW - 9 * DAY)
    again = confirm(db, CAMILLE, WARD, last.position, NOW)
    undo(db, CAMILLE, again.position, NOW)
    assert row_values(db, WARD, "available", "observed_at", "rank", "overdue") == (3, NOW - 9 * DAY, 3, True)
    assert history(db, WARD) == [("declared", 3)]


def test_an_undo_of_a_closure_opens_the_unit(db):
    declare_number(db, WARD, 3)
    closed = close_until(db, CAMILLE, WARD, TOMORROW, "", board_rows(db)[WARD]["position"], NOW)
    undo(db, CAMILLE, closed.position, NOW)
    assert row_values(db, WARD, "available", "open", "closed_until") == (3, True, None)


def test_an_undo_of_the_first_number_ever_leaves_a_unit_that_never_declared(db):
    before = row_values(db, WARD, "available", "comment", "observed_at", "rank", "overdue", "installed")
    first = declare(db, CAMILLE, DeclarationDraft(WARD, Counts(3, installed=25), "Erreur"), NOW)
    undone = undo(db, CAMILLE, first.position, NOW)
    assert row_values(db, WARD, "available", "comment", "observed_at", "rank", "overdue", "installed") == before
    assert history(db, WARD) == []
    with pytest.raises(Refused, match="saisissez-en un"):
        confirm(db, CAMILLE, WARD, undone.position, NOW)
    declare(db, CAMILLE, DeclarationDraft(WARD, Counts(2), seen_position=undone.position), NOW)
    assert row_values(db, WARD, "available") == (2,)


def test_an_undo_after_an_undo_undoes_only_the_last_number(db):
    declare_number(db, WARD, 3)
    undo(db, CAMILLE, declare_number(db, WARD, 4).position, NOW)
    undo(db, CAMILLE, declare_number(db, WARD, 5).position, NOW)
    assert row_values(db, WARD, "available") == (3,)
    assert history(db, WARD) == [("declared", 3)]


def test_an_undo_is_possible_for_a_quarter_of_an_hour(db):
    declare_number(db, WARD, 3)
    wrong = declare_number(db, WARD, 5)
    with pytest.raises(Refused, match="quart d'heure"):
        undo(db, CAMILLE, wrong.position, NOW + UNDO + SECOND)
    assert row_values(db, WARD, "available") == (5,)
    undo(db, CAMILLE, wrong.position, NOW + timedelta(minutes=15))
    assert row_values(db, WARD, "available") == (3,)


def test_the_number_of_another_account_is_not_undone_even_in_a_shared_perimeter(db):
    wrong = declare_number(db, WARD, 5)
    with pytest.raises(Refused, match="votre propre"):
        undo(db, BLANCHE, wrong.position, NOW)
    assert row_values(db, WARD, "available") == (5,)


def test_an_undo_is_neither_undone_nor_done_twice(db):
    wrong = declare_number(db, WARD, 5)
    undone = undo(db, CAMILLE, wrong.position, NOW)
    for position in (wrong.position, undone.position):
        with pytest.raises(Refused):
            undo(db, CAMILLE, position, NOW)
    assert row_values(db, WARD, "available", "position") == (None, undone.position)


def test_a_number_followed_by_another_is_not_undone(db):
    wrong = declare_number(db, WARD, 5)
    declare_number(db, WARD, 6, by=BLANCHE)
    with pytest.raises(Refused, match="mise à jour depuis"):
        undo(db, CAMILLE, wrong.position, NOW)
    assert row_values(db, WARD, "available") == (6,)


def test_what_was_never_written_is_not_found(db):
    with pytest.raises(NotFound):
        undo(db, CAMILLE, 999, NOW)


# The log and its listeners


def test_no_operation_changes_the_events_already_written(db):
    earlier: list[tuple] = []
    first = declare_number(db, WARD, 3)
    for operation in (
        lambda: confirm(db, CAMILLE, WARD, first.position, NOW),
        lambda: undo(db, CAMILLE, first.position + 1, NOW),
        lambda: close_until(db, CAMILLE, WARD, TOMORROW, "", first.position + 2, NOW),
        lambda: declare_number(db, WARD, 9),
    ):
        earlier = rows(db, "declaration")
        operation()
        assert [row for row in rows(db, "declaration") if row in earlier] == earlier
        assert len(rows(db, "declaration")) == len(earlier) + 1
    assert len(earlier) == 4


def test_each_operation_publishes_its_unit_structure_and_department(db, published_changes):
    first = declare(db, CLAUDE, DeclarationDraft(HOME_CARE, Counts(3)), NOW)
    second = confirm(db, CLAUDE, HOME_CARE, first.position, NOW)
    third = undo(db, CLAUDE, second.position, NOW)
    fourth = close_until(db, BLANCHE, NURSING, TOMORROW, "", 0, NOW)
    expected = [(one.position, HOME_CARE, SHELTER, "93") for one in (first, second, third)]
    assert published_changes == [events.CommitEvent(*one) for one in (*expected, (fourth.position, NURSING, HOME, "94"))]


def test_a_change_is_published_once_it_is_committed_and_outside_its_transaction(db):
    read = []

    def listen(change: events.CommitEvent) -> None:
        read.append((db.position, change.position, board_rows(db)[change.unit]["available"]))
        if len(read) == 1:
            declare_number(db, CARDIAC, 1)

    stop = events.subscribe(listen)
    first = declare(db, CAMILLE, DeclarationDraft(WARD, Counts(3)), NOW)
    stop()
    assert read == [(first.position, first.position, 3), (first.position + 1, first.position + 1, 1)]


def test_a_listener_that_unsubscribed_receives_nothing(db, published_changes):
    other: list[events.CommitEvent] = []
    events.subscribe(other.append)()
    declare_number(db, WARD, 3)
    assert (len(published_changes), other) == (1, [])


def test_the_registry_is_never_changed_by_a_declaration(db):
    before = rows(db, "unit")
    declare(db, CAMILLE, DeclarationDraft(WARD, Counts(3, installed=25)), NOW)
    assert rows(db, "unit") == before
    assert BY_ID[WARD].installed == 20


# Sent twice

SAVE = "0123456789abcdef"


def saves(db):
    """Return the ways to write one form: each is called with the position that the form was rendered from."""
    return (
        lambda before: declare(db, BLANCHE, DeclarationDraft(WARD, Counts(3), seen_position=before, save_id=SAVE), NOW),
        lambda before: confirm(db, BLANCHE, WARD, before, NOW, save_id=SAVE),
        lambda before: close_until(db, BLANCHE, WARD, TOMORROW, "", before, NOW, save_id=SAVE),
    )


@pytest.mark.parametrize("way", range(3))
def test_a_form_sent_twice_is_written_once_and_answered_twice(db, published_changes, way):
    before = declare_number(db, WARD, 3).position
    first = saves(db)[way](before)
    assert saves(db)[way](before) == first
    assert saved(db, BLANCHE, WARD, SAVE, before) == first
    assert (len(rows(db, "declaration")), len(published_changes)) == (2, 2)


def test_the_first_answer_stands_although_somebody_declared_since(db):
    first = saves(db)[0](0)
    declare_number(db, WARD, 5, at=NOW + MINUTE)
    assert saves(db)[0](0) == first
    assert row_values(db, WARD, "available", at=NOW + MINUTE) == (5,)


def test_a_form_that_was_undone_is_not_returned_as_saved(db):
    first = saves(db)[0](0)
    undo(db, BLANCHE, first.position, NOW)
    assert saved(db, BLANCHE, WARD, SAVE, 0) is None
    with pytest.raises(Outdated):
        saves(db)[0](0)


def test_a_form_of_another_account_or_unit_is_not_returned_as_saved(db):
    saves(db)[0](0)
    assert saved(db, CAMILLE, WARD, SAVE, 0) is None
    assert saved(db, BLANCHE, DAY_HOSPITAL, SAVE, 0) is None
    assert saved(db, BLANCHE, WARD, "", 0) is None
    with pytest.raises(Outdated):
        declare(db, CAMILLE, DeclarationDraft(WARD, Counts(3), save_id=SAVE), NOW)


def test_an_account_that_lost_the_right_does_not_read_what_it_saved(db):
    saves(db)[0](0)
    with pytest.raises(Forbidden):
        saved(db, CLAUDE, WARD, SAVE, 0)
    with pytest.raises(Forbidden):
        declare(db, CLAUDE, DeclarationDraft(WARD, Counts(3), save_id=SAVE), NOW)


def test_two_forms_are_two_declarations(db):
    first = saves(db)[0](0)
    second = declare(db, BLANCHE, DeclarationDraft(WARD, Counts(3), seen_position=first.position, save_id="other"), NOW)
    assert second.position == first.position + 1
