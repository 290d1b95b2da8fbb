"""The first run of a connection: the session of Streamlit may be a new one, which knows none of what the page shows.

After a restart, or two minutes without a network, a press in a fragment would be passed over in silence: the new session
knows neither the fragment nor what a button calls. So the whole page is run first, without the press, then the press.
"""

from streamlit.proto.BackMsg_pb2 import BackMsg


def whole_page(message: BackMsg) -> BackMsg | None:
    """Return the run of the whole page that goes before a first run, without its presses; None when it is that already."""
    state = message.rerun_script
    presses = [one for one in state.widget_states.widgets if "trigger" in (one.WhichOneof("value") or "")]
    if not state.fragment_id and not presses:
        return None
    whole = BackMsg()
    whole.CopyFrom(message)
    whole.rerun_script.fragment_id = ""
    kept = [one for one in state.widget_states.widgets if one not in presses]
    del whole.rerun_script.widget_states.widgets[:]
    whole.rerun_script.widget_states.widgets.extend(kept)
    return whole
