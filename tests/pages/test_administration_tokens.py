"""« Administration », « Jetons »: what is listed, how one is made, its text shown once, how it ends."""

import html
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ror.model.rights import Perimeter, Role
from ror.model.tokens import Scope
from ror.services import journal
from ror.services.accounts import administer, tokens
from ror.services.journal import JournalQuery
from ror.settings import settings
from ror.store import accounts
from tests.pages.conftest import as_read, texts
from tests.region import ADELE, HALT, HOSPITAL, LINDENS, rows, stand_in

SECTION = {"volet": "Jetons"}
DAY = timedelta(days=1)
NASTY = '**gras** <b onclick="x">x</b> [lien](http://exemple.fr)'


@pytest.fixture
def opened(page, region):
    """Opens the section, or a token in it, as an administrator."""

    def open_section(**parameters):
        screen = page("administration", "adele", **SECTION, **parameters)
        assert not screen.exception
        return screen

    return open_section


@pytest.fixture
def made(region):
    def make(*scopes, name="Lecteur fictif", perimeter=None, days=30, ago=timedelta()):
        held = perimeter or Perimeter()
        return tokens.create_token(region, ADELE, name, scopes or (Scope.READ,), held, days, datetime.now(UTC) - ago)

    return make


def press(screen, label):
    screen = next(one for one in screen.button if one.label == label).click().run()
    assert not screen.exception
    return screen


def field(screen, label):
    fields = (*screen.text_input, *screen.selectbox, *screen.multiselect, *screen.segmented_control)
    return next(one for one in fields if one.label == label)


def box(screen, scope):
    return next(one for one in screen.checkbox if one.label.startswith(f"**{scope.label}**"))


def column(screen, name):
    return [value for one in screen.dataframe if name in one.value.columns for value in as_read(one.value)[name]]


def labels(screen):
    return [one.label for one in screen.button]


def listed(db):
    return tokens.list_tokens(db, None, datetime.now(UTC)).to_pylist()


def acts(db):
    return [(row["act"], row["outcome"]) for row in journal.read(db, None, JournalQuery(), datetime.now(UTC)).to_pylist()]


# The list


def test_without_any_token_the_list_says_what_one_is_for(opened):
    screen = opened()
    assert "Aucun jeton n'a encore été créé" in screen.info[0].value
    assert not screen.dataframe
    assert "Nouveau jeton" in labels(screen)


def test_the_list_says_of_each_token_what_it_may_where_until_when_and_its_last_use(opened, made, region):
    both = Perimeter(frozenset({LINDENS}), frozenset({HOSPITAL}), frozenset({HALT}))
    _, text = made(Scope.DECLARE, name="Gestion des lits", perimeter=both, ago=DAY)
    tokens.account_of(region, text, datetime.now(UTC) - timedelta(hours=3, minutes=5))
    made(name="Tableau fictif")
    screen = opened()
    assert "2 jetons : un nom ouvre sa fiche." in texts(screen)
    assert column(screen, "Système") == ["Tableau fictif", "Gestion des lits"]
    assert column(screen, "Permet") == ["Lire les disponibilités", "Déclarer dans un périmètre"]
    nothing, held = column(screen, "Périmètre")
    assert nothing == ""
    assert held.startswith(f"3 : Entité juridique - Groupe hospitalier fictif des Tilleuls ({LINDENS}) ; Structure - ")
    assert held.endswith(f"Unité - Lits halte, Maison fictive du Canal ({HALT})")
    assert column(screen, "Dernier usage") == ["jamais", "il y a 3 h"]
    assert column(screen, "Créé par") == [ADELE.name] * 2
    assert column(screen, "État") == ["En service"] * 2


def test_the_list_is_of_those_that_serve_unless_others_are_asked_for(opened, made, region):
    made(name="Expiré", days=1, ago=2 * DAY)
    tokens.revoke(region, ADELE, made(name="Révoqué")[0].id, datetime.now(UTC))
    made(name="Vivant")
    screen = opened()
    shown = {"En service": ["Vivant"], "Expirés": ["Expiré"], "Révoqués": ["Révoqué"]}
    for state, names in shown.items():
        field(screen, "État").set_value(state).run()
        assert column(screen, "Système") == names
    field(screen, "État").set_value("Tous").run()
    assert sorted(column(screen, "Système")) == ["Expiré", "Révoqué", "Vivant"]


def test_tokens_left_by_somebody_who_no_longer_administers_are_pointed_out(opened, made, region):
    made(Scope.READ, Scope.ADMINISTER)
    with region.transaction() as transaction:
        accounts.add(transaction, replace(ADELE, id="alix", login="alix", name="Alix Modèle"), "hash")
    tokens.create_token(region, accounts_by(region, "alix"), "Sien", {Scope.ADMINISTER}, Perimeter(), 30, datetime.now(UTC))
    administer.disable(region, ADELE, "alix", datetime.now(UTC))
    screen = opened()
    assert "1 jeton en service a été créé par un compte qui n'administre plus" in screen.warning[0].value
    assert column(screen, "Créé par") == ["Alix Modèle (n'administre plus)", ADELE.name]
    own = next(row for row in listed(region) if row["name"] == "Sien")
    assert "Ce jeton n'administre plus" in opened(systeme=own["account"]).warning[0].value


def test_the_sheet_of_who_no_longer_administers_tells_of_the_tokens_that_go_on(page, made, region):
    made()
    stand_in(region, replace(ADELE, id="alix", login="alix", name="Alix Modèle"))
    assert not page("administration", "alix", compte=ADELE.id).warning
    stand_in(region, replace(ADELE, disabled=True))
    assert "1 jeton créé par ce compte sert encore" in page("administration", "alix", compte=ADELE.id).warning[0].value


def accounts_by(db, account_id):
    with db.reader() as cursor:
        return accounts.by_id(cursor, account_id)


# Making one


def test_a_token_is_made_and_its_text_is_shown_once(opened, region):
    screen = press(opened(), "Nouveau jeton")
    field(screen, "Système qui se servira du jeton").set_value("Gestion des lits").run()
    assert "Périmètre : ce pour quoi le jeton déclare" not in [one.label for one in screen.multiselect]
    box(screen, Scope.DECLARE).check().run()
    field(screen, "Ajouter au périmètre").set_value("tilleuls paris").run()
    press(screen, f"Structure - Hôpital fictif des Tilleuls, Paris ({HOSPITAL})")
    field(screen, "Durée").set_value("3 mois").run()
    assert f"{datetime.now() + 92 * DAY:%d/%m/%Y}" in texts(screen)
    press(screen, "Créer le jeton")
    (row,) = listed(region)
    text = screen.code[0].value
    assert tokens.account_of(region, text, datetime.now(UTC)).perimeter == Perimeter(structures=frozenset({HOSPITAL}))
    assert (row["name"], row["roles"], row["made_by"]) == ("Gestion des lits", [Role.MANAGER], ADELE.id)
    assert row["expires_at"] - row["made_at"] == 92 * DAY
    assert "Jeton créé." in screen.success[0].value
    assert "il ne sera plus montré" in screen.info[0].value
    assert text not in str(screen.query_params)
    assert text not in texts(screen)
    press(screen, "Tous les jetons")
    screen.query_params["systeme"] = row["account"]
    assert not screen.run().code


@pytest.mark.parametrize("way", ["copied", "another section", "revoked"])
def test_the_text_goes_when_it_was_copied_when_its_sheet_is_left_or_once_revoked(opened, region, way):
    screen = opened(systeme="nouveau")
    field(screen, "Système qui se servira du jeton").set_value("Lecteur").run()
    box(screen, Scope.READ).check().run()
    press(screen, "Créer le jeton")
    assert screen.code
    if way == "copied":
        press(screen, "C'est copié, ne plus le montrer")
    elif way == "revoked":
        press(press(screen, "Révoquer"), "Oui, révoquer")
    else:
        for section in ("Commentaires", "Jetons"):
            field(screen, "Volet").set_value(section).run()
    assert not screen.code
    assert screen.query_params["systeme"] == listed(region)[0]["account"]


def test_what_was_typed_stays_when_it_is_refused(opened, region):
    screen = opened(systeme="nouveau")
    field(screen, "Système qui se servira du jeton").set_value("Gestion des lits").run()
    press(screen, "Créer le jeton")
    assert "au moins une chose" in screen.error[0].value
    box(screen, Scope.DECLARE).check().run()
    press(screen, "Créer le jeton")
    assert "dans un périmètre" in screen.error[0].value
    assert field(screen, "Système qui se servira du jeton").value == "Gestion des lits"
    assert box(screen, Scope.DECLARE).value
    assert rows(region, "token") == []


def test_a_perimeter_that_was_hidden_again_is_not_given(opened, region):
    screen = opened(systeme="nouveau")
    field(screen, "Système qui se servira du jeton").set_value("Lecteur").run()
    box(screen, Scope.DECLARE).check().run()
    field(screen, "Ajouter au périmètre").set_value("tilleuls paris").run()
    press(screen, f"Structure - Hôpital fictif des Tilleuls, Paris ({HOSPITAL})")
    box(screen, Scope.DECLARE).uncheck().run()
    box(screen, Scope.READ).check().run()
    press(screen, "Créer le jeton")
    assert [row["perimeter"] for row in listed(region)] == [[]]


# Revoking one


def test_a_token_is_revoked_once_that_was_confirmed(opened, made, region):
    account, text = made(name=NASTY)
    screen = press(opened(systeme=account.id), "Révoquer")
    assert "Les demandes de ce système seront refusées aussitôt" in screen.warning[0].value
    press(screen, "Non")
    assert tokens.account_of(region, text, datetime.now(UTC))
    press(press(screen, "Révoquer"), "Oui, révoquer")
    assert tokens.account_of(region, text, datetime.now(UTC)) is None
    assert "est révoqué" in screen.success[0].value
    assert "Révoquer" not in labels(screen)
    assert "**gras**" not in screen.success[0].value
    assert html.escape(NASTY) in texts(screen)


def test_a_token_that_does_not_exist_is_said_not_to(opened):
    assert "n'existe pas" in opened(systeme="token-none").warning[0].value


# Who may


@pytest.mark.parametrize("gesture", ["make", "revoke"])
def test_a_right_taken_away_counts_at_the_next_click(opened, made, region, gesture):
    account, text = made()
    if gesture == "make":
        screen = opened(systeme="nouveau")
        field(screen, "Système qui se servira du jeton").set_value("Lecteur").run()
        box(screen, Scope.READ).check().run()
    else:
        screen = press(opened(systeme=account.id), "Révoquer")
    stand_in(region, replace(ADELE, roles=frozenset({Role.PROFESSIONAL})))
    press(screen, "Créer le jeton" if gesture == "make" else "Oui, révoquer")
    assert not screen.code
    assert len(rows(region, "token")) == 1
    assert tokens.account_of(region, text, datetime.now(UTC))
    assert ("token", "refused") in acts(region)


@pytest.mark.parametrize("login", ["dominique", "camille", "coralie"])
def test_only_an_administrator_sees_the_tokens(page, made, login):
    made(name="Lecteur secret")
    screen = page("administration", login, **SECTION)
    assert "Lecteur secret" not in texts(screen)
    assert not screen.dataframe


def test_without_the_second_factor_that_a_setting_asks_no_token_is_shown(page, made, monkeypatch):
    made()
    monkeypatch.setenv("ROR_ADMINISTRATOR_SECOND_FACTOR", "1")
    settings.cache_clear()
    assert not page("administration", "adele", **SECTION).dataframe


def test_what_a_token_did_is_found_in_the_journal_by_its_name(page, made, region):
    account, _ = made(name="Gestion des lits")
    screen = page("administration", "adele", volet="Journal")
    choice = field(screen, "Compte")
    assert "Gestion des lits (jeton)" in choice.options
    choice.set_value(account.id).run()
    assert not screen.exception
