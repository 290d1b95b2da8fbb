"""What a message of a page says of its user: whether somebody did something, or the page spoke by itself.

A session is prolonged by what its user does. A push, a tick of the clock, a connection that is opened again after a cut
and a rerun that is forced without a changed field are nobody's act.
"""

from starlette.requests import HTTPConnection
from starlette.types import Scope
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetState

_LIVE = "-live"
"""The key of the component that wakes a page ends its ids: see `ror.web.live`."""


class UserActs:
    """The acts of the user of one connection, told from each message by the one before it."""

    def __init__(self, scope: Scope) -> None:
        """`scope`: of the connection. A page that lost its own names its session of Streamlit again, third in this list."""
        offered = HTTPConnection(scope).headers.get("sec-websocket-protocol", "").split(",")
        self._reopened = len(offered) > 2 and bool(offered[2].strip())
        self._values: dict[str, bytes] | None = None
        self._page = ""
        self._pending = False

    def see(self, state: ClientState) -> None:
        """Take a message that asks for a rerun."""
        if self._is_act(state):
            self._pending = True
        self._values = {one.id: one.SerializeToString() for one in state.widget_states.widgets if not _is_trigger(one)}
        self._page = state.page_script_hash

    def take(self) -> bool:
        """Return whether the user did something since the last call."""
        done, self._pending = self._pending, False
        return done

    def _is_act(self, state: ClientState) -> bool:
        pushes = [_is_live(one) for one in state.widget_states.widgets if _is_trigger(one)]
        if pushes and not all(pushes):
            return True
        if self._values is None:
            return not self._reopened
        if pushes or state.is_auto_rerun:
            return False
        values = {one.id: one.SerializeToString() for one in state.widget_states.widgets}
        changed = any(self._values.get(name) != value for name, value in values.items())
        return changed or state.is_history_navigation or state.page_script_hash != self._page


def _is_trigger(state: WidgetState) -> bool:
    return "trigger" in (state.WhichOneof("value") or "") or state.WhichOneof("value") == "chat_input_value"


def _is_live(state: WidgetState) -> bool:
    """Whether it comes from the component that wakes a page, and not from a button."""
    return state.id.partition("__")[0].endswith(_LIVE)
