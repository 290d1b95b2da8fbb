"""Cookies and tickets that were forged, cut, copied, kept too long or used twice give no access."""

import hashlib
import time
from datetime import UTC, datetime, timedelta

import pytest
from itsdangerous import URLSafeTimedSerializer

from ror.services.accounts import sign_in, tickets
from ror.store import sessions
from ror.store.engine.database import Database
from tests.attacks.helpers import cookie, open_for, prepare, press_state, screen, send_request, serving, token
from tests.harness import Screen
from tests.region import CAMILLE, CORALIE, DISABLED, DOMINIQUE, Account, own_settings

__all__ = ["own_settings"]

MINE = token(CORALIE)
SECRET = "secret-of-the-tests-0123456789abcdef"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
# The account, the age of its session, the age of its last user act.
AGES = {
    "idle": (30 * MINUTE, 31 * MINUTE, 31 * MINUTE),
    "busy-but-old": (13 * HOUR, 12 * HOUR + MINUTE, MINUTE),
    "awake": (HOUR, HOUR, 29 * MINUTE),
    "long-day": (12 * HOUR, 11 * HOUR + 59 * MINUTE, MINUTE),
}


def account_of(name):
    return Account(f"{CORALIE.id}-{name}", name, name, CORALIE.roles)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cookies")
    prepare(folder / "ror.duckdb")
    db, now = Database(folder / "ror.duckdb"), datetime.now(UTC)
    with db.transaction() as transaction:
        for name, (_, opened, idle) in AGES.items():
            token_hash = hashlib.sha256(token(account_of(name)).encode()).hexdigest()
            sessions.open_session(transaction, token_hash, CORALIE.id, now - opened)
            sessions.touch_session(transaction, token_hash, now - idle)
    open_for(db, DISABLED)
    db.close()
    with serving(folder) as running:
        yield running


def opens(server, header):
    """Return whether a cookie opens the screens and the files; assert that it opens both or neither."""
    with Screen(server.url, cookie=header or None) as tab:
        tab.open("departements")
        inside = tab.shows("Consultation par département")
        assert inside != tab.shows("Se connecter")
    assert (send_request(server, "/media/abc.csv", cookie=header)[0] == 404) == inside
    return inside


def test_the_cookie_of_an_open_session_opens_the_screens(server):
    assert opens(server, cookie(CORALIE))


@pytest.mark.parametrize(
    "forged",
    [
        "",
        MINE[:-1],
        MINE[1:],
        f"{MINE}A",
        MINE.swapcase(),
        hashlib.sha256(MINE.encode()).hexdigest(),
        "A" * 43,
        "' OR '1'='1",
        "%",
        f"{MINE}%00",
        f"{MINE}é",
        "x" * 4000,
    ],
)
def test_a_forged_or_cut_cookie_opens_nothing(server, forged):
    assert not opens(server, f"ror_session={forged}")


@pytest.mark.parametrize("name", ["Ror_session", "ror_session2", "_streamlit_user", "__Host-ror_session"])
def test_the_token_under_another_name_opens_nothing(server, name):
    assert not opens(server, f"{name}={MINE}")


@pytest.mark.parametrize(("name", "alive"), [("idle", False), ("busy-but-old", False), ("awake", True), ("long-day", True)])
def test_a_session_ends_after_30_minutes_without_a_user_act_and_after_12_hours_in_any_case(server, name, alive):
    assert opens(server, cookie(account_of(name))) == alive


def test_the_session_of_a_disabled_account_opens_nothing(server):
    assert not opens(server, cookie(DISABLED))


def test_a_cookie_copied_before_sign_out_is_worth_nothing_after_in_any_tab(server):
    with screen(server, DOMINIQUE) as tab, screen(server, DOMINIQUE) as other:
        tab.open("departements")
        other.open("structures")
        assert tab.shows("Consultation par département")
        assert other.shows("Consultation par structure")
        tab.rerun([press_state(tab, "Se déconnecter")])
        texts = other.texts(other.rerun())
        assert any("Se connecter" in words for words in texts)
        assert not any("Rechercher une structure" in words for words in texts)
    assert not opens(server, cookie(DOMINIQUE))
    status, headers, _ = send_request(server, "/session/close", cookie=cookie(DOMINIQUE))
    assert status == 303
    assert 'ror_session=""' in headers["set-cookie"]


def exchange_ticket(server, ticket):
    """Exchange a ticket, and return the cookie that the response sets; None without one, when the form says why."""
    status, headers, _ = send_request(server, f"/session/open?ticket={ticket}&next=/aide")
    assert (status, headers["location"]) == (303, "/aide" if "set-cookie" in headers else "/aide?connexion=expiree")
    return headers.get("set-cookie")


def test_a_ticket_serves_once(server):
    ticket = sign_in.ticket_for(CAMILLE)
    assert exchange_ticket(server, ticket).startswith("ror_session=")
    assert exchange_ticket(server, ticket) is None


def test_a_ticket_pressed_twice_leaves_the_session_that_it_opened_without_a_message(server):
    ticket = sign_in.ticket_for(CAMILLE)
    opened = exchange_ticket(server, ticket).partition(";")[0]
    status, headers, _ = send_request(server, f"/session/open?ticket={ticket}&next=/aide", cookie=opened)
    assert (status, headers["location"], "set-cookie" in headers) == (303, "/aide", False)


def test_a_ticket_serves_for_30_seconds(server, monkeypatch):
    now = time.time()
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: now - tickets.SESSION.seconds - 2)
    old = sign_in.ticket_for(CAMILLE)
    monkeypatch.undo()
    assert exchange_ticket(server, old) is None


def test_a_ticket_of_a_disabled_account_opens_nothing(server):
    assert exchange_ticket(server, sign_in.ticket_for(DISABLED)) is None


def test_a_ticket_of_an_account_that_does_not_exist_opens_nothing(server):
    assert exchange_ticket(server, sign_in.ticket_for(account_of("inconnue"))) is None


@pytest.mark.parametrize(
    ("secret", "salt"), [(SECRET + "x", "sign-in"), (SECRET[:-1], "sign-in"), (SECRET, "second-step"), (SECRET, "")]
)
def test_a_ticket_signed_otherwise_opens_nothing(server, secret, salt):
    assert exchange_ticket(server, URLSafeTimedSerializer(secret, salt=salt).dumps([CAMILLE.id, "0" * 32])) is None


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_ticket_that_was_changed_opens_nothing(server, part):
    ticket = sign_in.ticket_for(CAMILLE).split(".")
    # The first letter: the last one of a part may encode bits that are not read.
    ticket[part] = ("B" if ticket[part][0] != "B" else "C") + ticket[part][1:]
    assert exchange_ticket(server, ".".join(ticket)) is None


@pytest.mark.parametrize(
    "payload", [[], ["camille"], "camille", None, 3, {"a": 1}, ["camille", "x", "y"], [None, None], [["camille"], "x"]]
)
def test_a_ticket_of_another_shape_opens_nothing(server, payload):
    ticket = URLSafeTimedSerializer(SECRET, salt="sign-in").dumps(payload)
    status, headers, _ = send_request(server, f"/session/open?ticket={ticket}")
    assert status in (303, 500)
    assert "set-cookie" not in headers
