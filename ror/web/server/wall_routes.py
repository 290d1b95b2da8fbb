"""The wall screen: a page without Streamlit, the exchange of its link, its content, and its live connection.

Its cookie is its own: no other route reads it, and a display has no session of Streamlit, thus no widget, file or upload.
"""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from ror.errors import NotFound
from ror.model.display import Display
from ror.model.rights import Account, Action, entitled
from ror.services import journal
from ror.services.accounts import sign_in
from ror.services.coordination import displays, wall
from ror.services.rights import lacks_second_factor
from ror.store.engine.database import open_database
from ror.web.server import cookies, plain_page, wall_json, wall_page
from ror.web.server.live_hub import EVERYTHING, hub

CHECK_SECONDS = 10.0
"""Interval at which a live connection is checked, and sends its page that the server answers: a display that is revoked, on
whichever replica, closes within it."""

CLOSED = 4403
"""The close code of a live connection whose reader has lost the right to read."""

MAX_LINK_LENGTH = 200
ENDED = (
    "Cet écran n'est pas ouvert, ou ne l'est plus : il a été révoqué ou a expiré. Ouvrez ici un nouveau lien, qu'un "
    "coordonnateur donne dans « Coordination », volet « Écrans »."
)
_NO_LINK = "Il n'y a rien à cette adresse."


async def page(_: Request) -> Response:
    """Return the page, the same for everybody: it holds no data."""
    return wall_page.response()


async def open_display(request: Request) -> Response:
    """Exchange the link in the body of the request for the cookie of a session; refuse it in a sentence."""
    journal.acting_from(request.client.host if request.client else "")
    now = datetime.now(UTC)
    secret = (await request.body())[:MAX_LINK_LENGTH].decode(errors="replace")
    try:
        display, text = await run_in_threadpool(displays.open_session, open_database(), secret, now)
    except NotFound as error:
        return PlainTextResponse(error.user_message, 403)
    response = Response(status_code=204)
    response.set_cookie(
        cookies.DISPLAY,
        text,
        max_age=int((display.expires_at - now).total_seconds()),
        path="/",
        httponly=True,
        samesite="strict",
        secure=cookies.secure(request.scope),
    )
    return response


async def content(request: Request) -> Response:
    """Return the content of the wall, or the sentence of a screen that is not open."""
    journal.acting_from(request.client.host if request.client else "")
    reader = await run_in_threadpool(_reader, request)
    if reader is None:
        return PlainTextResponse(ENDED, 403)
    now = datetime.now(UTC)
    read = await run_in_threadpool(wall.read, open_database(), reader, now)
    return JSONResponse(wall_json.to_json(read, reader, now, wall_page.version()))


def _reader(connection: HTTPConnection) -> Display | Account | None:
    """Return the reader whom the cookies of a connection name: a display, an account with the right, or None."""
    db, now = open_database(), datetime.now(UTC)
    display = displays.of_session(db, connection.cookies.get(cookies.DISPLAY, ""), now)
    if display is not None:
        return display
    account = sign_in.account_of(db, connection.cookies.get(cookies.SESSION, ""), now, user_action=False)
    may_read = account is not None and entitled(account, Action.MANAGE_DISPLAYS)
    return account if may_read and account and not lacks_second_factor(account, Action.MANAGE_DISPLAYS) else None


async def live(socket: WebSocket) -> None:
    """Serve the live connection of a wall: send positions and beats, and close it when its reader loses the right to read."""
    if await run_in_threadpool(_reader, socket) is None:
        await socket.close(1008)
        return
    serving = asyncio.create_task(hub.serve(socket, frozenset([EVERYTHING])))
    try:
        while not (await asyncio.wait({serving}, timeout=CHECK_SECONDS))[0]:
            allowed = await run_in_threadpool(_reader, socket) is not None
            with suppress(WebSocketDisconnect, RuntimeError):
                await (socket.send_text(BEAT) if allowed else socket.close(CLOSED))
            if not allowed:
                return
        await serving
    finally:
        serving.cancel()


BEAT = "."
"""What a live connection sends when there is nothing new."""


async def unknown(request: Request) -> Response:
    """Answer that there is nothing at any other address below the wall's."""
    return plain_page.refusal(request, 404, _NO_LINK)


ROUTES = [
    Route(displays.ADDRESS, page),
    Route(f"{displays.ADDRESS}/ouvrir", open_display, methods=["POST"]),
    Route(f"{displays.ADDRESS}/contenu", content),
    WebSocketRoute(f"{displays.ADDRESS}/direct", live),
    Route(f"{displays.ADDRESS}/{{other:path}}", unknown),
]
