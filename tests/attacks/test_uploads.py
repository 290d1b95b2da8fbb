"""Files that somebody sends: to their own page alone, so many bytes at once, and gone when no page reads them."""

import re
from types import SimpleNamespace

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from ror.exchange.declarations_file import LARGEST_FILE
from ror.web.server import uploads
from ror.web.server.uploads import FILES_PER_ACCOUNT, UNREAD_SECONDS, Uploads
from tests.attacks.helpers import cookie, screen, send_request, serving
from tests.attacks.test_owners import session_of
from tests.region import ADELE, CAMILLE, DOMINIQUE, own_settings

__all__ = ["own_settings"]

LARGEST = LARGEST_FILE + 2**16


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("uploads")) as running:
        yield running


def addresses(tab, count):
    """Return addresses to upload files to, as the page gets them."""
    request = BackMsg()
    request.file_urls_request.request_id = "1"
    request.file_urls_request.session_id = session_of(tab)
    request.file_urls_request.file_names.extend(f"{number}.csv" for number in range(count))
    tab._socket.send(request.SerializeToString())
    while (answer := ForwardMsg.FromString(tab._socket.recv(20))).WhichOneof("type") != "file_urls_response":
        pass
    return [one.upload_url for one in answer.file_urls_response.file_urls]


def send(server, address, account, size, method="PUT"):
    """Upload so many bytes, and return the status."""
    given = send_request(server, "/_stcore/health")[1]["set-cookie"]
    (token,) = re.findall(r"_streamlit_xsrf=([^;]+)", given)
    head = b'--b\r\nContent-Disposition: form-data; name="f"; filename="f.csv"\r\nContent-Type: text/csv\r\n\r\n'
    cookies = f"{cookie(account)}; _streamlit_xsrf={token}"
    body = head + b"x" * size + b"\r\n--b--\r\n"
    return send_request(
        server, address, method, body, cookie=cookies, x_xsrftoken=token, content_type="multipart/form-data; boundary=b"
    )


def test_what_an_account_sends_without_reading_it_is_bounded_whatever_its_pages(server):
    size, taken = LARGEST_FILE - 1_000, 0
    for _ in range(2):
        with screen(server, CAMILLE) as tab:
            tab.open("mise-a-jour")
            answers = [send(server, address, CAMILLE, size) for address in addresses(tab, 6)]
            taken += sum(status == 204 for status, _, _ in answers)
            refused = {body.decode() for status, _, body in answers if status != 204}
            assert {status for status, _, _ in answers} <= {204, 429}
            assert all("Trop de fichiers attendent" in words for words in refused)
    assert taken == FILES_PER_ACCOUNT


@pytest.mark.parametrize("account", [None, DOMINIQUE, ADELE], ids=["nobody", "who sends no file", "who imports"])
@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS"])
def test_the_files_of_another_page_are_out_of_reach(server, account, method):
    with screen(server, CAMILLE) as tab:
        tab.open("mise-a-jour")
        (address,) = addresses(tab, 1)
        assert send(server, address, account, 10, method)[0] == 403
        assert send(server, address, CAMILLE, 10, "DELETE")[0] == 204


@pytest.fixture
def waiting(monkeypatch, own_settings):
    """Return the uploads of one process, with a fake clock and a fake upload manager."""
    manager, now = MemoryUploadedFileManager("/upload"), [0.0]
    monkeypatch.setattr(uploads, "_manager", lambda: manager)
    stored = Uploads(lambda: now[0])
    monkeypatch.setattr(stored, "_schedule", lambda: None)

    def come(session, file, size=10, account="camille"):
        if not stored.reserve(account, session, file, size, LARGEST):
            return False
        manager.add_file(session, UploadedFileRec(file, "f", "text/csv", b"x" * size))
        stored.arrived(session, file)
        return True

    def there(session, file):
        return bool(manager.get_files(session, [file]))

    return SimpleNamespace(stored=stored, manager=manager, now=now, come=come, there=there)


def test_what_no_page_reads_is_dropped_soon(waiting):
    assert waiting.come("s", "f")
    waiting.now[0] += UNREAD_SECONDS + 1
    waiting.stored.drop_unread()
    assert not waiting.there("s", "f")
    assert waiting.stored.bytes_waiting == 0


def test_what_a_page_reads_stays_until_the_page_is_idle_as_long_as_a_session_may_be(waiting):
    waiting.come("s", "f")
    for _ in range(40):
        waiting.stored.read("s", "f")
        waiting.now[0] += UNREAD_SECONDS
        waiting.stored.drop_unread()
    assert waiting.there("s", "f")
    waiting.now[0] += 30 * 60
    waiting.stored.drop_unread()
    assert not waiting.there("s", "f")


@pytest.mark.parametrize("then", ["g", None], ids=["another file", "no file"])
def test_the_file_that_a_page_read_before_is_dropped_with_the_next(waiting, then):
    waiting.come("s", "f")
    waiting.stored.read("s", "f")
    waiting.come("s", "g")
    waiting.stored.read("s", then)
    # The one that has just come is read by the rerun that follows it.
    assert (waiting.there("s", "f"), waiting.there("s", "g")) == (False, True)


def test_a_file_that_does_not_come_whole_frees_its_room(waiting):
    for number in range(100):
        assert waiting.stored.reserve("camille", "s", str(number), LARGEST, LARGEST)
        waiting.stored.arrived("s", str(number))
    assert waiting.stored.bytes_waiting == 0


def test_the_same_file_is_not_sent_twice_at_once(waiting):
    assert waiting.stored.reserve("camille", "s", "f", 10, LARGEST)
    assert not waiting.stored.reserve("camille", "s", "f", 10, LARGEST)


def test_what_waits_is_bounded_in_all(waiting, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_BYTES", 1_000)
    taken = [waiting.come("s", str(number), 100, f"account {number}") for number in range(20)]
    assert taken == [True] * 10 + [False] * 10


def test_what_streamlit_dropped_with_its_session_is_forgotten(waiting):
    waiting.come("s", "f", LARGEST)
    waiting.come("s", "g", LARGEST)
    assert not waiting.come("t", "h")
    waiting.manager.remove_session_files("s")
    assert waiting.come("t", "h")
