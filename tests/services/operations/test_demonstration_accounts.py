"""Signing in to an account of the demonstration without typing: only there, and as the sign-in form does."""

from datetime import UTC, datetime, timedelta

import pytest

from ror import demo
from ror.errors import SignInFailed
from ror.model.journal import Act, Outcome
from ror.services import journal
from ror.services.accounts import hashing, sign_in
from ror.services.operations.demonstration import PASSWORD, SIGN_INS
from ror.services.operations.demonstration_accounts import sign_in_as
from ror.settings import settings
from ror.store import accounts
from tests.region import CAMILLE

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def demonstration_accounts(db, monkeypatch):
    """Write the accounts of the demonstration, and turn it on."""
    monkeypatch.setenv("ROR_DEMO", "1")
    settings.cache_clear()
    hashed = hashing.hash_password(PASSWORD)
    with db.transaction() as transaction:
        everybody = [account for account in demo.build_region().accounts if account.login in SIGN_INS]
        accounts.add_all(transaction, [(account, hashed) for account in everybody])
    return db


def sign_in_lines(db):
    return [
        (line["subject"], line["outcome"])
        for line in journal.read(db, None, journal.JournalQuery(), NOW).to_pylist()
        if line["act"] == Act.SIGN_IN
    ]


@pytest.mark.parametrize("login", SIGN_INS)
def test_each_printed_account_signs_in_and_the_journal_says_so(demonstration_accounts, login):
    db, now = demonstration_accounts, datetime.now(UTC)
    token = sign_in.open_session(db, sign_in_as(db, login, now).ticket, now)
    assert sign_in.account_of(db, token, now).login == login
    assert sign_in_lines(db) == [(f"account:demo-{login}", Outcome.DONE)]


def test_failed_attempts_delay_it_as_they_delay_the_form(demonstration_accounts):
    db = demonstration_accounts
    for _ in range(8):
        with pytest.raises(SignInFailed):
            sign_in.sign_in(db, "responsable", "faux-mot-de-passe", NOW)
    with pytest.raises(SignInFailed, match="essais"):
        sign_in_as(db, "responsable", NOW)
    assert sign_in_as(db, "responsable", NOW + timedelta(minutes=16)).ticket


def test_an_account_whose_password_was_changed_is_refused(demonstration_accounts):
    db = demonstration_accounts
    with db.transaction() as transaction:
        accounts.set_password(transaction, "demo-admin", hashing.hash_password("autre pivoine brouillard 41"))
    with pytest.raises(SignInFailed, match="incorrect"):
        sign_in_as(db, "admin", NOW)


@pytest.mark.parametrize(
    ("environment", "login"),
    [({"ROR_DEMO": "0"}, "responsable"), ({"ROR_PRODUCTION": "1"}, "responsable"), ({}, CAMILLE.login), ({}, "")],
    ids=["real region", "production", "another account", "none"],
)
def test_it_is_refused_and_journalled_elsewhere_and_for_other_accounts(demonstration_accounts, monkeypatch, environment, login):
    db = demonstration_accounts
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    with pytest.raises(SignInFailed, match="Seule la démonstration"):
        sign_in_as(db, login, NOW)
    assert sign_in_lines(db) == [("account:", Outcome.REFUSED)]
