"""The cost of one visitor, at the size of an attack: bytes of log, bytes of memory, connections that stay open."""

import threading
import time
from pathlib import Path

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState

from ror.exchange.bulk_workbook import MAX_FILE_BYTES
from tests.attacks.helpers import screen, send_request, serving
from tests.attacks.test_slow_visitors import are_ended
from tests.attacks.test_uploads import addresses, send
from tests.faults.helpers import report
from tests.region import CAMILLE, own_settings

__all__ = ["own_settings"]

pytestmark = [pytest.mark.whole, pytest.mark.timeout(600)]

TABS, SECONDS = 10, 20.0
MAX_LOG_BYTES = 100_000
"""Bytes of log that those tabs may cause in that time: tracebacks of a few causes, once each."""

FILES = 40
MAX_MEMORY_BYTES = 100 * 2**20
"""Bytes that the server may take more than before, with files of 200 MB sent to it."""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("visitors")) as running:
        yield running


def memory(server):
    """Return the bytes of memory that the server uses."""
    return int(Path(f"/proc/{server.pid}/statm").read_text("ascii").split()[1]) * 4096


def test_tabs_that_nobody_signed_in_from_do_not_fill_the_log(server):
    before, done = len(server.output()), [0] * TABS

    def flood(number, deadline):
        with screen(server, None) as tab:
            tab.open("")
            field = tab.widget("Identifiant")
            while time.monotonic() < deadline:
                tab.rerun([WidgetState(id="abc", trigger_value=True), WidgetState(id=field, json_value="{")])
                tab.messages.clear()
                done[number] += 1

    threads = [threading.Thread(target=flood, args=(number, time.monotonic() + SECONDS)) for number in range(TABS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    written = len(server.output()) - before
    report(f"{sum(done)} reruns of {TABS} tabs that failed: {written} bytes of log.")
    assert min(done) > 5
    assert written < MAX_LOG_BYTES


def test_files_that_nobody_reads_do_not_stay_in_memory(server):
    with screen(server, CAMILLE) as tab:
        tab.open("mise-a-jour")
        before = memory(server)
        answers = [send(server, address, CAMILLE, MAX_FILE_BYTES - 1_000)[0] for address in addresses(tab, FILES)]
        taken = memory(server) - before
    report(f"{answers.count(204)} of {FILES} files taken: {taken / 2**20:.0f} MB more.")
    assert set(answers) == {204, 429}
    assert taken < MAX_MEMORY_BYTES


def test_hundreds_of_half_sent_requests_are_ended(server):
    assert are_ended(server, 500, 60)
    assert send_request(server, "/_stcore/health")[0] == 200
