"""Reminders, deputyships and notices as they are stored."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from ror.model.reminder import Deputyship, DueUnit, Line, Preference, Rhythm
from ror.model.sending import MailState, SendingAttempt
from ror.store import deputyships, late_notices, reminders
from tests.region import BLANCHE, CAMILLE, CARDIAC, CLAUDE, NOW, WARD, rows

pytestmark = pytest.mark.usefixtures("region")

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def line(unit=WARD, position=7, absent=""):
    return Line(DueUnit(unit, position, True, False, frozenset()), absent)


def claim(db, mail_id="m1", account=CAMILLE, at=NOW, lines=()):
    with db.transaction() as transaction:
        reminders.claim(transaction, mail_id, account.id, 3, lines or [line()], at)


def read(db, function, *arguments):
    with db.reader() as cursor:
        return function(cursor, *arguments)


def change(db, function, *arguments, **others):
    with db.transaction() as transaction:
        return function(transaction, *arguments, **others)


def test_a_preference_is_read_as_it_was_chosen_and_replaces_the_one_before(db):
    assert read(db, reminders.preference, CAMILLE.id) == Preference()
    chosen = Preference(Rhythm.WEEKLY, 2, 10)
    change(db, reminders.set_preference, CAMILLE.id, Preference(Rhythm.OFF), NOW, by_link=True)
    change(db, reminders.set_preference, CLAUDE.id, Preference(Rhythm.OFF), NOW + HOUR, by_link=False)
    stopped = read(db, reminders.stopped).to_pylist()
    assert [(row["account"], row["name"], row["changed_at"], row["by_link"]) for row in stopped] == [
        (CLAUDE.id, CLAUDE.name, NOW + HOUR, False),
        (CAMILLE.id, CAMILLE.name, NOW, True),
    ]
    change(db, reminders.set_preference, CAMILLE.id, chosen, NOW, by_link=False)
    assert read(db, reminders.preference, CAMILLE.id) == replace(chosen, changed_at=NOW)


def test_a_mail_is_read_with_its_units_and_positions(db):
    claim(db, lines=[line(), line(CARDIAC, 0, BLANCHE.id)])
    mail = read(db, reminders.mail, "m1")
    assert (mail.account, mail.generation, mail.claimed_at, mail.tried_at) == (CAMILLE.id, 3, NOW, NOW)
    assert (mail.state, mail.used_at, mail.confirmed, mail.revoked_at) == (MailState.CLAIMED, None, None, None)
    assert mail.positions == {WARD: 7, CARDIAC: 0}
    assert read(db, reminders.mail, "m2") is None
    assert read(db, reminders.positions, ["m1", "m2"]) == {"m1": {WARD: 7, CARDIAC: 0}}
    assert read(db, reminders.last_of, CAMILLE.id) == mail
    assert read(db, reminders.last_of, CLAUDE.id) is None


def test_a_newer_mail_voids_the_links_of_the_account_before_it_and_no_other(db):
    claim(db)
    claim(db, "other", CLAUDE)
    claim(db, "m2", at=NOW + DAY)
    revoked = {mail: read(db, reminders.mail, mail).revoked_at for mail in ("m1", "other", "m2")}
    assert revoked == {"m1": NOW + DAY, "other": None, "m2": None}
    assert read(db, reminders.last_of, CAMILLE.id).id == "m2"


def test_a_mail_that_is_tried_again_has_its_present_units(db):
    claim(db)
    change(db, reminders.set_state, "m1", MailState.WAITING)
    change(db, reminders.claim_again, "m1", 4, [line(CARDIAC, 9)], NOW + HOUR)
    mail = read(db, reminders.mail, "m1")
    assert (mail.state, mail.claimed_at, mail.tried_at, mail.generation) == (MailState.CLAIMED, NOW, NOW + HOUR, 4)
    assert mail.positions == {CARDIAC: 9}
    assert (mail.tries, read(db, reminders.mail, "m2")) == (2, None)


def test_the_last_mail_of_each_account_is_that_before_a_clock_that_was_wrong(db):
    claim(db, "old", at=NOW - 20 * DAY)
    assert read(db, reminders.last_mails, NOW - 14 * DAY, NOW) == {}
    claim(db)
    claim(db, "m2", at=NOW + HOUR)
    claim(db, "m3", at=NOW + 3 * DAY)
    claim(db, "other", CLAUDE)
    last = read(db, reminders.last_mails, NOW - 14 * DAY, NOW)
    assert last[CAMILLE.id] == SendingAttempt("m2", NOW + HOUR, MailState.CLAIMED, 1, NOW + HOUR)
    assert last[CLAUDE.id].id == "other"


def test_a_link_is_used_or_revoked(db):
    claim(db)
    change(db, reminders.use, "m1", 2, NOW + HOUR)
    change(db, reminders.revoke, "m1", NOW + HOUR)
    change(db, reminders.revoke, "m1", NOW + DAY)
    mail = read(db, reminders.mail, "m1")
    assert (mail.used_at, mail.confirmed, mail.revoked_at) == (NOW + HOUR, 2, NOW + HOUR)


def test_the_newest_mails_come_first_with_the_names_of_their_accounts(db):
    claim(db)
    claim(db, "m2", CLAUDE, NOW + HOUR)
    listed = read(db, reminders.newest, 10).to_pylist()
    assert [(row["id"], row["name"], row["state"], row["tries"]) for row in listed] == [
        ("m2", CLAUDE.name, "claimed", 1),
        ("m1", CAMILLE.name, "claimed", 1),
    ]
    assert [row["id"] for row in read(db, reminders.newest, 1).to_pylist()] == ["m2"]


def test_what_is_stored_on_an_account_is_erased_and_nothing_else(db):
    claim(db, lines=[line(), line(CARDIAC)])
    claim(db, "m2", CLAUDE, lines=[line(absent=CAMILLE.id)])
    change(db, reminders.set_preference, CAMILLE.id, Preference(), NOW, by_link=False)
    change(db, reminders.erase, CAMILLE.id)
    tables = {table: rows(db, table) for table in ("reminder", "reminder_unit", "reminder_preference")}
    assert [row[0] for row in tables["reminder"]] == ["m2"]
    assert tables["reminder_unit"] == [("m2", WARD, "7", "")]
    assert tables["reminder_preference"] == []


def test_mails_are_deleted_after_a_time_with_their_units(db):
    claim(db, at=NOW - DAY)
    claim(db, "m2", CLAUDE)
    change(db, reminders.delete_before, NOW)
    assert [row[0] for row in rows(db, "reminder")] == ["m2"]
    assert [row[0] for row in rows(db, "reminder_unit")] == ["m2"]


TODAY = date(2026, 11, 23)
AWAY = Deputyship(CAMILLE.id, BLANCHE.id, TODAY, TODAY + 3 * DAY, True)


def test_an_account_has_one_deputyship_at_a_time(db):
    change(db, deputyships.add, AWAY, NOW)
    other = replace(AWAY, deputy=CLAUDE.id, instead=False)
    change(db, deputyships.add, other, NOW)
    of_claude = Deputyship(CLAUDE.id, BLANCHE.id, TODAY + DAY, TODAY + DAY, False)
    change(db, deputyships.add, of_claude, NOW)
    assert read(db, deputyships.not_over, TODAY) == [other, of_claude]
    assert read(db, deputyships.not_over, TODAY + 3 * DAY) == [other]
    assert read(db, deputyships.of_account, CAMILLE.id, TODAY) == other
    assert read(db, deputyships.of_account, BLANCHE.id, TODAY) is None
    change(db, deputyships.end, CAMILLE.id, NOW)
    assert read(db, deputyships.not_over, TODAY) == [of_claude]


def test_deputyships_are_erased_with_either_account_and_deleted_once_over(db):
    for deputyship in (
        AWAY,
        replace(AWAY, account=CLAUDE.id),
        replace(AWAY, account=CLAUDE.id, deputy=CAMILLE.id, last_day=TODAY),
    ):
        change(db, deputyships.add, deputyship, NOW)
    change(db, deputyships.delete_before, TODAY + DAY)
    assert len(rows(db, "deputyship")) == 2
    change(db, deputyships.erase, CAMILLE.id)
    assert [row[:2] for row in rows(db, "deputyship")] == [(CLAUDE.id, BLANCHE.id)]


def test_a_notice_has_its_units_once_and_is_tried_again_by_one_process(db):
    change(db, late_notices.claim, "n1", [(WARD, 7), (CARDIAC, 0)], NOW)
    assert read(db, late_notices.noticed) == {(WARD, 7), (CARDIAC, 0)}
    assert read(db, late_notices.waiting) == []
    change(db, late_notices.set_state, "n1", MailState.WAITING)
    assert read(db, late_notices.waiting) == [SendingAttempt("n1", NOW, MailState.WAITING, 1, NOW)]
    assert read(db, late_notices.positions, "n1") == {WARD: 7, CARDIAC: 0}
    assert change(db, late_notices.claim_again, "n1", NOW + HOUR)
    assert not change(db, late_notices.claim_again, "n1", NOW + HOUR)
    change(db, late_notices.delete_before, NOW + DAY)
    assert read(db, late_notices.noticed) == set()
