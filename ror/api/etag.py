"""Answers that did not change are not sent again: a weak ETag made of what was asked for and of the version that answers.

A tag says all that the answer depends on, so an answer never holds an age: ages are counted by who reads, from the instants.
"""

import hashlib

from fastapi import FastAPI, Request
from starlette.responses import Response

_SHAPE = 1
"""Grows when the answers change their shape: nobody keeps one of the shape before."""


class NotModifiedError(Exception):
    """Who asks holds the answer already."""

    def __init__(self, tag: str) -> None:
        super().__init__(tag)
        self.tag = tag


def check(request: Request, response: Response, *versions: object) -> None:
    """Give the answer its tag; raise `NotModifiedError` when who asks holds it. `versions`: what else it depends on."""
    asked = f"{_SHAPE} {request.url.path}?{request.url.query} {versions}"
    tag = f'W/"{hashlib.sha256(asked.encode()).hexdigest()[:24]}"'
    held = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if tag.removeprefix("W/") in held or "*" in held:
        raise NotModifiedError(tag)
    response.headers["etag"] = tag


def handle(application: FastAPI) -> None:
    """Have an application answer `NotModifiedError` with 304."""
    application.add_exception_handler(NotModifiedError, _unchanged)


def _unchanged(_: Request, error: Exception) -> Response:
    return Response(status_code=304, headers={"etag": error.tag} if isinstance(error, NotModifiedError) else None)
