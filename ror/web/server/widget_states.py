"""What the states of widgets in a message of a page may be: ids that Streamlit serves; the others are dropped.

Streamlit takes an id of another shape for a key of its session state, which it then fails to find: each rerun of that tab
is a traceback in the log, also before anybody has signed in.
"""

import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

from ror.web.server.owners import STREAM

_SERVED = re.compile(r"(\$\$STREAMLIT_INTERNAL_KEY_)?\$\$ID-[0-9a-f]{32,64}-.+", re.DOTALL)
"""Ids that Streamlit makes: a hash and a key; the triggers of a component have a prefix more."""


class KnownWidgets:
    """Middleware: messages of pages without the states of widgets that no page served."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; a message of a page that names such a widget goes without it."""

        async def filtered() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive" and (frame := message.get("bytes")):
                message["bytes"] = without_unknown(frame)
            return message

        is_page = scope["type"] == "websocket" and scope["path"] == STREAM
        await self.app(scope, filtered if is_page else receive, send)


def without_unknown(frame: bytes) -> bytes:
    """The same message without the states of widgets whose id Streamlit never made."""
    message = BackMsg.FromString(frame)
    if message.WhichOneof("type") != "rerun_script":
        return frame
    widgets = message.rerun_script.widget_states.widgets
    known = [state for state in widgets if _SERVED.fullmatch(state.id)]
    if len(known) == len(widgets):
        return frame
    del widgets[:]
    widgets.extend(known)
    return bytes(message.SerializeToString())
