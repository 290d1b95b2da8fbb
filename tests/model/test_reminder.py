"""Reminders: who gets a mail at an instant, about which units, and when a refused mail is tried again."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ror.model.reminder import Deputyship, DueUnit, Person, Preference, Rhythm, appointment, plan
from ror.model.sending import RETRY_AFTER, MailState, SendingAttempt, state_after_failure
from ror.model.territory import PARIS, time_zone

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)  # a Tuesday, 10 h 30 in Paris
TODAY = date(2026, 11, 24)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOURS = (8, 18)

LATE = DueUnit("late", 5, True, False, frozenset({"anne", "paul"}))
SOON = DueUnit("soon", 6, False, False, frozenset({"anne"}))
RECENT = replace(SOON, unit="recent", recent=True)

ANNE, PAUL = Person("anne", PARIS), Person("paul", PARIS)
WEEKLY = Preference(Rhythm.WEEKLY, 1, 10, NOW - 30 * DAY)
OFF = Preference(Rhythm.OFF)


def mail(at, state=MailState.SENT, tries=1, tried_at=None):
    return SendingAttempt("mail", at, state, tries, tried_at or at)


def mails_of(*people, units=(LATE, SOON, RECENT), now=NOW):
    lines = plan({person.id: person for person in people}, units, HOURS, now)
    return {name: [(line.unit.unit, line.absent) for line in own] for name, own in lines.items()}


def test_late_units_are_grouped_in_one_mail_for_each_manager():
    other = replace(LATE, unit="other", owners=frozenset({"anne"}))
    assert mails_of(ANNE, PAUL, units=[LATE, other, SOON]) == {"anne": [("late", ""), ("other", "")], "paul": [("late", "")]}


def test_who_cannot_be_reached_is_not_written_to():
    assert mails_of(PAUL) == {"paul": [("late", "")]}
    assert mails_of() == {}


def test_who_holds_a_unit_by_a_handover_is_written_to():
    handed = replace(LATE, owners=frozenset({"anne"}), receivers=frozenset({"paul"}))
    assert set(mails_of(ANNE, PAUL, units=[handed])) == {"anne", "paul"}


@pytest.mark.parametrize(("local", "sent"), [((7, 59), False), ((8, 0), True), ((17, 59), True), ((18, 0), False)], ids=str)
@pytest.mark.parametrize("department", ["75", "971", "974", "988"])
def test_mails_leave_in_the_hours_of_the_territory(department, local, sent):
    zone = time_zone(department)
    now = datetime(2026, 11, 24, *local, tzinfo=zone).astimezone(UTC)
    assert bool(mails_of(Person("anne", zone), now=now)) is sent


def test_an_unknown_territory_has_the_time_of_paris():
    assert time_zone("xx") == PARIS
    assert time_zone("974") == ZoneInfo("Indian/Reunion")


def test_one_mail_a_day_at_most_by_the_calendar_of_the_territory():
    evening = NOW.replace(hour=15)
    assert not mails_of(replace(ANNE, last=mail(NOW - HOUR)))
    assert not mails_of(replace(ANNE, last=mail(NOW)), now=evening)
    assert mails_of(replace(ANNE, last=mail(evening)), now=NOW + DAY)
    # The clock of another machine is ahead: its mail counts.
    assert not mails_of(replace(ANNE, last=mail(NOW + HOUR / 60)))


def test_only_a_refusal_that_is_certain_is_tried_again_a_bounded_number_of_times():
    assert state_after_failure(1, temporary=True, doubtful=False) is MailState.WAITING
    assert state_after_failure(3, temporary=True, doubtful=False) is MailState.REFUSED
    assert state_after_failure(1, temporary=False, doubtful=False) is MailState.REFUSED
    assert state_after_failure(1, temporary=True, doubtful=True) is MailState.DOUBTFUL


@pytest.mark.parametrize("state", MailState)
def test_a_mail_that_waits_is_tried_again_after_a_while_and_no_other(state):
    tried = NOW - RETRY_AFTER
    assert bool(mails_of(replace(ANNE, last=mail(NOW - HOUR, state, tried_at=tried)))) is (state is MailState.WAITING)
    assert not mails_of(replace(ANNE, last=mail(NOW - HOUR, state, tried_at=tried + HOUR / 60)))


@pytest.mark.parametrize(
    ("at", "tried_at", "retried"),
    [
        (NOW - HOUR, NOW - RETRY_AFTER, True),
        (NOW - HOUR, NOW - RETRY_AFTER / 2, False),
        # 23 h 30 of the day before in Paris: the mail of today is another one.
        (datetime(2026, 11, 23, 22, 30, tzinfo=UTC), NOW - RETRY_AFTER, False),
        # 0 h 30 of the day in Paris, still the day before in UTC.
        (datetime(2026, 11, 23, 23, 30, tzinfo=UTC), NOW - RETRY_AFTER, True),
        # A clock that was set back: a mail dated tomorrow is no mail of today.
        (NOW + DAY, NOW - RETRY_AFTER, False),
    ],
)
def test_the_mail_that_is_tried_again_is_that_of_the_day_of_the_person(at, tried_at, retried):
    last = mail(at, MailState.WAITING, tried_at=tried_at)
    mail_to_retry = Person("anne", PARIS, last=last).mail_to_retry(NOW)
    assert mail_to_retry == (last if retried else None)


def test_there_is_no_mail_to_try_again_without_one_that_waits():
    assert Person("anne", PARIS).mail_to_retry(NOW) is None
    assert Person("anne", PARIS, last=mail(NOW - HOUR)).mail_to_retry(NOW) is None


def test_who_wants_no_mail_gets_none():
    assert mails_of(replace(ANNE, preference=OFF)) == {}


@pytest.mark.parametrize(
    ("weekday", "hour", "expected"),
    [(1, 10, datetime(2026, 11, 24, 10)), (1, 11, datetime(2026, 11, 17, 11)), (2, 9, datetime(2026, 11, 18, 9))],
)
def test_the_last_appointment_is_at_or_before_now(weekday, hour, expected):
    assert appointment(Preference(Rhythm.WEEKLY, weekday, hour), PARIS, NOW) == expected.replace(tzinfo=PARIS)


def test_a_weekly_mail_has_what_is_late_or_will_be_within_the_week_unless_it_was_just_declared():
    weekly = replace(ANNE, preference=WEEKLY)
    assert mails_of(weekly) == {"anne": [("late", ""), ("soon", "")]}


def test_a_weekly_mail_has_what_is_late_already_though_it_was_just_declared():
    late = replace(LATE, recent=True)
    assert mails_of(replace(ANNE, preference=WEEKLY), units=[late]) == {"anne": [("late", "")]}


def test_a_weekly_mail_leaves_once_at_its_hour_or_at_the_next_occasion():
    weekly = replace(ANNE, preference=WEEKLY)
    before = replace(weekly, last=mail(NOW - HOUR - 7 * DAY))
    assert mails_of(before)
    assert not mails_of(replace(weekly, last=mail(NOW - DAY)), now=NOW - HOUR)
    assert mails_of(before, now=NOW + DAY)
    assert not mails_of(replace(weekly, last=mail(NOW)), now=NOW + DAY)
    assert mails_of(replace(weekly, last=mail(NOW)), now=NOW + 7 * DAY)


def test_a_weekly_hour_that_was_past_when_it_was_chosen_waits_for_the_next_week():
    chosen = replace(WEEKLY, changed_at=NOW)
    assert not mails_of(replace(ANNE, preference=chosen), now=NOW + HOUR)
    assert mails_of(replace(ANNE, preference=chosen), now=NOW + 7 * DAY)


def test_a_weekly_mail_that_was_refused_is_tried_again():
    refused = mail(NOW - HOUR / 3, MailState.WAITING, tried_at=NOW - HOUR / 3)
    weekly = replace(ANNE, preference=WEEKLY, last=refused)
    assert not mails_of(weekly)
    assert mails_of(weekly, now=NOW + HOUR)


AWAY = Deputyship("anne", "paul", TODAY, TODAY + 2 * DAY, instead=True)


def away(**changes):
    return replace(ANNE, deputyships=(replace(AWAY, **changes),))


def test_a_deputy_is_written_to_in_place_of_who_is_absent_for_the_units_that_both_hold():
    alone = replace(LATE, unit="alone", owners=frozenset({"anne"}))
    assert mails_of(away(), PAUL, units=[LATE, alone]) == {"anne": [("alone", "")], "paul": [("late", "anne")]}


def test_a_deputy_may_be_written_to_as_well_as_who_is_absent():
    assert mails_of(away(instead=False), PAUL) == {"anne": [("late", "")], "paul": [("late", "anne")]}


@pytest.mark.parametrize(
    ("days", "lasts"), [((-2, -1), False), ((-1, 0), True), ((0, 0), True), ((0, 9), True), ((1, 9), False)], ids=str
)
def test_a_deputy_is_written_to_from_the_first_to_the_last_day_of_the_absence(days, lasts):
    first, last = (TODAY + day * DAY for day in days)
    assert ("anne" in mails_of(away(first_day=first, last_day=last), PAUL)) is not lasts


def test_nothing_leaves_somebody_for_a_deputy_who_wants_no_mail_or_cannot_be_reached():
    assert mails_of(away(), replace(PAUL, preference=OFF)) == {"anne": [("late", "")]}
    assert mails_of(away()) == {"anne": [("late", "")]}


def test_a_unit_that_was_received_for_a_shift_is_not_passed_on():
    handed = replace(LATE, owners=frozenset({"paul"}), receivers=frozenset({"anne"}))
    assert mails_of(away(), PAUL, units=[handed]) == {"anne": [("late", "")], "paul": [("late", "")]}


def test_the_deputy_is_written_to_at_the_rhythm_of_who_is_absent():
    soon = replace(SOON, owners=frozenset({"anne", "paul"}))
    assert mails_of(replace(away(), preference=WEEKLY), PAUL, units=[soon]) == {"paul": [("soon", "anne")]}
    weekly = replace(PAUL, preference=replace(WEEKLY, weekday=3), last=mail(NOW - 2 * DAY))
    assert mails_of(away(), weekly) == {"paul": [("late", "anne")]}
    assert mails_of(replace(away(), preference=OFF), weekly) == {}


def test_a_deputy_has_one_mail_a_day_too():
    assert mails_of(away(), replace(PAUL, last=mail(NOW - HOUR))) == {}


def test_a_preference_is_said_in_words():
    assert [WEEKLY.words, OFF.words, Preference().words] == ["chaque mardi à 10 h", "jamais", "en cas de retard"]
    assert len({rhythm.label for rhythm in Rhythm} | {state.label for state in MailState}) == 8
