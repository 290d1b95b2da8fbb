"""Log lines that a signed-out visitor can cause: one a minute for each cause, however often it occurs."""

import json
import re

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState

from tests.attacks.helpers import screen, send_request, serving
from tests.region import own_settings

__all__ = ["own_settings"]

VALUES = {
    "pressed": {"trigger_value": True},
    "text": {"string_value": "x"},
    "event": {"json_trigger_value": "[]"},
    "object": {"json_value": "{"},
    "bytes": {"bytes_value": b"x"},
    "number": {"double_value": float("nan")},
}
NEVER_SERVED = [
    "abc",
    "login",
    "x__events",
    "$$ID",
    "$$ID-0-live",
    "$$STREAMLIT_INTERNAL_KEY",
    "$$STREAMLIT_INTERNAL_KEY_SCRIPT_RUN_WITHOUT_ERRORS",
    f"$$ID-{'0' * 32}-login",
    f"$$STREAMLIT_INTERNAL_KEY_$$ID-{'0' * 32}-live__events",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    # The limit is high: slow reruns on a busy machine would add lines that no visitor causes.
    with serving(tmp_path_factory.mktemp("flood"), ROR_LOG="json", ROR_SLOW_RERUN_MS="60000") as running:
        yield running


def repeats(server):
    return float(re.search(r"^ror_log_repeats_total (\S+)$", send_request(server, "/metrics")[2].decode(), re.MULTILINE)[1])


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_a_widget_that_no_page_served_is_ignored(server, value):
    before = server.output()
    with screen(server, None) as tab:
        tab.open("")
        for name in NEVER_SERVED:
            assert tab.shows("Se connecter", tab.rerun([WidgetState(id=name, **value)]))
            tab._widgets.clear()
    assert server.output() == before


def test_an_error_that_a_visitor_repeats_is_written_once_then_counted(server):
    before, counted = len(server.output()), repeats(server)
    numbers = set()
    with screen(server, None) as tab:
        tab.open("")
        field = tab.widget("Identifiant")
        for _ in range(20):
            # JSON that cannot be read is an error of the framework.
            texts = tab.texts(tab.rerun([WidgetState(id=field, json_value="{")]))
            numbers |= set(re.findall(r"numéro ([0-9a-f]{8})", "\n".join(texts)))
    lines = [json.loads(line) for line in server.output()[before:].splitlines()]
    # There may be two: the message fails at one place of the framework the first time, at another one afterwards.
    assert 0 < len(numbers) <= 2
    assert {line["error"] for line in lines} == numbers
    assert len(lines) == len(numbers)
    assert all("Traceback" in line["traceback"] for line in lines)
    assert repeats(server) >= counted + 18
