"""The application served at /api: its routes, its description in OpenAPI, and the page that reads it to people."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from ror.api import etag, pages, problems, v1
from ror.api.head import Headed
from ror.api.watched import Watched
from ror.settings import settings

_ABOUT = """Availability of beds and places, for systems that do not speak FHIR (which do: `/fhir`).

Show a token, made in « Administration > Jetons », with each request: `Authorization: Bearer ror_...`.
Instants are UTC, in ISO 8601; codes are those of the national lists. Lists come by pages: follow `next`.
Every error is a problem of RFC 9457.
An answer carries an ETag: ask again with If-None-Match, and an answer that still holds is a 304 without a body.
Worked examples: `docs/api.md`.
"""


def application() -> FastAPI:
    """A new application; what it is mounted under is known to it by each request."""
    # The pages of FastAPI would ask another server for their scripts.
    made = FastAPI(
        title=settings().service_name,
        version="1",
        description=_ABOUT,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    made.include_router(v1.router)
    made.include_router(problems.router)
    made.include_router(pages.router)
    problems.handle(made)
    etag.handle(made)
    made.add_middleware(Watched, interface="api", said=problems.said)
    made.add_middleware(Headed)
    made.openapi = lambda: _description(made)  # type: ignore[method-assign]
    return made


def _description(made: FastAPI) -> dict[str, Any]:
    if made.openapi_schema is None:
        described = get_openapi(
            title=made.title, version=made.version, description=made.description, routes=made.routes, servers=[{"url": "/api"}]
        )
        described["components"]["schemas"] |= problems.schemas()
        made.openapi_schema = described
    return made.openapi_schema
