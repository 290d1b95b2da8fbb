"""Mails in a crisis: one a round at most, at any hour: at once for late units and in the first round, else half way."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ror.model.crisis import CrisisKind, CrisisScope
from ror.model.reminder import Preference, Rhythm
from ror.services.coordination import crisis
from ror.services.coordination.crisis import TypedEvent
from ror.store import reminders
from tests.region import CARDIAC, CORALIE, DAY_HOSPITAL, NOW, RESUSCITATION, WARD, write
from tests.services.reminders.reminder_helpers import prepare, sent, text_of

pytestmark = pytest.mark.usefixtures("region")

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TYPED = TypedEvent(CrisisKind.PLAN_BLANC, 2, "", CrisisScope(("75",)), NOW + 2 * DAY, 4)


def open_event(db, now=NOW, **change):
    return crisis.open_event(db, CORALIE, "event-0001", replace(TYPED, **change), now)


def times(db, box, hours):
    """Return the hours after the opening at which a mail left to Camille."""
    return [hour for hour in hours if "camille" in sent(db, box, NOW + hour * HOUR)]


def test_managers_are_written_to_at_the_opening_about_their_units_in_scope(db, box):
    prepare(db, late=())
    assert sent(db, box) == {}
    open_event(db)
    mails = sent(db, box)
    assert set(mails) == {"camille", "blanche", "claude"}
    subject = mails["camille"]["Subject"]
    assert subject.endswith(": Plan blanc niveau 2 : 3 unités à mettre à jour avant 14 h")
    assert "Soins intensifs de cardiologie" not in text_of(mails["camille"])
    assert "Médecine interne : 4 lits" in text_of(mails["blanche"])


def test_who_never_answers_gets_one_mail_a_round_at_night_too(db, box):
    prepare(db, late=(), reachable=("camille",))
    open_event(db)
    # A round of four hours begins at 0, 4, 8, 12; at 4 the numbers are not late yet.
    assert times(db, box, range(16)) == [0, 5, 8, 12]


def test_who_answers_in_time_is_written_to_half_way(db, box):
    prepare(db, late=(), reachable=("camille",))
    open_event(db)
    for unit in (RESUSCITATION, WARD, DAY_HOSPITAL):
        write(db, unit, 3, NOW + 3 * HOUR)
    assert times(db, box, (4, 5, 6, 7)) == [6]


def test_nothing_leaves_to_who_answered_the_round(db, box):
    prepare(db, late=(), reachable=("camille",))
    open_event(db)
    for unit in (RESUSCITATION, WARD, DAY_HOSPITAL):
        write(db, unit, 3, NOW + HOUR / 2)
    assert times(db, box, range(1, 5)) == []
    for unit in (RESUSCITATION, WARD):
        write(db, unit, 3, NOW + 4.2 * HOUR)
    mails = sent(db, box, NOW + 6 * HOUR)
    assert mails["camille"]["Subject"].endswith("1 unité à mettre à jour avant 18 h")


def test_a_unit_that_became_late_is_not_waited_for_until_half_way(db, box):
    prepare(db, late=(), reachable=("camille",))
    open_event(db)
    for unit in (RESUSCITATION, WARD, DAY_HOSPITAL):
        write(db, unit, 3, NOW + HOUR / 2)
    # The number of half an hour after the opening is four hours old: the mail of the second round leaves, once.
    assert times(db, box, (4, 5, 6, 7)) == [5]


def test_late_units_out_of_scope_stand_in_the_same_mail(db, box):
    prepare(db, late=(CARDIAC,), reachable=("camille",))
    open_event(db)
    mail = sent(db, box)["camille"]
    assert mail["Subject"].endswith("Plan blanc niveau 2 : 3 unités à mettre à jour avant 14 h, et 1 unité en retard")
    assert sent(db, box, NOW + HOUR) == {}


def test_once_the_event_is_over_the_usual_rule_holds(db, box):
    prepare(db, late=(), reachable=("camille",))
    open_event(db)
    assert set(sent(db, box)) == {"camille"}
    crisis.close_event(db, CORALIE, "event-0001", NOW + HOUR)
    assert times(db, box, range(1, 20)) == []


@pytest.mark.parametrize(("rhythm", "written"), [(Rhythm.OFF, False), (Rhythm.WEEKLY, True)])
def test_who_wants_no_mail_gets_none_and_who_wants_one_a_week_gets_those_of_a_crisis(db, box, rhythm, written):
    prepare(db, late=(), reachable=("camille",))
    with db.transaction() as transaction:
        reminders.set_preference(transaction, "camille", Preference(rhythm), NOW - DAY, by_link=False)
    open_event(db)
    assert bool(sent(db, box)) is written


def test_two_events_ask_for_one_mail_that_names_both(db, box):
    prepare(db, late=(), reachable=("camille",))
    open_event(db)
    heat = replace(TYPED, kind=CrisisKind.HEAT_WAVE, level=0, scope=CrisisScope(("93",)), rhythm_hours=12)
    crisis.open_event(db, CORALIE, "event-0002", heat, NOW)
    mail = sent(db, box)["camille"]
    assert mail["Subject"].endswith(": Canicule, Plan blanc niveau 2 : 5 unités à mettre à jour avant 14 h")
