import hashlib
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import bcrypt
import pyotp
import pytest

from ror.errors import SignInFailed
from ror.model.rights import Account, Action, Role, may
from ror.services.accounts import hashing, second_factor, sign_in, tickets
from ror.services.accounts.sign_in import account_of, open_session, sign_out
from ror.settings import secret, settings
from ror.store import accounts
from ror.store.journal import in_order
from tests.region import ACCOUNTS, BLANCHE, CAMILLE, DISABLED, DOMINIQUE, NOW, PASSWORD, PASSWORDLESS, cheap_hash, rows

pytestmark = pytest.mark.usefixtures("region")

MINUTE, HOUR, SECOND = timedelta(minutes=1), timedelta(hours=1), timedelta(seconds=1)
WRONG = "Identifiant ou mot de passe incorrect"
TABLES = ["account", "session", "used_ticket", "declaration", "registry_change", "account_role", "account_perimeter"]


@pytest.fixture
def clock(monkeypatch):
    """Freeze at `NOW` the clock that tickets read; return a function that advances it."""
    instant = [NOW.timestamp()]
    monkeypatch.setattr(time, "time", lambda: instant[0])

    def later(seconds: float) -> None:
        instant[0] += seconds

    return later


def enter(db, login=CAMILLE.login, at=NOW) -> str:
    return open_session(db, sign_in.sign_in(db, login, PASSWORD, NOW).ticket, at)


def add(db, key: str, password: str, **others) -> Account:
    account = Account(key, key, key, frozenset({Role.PROFESSIONAL}), **others)
    with db.transaction() as transaction:
        accounts.add(transaction, account, cheap_hash(password))
    return account


def change(db, statement: str, *values) -> None:
    with db.transaction() as transaction:
        transaction.cursor.execute(statement, list(values))


# The password


@pytest.mark.parametrize("login", ["camille", "CAMILLE", "  camille "])
def test_the_right_password_opens_the_session_of_its_account(db, login):
    assert account_of(db, enter(db, login), NOW) == CAMILLE


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("camille", "Fictif-et-long-2027"),
        ("camille", PASSWORD.lower()),
        ("camille", f" {PASSWORD}"),
        ("camille", ""),
        ("unknown", PASSWORD),
        ("", PASSWORD),
        (DISABLED.login, PASSWORD),
        (PASSWORDLESS.login, PASSWORD),
        (PASSWORDLESS.login, ""),
        ("camille", "é" * 36),
    ],
    ids=["wrong", "case", "blank", "empty", "unknown", "no login", "disabled", "no password", "no password, empty", "72 bytes"],
)
def test_wrong_unknown_and_disabled_get_the_same_sentence(db, login, password):
    with pytest.raises(SignInFailed, match=WRONG):
        sign_in.sign_in(db, login, password, NOW)


@pytest.mark.parametrize("account", [*ACCOUNTS, None], ids=lambda one: one.id if one else "unknown")
def test_every_attempt_costs_the_verification_of_a_password(db, monkeypatch, account):
    verified = []
    real = bcrypt.checkpw
    monkeypatch.setattr(bcrypt, "checkpw", lambda password, stored: verified.append(stored) or real(password, stored))
    with pytest.raises(SignInFailed):
        sign_in.sign_in(db, account.login if account else "unknown", "wrong", NOW)
    assert len(verified) == 1


def test_a_password_of_73_bytes_is_refused_with_a_sentence_and_never_truncated(db):
    add(db, "long", "é" * 36)
    with pytest.raises(SignInFailed, match="72 octets"):
        sign_in.sign_in(db, "long", "é" * 36 + "a", NOW)
    with pytest.raises(SignInFailed, match="72 octets"):
        sign_in.sign_in(db, "unknown", "a" * 73, NOW)
    assert account_of(db, open_session(db, sign_in.sign_in(db, "long", "é" * 36, NOW).ticket, NOW), NOW).id == "long"


def test_a_text_that_cannot_be_typed_is_refused_like_a_wrong_password(db):
    for login, password in (("camille", "\ud800"), ("\ud800", PASSWORD), ("camille\0", PASSWORD), ("camille", "a\0" * 20)):
        with pytest.raises(SignInFailed, match=WRONG):
            sign_in.sign_in(db, login, password, NOW)


def test_a_hash_of_another_cost_is_replaced_at_sign_in(db, monkeypatch):
    monkeypatch.setenv("ROR_BCRYPT_COST", "5")
    settings.cache_clear()
    enter(db, "camille")
    with pytest.raises(SignInFailed):
        sign_in.sign_in(db, "blanche", "wrong", NOW)
    stored = {row[0]: row[3][:7] for row in rows(db, "account")}
    assert (stored["camille"], stored["blanche"]) == ("$2b$05$", "$2b$04$")
    assert account_of(db, enter(db, "camille"), NOW) == CAMILLE


def test_a_password_changed_during_its_verification_is_not_restored(db, monkeypatch):
    monkeypatch.setenv("ROR_BCRYPT_COST", "5")
    settings.cache_clear()
    new = cheap_hash("another one")

    def hashed(password):
        change(db, "UPDATE account SET password_hash = ? WHERE id = ?", new, CAMILLE.id)
        return cheap_hash(password)

    monkeypatch.setattr(hashing, "hash_password", hashed)
    sign_in.sign_in(db, "camille", PASSWORD, NOW)
    assert {row[3] for row in rows(db, "account") if row[0] == CAMILLE.id} == {new}


# The ticket


def test_a_ticket_serves_once(db):
    ticket = sign_in.sign_in(db, "camille", PASSWORD, NOW).ticket
    open_session(db, ticket, NOW)
    with pytest.raises(SignInFailed, match="déjà servi"):
        open_session(db, ticket, NOW)
    assert len(rows(db, "session")) == 1


def test_a_ticket_lives_30_seconds(db, clock):
    ticket = sign_in.sign_in(db, "camille", PASSWORD, NOW).ticket
    late = sign_in.sign_in(db, "camille", PASSWORD, NOW).ticket
    clock(30)
    open_session(db, ticket, NOW)
    clock(1)
    with pytest.raises(SignInFailed, match="expiré"):
        open_session(db, late, NOW)
    assert len(rows(db, "session")) == 1


@pytest.mark.parametrize(
    "forge", [lambda t: t[:-1], lambda t: "x" + t, lambda t: "", lambda t: "WyJibGFuY2hlIiwiMCJd.aaaaaa.bbbbbb"]
)
def test_a_forged_ticket_opens_no_session(db, forge):
    with pytest.raises(SignInFailed):
        open_session(db, forge(sign_in.sign_in(db, "camille", PASSWORD, NOW).ticket), NOW)
    assert rows(db, "session") == []


def test_a_ticket_of_another_server_opens_no_session(db, monkeypatch):
    ticket = sign_in.sign_in(db, "camille", PASSWORD, NOW).ticket
    monkeypatch.setenv("ROR_SECRET", "another secret")
    sign_in.settings.cache_clear()
    secret.cache_clear()
    with pytest.raises(SignInFailed):
        open_session(db, ticket, NOW)


# The session


def test_sessions_of_one_account_are_independent(db):
    first, second, third = enter(db), enter(db), enter(db, "blanche")
    assert len({first, second, third}) == 3
    sign_out(db, first)
    assert account_of(db, first, NOW) is None
    assert account_of(db, second, NOW) == CAMILLE
    assert account_of(db, third, NOW) == BLANCHE


@pytest.mark.parametrize("token", ["", "x", "' OR 1=1 --"])
def test_an_unknown_token_has_no_account(db, token):
    enter(db)
    assert account_of(db, token, NOW) is None


def test_the_database_stores_only_hashes_of_tokens_and_passwords(db):
    token = enter(db)
    stored = [value for table in TABLES for row in rows(db, table) for value in row if value]
    assert not any(token in value or PASSWORD in value for value in stored)
    assert hashlib.sha256(token.encode()).hexdigest() in stored
    assert account_of(db, hashlib.sha256(token.encode()).hexdigest(), NOW) is None


def test_a_session_expires_after_30_minutes_without_a_user_action(db):
    token = enter(db)
    assert account_of(db, token, NOW + 30 * MINUTE, user_action=False) == CAMILLE
    assert account_of(db, token, NOW + 30 * MINUTE + SECOND) is None


def test_a_user_action_prolongs_a_session_and_a_live_update_does_not(db):
    used, watched = enter(db), enter(db)
    assert account_of(db, used, NOW + 20 * MINUTE) == CAMILLE
    assert account_of(db, watched, NOW + 20 * MINUTE, user_action=False) == CAMILLE
    assert account_of(db, used, NOW + 45 * MINUTE) == CAMILLE
    assert account_of(db, watched, NOW + 45 * MINUTE) is None


def test_user_actions_within_a_minute_are_stored_once(db):
    token = enter(db)
    before = rows(db, "session")
    account_of(db, token, NOW + 60 * SECOND)
    assert rows(db, "session") == before
    account_of(db, token, NOW + 61 * SECOND)
    assert rows(db, "session") != before


def test_a_late_user_action_does_not_reopen_an_expired_session(db):
    token = enter(db)
    assert account_of(db, token, NOW + 31 * MINUTE) is None
    assert account_of(db, token, NOW + 32 * MINUTE) is None


def test_a_session_expires_after_12_hours_despite_user_actions(db):
    token = enter(db)
    for turn in range(1, 37):
        assert account_of(db, token, NOW + turn * 20 * MINUTE) == CAMILLE
    assert account_of(db, token, NOW + 12 * HOUR + SECOND) is None


def test_the_settings_bound_a_session(db, monkeypatch):
    monkeypatch.setenv("ROR_SESSION_IDLE_MINUTES", "5")
    monkeypatch.setenv("ROR_SESSION_HOURS", "1")
    sign_in.settings.cache_clear()
    idle, busy = enter(db), enter(db)
    assert account_of(db, idle, NOW + 5 * MINUTE + SECOND) is None
    for turn in range(1, 13):
        assert account_of(db, busy, NOW + turn * 5 * MINUTE) == CAMILLE
    assert account_of(db, busy, NOW + HOUR + SECOND) is None


def test_a_copy_of_the_cookie_gives_no_access_after_signing_out(db):
    now = datetime.now(UTC)
    token = enter(db, at=now)
    assert account_of(db, token, now) == CAMILLE
    sign_out(db, token)
    sign_out(db, token)
    assert account_of(db, token, now) is None


# Rights are read again


def test_a_role_taken_away_counts_at_the_next_call(db):
    token = enter(db)
    change(db, "DELETE FROM account_role WHERE account = ?", CAMILLE.id)
    account = account_of(db, token, NOW)
    assert account.roles == frozenset()
    assert not any(may(account, action, ("unit", "structure", "990000101")) for action in Action)


def test_a_perimeter_taken_away_counts_at_the_next_call(db):
    token = enter(db)
    change(db, "DELETE FROM account_perimeter WHERE account = ?", CAMILLE.id)
    assert account_of(db, token, NOW).perimeter.legal_entities == frozenset()


def test_a_disabled_account_loses_access_at_the_next_call(db):
    token = enter(db, DOMINIQUE.login)
    change(db, "UPDATE account SET disabled = true WHERE id = ?", DOMINIQUE.id)
    assert account_of(db, token, NOW) is None


def test_an_account_disabled_between_ticket_and_session_gets_none(db):
    ticket = sign_in.sign_in(db, "camille", PASSWORD, NOW).ticket
    change(db, "UPDATE account SET disabled = true WHERE id = ?", CAMILLE.id)
    with pytest.raises(SignInFailed, match="expiré"):
        open_session(db, ticket, NOW)
    assert rows(db, "session") == []


# The second step


def code_of(secret: str, at: datetime) -> str:
    return pyotp.TOTP(secret).at(at)


@pytest.fixture
def guarded(db) -> str:
    """Put a second factor in use for Camille; return the secret of its codes."""
    proposal = second_factor.propose(CAMILLE)
    second_factor.enrol(db, CAMILLE, proposal.secret, code_of(proposal.secret, NOW - HOUR), NOW - HOUR)
    return proposal.secret


def test_an_account_with_a_second_factor_enters_by_password_and_code(db, guarded):
    passed = sign_in.sign_in(db, "camille", PASSWORD, NOW)
    assert passed.needs_code
    ticket = sign_in.second_step(db, passed.ticket, code_of(guarded, NOW), NOW)
    assert account_of(db, open_session(db, ticket, NOW), NOW).id == CAMILLE.id


def test_a_recovery_code_serves_in_place_of_the_code_once(db):
    proposal = second_factor.propose(CAMILLE)
    recovery = second_factor.enrol(db, CAMILLE, proposal.secret, code_of(proposal.secret, NOW), NOW)[0]
    sign_in.second_step(db, sign_in.sign_in(db, "camille", PASSWORD, NOW).ticket, recovery, NOW)
    with pytest.raises(SignInFailed, match="Ce code n'est pas le bon"):
        sign_in.second_step(db, sign_in.sign_in(db, "camille", PASSWORD, NOW).ticket, recovery, NOW)


def test_a_pending_ticket_opens_no_session_and_a_ticket_is_no_pending_one(db, guarded):
    with pytest.raises(SignInFailed, match="expiré"):
        open_session(db, sign_in.sign_in(db, "camille", PASSWORD, NOW).ticket, NOW)
    with pytest.raises(sign_in.PendingTicketExpired):
        sign_in.second_step(db, sign_in.ticket_for(CAMILLE), code_of(guarded, NOW), NOW)
    assert rows(db, "session") == []


def test_a_pending_ticket_lives_five_minutes(db, guarded, clock):
    early, late = (sign_in.sign_in(db, "camille", PASSWORD, NOW).ticket for _ in range(2))
    clock(300)
    sign_in.second_step(db, early, code_of(guarded, NOW), NOW)
    clock(1)
    with pytest.raises(sign_in.PendingTicketExpired, match="expiré"):
        sign_in.second_step(db, late, code_of(guarded, NOW + MINUTE), NOW + MINUTE)


def test_a_pending_ticket_serves_again_after_a_wrong_code_and_never_after_a_right_one(db, guarded):
    pending = sign_in.sign_in(db, "camille", PASSWORD, NOW).ticket
    with pytest.raises(SignInFailed, match="Ce code n'est pas le bon"):
        sign_in.second_step(db, pending, "000000", NOW)
    sign_in.second_step(db, pending, code_of(guarded, NOW), NOW)
    later = NOW + 2 * MINUTE
    with pytest.raises(sign_in.PendingTicketExpired, match="déjà servi"):
        sign_in.second_step(db, pending, code_of(guarded, later), later)


def test_a_replayed_code_is_refused_with_a_new_pending_ticket(db, guarded):
    code = code_of(guarded, NOW)
    sign_in.second_step(db, sign_in.sign_in(db, "camille", PASSWORD, NOW).ticket, code, NOW)
    with pytest.raises(SignInFailed, match="Ce code n'est pas le bon"):
        sign_in.second_step(db, sign_in.sign_in(db, "camille", PASSWORD, NOW).ticket, code, NOW)


@pytest.mark.parametrize("forged", ["", "x", "WyJibGFuY2hlIiwiMCJd.aaaaaa.bbbbbb"])
def test_a_forged_pending_ticket_is_refused(db, guarded, forged):
    with pytest.raises(sign_in.PendingTicketExpired):
        sign_in.second_step(db, forged, code_of(guarded, NOW), NOW)


def test_the_second_step_of_an_account_that_a_restore_took_away_is_refused(db):
    pending = tickets.PENDING.issue(replace(CAMILLE, id="from before the restore"))
    with pytest.raises(sign_in.PendingTicketExpired):
        sign_in.second_step(db, pending, "123456", NOW)


def test_an_account_disabled_before_its_second_step_is_refused(db, guarded):
    pending = sign_in.sign_in(db, "camille", PASSWORD, NOW).ticket
    change(db, "UPDATE account SET disabled = true WHERE id = ?", CAMILLE.id)
    with pytest.raises(sign_in.PendingTicketExpired):
        sign_in.second_step(db, pending, code_of(guarded, NOW), NOW)


# The journal


def journalled(db) -> list[tuple[str, ...]]:
    """Return the act, outcome, actor and subject of each line, oldest first."""
    with db.reader() as cursor:
        return [(line.act, line.outcome, line.actor, line.subject) for line, _ in in_order(cursor)]


def test_signing_in_and_out_is_journalled(db):
    token = enter(db)
    sign_out(db, token)
    sign_out(db, token)
    sign_out(db, "unknown")
    lines = [("sign_in", "done", "camille", "account:camille"), ("sign_out", "done", "camille", "account:camille")]
    assert journalled(db) == lines


def test_failures_are_journalled_without_the_text_typed(db, guarded):
    before = len(journalled(db))
    with pytest.raises(SignInFailed):
        sign_in.sign_in(db, "camille", "wrong", NOW)
    with pytest.raises(SignInFailed):
        sign_in.sign_in(db, "mon-mot-de-passe", "wrong", NOW)
    with pytest.raises(SignInFailed):
        sign_in.second_step(db, sign_in.sign_in(db, "camille", PASSWORD, NOW).ticket, "000000", NOW)
    existing, unknown = ("sign_in", "refused", "", "account:camille"), ("sign_in", "refused", "", "account:")
    assert journalled(db)[before:] == [existing, unknown, existing]
    assert not any("mon-mot-de-passe" in str(row) for table in ("journal", "origin", "attempt") for row in rows(db, table))
