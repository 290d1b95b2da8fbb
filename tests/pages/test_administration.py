"""The page « Administration »: access, accounts and their sheets, the journal and its verification."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ror.model.journal import Act
from ror.model.rights import ERASED, Account, Perimeter, Role
from ror.model.territory import PARIS
from ror.services import journal
from ror.services.accounts import links, passwords, sign_in
from ror.services.journal import JournalQuery
from ror.services.operations import retention
from ror.settings import settings
from ror.store import accounts, second_factor
from tests import mailbox
from tests.harness import free_port
from tests.pages.conftest import signed_in, texts
from tests.region import ADELE, CAMILLE, CLAUDE, DISABLED, DOMINIQUE, HOSPITAL, LINDENS, WARD, rows

OTHER = Account("alix", "alix", "Alix Modèle", frozenset({Role.ADMINISTRATOR}))


def account(db, account_id):
    with db.reader() as cursor:
        return accounts.by_id(cursor, account_id)


def stored_account(db, login):
    with db.reader() as cursor:
        return accounts.by_login(cursor, login)


def button(screen, label):
    return next(one for one in screen.button if one.label == label)


def labels(screen):
    return [one.label for one in screen.button]


def field(screen, label):
    return next(one for one in (*screen.text_input, *screen.multiselect, *screen.selectbox) if one.label == label)


def acts(db):
    return [(row["act"], row["outcome"]) for row in journal.read(db, None, JournalQuery(), datetime.now(UTC)).to_pylist()]


def column_values(screen, column="Identifiant"):
    return [name for one in screen.dataframe if column in one.value.columns for name in one.value[column]]


def test_an_administrator_is_told_that_no_structure_has_the_time_of_the_region(page, region, monkeypatch):
    assert not [one for one in page("administration", "adele").warning if "Aucune structure n'est à l'heure" in one.value]
    monkeypatch.setenv("ROR_REGION", "La Réunion")
    settings.cache_clear()
    warned = [one.value for one in page("administration", "adele").warning]
    assert any("(heure de La Réunion)" in words and "territoires : Paris" in words for words in warned)


@pytest.mark.parametrize("login", ["dominique", "camille", "coralie"])
def test_only_an_administrator_enters(page, region, login):
    screen = page("administration", login)
    assert "ne donne pas accès" in screen.warning[0].value
    assert not [*screen.dataframe, *screen.text_input]
    assert labels(screen) == ["Aller à la première page"]


def test_an_administrator_without_a_required_second_factor_is_sent_to_enrol(page, region, monkeypatch):
    monkeypatch.setenv("ROR_ADMINISTRATOR_SECOND_FACTOR", "1")
    settings.cache_clear()
    screen = page("administration", "adele")
    assert "second facteur" in screen.warning[0].value
    assert not screen.dataframe
    assert labels(screen) == ["Ouvrir « Mon compte »"]


def test_a_right_taken_away_counts_from_the_next_click(page, region):
    screen = page("administration", "adele", compte=DOMINIQUE.id)
    with region.transaction() as transaction:
        accounts.add(transaction, OTHER)
        accounts.change(transaction, Account(ADELE.id, ADELE.login, ADELE.name, frozenset({Role.PROFESSIONAL})))
    button(screen, "Désactiver").click().run()
    assert not account(region, DOMINIQUE.id).disabled
    assert ("account", "refused") in acts(region)


def test_the_list_shows_the_active_accounts_and_is_searched_without_accents(page, region):
    screen = page("administration", "adele")
    assert "7 comptes" in texts(screen)
    assert column_values(screen) == ["adele", "blanche", "camille", "claude", "coralie", "Dominique", "muette"]
    field(screen, "Rechercher un compte").set_value("MODELE").run()
    assert column_values(screen) == ["blanche"]
    field(screen, "Rechercher un compte").set_value("zzz").run()
    assert "Aucun compte ne correspond" in screen.info[0].value


def test_the_list_is_filtered_by_role_and_state_from_the_address(page, region):
    screen = page("administration", "adele", etat="Désactivés")
    assert column_values(screen) == [DISABLED.login]
    assert column_values(page("administration", "adele", role="Coordonnateur")) == ["coralie"]


def test_an_account_is_created_with_a_link_to_hand_over(page, region):
    screen = page("administration", "adele", compte="nouveau")
    field(screen, "Identifiant").set_value("zoe").run()
    field(screen, "Nom").set_value("Zoé d’Exemple").run()
    field(screen, "Rôles").set_value(["Responsable de disponibilités"]).run()
    field(screen, "Ajouter au périmètre").set_value("tilleuls paris").run()
    button(screen, f"Structure - Hôpital fictif des Tilleuls, Paris ({HOSPITAL})").click().run()
    button(screen, "Créer le compte").click().run()
    created, password_hash = stored_account(region, "zoe")
    assert (created.name, created.roles, created.perimeter) == (
        "Zoé d’Exemple",
        frozenset({Role.MANAGER}),
        Perimeter(structures=frozenset({HOSPITAL})),
    )
    assert password_hash == ""
    assert screen.query_params["compte"] == created.id
    assert "Compte zoe créé" in screen.success[0].value
    assert "Remettez ce lien" in screen.info[0].value
    assert "?jeton=" in screen.code[0].value
    button(screen, "Fermer ses sessions").click().run()
    assert not screen.code, "the link is not shown again"


def test_an_account_whose_mail_fails_is_created_with_a_link_to_hand_over(page, region, monkeypatch):
    monkeypatch.setenv("ROR_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("ROR_SMTP_PORT", str(free_port()))
    settings.cache_clear()
    screen = page("administration", "adele", compte="nouveau")
    for label, value in {"Identifiant": "zoe", "Nom": "Zoé", "Courriel (facultatif)": "zoe@exemple.fr"}.items():
        field(screen, label).set_value(value).run()
    field(screen, "Rôles").set_value(["Professionnel de santé"]).run()
    button(screen, "Créer le compte").click().run()
    assert screen.success[0].value == "Compte zoe créé."
    assert "n'a pas pu être envoyé" in screen.error[0].value
    assert "Remettez ce lien" in screen.info[0].value
    assert links.is_valid(region, screen.code[0].value, datetime.now(UTC))


@pytest.mark.parametrize("way", ["back to the list", "another section", "used"])
def test_a_link_is_removed_when_its_sheet_is_left_or_once_it_was_used(page, region, way):
    screen = page("administration", "adele", compte=DOMINIQUE.id)
    button(screen, "Afficher un lien de mot de passe").click().run()
    url = screen.code[0].value
    if way == "used":
        passwords.set_by_link(region, url.rpartition("=")[2], "brouillard pivoine 41", datetime.now(UTC))
    elif way == "another section":
        for section in ("Commentaires", "Comptes"):
            next(one for one in screen.segmented_control if one.label == "Volet").set_value(section).run()
    else:
        button(screen, "Tous les comptes").click().run()
        screen.query_params["compte"] = DOMINIQUE.id
    screen.run()
    assert screen.query_params["compte"] == DOMINIQUE.id
    assert not screen.code


def test_a_success_is_removed_by_the_question_of_another_action(page, region):
    screen = page("administration", "adele", compte=DOMINIQUE.id)
    button(screen, "Fermer ses sessions").click().run()
    assert screen.success
    button(screen, "Effacer les données du compte").click().run()
    assert screen.warning
    assert not screen.success


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"Identifiant": "camille"}, "est déjà pris"),
        ({"Nom": "Anne <b>"}, "de 2 à 100 lettres"),
        ({"Courriel (facultatif)": "anne"}, "prenom.nom@exemple.fr"),
        ({"Rôles": []}, "au moins un rôle"),
        ({"Rôles": ["Responsable de disponibilités"]}, "complétez son périmètre"),
    ],
)
def test_invalid_values_of_an_account_are_refused_and_stay_typed(page, region, typed, words):
    screen = page("administration", "adele", compte="nouveau")
    typed = {"Identifiant": "anne", "Nom": "Anne Exemple", "Rôles": ["Professionnel de santé"], **typed}
    for label, value in typed.items():
        field(screen, label).set_value(value).run()
    button(screen, "Créer le compte").click().run()
    assert words in screen.error[0].value.replace("\\", "").replace("\u2060", "")
    assert {label: field(screen, label).value for label in typed} == typed
    assert not screen.exception


def test_an_account_is_changed_and_the_success_is_rendered(page, region):
    screen = page("administration", "adele", compte=CLAUDE.id)
    field(screen, "Nom").set_value("Claude Autre").run()
    field(screen, "Rôles").set_value(["Coordonnateur"]).run()
    assert "Périmètre" not in " ".join(one.label for one in screen.multiselect)
    button(screen, "Enregistrer").click().run()
    assert screen.success[0].value == "Compte enregistré."
    changed = account(region, CLAUDE.id)
    assert (changed.name, changed.roles, changed.perimeter) == ("Claude Autre", {Role.COORDINATOR}, Perimeter())
    assert {("account", "done"), ("rights", "done")} <= set(acts(region))


def test_an_account_changed_meanwhile_by_another_is_not_overwritten(page, region):
    screen = page("administration", "adele", compte=DOMINIQUE.id)
    with region.transaction() as transaction:
        accounts.change(transaction, Account(DOMINIQUE.id, "Dominique", "Dominique Témoin", frozenset({Role.COORDINATOR})))
    field(screen, "Nom").set_value("Dominique Autre").run()
    button(screen, "Enregistrer").click().run()
    assert "modifié entre-temps" in screen.error[0].value
    assert account(region, DOMINIQUE.id).roles == {Role.COORDINATOR}
    button(screen, "Reprendre le compte tel qu'il est").click().run()
    assert field(screen, "Rôles").value == ["Coordonnateur"]
    assert not screen.error


def test_a_perimeter_is_shown_with_its_names_and_can_be_reduced(page, region):
    screen = page("administration", "adele", compte=CAMILLE.id)
    perimeter = field(screen, "Périmètre : ce dont ce responsable répond")
    assert perimeter.options == [f"Entité juridique - Groupe hospitalier fictif des Tilleuls ({LINDENS})"]
    assert perimeter.value == [f"legal_entity:{LINDENS}"]
    field(screen, "Ajouter au périmètre").set_value(WARD).run()
    button(screen, f"Unité - Médecine interne, Hôpital fictif des Tilleuls, Paris ({WARD})").click().run()
    perimeter = field(screen, "Périmètre : ce dont ce responsable répond")
    perimeter.set_value([f"unit:{WARD}"]).run()
    button(screen, "Enregistrer").click().run()
    assert account(region, CAMILLE.id).perimeter == Perimeter(units=frozenset({WARD}))


def test_a_disabled_account_is_signed_out_and_one_click_enables_it_again(page, region):
    token = signed_in(region, DOMINIQUE.login)
    screen = page("administration", "adele", compte=DOMINIQUE.id)
    button(screen, "Désactiver").click().run()
    assert "ne peut plus se connecter" in screen.success[0].value
    assert sign_in.account_of(region, token, datetime.now(UTC)) is None
    button(screen, "Réactiver").click().run()
    assert "peut de nouveau se connecter" in screen.success[0].value
    assert not account(region, DOMINIQUE.id).disabled


def test_sessions_are_closed_from_the_sheet(page, region):
    token = signed_in(region, DOMINIQUE.login)
    screen = page("administration", "adele", compte=DOMINIQUE.id)
    button(screen, "Fermer ses sessions").click().run()
    assert sign_in.account_of(region, token, datetime.now(UTC)) is None
    assert "sont fermées" in screen.success[0].value


def test_a_second_factor_is_removed_after_a_question(page, region):
    with region.transaction() as transaction:
        second_factor.set_up(transaction, DOMINIQUE.id, "sealed", 1, ["hash"])
    screen = page("administration", "adele", compte=DOMINIQUE.id)
    button(screen, "Retirer le second facteur").click().run()
    assert "de vive voix" in screen.warning[0].value
    assert account(region, DOMINIQUE.id).second_factor
    button(screen, "Oui, le retirer").click().run()
    assert not account(region, DOMINIQUE.id).second_factor
    assert "Retirer le second facteur" not in labels(screen)


def test_an_account_is_erased_only_after_a_question_that_names_it(page, region):
    screen = page("administration", "adele", compte=DOMINIQUE.id)
    button(screen, "Effacer les données du compte").click().run()
    assert "Effacer Dominique Témoin" in screen.warning[0].value
    assert "ne peut pas être annulé" in screen.warning[0].value
    button(screen, "Non").click().run()
    assert account(region, DOMINIQUE.id) == DOMINIQUE
    button(screen, "Effacer les données du compte").click().run()
    button(screen, "Oui, effacer Dominique Témoin").click().run()
    assert account(region, DOMINIQUE.id).login == ERASED + DOMINIQUE.id
    assert "ont été effacées" in screen.info[0].value
    assert not [one for one in labels(screen) if one not in ("Tous les comptes",)], "nothing is left to do with it"


def test_an_administrator_has_no_button_to_disable_or_erase_themselves(page, region):
    screen = page("administration", "adele", compte=ADELE.id)
    assert not {"Désactiver", "Effacer les données du compte", "Retirer le second facteur"} & set(labels(screen))


@pytest.mark.parametrize("account_id", ["unknown", "'; DROP TABLE account; --", "é" * 500])
def test_an_unknown_account_is_refused_with_a_sentence(page, region, account_id):
    screen = page("administration", "adele", compte=account_id)
    assert "n'existe pas" in screen.warning[0].value
    assert not screen.exception


def test_a_name_of_markup_is_shown_as_text(page, region):
    with region.transaction() as transaction:
        accounts.add(transaction, Account("x", "x", "<img src=x onerror=alert(1)> **gras**", frozenset({Role.PROFESSIONAL})))
    screen = page("administration", "adele", compte="x")
    assert "&lt;img src=x onerror=alert(1)&gt; **gras**" in texts(screen)
    button(screen, "Désactiver").click().run()
    assert "\\*\\*gras" in screen.success[0].value
    assert "\\<img" in screen.success[0].value


def written(db, *acts_of):
    for act in acts_of:
        with db.transaction() as transaction:
            journal.record(transaction, act, CAMILLE, f"unit:{WARD}", datetime.now(UTC), after={"available": 4})


def test_the_journal_shows_author_act_and_subject_in_words(page, region):
    written(region, Act.DECLARE)
    lines = next(one.value for one in page("administration", "adele", volet="Journal").dataframe)
    line = lines[lines["Acte"] == "Mise à jour"].iloc[0]
    assert (line["Qui"], line["Objet"], line["Après"]) == ("Camille Exemple", "unité Médecine interne", "disponibles : 4")


def test_the_journal_is_filtered_by_act_account_and_number(page, region):
    written(region, Act.DECLARE, Act.UNDO)
    screen = page("administration", "adele", volet="Journal")
    field(screen, "Actes").set_value(["Annulation"]).run()
    assert column_values(screen, "Acte") == ["Annulation"]
    field(screen, "Actes").set_value([]).run()
    field(screen, "Compte").set_value(CAMILLE.id).run()
    assert set(column_values(screen, "Qui")) == {"Camille Exemple"}
    field(screen, "Unité, structure ou personne").set_value("rien de tel").run()
    assert "Aucune ligne" in screen.info[0].value


def test_the_journal_is_searched_by_names_and_shows_each_change_of_number(page, region):
    written(region, Act.DECLARE)
    screen = page("administration", "adele", volet="Journal")
    field(screen, "Unité, structure ou personne").set_value("medecine INTERNE tilleuls").run()
    assert column_values(screen, "Changement") == ["— → 4 lits"]
    assert column_values(screen, "Structure") == ["Hôpital fictif des Tilleuls"]
    field(screen, "Unité, structure ou personne").set_value("exemple reanimation").run()
    assert "Aucune ligne" in screen.info[0].value


def test_a_period_that_ends_before_it_starts_is_refused_with_a_sentence(page, region):
    screen = page("administration", "adele", volet="Journal")
    since, until = screen.date_input
    since.set_value(datetime(2026, 11, 2, tzinfo=UTC).date()).run()
    until.set_value(datetime(2026, 11, 1, tzinfo=UTC).date()).run()
    assert "corrigez une de ses deux dates" in screen.warning[0].value
    assert not screen.dataframe


def test_a_period_has_whole_days_of_paris(page, region):
    at = datetime(2026, 10, 24, 22, 30, tzinfo=UTC)  # This is the 25th in Paris, during the night when clocks go back.
    with region.transaction() as transaction:
        journal.record(transaction, Act.DECLARE, CAMILLE, f"unit:{WARD}", at)
    screen = page("administration", "adele", volet="Journal")
    for day, found in ((24, 0), (25, 1), (26, 0)):
        for one in screen.date_input:
            one.set_value(datetime(2026, 10, day, tzinfo=UTC).date())
        screen.run()
        assert len(column_values(screen, "Acte")) == found, day


def test_a_valid_chain_is_confirmed_with_its_mark(page, region):
    written(region, Act.DECLARE)
    screen = page("administration", "adele", volet="Journal")
    button(screen, "Vérifier la chaîne").click().run()
    assert "La chaîne tient" in screen.success[0].value
    mark = screen.code[0].value
    assert mark == str(journal.verify(region).head)
    field(screen, "Repère noté auparavant (facultatif)").set_value(mark).run()
    button(screen, "Vérifier la chaîne").click().run()
    assert "bien celui de sa ligne" in screen.success[0].value


def test_a_broken_chain_is_reported_with_its_line(page, region):
    written(region, Act.DECLARE, Act.DECLARE)
    screen = page("administration", "adele", volet="Journal")
    with region.transaction() as transaction:
        transaction.cursor.execute("UPDATE journal SET after = '' WHERE number = 2")
    button(screen, "Vérifier la chaîne").click().run()
    assert "ne tient pas à la ligne 2 : la ligne a été modifiée" in screen.error[0].value
    assert not screen.code


def test_an_invalid_or_too_old_mark_is_reported(page, region):
    written(region, Act.DECLARE, Act.DECLARE)
    old = str(journal.verify(region).head).replace("2:", "1:")
    journal.purge(region, None, datetime.now(UTC), datetime.now(UTC))
    screen = page("administration", "adele", volet="Journal")
    field(screen, "Repère noté auparavant (facultatif)").set_value("n'importe quoi").run()
    button(screen, "Vérifier la chaîne").click().run()
    assert "Ce repère n'en est pas un" in screen.error[0].value
    field(screen, "Repère noté auparavant (facultatif)").set_value(old).run()
    button(screen, "Vérifier la chaîne").click().run()
    assert "n'a pas pu être vérifié" in screen.warning[0].value
    assert not screen.success


def test_the_question_about_the_clock_is_in_every_section_until_it_is_confirmed(page, region):
    now = datetime.now(UTC)
    for days in (800, 790):
        with region.transaction() as transaction:
            journal.record(transaction, Act.DECLARE, CAMILLE, f"unit:{WARD}", now - timedelta(days=days))
    retention.erase_unless_doubtful(region, retention.Clock(now, 0), now, 0)
    for section in ("Comptes", "Jetons"):
        screen = page("administration", "adele", volet=section)
        assert "2 lignes du journal sur 2 seraient effacées" in screen.warning[0].value
    button(screen, "La date du serveur est juste").click().run()
    assert f"Sommes-nous bien le {datetime.now(PARIS):%d/%m/%Y}" in screen.warning[1].value
    button(screen, "Oui, effacer").click().run()
    assert "a été effacé" in screen.success[0].value
    assert not screen.warning
    assert "clock" in str(rows(region, "journal"))
    assert not page("administration", "adele").warning


@pytest.mark.parametrize("section", ["Jetons", "Structures et unités", "Import", "Commentaires", "rien de tel"])
def test_each_section_opens_from_the_address(page, region, section):
    screen = page("administration", "adele", volet=section)
    assert not screen.exception
    assert not screen.error


def with_mail(db):
    with db.transaction() as transaction:
        accounts.change(transaction, replace(DOMINIQUE, mail="dominique@exemple.fr"))


def test_with_a_mail_server_the_link_is_mailed_and_not_shown(page, region, monkeypatch):
    with_mail(region)
    with mailbox.opened() as box:
        mailbox.use(monkeypatch, box.port)
        screen = page("administration", "adele", compte=DOMINIQUE.id)
        button(screen, "Envoyer un lien de mot de passe").click().run()
        assert box.next()["To"] == "dominique@exemple.fr"
    assert "Un lien a été envoyé" in screen.success[0].value
    assert not screen.code


def test_the_failure_of_a_mail_is_reported(page, region, monkeypatch):
    with_mail(region)
    mailbox.use(monkeypatch, free_port())
    screen = page("administration", "adele", compte=DOMINIQUE.id)
    button(screen, "Envoyer un lien de mot de passe").click().run()
    assert "n'a pas pu être envoyé" in screen.error[0].value
    assert links.is_valid(region, screen.code[0].value, datetime.now(UTC)), "it is there to be handed over"
    assert not screen.exception
