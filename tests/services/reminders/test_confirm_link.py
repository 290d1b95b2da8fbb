"""The links of a mail that act without a session: to confirm that nothing changed, and to stop the mails."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ror.errors import Forbidden, NotFound, SignInFailed
from ror.model.declaration import Channel
from ror.model.reminder import Rhythm
from ror.model.rights import Perimeter, Role
from ror.services import journal
from ror.services.accounts import administer, passwords, sessions
from ror.services.accounts.account_rules import AccountDraft
from ror.services.availability import mask
from ror.services.reminders import confirm_link, preferences, signed_link
from ror.services.reminders.signed_link import LinkKind
from ror.settings import secret, settings
from ror.store import accounts, reminders
from ror.store.journal import JournalQuery, lines
from tests.region import (
    ADELE,
    BLANCHE,
    CAMILLE,
    CARDIAC,
    NOW,
    PASSWORD,
    WARD,
    board_rows,
    change_unit,
    history,
    rows,
    write,
)
from tests.services.reminders.reminder_helpers import DAY, HOUR, mail_server, prepare, sent, token

pytestmark = pytest.mark.usefixtures("region")

LATER, YEARS = NOW + HOUR, timedelta(days=3650)
WRONG = f"{'x' * 22}.{'y' * 43}"


@pytest.fixture
def box(monkeypatch):
    with mail_server(monkeypatch) as box:
        yield box


@pytest.fixture
def link(db, box):
    """Send Camille a mail on two late units, and return the token of its link that confirms."""
    prepare(db, late=(WARD, CARDIAC), reachable=("camille",))
    return token(sent(db, box)["camille"], "confirmer")


@pytest.fixture
def stop_link(db, box):
    prepare(db, late=(WARD,), reachable=("camille",))
    return token(sent(db, box)["camille"], "arreter")


def outcomes(confirmed):
    return {unit.name: unit.refusal for unit in confirmed.units}


def journalled(db):
    with db.reader() as cursor:
        journal_lines = lines(cursor, JournalQuery(acts=("reminder", "confirm")), 50).to_pylist()
    return [(line["act"], line["outcome"], line["actor"], line["subject"], line["after"]) for line in journal_lines]


def stored(db, account=CAMILLE):
    with db.reader() as cursor:
        return accounts.by_id(cursor, account.id)


def test_opening_the_link_shows_the_numbers_and_changes_nothing(db, link):
    before = {table: rows(db, table) for table in ("reminder", "declaration", "journal", "attempt")}
    for _ in range(3):
        account, units = confirm_link.read(db, link, LATER)
    assert account.id == CAMILLE.id
    assert [(unit.structure, unit.name, unit.last.counts.available, unit.refusal) for unit in units] == [
        ("Clinique fictive des Saules", "Soins intensifs de cardiologie", 4, ""),
        ("Hôpital fictif des Tilleuls", "Médecine interne", 4, ""),
    ]
    assert {table: rows(db, table) for table in before} == before


def test_the_press_confirms_what_was_shown_and_is_journalled_as_such(db, link, published_changes):
    done = confirm_link.confirm(db, link, LATER)
    assert outcomes(done) == {"Soins intensifs de cardiologie": "", "Médecine interne": ""}
    assert done.count == 2
    assert history(db, WARD)[-1] == ("confirmed", 4)
    assert {unit.last.channel for unit in done.units} == {Channel.LINK}
    row = board_rows(db, LATER)[WARD]
    assert (row["account"], row["observed_at"], row["overdue"]) == (CAMILLE.id, LATER, False)
    assert {change.unit for change in published_changes} == {WARD, CARDIAC}
    act, outcome, actor, subject, after = journalled(db)[0]
    assert (act, outcome, actor, subject) == ("reminder", "done", "camille", "account:camille")
    assert ('"action": "confirm_by_link"' in after, '"confirmed": 2' in after) == (True, True)
    assert [line[:4] for line in journalled(db)[1:]] == [
        ("confirm", "done", "camille", f"unit:{unit}") for unit in (WARD, CARDIAC)
    ]


def test_the_link_serves_once(db, link):
    confirm_link.confirm(db, link, LATER)
    for use in (confirm_link.read, confirm_link.confirm):
        with pytest.raises(NotFound, match="a déjà servi : il a confirmé 2 unités le 23/11/2026 à 11 h 00"):
            use(db, link, LATER + HOUR)
    assert len(history(db, WARD)) == 2


def test_a_unit_that_was_declared_since_is_left_and_the_others_are_confirmed(db, link):
    write(db, WARD, 7, NOW, account=BLANCHE.id)
    _, units = confirm_link.read(db, link, LATER)
    assert "Entre-temps, Blanche Modèle a déclaré 7 lits" in {unit.name: unit.refusal for unit in units}["Médecine interne"]
    done = confirm_link.confirm(db, link, LATER)
    assert "Entre-temps, Blanche Modèle a déclaré 7 lits" in outcomes(done)["Médecine interne"]
    assert (done.count, outcomes(done)["Soins intensifs de cardiologie"]) == (1, "")
    assert history(db, WARD)[-1] == ("declared", 7)


def test_each_unit_is_judged_by_its_rights_and_its_state_now(db, link):
    change_unit(db, CARDIAC, closed=True)
    with db.transaction() as transaction:
        accounts.change(
            transaction, replace(CAMILLE, mail="camille@exemple.fr", perimeter=Perimeter(units=frozenset({CARDIAC})))
        )
    done = confirm_link.confirm(db, link, LATER)
    assert "n'est pas dans votre périmètre" in outcomes(done)["Médecine interne"]
    assert "fermée au répertoire" in outcomes(done)["Soins intensifs de cardiologie"]
    assert done.count == 0


def test_a_unit_that_left_the_registry_is_named_as_such(db, link):
    with db.transaction() as transaction:
        transaction.cursor.execute("DELETE FROM unit WHERE id = ?", [WARD])
    assert "n'existe pas ou plus" in outcomes(confirm_link.confirm(db, link, LATER))["Unité retirée du répertoire"]


def test_a_masked_comment_does_not_come_back(db, box):
    prepare(db, late=(), reachable=("camille",))
    write(db, WARD, 4, NOW - 9 * DAY, comment="Madame Martin")
    link = token(sent(db, box)["camille"], "confirmer")
    mask.mask(db, ADELE, db.position, NOW)
    confirm_link.confirm(db, link, LATER)
    row = board_rows(db, LATER)[WARD]
    assert (row["kind"], row["comment"]) == ("confirmed", "")


def give_another_mail(db):
    account = stored(db)
    named = (account.login, account.name, account.roles, account.perimeter)
    administer.change_account(db, ADELE, account, AccountDraft(*named, "juste@exemple.fr"), NOW)


VOIDED = {
    "a day has passed": lambda db: None,
    "a new password": lambda db: passwords.change(db, stored(db), PASSWORD, "Brouillard-Pivoine-41", NOW),
    "sessions closed everywhere": lambda db: sessions.close_all(db, stored(db), NOW),
    "a disabled account": lambda db: administer.disable(db, ADELE, CAMILLE.id, NOW),
    "another mail address": give_another_mail,
    "revoked by its owner": lambda db: confirm_link.revoke(db, stored(db), rows(db, "reminder")[0][0], NOW),
    "revoked by an administrator": lambda db: confirm_link.revoke(db, ADELE, rows(db, "reminder")[0][0], NOW),
}


@pytest.mark.parametrize("why", VOIDED)
def test_the_link_is_void_after(db, link, why):
    VOIDED[why](db)
    at = NOW + DAY + timedelta(seconds=1) if why == "a day has passed" else LATER
    for use in (confirm_link.read, confirm_link.confirm):
        with pytest.raises(NotFound, match=r"plus valable|retiré"):
            use(db, link, at)
    assert history(db, WARD)[-1] == ("declared", 4)


def test_the_link_of_a_clock_years_ahead_is_void(db, box):
    ahead = NOW + YEARS
    prepare(db, late=(WARD,), reachable=("camille",), now=ahead)
    link = token(sent(db, box, ahead)["camille"], "confirmer")
    assert confirm_link.read(db, link, ahead)[0].id == CAMILLE.id
    with pytest.raises(NotFound, match="plus valable"):
        confirm_link.read(db, link, NOW)


def test_a_newer_mail_replaces_the_link(db, box, link):
    at = NOW + 23 * HOUR
    newer = token(sent(db, box, at)["camille"], "confirmer")
    with pytest.raises(NotFound, match="courriel plus récent"):
        confirm_link.confirm(db, link, at)
    assert confirm_link.confirm(db, newer, at).count == 2


def test_a_setting_voids_every_link(db, link, monkeypatch):
    monkeypatch.setenv("ROR_REMINDER_CONFIRM_LINK", "0")
    settings.cache_clear()
    with pytest.raises(NotFound, match="coupés"):
        confirm_link.confirm(db, link, LATER)


def test_who_may_not_declare_any_more_is_refused_and_it_is_journalled(db, link):
    with db.transaction() as transaction:
        accounts.change(transaction, replace(CAMILLE, roles=frozenset({Role.PROFESSIONAL})))
    with pytest.raises(Forbidden):
        confirm_link.confirm(db, link, LATER)
    assert journalled(db)[0][:4] == ("reminder", "refused", "camille", "account:camille")
    assert history(db, WARD)[-1] == ("declared", 4)


def test_a_link_is_bound_to_its_mail_its_units_and_the_secret(db, link):
    mail_id, _, signature = link.partition(".")
    with db.reader() as cursor:
        mail = reminders.mail(cursor, mail_id)
    of_other_mails = [
        signed_link.address(kind, other_mail).rpartition("/")[2]
        for kind, other_mail in [
            (LinkKind.STOP, mail),
            (LinkKind.CONFIRM, replace(mail, account=BLANCHE.id)),
            (LinkKind.CONFIRM, replace(mail, positions={**mail.positions, WARD: 99})),
            (LinkKind.CONFIRM, replace(mail, generation=mail.generation + 1)),
        ]
    ]
    forged = [*of_other_mails, f"{mail_id}.{signature[::-1]}", f"{'x' * 22}.{signature}", link[:-1], f"{link}x", "", "é\ud800"]
    for forged_link in forged:
        with pytest.raises(NotFound, match="n'est pas valable"):
            confirm_link.read(db, forged_link, LATER)
    assert signed_link.address(LinkKind.CONFIRM, mail).endswith(link)


def test_another_secret_voids_every_link(db, link, monkeypatch):
    monkeypatch.setenv("ROR_SECRET", "another-secret-of-the-tests-0123456789")
    for cached in (settings, secret):
        cached.cache_clear()
    with pytest.raises(NotFound):
        confirm_link.read(db, link, LATER)


def test_wrong_presses_are_limited_by_network(db, link):
    journal.acting_from("192.0.2.7")
    for _ in range(signed_link.MAX_WRONG):
        with pytest.raises(NotFound):
            confirm_link.confirm(db, WRONG, LATER)
    for use in (confirm_link.confirm, confirm_link.read, preferences.stop_by_link):
        with pytest.raises(SignInFailed, match="Trop d'essais"):
            use(db, link, LATER)
    journal.acting_from("192.0.2.8")
    assert confirm_link.confirm(db, link, LATER).count == 2


def test_wrong_presses_of_a_clock_years_ahead_do_not_stop_those_of_today(db, link):
    for _ in range(signed_link.MAX_WRONG):
        with pytest.raises(NotFound):
            confirm_link.confirm(db, WRONG, LATER + YEARS)
    assert confirm_link.confirm(db, link, LATER).count == 2


def test_nobody_else_revokes_a_link(db, link):
    mail_id = rows(db, "reminder")[0][0]
    with pytest.raises(Forbidden):
        confirm_link.revoke(db, BLANCHE, mail_id, NOW)
    with pytest.raises(NotFound):
        confirm_link.revoke(db, ADELE, "unknown", NOW)
    assert confirm_link.confirm(db, link, LATER).count == 2


# The link that stops the mails


def test_opening_the_link_that_stops_changes_nothing_and_the_press_does_once(db, box, stop_link):
    before = {table: rows(db, table) for table in ("reminder_preference", "journal", "attempt")}
    assert preferences.account_of_stop_link(db, stop_link, LATER).id == CAMILLE.id
    assert {table: rows(db, table) for table in before} == before
    for _ in range(2):
        preferences.stop_by_link(db, stop_link, LATER)
    assert preferences.read(db, CAMILLE).preference.rhythm is Rhythm.OFF
    assert [line[:4] for line in journalled(db)] == [("reminder", "done", "camille", "account:camille")]
    assert "stop_by_link" in journalled(db)[0][4]
    assert sent(db, box, NOW + DAY) == {}


def test_it_is_reversible(db, box, stop_link):
    preferences.stop_by_link(db, stop_link, LATER)
    preferences.prefer(db, stored(db), Rhythm.LATE, 0, 9, LATER)
    assert set(sent(db, box, NOW + DAY)) == {"camille"}


def test_it_serves_after_a_newer_mail_and_a_new_password_but_not_for_an_account_that_left(db, box, stop_link):
    passwords.change(db, stored(db), PASSWORD, "Brouillard-Pivoine-41", NOW)
    sent(db, box, NOW + DAY)
    assert preferences.account_of_stop_link(db, stop_link, NOW + DAY).id == CAMILLE.id
    administer.disable(db, ADELE, CAMILLE.id, NOW + DAY)
    with pytest.raises(NotFound):
        preferences.stop_by_link(db, stop_link, NOW + DAY)


def test_a_wrong_link_stops_nothing_and_is_counted(db, stop_link):
    with pytest.raises(NotFound):
        preferences.stop_by_link(db, stop_link[:-1] + ("A" if stop_link[-1] != "A" else "B"), LATER)
    assert rows(db, "reminder_preference") == []
    assert len(rows(db, "attempt")) == 1


def test_wrong_presses_limit_the_opening_of_the_link_that_stops_too(db, stop_link):
    for _ in range(signed_link.MAX_WRONG):
        with pytest.raises(NotFound):
            preferences.stop_by_link(db, WRONG, LATER)
    with pytest.raises(SignInFailed, match="Trop d'essais"):
        preferences.account_of_stop_link(db, stop_link, LATER)
