"""A ticket is void once its account lost the access."""

from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest

from ror.errors import SignInFailed
from ror.model.rights import Role
from ror.services.accounts import administer, passwords, second_factor, sessions, sign_in, tickets
from ror.store import accounts
from tests.region import ADELE, CAMILLE, NOW, PASSWORD

pytestmark = pytest.mark.usefixtures("region")

NEW = "Un tout autre mot, bien long"


def account(db, account_id=CAMILLE.id):
    with db.reader() as cursor:
        return accounts.by_id(cursor, account_id)


def make_administrator(db):
    draft = administer.AccountDraft(
        CAMILLE.login, CAMILLE.name, frozenset({Role.MANAGER, Role.ADMINISTRATOR}), CAMILLE.perimeter
    )
    administer.change_account(db, ADELE, account(db), draft, NOW)


def change_identity(db):
    draft = administer.AccountDraft(CAMILLE.login, CAMILLE.name, CAMILLE.roles, CAMILLE.perimeter, identity="899700000001")
    administer.change_account(db, ADELE, account(db), draft, NOW)


ACCESS_CHANGES = pytest.mark.parametrize(
    "change_access",
    [
        lambda db: passwords.change(db, account(db), PASSWORD, NEW, NOW),
        lambda db: sessions.close_all(db, account(db), NOW),
        lambda db: administer.sign_out_everywhere(db, ADELE, CAMILLE.id, NOW),
        lambda db: administer.disable(db, ADELE, CAMILLE.id, NOW),
        make_administrator,
        change_identity,
    ],
    ids=["new password", "all my sessions", "signed out everywhere", "disabled", "promoted", "another identity"],
)


@ACCESS_CHANGES
def test_a_ticket_issued_before_a_change_opens_no_session_after_it(db, change_access):
    ticket = sign_in.sign_in(db, "camille", PASSWORD, NOW).ticket
    change_access(db)
    with pytest.raises(SignInFailed, match="expiré"):
        sign_in.open_session(db, ticket, NOW)


@ACCESS_CHANGES
def test_a_pending_ticket_issued_before_a_change_is_void_after_it(db, change_access):
    proposal = second_factor.propose(CAMILLE)
    second_factor.enrol(db, CAMILLE, proposal.secret, pyotp.TOTP(proposal.secret).at(NOW), NOW)
    pending = sign_in.sign_in(db, "camille", PASSWORD, NOW).ticket
    change_access(db)
    with pytest.raises(sign_in.PendingTicketExpired):
        sign_in.second_step(db, pending, pyotp.TOTP(proposal.secret).at(NOW + timedelta(seconds=30)), NOW)


def test_the_account_that_changes_its_password_stays_signed_in(db):
    ticket = passwords.change(db, account(db), PASSWORD, NEW, NOW)
    assert sign_in.account_of(db, sign_in.open_session(db, ticket, NOW), NOW) == CAMILLE


@pytest.mark.parametrize("kind", [tickets.SESSION, tickets.PENDING])
def test_a_ticket_is_read_as_it_was_issued_and_only_by_its_kind(kind):
    (other,) = {tickets.SESSION, tickets.PENDING} - {kind}
    ticket = kind.issue(replace(CAMILLE, generation=3))
    read = kind.read(ticket)
    assert (read.account, read.generation) == (CAMILLE.id, 3)
    assert read.is_valid_for(replace(CAMILLE, generation=3))
    assert not read.is_valid_for(CAMILLE)
    with pytest.raises(SignInFailed):
        other.read(ticket)
