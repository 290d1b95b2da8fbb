"""Every error of the JSON interface as a problem of RFC 9457, whose `detail` is the message for the user."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from ror import logs
from ror.api import error_table
from ror.api.error_table import REJECTIONS, ErrorKind, all_kinds, kind_of_status
from ror.api.validation_errors import FieldError, field_faults, is_unreadable

MEDIA_TYPE = "application/problem+json"
ADDRESS = "/api/v1/problems"
"""Address of the list of the kinds of problems; the `type` of a problem leads there."""


class Problem(BaseModel):
    """An error, as RFC 9457 has it."""

    type: str = Field(description=f"The kind of problem; `GET {ADDRESS}` lists them.", examples=[f"{ADDRESS}#outdated"])
    title: str = Field(description="What the kind is called, in French.")
    status: int = Field(description="The status of the answer.")
    detail: str = Field(description="A sentence for the user, in French: what happened and what to do.")
    instance: str = Field(description="What was asked for, and the number of the request in the log of the service.")
    errors: list[FieldError] | None = Field(None, description="Of `invalid` and `malformed`: what is wrong, field by field.")


def add_handlers(application: FastAPI) -> None:
    """Have an application render every foreseen error as a problem."""
    error_table.add_handlers(application, _render_error)


def render_rejection(status: int, message: str, path: str) -> Response:
    """Render a middleware rejection, or an unforeseen error, as a problem."""
    kind = kind_of_status(status)
    return _render(kind, f"{kind.title}." if status == HTTPStatus.FORBIDDEN else message, path)


def _render_error(request: Request, error: Exception, kind: ErrorKind, headers: Mapping[str, str]) -> Response:
    detail, faults = str(error), list[FieldError]()
    if isinstance(error, RequestValidationError):
        kind = REJECTIONS[400] if is_unreadable(error) else kind
        faults = field_faults(error)
        detail = " ".join(f"{fault.name} : {fault.detail}" for fault in faults)
    elif isinstance(error, HTTPException):
        # The middleware that measures a body has a message of its own.
        own_message = error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        detail = error.detail if own_message else f"{kind.title} : consultez la description de l'interface, à /api/v1/docs."
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED and (route := request.scope.get("route")):
            # Several routes may share an address, and each would name its own method alone.
            methods = request.app.openapi()["paths"].get(route.path, {})
            headers = {"allow": ", ".join(sorted(method.upper() for method in methods))} if methods else headers
    return _render(kind, detail, request.url.path, faults, headers)


def _render(
    kind: ErrorKind, detail: str, path: str, faults: Sequence[FieldError] = (), headers: Mapping[str, str] | None = None
) -> Response:
    problem = Problem(
        type=problem_type(kind),
        title=kind.title,
        status=kind.status,
        detail=detail,
        instance=f"{quote(path)}#{logs.request.get()}",
        errors=list(faults) or None,
    )
    return JSONResponse(problem.model_dump(exclude_none=True, by_alias=True), kind.status, headers, MEDIA_TYPE)


def problem_type(kind: ErrorKind) -> str:
    """Return the address that stands for a kind of problem."""
    return f"{ADDRESS}#{kind.name}"


router = APIRouter(prefix="/v1")


class Listed(BaseModel):
    """One kind of problem, as it is listed."""

    type: str
    status: int
    title: str = Field(description="In French.")


@router.get("/problems", tags=["Problems"], summary="Every kind of problem")
def kinds() -> list[Listed]:
    """Every kind of problem, by status: what `type` may be. Needs no token."""
    return [Listed(type=problem_type(kind), status=kind.status, title=kind.title) for kind in all_kinds()]


def openapi_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI responses of these statuses, each with the names of its problems."""
    names = {status: ", ".join(f"`{kind.name}`" for kind in all_kinds() if kind.status == status) for status in statuses}
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {status: {"description": f"Problem: {names[status]}", "content": {MEDIA_TYPE: schema}} for status in statuses}


def openapi_schemas() -> dict[str, Any]:
    """Return the OpenAPI schemas that `openapi_responses` refers to, by name."""
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    return {**problem.pop("$defs"), "Problem": problem}
