"""The pages behind the links of a mail, on a real server: scanners change nothing, a press does, other requests fail."""

import re
from datetime import UTC, datetime
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from ror.services.reminders import send
from ror.settings import settings
from ror.store.engine.database import Database
from tests.harness import Server
from tests.region import CARDIAC, WARD, build, history, own_settings, rows, write
from tests.services.reminders import reminder_helpers
from tests.services.reminders.reminder_helpers import DAY, mail_server, token

__all__ = ["own_settings"]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ror.duckdb"


@pytest.fixture
def links(path, monkeypatch):
    """Send a mail about two late units, at any hour of the day, before a server opens the database; return its links."""
    db = Database(path)
    build(db)
    with mail_server(monkeypatch) as box:
        monkeypatch.setenv("ROR_REMINDER_HOURS", "0,24")
        settings.cache_clear()
        now = datetime.now(UTC)
        reminder_helpers.prepare(db, late=(), reachable=("camille",), now=now)
        for unit in (WARD, CARDIAC):
            write(db, unit, 4, now - 9 * DAY, comment="Aile <nord>" if unit == WARD else "")
        send.send_due(db, now)
        mail = reminder_helpers.received(box)["camille"]
    db.close()
    return {kind: f"/rappel/{kind}/{token(mail, kind)}" for kind in ("confirmer", "arreter")}


def request(server, method, path, body=None, **headers):
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    names = {"accept": "text/html", **{name.replace("_", "-"): value for name, value in headers.items()}}
    if method == "POST":
        names |= {"content-type": "application/x-www-form-urlencoded"}
    connection.request(method, path, body, names)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, answer.headers, text


def test_scanners_change_nothing_and_a_press_confirms_once(path, links):
    confirm, stop = links["confirmer"], links["arreter"]
    with Server(path) as server:
        for method in ("GET", "HEAD", "GET", "OPTIONS", "PUT"):
            status, headers, text = request(server, method, confirm)
            assert status == (200 if method in ("GET", "HEAD") else 405)
        status, headers, text = request(server, "GET", confirm)
        assert "Camille Exemple" in text
        assert "Médecine interne" in text
        assert "4 lits disponibles</span>, il y a 9 jours" in text
        assert "« Aile &lt;nord&gt; »" in text
        assert "Rien n&#x27;a changé : confirmer" in text
        assert re.findall("<form[^>]*>", text) == ['<form method="post">']
        assert "<script" not in text
        assert "form-action 'self'" in headers["content-security-policy"]
        assert "script-src" not in headers["content-security-policy"]
        assert (headers["cache-control"], headers["referrer-policy"]) == ("no-store", "no-referrer")
        assert headers["set-cookie"] is None
        assert request(server, "GET", stop)[0] == 200

        for one in ("", "x", "..%2f..", f"{'x' * 22}.{'y' * 43}"):
            assert request(server, "GET", f"/rappel/confirmer/{one}")[0] == 404

        # A press from a page of another site is refused, and so is a wrong link.
        assert request(server, "POST", confirm, "", sec_fetch_site="cross-site")[0] == 403
        wrong = confirm[:-2] + ("AA" if confirm[-2:] != "AA" else "BB")
        assert request(server, "POST", wrong, "")[0] == 404
        status, headers, text = request(server, "POST", confirm, "", sec_fetch_site="same-origin")
        assert (status, "unités confirmées à l&#x27;instant" in text) == (200, True)
        assert headers["set-cookie"] is None
        status, _, text = request(server, "POST", confirm, "")
        assert (status, "a déjà servi" in text) == (404, True)
        # A mail program unsubscribes in one click (RFC 8058).
        assert request(server, "POST", stop, "List-Unsubscribe=One-Click")[0] == 200
    db = Database(path)
    assert [kind for kind, _ in history(db, WARD)].count("confirmed") == 1
    assert [row[:2] for row in rows(db, "reminder_preference")] == [("camille", "off")]
    (used,) = rows(db, "reminder")
    assert used[1] == "camille"
    assert used[8] == "2"
    db.close()
