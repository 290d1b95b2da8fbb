"""The sections « Structures et unités » and « Commentaires » of « Administration »."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.services import journal
from ror.services.availability.mask import mask
from ror.store import registry
from tests.examples import page_examples
from tests.pages.conftest import texts
from tests.pages.widgets import field, press
from tests.region import ADELE, BY_ID, CLOSED_UNIT, HOME, HOSPITAL, NOW, WARD, board_rows, rows, write

REGISTRY = {"volet": "Structures et unités"}
COMMENTS = {"volet": "Commentaires"}
NASTY = '**gras** <b onclick="x">x</b> [lien](http://exemple.fr) $a$ :red[r]'


@pytest.fixture
def opened(page, region):
    """Return a function that opens a section of the page as an administrator."""

    def open_section(**parameters):
        screen = page("administration", "adele", **parameters)
        assert not screen.exception
        return screen

    return open_section


def column(screen, name):
    return [value for one in screen.dataframe if name in one.value.columns for value in one.value[name]]


def structure(db, finess):
    with db.reader() as cursor:
        return registry.structure(cursor, finess)


def unit(db, unit_id):
    with db.reader() as cursor:
        return registry.unit_entry(cursor, unit_id)


@pytest.mark.parametrize("text", ["tilleuls", "PARIS", "75013", HOSPITAL])
def test_a_structure_is_found_by_name_commune_postal_code_or_number(opened, text):
    assert column(opened(**REGISTRY, repertoire=text), "Structure") == ["Hôpital fictif des Tilleuls"]


def test_a_search_without_result_suggests_an_action(opened):
    assert "essayez moins de mots" in opened(**REGISTRY, repertoire="zzz").info[0].value


def test_the_address_opens_the_sheet_of_a_structure_and_one_of_its_units(opened):
    screen = opened(**REGISTRY, structure=HOSPITAL, unite=WARD)
    shown = texts(screen)
    assert "1 rue des Exemples, 75013 Paris" in shown
    assert "Groupe hospitalier fictif des Tilleuls" in shown
    assert column(screen, "Unité") == ["Hôpital de jour", "Médecine interne", "Réanimation"]
    assert field(screen, "Nom").value == "Médecine interne"


@pytest.mark.parametrize("key", ["999999999", "'; DROP TABLE unit; --", "é" * 500])
def test_an_unknown_structure_or_unit_of_the_address_gets_a_sentence(opened, key):
    assert "n'existe pas" in opened(**REGISTRY, structure=key).warning[0].value
    assert "n'existe pas" in opened(**REGISTRY, structure=HOSPITAL, unite=key).warning[0].value


def test_a_refused_edit_keeps_the_fields_and_explains_the_refusal(opened, region):
    screen = opened(**REGISTRY, structure=HOSPITAL)
    field(screen, "Code postal").set_value("75")
    field(screen, "Commune").set_value("Ailleurs")
    screen = press(screen, "Enregistrer")
    assert "5 chiffres" in screen.error[0].value
    assert (field(screen, "Code postal").value, field(screen, "Commune").value) == ("75", "Ailleurs")
    assert structure(region, HOSPITAL).commune == "Paris"
    field(screen, "Code postal").set_value("75014")
    screen = press(screen, "Enregistrer")
    assert "est enregistrée" in screen.success[0].value
    assert (structure(region, HOSPITAL).postal_code, structure(region, HOSPITAL).commune) == ("75014", "Ailleurs")


def test_an_outdated_edit_is_refused_once_then_saved(opened, region):
    screen = opened(**REGISTRY, structure=HOSPITAL)
    with region.transaction() as transaction:
        registry.merge(transaction, [replace(structure(region, HOSPITAL), address="9 rue Fictive")])
    field(screen, "Commune").set_value("Ailleurs")
    screen = press(screen, "Enregistrer")
    assert "Entre-temps" in screen.error[0].value
    assert "9 rue Fictive" in texts(screen)
    screen = press(screen, "Enregistrer")
    assert structure(region, HOSPITAL).commune == "Ailleurs"


def test_a_new_structure_is_created_and_opened(opened, region):
    screen = press(opened(**REGISTRY), "Nouvelle structure")
    typed = {"Numéro FINESS": "2A0000012", "Nom": NASTY, "Code postal": "20000", "Commune": "Ajaccio", "Département": "2A"}
    for label, value in typed.items():
        field(screen, label).set_value(value)
    screen = press(screen, "Créer la structure")
    assert "est créée" in screen.success[0].value
    assert screen.query_params["structure"] == "2A0000012"
    assert structure(region, "2A0000012").name == NASTY


def test_a_name_of_markdown_and_html_is_shown_as_text(opened, region):
    with region.transaction() as transaction:
        registry.merge(transaction, [replace(structure(region, HOSPITAL), name=NASTY)])
        registry.merge(transaction, [replace(BY_ID[WARD], name=NASTY)])
    screen = press(opened(**REGISTRY, structure=HOSPITAL), "Fermer la structure")
    assert "&lt;b onclick" in texts(screen)
    assert "\\*\\*gras\\*\\* \\<b" in screen.warning[0].value
    screen = press(screen, "Oui, fermer la structure")
    assert "\\*\\*gras\\*\\* \\<b" in screen.success[0].value
    assert "[lien](" not in screen.success[0].value


def test_closing_a_structure_is_confirmed_first_and_undone_by_reopening_it(opened, region):
    screen = press(opened(**REGISTRY, structure=HOSPITAL), "Fermer la structure")
    assert "Ses 3 unités compteront comme fermées" in screen.warning[0].value
    assert not structure(region, HOSPITAL).closed
    screen = press(screen, "Non")
    assert not structure(region, HOSPITAL).closed
    screen = press(press(screen, "Fermer la structure"), "Oui, fermer la structure")
    assert structure(region, HOSPITAL).closed
    assert set(column(screen, "État")) >= {"Fermée avec la structure"}
    press(screen, "Rouvrir la structure")
    assert not structure(region, HOSPITAL).closed


def test_a_unit_is_created_edited_closed_and_reopened(opened, region):
    screen = press(opened(**REGISTRY, structure=HOME), "Nouvelle unité")
    field(screen, "Nom").set_value("Accueil de jour")
    screen = press(screen, "Créer l'unité")
    assert "type de l'unité" in screen.error[0].value
    assert field(screen, "Nom").value == "Accueil de jour"
    field(screen, "Type de l'unité").set_value("21")
    screen = press(screen, "Créer l'unité")
    unit_id = f"{HOME}-accueil-de-jour"
    assert screen.query_params["unite"] == unit_id
    field(screen, "Lits ou places installés (facultatif)").set_value("6")
    screen = next(one for one in reversed(screen.button) if one.label == "Enregistrer").click().run()
    assert unit(region, unit_id).installed == 6
    screen = press(press(screen, "Fermer l'unité"), "Oui, fermer l'unité")
    assert unit(region, unit_id).closed
    press(screen, "Rouvrir l'unité")
    assert not unit(region, unit_id).closed


def test_a_unit_is_described_and_keeps_its_description(opened, region):
    screen = opened(**REGISTRY, structure=HOSPITAL, unite=WARD)
    field(screen, "Public").set_value("child")
    field(screen, "Nom court").set_value("MI 2")
    field(screen, "Secteur psychiatrique").set_value("75G05")
    field(screen, "Zone d'intervention").set_value("Paris 13e")
    field(screen, "Activité opérationnelle").set_value("085")
    field(screen, "Unité sensible").set_value("oui")
    screen = press(screen, "Enregistrer")
    stored = unit(region, WARD)
    assert (stored.patient_type, stored.short_name, stored.psychiatric_sector) == ("child", "MI 2", "75G05")
    assert (stored.intervention_zone, stored.operational_activity, stored.sensitive) == ("Paris 13e", "085", True)
    field(screen, "Nom court").set_value("MI 3")
    press(screen, "Enregistrer")
    assert unit(region, WARD) == replace(stored, short_name="MI 3")


def test_a_unit_closed_in_the_registry_can_only_be_reopened(opened):
    labels = [one.label for one in opened(**REGISTRY, structure=HOME, unite=CLOSED_UNIT).button]
    assert "Rouvrir l'unité" in labels
    assert "Fermer l'unité" not in labels


def test_a_right_lost_while_the_page_is_open_stops_its_actions(opened, region):
    screen = press(opened(**REGISTRY, structure=HOSPITAL), "Fermer la structure")
    with region.transaction() as transaction:
        transaction.cursor.execute("UPDATE account_role SET role = 'professional' WHERE account = ?", [ADELE.id])
    screen = press(screen, "Oui, fermer la structure")
    assert "ne donne pas accès" in screen.warning[0].value
    assert not structure(region, HOSPITAL).closed
    assert journal.read(region, None, journal.JournalQuery(outcome="refused"), NOW)["subject"].to_pylist() == [
        f"structure:{HOSPITAL}"
    ]


@page_examples()
@given(
    text=st.text(min_size=1, max_size=40),
    label=st.sampled_from(
        [
            "Nom",
            "Code postal",
            "Téléphone du standard (facultatif)",
            "Téléphone de la gestion des lits (facultatif)",
            "Latitude (facultatif)",
        ]
    ),
)
def test_any_text_in_a_field_is_saved_or_refused_with_a_sentence(form, region, text, label):
    before = rows(region, "structure")
    field(form, label).set_value(text)
    screen = next(one for one in form.button if one.label == "Créer la structure").click().run()
    assert not screen.exception
    assert screen.error
    assert rows(region, "structure") == before


@pytest.fixture
def form(opened):
    """Open the form of a new structure without a FINESS number, with which nothing may be stored."""
    return press(opened(**REGISTRY), "Nouvelle structure")


# Comments


def test_each_comment_is_shown_as_text_with_its_unit_and_author(opened, region):
    write(region, WARD, 3, comment=NASTY)
    shown = texts(opened(**COMMENTS))
    assert "**gras** &lt;b onclick=&quot;x&quot;&gt;" in shown
    assert "Médecine interne, Hôpital fictif des Tilleuls, Paris" in shown
    assert "Camille Exemple" in shown


def test_masking_is_confirmed_first_then_done(opened, region):
    write(region, WARD, 3, comment="Monsieur Untel")
    screen = press(opened(**COMMENTS), "Masquer")
    assert "ne peut pas être annulé" in screen.warning[0].value
    assert board_rows(region)[WARD]["comment"] == "Monsieur Untel"
    screen = press(screen, "Oui, masquer")
    assert "est masqué" in screen.success[0].value
    assert "Untel" not in texts(screen)
    assert board_rows(region)[WARD]["comment"] == ""


def test_a_comment_masked_by_another_meanwhile_is_refused_with_a_sentence(opened, region):
    event = write(region, WARD, 3, comment="Monsieur Untel")
    screen = press(opened(**COMMENTS), "Masquer")
    mask(region, ADELE, event.position, NOW)
    screen = press(screen, "Oui, masquer")
    assert "déjà masqué" in screen.error[0].value


def test_comments_are_searched_and_the_list_shows_their_total(opened, region):
    for number in range(30):
        write(region, WARD, 3, comment=f"Commentaire {number}")
    assert "30 commentaires, les 25 plus récents ici" in texts(opened(**COMMENTS))
    assert "1 commentaire." in texts(search_comments(opened, "commentaire 17"))
    assert "Aucun commentaire ne correspond" in search_comments(opened, "zzz").info[0].value


def search_comments(opened, text):
    return field(opened(**COMMENTS), "Rechercher un commentaire").set_value(text).run()


@pytest.mark.parametrize(
    ("section", "label"), [("Commentaires", "Rechercher un commentaire"), ("Comptes", "Rechercher un compte")]
)
def test_a_searched_name_is_never_in_the_address(opened, section, label):
    screen = field(opened(volet=section), label).set_value("Monsieur Untel").run()
    assert field(screen, label).proto.query_param_key == ""
    assert "Untel" not in str(dict(screen.query_params))
    # This search is in the address: it only finds structures.
    assert field(opened(**REGISTRY), "Rechercher une structure").proto.query_param_key != ""


def test_an_empty_list_of_comments_has_a_sentence(opened):
    assert "Aucun commentaire à montrer" in opened(**COMMENTS).info[0].value


def test_a_masked_comment_is_marked_in_the_history_of_its_unit(page, region):
    now = datetime.now(UTC)
    event = write(region, WARD, 3, now, comment="Monsieur Untel")
    mask(region, ADELE, event.position, now)
    screen = page("structures", "dominique", structure=HOSPITAL, unite=WARD)
    assert not screen.exception
    assert "Untel" not in texts(screen)
    assert "(commentaire masqué)".encode() in screen.get("vega_lite_chart")[0].proto.SerializeToString()


def test_an_open_form_loses_the_masked_text(page, region):
    now = datetime.now(UTC)
    event = write(region, WARD, 3, now, comment="Monsieur Untel")
    screen = page("mise_a_jour", "camille", unite=WARD)
    assert screen.text_area[0].value == "Monsieur Untel"
    mask(region, ADELE, event.position, now)
    screen = screen.run()
    assert screen.text_area[0].value == ""
    assert [one.value.partition(" :")[0] for one in screen.warning] == [
        "L'administration a masqué le commentaire de cette unité"
    ]
    next(one for one in screen.text_input if one.label.startswith("Nombre")).set_value("4")
    screen = press(screen, "Enregistrer")
    assert not screen.error
    assert (board_rows(region, now)[WARD]["available"], board_rows(region, now)[WARD]["comment"]) == (4, "")
