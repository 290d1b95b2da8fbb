"""Signing in by the identity of a provider: it opens the account that has this identity, and creates none."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ror.errors import SignInFailed
from ror.services.accounts import sign_in, single_sign_on
from ror.services.accounts.single_sign_on import SignOnFailed, SignOnReason
from ror.store import accounts
from tests.region import CAMILLE, DISABLED, DOMINIQUE, NOW, rows

IDENTITY = "899700000001"


@pytest.fixture
def attach(region):
    def attached(*targets, identity=IDENTITY):
        with region.transaction() as transaction:
            for account in targets:
                accounts.change(transaction, replace(account, identity=identity))

    return attached


def lines(db):
    with db.reader() as cursor:
        return cursor.execute("SELECT act, outcome, actor, subject FROM journal ORDER BY number").fetchall()


def refused(db, identity):
    with pytest.raises(SignOnFailed) as raised:
        single_sign_on.sign_in(db, identity, NOW)
    return raised.value.reason


def test_an_identity_opens_its_account(region, attach):
    attach(DOMINIQUE)
    token = sign_in.open_session(region, single_sign_on.sign_in(region, IDENTITY, NOW), NOW)
    account = sign_in.account_of(region, token, NOW)
    assert account is not None
    assert account.id == DOMINIQUE.id
    assert lines(region) == [("sign_in", "done", DOMINIQUE.id, f"account:{DOMINIQUE.id}")]


@pytest.mark.parametrize("identity", ["", " ", "899700000009", "899700000001 ", "camille", "%"])
def test_an_unknown_identity_is_refused_and_creates_no_account(region, attach, identity):
    attach(CAMILLE)
    before = rows(region, "account")
    assert refused(region, identity) is SignOnReason.UNKNOWN
    assert rows(region, "account") == before
    assert rows(region, "session") == []
    assert lines(region) == [("sign_in", "refused", "", "account:")]


def test_an_identity_that_two_accounts_have_opens_neither(region, attach):
    attach(CAMILLE, DOMINIQUE)
    assert refused(region, IDENTITY) is SignOnReason.UNKNOWN


def test_a_disabled_account_gets_the_same_sentence_and_is_journalled_by_its_id(region, attach):
    attach(DISABLED)
    assert refused(region, IDENTITY) is SignOnReason.UNKNOWN
    assert lines(region) == [("sign_in", "refused", "", f"account:{DISABLED.id}")]


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


def test_an_answer_of_the_provider_is_accepted_once(db):
    single_sign_on.spend(db, "state", NOW)
    with pytest.raises(SignOnFailed) as raised:
        single_sign_on.spend(db, "state", NOW + timedelta(minutes=10))
    assert raised.value.reason is SignOnReason.EXPIRED
    single_sign_on.spend(db, "another", NOW)


@pytest.mark.parametrize("reason", SignOnReason)
def test_each_reason_has_a_sentence_with_an_action(reason):
    assert reason.isascii()
    assert reason.sentence.endswith(".")
    assert any(advice in reason.sentence for advice in ("recommencez", "Recommencez", "Réessayez", "support"))
