"""The mails of alerts, sent to a real mail server: once, only to accounts that may still consult, never in quiet hours."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ror import metrics
from ror.errors import Unavailable
from ror.model.alert import EXPIRY, AlertKind, AlertPreference, Condition, Mute, RingingMailState
from ror.model.sending import RETRY_AFTER
from ror.services.alerts import account_alerts, mails
from ror.services.alerts.evaluation import Evaluator
from tests.harness import ROOT, free_port
from tests.loops import run_coroutine, running, until
from tests.region import BLANCHE, CAMILLE, CARDIAC, NOW, WARD, only_on_a_file, store_account, write
from tests.services.alerts.alert_helpers import HOUR, MEDICINE, MINUTE, ringings, save, total
from tests.services.reminders.reminder_helpers import received, text_of

pytestmark = pytest.mark.usefixtures("region")

CONDITION = Condition(MEDICINE)


@pytest.fixture(autouse=True)
def reachable(region):
    for account in (CAMILLE, BLANCHE):
        store_account(region, replace(account, mail=f"{account.id}@exemple.fr"))


def ring(db, condition=CONDITION, account=CAMILLE, names=("Médecine",), by_mail=True, now=NOW):
    saved = [save(db, condition, account, name, by_mail=by_mail, now=now) for name in names]
    Evaluator(db).evaluate(now)
    write(db, WARD, 2, now, comment="Chambre de Madame X")
    Evaluator(db).evaluate(now)
    return saved


def sent(db, box, now=NOW):
    mails.send_due(db, now)
    return received(box)


def states(db):
    return [ringing.mail for ringing in ringings(db)]


def test_a_mail_says_what_became_true_with_the_first_units_and_the_address_of_the_question(db, box):
    before = metrics.ALERT_MAILS.labels("sent")._value.get()
    ring(db, names=("Médecine <94> & co",))
    mails = sent(db, box)
    assert set(mails) == {"camille"}
    mail = mails["camille"]
    assert mail["Subject"] == "Disponibilités en lits et en places : alerte « Médecine <94> & co »"
    text, html = text_of(mail).replace("\r", ""), text_of(mail, "html")
    assert "Vous vouliez le savoir quand une unité répond : c'est le cas, 1 unité." in text
    assert "- Hôpital fictif des Tilleuls, Médecine interne : 2 lits, à l'instant" in text
    assert "http://localhost:8501/departements?type=Médecine" in text
    assert "http://localhost:8501/alertes" in text
    assert "Médecine &lt;94&gt; &amp; co" in html
    assert "<img" not in html
    # Neither a comment nor the name of a person.
    assert not any(word in shown for shown in (text, html) for word in ("Madame", "Camille"))
    assert states(db) == [RingingMailState.SENT]
    assert metrics.ALERT_MAILS.labels("sent")._value.get() == before + 1
    assert sent(db, box) == {}


def test_what_rings_together_is_one_mail(db, box):
    ring(db, names=("un", "deux"))
    ring(db, account=BLANCHE)
    write(db, WARD, 0)
    Evaluator(db).evaluate(NOW)
    write(db, WARD, 2)
    Evaluator(db).evaluate(NOW)
    mails = sent(db, box)
    assert set(mails) == {"camille", "blanche"}
    assert mails["camille"]["Subject"].endswith(": 2 alertes")
    assert text_of(mails["camille"]).count("Voir : ") == 2


def test_a_total_that_falls_is_written_about_even_without_a_unit_to_name(db, box):
    write(db, WARD, 5)
    save(db, total(AlertKind.FALLS, 3), by_mail=True)
    Evaluator(db).evaluate(NOW)
    write(db, WARD, 0)
    Evaluator(db).evaluate(NOW)
    assert "quand le total passe sous 3 lits : c'est le cas, 0 lit." in text_of(sent(db, box)["camille"])


def test_units_of_a_place_are_those_within_the_radius(db):
    write(db, WARD, 2)
    write(db, CARDIAC, 2)
    near = save(db, Condition(place="commune:93008", kilometres=3))
    assert [one.unit for one in mails.units_of(db, near, NOW)] == [CARDIAC]
    lost = save(db, Condition(place="commune:00000", kilometres=3), name="lieu inconnu")
    assert list(mails.units_of(db, lost, NOW)) == []
    there = save(db, Condition(department="75"), name="75")
    assert [one.unit for one in mails.units_of(db, there, NOW)] == [WARD]


@pytest.mark.parametrize("wanted", [False, True])
def test_no_mail_without_an_address_or_for_who_wants_none(db, box, wanted):
    store_account(db, replace(CAMILLE, mail="" if wanted else "camille@exemple.fr"))
    ring(db, by_mail=wanted)
    assert sent(db, box) == {}
    assert states(db) == [RingingMailState.NONE]


def test_no_mail_is_claimed_while_no_server_is_named(db):
    ring(db)
    assert mails.send_due(db, NOW) == {}
    assert states(db) == [RingingMailState.NONE]


CHANGES = {
    "disabled": lambda db, alert: store_account(db, replace(CAMILLE, mail="camille@exemple.fr", disabled=True)),
    "without a role": lambda db, alert: store_account(db, replace(CAMILLE, mail="camille@exemple.fr", roles=frozenset())),
    "without an address": lambda db, alert: store_account(db, CAMILLE),
    "acknowledged": lambda db, alert: account_alerts.acknowledge(db, CAMILLE, alert.id, 99, NOW),
    "muted": lambda db, alert: account_alerts.mute(db, CAMILLE, alert.id, Mute.HOUR, NOW),
    "no mail wanted any more": lambda db, alert: account_alerts.rename(
        db, CAMILLE, alert.id, alert.name, by_mail=False, now=NOW
    ),
    "not true any more": lambda db, alert: (write(db, WARD, 0), Evaluator(db).evaluate(NOW)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_since_the_ringing_is_read_again_before_the_mail_leaves(db, box, change):
    (alert,) = ring(db)
    CHANGES[change](db, alert)
    assert sent(db, box) == {}
    assert states(db) == [RingingMailState.NONE]


def test_nothing_is_written_about_a_deleted_alert(db, box):
    (alert,) = ring(db)
    account_alerts.delete(db, CAMILLE, alert.id, NOW)
    assert sent(db, box) == {}


def test_a_mail_waits_for_the_end_of_the_quiet_hours(db, box):
    account_alerts.prefer(db, CAMILLE, AlertPreference(quiet_from=22, quiet_until=7), NOW)
    night = NOW.replace(hour=23)
    ring(db, now=night)
    assert sent(db, box, night) == {}
    assert states(db) == [RingingMailState.WAITING]
    assert set(sent(db, box, night + 7 * HOUR)) == {"camille"}


def test_a_mail_that_could_not_leave_within_a_day_is_not_sent(db, box):
    ring(db)
    assert sent(db, box, NOW + EXPIRY) == {}
    assert states(db) == [RingingMailState.NONE]


def test_a_mail_that_was_refused_for_a_time_is_tried_again_later_and_one_refused_for_good_is_not(db, box):
    ring(db)
    box.answer = "451 later"
    mails.send_due(db, NOW)
    assert states(db) == [RingingMailState.WAITING]
    received(box)
    box.answer = "250 OK"
    assert sent(db, box, NOW + RETRY_AFTER - MINUTE) == {}
    assert set(sent(db, box, NOW + RETRY_AFTER)) == {"camille"}
    box.to_recipient = "550 unknown"
    ring(db, account=BLANCHE)
    write(db, WARD, 0)
    Evaluator(db).evaluate(NOW)
    write(db, WARD, 2)
    Evaluator(db).evaluate(NOW)
    mails.send_due(db, NOW)
    assert {one.mail for one in ringings(db, [BLANCHE])} <= {RingingMailState.REFUSED, RingingMailState.NONE}


def test_a_connection_cut_after_the_mail_was_handed_over_is_not_tried_again(db, box):
    ring(db)
    box.answer = ""
    mails.send_due(db, NOW)
    received(box)
    box.answer = "250 OK"
    assert states(db) == [RingingMailState.DOUBTFUL]
    assert sent(db, box, NOW + RETRY_AFTER) == {}


def test_a_round_ends_where_the_server_cannot_be_reached(db, use_mail_server):
    use_mail_server(free_port())
    ring(db)
    ring(db, account=BLANCHE)
    write(db, WARD, 0)
    Evaluator(db).evaluate(NOW)
    write(db, WARD, 2)
    Evaluator(db).evaluate(NOW)
    assert sum(mails.send_due(db, NOW).values()) == 1


def test_a_round_stops_between_two_mails(db, box):
    ring(db)
    assert mails.send_due(db, NOW, should_stop=lambda: True) == {}
    assert states(db) == [RingingMailState.WAITING]


def test_a_mail_that_could_not_be_written_is_sent_at_its_next_attempt_and_holds_no_other_up(db, box, monkeypatch):
    ring(db)
    real = mails.units_of

    def fail(*arguments):
        raise Unavailable("away")

    monkeypatch.setattr(mails, "units_of", fail)
    with pytest.raises(Unavailable):
        mails.send_due(db, NOW)
    monkeypatch.setattr(mails, "units_of", real)
    assert states(db) == [RingingMailState.WAITING]
    assert sent(db, box) == {}
    assert set(sent(db, box, NOW + RETRY_AFTER)) == {"camille"}
    assert states(db) == [RingingMailState.SENT]


def test_processes_that_send_at_the_same_time_send_once(db, box):
    ring(db)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: mails.send_due(db, NOW), range(4)))
    assert set(received(box)) == {"camille"}
    assert states(db) == [RingingMailState.SENT]


def test_a_mail_that_another_process_tried_meanwhile_waits_for_its_next_attempt(db, box):
    ring(db)
    box.answer = "451 later"
    mails.send_due(db, NOW)
    received(box)
    assert mails._claim(db, CAMILLE.id, NOW) is None
    assert states(db) == [RingingMailState.WAITING]


KILLED = """
import os, signal
from datetime import datetime
from pathlib import Path
from ror.services import mail
from ror.services.alerts import mails
from ror.store.engine.database import Database

def send_and_die(*arguments):
    real(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)

real, mail.send = mail.send, send_and_die
mails.send_due(Database(Path(os.environ["ROR_DATABASE"])), datetime.fromisoformat(os.environ["AT"]))
"""


def test_a_process_killed_between_the_mail_and_its_state_does_not_send_it_twice(db, box):
    path = only_on_a_file(db)
    ring(db)
    db.close()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "ROR_DATABASE": str(path), "AT": NOW.isoformat()}
    killed = subprocess.run([sys.executable, "-c", KILLED], env=environment, cwd=ROOT, check=False)
    assert killed.returncode == -9
    assert box.next()["To"] == "camille@exemple.fr"
    reopened = type(db)(path)
    try:
        assert [one.mail for one in ringings(reopened)] == [RingingMailState.CLAIMED]
        assert sent(reopened, box, NOW + timedelta(hours=2)) == {}
    finally:
        reopened.close()


def test_the_server_sends_by_itself_and_goes_on_after_a_round_that_failed(db, box, monkeypatch, caplog):
    monkeypatch.setattr(mails, "SECONDS", 0.05)
    ring(db, now=datetime.now(UTC))
    errors, real = [Unavailable("away"), ValueError("odd")], mails.send_due

    def send_due(*arguments):
        if errors:
            raise errors.pop(0)
        return real(*arguments)

    monkeypatch.setattr(mails, "send_due", send_due)

    async def run():
        async with running(mails.run_periodically(db)):
            await until(lambda: not box.arrived.empty())

    run_coroutine(run())
    assert set(received(box)) == {"camille"}
    assert "mails of alerts wait for it" in caplog.text
    assert "could not be sent" in caplog.text
