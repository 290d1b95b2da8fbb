"""User acts: whether a message of a page comes from an act of its user or from the page itself.

Only acts prolong a session. Live updates, the minute tick, a reconnection, and a forced rerun without a changed field are
not acts.
"""

from starlette.requests import HTTPConnection
from starlette.types import Scope
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetState

_LIVE = "-live"
"""The end of the ids of the live component, by its key: see `ror.web.live`."""


class UserActs:
    """Detect the user acts of one connection, by comparing each message with the previous one."""

    def __init__(self, scope: Scope) -> None:
        """Create the detector of a connection; a page that reconnects names its Streamlit session, third in this list."""
        protocols = HTTPConnection(scope).headers.get("sec-websocket-protocol", "").split(",")
        self._reopened = len(protocols) > 2 and bool(protocols[2].strip())
        self._values: dict[str, bytes] | None = None
        self._page = ""
        self._pending = False

    def on_rerun(self, state: ClientState) -> None:
        """Record a message that requests a rerun."""
        if self._is_act(state):
            self._pending = True
        self._values = {
            widget.id: widget.SerializeToString() for widget in state.widget_states.widgets if not _is_trigger(widget)
        }
        self._page = state.page_script_hash

    def take(self) -> bool:
        """Return whether the user acted since the last call."""
        acted, self._pending = self._pending, False
        return acted

    def _is_act(self, state: ClientState) -> bool:
        triggers = [_is_live(widget) for widget in state.widget_states.widgets if _is_trigger(widget)]
        if triggers and not all(triggers):
            return True
        if self._values is None:
            return not self._reopened
        if triggers or state.is_auto_rerun:
            return False
        values = {widget.id: widget.SerializeToString() for widget in state.widget_states.widgets}
        changed = any(self._values.get(name) != value for name, value in values.items())
        return changed or state.is_history_navigation or state.page_script_hash != self._page


def _is_trigger(state: WidgetState) -> bool:
    return "trigger" in (state.WhichOneof("value") or "") or state.WhichOneof("value") == "chat_input_value"


def _is_live(state: WidgetState) -> bool:
    """Return whether a trigger comes from the live component, and not from a button."""
    return state.id.partition("__")[0].endswith(_LIVE)
