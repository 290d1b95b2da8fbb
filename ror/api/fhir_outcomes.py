"""What went wrong, in FHIR: every error as an OperationOutcome, whose `diagnostics` is the sentence a user would read."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Match

from ror import errors
from ror.api.access import TooMany, Unauthenticated
from ror.api.fhir_search import BadSearch, OtherFormat
from ror.exchange.fhir.answers import outcome
from ror.exchange.fhir.patch_value import BadPatch
from ror.exchange.fhir.terms import Json

MEDIA_TYPE = "application/fhir+json"

_AGAIN_SECONDS = 60
"""After how long a store that did not answer may be asked again, as its sentence says."""

_ISSUES: dict[type[Exception], tuple[int, str]] = {
    BadSearch: (400, "invalid"),
    Unauthenticated: (401, "login"),
    errors.Forbidden: (403, "forbidden"),
    errors.NotFound: (404, "not-found"),
    OtherFormat: (406, "not-supported"),
    errors.Outdated: (409, "conflict"),
    errors.Older: (422, "conflict"),
    errors.Refused: (422, "business-rule"),
    TooMany: (429, "throttled"),
    errors.Unavailable: (503, "transient"),
}
"""The status and the issue type of each foreseen error; an error that is not there has its parent's."""

_OF_STATUS = {400: "invalid", 403: "forbidden", 404: "not-found", 405: "not-supported", 413: "too-long", 421: "not-found"}


class Missed(errors.RorError):
    """A PATCH that names no Location, several, or what is not there: the status, and what FHIR calls it."""

    def __init__(self, status: int, code: str, message: str, expression: str = "Location") -> None:
        super().__init__(message)
        self.status, self.code, self.expression = status, code, expression


class Answer(JSONResponse):
    """A resource."""

    media_type = MEDIA_TYPE

    def __init__(self, resource: Json, status_code: int = 200, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(resource, status_code, headers)


def said(status: int, sentence: str, path: str) -> Response:
    """Render a middleware rejection, or an unexpected error, as an OperationOutcome."""
    return Answer(outcome(_OF_STATUS.get(status, "exception"), sentence), status)


def handle(application: FastAPI) -> None:
    """Have an application answer every foreseen error so."""
    application.add_exception_handler(errors.RorError, _of_ours)
    application.add_exception_handler(RequestValidationError, _of_request)
    application.add_exception_handler(HTTPException, _of_http)


def _of_ours(_: Request, error: Exception) -> Response:
    if isinstance(error, Missed):
        return Answer(outcome(error.code, error.message, error.expression), error.status)
    status, code = next((_ISSUES[one] for one in type(error).__mro__ if one in _ISSUES), (0, ""))
    if not status or not isinstance(error, errors.RorError):
        raise error
    expression = ""
    if isinstance(error, BadPatch):
        code, expression = error.code, error.expression
    elif isinstance(error, BadSearch):
        code = error.code
    return Answer(outcome(code, error.message, expression), status, _headers(error))


def _headers(error: errors.RorError) -> dict[str, str]:
    if isinstance(error, Unauthenticated):
        return {"www-authenticate": "Bearer"}
    if isinstance(error, TooMany):
        return {"retry-after": str(error.seconds)}
    return {"retry-after": str(_AGAIN_SECONDS)} if isinstance(error, errors.Unavailable) else {}


def _of_request(_: Request, error: Exception) -> Response:
    """The one thing that the routes ask of an address: a type of resources that is served."""
    return Answer(outcome("not-supported", "Ce type de ressource n'est pas servi : consultez /fhir/metadata."), 404)


def _of_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    sentence, headers = "Cette adresse ou cette méthode n'est pas servie : consultez /fhir/metadata.", error.headers
    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        sentence = error.detail
    elif error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        # One address may be several routes, of which each would name its own methods alone.
        routes = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
        headers = {"allow": ", ".join(sorted(set().union(*(route.methods for route in routes))))}
    return Answer(outcome(_OF_STATUS.get(error.status_code, "exception"), sentence), error.status_code, headers)
