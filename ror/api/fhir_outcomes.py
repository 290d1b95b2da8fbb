"""Every error of the FHIR interface as an OperationOutcome, whose `diagnostics` is the message for the user."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Match

from ror.api import error_table
from ror.api.error_table import ErrorKind, kind_of_status
from ror.api.fhir_errors import FhirError
from ror.exchange.fhir.answers import issue, outcome, outcome_of
from ror.exchange.fhir.patch_value import BadPatch
from ror.exchange.fhir.terms import Json

MEDIA_TYPE = "application/fhir+json"


class FhirResponse(JSONResponse):
    """A resource as an HTTP response."""

    media_type = MEDIA_TYPE

    def __init__(self, resource: Json, status_code: int = 200, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(resource, status_code, headers)


def add_handlers(application: FastAPI) -> None:
    """Have an application render every foreseen error as an OperationOutcome."""
    error_table.add_handlers(application, _render_error)
    application.add_exception_handler(FhirError, _render_fhir_error)


def render_rejection(status: int, message: str, path: str) -> Response:
    """Render a middleware rejection, or an unforeseen error, as an OperationOutcome."""
    return FhirResponse(outcome(kind_of_status(status).issue, message), status)


def _render_error(request: Request, error: Exception, kind: ErrorKind, headers: Mapping[str, str]) -> Response:
    message = str(error)
    if isinstance(error, BadPatch):
        return _render_faults(error)
    if isinstance(error, RequestValidationError):
        # The routes validate only one part of an address: the type of the resources.
        message = "Ce type de ressource n'est pas servi : consultez /fhir/metadata."
    elif isinstance(error, HTTPException):
        message = "Cette adresse ou cette méthode n'est pas servie : consultez /fhir/metadata."
        if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            message = error.detail
        elif error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            # Several routes may share an address, and each would name its own methods alone.
            routes = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
            headers = {"allow": ", ".join(sorted(set().union(*(route.methods for route in routes))))}
    return FhirResponse(outcome(kind.issue, message), kind.fhir_status or kind.status, headers)


def _render_faults(error: BadPatch) -> Response:
    """Render the faults of a body: 404 when all are of type not-found, 400 when all are business rules, else 422."""
    issues = [issue(fault.issue, fault.message, fault.expression) for fault in error.faults]
    types = {fault.issue for fault in error.faults}
    return FhirResponse(outcome_of(issues), _STATUSES.get(types.pop(), 422) if len(types) == 1 else 422)


_STATUSES = {"not-found": 404, "business-rule": 400}
"""The status of a body whose faults are all of one type."""


def _render_fhir_error(_: Request, error: Exception) -> Response:
    if not isinstance(error, FhirError):
        raise error
    return FhirResponse(outcome(error.issue, error.user_message, error.expression), error.status)
