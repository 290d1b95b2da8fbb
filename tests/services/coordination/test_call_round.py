"""The call round: which units it lists, who calls them, and the rules for writing a number on behalf of a unit."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from ror.errors import ConfirmationNeeded, Forbidden, NotFound, Outdated, Refused
from ror.model.call_round import CallKind, CallReason, CallStep, DayCount
from ror.model.declaration import Channel, EventKind
from ror.model.feedback import Contradiction, FeedbackKind
from ror.model.filters import Filters
from ror.model.journal import Outcome
from ror.model.reminder import Deputyship
from ror.model.rights import EVERYWHERE, Account, Role
from ror.services.availability import consult, correct, mask, trends
from ror.services.availability.declarable_unit import authorize_unit
from ror.services.coordination import call_round, calls, feedback
from ror.services.coordination.calls import CallResult
from ror.store import declarations, deputyships, handovers, registry, registry_changes
from ror.store import journal as journal_lines
from tests.region import (
    ADELE,
    BLANCHE,
    CAMILLE,
    CARDIAC,
    CLAUDE,
    CORALIE,
    DAY_HOSPITAL,
    DOMINIQUE,
    NOW,
    REHABILITATION,
    RESUSCITATION,
    UNITS,
    WARD,
    close_for_a_time,
    only_on_a_file,
    store_account,
    write,
)

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PAUL = Account("paul", "paul", "Paul Repère", frozenset({Role.COORDINATOR}))


@pytest.fixture
def db(region):
    """Return the region: all its units declared an hour ago, but WARD and CARDIAC nine days ago; a second coordinator."""
    for unit in UNITS:
        write(region, unit.id, 4, NOW - (9 * DAY if unit.id in (WARD, CARDIAC) else HOUR))
    store_account(region, PAUL)
    return region


def listed(db, account=CORALIE, now=NOW, department=""):
    view = consult.view(db, consult.current(db, account), Filters(), now)
    return call_round.read(db, account, view, now, department)


def by_unit(db, **others):
    return {one.row["unit"]: one for one in listed(db, **others).units}


def position(db, unit=WARD):
    with db.reader() as cursor:
        return declarations.latest(cursor, [unit])[-1].position


def last(db, unit=WARD):
    with db.reader() as cursor:
        return declarations.latest(cursor, [unit])[-1]


def result(db, kind, number=None, *, unit=WARD, seen=0, **others):
    return CallResult(unit, kind, seen, position(db, unit), number, **others)


def acts(db):
    with db.reader() as cursor:
        return [(line.act, line.outcome, line.actor) for line, _ in journal_lines.in_order(cursor)]


def grant(db, *departments, account=CORALIE):
    return store_account(db, replace(account, declares_for_others=frozenset(departments or EVERYWHERE)))


def test_the_round_lists_the_late_units_with_their_reason_and_leaves_out_the_others(db):
    call_list = listed(db)
    assert {listed_unit.row["unit"] for listed_unit in call_list.units} == {WARD, CARDIAC}
    assert all(listed_unit.doubt.reasons == (CallReason.LATE,) for listed_unit in call_list.units)
    # Intensive care owes a number a day, medicine a week: nine days are longer for the former.
    assert [listed_unit.row["unit"] for listed_unit in call_list.units] == [CARDIAC, WARD]
    assert [listed_unit.row["unit"] for listed_unit in listed(db, department="93").units] == [CARDIAC]


def test_a_unit_contradicted_by_a_reader_comes_first_even_when_its_number_is_new(db):
    feedback.give(db, DOMINIQUE, DAY_HOSPITAL, FeedbackKind.FULL, NOW - HOUR, NOW - MINUTE)
    first = listed(db).units[0]
    assert (first.row["unit"], first.doubt.reasons) == (DAY_HOSPITAL, (CallReason.CONTRADICTED,))
    assert first.contradiction == Contradiction(1, NOW - MINUTE, FeedbackKind.FULL)


def test_a_confirmation_of_a_reader_calls_nobody(db):
    feedback.give(db, DOMINIQUE, DAY_HOSPITAL, FeedbackKind.CONFIRMED, NOW - HOUR, NOW - MINUTE)
    assert DAY_HOSPITAL not in by_unit(db)


def test_a_unit_that_is_often_late_is_called_from_half_of_its_delay_on_unless_it_is_closed(db):
    for week in range(1, 9):
        write(db, REHABILITATION, 3, NOW - timedelta(days=8 * week + 5))
    write(db, REHABILITATION, 3, NOW - 5 * DAY)
    assert by_unit(db)[REHABILITATION].doubt.reasons == (CallReason.UNCERTAIN,)
    close_for_a_time(db, REHABILITATION, date(2026, 12, 24), NOW - 5 * DAY)
    assert REHABILITATION not in by_unit(db)


def test_a_closed_unit_is_not_called_and_one_that_declares_leaves_the_round(db):
    close_for_a_time(db, WARD, date(2026, 12, 1))
    write(db, CARDIAC, 2)
    assert listed(db).units == []


def test_a_call_that_is_taken_is_live_and_leaves_the_unit_to_its_coordinator(db, published_changes):
    taken = calls.take(db, CORALIE, WARD, 0, position(db), NOW)
    assert [change.calls for change in published_changes] == [taken.number]
    assert by_unit(db)[WARD].call_state.claim == taken
    with pytest.raises(Outdated, match=r"Coralie Repère appelle cette unité depuis 10 h 00 .* au plus tard à 10 h 10"):
        calls.take(db, PAUL, WARD, taken.number, position(db), NOW + 9 * MINUTE)
    assert calls.take(db, CORALIE, WARD, 0, position(db), NOW + MINUTE) == taken
    assert calls.take(db, PAUL, WARD, taken.number, position(db), NOW + 10 * MINUTE).account == PAUL.id


def test_of_two_coordinators_who_press_at_once_one_calls(db):
    def press(account):
        try:
            return calls.take(db, account, WARD, 0, position(db), NOW).account
        except Outdated as refusal:
            return refusal.user_message

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(press, (CORALIE, PAUL)))
    assert sum(answer in (CORALIE.id, PAUL.id) for answer in answers) == 1
    assert sum("appelle cette unité depuis" in answer for answer in answers) == 1


def test_a_unit_that_was_called_or_declared_meanwhile_is_not_called_again_by_mistake(db):
    calls.record(db, CORALIE, result(db, CallKind.CONFIRMED), NOW)
    with pytest.raises(Outdated, match="Coralie Repère a noté : « Appelé à 10 h 00 : 4 lits confirmés »"):
        calls.take(db, PAUL, WARD, 0, position(db), NOW + MINUTE)
    seen_position = position(db, CARDIAC)
    write(db, CARDIAC, 2, NOW + MINUTE)
    with pytest.raises(Outdated, match="Camille Exemple a déclaré 2 lits"):
        calls.take(db, PAUL, CARDIAC, 0, seen_position, NOW + 2 * MINUTE)


def test_a_call_is_given_up_by_its_coordinator_alone(db):
    calls.take(db, CORALIE, WARD, 0, position(db), NOW)
    calls.release(db, PAUL, WARD, NOW)
    assert by_unit(db)[WARD].call_state.step is CallStep.CALLING
    calls.release(db, CORALIE, WARD, NOW)
    calls.release(db, CORALIE, WARD, NOW)
    assert by_unit(db)[WARD].call_state.step is CallStep.TO_CALL
    assert calls.take(db, PAUL, WARD, 1, position(db), NOW).number == 3


def test_without_the_right_a_call_is_noted_and_no_number_is_written(db):
    before = last(db)
    noted = calls.record(db, CORALIE, result(db, CallKind.NUMBER, "2", note="vu avec le cadre"), NOW)
    assert (noted.available, noted.before, noted.position, noted.note) == (2, 4, None, "vu avec le cadre")
    assert last(db) == before
    ward = by_unit(db)[WARD]
    assert (ward.call_state.step, ward.doubt.reasons) == (CallStep.DONE, (CallReason.LATE,))
    with pytest.raises(Forbidden):
        calls.record(db, CORALIE, result(db, CallKind.NUMBER, "3", seen=noted.number, write=True), NOW)
    assert acts(db)[-1] == ("call", str(Outcome.REFUSED), CORALIE.id)
    assert last(db) == before


def test_with_the_right_the_number_is_a_declaration_by_telephone_that_keeps_the_comment(db, published_changes):
    coralie = grant(db, "75")
    write(db, WARD, 4, NOW - 9 * DAY, comment="Aile nord")
    noted = calls.record(db, coralie, result(db, CallKind.NUMBER, "2", write=True), NOW)
    written = last(db)
    assert (written.counts.available, written.account, written.channel) == (2, CORALIE.id, str(Channel.TELEPHONE))
    assert (written.kind, written.comment, written.position) == (EventKind.DECLARED, "Aile nord", noted.position)
    assert [change.calls for change in published_changes] == [0, noted.number]
    assert WARD in by_unit(db)
    assert not by_unit(db)[WARD].doubt
    assert acts(db)[-2:] == [("declare", "done", CORALIE.id), ("call", "done", CORALIE.id)]


def test_a_comment_masked_during_the_call_stops_no_number_and_does_not_come_back(db):
    coralie = grant(db)
    masked = write(db, WARD, 4, NOW - 2 * DAY, comment="Mme Untel")
    write(db, WARD, 4, NOW - DAY, comment="Aile nord fermée")
    typed = result(db, CallKind.NUMBER, "2", write=True)
    mask.mask(db, ADELE, masked.position, NOW)
    calls.record(db, coralie, typed, NOW)
    assert (last(db).counts.available, last(db).comment) == (2, "Aile nord fermée")


def test_the_same_number_is_a_confirmation(db):
    coralie = grant(db)
    seen_position = position(db)
    noted = calls.record(db, coralie, result(db, CallKind.NUMBER, "4", write=True), NOW)
    assert (noted.kind, last(db).kind, last(db).acts_on) == (CallKind.CONFIRMED, EventKind.CONFIRMED, seen_position)


def test_the_right_is_that_of_the_departement_of_the_unit(db):
    coralie = grant(db, "93")
    with pytest.raises(Forbidden, match="pour les unités de ce département"):
        calls.record(db, coralie, result(db, CallKind.NUMBER, "2", write=True), NOW)
    assert calls.record(db, coralie, result(db, CallKind.NUMBER, "2", unit=CARDIAC, write=True), NOW).position


def test_a_right_withdrawn_while_the_call_lasts_writes_nothing(db):
    granted = grant(db, "75")
    store_account(db, CORALIE)
    with pytest.raises(Forbidden):
        calls.record(db, granted, result(db, CallKind.NUMBER, "2", write=True), NOW)
    assert by_unit(db)[WARD].call_state.outcome is None


def test_the_rules_of_a_declaration_hold_for_a_number_learnt(db):
    coralie = grant(db)
    with pytest.raises(Refused, match="L'unité compte 20 lits"):
        calls.record(db, coralie, result(db, CallKind.NUMBER, "21", write=True), NOW)
    with pytest.raises(ConfirmationNeeded):
        calls.record(db, coralie, result(db, CallKind.NUMBER, "15", write=True), NOW)
    for typed in ("", None, "-1", "deux"):
        with pytest.raises(Refused):
            calls.record(db, coralie, result(db, CallKind.NUMBER, typed, write=True), NOW)
    late_result = result(db, CallKind.NUMBER, "15", write=True, confirmed=True)
    write(db, WARD, 5, NOW)
    with pytest.raises(Outdated, match="Camille Exemple a déclaré 5 lits"):
        calls.record(db, coralie, late_result, NOW)
    assert by_unit(db).get(WARD) is None


def test_what_another_coordinator_noted_meanwhile_is_not_written_over_unseen(db):
    coralie = grant(db)
    grant(db, account=PAUL)
    calls.record(db, PAUL, result(db, CallKind.UNREACHABLE), NOW)
    typed = result(db, CallKind.NUMBER, "2", write=True)
    with pytest.raises(Outdated, match="Paul Repère a noté : « Injoignable à 10 h 00 »"):
        calls.record(db, coralie, typed, NOW)
    assert calls.record(db, coralie, replace(typed, seen=1), NOW).available == 2


def test_a_result_that_is_sent_twice_is_written_once(db):
    coralie = grant(db)
    typed = result(db, CallKind.NUMBER, "2", write=True)
    first, again = (calls.record(db, coralie, typed, NOW) for _ in range(2))
    assert first == again
    assert listed(db).today == DayCount(1, 1, 1)


def test_the_same_result_of_another_coordinator_is_not_taken_for_one_that_was_sent_twice(db):
    typed = result(db, CallKind.UNREACHABLE)
    calls.record(db, CORALIE, typed, NOW)
    with pytest.raises(Outdated, match="Entre-temps, Coralie Repère a noté"):
        calls.record(db, PAUL, typed, NOW)
    assert listed(db).today == DayCount(1, 0, 0)


def test_another_result_from_a_screen_that_is_behind_is_not_taken_for_the_same_one(db):
    first = calls.record(db, CORALIE, result(db, CallKind.NUMBER, "2"), NOW)
    behind = result(db, CallKind.NUMBER, "3", seen=0)
    others = [behind, replace(behind, number="2", note="Rappeler Mme Blanche"), replace(behind, kind=CallKind.CONFIRMED)]
    for other in others:
        with pytest.raises(Outdated, match="Entre-temps, Coralie Repère a noté"):
            calls.record(db, CORALIE, other, NOW)
    assert calls.record(db, CORALIE, replace(behind, number="2"), NOW) == first
    back = calls.record(db, CORALIE, result(db, CallKind.CALL_BACK, call_back="14 h", seen=first.number), NOW)
    with pytest.raises(Outdated):
        calls.record(db, CORALIE, result(db, CallKind.CALL_BACK, call_back="15 h", seen=first.number), NOW)
    assert calls.record(db, CORALIE, result(db, CallKind.CALL_BACK, call_back="14 h", seen=first.number), NOW) == back


def test_a_unit_is_called_back_at_its_time_and_an_unreachable_one_two_hours_later(db):
    calls.record(db, CORALIE, result(db, CallKind.CALL_BACK, call_back="14 h"), NOW)
    calls.record(db, CORALIE, result(db, CallKind.UNREACHABLE, unit=CARDIAC), NOW)
    assert {one.call_state.step for one in listed(db).units} == {CallStep.LATER}
    afternoon = listed(db, now=NOW + 4 * HOUR).units
    assert (afternoon[0].row["unit"], afternoon[0].call_state.urgent) == (WARD, True)
    assert {one.call_state.step for one in afternoon} == {CallStep.TO_CALL}
    with pytest.raises(Refused, match="une heure à venir"):
        calls.record(db, CORALIE, result(db, CallKind.CALL_BACK, seen=1, call_back="9 h"), NOW)


def test_a_unit_is_given_to_a_coordinator_and_to_nobody_else(db):
    assigned = calls.assign(db, CORALIE, WARD, PAUL.id, 0, NOW)
    assert calls.assign(db, CORALIE, WARD, PAUL.id, 0, NOW) == assigned
    assert by_unit(db)[WARD].call_state.assignee == PAUL.id
    assert listed(db).names[PAUL.id] == PAUL.name
    for nobody in (CAMILLE.id, ADELE.id, "unknown"):
        with pytest.raises(Refused):
            calls.assign(db, CORALIE, WARD, nobody, assigned.number, NOW)
    with pytest.raises(Outdated, match="Coralie Repère a confié cette unité à Paul Repère"):
        calls.take(db, PAUL, WARD, 0, position(db), NOW)
    calls.take(db, PAUL, WARD, assigned.number, position(db), NOW)


def test_calls_of_the_day_are_counted_and_listed(db):
    calls.record(db, CORALIE, result(db, CallKind.CONFIRMED), NOW - DAY)
    calls.record(db, CORALIE, result(db, CallKind.NUMBER, "2", seen=1), NOW)
    calls.record(db, PAUL, result(db, CallKind.UNREACHABLE, unit=CARDIAC), NOW)
    assert listed(db).today == DayCount(calls=2, reached=1, corrected=1)
    of_day, names = call_round.day(db, CORALIE, NOW)
    assert [(call.unit, names[call.account]) for call in of_day] == [(WARD, CORALIE.name), (CARDIAC, PAUL.name)]
    assert [call.kind for call in call_round.of_unit(db, PAUL, WARD, NOW)[0]] == [CallKind.NUMBER, CallKind.CONFIRMED]


def test_the_people_of_a_unit_are_its_managers_with_their_mail_and_their_deputies(db):
    store_account(db, replace(BLANCHE, mail="blanche@exemple.fr"))
    assert [(one.name, one.mail, one.capacity) for one in call_round.people(db, CORALIE, WARD, NOW)] == [
        (BLANCHE.name, "blanche@exemple.fr", "responsable"),
        (CAMILLE.name, "", "responsable"),
    ]
    with db.transaction() as transaction:
        absence = Deputyship(BLANCHE.id, CAMILLE.id, NOW.date(), NOW.date() + 2 * DAY, False)
        deputyships.add(transaction, absence, NOW)
    assert [(one.name, one.capacity) for one in call_round.people(db, CORALIE, WARD, NOW)] == [
        (CAMILLE.name, f"supplée {BLANCHE.name} jusqu'au 25/11"),
        (BLANCHE.name, "en absence jusqu'au 25/11"),
    ]
    with pytest.raises(NotFound):
        call_round.people(db, CORALIE, "unknown", NOW)


def test_a_note_is_masked_for_ever_by_an_administrator(db):
    noted = calls.record(db, CORALIE, result(db, CallKind.UNREACHABLE, note="Monsieur Untel, chambre 12"), NOW)
    table, total = calls.search_notes(db, ADELE, "untel", NOW)
    assert (table["number"].to_pylist(), total) == ([noted.number], 1)
    calls.mask_note(db, ADELE, noted.number, NOW)
    assert calls.search_notes(db, ADELE, "", NOW)[1] == 0
    assert call_round.of_unit(db, CORALIE, WARD, NOW)[0][0].note == ""
    with pytest.raises(NotFound):
        calls.mask_note(db, ADELE, noted.number, NOW)


def test_a_masked_note_does_not_stay_in_the_files_write_ahead_log(db):
    noted = calls.record(db, CORALIE, result(db, CallKind.UNREACHABLE, note="Monsieur Untel, chambre 12"), NOW)
    path = only_on_a_file(db)
    log = path.with_name(f"{path.name}.wal")
    assert b"Monsieur Untel" in log.read_bytes()
    calls.mask_note(db, ADELE, noted.number, NOW)
    assert not log.exists() or b"Monsieur Untel" not in log.read_bytes()


def test_an_unknown_unit_is_refused_in_words(db):
    for act in (
        lambda: calls.take(db, CORALIE, "unknown", 0, 0, NOW),
        lambda: calls.record(db, CORALIE, CallResult("unknown", CallKind.UNREACHABLE, 0, 0), NOW),
        lambda: calls.assign(db, CORALIE, "unknown", "", 0, NOW),
        lambda: calls.release(db, CORALIE, "unknown", NOW),
    ):
        with pytest.raises(NotFound, match="n'existe pas"):
            act()


def test_a_step_of_a_call_is_no_outcome(db):
    for kind in (CallKind.TAKEN, CallKind.RELEASED, CallKind.ASSIGNED):
        with pytest.raises(Refused):
            calls.record(db, CORALIE, result(db, kind), NOW)
    assert RESUSCITATION not in by_unit(db)


def test_a_call_noted_without_the_right_has_seen_the_last_number_too(db):
    typed = result(db, CallKind.CONFIRMED)
    write(db, WARD, 5, NOW)
    with pytest.raises(Outdated, match="Camille Exemple a déclaré 5 lits"):
        calls.record(db, CORALIE, typed, NOW)
    assert WARD not in by_unit(db)


def test_a_call_that_was_taken_too_long_ago_or_given_up_stops_nobody(db):
    calls.take(db, CORALIE, WARD, 0, position(db), NOW)
    assert calls.take(db, PAUL, WARD, 0, position(db), NOW + 10 * MINUTE).account == PAUL.id
    calls.take(db, CORALIE, CARDIAC, 0, position(db, CARDIAC), NOW)
    calls.release(db, CORALIE, CARDIAC, NOW)
    assert calls.take(db, PAUL, CARDIAC, 0, position(db, CARDIAC), NOW).account == PAUL.id


def test_zero_learnt_of_a_unit_that_is_closed_for_a_time_opens_it(db):
    coralie = grant(db)
    close_for_a_time(db, WARD, date(2026, 12, 1))
    assert calls.record(db, coralie, result(db, CallKind.NUMBER, "0", write=True), NOW).kind is CallKind.NUMBER
    assert (last(db).kind, last(db).closed_until) == (EventKind.DECLARED, None)


def test_a_closed_unit_is_not_called_although_a_reader_contradicts_it(db):
    feedback.give(db, DOMINIQUE, WARD, FeedbackKind.FULL, NOW - 9 * DAY, NOW - MINUTE)
    close_for_a_time(db, WARD, date(2026, 12, 1))
    assert WARD not in by_unit(db)


def test_the_calls_of_the_evening_are_in_the_round_of_the_night_and_not_in_the_count_of_the_day(db):
    evening = NOW - timedelta(hours=10, minutes=30)
    calls.record(db, CORALIE, result(db, CallKind.UNREACHABLE), evening)
    night = listed(db, now=evening + HOUR)
    assert (night.today, by_unit(db, now=evening + HOUR)[WARD].call_state.step) == (DayCount(), CallStep.LATER)


def test_a_deputy_is_one_for_the_units_that_both_hold(db):
    with db.transaction() as transaction:
        absence = Deputyship(CAMILLE.id, CLAUDE.id, NOW.date(), NOW.date(), True)
        deputyships.add(transaction, absence, NOW)
    assert {one.capacity for one in call_round.people(db, CORALIE, WARD, NOW)} == {"responsable"}
    assert call_round.people(db, CORALIE, DAY_HOSPITAL, NOW)[0].name == CLAUDE.name


def test_who_receives_a_unit_for_a_shift_is_called_first(db):
    with db.transaction() as transaction:
        handovers.add(transaction, WARD, CAMILLE.id, CLAUDE.id, NOW, NOW + 8 * HOUR)
    first = call_round.people(db, CORALIE, WARD, NOW)[0]
    assert (first.name, first.capacity) == (CLAUDE.name, "l'unité lui est confiée jusqu'au 23/11 à 18 h 00")


def test_what_another_coordinator_took_meanwhile_is_not_written_over(db):
    calls.take(db, PAUL, WARD, 0, position(db), NOW)
    with pytest.raises(Outdated, match="Paul Repère appelle cette unité"):
        calls.record(db, CORALIE, result(db, CallKind.UNREACHABLE), NOW)


def test_a_unit_that_was_not_reached_is_noted_once_and_a_number_after_it_is_news(db):
    typed = result(db, CallKind.UNREACHABLE)
    first, again = (calls.record(db, CORALIE, typed, NOW) for _ in range(2))
    assert first == again
    with pytest.raises(Outdated, match="Injoignable"):
        calls.record(db, CORALIE, result(db, CallKind.NUMBER, "2"), NOW)


def test_a_unit_that_never_declared_has_nothing_to_confirm(db):
    with db.transaction() as transaction:
        registry.merge(transaction, [replace(UNITS[0], id="unit-new", name="Unité neuve")])
        registry_changes.record_change(transaction, "unit:unit-new", NOW)
    with pytest.raises(Refused, match="Aucun nombre n'a encore été déclaré"):
        calls.record(db, CORALIE, CallResult("unit-new", CallKind.CONFIRMED, 0, 0), NOW)


def test_a_region_too_large_for_the_weeks_of_its_units_is_called_by_its_delays_alone(db, monkeypatch):
    monkeypatch.setattr(trends, "MAX_CELLS", 1)
    assert {unit: one.doubt.reasons for unit, one in by_unit(db).items()} == dict.fromkeys((WARD, CARDIAC), (CallReason.LATE,))


def test_a_number_by_telephone_is_announced_to_a_system_without_the_name_of_the_coordinator(db):
    coralie, seen_position = grant(db), position(db)
    calls.record(db, coralie, result(db, CallKind.NUMBER, "2", write=True), NOW)
    with db.transaction() as transaction:
        unit = authorize_unit(transaction, None, WARD)
        assert unit.describe_newer(seen_position).startswith("Entre-temps, la coordination, par téléphone, a déclaré 2 lits")


def test_a_unit_that_reopened_is_late_from_then_on(db):
    write(db, WARD, 4, NOW - 40 * DAY)
    close_for_a_time(db, WARD, (NOW - 9 * DAY).date(), NOW - 39 * DAY)
    ward, cardiac = by_unit(db)[WARD], by_unit(db)[CARDIAC]
    # Since midnight in Paris of the day after its closure, as many duties of a week as that is.
    assert ward.doubt.elapsed == pytest.approx((8 + 10 / 24) / 7)
    assert cardiac.doubt.elapsed > ward.doubt.elapsed


def test_a_past_number_corrected_in_the_last_hour_of_a_day_of_25_is_of_that_day(db):
    day = datetime(2026, 10, 25, 22, 40, tzinfo=UTC)
    earlier = write(db, WARD, 3, day - DAY)
    write(db, WARD, 4, day - 5 * HOUR)
    correct.correct(db, grant(db), WARD, earlier.position, "5", day)
    assert listed(db, now=day + MINUTE).today.corrected == 1
