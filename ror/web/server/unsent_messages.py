"""Keep the messages of a run that the page has not received yet, when a fragment of the page reruns next.

Streamlit removes the messages that the fragment drew in that run, but not the one that ends the run. The page then takes the
fragment for gone, and draws it again in the place of its neighbour, which is lost. Two quick presses on a busy server are
enough.
"""

from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

_clear = ForwardMsgQueue.clear


def apply() -> None:
    """Have the queues of all pages keep what a fragment drew in the run before."""
    ForwardMsgQueue.clear = _clear_or_keep  # type: ignore[assignment, method-assign]


def _clear_or_keep(
    queue: ForwardMsgQueue, retain_lifecycle_msgs: bool = False, fragment_ids_this_run: list[str] | None = None
) -> None:
    if not retain_lifecycle_msgs or fragment_ids_this_run is None:
        _clear(queue, retain_lifecycle_msgs, fragment_ids_this_run)
    else:
        # What the fragment draws now is queued after the end of that run, and does not replace what it drew before.
        queue._delta_index_map = {}
