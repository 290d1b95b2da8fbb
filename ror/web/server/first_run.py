"""The first run of a connection, whose Streamlit session may be a new one without any state of the page.

After a restart, or two minutes without a network, a button pressed in a fragment would be ignored: the new session knows
neither the fragment nor the callback. So the whole page is run first, without the press, then the message itself.
"""

from streamlit.proto.BackMsg_pb2 import BackMsg


def whole_page(message: BackMsg) -> BackMsg | None:
    """Return a run of the whole page without presses, to do before `message`; None when `message` is such a run itself."""
    state = message.rerun_script
    presses = [widget for widget in state.widget_states.widgets if "trigger" in (widget.WhichOneof("value") or "")]
    if not state.fragment_id and not presses:
        return None
    whole = BackMsg()
    whole.CopyFrom(message)
    whole.rerun_script.fragment_id = ""
    values = [widget for widget in state.widget_states.widgets if widget not in presses]
    del whole.rerun_script.widget_states.widgets[:]
    whole.rerun_script.widget_states.widgets.extend(values)
    return whole
