"""The forms of signed-out users (sign-in, second step, forgotten password, one-time link), and that of a new password."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from ror.services.accounts import links, second_factor, sign_in
from ror.settings import ROOT, settings
from ror.store import sessions
from ror.web import gate, session
from ror.web.demo_sign_in import LABELS
from tests.examples import page_examples
from tests.pages.conftest import signed_in, texts
from tests.pages.widgets import press
from tests.region import ADELE, CAMILLE, NOW, PASSWORD, rows

NEW = "brouillard pivoine 41"
MARKDOWN = "**gras** <b>b</b> [lien](http://x.example) :smile: $x$"


@pytest.fixture
def shell(region, monkeypatch):
    """Return a function that opens the service with a session ("" for none) and the parameters of an address."""

    def opened(login="", **parameters) -> AppTest:
        token = signed_in(region, login) if login else ""
        monkeypatch.setattr(session, "token", lambda: token)
        monkeypatch.setattr(session, "address", lambda: "192.0.2.7")
        screen = AppTest.from_file(str(ROOT / "ror/web/shell.py"), default_timeout=30)
        for key, value in parameters.items():
            screen.query_params[key] = value
        return screen.run()

    return opened


def fill(screen: AppTest, button: str, **values: str) -> AppTest:
    for key, value in values.items():
        screen.text_input(key=key).input(value)
    return press(screen, button)


def labels(screen: AppTest) -> list[str]:
    return [field.label for field in screen.text_input]


def autocomplete(screen: AppTest) -> dict[str, str]:
    return {field.label: field.proto.autocomplete for field in screen.text_input}


def redirection(screen: AppTest) -> dict[str, object]:
    """Return what the page sends the browser to, its address as `path`; {} when it stays."""
    components = screen.get("bidi_component")
    return json.loads(components[0].proto.json) if components else {}


def signed_in_account(region, screen: AppTest) -> str:
    """Return the id of the account signed in by the ticket that the browser was sent to."""
    path = str(redirection(screen)["path"])
    assert path.startswith("/session/open?ticket=")
    now = datetime.now(UTC)
    return sign_in.account_of(region, sign_in.open_session(region, path.partition("=")[2], now), now).id


def error(screen: AppTest) -> str:
    return "\n".join(one.value for one in screen.error)


def link_for(region, account=CAMILLE) -> str:
    return links.create_link(region, None, account.id, datetime.now(UTC)).rpartition("=")[2]


@pytest.fixture
def factor_secret(region) -> str:
    """Put a second factor in use for Camille; return the secret of its codes."""
    proposal = second_factor.propose(CAMILLE)
    second_factor.enrol(
        region, CAMILLE, proposal.secret, pyotp.TOTP(proposal.secret).at(NOW - timedelta(days=1)), NOW - timedelta(days=1)
    )
    return proposal.secret


# Signing in


def test_the_right_password_sends_the_browser_to_its_session_and_back_where_it_was(region, shell):
    screen = fill(shell(), "Se connecter", login="camille", password=PASSWORD)
    assert redirection(screen)["keep"]
    assert signed_in_account(region, screen) == "camille"


def test_a_wrong_password_gets_a_sentence_and_the_login_stays_typed(shell):
    screen = fill(shell(), "Se connecter", login="camille", password="wrong")
    assert "Identifiant ou mot de passe incorrect" in error(screen)
    assert screen.text_input(key="login").value == "camille"
    assert redirection(screen) == {}


@pytest.mark.parametrize(("login", "password"), [("", ""), ("camille", ""), ("  ", PASSWORD)])
def test_an_empty_field_gets_a_sentence_and_is_no_attempt(region, shell, login, password):
    screen = fill(shell(), "Se connecter", login=login, password=password)
    assert error(screen) == "Indiquez votre identifiant et votre mot de passe."
    assert (rows(region, "attempt"), rows(region, "journal")) == ([], [])


def test_only_a_closed_session_gets_the_sentence_about_its_end(region, shell):
    over = "Votre session est terminée : connectez-vous de nouveau."
    assert over not in texts(shell())
    screen = shell("camille")
    assert over not in texts(screen)
    with region.transaction() as transaction:
        sessions.close_sessions(transaction, CAMILLE.id, datetime.now(UTC))
    assert over in texts(screen.run())
    assert labels(screen) == ["Identifiant", "Mot de passe"]


def test_too_many_failures_get_a_sentence_with_the_delay(shell):
    screen = shell()
    for _ in range(6):
        fill(screen, "Se connecter", login="camille", password="wrong")
    assert "Attendez 1 seconde" in error(screen)


def test_failures_are_journalled_with_the_address_of_the_browser(region, shell):
    fill(shell(), "Se connecter", login="camille", password="wrong")
    assert [row[2] for row in rows(region, "origin")] == ["192.0.2.7"]


def test_the_fields_are_marked_for_password_managers(region, shell):
    assert autocomplete(shell()) == {"Identifiant": "username", "Mot de passe": "current-password"}
    chosen = {"Identifiant": "username", "Nouveau mot de passe": "new-password", "Le même, une seconde fois": "new-password"}
    assert autocomplete(shell(jeton=link_for(region))) == chosen


# The second step


def test_a_second_factor_follows_the_password_and_opens_the_session(region, shell, factor_secret):
    screen = fill(shell(), "Se connecter", login="camille", password=PASSWORD)
    assert autocomplete(screen) == {"Code": "one-time-code"}
    fill(screen, "Valider", code="000000")
    assert "Ce code n'est pas le bon" in error(screen)
    fill(screen, "Valider", code=pyotp.TOTP(factor_secret).now())
    assert signed_in_account(region, screen) == "camille"


def test_the_second_step_has_a_way_back_to_the_sign_in_form(shell, factor_secret):
    screen = fill(shell(), "Se connecter", login="camille", password=PASSWORD)
    press(screen, "Revenir à la connexion")
    assert labels(screen) == ["Identifiant", "Mot de passe"]


def test_an_expired_second_step_returns_to_the_sign_in_form_with_a_sentence(shell, factor_secret):
    screen = fill(shell(), "Se connecter", login="camille", password=PASSWORD)
    screen.session_state["pending"] = "forged"
    fill(screen, "Valider", code=pyotp.TOTP(factor_secret).now())
    assert "expiré" in error(screen)
    assert labels(screen) == ["Identifiant", "Mot de passe"]
    assert redirection(screen) == {}


# A forgotten password


def test_a_link_is_requested_by_login_or_mail_with_always_the_same_answer(region, shell, monkeypatch):
    monkeypatch.setenv("ROR_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("ROR_SMTP_PORT", "1")
    links.settings.cache_clear()
    screen = press(shell(), "Mot de passe oublié")
    answers = set()
    for login in ("camille", "unknown", MARKDOWN):
        fill(screen, "Recevoir un lien", forgotten_login=login)
        answers |= {one.value for one in screen.info}
        assert screen.text_input(key="forgotten_login").value == login
    assert len(answers) == 1
    fill(screen, "Recevoir un lien", forgotten_login=" ")
    assert "Indiquez votre identifiant" in error(screen)
    press(screen, "Revenir à la connexion")
    assert labels(screen) == ["Identifiant", "Mot de passe"]
    links.POST.submit(int).result(30)


def test_without_a_mail_server_the_support_gives_a_link(shell):
    screen = press(shell(), "Mot de passe oublié")
    assert links.NO_MAIL in texts(screen)
    assert labels(screen) == []


# A one-time link


@pytest.mark.parametrize("login", ["", "blanche"])
def test_a_link_shows_its_form_alone_to_any_visitor(region, shell, login):
    screen = shell(login, jeton=link_for(region))
    assert screen.text_input[0].value == "camille"
    assert "Se déconnecter" not in [button.label for button in screen.button]
    fill(screen, "Choisir ce mot de passe", new_password=NEW, new_password_again=NEW)
    assert not redirection(screen)["keep"], "the token leaves the address"
    assert signed_in_account(region, screen) == "camille"


@pytest.mark.parametrize(
    ("new", "again", "why"),
    [
        ("court", "court", "plus long"),
        (NEW, NEW + "x", "diffèrent"),
        ("camille et la pluie", "camille et la pluie", "« camille »"),
        ("", "", "plus long"),
    ],
)
def test_a_refused_password_gets_a_sentence_and_stays_typed(region, shell, new, again, why):
    screen = fill(shell(jeton=link_for(region)), "Choisir ce mot de passe", new_password=new, new_password_again=again)
    assert why in error(screen)
    assert (screen.text_input(key="new_password").value, screen.text_input(key="new_password_again").value) == (new, again)
    assert redirection(screen) == {}


def test_the_rules_are_shown_with_the_fields(region, shell):
    assert "12 caractères au moins" in texts(shell(jeton=link_for(region)))
    assert "16 caractères au moins" in texts(shell(jeton=link_for(region, ADELE)))


@pytest.mark.parametrize("token", ["x", "", MARKDOWN, "x" * 10_000])
def test_an_invalid_link_gets_a_sentence_and_a_way_to_the_sign_in_form(shell, token):
    screen = shell(jeton=token)
    assert "Demandez-en un nouveau" in error(screen)
    assert labels(screen) == []
    press(screen, "Revenir à la connexion")
    assert labels(screen) == ["Identifiant", "Mot de passe"]
    assert "jeton" not in screen.query_params


def test_a_link_leads_to_the_second_step_of_an_account_that_has_one(region, shell, factor_secret):
    screen = shell(jeton=link_for(region))
    fill(screen, "Choisir ce mot de passe", new_password=NEW, new_password_again=NEW)
    assert labels(screen) == ["Code"]
    assert "jeton" not in screen.query_params
    fill(screen, "Valider", code=pyotp.TOTP(factor_secret).now())
    assert signed_in_account(region, screen) == "camille"


# One's own password


def test_changing_the_password_keeps_this_browser_signed_in(region, page):
    screen = fill(
        page("mon_compte", "camille"),
        "Changer le mot de passe",
        old_password=PASSWORD,
        new_password=NEW,
        new_password_again=NEW,
    )
    assert redirection(screen)["keep"]
    assert signed_in_account(region, screen) == "camille"


def test_a_wrong_old_password_gets_a_sentence(page):
    screen = fill(
        page("mon_compte", "camille"), "Changer le mot de passe", old_password="wrong", new_password=NEW, new_password_again=NEW
    )
    assert "Le mot de passe actuel est incorrect" in error(screen)
    assert redirection(screen) == {}


# Any text


TYPED = st.text(st.characters(exclude_categories=("Cs",)), max_size=200) | st.sampled_from([MARKDOWN, "camille", "x" * 10_000])


@pytest.fixture
def sign_in_form(shell) -> AppTest:
    """Open the sign-in form, for many examples."""
    return shell()


@pytest.fixture
def second_step(shell) -> AppTest:
    """Open the second step of Camille, for many examples."""
    screen = shell()
    screen.session_state["pending"] = sign_in.accept_password(replace(CAMILLE, second_factor=True)).ticket
    return screen.run()


@pytest.fixture
def link_form(region, shell) -> AppTest:
    """Open the form of a one-time link, for many examples."""
    return shell(jeton=link_for(region))


@page_examples()
@given(login=TYPED, password=TYPED)
def test_any_text_typed_to_sign_in_is_refused_with_a_sentence(region, sign_in_form, login, password):
    screen = fill(sign_in_form, "Se connecter", login=login, password=password)
    assert error(screen)
    assert rows(region, "session") == []


@page_examples()
@given(code=TYPED)
def test_any_text_typed_as_a_code_is_refused_with_a_sentence(region, second_step, code):
    screen = fill(second_step, "Valider", code=code)
    assert error(screen)
    assert rows(region, "session") == []


@page_examples()
@given(new=TYPED, again=TYPED)
def test_any_two_texts_typed_as_passwords_are_refused_with_a_sentence(link_form, new, again):
    again += "x" * (new == again)
    screen = fill(link_form, "Choisir ce mot de passe", new_password=new, new_password_again=again)
    assert error(screen)
    assert redirection(screen) == {}


@pytest.mark.parametrize("demo", ["0", "1"])
def test_the_accounts_of_a_demonstration_have_buttons_there_alone_and_the_service_answers_them(shell, monkeypatch, demo):
    monkeypatch.setenv("ROR_DEMO", demo)
    settings.cache_clear()
    screen = shell()
    buttons = [button.label for button in screen.button if button.label in LABELS.values()]
    assert buttons == (list(LABELS.values()) if demo == "1" else [])
    assert len(screen.get("bidi_component")) == int(demo)
    if buttons:
        # The region of the tests has no such account: the answer is that of the form.
        press(screen, "Coordination")
        assert ["Identifiant ou mot de passe incorrect" in error.value for error in screen.error] == [True]


def test_only_a_page_that_was_drawn_whole_is_recorded_so(shell, monkeypatch):
    assert shell().session_state["page-drawn"]
    monkeypatch.setattr(gate, "render_sign_in", lambda: 1 / 0)
    assert not shell().session_state["page-drawn"]
