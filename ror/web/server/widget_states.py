"""Filter of widget states: drop those of a page's message whose id Streamlit cannot have created.

Streamlit takes an id of another form for a key of its session state and fails to find it: each rerun of that tab would log
a traceback, also before sign-in.
"""

import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

from ror.web.server.session_owners import STREAM

_VALID_ID = re.compile(r"(\$\$STREAMLIT_INTERNAL_KEY_)?\$\$ID-[0-9a-f]{32,64}-.+", re.DOTALL)
"""Ids that Streamlit creates: a hash and a key; the triggers of a component have one more prefix."""


class WidgetStateFilter:
    """Middleware that drops invalid widget states from the messages of pages."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the connection on, with the messages of a page filtered."""

        async def receive_filtered() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive" and (frame := message.get("bytes")):
                message["bytes"] = without_unknown(frame)
            return message

        is_page = scope["type"] == "websocket" and scope["path"] == STREAM
        await self.app(scope, receive_filtered if is_page else receive, send)


def without_unknown(frame: bytes) -> bytes:
    """Return the message without the widget states whose id Streamlit cannot have created."""
    message = BackMsg.FromString(frame)
    if message.WhichOneof("type") != "rerun_script":
        return frame
    widgets = message.rerun_script.widget_states.widgets
    valid = [state for state in widgets if _VALID_ID.fullmatch(state.id)]
    if len(valid) == len(widgets):
        return frame
    del widgets[:]
    widgets.extend(valid)
    return bytes(message.SerializeToString())
