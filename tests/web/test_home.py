"""The first page of an account, by its rights."""

import pytest

from ror.model.rights import Account, Role
from ror.web.home import first_address


@pytest.mark.parametrize(
    ("roles", "address"),
    [
        ({Role.ADMINISTRATOR}, "/administration"),
        ({Role.ADMINISTRATOR, Role.COORDINATOR}, "/administration"),
        ({Role.ADMINISTRATOR, Role.MANAGER}, "/mise-a-jour"),
        ({Role.COORDINATOR}, "/departements"),
        (set(), "/aide"),
    ],
)
def test_an_administrator_begins_with_the_administration_though_it_may_consult(roles, address):
    assert first_address(Account("a", "a", "A", frozenset(roles))) == address
