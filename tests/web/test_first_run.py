"""Which runs are the first of a connection: those that know nothing of what the page showed before."""

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from ror.web.server.reruns import Reruns

RERUN = BackMsg(rerun_script={"query_string": ""})


@pytest.fixture
def reruns():
    with Reruns({"type": "websocket", "headers": []}) as opened:
        yield opened


def finish(reruns, status=ForwardMsg.FINISHED_SUCCESSFULLY):
    reruns._on_finished(status)


def test_a_run_is_the_first_until_one_has_finished_however_many_messages_arrived(reruns):
    for _ in range(3):
        reruns.on_message(RERUN)
        assert reruns.before_first_end
    finish(reruns, ForwardMsg.FINISHED_EARLY_FOR_RERUN)
    assert reruns.before_first_end, "the run that replaces the first one knows no more than it did"
    finish(reruns)
    assert not reruns.before_first_end


def test_only_the_first_message_is_preceded_by_the_whole_page(reruns):
    reruns.on_message(RERUN)
    assert reruns.first
    reruns.on_message(RERUN)
    assert not reruns.first
