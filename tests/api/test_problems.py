"""Every error is a problem of RFC 9457, and one that nobody foresaw has a number."""

import logging

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from ror import errors
from ror.api import problems
from ror.api.access import TooMany, Unauthenticated
from ror.api.watched import Watched
from tests.api.ground import asking, problem, token

STATUSES = {
    errors.Forbidden("Non."): (403, "forbidden"),
    errors.NotFound("Rien."): (404, "not-found"),
    errors.Outdated("Entre-temps."): (409, "outdated"),
    errors.CommentMasked("Masqué."): (409, "comment-masked"),
    errors.Older("Vieux."): (409, "older"),
    errors.ConfirmationNeeded("Bien 30 ?"): (409, "confirmation-needed"),
    errors.Refused("Corrigez."): (422, "refused"),
    errors.Unavailable("Recommencez."): (503, "unavailable"),
    Unauthenticated(): (401, "unauthenticated"),
    TooMany(7): (429, "too-many"),
}
HEADERS = {
    Unauthenticated: ("www-authenticate", "Bearer"),
    TooMany: ("retry-after", "7"),
    errors.Unavailable: ("retry-after", "60"),
}


def failing(error):
    """An application of which the one route fails so."""
    app = FastAPI()
    problems.handle(app)
    app.add_middleware(Watched, interface="api", said=problems.said)

    @app.get("/fail")
    def fail():
        raise error

    return TestClient(app)


@pytest.mark.parametrize("error", STATUSES, ids=lambda error: type(error).__name__)
def test_a_foreseen_error_is_told_in_its_own_words(error):
    answer = failing(error).get("/fail")
    assert problem(answer) == STATUSES[error]
    assert answer.json()["detail"] == error.message
    name, value = HEADERS.get(type(error), ("content-type", problems.MEDIA_TYPE))
    assert answer.headers[name] == value


@pytest.mark.parametrize("error", [RuntimeError("secret"), errors.DatabaseError("The secret file."), errors.SettingsError("s")])
def test_an_error_that_nobody_foresaw_is_in_the_log_under_the_number_that_is_told(error, caplog):
    with caplog.at_level(logging.ERROR):
        answer = failing(error).get("/fail")
    assert problem(answer) == (500, "unforeseen")
    assert "secret" not in answer.text
    (line,) = [record for record in caplog.records if record.name == "ror.logs"]
    assert f"(numéro {line.error})" in answer.json()["detail"]
    assert line.exc_info[1] is error


def test_no_address_and_no_method_are_problems_too(region):
    with asking(token(region)) as client:
        assert problem(client.get("/v1/nothing")) == (404, "no-such-address")
        assert problem(client.get("/")) == (404, "no-such-address")
        assert problem(client.get("/v1/units/")) == (404, "no-such-address")
        refused = client.delete("/v1/units")
        assert problem(refused) == (405, "method-not-allowed")
        assert refused.headers["allow"] == "GET"
        assert client.delete("/v1/declarations").headers["allow"] == "GET, POST"


def test_every_kind_of_problem_is_listed_without_a_token(region):
    with asking() as client:
        listed = client.get("/v1/problems").json()
    kinds = [*problems.KINDS.values(), *problems.HTTP.values()]
    assert {one["type"] for one in listed} == {kind.type for kind in kinds}
    assert len(listed) == len(kinds)
