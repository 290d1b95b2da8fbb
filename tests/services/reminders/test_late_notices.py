"""Late units posted to another system: a real server receives them, signed, once, without a person or a comment."""

import json
import threading
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ror import metrics
from ror.model.sending import RETRY_AFTER, MailState
from ror.services.reminders import notices, send
from ror.settings import settings
from tests.harness import free_port
from tests.region import CARDIAC, NOW, WARD, rows, write
from tests.services.reminders.reminder_helpers import DAY, HOUR, mail_server, prepare, sent

pytestmark = pytest.mark.usefixtures("region")

SECRET = "secret-of-the-notices-0123456789abcdef"


class Receiver:
    """A server that stores the posts that it receives; `status` is its answer, after `delay` seconds."""

    def __init__(self):
        self.posts, self.paths, self.status, self.delay = [], [], 204, threading.Event()
        self.waits = False


@contextmanager
def opened(monkeypatch):
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.posts.append((dict(self.headers), body))
            receiver.paths.append(self.path)
            if receiver.waits:
                receiver.delay.wait(30)
            self.send_response(receiver.status)
            if receiver.status == 302:
                self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("ROR_NOTIFY_URL", f"http://127.0.0.1:{server.server_port}/late")
    monkeypatch.setenv("ROR_NOTIFY_SECRET", SECRET)
    settings.cache_clear()
    try:
        yield receiver
    finally:
        receiver.delay.set()
        server.shutdown()
        server.server_close()


@pytest.fixture
def receiver(monkeypatch):
    with opened(monkeypatch) as receiver:
        yield receiver


def units(receiver):
    return [sorted(one["unit"] for one in json.loads(body)["units"]) for _, body in receiver.posts]


def test_late_units_are_posted_signed_without_a_person_or_a_comment(db, receiver):
    prepare(db, late=(WARD,))
    write(db, WARD, 4, NOW - 9 * DAY, comment="Madame Martin")
    before = metrics.LATE_NOTICES.labels("sent")._value.get()
    assert send.send_due(db, NOW).notices == {MailState.SENT: 1}
    ((headers, body),) = receiver.posts
    content = json.loads(body)
    assert content["units"] == [
        {"unit": WARD, "structure": "990750001", "department": "75", "declared_at": "2026-11-14T09:00:00+00:00"}
    ]
    assert (content["kind"], content["sheet"]) == ("late_units", "http://localhost:8501/mise-a-jour")
    assert headers[notices.SIGNATURE] == notices.signature(SECRET, headers[notices.TIME], body)
    assert headers[notices.SIGNATURE] != notices.signature(SECRET, headers[notices.TIME] + "0", body)
    for word in ("amille", "Martin", "exemple.fr"):
        assert word not in body.decode()
    assert metrics.LATE_NOTICES.labels("sent")._value.get() == before + 1


def test_a_unit_is_posted_once_for_each_of_its_last_numbers(db, receiver):
    prepare(db, late=(WARD,))
    for at in (timedelta(), HOUR, DAY):
        send.send_due(db, NOW + at)
    assert units(receiver)[:1] == [[WARD]]
    assert all(WARD not in posted for posted in units(receiver)[1:])
    write(db, WARD, 5, NOW - 8 * DAY)
    send.send_due(db, NOW)
    assert units(receiver)[-1] == [WARD]


def test_nothing_is_posted_out_of_hours_nor_without_an_address(db, receiver, monkeypatch):
    prepare(db, late=(WARD,))
    assert send.send_due(db, NOW + 10 * HOUR).notices == {}
    monkeypatch.setenv("ROR_NOTIFY_URL", "")
    settings.cache_clear()
    assert send.send_due(db, NOW).notices == {}
    assert receiver.posts == []


def test_what_was_refused_at_the_end_of_the_hours_waits_for_the_next_morning(db, receiver):
    prepare(db, late=(WARD,))
    receiver.status = 503
    assert send.send_due(db, NOW + 7 * HOUR + RETRY_AFTER).notices == {MailState.WAITING: 1}
    receiver.status = 204
    assert send.send_due(db, NOW + 8 * HOUR + RETRY_AFTER).notices == {}
    assert all(WARD not in posted for posted in units(receiver)[1:])
    send.send_due(db, NOW + 23 * HOUR)
    assert [WARD] in units(receiver)[1:]


def test_an_address_that_cannot_be_posted_to_stops_no_mail(db, monkeypatch, caplog):
    prepare(db, late=(WARD,), reachable=("camille",))
    monkeypatch.setenv("ROR_NOTIFY_URL", "http://127.0.0.1:99999/")
    with mail_server(monkeypatch) as box:
        assert set(sent(db, box)) == {"camille"}
    assert "Late units could not be posted" in caplog.text


def test_no_redirect_is_followed(db, receiver):
    prepare(db, late=(WARD,))
    receiver.status = 302
    assert send.send_due(db, NOW).notices == {MailState.REFUSED: 1}
    assert receiver.paths == ["/late"]


@pytest.mark.parametrize("refusal", [503, 429, "nobody listens"])
def test_what_was_refused_for_certain_is_posted_again_a_bounded_number_of_times(db, receiver, monkeypatch, refusal):
    prepare(db, late=(WARD, CARDIAC))
    if refusal == "nobody listens":
        monkeypatch.setenv("ROR_NOTIFY_URL", f"http://127.0.0.1:{free_port()}/")
        settings.cache_clear()
    else:
        receiver.status = refusal
    done = [dict(send.send_due(db, NOW + number * RETRY_AFTER).notices) for number in range(4)]
    assert done == [{MailState.WAITING: 1}, {MailState.WAITING: 1}, {MailState.REFUSED: 1}, {}]
    assert len(receiver.posts) == (0 if refusal == "nobody listens" else 3)


def test_a_unit_declared_since_is_not_posted_again(db, receiver):
    prepare(db, late=(WARD, CARDIAC))
    receiver.status = 503
    send.send_due(db, NOW)
    write(db, WARD, 5, NOW)
    receiver.status = 204
    send.send_due(db, NOW + RETRY_AFTER)
    assert units(receiver) == [sorted([WARD, CARDIAC]), [CARDIAC]]


def test_a_unit_late_by_another_number_has_a_notice_of_its_own_and_is_not_posted_twice(db, receiver):
    prepare(db, late=(WARD, CARDIAC))
    receiver.status = 503
    send.send_due(db, NOW)
    write(db, WARD, 5, NOW - 8 * DAY)
    receiver.status = 204
    send.send_due(db, NOW + RETRY_AFTER)
    assert units(receiver) == [sorted([WARD, CARDIAC]), [CARDIAC], [WARD]]


def test_a_notice_whose_units_were_all_declared_since_is_over(db, receiver):
    prepare(db, late=(WARD,))
    receiver.status = 503
    send.send_due(db, NOW)
    write(db, WARD, 5, NOW)
    assert send.send_due(db, NOW + RETRY_AFTER).notices == {}
    assert send.send_due(db, NOW + 2 * RETRY_AFTER).notices == {}
    assert len(receiver.posts) == 1


@pytest.mark.parametrize("status", [400, 500])
def test_another_refusal_is_final(db, receiver, status):
    prepare(db, late=(WARD,))
    receiver.status = status
    assert send.send_due(db, NOW).notices == {MailState.REFUSED: 1}
    assert send.send_due(db, NOW + RETRY_AFTER).notices == {}


def test_one_without_an_answer_in_time_may_have_arrived_and_is_not_posted_again(db, receiver, monkeypatch):
    prepare(db, late=(WARD,))
    monkeypatch.setattr(notices, "TIMEOUT_SECONDS", 0.3)
    receiver.waits = True
    assert send.send_due(db, NOW).notices == {MailState.DOUBTFUL: 1}
    assert send.send_due(db, NOW + RETRY_AFTER).notices == {}
    assert len(receiver.posts) == 1


def test_one_that_waits_is_not_posted_again_at_once(db, receiver):
    prepare(db, late=(WARD,))
    receiver.status = 503
    assert send.send_due(db, NOW).notices == {MailState.WAITING: 1}
    assert send.send_due(db, NOW + RETRY_AFTER / 2).notices == {}


def test_units_that_another_process_claimed_meanwhile_are_left_to_it(db, receiver, monkeypatch):
    position = write(db, WARD, 4, NOW - 9 * DAY).position
    claimed = iter([set(), {(WARD, position)}])
    monkeypatch.setattr(notices.late_notices, "noticed", lambda _: next(claimed))
    row = {"unit": WARD, "position": position}
    assert notices._claim_new(db, [row], NOW) is None
    assert rows(db, "late_notice") == []


def test_a_notice_that_another_process_claims_is_left_to_it(db, receiver):
    prepare(db, late=(WARD,))
    receiver.status = 503
    send.send_due(db, NOW)
    notice = rows(db, "late_notice")[0][0]
    with db.transaction() as transaction:
        notices.late_notices.claim_again(transaction, notice, NOW)
    done = notices.Counter()
    notices._post_again(db, notice, 2, [{}], NOW, done)
    assert (done, len(receiver.posts)) == ({}, 1)
