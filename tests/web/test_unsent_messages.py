"""The messages of a run reach the page, in their order, even if a part of the page runs before they are sent."""

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from ror.web.server import unsent_messages

PART = "part"


@pytest.fixture
def queue(monkeypatch):
    monkeypatch.setattr(ForwardMsgQueue, "clear", ForwardMsgQueue.clear)
    unsent_messages.apply()
    return ForwardMsgQueue()


def element_message(words, path, fragment=""):
    message = ForwardMsg()
    message.delta.new_element.html.body = words
    message.delta.fragment_id = fragment
    message.metadata.delta_path[:] = path
    return message


END = ForwardMsg(script_finished=ForwardMsg.FINISHED_SUCCESSFULLY)


def test_a_part_that_runs_takes_nothing_from_the_run_before(queue):
    whole = [element_message("before", [0, 0], PART), element_message("beside", [0, 1]), END]
    part = [element_message("after", [0, 0], PART), ForwardMsg(script_finished=ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)]
    for message in whole:
        queue.enqueue(message)
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=[PART])
    for message in part:
        queue.enqueue(message)
    assert queue.flush() == whole + part


def test_a_run_of_the_whole_page_replaces_what_was_not_sent(queue):
    queue.enqueue(element_message("before", [0, 0]))
    queue.clear(retain_lifecycle_msgs=True)
    assert queue.is_empty()
    queue.enqueue(element_message("after", [0, 0]))
    assert len(queue.flush()) == 1
    assert queue.is_empty()
