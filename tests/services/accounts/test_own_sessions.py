"""Closing all of one's own sessions."""

import pytest

from ror.errors import Forbidden
from ror.services.accounts import sessions, sign_in
from tests.region import BLANCHE, CAMILLE, DISABLED, NOW, rows


def opened(db, account):
    return sign_in.open_session(db, sign_in.ticket_for(account), NOW)


def test_every_session_of_the_account_ends_and_no_other(region):
    own, theirs = [opened(region, CAMILLE), opened(region, CAMILLE)], opened(region, BLANCHE)
    assert sessions.close_all(region, CAMILLE, NOW) == 2
    assert [sign_in.account_of(region, token, NOW) for token in own] == [None, None]
    assert sign_in.account_of(region, theirs, NOW).id == BLANCHE.id


def test_closing_all_sessions_is_journalled(region):
    opened(region, CAMILLE)
    sessions.close_all(region, CAMILLE, NOW)
    last = rows(region, "journal")[-1]
    assert (last[2], last[3], last[4], last[6], last[8]) == (
        *("sessions_closed", "done", "camille", "account:camille"),
        '{"sessions_closed": 1}',
    )


def test_a_disabled_account_closes_no_session(region):
    with pytest.raises(Forbidden):
        sessions.close_all(region, DISABLED, NOW)
