"""The lists of reminders: all that were sent for administrators, its own for a manager."""

import pytest

from ror.errors import Forbidden
from ror.model.sending import MailState
from ror.services.availability import mask
from ror.services.reminders import confirm_link, overview, preferences
from ror.settings import settings
from tests.region import ADELE, BLANCHE, CAMILLE, CARDIAC, DOMINIQUE, NOW, WARD, rows, write
from tests.services.reminders.reminder_helpers import DAY, HOUR, mail_server, prepare, sent, token

pytestmark = pytest.mark.usefixtures("region")


@pytest.fixture
def mail(db, monkeypatch):
    """Send Camille a mail on two units."""
    with mail_server(monkeypatch) as box:
        prepare(db, late=(WARD, CARDIAC), reachable=("camille",))
        yield sent(db, box)["camille"]


def listed(db, at=NOW + HOUR):
    (listed_mail,) = overview.sent(db, ADELE, at)
    return listed_mail


def test_each_mail_is_listed_with_its_units_and_what_was_declared_since(db, mail):
    listed_mail = listed(db)
    assert (listed_mail.name, listed_mail.at, listed_mail.state, listed_mail.tries, listed_mail.units) == (
        CAMILLE.name,
        NOW,
        MailState.SENT,
        1,
        2,
    )
    assert (listed_mail.declared_since, listed_mail.link_lives) == (0, True)
    write(db, WARD, 5, NOW + HOUR / 2, account=BLANCHE.id)
    assert listed(db).declared_since == 1


def test_a_comment_masked_since_is_no_declaration(db, mail):
    position = write(db, WARD, 5, NOW - DAY, comment="Madame Martin").position
    mask.mask(db, ADELE, position, NOW + HOUR / 2)
    assert listed(db).declared_since == 0


def test_a_link_that_was_used_revoked_or_too_old_does_not_live(db, mail, monkeypatch):
    assert not listed(db, NOW + DAY + HOUR).link_lives
    confirm_link.confirm(db, token(mail, "confirmer"), NOW + HOUR)
    used = listed(db)
    assert (used.confirmed, used.used_at, used.declared_since, used.link_lives) == (2, NOW + HOUR, 2, False)
    monkeypatch.setenv("ROR_REMINDER_CONFIRM_LINK", "0")
    settings.cache_clear()
    assert not listed(db).link_lives


def test_a_revoked_link_does_not_live(db, mail):
    confirm_link.revoke(db, ADELE, rows(db, "reminder")[0][0], NOW)
    assert (listed(db).link_lives, listed(db).revoked_at) == (False, NOW)


def test_who_wants_none_is_listed_with_how(db, mail):
    preferences.stop_by_link(db, token(mail, "arreter"), NOW)
    stopped = overview.stopped(db, ADELE, NOW).to_pylist()
    assert [(row["name"], row["by_link"]) for row in stopped] == [(CAMILLE.name, True)]


@pytest.mark.parametrize("account", [CAMILLE, DOMINIQUE], ids=lambda one: one.id)
def test_only_administrators_see_the_lists(db, account):
    for function in (overview.sent, overview.stopped):
        with pytest.raises(Forbidden):
            function(db, account, NOW)


def test_the_units_of_a_mail_are_those_of_its_account(db, mail):
    mail_id = rows(db, "reminder")[0][0]
    assert overview.units_of(db, CAMILLE, mail_id) == {WARD, CARDIAC}
    assert overview.units_of(db, BLANCHE, mail_id) == overview.units_of(db, CAMILLE, "unknown") == frozenset()
