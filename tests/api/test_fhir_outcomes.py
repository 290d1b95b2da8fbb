"""Every error is an OperationOutcome, and one that nobody foresaw has a number."""

import logging

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from ror import errors
from ror.api import fhir_outcomes
from ror.api.access import TooMany, Unauthenticated
from ror.api.fhir_outcomes import Missed
from ror.api.fhir_search import BadSearch, OtherFormat
from ror.api.watched import Watched
from ror.exchange.fhir.patch_value import BadPatch
from tests.api.fhir_ground import issue, sentence

ISSUES = {
    BadSearch("Autre.", "not-supported"): (400, "not-supported"),
    Unauthenticated(): (401, "login"),
    errors.Forbidden("Non."): (403, "forbidden"),
    errors.NotFound("Rien."): (404, "not-found"),
    OtherFormat(): (406, "not-supported"),
    errors.CommentMasked("Masqué."): (409, "conflict"),
    Missed(412, "multiple-matches", "Deux."): (412, "multiple-matches"),
    errors.Older("Vieux."): (422, "conflict"),
    errors.Refused("Corrigez."): (422, "business-rule"),
    BadPatch("Code.", "code-invalid", "Location"): (422, "code-invalid"),
    TooMany(7): (429, "throttled"),
    errors.Unavailable("Recommencez."): (503, "transient"),
}
HEADERS = {
    Unauthenticated: ("www-authenticate", "Bearer"),
    TooMany: ("retry-after", "7"),
    errors.Unavailable: ("retry-after", "60"),
}


def failing(error):
    """What an application answers of which the one route fails so."""
    app = FastAPI()
    fhir_outcomes.handle(app)
    app.add_middleware(Watched, interface="fhir", said=fhir_outcomes.said)

    @app.get("/fail")
    def fail():
        raise error

    return TestClient(app).get("/fail")


@pytest.mark.parametrize("error", ISSUES, ids=lambda error: type(error).__name__)
def test_a_foreseen_error_is_told_in_its_own_words(error):
    answer = failing(error)
    assert issue(answer) == ISSUES[error]
    assert sentence(answer) == error.message
    name, value = HEADERS.get(type(error), ("content-type", fhir_outcomes.MEDIA_TYPE))
    assert answer.headers[name] == value


@pytest.mark.parametrize("error", [RuntimeError("secret"), errors.DatabaseError("The secret file.")])
def test_an_error_that_nobody_foresaw_is_in_the_log_under_the_number_that_is_told(error, caplog):
    with caplog.at_level(logging.ERROR):
        answer = failing(error)
    assert issue(answer) == (500, "exception")
    assert "secret" not in answer.text
    number = sentence(answer).partition("numéro ")[2][:8]
    assert number in caplog.text


@pytest.mark.parametrize(("status", "code"), [(403, "forbidden"), (413, "too-long"), (421, "not-found"), (500, "exception")])
def test_what_the_doors_refuse_is_told_so_too(status, code):
    answer = fhir_outcomes.said(status, "Non.", "/fhir/Location")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/fhir+json")
    assert f'"code":"{code}"'.encode() in answer.body
