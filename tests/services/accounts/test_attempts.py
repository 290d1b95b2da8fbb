"""Attempts to sign in: the delays after failures, the attempts that they refuse, and those that they never refuse."""

import threading
from datetime import timedelta

import bcrypt
import pyotp
import pytest

from ror.errors import SignInFailed
from ror.services import journal
from ror.services.accounts import attempts, devices, second_factor, sign_in
from ror.store.engine.database import Database
from tests.region import CAMILLE, NOW, PASSWORD, only_on_a_file, rows

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
HOSPITAL, HOME, STRANGER = "192.0.2.1", "198.51.100.2", "203.0.113.3"
WRONG, WAIT = "Identifiant ou mot de passe incorrect", "Trop d'essais ont échoué. Attendez"


@pytest.fixture(autouse=True)
def _at_the_hospital(region):
    journal.acting_from(HOSPITAL)


@pytest.fixture
def verified(monkeypatch) -> list[bytes]:
    """Return the list of passwords that bcrypt verifies from now on."""
    passwords: list[bytes] = []
    real = bcrypt.checkpw
    monkeypatch.setattr(bcrypt, "checkpw", lambda password, stored: passwords.append(password) or real(password, stored))
    return passwords


def fail(db, login="camille", at=NOW, password="wrong") -> str:
    with pytest.raises(SignInFailed) as failed:
        sign_in.sign_in(db, login, password, at)
    return failed.value.user_message


def enter(db, login="camille", at=NOW) -> None:
    sign_in.open_session(db, sign_in.sign_in(db, login, PASSWORD, at).ticket, at)


def fail_from_many_places(db, login="camille", times=20) -> None:
    """Fail to sign in with one login, each time from another address."""
    for number in range(times):
        journal.acting_from(f"203.0.113.{number}")
        fail(db, login)
    journal.acting_from(HOSPITAL)


def fail_at_many_logins(db, times=25) -> None:
    """Fail to sign in from one address, each time with another login."""
    for number in range(times):
        fail(db, f"login{number}")


# Failures of the visitor


@pytest.mark.parametrize("login", ["camille", "unknown", "partie", "muette"])
def test_after_five_failures_the_same_login_waits_whether_it_exists_or_not(db, login, verified):
    assert all(fail(db, login).startswith(WRONG) for _ in range(5))
    assert fail(db, login) == f"{WAIT} 1 seconde avant de recommencer, ou contactez le support."
    assert len(verified) == 5, "nothing is verified during the delay"
    assert fail(db, login, NOW + SECOND).startswith(WRONG)
    assert fail(db, login, NOW + SECOND).startswith(f"{WAIT} 2 secondes")


def test_the_right_password_too_waits_for_the_end_of_the_delay(db):
    for _ in range(5):
        fail(db)
    assert fail(db, password=PASSWORD).startswith(WAIT)
    enter(db, at=NOW + SECOND)


def test_an_attempt_during_a_delay_does_not_prolong_it(db):
    for _ in range(5):
        fail(db)
    for _ in range(30):
        fail(db)
    enter(db, at=NOW + SECOND)


def test_of_delayed_attempts_only_the_first_of_a_quarter_of_an_hour_is_journalled(db):
    for _ in range(35):
        fail(db)
    assert [line["after"] for line in journal.read(db, None, journal.JournalQuery(), NOW).to_pylist()] == [
        '{"delayed": true}',
        *([""] * 5),
    ]
    fail(db, at=NOW)
    assert len(rows(db, "journal")) == 6


def test_case_and_spaces_do_not_distinguish_logins(db):
    for login in ("camille", "CAMILLE", " camille", "Camille ", "cAmille"):
        fail(db, login)
    assert fail(db, "camille").startswith(WAIT)


def test_a_success_deletes_the_failures_of_its_login_alone(db):
    for _ in range(4):
        fail(db)
        fail(db, "blanche")
    enter(db)
    for _ in range(5):
        assert fail(db).startswith(WRONG)
    assert fail(db, "blanche").startswith(WRONG)
    assert fail(db, "blanche").startswith(WAIT)


def test_failures_of_the_day_before_no_longer_count(db):
    for _ in range(5):
        fail(db)
    assert fail(db).startswith(WAIT)
    for _ in range(5):
        assert fail(db, at=NOW + DAY + SECOND).startswith(WRONG)


def test_failures_survive_a_restart(db):
    for _ in range(5):
        fail(db)
    db.close()
    reopened = Database(only_on_a_file(db))
    assert fail(reopened).startswith(WAIT)
    reopened.close()


def test_parallel_guesses_get_no_more_attempts_than_one_after_the_other(db, verified):
    start = threading.Barrier(12)
    sentences: list[str] = []

    def guess() -> None:
        journal.acting_from(HOSPITAL)
        start.wait()
        sentences.append(fail(db))

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(verified) == 5
    assert sorted(words[:4] for words in sentences) == ["Iden"] * 5 + ["Trop"] * 7


def test_neither_login_nor_address_can_be_read_from_what_is_stored(db):
    fail(db, "camille")
    assert {len(key) for key, _ in rows(db, "attempt")} == {64}
    assert not any("camille" in str(row) or HOSPITAL in str(row) for row in rows(db, "attempt"))


# Failures of others


def test_a_stranger_stops_nobody_where_they_usually_sign_in(db):
    enter(db, at=NOW - DAY)
    fail_from_many_places(db, times=40)
    enter(db)


def test_a_stranger_delays_an_account_elsewhere_by_a_minute_at_most(db):
    fail_from_many_places(db, times=40)
    journal.acting_from(HOME)
    assert fail(db, password=PASSWORD).startswith(WAIT)
    enter(db, at=NOW + MINUTE)


def test_the_failures_of_a_shared_address_do_not_stop_those_who_usually_sign_in_there(db):
    enter(db, at=NOW - DAY)
    fail_at_many_logins(db)
    enter(db)
    assert fail(db, "blanche", password=PASSWORD).startswith(WAIT)
    enter(db, "blanche", NOW + 15 * MINUTE)


def test_a_stranger_behind_the_same_address_does_not_delay_a_browser_that_signed_in_before(db):
    mark = devices.updated_mark("", CAMILLE.id)
    delayed = 0
    for minute in range(0, 24 * 60, 15):
        now = NOW + minute * MINUTE
        # Counted in one transaction, as failed sign-ins count in one each.
        with db.transaction() as transaction:
            for _ in range(5):
                try:
                    attempts.reserve(transaction, "camille", CAMILLE, now)
                except attempts.TooManyAttempts:
                    delayed += 1
        sign_in.sign_in(db, "camille", PASSWORD, now, mark)
    assert delayed > 300, "the stranger is delayed all day"


def test_the_failures_of_a_marked_browser_delay_it_alone(db):
    mark = devices.updated_mark("", CAMILLE.id)
    for _ in range(5):
        with pytest.raises(SignInFailed, match=WRONG):
            sign_in.sign_in(db, "camille", "wrong", NOW, mark)
    with pytest.raises(SignInFailed, match=WAIT):
        sign_in.sign_in(db, "camille", PASSWORD, NOW, mark)
    enter(db)


def test_the_mark_of_another_account_is_ignored(db):
    fail_at_many_logins(db)
    with pytest.raises(SignInFailed, match=WAIT):
        sign_in.sign_in(db, "camille", PASSWORD, NOW, devices.updated_mark("", "blanche"))


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("192.0.2.1", "192.0.2.1"),
        ("console", "console"),
    ],
)
def test_the_addresses_of_one_subscriber_count_as_one(address, counted_as):
    assert attempts.network(address) == counted_as


def test_an_address_is_usual_for_ninety_days(db):
    enter(db, at=NOW - 90 * DAY)
    enter(db, "blanche", at=NOW - 90 * DAY - SECOND)
    fail_at_many_logins(db)
    enter(db)
    assert fail(db, "blanche", password=PASSWORD).startswith(WAIT)


def test_a_success_does_not_delete_the_failures_of_its_address(db):
    for number in range(30):
        fail(db, f"login{number}")
        if not number % 5 and number < 20:
            enter(db, "blanche")
    assert fail(db, "another").startswith(WAIT)


@pytest.mark.parametrize(
    "stop", [fail_at_many_logins, lambda db: fail_from_many_places(db, "camille") or fail_from_many_places(db, "unknown")]
)
def test_delayed_attempts_get_the_same_answer_whatever_the_account_and_the_password(db, stop, verified):
    enter(db, at=NOW - DAY)
    stop(db)
    del verified[:]
    tries = [("camille", "wrong"), ("unknown", "wrong")]
    sentences = {fail(db, login, password=password) for login, password in tries}
    journal.acting_from(HOSPITAL)
    assert len(sentences) == 1
    assert sentences.pop().startswith(WAIT)
    assert len(verified) == 2, "one verification each"


def test_a_flood_of_attempts_does_not_flood_the_journal(db):
    fail_at_many_logins(db, times=100)
    assert len(rows(db, "journal")) == 20 + 1, "each failure, and one line for those that the delay stopped"


def test_guesses_from_a_usual_address_are_journalled_even_in_a_flood(db):
    enter(db, at=NOW - DAY)
    fail_at_many_logins(db)
    before = len(rows(db, "journal"))
    fail(db)
    assert len(rows(db, "journal")) == before + 1


# Codes


def test_the_delay_of_codes_is_counted_by_account_from_any_address(db):
    proposal = second_factor.propose(CAMILLE)
    second_factor.enrol(db, CAMILLE, proposal.secret, pyotp.TOTP(proposal.secret).at(NOW - HOUR), NOW - HOUR)
    for number in range(12):
        journal.acting_from(f"203.0.113.{number}")
        pending = sign_in.sign_in(db, "camille", PASSWORD, NOW).ticket
        with pytest.raises(SignInFailed, match="Ce code n'est pas le bon" if number < 5 else WAIT):
            sign_in.second_step(db, pending, "000000", NOW)


def test_a_wrong_code_is_a_failed_attempt_that_the_password_does_not_clear(db):
    proposal = second_factor.propose(CAMILLE)
    second_factor.enrol(db, CAMILLE, proposal.secret, pyotp.TOTP(proposal.secret).at(NOW - HOUR), NOW - HOUR)
    for _ in range(5):
        pending = sign_in.sign_in(db, "camille", PASSWORD, NOW).ticket
        with pytest.raises(SignInFailed, match="Ce code n'est pas le bon"):
            sign_in.second_step(db, pending, "000000", NOW)
    code = pyotp.TOTP(proposal.secret).at(NOW + SECOND)
    with pytest.raises(SignInFailed, match=WAIT):
        sign_in.second_step(db, pending, code, NOW)
    assert fail(db, password=PASSWORD).startswith(WAIT)
    sign_in.second_step(db, pending, code, NOW + SECOND)
    assert rows(db, "attempt") != [], "the failures of the address stay"
    for _ in range(5):
        assert fail(db, at=NOW + MINUTE).startswith(WRONG)
