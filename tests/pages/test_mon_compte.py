"""The page « Mon compte »: identity, second factor, personal data and sessions."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.model.rights import Narrowing, Role
from ror.services import journal
from ror.services.accounts import second_factor, sign_in
from ror.settings import settings
from ror.store import accounts
from ror.web import session
from tests.examples import page_examples
from tests.pages.conftest import texts
from tests.pages.widgets import field, press
from tests.region import ADELE, BLANCHE, CAMILLE, DOMINIQUE, PASSWORD, rows

CODE = re.compile(r"<code>((?:[0-9A-Z]{4}-){3}[0-9A-Z]{4})</code>")


def now_code(secret):
    return pyotp.TOTP(secret).at(datetime.now(UTC))


def buttons(screen):
    return [one.label for one in screen.button]


def propose_secret(screen):
    """Press the button that proposes a secret; return the screen and the secret shown."""
    screen = press(screen, "Activer un second facteur")
    return screen, re.search(r"<code>([A-Z2-7 ]+)</code>", texts(screen))[1].replace(" ", "")


def enrol_factor(db, account=DOMINIQUE):
    """Put a second factor in use for an account; return one of its recovery codes."""
    secret = second_factor.propose(account).secret
    return second_factor.enrol(db, account, secret, now_code(secret), datetime.now(UTC))[0]


@pytest.fixture
def files(monkeypatch):
    """Return a list that gets, for each download button drawn, the function that creates its file."""
    files, deferred_file = [], session.deferred_file

    def recorded(create):
        files.append(deferred_file(create))
        return files[-1]

    monkeypatch.setattr(session, "deferred_file", recorded)
    return files


@pytest.mark.parametrize(
    ("login", "words"),
    [
        ("camille", ["Camille Exemple", "Responsable de disponibilités", "Groupe hospitalier fictif des Tilleuls (990000101)"]),
        ("blanche", ["Structure : Hôpital fictif des Tilleuls (990750001)", "Résidence fictive des Ormes"]),
        ("claude", ["Unité : Hôpital de jour - Hôpital fictif des Tilleuls", "Soins à domicile"]),
        ("dominique", ["Dominique Témoin", "Professionnel de santé"]),
        ("coralie", ["Coralie Repère", "Coordonnateur"]),
        ("adele", ["Adèle Gabarit", "Administrateur"]),
    ],
)
def test_every_role_reads_its_own_identity(page, region, login, words):
    screen = page("mon_compte", login)
    assert not screen.exception
    assert not [word for word in words if word not in texts(screen)]
    of_managers = {"Enregistrer ce choix", "Nommer ce suppléant"} if login in ("camille", "blanche", "claude") else set()
    everybodys = {"Changer le mot de passe", "Activer un second facteur", "Fermer toutes mes sessions"}
    assert everybodys | of_managers == set(buttons(screen))


def test_a_perimeter_is_shown_to_those_who_have_one(page, region):
    assert "Périmètre" in texts(page("mon_compte", "camille"))
    assert "Périmètre" not in texts(page("mon_compte", "dominique"))


@pytest.mark.parametrize(("numbers", "words"), [({"990750001"}, "périmètre : 990750001."), (set(), "périmètre : aucun.")])
def test_a_session_that_single_sign_on_narrowed_says_in_which_structures_it_declares(page, region, monkeypatch, numbers, words):
    screen = page("mon_compte", "blanche")
    assert "Connexion unique" not in texts(screen)
    token = sign_in.open_session(region, sign_in.ticket_for(BLANCHE), datetime.now(UTC), Narrowing(finess=frozenset(numbers)))
    monkeypatch.setattr(session, "token", lambda: token)
    assert words in texts(screen.run())


def test_a_name_made_of_html_is_text(page, region):
    with region.transaction() as transaction:
        accounts.change(transaction, replace(DOMINIQUE, name="<script>alert(1)</script>", mail="<b>@x"))
    shown = texts(page("mon_compte", "dominique"))
    assert "&lt;script&gt;" in shown
    assert "<script>" not in shown
    assert "<b>@x" not in shown


def test_a_second_factor_is_put_in_use_by_a_code_of_the_key_shown(page, region):
    screen, secret = propose_secret(page("mon_compte", "dominique"))
    assert 'src="data:image/svg+xml' in texts(screen)
    assert field(screen, "Code à six chiffres").proto.autocomplete == "one-time-code"
    field(screen, "Code à six chiffres").set_value(now_code(secret))
    screen = press(screen, "Activer")
    assert not screen.exception
    assert "Votre second facteur est actif." in texts(screen)
    codes = CODE.findall(texts(screen))
    assert len(set(codes)) == 10
    with region.transaction() as transaction:
        assert second_factor.verify(transaction, DOMINIQUE.id, codes[0], datetime.now(UTC))


def test_recovery_codes_are_shown_once_and_can_be_downloaded(page, region, files):
    screen, secret = propose_secret(page("mon_compte", "dominique"))
    field(screen, "Code à six chiffres").set_value(now_code(secret))
    screen = press(screen, "Activer")
    codes = CODE.findall(texts(screen))
    assert [line for line in files[-2]().decode().split("\r\n") if "-" in line][1:] == codes
    screen = press(screen, "J'ai gardé ces codes")
    assert not CODE.findall(texts(screen))
    assert "Codes de secours restants : 10 sur 10." in texts(screen)
    assert not CODE.findall(texts(page("mon_compte", "dominique")))


def test_a_proposal_is_not_stored_and_can_be_abandoned(page, region):
    screen, secret = propose_secret(page("mon_compte", "dominique"))
    assert rows(region, "second_factor") == []
    screen = press(screen, "Abandonner")
    assert "Activer un second facteur" in buttons(screen)
    _, another = propose_secret(screen)
    assert another != secret


def test_the_key_stays_the_same_until_it_is_in_use(page, region):
    screen, secret = propose_secret(page("mon_compte", "dominique"))
    field(screen, "Code à six chiffres").set_value("000000")
    screen = press(screen, "Activer")
    assert "Ce code n'est pas le bon" in texts(screen)
    assert field(screen, "Code à six chiffres").value == "000000"
    assert f"<code>{secret[:4]} {secret[4:8]}" in texts(screen)


def test_a_second_factor_is_removed_by_a_code(page, region):
    code = enrol_factor(region)
    screen = page("mon_compte", "dominique")
    assert "<b>Actif.</b>" in texts(screen)
    field(screen, "Code de votre application").set_value(f" {code.lower()} ")
    screen = press(screen, "Retirer le second facteur")
    assert "Votre second facteur est retiré." in texts(screen)
    assert rows(region, "second_factor") == []


def test_a_wrong_code_removes_nothing_and_stays_typed(page, region):
    enrol_factor(region)
    screen = page("mon_compte", "dominique")
    field(screen, "Code de votre application").set_value("123 456")
    screen = press(screen, "Retirer le second facteur")
    assert "Ce code n'est pas le bon" in texts(screen)
    assert field(screen, "Code de votre application").value == "123 456"
    assert len(rows(region, "second_factor")) == 1


def test_wrong_codes_cause_a_delay(page, region):
    enrol_factor(region)
    screen = page("mon_compte", "dominique")
    for _ in range(6):
        field(screen, "Code de votre application").set_value("123456")
        screen = press(screen, "Retirer le second facteur")
    assert re.search(r"Trop de codes faux\. Attendez \d+ secondes? avant", texts(screen))


def test_new_recovery_codes_are_created_with_a_code(page, region):
    code = enrol_factor(region)
    screen = page("mon_compte", "dominique")
    field(screen, "Code de votre application").set_value(code)
    screen = press(screen, "Nouveaux codes de secours")
    assert "Vos anciens codes de secours ne servent plus." in texts(screen)
    assert code not in CODE.findall(texts(screen))
    assert len(CODE.findall(texts(screen))) == 10


def test_few_remaining_recovery_codes_get_a_warning(page, region):
    secret = second_factor.propose(DOMINIQUE).secret
    codes = second_factor.enrol(region, DOMINIQUE, secret, now_code(secret), datetime.now(UTC))
    with region.transaction() as transaction:
        assert all(second_factor.verify(transaction, DOMINIQUE.id, code, datetime.now(UTC)) for code in codes[:7])
    assert "peu de codes de secours" in texts(page("mon_compte", "dominique"))


def test_an_administrator_gets_a_warning_when_a_second_factor_is_required(page, region, monkeypatch):
    monkeypatch.setenv("ROR_ADMINISTRATOR_SECOND_FACTOR", "1")
    settings.cache_clear()
    screen = page("mon_compte", "adele")
    assert screen.warning[0].value.startswith("L'administration demande un second facteur")
    enrol_factor(region, ADELE)
    screen = page("mon_compte", "adele")
    assert not screen.warning
    assert "Retirer le second facteur" not in buttons(screen)
    assert not page("mon_compte", "dominique").warning


def test_an_account_downloads_its_own_data(page, region, files):
    page("mon_compte", "camille")
    data = json.loads(files[-1]())
    assert data["compte"]["identifiant"] == "camille"
    # The session was opened by the fixture, within this process; the download is journalled from the visitor's address.
    assert [line["adresse"] for line in data["adresses_reseau"]] == [journal.CONSOLE, "192.0.2.7"]


def test_data_are_not_given_after_the_end_of_the_session(page, region, files):
    screen = page("mon_compte", "camille")
    press(screen, "Fermer toutes mes sessions")
    for file in files:
        assert file().decode() == "Votre session est terminée : connectez-vous de nouveau."


def test_all_sessions_of_the_account_alone_are_closed(page, region):
    page("mon_compte", "blanche")
    elsewhere, theirs = session.token(), datetime.now(UTC)
    page("mon_compte", "camille")
    first = session.token()
    screen = press(page("mon_compte", "camille"), "Fermer toutes mes sessions")
    assert not screen.exception
    assert "Second facteur" not in texts(screen)
    assert sign_in.account_of(region, first, theirs) is None
    assert sign_in.account_of(region, session.token(), theirs) is None
    assert sign_in.account_of(region, elsewhere, theirs).id == BLANCHE.id
    closed = [row for row in rows(region, "journal") if row[2] == "sessions_closed"]
    assert [(row[4], row[6], row[8]) for row in closed] == [(CAMILLE.id, "account:camille", '{"sessions_closed": 2}')]


def test_the_password_is_changed_here(page, region):
    screen = page("mon_compte", "dominique")
    for words, typed in (("Mot de passe actuel", PASSWORD), ("Nouveau", "Une phrase 2026 !"), ("Le même", "Une phrase 2026 !")):
        field(screen, words).set_value(typed)
    before = rows(region, "account")
    screen = press(screen, "Changer le mot de passe")
    assert not screen.exception
    assert rows(region, "account") != before


def test_a_proposal_is_not_shown_to_the_next_account_that_signs_in(page, region, monkeypatch):
    screen, secret = propose_secret(page("mon_compte", "dominique"))
    page("mon_compte", "coralie")
    screen = screen.run()
    assert "Coralie Repère" in texts(screen)
    assert secret[:4] not in texts(screen)


def test_a_role_taken_away_leaves_its_own_account_to_each(page, region):
    screen = page("mon_compte", "camille")
    with region.transaction() as transaction:
        accounts.change(transaction, replace(CAMILLE, roles=frozenset({Role.ADMINISTRATOR})))
    assert "Administrateur" in texts(screen.run())


def without_delay(db):
    with db.transaction() as transaction:
        transaction.cursor.execute("DELETE FROM attempt")


WILD = st.text(max_size=80) | st.sampled_from(
    ["", " ", "\x00", "=cmd|' /C calc'!A0", "<img src=x onerror=alert(1)>", "9" * 5_000]
)


@pytest.fixture
def enrolling(page, region):
    """Open the page with a proposed secret, for many examples."""
    return propose_secret(page("mon_compte", "dominique"))[0]


@pytest.fixture
def in_use(page, region):
    """Open the page with a second factor in use, for many examples."""
    enrol_factor(region)
    return page("mon_compte", "dominique")


@given(WILD)
@page_examples()
def test_any_text_typed_to_enrol_is_refused_with_a_sentence(enrolling, region, wild):
    without_delay(region)
    field(enrolling, "Code à six chiffres").set_value(wild)
    screen = press(enrolling, "Activer")
    assert not screen.exception
    assert len(rows(region, "attempt")) == 1
    assert "Ce code n'est pas le bon" in texts(screen)
    assert rows(region, "second_factor") == []


@given(WILD)
@page_examples()
def test_any_text_typed_to_remove_a_second_factor_is_refused_with_a_sentence(in_use, region, wild):
    without_delay(region)
    field(in_use, "Code de votre application").set_value(wild)
    screen = press(in_use, "Retirer le second facteur")
    assert not screen.exception
    assert len(rows(region, "attempt")) == 1
    assert "Ce code n'est pas le bon" in texts(screen)
    assert len(rows(region, "recovery_code")) == 10
