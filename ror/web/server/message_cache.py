"""The browser's cache of messages: a message that a page certainly still has is sent as a reference.

Streamlit decides by the list that the page sends with a press. Runs that end between that press and its answer age the cache
of the page, which may then lack a message of that list: it stops at « Cached ForwardMsg MISS » and needs a reload. Two quick
steps through the menu are enough. Here the decision is taken where messages leave, in their order, with what was sent before.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_cache import create_reference_msg

from ror.web.server.session_owners import STREAM

MAX_RUNS = 5
"""Runs since a message was last sent or referred to, after which it is sent whole.

Fewer than `global.maxCachedMessageAge` in .streamlit/config.toml: the page counts a run only once it has handled its end.
"""


class MessageCache:
    """Middleware that sends references to messages that a page received over the same connection, a few runs ago at most."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the connection on; each connection of a page has its own list of sent messages."""
        if scope["type"] != "websocket" or scope["path"] != STREAM:
            await self.app(scope, receive, send)
            return
        sent = SentMessages()

        async def receive_without_list() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive" and (frame := message.get("bytes")):
                message["bytes"] = without_list(frame)
            return message

        async def send_or_refer(message: Message) -> None:
            if message["type"] == "websocket.send" and (frame := message.get("bytes")):
                message["bytes"] = sent.shorten(frame)
            await send(message)

        await self.app(scope, receive_without_list, send_or_refer)


class SentMessages:
    """The messages that a connection carried, with the number of the run that last sent each or referred to it."""

    def __init__(self) -> None:
        self._run = 0
        self._run_by_hash: dict[str, int] = {}

    def shorten(self, frame: bytes) -> bytes:
        """Return the message to send: a reference to it when the page has it."""
        message = ForwardMsg.FromString(frame)
        if message.WhichOneof("type") == "script_finished":
            self._end_run()
        if not (message.hash and message.metadata.cacheable):
            return frame
        is_there = message.hash in self._run_by_hash
        self._run_by_hash[message.hash] = self._run
        return bytes(create_reference_msg(message).SerializeToString()) if is_there else frame

    def _end_run(self) -> None:
        self._run += 1
        self._run_by_hash = {name: run for name, run in self._run_by_hash.items() if self._run - run <= MAX_RUNS}


def without_list(frame: bytes) -> bytes:
    """Return a message of a page without its list of cached messages, so that Streamlit sends everything whole."""
    message = BackMsg.FromString(frame)
    if not message.rerun_script.cached_message_hashes:
        return frame
    del message.rerun_script.cached_message_hashes[:]
    return bytes(message.SerializeToString())
