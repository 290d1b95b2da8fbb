"""An element that the browser surely still has in its cache is sent as a reference."""

import tomllib

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_cache import populate_hash_if_needed

from ror.settings import ROOT
from ror.web.server.message_cache import MAX_RUNS, SentMessages, without_list

CONFIGURATION = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["global"]
END = ForwardMsg(script_finished=ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY).SerializeToString()


def element(length: int = 2 * CONFIGURATION["minCachedMessageSize"], path: int = 0) -> bytes:
    """Return an element of a page as a script sends it."""
    message = ForwardMsg()
    message.delta.new_element.html.body = "x" * length
    message.metadata.delta_path[:] = [path]
    populate_hash_if_needed(message)
    message.metadata.cacheable = length >= CONFIGURATION["minCachedMessageSize"]
    return bytes(message.SerializeToString())


def test_an_element_is_sent_whole_then_referred_to_where_it_now_stands():
    sent = SentMessages()
    assert sent.shorten(element(path=1)) == element(path=1)
    reference = ForwardMsg.FromString(sent.shorten(element(path=2)))
    assert reference.ref_hash == ForwardMsg.FromString(element()).hash
    assert reference.metadata.delta_path == [2]


def test_a_small_element_is_always_sent_whole():
    sent = SentMessages()
    assert [sent.shorten(element(10)) for _ in range(2)] == [element(10)] * 2


def test_an_element_that_the_page_may_have_dropped_is_sent_whole():
    sent = SentMessages()
    sent.shorten(element())
    for _ in range(2):
        for _ in range(MAX_RUNS):
            assert sent.shorten(END) == END
        assert sent.shorten(element()) != element(), "each use keeps it"
    for _ in range(MAX_RUNS + 1):
        sent.shorten(END)
    assert sent.shorten(element()) == element()


def test_a_page_keeps_its_messages_longer_than_the_server_refers_to_them():
    assert CONFIGURATION["maxCachedMessageAge"] > MAX_RUNS + 1


def test_the_list_of_a_page_is_not_believed():
    message = BackMsg()
    message.rerun_script.query_string = "besoin=R%C3%A9animation"
    plain = message.SerializeToString()
    assert without_list(plain) == plain
    message.rerun_script.cached_message_hashes.extend(["a" * 32, "b" * 32])
    assert without_list(message.SerializeToString()) == plain
