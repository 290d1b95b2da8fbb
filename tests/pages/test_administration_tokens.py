"""The section « Jetons » of « Administration »: list, creation, text shown once, revocation, access."""

import html
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ror.model.rights import Perimeter, Role
from ror.model.territory import PARIS
from ror.model.tokens import TokenScope
from ror.services import journal
from ror.services.accounts import administer, tokens
from ror.services.journal import JournalQuery
from ror.settings import settings
from ror.store import accounts
from tests.pages.conftest import as_read, texts
from tests.pages.widgets import field, press
from tests.region import ADELE, HALT, HOSPITAL, LINDENS, rows, store_account

SECTION = {"volet": "Jetons"}
DAY = timedelta(days=1)
NASTY = '**gras** <b onclick="x">x</b> [lien](http://exemple.fr)'


@pytest.fixture
def opened(page, region):
    """Return a function that opens the section, or a token in it, as an administrator."""

    def open_section(**parameters):
        screen = page("administration", "adele", **SECTION, **parameters)
        assert not screen.exception
        return screen

    return open_section


@pytest.fixture
def create(region):
    def make(*scopes, name="Lecteur fictif", perimeter=None, days=30, ago=timedelta()):
        keys = perimeter or Perimeter()
        return tokens.create_token(region, ADELE, name, scopes or (TokenScope.READ,), keys, days, datetime.now(UTC) - ago)

    return make


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


def test_without_tokens_the_list_explains_their_use(opened):
    screen = opened()
    assert "Aucun jeton n'a encore été créé" in screen.info[0].value
    assert not screen.dataframe
    assert "Nouveau jeton" in labels(screen)


def test_the_list_has_scopes_perimeter_expiry_and_last_use_of_each_token(opened, create, region):
    both = Perimeter(frozenset({LINDENS}), frozenset({HOSPITAL}), frozenset({HALT}))
    _, text = create(TokenScope.DECLARE, name="Gestion des lits", perimeter=both, ago=DAY)
    tokens.account_of(region, text, datetime.now(UTC) - timedelta(hours=3, minutes=5))
    create(name="Tableau fictif")
    screen = opened()
    assert "2 jetons : un nom ouvre sa fiche." in texts(screen)
    assert column(screen, "Système") == ["Tableau fictif", "Gestion des lits"]
    assert column(screen, "Permet") == ["Lire les disponibilités", "Déclarer dans un périmètre"]
    nothing, cell = column(screen, "Périmètre")
    assert nothing == ""
    assert cell.startswith(f"3 : Entité juridique - Groupe hospitalier fictif des Tilleuls ({LINDENS}) ; Structure - ")
    assert cell.endswith(f"Unité - Lits halte, Maison fictive du Canal, Saint-Denis ({HALT})")
    assert column(screen, "Dernier usage") == ["jamais", "il y a 3 h"]
    assert column(screen, "Créé par") == [ADELE.name] * 2
    assert column(screen, "État") == ["En service"] * 2


def test_the_list_has_the_active_tokens_unless_another_state_is_chosen(opened, create, region):
    create(name="Expiré", days=1, ago=2 * DAY)
    tokens.revoke(region, ADELE, create(name="Révoqué")[0].id, datetime.now(UTC))
    create(name="Vivant")
    screen = opened()
    shown = {"En service": ["Vivant"], "Expirés": ["Expiré"], "Révoqués": ["Révoqué"]}
    for state, names in shown.items():
        field(screen, "État").set_value(state).run()
        assert column(screen, "Système") == names
    field(screen, "État").set_value("Tous").run()
    assert sorted(column(screen, "Système")) == ["Expiré", "Révoqué", "Vivant"]


def test_active_tokens_whose_creator_no_longer_administers_get_a_warning(opened, create, region):
    create(TokenScope.READ, TokenScope.ADMINISTER)
    with region.transaction() as transaction:
        accounts.add(transaction, replace(ADELE, id="alix", login="alix", name="Alix Modèle"), "hash")
    tokens.create_token(
        region, accounts_by(region, "alix"), "Sien", {TokenScope.ADMINISTER}, Perimeter(), 30, datetime.now(UTC)
    )
    administer.disable(region, ADELE, "alix", datetime.now(UTC))
    screen = opened()
    assert "1 jeton en service a été créé par un compte qui n'administre plus" in screen.warning[0].value
    assert column(screen, "Créé par") == ["Alix Modèle (n'administre plus)", ADELE.name]
    own = next(row for row in listed(region) if row["name"] == "Sien")
    assert "Ce jeton n'administre plus" in opened(systeme=own["account"]).warning[0].value


def test_the_sheet_of_a_former_administrator_warns_of_their_active_tokens(page, create, region):
    create()
    store_account(region, replace(ADELE, id="alix", login="alix", name="Alix Modèle"))
    assert not page("administration", "alix", compte=ADELE.id).warning
    store_account(region, replace(ADELE, disabled=True))
    assert "1 jeton créé par ce compte sert encore" in page("administration", "alix", compte=ADELE.id).warning[0].value


def accounts_by(db, account_id):
    with db.reader() as cursor:
        return accounts.by_id(cursor, account_id)


# Creation


def test_a_token_is_created_and_its_text_is_shown_once(opened, region):
    screen = press(opened(), "Nouveau jeton")
    field(screen, "Système qui se servira du jeton").set_value("Gestion des lits").run()
    assert "Périmètre : ce pour quoi le jeton déclare" not in [one.label for one in screen.multiselect]
    box(screen, TokenScope.DECLARE).check().run()
    field(screen, "Ajouter au périmètre").set_value("tilleuls paris").run()
    press(screen, f"Structure - Hôpital fictif des Tilleuls, Paris ({HOSPITAL})")
    field(screen, "Durée").set_value("3 mois").run()
    assert f"{datetime.now(PARIS) + 92 * DAY:%d/%m/%Y}" in texts(screen)
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
def test_the_text_is_removed_once_copied_when_its_sheet_is_left_or_once_revoked(opened, region, way):
    screen = opened(systeme="nouveau")
    field(screen, "Système qui se servira du jeton").set_value("Lecteur").run()
    box(screen, TokenScope.READ).check().run()
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


def test_the_fields_of_a_token_stay_typed_after_a_refusal(opened, region):
    screen = opened(systeme="nouveau")
    field(screen, "Système qui se servira du jeton").set_value("Gestion des lits").run()
    press(screen, "Créer le jeton")
    assert "au moins une chose" in screen.error[0].value
    box(screen, TokenScope.DECLARE).check().run()
    press(screen, "Créer le jeton")
    assert "dans un périmètre" in screen.error[0].value
    assert field(screen, "Système qui se servira du jeton").value == "Gestion des lits"
    assert box(screen, TokenScope.DECLARE).value
    assert rows(region, "token") == []


def test_a_perimeter_that_was_hidden_again_is_not_granted(opened, region):
    screen = opened(systeme="nouveau")
    field(screen, "Système qui se servira du jeton").set_value("Lecteur").run()
    box(screen, TokenScope.DECLARE).check().run()
    field(screen, "Ajouter au périmètre").set_value("tilleuls paris").run()
    press(screen, f"Structure - Hôpital fictif des Tilleuls, Paris ({HOSPITAL})")
    box(screen, TokenScope.DECLARE).uncheck().run()
    box(screen, TokenScope.READ).check().run()
    press(screen, "Créer le jeton")
    assert [row["perimeter"] for row in listed(region)] == [[]]


# Revocation


def test_a_token_is_revoked_after_a_confirmation(opened, create, region):
    account, text = create(name=NASTY)
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


def test_an_unknown_token_gets_a_sentence(opened):
    assert "n'existe pas" in opened(systeme="token-none").warning[0].value


# Access


@pytest.mark.parametrize("action", ["create", "revoke"])
def test_a_right_taken_away_counts_at_the_next_click(opened, create, region, action):
    account, text = create()
    if action == "create":
        screen = opened(systeme="nouveau")
        field(screen, "Système qui se servira du jeton").set_value("Lecteur").run()
        box(screen, TokenScope.READ).check().run()
    else:
        screen = press(opened(systeme=account.id), "Révoquer")
    store_account(region, replace(ADELE, roles=frozenset({Role.PROFESSIONAL})))
    press(screen, "Créer le jeton" if action == "create" else "Oui, révoquer")
    assert not screen.code
    assert len(rows(region, "token")) == 1
    assert tokens.account_of(region, text, datetime.now(UTC))
    assert ("token", "refused") in acts(region)


@pytest.mark.parametrize("login", ["dominique", "camille", "coralie"])
def test_only_an_administrator_sees_the_tokens(page, create, login):
    create(name="Lecteur secret")
    screen = page("administration", login, **SECTION)
    assert "Lecteur secret" not in texts(screen)
    assert not screen.dataframe


def test_without_a_required_second_factor_no_token_is_shown(page, create, monkeypatch):
    create()
    monkeypatch.setenv("ROR_ADMINISTRATOR_SECOND_FACTOR", "1")
    settings.cache_clear()
    assert not page("administration", "adele", **SECTION).dataframe


def test_the_acts_of_a_token_are_in_the_journal_under_its_name(page, create, region):
    account, _ = create(name="Gestion des lits")
    screen = page("administration", "adele", volet="Journal")
    choice = field(screen, "Compte")
    assert "Gestion des lits (jeton)" in choice.options
    choice.set_value(account.id).run()
    assert not screen.exception
