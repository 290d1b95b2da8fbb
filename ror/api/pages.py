"""The readable description of the interface: Swagger UI, served from this server under its content security policy."""

from pathlib import Path

import fastapi_offline
from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse

_OWN_FILES = Path(__file__).parent
_SWAGGER = Path(fastapi_offline.__file__).parent / "static"
_FILES = {
    "swagger-ui.css": _SWAGGER / "swagger-ui.css",
    "swagger-ui-bundle.js": _SWAGGER / "swagger-ui-bundle.js",
    "reader.js": _OWN_FILES / "reader.js",
    "reader.css": _OWN_FILES / "reader.css",
}

router = APIRouter(prefix="/v1", include_in_schema=False)


@router.get("/docs")
def page() -> Response:
    """Return the page."""
    return FileResponse(_OWN_FILES / "reader.html", media_type="text/html; charset=utf-8")


@router.get("/docs/{name}")
def file(name: str) -> Response:
    """Return a file that the page loads."""
    if name not in _FILES:
        raise HTTPException(404)
    return FileResponse(_FILES[name])
