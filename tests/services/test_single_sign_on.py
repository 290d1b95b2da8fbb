"""An identity given by a provider: it opens the account that an administrator attached to it, and makes none."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ror.errors import SignInFailed
from ror.services.accounts import sign_in, single_sign_on
from ror.services.accounts.single_sign_on import Reason, SignOnFailed
from ror.store import accounts
from tests.region import CAMILLE, DOMINIQUE, NOW, PARTED, rows

IDENTITY = "899700000001"


@pytest.fixture
def attach(region):
    def attached(*known, identity=IDENTITY):
        with region.transaction() as transaction:
            for account in known:
                accounts.change(transaction, replace(account, identity=identity))

    return attached


def lines(db):
    with db.reader() as cursor:
        return cursor.execute("SELECT act, outcome, actor, subject FROM journal ORDER BY number").fetchall()


def refused(db, identity):
    with pytest.raises(SignOnFailed) as raised:
        single_sign_on.sign_in(db, identity, NOW)
    return raised.value.reason


def test_an_identity_opens_the_account_that_it_is_attached_to(region, attach):
    attach(DOMINIQUE)
    token = sign_in.open_session(region, single_sign_on.sign_in(region, IDENTITY, NOW), NOW)
    account = sign_in.account_of(region, token, NOW)
    assert account is not None
    assert account.id == DOMINIQUE.id
    assert lines(region) == [("sign_in", "done", DOMINIQUE.id, f"account:{DOMINIQUE.id}")]


@pytest.mark.parametrize("identity", ["", " ", "899700000009", "899700000001 ", "camille", "%"])
def test_an_identity_that_no_account_has_is_refused_and_makes_none(region, attach, identity):
    attach(CAMILLE)
    before = rows(region, "account")
    assert refused(region, identity) is Reason.UNKNOWN
    assert rows(region, "account") == before
    assert rows(region, "session") == []
    assert lines(region) == [("sign_in", "refused", "", "account:")]


def test_an_identity_that_two_accounts_have_opens_neither(region, attach):
    attach(CAMILLE, DOMINIQUE)
    assert refused(region, IDENTITY) is Reason.UNKNOWN


def test_a_disabled_account_is_refused_in_the_same_words_and_journalled_by_its_id(region, attach):
    attach(PARTED)
    assert refused(region, IDENTITY) is Reason.UNKNOWN
    assert lines(region) == [("sign_in", "refused", "", f"account:{PARTED.id}")]


def test_the_journal_never_holds_the_identity(region, attach):
    attach(CAMILLE)
    single_sign_on.sign_in(region, IDENTITY, NOW)
    refused(region, "899700000009")
    written = str(rows(region, "journal"))
    assert "8997000000" not in written


def test_the_ticket_is_the_one_of_a_password_and_serves_once(region, attach):
    attach(CAMILLE)
    ticket = single_sign_on.sign_in(region, IDENTITY, NOW)
    sign_in.open_session(region, ticket, NOW)
    with pytest.raises(SignInFailed):
        sign_in.open_session(region, ticket, NOW)


def test_an_answer_of_the_provider_is_taken_once(db):
    single_sign_on.spend(db, "state", NOW)
    with pytest.raises(SignOnFailed) as raised:
        single_sign_on.spend(db, "state", NOW + timedelta(minutes=10))
    assert raised.value.reason is Reason.EXPIRED
    single_sign_on.spend(db, "another", NOW)


@pytest.mark.parametrize("reason", Reason)
def test_each_reason_says_what_to_do(reason):
    assert reason.isascii()
    assert reason.sentence.endswith(".")
    assert any(advice in reason.sentence for advice in ("recommencez", "Recommencez", "Réessayez", "support"))
