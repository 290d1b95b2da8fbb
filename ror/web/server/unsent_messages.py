"""What a run has drawn and the page has not received yet: a part of the page that runs next takes nothing away from it.

Streamlit removes what the part drew, but leaves the end of the run: the page takes the part for gone, and then draws it in the
place of what stands beside it, which is lost. A press that follows another one on a busy server is enough.
"""

from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

_clear = ForwardMsgQueue.clear


def apply() -> None:
    """Have the queues of all pages keep what a part of a page drew in the run before."""
    ForwardMsgQueue.clear = _clear_or_keep  # type: ignore[assignment, method-assign]


def _clear_or_keep(
    queue: ForwardMsgQueue, retain_lifecycle_msgs: bool = False, fragment_ids_this_run: list[str] | None = None
) -> None:
    if not retain_lifecycle_msgs or fragment_ids_this_run is None:
        _clear(queue, retain_lifecycle_msgs, fragment_ids_this_run)
    else:
        # What the part draws now goes behind the end of the run, and does not replace what it drew before.
        queue._delta_index_map = {}
