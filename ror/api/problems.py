"""What went wrong, for machines: every error as a problem of RFC 9457, whose `detail` is the sentence a user would read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from ror import errors, logs
from ror.api.access import TooMany, Unauthenticated
from ror.api.faults import Fault, faults, unreadable

MEDIA_TYPE = "application/problem+json"
ADDRESS = "/api/v1/problems"
"""Where the kinds of problems are listed: a problem's `type` leads there."""

_AGAIN_SECONDS = 60
"""After how long a store that did not answer may be asked again, as its sentence says."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem."""

    name: str
    status: int
    title: str

    @property
    def type(self) -> str:
        """The address that stands for the kind."""
        return f"{ADDRESS}#{self.name}"


KINDS: dict[type[Exception], Kind] = {
    Unauthenticated: Kind("unauthenticated", 401, "Jeton absent, inconnu, expiré ou révoqué"),
    errors.Forbidden: Kind("forbidden", 403, "Le jeton ne permet pas cela"),
    errors.NotFound: Kind("not-found", 404, "Introuvable"),
    errors.Outdated: Kind("outdated", 409, "L'unité a été mise à jour entre-temps"),
    errors.CommentMasked: Kind("comment-masked", 409, "Un commentaire de l'unité a été masqué entre-temps"),
    errors.Older: Kind("older", 409, "Le nombre est plus ancien que celui qui est connu"),
    errors.ConfirmationNeeded: Kind("confirmation-needed", 409, "Le nombre est inhabituel et attend une confirmation"),
    errors.Refused: Kind("refused", 422, "Une règle du domaine n'est pas respectée"),
    RequestValidationError: Kind("invalid", 422, "La demande ne suit pas sa description"),
    TooMany: Kind("too-many", 429, "Trop de demandes"),
    errors.Unavailable: Kind("unavailable", 503, "La base de données ne répond pas"),
}
"""Of the errors that are foreseen; an error without a kind has its parent's."""

HTTP = {
    400: Kind("malformed", 400, "La demande est illisible"),
    403: Kind("elsewhere", 403, "Les pages d'un autre site n'ont pas accès au service"),
    404: Kind("no-such-address", 404, "Il n'y a rien à cette adresse"),
    405: Kind("method-not-allowed", 405, "Cette adresse n'accepte pas cette méthode"),
    413: Kind("too-large", 413, "L'envoi est trop volumineux"),
    421: Kind("misdirected", 421, "Le service ne répond pas sous ce nom"),
    500: Kind("unforeseen", 500, "Le service a rencontré une erreur"),
}
"""Of what is refused before it reaches a gesture, by status."""


class Problem(BaseModel):
    """An error, as RFC 9457 has it."""

    type: str = Field(description=f"The kind of problem; `GET {ADDRESS}` lists them.", examples=[f"{ADDRESS}#outdated"])
    title: str = Field(description="What the kind is called, in French.")
    status: int = Field(description="The status of the answer.")
    detail: str = Field(description="A sentence for the user, in French: what happened and what to do.")
    instance: str = Field(description="What was asked for, and the number of the request in the log of the service.")
    errors: list[Fault] | None = Field(None, description="Of `invalid` and `malformed`: what is wrong, field by field.")


def answer(
    kind: Kind, detail: str, path: str, found: Sequence[Fault] = (), headers: Mapping[str, str] | None = None
) -> Response:
    """A problem as an answer; `path` is what was asked for."""
    problem = Problem(
        type=kind.type,
        title=kind.title,
        status=kind.status,
        detail=detail,
        instance=f"{quote(path)}#{logs.request.get()}",
        errors=list(found) or None,
    )
    return JSONResponse(problem.model_dump(exclude_none=True, by_alias=True), kind.status, headers, MEDIA_TYPE)


def said(status: int, sentence: str, path: str) -> Response:
    """Render a middleware rejection, or an unexpected error, as problem+json."""
    kind = _of_status(status)
    return answer(kind, f"{kind.title}." if status == HTTPStatus.FORBIDDEN else sentence, path)


router = APIRouter(prefix="/v1")


class Listed(BaseModel):
    """One kind of problem, as it is listed."""

    type: str
    status: int
    title: str = Field(description="In French.")


@router.get("/problems", tags=["Problems"], summary="Every kind of problem")
def kinds() -> list[Listed]:
    """Every kind of problem, by status: what `type` may be. Needs no token."""
    return [Listed(type=kind.type, status=kind.status, title=kind.title) for kind in _known()]


def _known() -> list[Kind]:
    return sorted([*KINDS.values(), *HTTP.values()], key=lambda kind: kind.status)


def handle(application: FastAPI) -> None:
    """Have an application answer every foreseen error so."""
    application.add_exception_handler(errors.RorError, _of_ours)
    application.add_exception_handler(RequestValidationError, _of_request)
    application.add_exception_handler(HTTPException, _of_http)


def _of_ours(request: Request, error: Exception) -> Response:
    kind = next((KINDS[one] for one in type(error).__mro__ if one in KINDS), None)
    if kind is None or not isinstance(error, errors.RorError):
        raise error
    headers: dict[str, str] = {}
    if isinstance(error, Unauthenticated):
        headers["www-authenticate"] = "Bearer"
    elif isinstance(error, TooMany):
        headers["retry-after"] = str(error.seconds)
    elif isinstance(error, errors.Unavailable):
        headers["retry-after"] = str(_AGAIN_SECONDS)
    return answer(kind, error.message, request.url.path, headers=headers)


def _of_request(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    found = faults(error)
    kind = HTTP[400] if unreadable(error) else KINDS[RequestValidationError]
    return answer(kind, " ".join(f"{fault.name} : {fault.detail}" for fault in found), request.url.path, found)


def _of_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    kind = _of_status(error.status_code)
    ours = error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    detail = error.detail if ours else f"{kind.title} : consultez la description de l'interface, à /api/v1/docs."
    headers = error.headers
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED and (route := request.scope.get("route")):
        # One address may be several routes, of which each would name its own method alone.
        methods = request.app.openapi()["paths"].get(route.path, {})
        headers = {"allow": ", ".join(sorted(method.upper() for method in methods))} if methods else headers
    return answer(kind, detail, request.url.path, headers=headers)


def _of_status(status: int) -> Kind:
    return HTTP.get(status) or Kind(f"status-{status}", status, HTTPStatus(status).phrase)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """How a description says that an answer may be one of these problems."""
    names = {status: ", ".join(f"`{kind.name}`" for kind in _known() if kind.status == status) for status in statuses}
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {status: {"description": f"Problem: {names[status]}", "content": {MEDIA_TYPE: schema}} for status in statuses}


def schemas() -> dict[str, Any]:
    """The schemas that `documented` refers to, for the components of a description."""
    described = Problem.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    return {**described.pop("$defs"), "Problem": described}
