"""The page that reads the description of the interface to people: Swagger UI, served from here under our content policy."""

from pathlib import Path

import fastapi_offline
from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse

_OURS = Path(__file__).parent
_SWAGGER = Path(fastapi_offline.__file__).parent / "static"
_FILES = {
    "swagger-ui.css": _SWAGGER / "swagger-ui.css",
    "swagger-ui-bundle.js": _SWAGGER / "swagger-ui-bundle.js",
    "reader.js": _OURS / "reader.js",
    "reader.css": _OURS / "reader.css",
}

router = APIRouter(prefix="/v1", include_in_schema=False)


@router.get("/docs")
def page() -> Response:
    """The page."""
    return FileResponse(_OURS / "reader.html", media_type="text/html; charset=utf-8")


@router.get("/docs/{name}")
def file(name: str) -> Response:
    """One of its files."""
    if name not in _FILES:
        raise HTTPException(404)
    return FileResponse(_FILES[name])
