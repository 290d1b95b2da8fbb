"""Many accounts at once on the page « Administration »: « Dupliquer », the import of a list, invitations."""

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ror.model.rights import Perimeter, Role
from ror.services.accounts import links, passwords, sign_in
from ror.store import accounts, registry_changes
from tests import mailbox
from tests.pages.conftest import texts
from tests.pages.widgets import field, press
from tests.region import ADELE, BLANCHE, CAMILLE, CLAUDE, HOSPITAL, NOW, rows, store_account

HEAD = "identifiant;nom;courriel;roles;perimetre\n"
LIST = (
    HEAD
    + f"""zoe;Zoé Exemple;zoe@exemple.fr;Responsable de disponibilités;{HOSPITAL}
blanche;Blanche Autre;;Coordonnateur;
dominique;Dominique Témoin;;Professionnel de santé;
max;Max 3;;Coordonnateur;
=cmd|calc;Anne;;chef;
"""
)


def stored_account(db, login):
    with db.reader() as cursor:
        return accounts.by_login(cursor, login)


def labels(screen):
    return [one.label for one in screen.button]


def column(screen, name):
    return [value for one in screen.dataframe if name in one.value.columns for value in one.value[name]]


# Dupliquer


def test_a_duplicate_has_the_roles_and_the_perimeter_and_neither_login_name_nor_mail(page, region):
    store_account(region, replace(BLANCHE, mail="blanche@exemple.fr", identity="8997"))
    screen = press(page("administration", "adele", compte=BLANCHE.id), "Dupliquer")
    assert (screen.query_params["compte"], screen.query_params["modele"]) == ("nouveau", BLANCHE.id)
    assert [field(screen, name).value for name in ("Identifiant", "Nom", "Courriel")] == ["", "", ""]
    assert field(screen, "Rôles").value == ["Responsable de disponibilités"]
    assert not screen.warning
    assert "Avec les rôles et le périmètre de Blanche Modèle" in texts(screen)
    field(screen, "Identifiant").set_value("zoe").run()
    field(screen, "Nom").set_value("Zoé Exemple").run()
    screen = press(screen, "Créer le compte")
    assert screen.success[0].value == "Compte zoe créé."
    created, password_hash = stored_account(region, "zoe")
    assert (created.roles, created.perimeter) == (BLANCHE.roles, BLANCHE.perimeter)
    assert (created.mail, created.identity, password_hash) == ("", "", "")
    assert stored_account(region, "blanche")[0].name == BLANCHE.name
    press(screen, "Tous les comptes")
    screen = press(screen, "Nouveau compte")
    assert field(screen, "Rôles").value == []


def test_what_a_colleague_handed_over_is_not_duplicated_and_an_unknown_account_gives_an_empty_form(page, region):
    screen = page("administration", "adele", compte="nouveau", modele="unknown")
    assert "n'existe pas" in screen.warning[0].value
    assert field(screen, "Rôles").value == []


# The import of a list


def upload_file(screen, content):
    screen = screen.file_uploader[0].set_value(("comptes.csv", content.encode(), "text/csv")).run()
    assert not screen.exception
    return screen


def test_a_list_is_previewed_line_by_line_then_imported_then_undone(page, region):
    with region.transaction() as transaction:
        registry_changes.record_change(transaction, registry_changes.DEMONSTRATION, NOW)
    screen = press(page("administration", "adele"), "Importer une liste")
    before = rows(region, "account")
    assert screen.query_params["compte"] == "import"
    screen = upload_file(screen, LIST)
    assert "5 lignes lues</b> : 1 créé, 1 modifié, 1 inchangé, 2 refusés. Rien n'est encore écrit." in texts(screen)
    assert column(screen, "Ligne") == [5, 6, 2, 3, 4]
    assert [state[2:] for state in column(screen, "État")] == ["✕ Refusé", "✕ Refusé", "+ Créé", "≠ Modifié", "= Inchangé"]
    assert "<b>max</b> (ligne 5) : Un nom compte de 2 à 100 lettres" in texts(screen)
    assert "« chef » n'est pas un rôle" in column(screen, "Effet, ou motif du refus")[1]
    assert {"Télécharger (CSV)", "Télécharger le modèle (Excel)"} <= {one.label for one in screen.get("download_button")}
    assert rows(region, "account") == before
    screen = press(screen, "Importer 2 comptes")
    assert screen.success[0].value.startswith("Import terminé : 1 créé, 1 modifié ; 2 lignes refusées. Invitez les comptes")
    assert stored_account(region, "zoe")[0].perimeter == Perimeter(structures=frozenset({HOSPITAL}))
    screen = press(screen, "Annuler l'import")
    assert "Import annulé" in screen.success[0].value
    assert stored_account(region, "zoe") is None
    assert stored_account(region, "blanche")[0] == BLANCHE
    assert "Annuler l'import" not in labels(screen)


def test_an_account_that_changed_since_the_preview_gets_a_new_preview(page, region):
    screen = upload_file(press(page("administration", "adele"), "Importer une liste"), LIST)
    store_account(region, replace(BLANCHE, name="Blanche Autre", roles=frozenset({Role.COORDINATOR}), perimeter=Perimeter()))
    screen = press(screen, "Importer 2 comptes")
    assert "Rien n'a été écrit : la ligne 3" in screen.error[0].value
    assert stored_account(region, "zoe") is None
    assert "Annuler l'import" not in labels(screen)
    screen = press(screen, "Importer 1 compte")
    assert "Import terminé" in screen.success[0].value
    screen = press(screen, "Tous les comptes")
    assert not press(screen, "Importer une liste").success


def test_the_section_of_imports_takes_the_list_too(page, region):
    screen = page("administration", "adele", volet="Import")
    screen = upload_file(screen.radio[0].set_value("Comptes (CSV ou XLSX)").run(), LIST)
    assert "Import terminé" in press(screen, "Importer 2 comptes").success[0].value


def test_a_file_that_changes_nothing_and_one_that_is_no_list_each_get_a_sentence(page, region):
    screen = press(page("administration", "adele"), "Importer une liste")
    screen = upload_file(screen, HEAD + "dominique;Dominique Témoin;;Professionnel de santé;\n")
    assert "ne crée ni ne modifie aucun compte" in screen.info[0].value
    screen = upload_file(screen, "%PDF-1.7")
    assert "est un PDF : donnez une liste de comptes" in screen.error[0].value


# Invitations


def invite(screen, label):
    screen = press(screen, label)
    screen = press(screen, "Oui, inviter")
    run = screen.session_state["invitation-run"]
    deadline = time.monotonic() + 20
    while not run.finished and time.monotonic() < deadline:
        time.sleep(0.02)
    assert run.finished
    return screen.run()


@pytest.fixture
def box(monkeypatch):
    with mailbox.opened() as opened:
        mailbox.use(monkeypatch, opened.port)
        yield opened


def test_chosen_accounts_are_invited_and_each_result_is_shown(page, region, box):
    store_account(region, replace(CLAUDE, mail="claude@exemple.fr"))
    screen = press(page("administration", "adele"), "Invitations")
    assert screen.query_params["compte"] == "invitations"
    assert "6 comptes ne se sont jamais connectés" in texts(screen)
    field(screen, "Comptes").set_value("À choisir").run()
    assert "Aucun compte dans ce choix" in screen.info[0].value
    field(screen, "Comptes choisis").set_value([CLAUDE.id, CAMILLE.id]).run()
    screen = invite(screen, "Inviter 2 comptes")
    assert box.next()["To"] == "claude@exemple.fr"
    assert "1 invitation envoyée, 1 lien à remettre." in screen.info[0].value
    assert column(screen, "Résultat") == ["Envoyée par courriel", "Sans adresse : lien à remettre"]
    assert "elle ne sera plus montrée" in screen.warning[0].value
    assert "?jeton=" not in texts(screen)
    assert "Lien" not in [name for one in screen.dataframe for name in one.value.columns]
    screen = press(screen, "Tous les comptes")
    screen = press(screen, "Invitations")
    assert not column(screen, "Résultat"), "the links are shown once"
    assert [one for one in column(screen, "Invitation") if one != "Jamais invité"] == [
        "Sans adresse : lien à remettre",
        "Envoyée par courriel",
    ]


def test_all_are_invited_without_a_mail_server_and_then_revoked(page, region):
    screen = press(page("administration", "adele"), "Invitations")
    screen = invite(screen, "Inviter 6 comptes")
    assert "0 invitation envoyée, 6 liens à remettre." in screen.info[0].value
    assert len(rows(region, "invitation")) == 6
    field(screen, "Comptes").set_value("Tous").run()
    screen = press(screen, "Révoquer 6 invitations")
    screen = press(screen, "Oui, révoquer")
    assert "6 invitations révoquées" in screen.success[0].value
    assert rows(region, "invitation") == []


def test_one_account_is_invited_from_its_sheet_until_it_signs_in(page, region):
    screen = press(page("administration", "adele", compte=CLAUDE.id), "Inviter")
    url = screen.code[0].value
    assert "Remettez ce lien à Claude Essai" in screen.info[0].value
    screen = press(screen, "Révoquer l'invitation")
    assert "1 invitation révoquée" in screen.success[0].value
    assert not screen.code
    assert not links.is_valid(region, url, datetime.now(UTC))
    screen = press(screen, "Inviter")
    now = datetime.now(UTC)
    accepted = passwords.set_by_link(region, screen.code[0].value.rpartition("=")[2], "brouillard pivoine 41", now)
    sign_in.open_session(region, accepted.ticket, now)
    screen.run()
    assert not {"Inviter", "Inviter de nouveau", "Révoquer l'invitation"} & set(labels(screen))


def test_nobody_is_left_to_invite(page, region):
    with region.transaction() as transaction:
        for one in ("camille", "blanche", "claude", "dominique", "silent", "coralie", ADELE.id):
            accounts.record_sign_in(transaction, one, NOW)
    screen = page("administration", "adele", compte="invitations")
    assert "il n'y a personne à inviter" in screen.info[0].value


@pytest.mark.parametrize("login", ["dominique", "camille"])
def test_nobody_else_opens_these_screens(page, region, login):
    for parameters in ({"compte": "invitations"}, {"volet": "Import"}):
        screen = page("administration", login, **parameters)
        assert "ne donne pas accès" in screen.warning[0].value
