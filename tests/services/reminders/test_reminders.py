"""Mails of reminders, sent to a real mail server: which units each person gets, once, despite failures and other processes."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from ror import metrics
from ror.errors import Unavailable
from ror.model.reminder import Deputyship, Preference, Rhythm
from ror.model.rights import Role
from ror.model.sending import RETRY_AFTER, MailState
from ror.services import mail
from ror.services.reminders import message, notices, send
from ror.settings import settings
from ror.store import accounts, deputyships, handovers, reminders
from ror.store.engine.database import Database
from ror.store.engine.postgresql import PostgreSQL
from tests import mailbox
from tests.harness import free_port
from tests.loops import failing_rounds
from tests.region import (
    CAMILLE,
    CARDIAC,
    CLAUDE,
    DAY_HOSPITAL,
    HOME_CARE,
    NOW,
    NURSING,
    WARD,
    change_unit,
    close_for_a_time,
    rows,
    write,
)
from tests.services.reminders.reminder_helpers import DAY, HOUR, LINK, mail_server, prepare, received, sent, text_of

pytestmark = pytest.mark.usefixtures("region")


@pytest.fixture
def box(monkeypatch):
    with mail_server(monkeypatch) as box:
        yield box


def states(db):
    with db.reader() as cursor:
        return {row["account"]: row["state"] for row in reminders.newest(cursor, 50).to_pylist()}


def counted(outcome):
    return metrics.REMINDERS.labels(outcome)._value.get()


def test_a_late_unit_sends_its_managers_one_mail_each_with_its_last_number_and_age(db, box):
    prepare(db, late=(WARD, CARDIAC, NURSING))
    before = counted("sent")
    mails = sent(db, box)
    assert set(mails) == {"camille", "blanche"}
    text = text_of(mails["camille"])
    assert mails["camille"]["Subject"] == "Disponibilités en lits et en places : 2 unités en retard"
    assert "Clinique fictive des Saules\n- Soins intensifs de cardiologie : 4 lits, il y a 9 jours" in text.replace("\r", "")
    assert "Hôpital fictif des Tilleuls\n- Médecine interne : 4 lits, il y a 9 jours" in text.replace("\r", "")
    assert "Rééducation" not in text
    assert "Hébergement" in text_of(mails["blanche"])
    assert states(db) == {"camille": "sent", "blanche": "sent"}
    assert counted("sent") == before + 2


def test_a_mail_reads_as_text_and_as_html_without_images_and_leads_to_the_sheet(db, box):
    change_unit(db, WARD, name="Médecine <interne> & co")
    prepare(db, late=(WARD,))
    mail = sent(db, box)["camille"]
    html, text = text_of(mail, "html"), text_of(mail)
    assert mail.get_content_type() == "multipart/alternative"
    assert "Médecine &lt;interne&gt; &amp; co" in html
    assert "<img" not in html
    assert "table-layout:fixed" in html
    assert "overflow-wrap:break-word" in html
    (mail_id,) = (row[0] for row in rows(db, "reminder") if row[1] == "camille")
    for body in (html, text):
        assert f"http://localhost:8501/mise-a-jour?rappel={mail_id}" in body
        assert {link[1] for link in LINK.finditer(body)} == {"confirmer", "arreter"}


def test_a_mail_can_be_unsubscribed_from_by_mail_programs(db, box):
    prepare(db, late=(WARD,))
    mail = sent(db, box)["camille"]
    stop = next(found[0] for found in LINK.finditer(text_of(mail)) if found[1] == "arreter")
    assert mail["List-Unsubscribe"] == f"<{stop}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_nobody_gets_two_mails_a_day_and_the_next_comes_the_day_after(db, box):
    prepare(db, late=(WARD,), reachable=("camille",))
    assert [len(sent(db, box, NOW + at)) for at in (timedelta(), HOUR, 7 * HOUR, DAY)] == [1, 0, 0, 1]


def test_nothing_leaves_out_of_hours(db, box, monkeypatch):
    prepare(db, late=(WARD,))
    assert sent(db, box, NOW + 9 * HOUR) == {}
    monkeypatch.setenv("ROR_REMINDER_HOURS", "8,20")
    settings.cache_clear()
    assert set(sent(db, box, NOW + 9 * HOUR)) == {"camille", "blanche"}


def test_a_declaration_stops_the_mails_and_so_does_a_closure(db, box):
    prepare(db, late=(WARD, CARDIAC))
    write(db, WARD, 5, NOW)
    close_for_a_time(db, CARDIAC, NOW.date() + 3 * DAY)
    assert sent(db, box, NOW + HOUR) == {}


def test_a_unit_declared_between_the_reading_and_the_claim_is_left_out(db, box):
    prepare(db, late=(WARD, CARDIAC), reachable=("camille",))
    due = send.late.read(db, NOW)
    write(db, WARD, 5, NOW)
    lines = due.lines["camille"]
    assert {line.unit.unit for line in lines} == {WARD, CARDIAC}
    assert send._send(db, due, "camille", lines, NOW)[0] is MailState.SENT
    assert "Médecine interne" not in text_of(received(box)["camille"])
    write(db, CARDIAC, 5, NOW)
    assert send._send(db, due, "camille", lines, NOW) == (None, True)


def test_who_may_not_declare_any_more_or_has_no_address_gets_nothing(db, box):
    prepare(db, late=(WARD,), reachable=("camille",))
    due = send.late.read(db, NOW)
    with db.transaction() as transaction:
        accounts.change(transaction, replace(CAMILLE, mail="camille@exemple.fr", roles=frozenset({Role.PROFESSIONAL})))
    assert send._send(db, due, "camille", due.lines["camille"], NOW) == (None, True)
    assert sent(db, box) == {}


def test_rounds_at_the_same_time_send_each_mail_once(db, box):
    prepare(db, late=(WARD, NURSING, HOME_CARE))
    with ThreadPoolExecutor(4) as pool:
        done = [one.mails[MailState.SENT] for one in pool.map(lambda _: send.send_due(db, NOW), range(4))]
    assert sum(done) == 3
    assert set(received(box)) == {"camille", "blanche", "claude"}


def test_a_process_that_ends_after_the_claim_leaves_the_mail_unsent(db, box, monkeypatch):
    prepare(db, late=(WARD,), reachable=("camille",))

    def end(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as ending:
        ending.setattr(message, "write", end)
        with pytest.raises(KeyboardInterrupt):
            send.send_due(db, NOW)
    assert states(db) == {"camille": "claimed"}
    assert sent(db, box, NOW + 2 * HOUR) == {}
    assert set(sent(db, box, NOW + DAY)) == {"camille"}


def test_a_server_that_is_away_ends_the_round_and_is_tried_three_times(db, monkeypatch):
    prepare(db, late=(WARD,))
    mailbox.use(monkeypatch, free_port())
    results = [send.send_due(db, NOW + number * RETRY_AFTER).mails for number in range(5)]
    # Blanche comes first; Camille is not claimed while the server is away.
    assert [dict(one) for one in results[:2]] == [{MailState.WAITING: 1}] * 2
    assert results[2][MailState.REFUSED] == 1
    assert sorted(row[5] for row in rows(db, "reminder")) == ["2", "3"]


def test_a_mail_that_was_refused_for_a_time_arrives_later_once(db, box, monkeypatch):
    prepare(db, late=(WARD,), reachable=("camille",))
    box.answer = "451 try again later"
    assert send.send_due(db, NOW).mails == {MailState.WAITING: 1}
    assert send.send_due(db, NOW + RETRY_AFTER / 2).mails == {}
    box.answer = "250 OK"
    received(box)
    assert set(sent(db, box, NOW + RETRY_AFTER)) == {"camille"}
    assert sent(db, box, NOW + 2 * RETRY_AFTER) == {}
    assert len(rows(db, "reminder")) == 1


def test_a_mail_that_was_refused_for_good_is_not_tried_again_that_day(db, box):
    prepare(db, late=(WARD,), reachable=("camille",))
    box.answer = "550 no such user"
    assert send.send_due(db, NOW).by_name() == {"mails": {MailState.REFUSED: 1}, "notices": {}}
    received(box)
    assert sent(db, box, NOW + RETRY_AFTER) == {}


def test_a_mail_whose_connection_was_lost_may_have_arrived_and_is_not_sent_again(db, box):
    prepare(db, late=(WARD,), reachable=("camille",))
    box.answer = ""
    assert send.send_due(db, NOW).mails == {MailState.DOUBTFUL: 1}
    received(box)
    assert sent(db, box, NOW + RETRY_AFTER) == {}


@pytest.mark.parametrize("hangs", [False, True])
def test_a_server_that_cuts_or_hangs_loses_one_mail_and_not_those_of_everybody(db, box, monkeypatch, hangs):
    prepare(db, late=(WARD, NURSING, HOME_CARE))
    box.answer = ""
    if hangs:
        monkeypatch.setattr(mail, "TIMEOUT_SECONDS", 0.5)
        monkeypatch.setattr(box, "handle_DATA", lambda *_: asyncio.sleep(3, "250 OK"), raising=False)
    assert send.send_due(db, NOW).mails == {MailState.DOUBTFUL: 1}
    assert len(rows(db, "reminder")) == 1


def test_a_slow_round_ends_with_the_hours_and_sees_what_changed_meanwhile(db, box, monkeypatch):
    prepare(db, late=(WARD, NURSING, HOME_CARE))
    answer = box.handle_DATA

    async def slow(*arguments):
        await asyncio.sleep(1.1)
        return await answer(*arguments)

    monkeypatch.setattr(box, "handle_DATA", slow)
    monkeypatch.setattr(send, "STALE_SECONDS", 1)
    # 18 h in Paris, a second later.
    assert set(sent(db, box, NOW + 8 * HOUR - timedelta(seconds=1))) == {"blanche"}
    assert send.send_due(db, NOW + DAY).mails == {MailState.SENT: 3}


def test_a_deputy_is_named_in_the_mail_and_who_is_absent_gets_none(db, box):
    prepare(db, late=(WARD, CARDIAC))
    with db.transaction() as transaction:
        deputyships.add(transaction, Deputyship("camille", "blanche", NOW.date(), NOW.date(), True), NOW)
    mails = sent(db, box)
    assert "Médecine interne" not in text_of(mails["camille"])
    assert "Médecine interne : 4 lits, il y a 9 jours (à la place de Camille Exemple)" in text_of(mails["blanche"])
    assert "(à la place de" not in text_of(mails["camille"])


def test_who_received_a_unit_for_a_shift_is_reminded_of_it_too(db, box):
    prepare(db, late=(WARD,))
    with db.transaction() as transaction:
        handovers.add(transaction, WARD, "camille", "claude", NOW, NOW + 8 * HOUR)
    assert set(sent(db, box)) == {"camille", "blanche", "claude"}


def test_a_weekly_mail_has_what_will_be_late_within_the_week(db, box):
    prepare(db, late=())
    write(db, DAY_HOSPITAL, 3, NOW - 3 * DAY)
    with db.transaction() as transaction:
        weekly = Preference(Rhythm.WEEKLY, NOW.weekday(), 10)
        reminders.set_preference(transaction, CLAUDE.id, weekly, NOW - 30 * DAY, by_link=False)
    mails = sent(db, box)
    assert set(mails) == {"claude"}
    assert mails["claude"]["Subject"].endswith("1 unité à mettre à jour cette semaine")
    assert "Hôpital de jour : 3 places, il y a 3 jours" in text_of(mails["claude"])


def test_the_subject_counts_the_late_units_apart(db, box):
    prepare(db, late=(HOME_CARE,))
    write(db, DAY_HOSPITAL, 3, NOW - 3 * DAY)
    with db.transaction() as transaction:
        weekly = Preference(Rhythm.WEEKLY, NOW.weekday(), 10)
        reminders.set_preference(transaction, CLAUDE.id, weekly, NOW - 30 * DAY, by_link=False)
    assert sent(db, box)["claude"]["Subject"].endswith("2 unités, dont 1 en retard")


def test_a_unit_that_never_declared_is_named_and_offers_nothing_to_confirm(db, box):
    with db.transaction() as transaction:
        accounts.change(transaction, replace(CLAUDE, mail="claude@exemple.fr"))
    mail = sent(db, box)["claude"]
    assert "Soins à domicile : aucun nombre, jamais renseigné" in text_of(mail)
    assert {found[1] for found in LINK.finditer(text_of(mail))} == {"arreter"}


def test_the_link_that_confirms_can_be_switched_off(db, box, monkeypatch):
    prepare(db, late=(WARD,), reachable=("camille",))
    monkeypatch.setenv("ROR_REMINDER_CONFIRM_LINK", "0")
    settings.cache_clear()
    assert {found[1] for found in LINK.finditer(text_of(sent(db, box)["camille"]))} == {"arreter"}


def test_a_mail_names_a_hundred_units_at_most_and_counts_the_others(db, box, monkeypatch):
    prepare(db, late=(WARD, CARDIAC, DAY_HOSPITAL), reachable=("camille",))
    monkeypatch.setattr(message, "MAX_UNITS", 1)
    mail = sent(db, box)["camille"]
    for kind in ("plain", "html"):
        assert "... et 2 autres, sur la feuille." in text_of(mail, kind)
    # Its link would confirm units that it does not show, and as many as a region has in one write.
    assert {found[1] for found in LINK.finditer(text_of(mail))} == {"arreter"}


def test_a_claim_reads_the_mails_and_the_choice_of_its_own_account_alone(db, box):
    prepare(db, late=(WARD, NURSING))
    sent(db, box)
    with db.transaction() as transaction:
        weekly = Preference(Rhythm.WEEKLY, 2, 11, NOW)
        reminders.set_preference(transaction, "blanche", weekly, NOW, by_link=False)
    with db.reader() as cursor:
        assert set(reminders.last_mails(cursor, NOW - DAY, NOW, "camille")) == {"camille"}
        assert reminders.preference(cursor, "blanche") == weekly
        assert reminders.preference(cursor, "camille") == Preference()


def test_nothing_is_sent_when_reminders_are_off_or_without_a_mail_server(db, box, monkeypatch):
    prepare(db, late=(WARD,))
    monkeypatch.setenv("ROR_REMINDERS", "off")
    settings.cache_clear()
    assert sent(db, box) == {}
    monkeypatch.setenv("ROR_REMINDERS", "command")
    monkeypatch.setenv("ROR_SMTP_HOST", "")
    settings.cache_clear()
    assert sent(db, box) == {}


def test_a_round_ends_between_two_mails_when_the_server_stops(db, box):
    prepare(db, late=(WARD, NURSING, HOME_CARE))
    answers = iter([False, True])
    assert send.send_due(db, NOW, lambda: next(answers)).mails == {MailState.SENT: 1}
    assert len(rows(db, "reminder")) == len(received(box)) == 1


def test_the_server_sends_by_itself_unless_a_setting_leaves_it_to_the_command(db, monkeypatch, caplog):
    for setting in ("command", "off"):
        monkeypatch.setenv("ROR_REMINDERS", setting)
        settings.cache_clear()
        assert failing_rounds(db, monkeypatch, send, "send_due") == 0
    monkeypatch.setenv("ROR_REMINDERS", "server")
    settings.cache_clear()
    assert failing_rounds(db, monkeypatch, send, "send_due") == 3
    assert "reminders wait" in caplog.text
    assert "could not be sent" in caplog.text


def test_two_replicas_send_each_mail_once(postgres, region_on_postgresql, box):
    address = postgres.new_database(region_on_postgresql)
    replicas = [Database(PostgreSQL(address)) for _ in range(2)]
    prepare(replicas[0], late=(WARD, NURSING, HOME_CARE))
    for replica in replicas:
        replica.catch_up()
    with ThreadPoolExecutor(2) as pool:
        done = [one.mails[MailState.SENT] for one in pool.map(lambda replica: send.send_due(replica, NOW), replicas)]
    assert sum(done) == 3
    assert set(received(box)) == {"camille", "blanche", "claude"}
    for replica in replicas:
        replica.close()


def test_a_round_without_a_database_stops_at_once(db, box, monkeypatch):
    def away(*_):
        raise Unavailable("La base ne répond pas.")

    prepare(db, late=(WARD,))
    monkeypatch.setattr(notices, "post_due", away)
    with pytest.raises(Unavailable):
        send.send_due(db, NOW)
    assert rows(db, "reminder") == []


def test_a_number_from_a_clock_ahead_is_reminded_of(db, box):
    prepare(db, late=())
    write(db, WARD, 4, NOW + 3 * DAY, recorded_at=NOW)
    assert "Médecine interne" in text_of(sent(db, box)["camille"])
