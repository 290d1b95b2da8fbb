"""Conditional requests: a weak ETag computed from the request and from the versions that its response depends on.

The tag covers everything that the response depends on, so a response never holds an age: the client computes ages from the
instants.
"""

import hashlib

from fastapi import FastAPI, Request
from starlette.responses import Response

_FORMAT = 3
"""Incremented when the format of the responses changes, so that no cached one is used again."""


class NotModifiedError(Exception):
    """The client has the current response already."""

    def __init__(self, tag: str) -> None:
        super().__init__(tag)
        self.tag = tag


def check(request: Request, response: Response, *versions: object) -> None:
    """Set the ETag of a response; raise `NotModifiedError` when the client already has this response.

    `versions` are all that the response depends on besides the address of the request.
    """
    content = f"{_FORMAT} {request.url.path}?{request.url.query} {versions}"
    tag = f'W/"{hashlib.sha256(content.encode()).hexdigest()[:24]}"'
    check_tag(request, tag)
    response.headers["etag"] = tag


def check_tag(request: Request, tag: str) -> None:
    """Raise `NotModifiedError` when the client has the response of this tag."""
    cached = [value.strip().removeprefix("W/") for value in request.headers.get("if-none-match", "").split(",")]
    if tag.removeprefix("W/") in cached or "*" in cached:
        raise NotModifiedError(tag)


def add_handlers(application: FastAPI) -> None:
    """Have an application render `NotModifiedError` as a 304."""
    application.add_exception_handler(NotModifiedError, _not_modified)


def _not_modified(_: Request, error: Exception) -> Response:
    return Response(status_code=304, headers={"etag": error.tag} if isinstance(error, NotModifiedError) else None)
