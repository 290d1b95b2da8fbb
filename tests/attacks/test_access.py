"""Each page and each route, requested by each role and signed out: what is not allowed is not served."""

import pytest
from starlette.routing import WebSocketRoute
from streamlit.web.server.starlette.starlette_app import create_streamlit_routes

from ror.model.rights import ALLOWED, Action
from ror.settings import PAGES
from ror.web.screens import SCREENS
from tests.attacks.helpers import ROLES, cookie, screen, send_request, serving
from tests.region import own_settings

__all__ = ["own_settings"]

# The action that each page needs, and words that stand on that page alone.
NEEDS = {
    "accueil": (Action.ENTER, ""),
    "aide": (Action.ENTER, "Être habilité"),
    "mon_compte": (Action.ENTER, "Second facteur"),
    "departements": (Action.CONSULT, "Consultation par département"),
    "structures": (Action.CONSULT, "Consultation par structure"),
    "tendances": (Action.CONSULT, "Tendances"),
    "comment_on_le_sait": (Action.CONSULT, "Comment on le sait"),
    "alertes": (Action.CONSULT, "Mes alertes"),
    "mise_a_jour": (Action.DECLARE, "dans votre périmètre, dont"),
    "coordination": (Action.COORDINATE, "Coordination"),
    "administration": (Action.MANAGE_ACCOUNTS, "Administration"),
}
# The statuses of each route of ours: signed out, for accounts that may consult, for accounts that may not.
ROUTES = {
    "/session/open": (303, 303, 303),
    "/session/close": (303, 303, 303),
    "/live": (403, 101, 403),
    # Open to all: the sign-in form also shows when the server does not answer.
    "/pulse": (101, 101, 101),
    "/oidc/start": (404, 404, 404),
    "/oidc/callback": (404, 404, 404),
    # Only a valid token in the address opens them.
    "/rappel/confirmer/{token}": (404, 404, 404),
    "/rappel/arreter/{token}": (404, 404, 404),
    "/rappel/{other:path}": (404, 404, 404),
    # The wall: its page holds no data, its content is for displays (tests/attacks/test_displays.py) and those who create them.
    "/mur": (200, 200, 200),
    # Opened by POST alone.
    "/mur/ouvrir": (404, 404, 404),
    "/mur/contenu": (403, 200, 403),
    "/mur/direct": (403, 101, 403),
    "/mur/{other:path}": (404, 404, 404),
    "/healthz": (200, 200, 200),
    "/readyz": (200, 200, 200),
    "/metrics": (200, 200, 200),
    "/outlines/{version}/{codes}.json": (200, 200, 200),
    "/outlines/{version}/plane/{codes}.json": (200, 200, 200),
    # They redirect to the description of the interface; the routes under them are in test_tokens.py.
    **dict.fromkeys(("/api", "/api/", "/fhir", "/fhir/"), (307, 307, 307)),
}
# The action that a route requires, where it is not to consult.
ROUTE_NEEDS = dict.fromkeys(("/mur/contenu", "/mur/direct"), Action.MANAGE_DISPLAYS)
# The status of the metrics, requested from this machine, by the header of the request.
METRICS = {
    "": 200,
    "x-forwarded-for: 127.0.0.1": 404,
    "x-forwarded-proto: https": 404,
    "forwarded: for=127.0.0.1": 404,
    "x-real-ip: 127.0.0.1": 404,
    "host: ailleurs.example": 421,
}
REFUSED = "ne donne pas accès à cet écran"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("access")) as running:
        yield running


def address(page):
    """Return the path of a page in the address bar."""
    return next((one.address for one in SCREENS if one.file == page), "")


def allowed(role, action):
    account = ROLES[role]
    return account is not None and bool(account.roles & ALLOWED[action])


def test_every_page_is_in_the_table():
    assert {path.stem for path in PAGES.glob("*.py")} == NEEDS.keys()


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("page", NEEDS)
def test_a_page_is_served_only_to_the_roles_that_allow_it(server, page, role):
    action, words = NEEDS[page]
    with screen(server, ROLES[role]) as tab:
        for texts in (tab.texts(tab.open(address(page))), tab.texts(tab.rerun())):
            assert ("Se connecter" in texts) == (role == "nobody")
            if words:
                assert any(REFUSED in one for one in texts) == (role != "nobody" and not allowed(role, action))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("page", [page for page, (_, words) in NEEDS.items() if words])
def test_the_words_of_a_page_reach_only_those_whose_role_allows_it(server, page, role):
    action, words = NEEDS[page]
    with screen(server, ROLES[role]) as tab:
        messages = tab.open(address(page))
        bodies = [one for one in messages if one.HasField("delta")]
        assert tab.shows(words, bodies) == allowed(role, action)


def test_every_route_of_streamlit_was_decided():
    from app import app

    served = {route.path for route in create_streamlit_routes(app._create_runtime())}
    assert served == {
        "/_stcore/health",
        "/_stcore/metrics",
        "/_stcore/host-config",
        "/media/{file_id:path}",
        "/_stcore/upload_file/{session_id}/{file_id}",
        "/component/{path:path}",
        "/_stcore/bidi-components/{path:path}",
        "/_stcore/stream",
        "/auth/login",
        "/auth/logout",
        "/oauth2callback",
        "/_stcore/agent/interact",
        "/_stcore/agent/openapi.json",
        "/_stcore/agent/mcp",
        "",
    }


def test_every_route_of_ours_is_in_the_table():
    from app import app

    assert {route.path for route in app._user_routes} == ROUTES.keys()


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("path", ROUTES)
def test_a_route_answers_each_role_with_the_status_of_the_table(server, path, role):
    from app import app

    route = next(route for route in app._user_routes if route.path == path)
    upgrade = {}
    if isinstance(route, WebSocketRoute):
        upgrade = {
            "connection": "Upgrade",
            "upgrade": "websocket",
            "sec_websocket_version": "13",
            "sec_websocket_key": "x" * 22 + "==",
            "origin": server.url,
        }
    status, headers, _ = send_request(server, path, cookie=cookie(ROLES[role]), **upgrade)
    assert status == ROUTES[path][0 if role == "nobody" else 1 if allowed(role, ROUTE_NEEDS.get(path, Action.CONSULT)) else 2]
    assert "ror_session=" not in headers.get("set-cookie", "").replace('ror_session=""', "")


@pytest.mark.parametrize(("header", "expected"), METRICS.items())
def test_the_metrics_are_read_on_this_machine_and_not_through_a_proxy(server, header, expected):
    name, _, value = header.partition(": ")
    status, _, body = send_request(server, "/metrics", **({name: value} if name else {}))
    assert status == expected
    assert (b"ror_open_pages" in body) == (expected == 200)


def test_the_metrics_need_the_token(tmp_path):
    with serving(tmp_path, ROR_METRICS_TOKEN="jeton-des-essais") as running:
        shown = ["", "Bearer", "Bearer ", "Bearer jeton", "Basic jeton-des-essais", "Bearer jeton-des-essais-non"]
        assert {send_request(running, "/metrics", authorization=one)[0] for one in shown} == {404}
        assert send_request(running, "/metrics")[0] == 404
        through = send_request(running, "/metrics", authorization="Bearer jeton-des-essais", x_forwarded_for="192.0.2.7")
        assert through[0] == 200
