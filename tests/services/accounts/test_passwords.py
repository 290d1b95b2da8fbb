from dataclasses import replace
from datetime import timedelta

import bcrypt
import pytest

from ror.errors import Forbidden, NotFound, Refused, SignInFailed
from ror.services.accounts import links, passwords, sign_in
from ror.store import accounts, second_factor
from ror.store.journal import in_order
from tests.region import ADELE, BLANCHE, CAMILLE, DISABLED, NOW, PASSWORD, PASSWORDLESS, rows

pytestmark = pytest.mark.usefixtures("region")

NEW = "brouillard pivoine 41"
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def enter(db, login="camille", password=PASSWORD) -> str:
    return sign_in.open_session(db, sign_in.sign_in(db, login, password, NOW).ticket, NOW)


def token_for(db, account=CAMILLE, at=NOW) -> str:
    return links.create_link(db, None, account.id, at).rpartition("=")[2]


def last_line(db):
    with db.reader() as cursor:
        return list(in_order(cursor))[-1][0]


def test_a_new_password_replaces_the_old_one_and_keeps_its_owner_signed_in(db):
    token = sign_in.open_session(db, passwords.change(db, CAMILLE, PASSWORD, NEW, NOW), NOW)
    assert sign_in.account_of(db, token, NOW) == CAMILLE
    with pytest.raises(SignInFailed):
        sign_in.sign_in(db, "camille", PASSWORD, NOW)
    enter(db, password=NEW)


def test_a_new_password_closes_every_session_of_the_account_and_no_other(db):
    here, elsewhere, other = enter(db), enter(db), enter(db, "blanche")
    passwords.change(db, CAMILLE, PASSWORD, NEW, NOW)
    assert [sign_in.account_of(db, token, NOW) for token in (here, elsewhere, other)] == [None, None, BLANCHE]


def test_a_new_password_voids_the_links_of_the_account(db):
    token = token_for(db)
    passwords.change(db, CAMILLE, PASSWORD, NEW, NOW)
    with pytest.raises(NotFound):
        passwords.set_by_link(db, token, "another fog 42 peony", NOW)


@pytest.mark.parametrize("old", ["wrong", "", "é" * 37, NEW + "x"])
def test_the_old_password_is_required_and_a_wrong_one_is_a_failed_attempt(db, old):
    here = enter(db)
    for _ in range(5):
        with pytest.raises(SignInFailed, match="Le mot de passe actuel est incorrect"):
            passwords.change(db, CAMILLE, old, NEW, NOW)
    with pytest.raises(SignInFailed, match="Trop d'essais"):
        passwords.change(db, CAMILLE, PASSWORD, NEW, NOW)
    with pytest.raises(SignInFailed, match="Trop d'essais"):
        sign_in.sign_in(db, "camille", PASSWORD, NOW)
    assert sign_in.account_of(db, here, NOW) == CAMILLE


def test_a_password_changed_elsewhere_meanwhile_is_not_overwritten(db, monkeypatch):
    other = bcrypt.hashpw(b"meanwhile", bcrypt.gensalt(4)).decode()

    def hashed(password):
        with db.transaction() as transaction:
            accounts.set_password(transaction, CAMILLE.id, other)
        return bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()

    monkeypatch.setattr(passwords.hashing, "hash_password", hashed)
    with pytest.raises(SignInFailed):
        passwords.change(db, CAMILLE, PASSWORD, NEW, NOW)
    assert {row[3] for row in rows(db, "account") if row[0] == CAMILLE.id} == {other}


@pytest.mark.parametrize(
    ("account", "new", "why"),
    [
        (CAMILLE, "court", "plus long"),
        (CAMILLE, "brouillard camille 41", "« camille »"),
        (CAMILLE, PASSWORD, "le même"),
        (ADELE, "Vx7-pq2!Lm0z-W", "16 caractères"),
    ],
)
def test_a_password_against_the_rules_is_refused_and_nothing_changes(db, account, new, why):
    before = rows(db, "account"), rows(db, "attempt"), rows(db, "journal")
    with pytest.raises(Refused, match=why):
        passwords.change(db, account, PASSWORD, new, NOW)
    assert (rows(db, "account"), rows(db, "attempt"), rows(db, "journal")) == before


def test_an_account_that_may_not_enter_changes_nothing(db):
    with pytest.raises(Forbidden):
        passwords.change(db, DISABLED, PASSWORD, NEW, NOW)
    assert last_line(db).outcome == "refused"


def test_a_change_is_journalled_without_the_password(db):
    enter(db)
    passwords.change(db, CAMILLE, PASSWORD, NEW, NOW)
    line = last_line(db)
    assert (line.act, line.outcome, line.actor, line.subject) == ("password_changed", "done", "camille", "account:camille")
    assert line.after == '{"by": "password", "sessions_closed": 1}'
    with pytest.raises(SignInFailed):
        passwords.change(db, CAMILLE, PASSWORD, "another fog 42 peony", NOW)
    assert (last_line(db).act, last_line(db).outcome) == ("password_changed", "refused")


# By a one-time link


def test_a_link_sets_the_password_and_signs_its_holder_in(db):
    old = enter(db)
    passed = passwords.set_by_link(db, token_for(db), NEW, NOW)
    assert not passed.needs_code
    token = sign_in.open_session(db, passed.ticket, NOW)
    assert sign_in.account_of(db, token, NOW) == CAMILLE
    assert sign_in.account_of(db, old, NOW) is None
    enter(db, password=NEW)
    assert [line.act for line in [last_line(db)]] == ["sign_in"]


def test_a_link_gives_its_first_password_to_an_account_that_had_none(db):
    passwords.set_by_link(db, token_for(db, PASSWORDLESS), NEW, NOW)
    enter(db, PASSWORDLESS.login, NEW)


def test_a_link_serves_once(db):
    token = token_for(db)
    passwords.set_by_link(db, token, NEW, NOW)
    with pytest.raises(NotFound, match="déjà servi"):
        passwords.set_by_link(db, token, "another fog 42 peony", NOW)
    enter(db, password=NEW)


def test_a_refused_password_does_not_spend_the_link(db):
    token = token_for(db)
    with pytest.raises(Refused):
        passwords.set_by_link(db, token, "court", NOW)
    passwords.set_by_link(db, token, NEW, NOW)


def test_the_rules_are_those_of_the_links_account(db):
    with pytest.raises(Refused, match="16 caractères"):
        passwords.set_by_link(db, token_for(db, ADELE), "Vx7-pq2!Lm0z-W", NOW)


def test_a_link_expires_after_half_an_hour(db):
    token = token_for(db)
    with pytest.raises(NotFound):
        passwords.set_by_link(db, token, NEW, NOW + 30 * MINUTE + SECOND)
    passwords.set_by_link(db, token, NEW, NOW + 30 * MINUTE)


@pytest.mark.parametrize("token", ["", "x", "\ud800", "' OR 1=1 --", "x" * 10_000])
def test_an_invented_link_is_not_valid(db, token):
    token_for(db)
    with pytest.raises(NotFound):
        passwords.set_by_link(db, token, NEW, NOW)


def test_the_link_of_an_account_disabled_meanwhile_is_not_valid(db):
    token = token_for(db)
    with db.transaction() as transaction:
        accounts.change(transaction, replace(CAMILLE, disabled=True))
    with pytest.raises(NotFound):
        passwords.set_by_link(db, token, NEW, NOW)


def test_a_link_does_not_bypass_the_second_factor(db):
    with db.transaction() as transaction:
        second_factor.set_up(transaction, CAMILLE.id, "sealed", 0, [])
    passed = passwords.set_by_link(db, token_for(db), NEW, NOW)
    assert passed.needs_code
    with pytest.raises(SignInFailed):
        sign_in.open_session(db, passed.ticket, NOW)


def test_a_link_signs_in_an_account_whose_attempts_are_delayed(db):
    for _ in range(6):
        with pytest.raises(SignInFailed):
            sign_in.sign_in(db, "camille", "wrong", NOW)
    sign_in.open_session(db, passwords.set_by_link(db, token_for(db), NEW, NOW).ticket, NOW)


def test_a_password_set_by_a_link_is_journalled_with_the_link(db):
    passwords.set_by_link(db, token_for(db), NEW, NOW)
    line = last_line(db)
    assert (line.act, line.actor, line.after) == ("password_changed", "camille", '{"by": "link", "sessions_closed": 0}')
