import re

import pytest

from ror.model.rights import Account, Role
from ror.model.tokens import PREFIX, TokenScope, TokenState, generate_token


def test_each_scope_has_words_and_a_role_of_its_own():
    assert len({scope.label for scope in TokenScope}) == len({scope.role for scope in TokenScope}) == len(TokenScope)
    assert {scope.role for scope in TokenScope} == set(Role)
    assert len({state.label for state in TokenState}) == len(TokenState)


def test_the_text_of_a_token_is_recognised_and_never_the_same():
    texts = {generate_token() for _ in range(100)}
    assert len(texts) == 100
    assert all(re.fullmatch(PREFIX + r"[\w-]{43}", text) for text in texts)


@pytest.mark.parametrize(("login", "of_token"), [("", True), ("camille", False)])
def test_an_account_without_a_login_is_that_of_a_token(login, of_token):
    assert Account("a", login, "A", frozenset()).of_token is of_token
