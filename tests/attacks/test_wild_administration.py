"""Generated inputs in each field of the accounts, of the comments and of the journal, on the real page."""

import pytest
from hypothesis import given

from ror.model.text import plain
from ror.services.accounts.account_rules import MAX_MAIL_LENGTH, MAX_NAME_LENGTH
from ror.store import accounts
from tests.attacks.test_wild_forms import SENT, UNSHRUNK, find_labelled
from tests.examples import page_examples
from tests.pages.conftest import page, region
from tests.region import CAMILLE, DOMINIQUE, WARD, own_settings, region_file, rows, write

__all__ = ["own_settings", "page", "region", "region_file"]


def stored(db):
    with db.reader() as cursor:
        return accounts.by_id(cursor, DOMINIQUE.id)


@pytest.mark.parametrize("field", ["Identifiant", "Nom", "Courriel"])
def test_whatever_is_typed_of_an_account_is_stored_plain_or_refused_in_a_sentence(page, region, field):
    screen = page("administration", "adele", compte=DOMINIQUE.id)

    @page_examples(phases=UNSHRUNK)
    @given(SENT)
    def check_text(text):
        before = stored(region)
        find_labelled(screen.text_input, field).set_value(text)
        find_labelled(screen.button, "Enregistrer").click().run()
        assert not screen.exception
        after = stored(region)
        assert screen.error or screen.success
        assert not (screen.error and after != before)
        assert all(plain(value) == value for value in (after.login, after.name, after.mail))
        assert 1 <= len(after.login) <= MAX_NAME_LENGTH
        assert 1 <= len(after.name) <= MAX_NAME_LENGTH
        assert len(after.mail) <= MAX_MAIL_LENGTH
        assert (after.roles, after.perimeter, after.disabled) == (before.roles, before.perimeter, before.disabled)

    check_text()


def test_whatever_is_typed_as_the_name_of_a_token_is_stored_plain_or_refused_in_a_sentence(page, region):
    screen = page("administration", "adele", volet="Jetons", systeme="nouveau")

    @page_examples(phases=UNSHRUNK)
    @given(SENT)
    def check_text(text):
        before = rows(region, "token")
        find_labelled(screen.text_input, "Système").set_value(text)
        find_labelled(screen.checkbox, "**Lire").check()
        find_labelled(screen.button, "Créer le jeton").click().run()
        assert not screen.exception
        created = len(rows(region, "token")) - len(before)
        assert created == len(screen.code) == 1 - len(screen.error)
        if created:
            find_labelled(screen.button, "Tous les jetons").click().run()
            find_labelled(screen.button, "Nouveau jeton").click().run()

    check_text()
    with region.reader() as cursor:
        names = [name for (name,) in cursor.execute("SELECT name FROM account WHERE login = ''").fetchall()]
    assert names
    assert all(plain(name) == name and 1 <= len(name) <= MAX_NAME_LENGTH for name in names)


@pytest.mark.parametrize(
    ("section", "field", "parameters"),
    [
        ("Comptes", "Rechercher un compte", {}),
        ("Comptes", "Ajouter au périmètre", {"compte": CAMILLE.id}),
        ("Structures et unités", "Rechercher une structure", {}),
        ("Commentaires", "Rechercher un commentaire", {}),
        ("Journal", "Unité, structure ou personne", {}),
        ("Journal", "Repère noté auparavant", {}),
    ],
)
def test_a_search_of_administration_has_a_result_or_a_message_and_changes_nothing(page, region, section, field, parameters):
    write(region, WARD, 3, comment="Deux lits côté cour")
    screen = page("administration", "adele", volet=section, **parameters)
    before = stored(region)

    @page_examples(phases=UNSHRUNK)
    @given(SENT)
    def check_text(text):
        find_labelled(screen.text_input, field).set_value(text).run()
        assert not screen.exception
        for verify in [one for one in screen.button if one.label == "Vérifier la chaîne"]:
            verify.click().run()
            assert not screen.exception

    check_text()
    assert stored(region) == before
