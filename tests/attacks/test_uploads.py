"""Uploaded files: accepted for the page of their account only, limited in bytes, and dropped when no page reads them."""

import re
from types import SimpleNamespace

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from ror.exchange.bulk_workbook import MAX_FILE_BYTES
from ror.web.server import uploads
from ror.web.server.uploads import FILES_PER_ACCOUNT, UNREAD_SECONDS, Uploads
from tests.attacks.helpers import cookie, screen, send_request, serving
from tests.attacks.test_owners import session_of
from tests.region import ADELE, CAMILLE, DOMINIQUE, own_settings

__all__ = ["own_settings"]

MAX_UPLOAD = MAX_FILE_BYTES + 2**16


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("uploads")) as running:
        yield running


def addresses(tab, count):
    """Return addresses to upload files to, requested as a page does."""
    request = BackMsg()
    request.file_urls_request.request_id = "1"
    request.file_urls_request.session_id = session_of(tab)
    request.file_urls_request.file_names.extend(f"{number}.csv" for number in range(count))
    tab._socket.send(request.SerializeToString())
    while (answer := ForwardMsg.FromString(tab._socket.recv(20))).WhichOneof("type") != "file_urls_response":
        pass
    return [one.upload_url for one in answer.file_urls_response.file_urls]


def send(server, address, account, size, method="PUT"):
    """Upload a file of `size` bytes, and return the status."""
    cookie_line = send_request(server, "/_stcore/health")[1]["set-cookie"]
    (token,) = re.findall(r"_streamlit_xsrf=([^;]+)", cookie_line)
    head = b'--b\r\nContent-Disposition: form-data; name="f"; filename="f.csv"\r\nContent-Type: text/csv\r\n\r\n'
    cookies = f"{cookie(account)}; _streamlit_xsrf={token}"
    body = head + b"x" * size + b"\r\n--b--\r\n"
    return send_request(
        server, address, method, body, cookie=cookies, x_xsrftoken=token, content_type="multipart/form-data; boundary=b"
    )


def test_what_an_account_sends_without_reading_it_is_bounded_whatever_its_pages(server):
    size, accepted = MAX_FILE_BYTES - 1_000, 0
    for _ in range(2):
        with screen(server, CAMILLE) as tab:
            tab.open("mise-a-jour")
            answers = [send(server, address, CAMILLE, size) for address in addresses(tab, 6)]
            accepted += sum(status == 204 for status, _, _ in answers)
            refused = {body.decode() for status, _, body in answers if status != 204}
            assert {status for status, _, _ in answers} <= {204, 429}
            assert all("Trop de fichiers attendent" in words for words in refused)
    assert accepted == FILES_PER_ACCOUNT


@pytest.mark.parametrize("account", [None, DOMINIQUE, ADELE], ids=["nobody", "who sends no file", "who imports"])
@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS"])
def test_the_files_of_another_page_are_out_of_reach(server, account, method):
    with screen(server, CAMILLE) as tab:
        tab.open("mise-a-jour")
        (address,) = addresses(tab, 1)
        assert send(server, address, account, 10, method)[0] == 403
        assert send(server, address, CAMILLE, 10, "DELETE")[0] == 204


@pytest.fixture
def process(monkeypatch, own_settings):
    """Return the uploads of one process, with a fake clock and a fake upload manager."""
    manager, now = MemoryUploadedFileManager("/upload"), [0.0]
    monkeypatch.setattr(uploads, "_manager", lambda: manager)
    stored = Uploads(lambda: now[0])
    monkeypatch.setattr(stored, "_schedule", lambda: None)

    def upload(session, file, size=10, account="camille"):
        if not stored.reserve(account, session, file, size, MAX_UPLOAD):
            return False
        manager.add_file(session, UploadedFileRec(file, "f", "text/csv", b"x" * size))
        stored.arrived(session, file)
        return True

    def is_stored(session, file):
        return bool(manager.get_files(session, [file]))

    return SimpleNamespace(stored=stored, manager=manager, now=now, upload=upload, is_stored=is_stored)


def test_what_no_page_reads_is_dropped_soon(process):
    assert process.upload("s", "f")
    process.now[0] += UNREAD_SECONDS + 1
    process.stored.drop_unread()
    assert not process.is_stored("s", "f")
    assert process.stored.bytes_waiting == 0


def test_what_a_page_reads_stays_until_the_page_is_idle_as_long_as_a_session_may_be(process):
    process.upload("s", "f")
    for _ in range(40):
        process.stored.read("s", "f")
        process.now[0] += UNREAD_SECONDS
        process.stored.drop_unread()
    assert process.is_stored("s", "f")
    process.now[0] += 30 * 60
    process.stored.drop_unread()
    assert not process.is_stored("s", "f")


@pytest.mark.parametrize("read_next", ["g", None], ids=["another file", "no file"])
def test_the_file_that_a_page_read_before_is_dropped_with_the_next(process, read_next):
    process.upload("s", "f")
    process.stored.read("s", "f")
    process.upload("s", "g")
    process.stored.read("s", read_next)
    # The file that has just arrived stays: the next rerun reads it.
    assert (process.is_stored("s", "f"), process.is_stored("s", "g")) == (False, True)


def test_a_file_that_does_not_come_whole_frees_its_room(process):
    for number in range(100):
        assert process.stored.reserve("camille", "s", str(number), MAX_UPLOAD, MAX_UPLOAD)
        process.stored.arrived("s", str(number))
    assert process.stored.bytes_waiting == 0


def test_the_same_file_is_not_sent_twice_at_once(process):
    assert process.stored.reserve("camille", "s", "f", 10, MAX_UPLOAD)
    assert not process.stored.reserve("camille", "s", "f", 10, MAX_UPLOAD)


def test_what_waits_is_bounded_in_all(process, monkeypatch):
    monkeypatch.setattr(uploads, "MAX_BYTES", 1_000)
    accepted = [process.upload("s", str(number), 100, f"account {number}") for number in range(20)]
    assert accepted == [True] * 10 + [False] * 10


def test_what_streamlit_dropped_with_its_session_is_forgotten(process):
    process.upload("s", "f", MAX_UPLOAD)
    process.upload("s", "g", MAX_UPLOAD)
    assert not process.upload("t", "h")
    process.manager.remove_session_files("s")
    assert process.upload("t", "h")
