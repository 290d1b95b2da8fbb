"""Events of a crisis: who opens, changes and closes them, what they ask of units, and how far each one is."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from ror.errors import Forbidden, NotFound, Outdated, Refused
from ror.exchange import journal_words
from ror.model.capacity import Counts
from ror.model.crisis import CrisisKind, CrisisScope, ExtraCount
from ror.model.filters import Filters
from ror.model.journal import Act
from ror.model.rights import Role
from ror.model.territory import PARIS
from ror.services import events, journal
from ror.services.availability import consult, declare, extra_counts, lists, sheet
from ror.services.coordination import crisis, crisis_progress, tension
from ror.services.coordination.crisis import TypedEvent
from ror.services.operations import follow
from ror.services.reminders import late
from ror.store.board import board as boards
from tests.region import (
    ADELE,
    BLANCHE,
    CAMILLE,
    CARDIAC,
    CLAUDE,
    CLOSED_UNIT,
    CORALIE,
    DAY_HOSPITAL,
    DOMINIQUE,
    HOME,
    HOSPITAL,
    NOW,
    RESUSCITATION,
    UNITS,
    WARD,
    close_for_a_time,
    rows,
    store_account,
    write,
)

pytestmark = pytest.mark.usefixtures("region")

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TYPED = TypedEvent(CrisisKind.PLAN_BLANC, 2, "", CrisisScope(("75",)), NOW + 2 * DAY, 4, (ExtraCount.REOPENABLE,))
ID = "event-0001"


@pytest.fixture
def declared(db):
    """Declare every unit an hour ago."""
    for unit in UNITS:
        write(db, unit.id, 4, NOW - HOUR)
    return db


def acts(db, act=Act.CRISIS):
    """Return the journal lines of an act: outcome, actor, subject, before, after."""
    with db.reader() as cursor:
        query = "SELECT outcome, actor, subject, before, after FROM journal WHERE act = ? ORDER BY number"
        return cursor.execute(query, [str(act)]).fetchall()


def test_a_coordinator_opens_an_event_which_is_read_and_journalled(declared):
    event = crisis.open_event(declared, CORALIE, ID, TYPED, NOW)
    assert crisis.open_events(declared, NOW) == [event]
    assert crisis.all_events(declared, CORALIE, NOW + 3 * DAY) == [event]
    assert crisis.open_events(declared, NOW + 2 * DAY) == []
    assert (event.label, event.opened_at, event.rhythm_hours) == ("Plan blanc niveau 2", NOW, 4)
    ((outcome, actor, subject, before, after),) = acts(declared)
    assert (outcome, actor, subject, before) == ("done", "coralie", f"crisis:{ID}", "")
    assert '"kind":"plan_blanc"' in after.replace(" ", "")


@pytest.mark.parametrize("account", [CAMILLE, DOMINIQUE, ADELE])
def test_nobody_else_opens_changes_closes_or_lists_events(declared, account):
    event = crisis.open_event(declared, CORALIE, ID, TYPED, NOW)
    for act in (
        lambda: crisis.open_event(declared, account, "event-0002", TYPED, NOW),
        lambda: crisis.change_event(declared, account, ID, event.position, TYPED, NOW),
        lambda: crisis.close_event(declared, account, ID, NOW),
        lambda: crisis.all_events(declared, account, NOW),
    ):
        with pytest.raises(Forbidden, match="coordonnateurs"):
            act()
    assert [line[0] for line in acts(declared)] == ["done", *["refused"] * 4]
    assert crisis.open_events(declared, NOW) == [event]


def test_a_right_withdrawn_meanwhile_opens_nothing(declared):
    store_account(declared, replace(CORALIE, roles=frozenset({Role.PROFESSIONAL})))
    with pytest.raises(Forbidden):
        crisis.open_event(declared, CORALIE, ID, TYPED, NOW)


def test_a_form_sent_twice_opens_one_event(declared):
    first = crisis.open_event(declared, CORALIE, ID, TYPED, NOW)
    assert crisis.open_event(declared, CORALIE, ID, TYPED, NOW + HOUR) == first
    assert len(acts(declared)) == 1


def test_two_coordinators_at_once_open_two_events(declared):
    with ThreadPoolExecutor(4) as pool:
        ids = [f"event-{number:04}" for number in (1, 1, 2, 2)]
        list(pool.map(lambda event_id: crisis.open_event(declared, CORALIE, event_id, TYPED, NOW), ids))
    assert [event.id for event in crisis.open_events(declared, NOW)] == ["event-0001", "event-0002"]
    assert len(rows(declared, "crisis_version")) == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"until": None}, "fin de l'événement"),
        ({"until": NOW - HOUR}, "passée"),
        ({"level": 0}, "1 ou 2"),
        ({"scope": CrisisScope(("1",))}, "département 1"),
        ({"scope": CrisisScope((), ("999999999",))}, "structure 999999999"),
        ({"scope": CrisisScope((), (), ("nothing",))}, "besoin nothing"),
        ({"scope": CrisisScope((), tuple(f"{number:09}" for number in range(201)))}, "200 structures"),
        ({"name": "=cmd|' /C calc'!A0" * 10}, "caractères"),
    ],
)
def test_what_makes_no_sense_is_refused_and_opens_nothing(declared, change, words):
    with pytest.raises(Refused, match=words):
        crisis.open_event(declared, CORALIE, ID, replace(TYPED, **change), NOW)
    assert crisis.open_events(declared, NOW) == []


@pytest.mark.parametrize("event_id", ["", "short", "x" * 33, "event|0001", "événement"])
def test_an_id_that_no_form_has_is_refused(declared, event_id):
    with pytest.raises(Refused, match="rechargez"):
        crisis.open_event(declared, CORALIE, event_id, TYPED, NOW)


def test_a_change_is_a_version_that_keeps_the_rounds_unless_the_rhythm_changes(declared):
    event = crisis.open_event(declared, CORALIE, ID, TYPED, NOW)
    longer = crisis.change_event(declared, CORALIE, ID, event.position, replace(TYPED, until=NOW + 3 * DAY), NOW + HOUR)
    assert (longer.since, longer.until) == (NOW, NOW + 3 * DAY)
    faster = crisis.change_event(declared, CORALIE, ID, longer.position, replace(TYPED, rhythm_hours=1), NOW + 5 * HOUR)
    assert (faster.since, faster.opened_at) == (NOW + 5 * HOUR, NOW)
    assert [one.start - NOW for one in crisis.event_rounds(declared, ID, NOW + 6.5 * HOUR)] == [
        hours * HOUR for hours in (0, 4, 5, 6)
    ]
    assert [line[0] for line in acts(declared)] == ["done"] * 3


def test_a_change_leaves_the_kind_of_an_event(declared):
    event = crisis.open_event(declared, CORALIE, ID, TYPED, NOW)
    other = replace(TYPED, kind=CrisisKind.HEAT_WAVE, rhythm_hours=2)
    changed = crisis.change_event(declared, CORALIE, ID, event.position, other, NOW + HOUR)
    assert (changed.kind, changed.rhythm_hours) == (CrisisKind.PLAN_BLANC, 2)


def test_a_change_that_was_not_seen_is_not_overwritten(declared):
    event = crisis.open_event(declared, CORALIE, ID, TYPED, NOW)
    crisis.change_event(declared, CORALIE, ID, event.position, replace(TYPED, level=1), NOW + HOUR)
    with pytest.raises(Outdated, match="Entre-temps"):
        crisis.change_event(declared, CORALIE, ID, event.position, replace(TYPED, rhythm_hours=1), NOW + HOUR)
    # The same change sent again is neither written nor published.
    again = crisis.change_event(declared, CORALIE, ID, event.position, replace(TYPED, level=1), NOW + HOUR)
    assert (again.level, len(acts(declared))) == (1, 2)


def test_an_event_is_closed_early_once_and_changed_no_more(declared):
    event = crisis.open_event(declared, CORALIE, ID, TYPED, NOW)
    closed = crisis.close_event(declared, CORALIE, ID, NOW + HOUR)
    assert closed.until == NOW + HOUR
    assert crisis.close_event(declared, CORALIE, ID, NOW + 2 * HOUR) == closed
    assert crisis.open_events(declared, NOW + HOUR) == []
    with pytest.raises(Refused, match="terminé"):
        crisis.change_event(declared, CORALIE, ID, event.position, TYPED, NOW + 2 * HOUR)
    with pytest.raises(NotFound):
        crisis.close_event(declared, CORALIE, "event-9999", NOW)


def test_board_sheet_lists_and_mails_agree_on_who_is_late(declared):
    crisis.open_event(declared, CORALIE, ID, TYPED, NOW)
    at = NOW + 5 * HOUR
    write(declared, RESUSCITATION, 2, NOW + 3 * HOUR)
    board = boards.current(declared)
    view = consult.view(declared, board, Filters(), at)
    expected = {WARD, DAY_HOSPITAL}
    assert {row["unit"] for row in view.board.units.to_pylist() if row["overdue"]} == expected
    own = consult.own_units(declared, CAMILLE, view).to_pylist()
    assert {row["unit"] for row in own if row["overdue"]} == expected
    offers = lists.availability(declared, DOMINIQUE, lists.OfferQuery(limit=50), at).rows
    assert {offer["unit"] for offer in offers if offer["due_at"] and offer["due_at"] < at} == expected
    with declared.reader() as cursor:
        assert set(late.late_units(cursor, board, at)["unit"].to_pylist()) == expected


def test_the_end_of_an_event_is_known_to_who_compares_versions(declared):
    board = boards.current(declared)
    assert lists.last_end(board, NOW) is None
    event = crisis.open_event(declared, CORALIE, ID, TYPED, NOW)
    tension.declare(declared, BLANCHE, HOSPITAL, 1, NOW + DAY, 0, NOW)
    board = boards.current(declared)
    ends = [lists.last_end(board, NOW + days * DAY) for days in (0, 1, 2, 3)]
    assert ends == [None, NOW + DAY, event.until, event.until]


def test_progress_counts_the_open_units_in_scope_that_answered_the_round(declared):
    event = crisis.open_event(declared, CORALIE, ID, TYPED, NOW)
    close_for_a_time(declared, DAY_HOSPITAL, (NOW + DAY).date(), NOW + HOUR)
    write(declared, RESUSCITATION, 2, NOW + HOUR)
    write(declared, CARDIAC, 2, NOW + HOUR)
    progress = crisis.progress(declared, event, NOW + 2 * HOUR)
    assert (progress.expected, progress.answered, progress.round.number) == (2, 1, 1)
    (structure,) = progress.late
    assert (structure.finess, structure.missing, structure.telephone) == (HOSPITAL, ("Médecine interne",), "0199000001")
    assert crisis.progress(declared, event, NOW + 5 * HOUR).answered == 0
    write(declared, WARD, 4, NOW + 3 * DAY)
    assert crisis.progress(declared, event, NOW + 3 * DAY).round.end == NOW + 2 * DAY


def test_a_manager_sees_what_is_asked_of_its_own_units(declared):
    event = crisis.open_event(declared, CORALIE, ID, replace(TYPED, scope=CrisisScope()), NOW)
    write(declared, WARD, 2, NOW + HOUR)
    view = consult.view(declared, boards.current(declared), Filters(), NOW + HOUR)
    (own,) = crisis_progress.progress_of_units(consult.own_units(declared, BLANCHE, view).to_pylist(), [event], NOW + HOUR)
    assert (len(own.units), own.answered) == (5, frozenset({WARD}))
    assert crisis_progress.progress_of_units([], [event], NOW) == []


def test_a_unit_is_up_to_date_for_its_manager_once_it_answered_the_events_that_ask_it_else_while_it_is_fresh(declared):
    event = crisis.open_event(declared, CORALIE, ID, TYPED, NOW)
    write(declared, WARD, 4, NOW + timedelta(minutes=1))
    later = NOW + 2 * HOUR
    rows = consult.own_units(declared, BLANCHE, consult.view(declared, boards.current(declared), Filters(), later))
    asking = crisis_progress.progress_of_units(rows.to_pylist(), [event], later)
    up_to_date = {row["unit"] for row in rows.to_pylist() if crisis_progress.is_up_to_date(row, asking)}
    assert up_to_date == {WARD, CLOSED_UNIT}
    row = next(row for row in rows.to_pylist() if row["unit"] == WARD)
    assert row["rank"] == 1
    assert not crisis_progress.is_up_to_date(row, [])
    assert crisis_progress.is_up_to_date(row | {"rank": 0}, [])


def test_a_manager_of_a_whole_structure_declares_its_tension(declared):
    position = tension.declare(declared, BLANCHE, HOSPITAL, 2, NOW + DAY, 0, NOW)
    levels = {row["finess"]: row["tension"] for row in boards.current(declared).units.to_pylist()}
    assert (levels[HOSPITAL], levels[HOME]) == (2, None)
    ((outcome, actor, subject, _, after),) = acts(declared, Act.TENSION)
    assert (outcome, actor, subject) == ("done", "blanche", f"structure:{HOSPITAL}")
    assert '"level": 2' in after or '"level":2' in after
    # Declared again, its age begins again; sent twice, it is written once.
    again = tension.declare(declared, BLANCHE, HOSPITAL, 2, NOW + DAY, position, NOW + HOUR)
    assert again > position
    assert tension.declare(declared, BLANCHE, HOSPITAL, 2, NOW + DAY, position, NOW + HOUR) == again
    with pytest.raises(Outdated, match="tension 2"):
        tension.declare(declared, CAMILLE, HOSPITAL, 0, None, position, NOW + HOUR)


@pytest.mark.parametrize("account", [CLAUDE, DOMINIQUE, CORALIE, ADELE])
def test_nobody_speaks_for_a_structure_of_which_it_holds_a_part_or_nothing(declared, account):
    with pytest.raises(Forbidden):
        tension.declare(declared, account, HOSPITAL, 1, None, 0, NOW)
    assert acts(declared, Act.TENSION)[0][:2] == ("refused", account.id)
    assert rows(declared, "structure_tension") == []


def test_units_that_are_handed_over_do_not_give_the_right_to_speak_for_the_structure(declared):
    units = frozenset({RESUSCITATION, WARD, DAY_HOSPITAL})
    every = store_account(declared, replace(CLAUDE, perimeter=replace(CLAUDE.perimeter, units=units)))
    assert tension.may_declare(every, HOSPITAL, "", units)
    lent = replace(CLAUDE, perimeter=replace(CLAUDE.perimeter, received=units))
    assert not tension.may_declare(lent, HOSPITAL, "", units)
    assert not tension.may_declare(every, HOSPITAL, "", [])
    assert tension.declare(declared, every, HOSPITAL, 1, None, 0, NOW)


def test_a_tension_of_nowhere_or_of_no_level_is_refused(declared):
    with pytest.raises(NotFound):
        tension.declare(declared, BLANCHE, "999999999", 1, None, 0, NOW)
    with pytest.raises(Refused):
        tension.declare(declared, BLANCHE, HOSPITAL, 3, None, 0, NOW)


def line(db, unit, number, extras, **counts):
    draft = declare.DeclarationDraft(unit, Counts(number, **counts), "", db.position, None, "a" * 16)
    return sheet.SheetLine(sheet.LineAction.DECLARE, draft, True, None, extras)


def test_the_extra_counts_are_parts_of_the_number_and_beds_in_24_hours(declared):
    extras = {ExtraCount.REOPENABLE: "2", ExtraCount.MOBILIZED: "1", ExtraCount.IN_24_HOURS: "5"}
    sent = line(declared, WARD, "3", extras)
    (answer,) = sheet.save(declared, CAMILLE, [sent], NOW)
    assert (answer.event.counts.closed, answer.event.counts.supplementary) == (2, 1)
    row = next(row for row in boards.current(declared).units.to_pylist() if row["unit"] == WARD)
    assert [extra_counts.last_number(row, one) for one in ExtraCount] == [2, 1, 5]
    assert (row["available"], row["others"][0]["temporality"], row["others"][0]["supplementary"]) == (3, "03", 5)
    # Sent twice it is written once; undone, both are as before.
    before = len(rows(declared, "declaration"))
    assert sheet.save(declared, CAMILLE, [sent], NOW)[0].event == answer.event
    assert len(rows(declared, "declaration")) == before
    undone = sheet.undo(declared, CAMILLE, [answer.event.position, answer.other_event.position], NOW + HOUR / 6)
    assert len(undone.events) == 2
    row = next(row for row in boards.current(declared).units.to_pylist() if row["unit"] == WARD)
    assert [extra_counts.last_number(row, one) for one in ExtraCount] == [None] * 3


@pytest.mark.parametrize(
    ("extras", "counts", "words"),
    [
        ({ExtraCount.REOPENABLE: "deux"}, {}, "Fermés réactivables"),
        ({ExtraCount.IN_24_HOURS: "-1"}, {}, "Supplémentaires à 24 h"),
        ({ExtraCount.REOPENABLE: "3"}, {"closed": "2"}, "fait 3, pour 2"),
    ],
)
def test_an_extra_count_that_makes_no_sense_refuses_its_line_alone(declared, extras, counts, words):
    before = len(rows(declared, "declaration"))
    refused, saved = sheet.save(
        declared, CAMILLE, [line(declared, WARD, "3", extras, **counts), line(declared, CARDIAC, "2", {})], NOW
    )
    assert words in refused.message
    assert (refused.outcome, saved.outcome) == (sheet.LineOutcome.REFUSED, sheet.LineOutcome.SAVED)
    assert len(rows(declared, "declaration")) == before + 1


def test_other_replicas_learn_of_an_event_and_of_a_tension(declared):
    before = declared.position
    event = crisis.open_event(declared, CORALIE, ID, TYPED, NOW)
    assert follow.changes(declared, before, event.position) == [events.CommitEvent(event.position)]
    position = tension.declare(declared, BLANCHE, HOSPITAL, 1, None, 0, NOW)
    assert follow.changes(declared, event.position, position) == [events.CommitEvent(position)]


def test_open_pages_are_woken_by_an_event_and_by_a_tension(declared, published_changes):
    event = crisis.open_event(declared, CORALIE, ID, TYPED, NOW)
    position = tension.declare(declared, BLANCHE, HOSPITAL, 1, None, 0, NOW)
    closed = crisis.close_event(declared, CORALIE, ID, NOW + HOUR)
    assert published_changes == [
        events.CommitEvent(event.position),
        events.CommitEvent(position, structure=HOSPITAL, department="75"),
        events.CommitEvent(closed.position),
    ]


def test_the_journal_says_in_french_what_was_opened_and_declared(declared):
    crisis.open_event(declared, CORALIE, ID, TYPED, NOW)
    crisis.close_event(declared, CORALIE, ID, NOW + HOUR)
    tension.declare(declared, BLANCHE, HOSPITAL, 2, None, 0, NOW)
    lines = journal_words.to_french(journal.read(declared, ADELE, journal.JournalQuery(), NOW + HOUR), PARIS).to_pylist()
    journalled = " / ".join(f"{line['Acte']} {line['Objet']} {line['Après']}" for line in lines)
    for words in ("type : Plan blanc", "rythme en heures : 4", "nombres demandés en plus : Fermés réactivables"):
        assert words in journalled
    assert f"Événement événement {ID} action : fermeture" in journalled
    assert "Tension structure Hôpital fictif des Tilleuls niveau : 2" in journalled


def test_the_tension_is_declared_for_a_structure_whose_open_units_are_all_held(declared):
    view = consult.view(declared, consult.current(declared, CAMILLE), Filters(), NOW)
    of_structure = [row for row in view.units_of("75").to_pylist() if row["finess"] == HOSPITAL]
    assert tension.may_declare_for(CAMILLE, of_structure)
    assert not tension.may_declare_for(DOMINIQUE, of_structure)
    assert not tension.may_declare_for(CAMILLE, [])
