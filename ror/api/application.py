"""The application served at /api: its routes, its OpenAPI description and the readable page of it."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from ror.api import etag, pages, problems, v1
from ror.api.head import HeadAsGet
from ror.api.instrumentation import Instrumentation
from ror.settings import settings

_ABOUT = """Availability of beds and places, for systems that do not speak FHIR (which do: `/fhir`).

Show a token, created in « Administration > Jetons », with each request: `Authorization: Bearer ror_...`.
Instants are UTC, in ISO 8601; codes are those of the national lists. Lists come by pages: follow `next`.
Every error is a problem of RFC 9457.
An answer carries an ETag: ask again with If-None-Match, and an answer that still holds is a 304 without a body.
Worked examples: `docs/api.md`.
"""


def application() -> FastAPI:
    """Build the application. It does not know where it is mounted: each request says so."""
    # The pages of FastAPI would load their scripts from another server.
    app = FastAPI(
        title=settings().service_name,
        version="1",
        description=_ABOUT,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.include_router(v1.router)
    app.include_router(problems.router)
    app.include_router(pages.router)
    problems.add_handlers(app)
    etag.add_handlers(app)
    app.add_middleware(Instrumentation, interface="api", render=problems.render_rejection)
    app.add_middleware(HeadAsGet)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes, servers=[{"url": "/api"}]
        )
        schema["components"]["schemas"] |= problems.openapi_schemas()
        app.openapi_schema = schema
    return app.openapi_schema
