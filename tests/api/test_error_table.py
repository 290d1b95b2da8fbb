"""Every foreseen error has a status, a kind, headers and its own message in both interfaces; the others have a number."""

import logging
from types import ModuleType

import httpx
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from ror import errors, logs
from ror.api import fhir_outcomes, problems
from ror.api.access import TooManyRequests, Unauthenticated
from ror.api.error_table import ERRORS
from ror.api.instrumentation import Instrumentation
from tests.api.fhir_helpers import issue, sentence
from tests.api.helpers import problem

EXPECTED = {
    errors.Forbidden("Non."): ((403, "forbidden"), (403, "forbidden")),
    errors.NotFound("Rien."): ((404, "not-found"), (404, "not-found")),
    errors.Outdated("Entre-temps."): ((409, "outdated"), (409, "conflict")),
    errors.CommentMasked("Masqué."): ((409, "comment-masked"), (409, "conflict")),
    errors.OlderNumber("Vieux."): ((409, "older"), (422, "conflict")),
    errors.ConfirmationNeeded("Est-ce bien 30."): ((409, "confirmation-needed"), (400, "business-rule")),
    errors.Refused("Corrigez."): ((422, "refused"), (400, "business-rule")),
    errors.Unavailable("Recommencez."): ((503, "unavailable"), (503, "transient")),
    Unauthenticated(): ((401, "unauthenticated"), (401, "login")),
    TooManyRequests(7): ((429, "too-many"), (429, "throttled")),
}
HEADERS = {
    Unauthenticated: ("www-authenticate", "Bearer"),
    TooManyRequests: ("retry-after", "7"),
    errors.Unavailable: ("retry-after", "60"),
}


def detail(answer: httpx.Response) -> str:
    return str(answer.json()["detail"])


INTERFACES = {"api": (problems, problem, detail), "fhir": (fhir_outcomes, issue, sentence)}
"""By name: the renderer, then how a test reads the status with the kind, and the message."""


def response_to(error: Exception, interface: str) -> httpx.Response:
    """Return the response of an application of which the one route raises this error."""
    renderer: ModuleType = INTERFACES[interface][0]
    app = FastAPI()
    renderer.add_handlers(app)
    app.add_middleware(Instrumentation, interface=interface, render=renderer.render_rejection)

    @app.get("/fail")
    def fail() -> None:
        raise error

    return TestClient(app).get("/fail")


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize("error", EXPECTED, ids=lambda error: type(error).__name__)
def test_a_foreseen_error_has_its_status_its_kind_its_message_and_its_headers(error, interface):
    renderer, kind, message = INTERFACES[interface]
    answer = response_to(error, interface)
    assert kind(answer) == EXPECTED[error][list(INTERFACES).index(interface)]
    assert message(answer) == error.user_message
    assert answer.headers["content-type"] == renderer.MEDIA_TYPE
    if type(error) in HEADERS:
        name, value = HEADERS[type(error)]
        assert answer.headers[name] == value
    else:
        assert not {"www-authenticate", "retry-after"} & set(answer.headers)


def test_every_error_of_the_table_is_tested():
    assert {type(error) for error in EXPECTED} == {error for error in ERRORS if issubclass(error, errors.RorError)}


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize("error", [RuntimeError("secret"), errors.DatabaseError("The secret file."), errors.SettingsError("s")])
def test_an_unforeseen_error_is_in_the_log_under_the_number_of_its_message(error, interface, caplog, monkeypatch):
    _, kind, message = INTERFACES[interface]
    monkeypatch.setattr(logs, "repeats", logs.Repeats())
    with caplog.at_level(logging.ERROR):
        answer = response_to(error, interface)
    assert kind(answer) == {"api": (500, "unforeseen"), "fhir": (500, "exception")}[interface]
    assert "secret" not in answer.text
    (line,) = [record for record in caplog.records if record.name == "ror.logs"]
    assert f"(numéro {line.error})" in message(answer)
    assert line.exc_info[1] is error
