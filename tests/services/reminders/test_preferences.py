"""What a manager chooses for its reminders: when they are sent, and a deputy for an absence."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from ror.errors import Forbidden, Refused
from ror.model.reminder import Deputyship, Preference, Rhythm
from ror.model.rights import Role
from ror.services.accounts import administer
from ror.services.reminders import deputies, preferences
from ror.settings import settings
from ror.store import accounts
from ror.store.journal import JournalQuery, lines
from tests.region import ADELE, BLANCHE, CAMILLE, CLAUDE, CORALIE, DOMINIQUE, NOW, rows, store_account

pytestmark = pytest.mark.usefixtures("region")

TODAY, DAY = date(2026, 11, 23), timedelta(days=1)


def journalled(db):
    with db.reader() as cursor:
        reminder_lines = lines(cursor, JournalQuery(acts=("reminder",)), 50).to_pylist()
    return [(line["outcome"], line["actor"], line["before"], line["after"]) for line in reminder_lines]


def test_a_manager_chooses_a_day_and_an_hour(db):
    assert preferences.read(db, CAMILLE) == preferences.OwnReminders(Preference(), None)
    chosen = preferences.prefer(db, CAMILLE, Rhythm.WEEKLY, 2, 17, NOW)
    assert chosen == Preference(Rhythm.WEEKLY, 2, 17, NOW)
    assert preferences.read(db, CAMILLE).preference == chosen
    after = '{"action": "prefer", "hour": 17, "rhythm": "weekly", "weekday": "mercredi"}'
    assert journalled(db) == [("done", "camille", '{"rhythm": "late"}', after)]


@pytest.mark.parametrize(("weekday", "hour"), [(7, 9), (-1, 9), (0, 7), (0, 18)])
def test_a_day_or_an_hour_that_does_not_exist_or_is_out_of_hours_is_refused(db, weekday, hour):
    with pytest.raises(Refused, match="entre 8 h et 17 h"):
        preferences.prefer(db, CAMILLE, Rhythm.WEEKLY, weekday, hour, NOW)
    preferences.prefer(db, CAMILLE, Rhythm.LATE, weekday, hour, NOW)


@pytest.mark.parametrize("account", [DOMINIQUE, CORALIE, ADELE], ids=lambda one: one.id)
def test_only_managers_choose_and_it_is_journalled(db, account):
    with pytest.raises(Forbidden):
        preferences.prefer(db, account, Rhythm.OFF, 0, 9, NOW)
    for operation in (
        lambda: deputies.name(db, account, BLANCHE.id, TODAY, TODAY, True, NOW),
        lambda: deputies.end(db, account, NOW),
        lambda: deputies.read(db, account, NOW),
    ):
        with pytest.raises(Forbidden):
            operation()
    assert {line[:2] for line in journalled(db)} == {("refused", account.id)}
    assert rows(db, "reminder_preference") == rows(db, "deputyship") == []


def test_the_deputies_offered_are_the_managers_who_hold_one_of_the_units(db):
    people = {BLANCHE.id: BLANCHE.name, CLAUDE.id: CLAUDE.name}
    assert deputies.read(db, CAMILLE, NOW) == deputies.Deputies(None, "", people, [])
    store_account(db, replace(BLANCHE, roles=frozenset({Role.PROFESSIONAL})))
    administer.disable(db, ADELE, CLAUDE.id, NOW)
    assert deputies.read(db, CAMILLE, NOW).colleagues == {}


def test_the_token_of_another_system_is_nobodys_deputy(db):
    token = store_account(db, replace(BLANCHE, id="token-1", login="", name="Logiciel des lits"))
    assert token.id not in deputies.read(db, CAMILLE, NOW).colleagues
    with pytest.raises(Refused, match="suppléant"):
        deputies.name(db, CAMILLE, token.id, TODAY, TODAY, True, NOW)


def test_a_deputy_is_named_and_ended(db):
    named = deputies.name(db, CAMILLE, BLANCHE.id, TODAY, TODAY + 3 * DAY, True, NOW)
    assert named == Deputyship(CAMILLE.id, BLANCHE.id, TODAY, TODAY + 3 * DAY, True)
    own, of_blanche = (deputies.read(db, account, NOW) for account in (CAMILLE, BLANCHE))
    assert (own.current, own.name) == (named, BLANCHE.name)
    assert of_blanche.for_others == [(CAMILLE.name, TODAY + 3 * DAY)]
    for _ in range(2):
        deputies.end(db, CAMILLE, NOW)
    assert deputies.read(db, CAMILLE, NOW).current is None
    actions = ['"action": "end_deputy"', '"action": "name_deputy"']
    assert [action in line[3] for action, line in zip(actions, journalled(db), strict=True)] == [True, True]


def test_it_gives_no_right(db):
    deputies.name(db, CAMILLE, CLAUDE.id, TODAY, TODAY, True, NOW)
    with db.reader() as cursor:
        assert accounts.by_id(cursor, CLAUDE.id) == CLAUDE


@pytest.mark.parametrize(
    "days", [(None, 0), (0, None), (1, 0), (-3, -1), (0, 367)], ids=["no first", "no last", "in reverse", "past", "too long"]
)
def test_days_that_make_no_absence_are_refused(db, days):
    first, last = (None if day is None else TODAY + day * DAY for day in days)
    with pytest.raises(Refused, match="premier et un dernier jour"):
        deputies.name(db, CAMILLE, BLANCHE.id, first, last, True, NOW)


@pytest.mark.parametrize("other", [CAMILLE, DOMINIQUE, "nobody"], ids=str)
def test_nobody_else_is_named(db, other):
    with pytest.raises(Refused, match="déclare déjà"):
        deputies.name(db, CAMILLE, other if isinstance(other, str) else other.id, TODAY, TODAY, True, NOW)


def test_the_hours_of_the_settings_bound_the_choice(db, monkeypatch):
    monkeypatch.setenv("ROR_REMINDER_HOURS", "6,22")
    settings.cache_clear()
    assert preferences.prefer(db, CAMILLE, Rhythm.WEEKLY, 0, 21, NOW).hour == 21
