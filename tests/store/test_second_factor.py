"""The rows of second factors: one per account at most, codes that are spent, nothing left after removal."""

import pytest

from ror.store import accounts, second_factor
from tests.region import BLANCHE, CAMILLE, rolled_back, rows


@pytest.fixture
def set_up(region):
    with region.transaction() as transaction:
        second_factor.set_up(transaction, CAMILLE.id, "sealed", 10, ["one", "two"])
        second_factor.set_up(transaction, BLANCHE.id, "other", 20, ["two", "three"])
    return region


def test_an_account_has_one_second_factor_or_none(set_up):
    with set_up.reader() as cursor:
        assert second_factor.get(cursor, CAMILLE.id) == ("sealed", 10)
        assert second_factor.get(cursor, "nobody") is None
        assert accounts.by_id(cursor, CAMILLE.id).second_factor
        assert not accounts.by_id(cursor, "claude").second_factor


def test_a_new_second_factor_replaces_the_previous_one(set_up):
    with set_up.transaction() as transaction:
        second_factor.set_up(transaction, CAMILLE.id, "newer", 30, ["four"])
    assert rows(set_up, "second_factor") == [("blanche", "other", "20"), ("camille", "newer", "30")]
    assert rows(set_up, "recovery_code") == [("blanche", "three"), ("blanche", "two"), ("camille", "four")]


def test_the_last_step_used_is_that_of_its_account(set_up):
    with set_up.transaction() as transaction:
        second_factor.set_last_step(transaction, CAMILLE.id, 99)
    assert rows(set_up, "second_factor") == [("blanche", "other", "20"), ("camille", "sealed", "99")]


def test_a_recovery_code_is_spent_by_its_account_alone(set_up):
    with set_up.transaction() as transaction:
        assert not second_factor.use_recovery_code(transaction, CAMILLE.id, "three")
        assert second_factor.use_recovery_code(transaction, CAMILLE.id, "two")
        assert not second_factor.use_recovery_code(transaction, CAMILLE.id, "two")
        assert second_factor.codes_left(transaction.cursor, CAMILLE.id) == 1
        assert second_factor.codes_left(transaction.cursor, BLANCHE.id) == 2


def test_a_code_is_not_spent_by_a_transaction_that_fails(set_up):
    with rolled_back(set_up) as transaction:
        assert second_factor.use_recovery_code(transaction, CAMILLE.id, "one")
    with set_up.reader() as cursor:
        assert second_factor.codes_left(cursor, CAMILLE.id) == 2


def test_a_removed_second_factor_leaves_nothing(set_up):
    with set_up.transaction() as transaction:
        second_factor.remove(transaction, CAMILLE.id)
    assert rows(set_up, "second_factor") == [("blanche", "other", "20")]
    assert rows(set_up, "recovery_code") == [("blanche", "three"), ("blanche", "two")]
