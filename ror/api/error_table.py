"""The errors that the interfaces foresee: for each its HTTP status, its headers, its type of problem and its FHIR issue.

`problems` renders a row as a problem of RFC 9457, `fhir_outcomes` as an OperationOutcome.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from ror import errors
from ror.api.access import TooManyRequests, Unauthenticated

RETRY_SECONDS = 60
"""Delay before a store that did not answer may be called again, as the message of the error says."""


@dataclass(frozen=True, slots=True)
class ErrorKind:
    """One kind of error: its name and its title in French are those of the problem, `issue` is the FHIR issue type.

    `fhir_status` is the status in FHIR where it is not `status`.
    """

    name: str
    status: int
    title: str
    issue: str
    fhir_status: int | None = None


ERRORS: dict[type[Exception], ErrorKind] = {
    Unauthenticated: ErrorKind("unauthenticated", 401, "Jeton absent, inconnu, expiré ou révoqué", "login"),
    errors.Forbidden: ErrorKind("forbidden", 403, "Le jeton ne permet pas cela", "forbidden"),
    errors.NotFound: ErrorKind("not-found", 404, "Introuvable", "not-found"),
    errors.Outdated: ErrorKind("outdated", 409, "L'unité a été mise à jour entre-temps", "conflict"),
    errors.CommentMasked: ErrorKind("comment-masked", 409, "Un commentaire de l'unité a été masqué entre-temps", "conflict"),
    errors.OlderNumber: ErrorKind(
        "older", 409, "Le nombre est plus ancien que celui qui est connu", "conflict", fhir_status=422
    ),
    errors.ConfirmationNeeded: ErrorKind(
        "confirmation-needed", 409, "Le nombre est inhabituel et attend une confirmation", "business-rule", fhir_status=400
    ),
    errors.Refused: ErrorKind("refused", 422, "Une règle du domaine n'est pas respectée", "business-rule", fhir_status=400),
    RequestValidationError: ErrorKind(
        "invalid", 422, "La demande ne suit pas sa description", "not-supported", fhir_status=404
    ),
    TooManyRequests: ErrorKind("too-many", 429, "Trop de demandes", "throttled"),
    errors.Unavailable: ErrorKind("unavailable", 503, "La base de données ne répond pas", "transient"),
}
"""By type of error; a type that is not listed has the row of its nearest parent."""

REJECTIONS = {
    400: ErrorKind("malformed", 400, "La demande est illisible", "invalid"),
    403: ErrorKind("elsewhere", 403, "Les pages d'un autre site n'ont pas accès au service", "forbidden"),
    404: ErrorKind("no-such-address", 404, "Il n'y a rien à cette adresse", "not-found"),
    405: ErrorKind("method-not-allowed", 405, "Cette adresse n'accepte pas cette méthode", "not-supported"),
    413: ErrorKind("too-large", 413, "L'envoi est trop volumineux", "too-long"),
    421: ErrorKind("misdirected", 421, "Le service ne répond pas sous ce nom", "not-found"),
    500: ErrorKind("unforeseen", 500, "Le service a rencontré une erreur", "exception"),
}
"""By status: requests that fail before or outside a service function."""

Render = Callable[[Request, Exception, ErrorKind, Mapping[str, str]], Response]
"""Renders an error of a kind, with the headers that go with it."""


def all_kinds() -> list[ErrorKind]:
    """Return every kind of error, by status."""
    return sorted([*ERRORS.values(), *REJECTIONS.values()], key=lambda kind: kind.status)


def kind_of_status(status: int) -> ErrorKind:
    """Return the kind of a rejection, whatever its status."""
    return REJECTIONS.get(status) or ErrorKind(f"status-{status}", status, HTTPStatus(status).phrase, "exception")


def add_handlers(application: FastAPI, render: Render) -> None:
    """Have an application render every foreseen error; the others are raised again."""

    def handle(request: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException):
            return render(request, error, kind_of_status(error.status_code), error.headers or {})
        kind = next((ERRORS[parent] for parent in type(error).__mro__ if parent in ERRORS), None)
        if kind is None:
            raise error
        return render(request, error, kind, _headers(error))

    for family in (errors.RorError, RequestValidationError, HTTPException):
        application.add_exception_handler(family, handle)


def _headers(error: Exception) -> Mapping[str, str]:
    if isinstance(error, Unauthenticated):
        return {"www-authenticate": "Bearer"}
    if isinstance(error, TooManyRequests):
        return {"retry-after": str(error.seconds)}
    return {"retry-after": str(RETRY_SECONDS)} if isinstance(error, errors.Unavailable) else {}
