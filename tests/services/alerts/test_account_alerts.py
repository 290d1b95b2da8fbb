"""An account's own alerts: saving, changing, muting, acknowledging and deleting them; rights, refusals and journal lines."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from ror.errors import Forbidden, NotFound, Refused
from ror.model.alert import MAX_ALERTS, AlertKind, AlertPreference, Condition, Mute
from ror.model.filters import Filters
from ror.model.journal import Act
from ror.services import journal
from ror.services.accounts import personal_data
from ror.services.alerts import account_alerts
from ror.services.alerts.evaluation import Evaluator
from ror.services.operations import retention
from ror.store import alerts as stored
from ror.store.journal import JournalQuery
from tests.region import ADELE, BLANCHE, CAMILLE, CORALIE, DISABLED, DOMINIQUE, NOW, WARD, rows, store_account, write
from tests.services.alerts.alert_helpers import BEDS, HOUR, MEDICINE, MINUTE, ringings, save, total

pytestmark = pytest.mark.usefixtures("region")

QUIET = AlertPreference(sound=True, quiet_from=22, quiet_until=7)


def ring(db, account=CAMILLE, names=("Médecine",)):
    saved = [save(db, account=account, name=name) for name in names]
    evaluator = Evaluator(db)
    evaluator.evaluate(NOW)
    write(db, WARD, 2)
    evaluator.evaluate(NOW)
    return saved


def journalled(db):
    lines = journal.read(db, ADELE, JournalQuery(), NOW).to_pylist()
    return [(row["actor"], row["outcome"], row["subject"], row["after"]) for row in lines if row["act"] == Act.ALERT]


@pytest.mark.parametrize("account", [CAMILLE, DOMINIQUE, CORALIE, ADELE])
def test_everybody_who_consults_may_save_an_alert(db, account):
    alert = save(db, account=account)
    own = account_alerts.read(db, account, NOW)
    assert (own.alerts, own.ringings, own.unacknowledged, own.preference) == ([alert], [], 0, AlertPreference())
    assert (alert.version, alert.address, alert.paused) == (1, "/departements?type=Médecine", False)


ACTS = {
    "save": lambda db, account, alert: save(db, account=account, name="autre"),
    "read": lambda db, account, alert: account_alerts.read(db, account, NOW),
    "rename": lambda db, account, alert: account_alerts.rename(db, account, alert, "autre", by_mail=True, now=NOW),
    "mute": lambda db, account, alert: account_alerts.mute(db, account, alert, Mute.OFF, NOW),
    "delete": lambda db, account, alert: account_alerts.delete(db, account, alert, NOW),
    "acknowledge": lambda db, account, alert: account_alerts.acknowledge(db, account, alert, 99, NOW),
    "prefer": lambda db, account, alert: account_alerts.prefer(db, account, QUIET, NOW),
}


@pytest.mark.parametrize("act", ACTS)
def test_an_account_that_may_not_consult_any_more_is_refused_and_that_is_journalled(db, act):
    alert = save(db)
    for account in (DISABLED, store_account(db, replace(BLANCHE, roles=frozenset()))):
        with pytest.raises(Forbidden):
            ACTS[act](db, account, alert.id)
        assert journalled(db)[0] == (account.id, "refused", f"account:{account.id}", "")
    assert account_alerts.read(db, CAMILLE, NOW).alerts == [alert]


@pytest.mark.parametrize("act", [name for name in ACTS if name != "read"])
def test_a_right_withdrawn_meanwhile_is_read_again_in_the_transaction(db, act):
    alert = save(db)
    store_account(db, replace(CAMILLE, disabled=True))
    with pytest.raises(Forbidden):
        ACTS[act](db, CAMILLE, alert.id)


@pytest.mark.parametrize("act", ["rename", "mute", "delete"])
def test_the_alert_of_somebody_else_is_as_one_that_does_not_exist(db, act):
    alert = save(db)
    for identifier in (alert.id, "none"):
        with pytest.raises(NotFound, match="n'existe plus"):
            ACTS[act](db, BLANCHE, identifier)
    assert account_alerts.read(db, CAMILLE, NOW).alerts == [alert]


@pytest.mark.parametrize(
    ("others", "words"),
    [
        ({"name": " \n\x00"}, "Donnez un nom"),
        ({"condition": Condition()}, "Précisez d'abord la question"),
        ({"condition": total(AlertKind.RISES, 0)}, "un seuil entre 1 et"),
        ({"condition": Condition(Filters(needs=("rea",)), kind=AlertKind.FALLS, threshold=2)}, "les lits ou les places"),
    ],
)
def test_what_cannot_be_saved_is_refused_with_what_to_do(db, others, words):
    with pytest.raises(Refused, match=words):
        save(db, **others)
    assert account_alerts.read(db, CAMILLE, NOW).alerts == []


@pytest.mark.parametrize(
    "address", ["https://ailleurs.exemple/departements", "//ailleurs", "/departements?a=" + "b" * 2000, "/departements?\n"]
)
def test_the_address_is_one_of_the_page_of_questions(db, address):
    with pytest.raises(Refused, match="trop longue"):
        account_alerts.save(db, CAMILLE, "SMR", Condition(MEDICINE), address, by_mail=False, now=NOW)


def test_a_name_is_taken_once_by_an_account(db):
    alert = save(db)
    save(db, account=BLANCHE)
    with pytest.raises(Refused, match="porte déjà ce nom"):
        save(db)
    other = save(db, name="autre")
    with pytest.raises(Refused, match="porte déjà ce nom"):
        account_alerts.rename(db, CAMILLE, other.id, alert.name, by_mail=False, now=NOW)
    account_alerts.rename(db, CAMILLE, alert.id, alert.name, by_mail=True, now=NOW)
    assert [one.by_mail for one in account_alerts.read(db, CAMILLE, NOW).alerts] == [True, False]


def test_an_account_has_so_many_alerts_even_when_it_saves_two_at_once(db):
    for number in range(MAX_ALERTS - 1):
        save(db, name=f"n° {number}")

    def one_more(name):
        try:
            return save(db, name=name)
        except Refused as refusal:
            return refusal.user_message

    with ThreadPoolExecutor(3) as threads:
        answers = list(threads.map(one_more, ("a", "b", "c")))
    assert sum(isinstance(one, str) for one in answers) == 2
    assert len(account_alerts.read(db, CAMILLE, NOW).alerts) == MAX_ALERTS
    save(db, account=BLANCHE)


def test_each_act_is_journalled_without_the_name_that_was_typed(db, published_changes):
    alert = save(db, name="Monsieur X")
    account_alerts.rename(db, CAMILLE, alert.id, "Monsieur Y", by_mail=True, now=NOW)
    account_alerts.mute(db, CAMILLE, alert.id, Mute.HOUR, NOW)
    account_alerts.prefer(db, CAMILLE, QUIET, NOW)
    account_alerts.delete(db, CAMILLE, alert.id, NOW)
    lines = journalled(db)
    assert len(lines) == 5
    assert {line[:3] for line in lines} == {(CAMILLE.id, "done", "account:camille")}
    assert not any("Monsieur" in line[3] for line in lines)
    assert [change.alerts for change in published_changes] == [CAMILLE.id] * 5
    assert {change.account for change in published_changes} == {""}


def test_ringings_are_acknowledged_up_to_what_was_shown(db):
    first, second = ring(db, names=("un", "deux"))
    own = account_alerts.read(db, CAMILLE, NOW)
    assert (own.unacknowledged, [ringing.alert for ringing in own.ringings]) == (2, [second.id, first.id])
    last_shown = own.ringings[0].number
    assert account_alerts.acknowledge(db, CAMILLE, first.id, last_shown, NOW) == 1
    assert account_alerts.acknowledge(db, CAMILLE, first.id, last_shown, NOW) == 0
    assert account_alerts.acknowledge(db, BLANCHE, second.id, last_shown, NOW) == 0
    assert account_alerts.acknowledge(db, CAMILLE, "", last_shown - 1, NOW) == 0
    assert account_alerts.acknowledge(db, CAMILLE, "", last_shown, NOW) == 1
    assert account_alerts.read(db, CAMILLE, NOW).unacknowledged == 0
    # An acknowledgement of nothing is not journalled.
    assert sum("acknowledge" in line[3] for line in journalled(db)) == 2


def test_an_alert_that_rang_once_stays_to_be_seen_while_another_rings_many_times(db):
    first, second = ring(db, names=("un", "deux"))
    with db.transaction() as transaction:
        last = ringings(db)[-1]
        later = [replace(last, number=last.number + more) for more in range(1, 100)]
        stored.add_ringings(transaction, later)
    own = account_alerts.read(db, CAMILLE, NOW)
    assert [(one.alert, one.number) for one in own.ringings] == [(second.id, later[-1].number), (first.id, 1)]
    assert own.unacknowledged == 2
    account_alerts.acknowledge(db, CAMILLE, second.id, later[-1].number, NOW)
    own = account_alerts.read(db, CAMILLE, NOW)
    assert (own.unacknowledged, [one.alert for one in own.ringings]) == (1, [first.id])


def test_the_badge_counts_what_was_not_acknowledged_and_names_the_last_one(db):
    assert account_alerts.badge(db, CAMILLE, NOW) == account_alerts.AlertBadge(False)
    _, second = ring(db, names=("un", "deux"))
    newest = ringings(db)[-1].number
    assert account_alerts.badge(db, CAMILLE, NOW) == account_alerts.AlertBadge(True, 2, newest, second.name, sound=False)
    account_alerts.acknowledge(db, CAMILLE, "", newest, NOW)
    assert account_alerts.badge(db, CAMILLE, NOW) == account_alerts.AlertBadge(True)
    assert account_alerts.badge(db, BLANCHE, NOW) == account_alerts.AlertBadge(False)


def test_the_sound_is_heard_out_of_the_quiet_hours(db):
    ring(db)
    account_alerts.prefer(db, CAMILLE, QUIET, NOW)
    assert account_alerts.badge(db, CAMILLE, NOW).sound
    # 22 h 30 in Paris.
    assert not account_alerts.badge(db, CAMILLE, NOW.replace(hour=21, minute=30)).sound


@pytest.mark.parametrize("hours", [(-1, 7), (22, 24)])
def test_quiet_hours_are_hours_of_a_day(db, hours):
    with pytest.raises(Refused, match="entre 0 h et 23 h"):
        account_alerts.prefer(db, CAMILLE, AlertPreference(False, *hours), NOW)


def test_all_alerts_are_muted_at_once_and_heard_again(db):
    save(db, name="un")
    save(db, name="deux")
    save(db, account=BLANCHE)
    account_alerts.mute(db, CAMILLE, "", Mute.TOMORROW, NOW)
    assert [one.is_silent(NOW + HOUR) for one in account_alerts.read(db, CAMILLE, NOW).alerts] == [True, True]
    assert not account_alerts.read(db, BLANCHE, NOW).alerts[0].is_silent(NOW)
    account_alerts.mute(db, CAMILLE, "", Mute.NO, NOW)
    assert not any(one.is_silent(NOW) for one in account_alerts.read(db, CAMILLE, NOW).alerts)
    account_alerts.mute(db, DOMINIQUE, "", Mute.NO, NOW)


def test_a_value_is_that_of_the_moment_of_the_save(db):
    write(db, WARD, 3, NOW - 2 * HOUR)
    assert save(db, total(AlertKind.RISES, 4), name="a").value == 3
    assert save(db, Condition(replace(BEDS, ranks=(0,))), name="b").value == 0
    assert save(db, Condition(replace(BEDS, ranks=(0,))), name="c", now=NOW - 2 * HOUR + MINUTE).value == 1


def test_an_alert_that_is_muted_keeps_what_the_evaluation_wrote(db):
    (alert,) = ring(db)
    account_alerts.mute(db, CAMILLE, alert.id, Mute.HOUR, NOW)
    with db.reader() as cursor:
        assert stored.by_ids(cursor, [alert.id])[alert.id].holds


def test_alerts_are_in_the_personal_export_and_go_with_the_person(db):
    (alert,) = ring(db)
    account_alerts.prefer(db, CAMILLE, QUIET, NOW)
    save(db, account=BLANCHE)
    exported = json.loads(personal_data.export(db, CAMILLE, CAMILLE.id, NOW))["alertes"]
    assert exported["choix"] == [{"son": True, "silence_des": 22, "silence_jusqu_a": 7}]
    assert [(one["nom"], one["question"], one["vraie"]) for one in exported["liste"]] == [(alert.name, alert.address, True)]
    assert exported["liste"][0]["condition"]["filters"]["unit_types"] == ["16"]
    assert [(one["alerte"], one["valeur"], one["courriel"]) for one in exported["sonneries"]] == [
        (alert.name, 1, "sans courriel")
    ]
    personal_data.erase(db, ADELE, CAMILLE.id, NOW)
    assert (ringings(db), [row[1] for row in rows(db, "alert")], rows(db, "alert_preference")) == ([], [BLANCHE.id], [])


def test_ringings_are_erased_after_their_time_and_alerts_stay(db):
    ring(db)
    for days, remaining in ((retention.ALERT_DAYS, 1), (retention.ALERT_DAYS + 1, 0)):
        with db.transaction() as transaction:
            retention._erase(transaction, None, NOW + timedelta(days=days))
        assert len(ringings(db)) == remaining
    assert len(account_alerts.read(db, CAMILLE, NOW).alerts) == 1
