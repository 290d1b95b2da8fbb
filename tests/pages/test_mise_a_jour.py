"""The page « Mise à jour »: the list of units, the form and its answers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ror.model.capacity import Counts
from ror.model.rights import Perimeter
from ror.services.availability.declare import DeclarationDraft, declare
from ror.services.availability.mask import mask
from ror.store import registry, registry_changes
from tests.pages.conftest import as_read, texts
from tests.pages.widgets import field, press
from tests.region import (
    ADELE,
    BLANCHE,
    CAMILLE,
    CLAUDE,
    CLOSED_UNIT,
    DAY_HOSPITAL,
    NURSING,
    RESUSCITATION,
    STRUCTURES,
    WARD,
    change_unit,
    store_account,
    write,
)


def now(**ago):
    return datetime.now(UTC) - timedelta(**ago)


def table(screen, name="Unité"):
    return next(as_read(one.value) for one in screen.dataframe if name in one.value.columns)


def test_the_most_overdue_unit_is_open_first(page, region):
    for unit, hours in ((WARD, 30 * 24), (DAY_HOSPITAL, 10 * 24), (RESUSCITATION, 2)):
        write(region, unit, 3, now(hours=hours))
    screen = page("mise_a_jour", "claude", unite="inconnue")
    assert next(one for one in screen.selectbox if one.label == "Unité").value == "990930002-02"
    screen = page("mise_a_jour", "blanche", unite=WARD)
    assert list(table(screen)["Unité"])[:1] == ["Hébergement"]
    assert "dont <b>4 en retard</b>" in texts(screen)


def test_the_list_has_number_age_and_author_of_each_unit(page, region):
    write(region, WARD, 5, now(minutes=20, seconds=30), account=BLANCHE.id)
    screen = page("mise_a_jour", "camille", unite=WARD)
    line = table(screen).set_index("Unité").loc["Médecine interne"]
    assert (line["Disponible"], line["Par"], line["En retard"]) == ("5 lits", "Blanche Modèle", "")
    assert list(line["Âge"]) == ["● moins d'1 h"]
    assert line["Mise à jour"] == "il y a 20 min"


def test_a_number_is_declared_and_read_back_at_once(page, region):
    screen = page("mise_a_jour", "camille", unite=WARD)
    field(screen, "Nombre de lits").set_value("7")
    screen.text_area[0].set_value("Sortie prévue demain")
    press(screen, "Enregistrer")
    assert not screen.exception
    assert "Médecine interne : 7 lits, enregistré à l'instant." in texts(screen)
    line = table(screen).set_index("Unité").loc["Médecine interne"]
    assert (line["Disponible"], line["Commentaire"], line["Mise à jour"]) == ("7 lits", "Sortie prévue demain", "à l'instant")
    assert any(one.label.startswith("Unité suivante") for one in screen.button)


def test_the_form_is_prefilled_with_the_last_number_and_comment(page, region):
    write(region, WARD, 5, now(hours=3), comment="Aile nord")
    screen = page("mise_a_jour", "camille", unite=WARD)
    assert field(screen, "Nombre de lits").value == "5"
    assert screen.text_area[0].value == "Aile nord"


def test_nothing_changed_confirms_number_and_comment_in_one_click(page, region):
    write(region, WARD, 5, now(days=9), comment="Aile nord")
    screen = press(page("mise_a_jour", "camille", unite=WARD), "Rien n'a changé")
    line = table(screen).set_index("Unité").loc["Médecine interne"]
    assert (line["Disponible"], line["Commentaire"], line["Mise à jour"]) == ("5 lits", "Aile nord", "à l'instant")


def test_a_unit_without_number_has_nothing_to_confirm(page, region):
    screen = page("mise_a_jour", "camille", unite=WARD)
    assert next(one for one in screen.button if one.label == "Rien n'a changé").disabled


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("-3", "un nombre entier, 0 ou plus"),
        ("3,7", "un nombre entier, 0 ou plus"),
        ("", "Indiquez le nombre disponible"),
        ("21", "L'unité compte 20 lits : elle ne peut pas en offrir 21"),
        ("1e2", "un nombre entier, 0 ou plus"),
        ("2 lits", "un nombre entier, 0 ou plus"),
        ("123456", "dépasse 9999"),
    ],
)
def test_an_impossible_number_is_refused_with_a_sentence_and_stays_typed(page, region, typed, sentence):
    screen = page("mise_a_jour", "camille", unite=WARD)
    field(screen, "Nombre de lits").set_value(typed)
    screen.text_area[0].set_value("Mon commentaire")
    press(screen, "Enregistrer")
    assert sentence in screen.error[0].value
    assert field(screen, "Nombre de lits").value == typed
    assert screen.text_area[0].value == "Mon commentaire"
    assert table(screen).set_index("Unité").loc["Médecine interne"]["Disponible"] is None


def by_sex(screen, **typed):
    for label, value in typed.items():
        field(screen, {"women": "Dont femmes", "men": "Hommes", "either": "Indifférents"}[label]).set_value(value)


def test_the_number_available_may_be_told_by_sex_on_one_line_of_the_detail(page, region):
    screen = page("mise_a_jour", "camille", unite=WARD)
    (detail,) = (one for one in screen.expander if one.label == "Détail (facultatif)")
    assert not detail.proto.expanded
    assert [one.label for one in detail.text_input][-3:] == ["Dont femmes", "Hommes", "Indifférents"]
    field(screen, "Nombre de lits").set_value("5")
    by_sex(screen, women="2", either="1")
    press(screen, "Enregistrer")
    assert "Médecine interne : 5 lits, enregistré à l'instant. Détail : dont 2 femmes, 1 indifférent." in texts(screen)
    line = table(screen).set_index("Unité").loc["Médecine interne"]
    assert [str(line[name]).strip() for name in ("Dont femmes", "Dont indifférents")] == ["2", "1"]
    press(screen, "Rien n'a changé")
    assert "confirmé à l'instant. Détail : dont 2 femmes, 1 indifférent." in texts(screen)


@pytest.mark.parametrize(("women", "sentence"), [("6", "font 6 ensemble, pour 5 disponibles"), ("x", "« femmes » doit être")])
def test_numbers_by_sex_that_do_not_fit_are_refused_beside_their_fields(page, region, women, sentence):
    screen = page("mise_a_jour", "camille", unite=WARD)
    field(screen, "Nombre de lits").set_value("5")
    by_sex(screen, women=women)
    press(screen, "Enregistrer")
    (detail,) = (one for one in screen.expander if one.label == "Détail (facultatif)")
    assert [sentence in one.value for one in detail.error] == [True]
    assert len(screen.error) == 1
    assert field(screen, "Dont femmes").value == women
    field(screen, "Nombre de lits").set_value("21")
    press(screen, "Enregistrer")
    assert len(screen.error) == 1


def test_a_number_by_sex_alone_is_no_confirmation(page, region):
    write(region, WARD, 5, now(hours=3))
    screen = page("mise_a_jour", "camille", unite=WARD)
    by_sex(screen, men="1")
    press(screen, "Rien n'a changé")
    assert "Vous avez modifié le formulaire" in screen.error[0].value


def test_an_unusual_number_is_written_after_one_question(page, region):
    write(region, WARD, 1, now(hours=3))
    screen = page("mise_a_jour", "camille", unite=WARD)
    field(screen, "Nombre de lits").set_value("18")
    press(screen, "Enregistrer")
    assert "Est-ce bien 18 ?" in screen.warning[0].value
    assert table(screen).set_index("Unité").loc["Médecine interne"]["Disponible"] == "1 lit"
    press(screen, "Oui, enregistrer 18")
    assert table(screen).set_index("Unité").loc["Médecine interne"]["Disponible"] == "18 lits"


def test_the_confirmation_of_an_unusual_number_is_not_that_of_another_one(page, region):
    write(region, WARD, 1, now(hours=3))
    screen = page("mise_a_jour", "camille", unite=WARD)
    field(screen, "Nombre de lits").set_value("18")
    press(screen, "Enregistrer")
    field(screen, "Nombre de lits").set_value("19")
    press(screen, "Oui, enregistrer 18")
    assert "Est-ce bien 19 ?" in screen.warning[0].value


def test_the_second_manager_sees_the_first_ones_number_before_saving_over_it(page, region):
    screen = page("mise_a_jour", "camille", unite=WARD)
    declare(region, BLANCHE, DeclarationDraft(WARD, Counts(2)), datetime.now(UTC))
    field(screen, "Nombre de lits").set_value("4")
    press(screen, "Enregistrer")
    shown = screen.error[0].value + "".join(one.value for one in screen.warning)
    assert "Blanche Modèle a déclaré 2 lits" in shown
    assert field(screen, "Nombre de lits").value == "4"
    assert table(screen).set_index("Unité").loc["Médecine interne"]["Disponible"] == "2 lits"
    press(screen, "Enregistrer")
    assert table(screen).set_index("Unité").loc["Médecine interne"]["Disponible"] == "4 lits"


def test_a_save_whose_run_ended_before_its_answer_is_acknowledged_by_the_next_run(page, region):
    screen = page("mise_a_jour", "camille", unite=WARD)
    form = screen.session_state[f"declaration-{WARD}"]
    field(screen, "Nombre de lits").set_value("7")
    draft = DeclarationDraft(WARD, Counts(7), "", form.seen_position, form.masks_seen, form.save_id)
    declare(region, CAMILLE, draft, now())
    screen.run()
    assert "Médecine interne : 7 lits, enregistré à l'instant." in texts(screen)
    assert "Entre-temps" not in texts(screen)
    field(screen, "Nombre de lits").set_value("8")
    press(screen, "Enregistrer")
    assert "Médecine interne : 8 lits, enregistré à l'instant." in texts(screen)


def test_the_last_save_can_be_undone(page, region):
    write(region, WARD, 5, now(hours=3, minutes=5))
    screen = page("mise_a_jour", "camille", unite=WARD)
    field(screen, "Nombre de lits").set_value("7")
    press(screen, "Enregistrer")
    press(screen, "Annuler")
    assert "mise à jour annulée" in texts(screen)
    line = table(screen).set_index("Unité").loc["Médecine interne"]
    assert (line["Disponible"], line["Mise à jour"]) == ("5 lits", "il y a 3 h")


def test_a_unit_is_closed_for_a_time_and_a_number_reopens_it(page, region):
    write(region, WARD, 5, now(days=9))
    screen = page("mise_a_jour", "camille", unite=WARD)
    screen.date_input[0].set_value(datetime.now(UTC).date() + timedelta(days=10))
    press(screen, "Fermer l'unité")
    line = table(screen).set_index("Unité").loc["Médecine interne"]
    assert (line["Disponible"], line["En retard"], list(line["Âge"])) == ("0 lit", "", ["⊘ Fermée"])
    field(screen, "Nombre de lits").set_value("3")
    press(screen, "Enregistrer")
    line = table(screen).set_index("Unité").loc["Médecine interne"]
    assert (line["Disponible"], list(line["Âge"])) == ("3 lits", ["● moins d'1 h"])


def test_closing_without_a_day_is_refused_with_a_sentence(page, region):
    screen = press(page("mise_a_jour", "camille", unite=WARD), "Fermer l'unité")
    assert screen.error[0].value == "Choisissez le dernier jour de fermeture."


def test_a_unit_closed_in_the_registry_has_no_form(page, region):
    screen = page("mise_a_jour", "blanche", unite=CLOSED_UNIT)
    assert "fermée au répertoire" in texts(screen)
    assert not [one for one in screen.text_input if one.label.startswith("Nombre")]


def test_the_unit_of_somebody_else_is_not_opened_by_its_address(page, region):
    screen = page("mise_a_jour", "claude", unite=RESUSCITATION)
    assert "Réanimation" not in texts(screen)
    assert next(one for one in screen.selectbox if one.label == "Unité").value != RESUSCITATION


def test_a_professional_is_refused_with_a_sentence(page, region):
    screen = page("mise_a_jour", "dominique")
    assert "ne donne pas accès à cet écran" in screen.warning[0].value
    assert not screen.dataframe


def test_a_session_that_was_closed_serves_nothing_more(page, region):
    screen = page("mise_a_jour", "camille", unite=WARD)
    with region.transaction() as transaction:
        transaction.cursor.execute("UPDATE session SET closed_at = opened_at")
    assert not screen.run().dataframe
    assert CAMILLE.name not in texts(screen)


def test_nothing_changed_is_refused_when_something_was_typed(page, region):
    write(region, WARD, 5, now(days=9, hours=1))
    screen = page("mise_a_jour", "camille", unite=WARD)
    field(screen, "Nombre de lits").set_value("8")
    press(screen, "Rien n'a changé")
    assert "Vous avez modifié le formulaire" in screen.error[0].value
    assert field(screen, "Nombre de lits").value == "8"
    assert table(screen).set_index("Unité").loc["Médecine interne"]["Mise à jour"] == "il y a 9 jours"


def test_the_second_manager_can_restart_from_the_new_number(page, region):
    screen = page("mise_a_jour", "camille", unite=WARD)
    declare(region, BLANCHE, DeclarationDraft(WARD, Counts(2)), datetime.now(UTC))
    screen.run()
    assert "Blanche Modèle a déclaré 2 lits" in screen.warning[0].value
    press(screen, "Reprendre le nouveau nombre")
    assert field(screen, "Nombre de lits").value == "2"
    assert not screen.warning


def test_a_past_day_is_refused_with_a_sentence(page, region):
    screen = page("mise_a_jour", "camille", unite=WARD)
    screen.date_input[0].set_value(datetime.now(UTC).date() - timedelta(days=10))
    press(screen, "Fermer l'unité")
    assert "entre aujourd'hui et un an plus tard" in screen.error[0].value


def test_another_unit_is_chosen_from_the_field_as_from_the_list(page, region):
    screen = page("mise_a_jour", "camille", unite=WARD)
    screen.selectbox[0].set_value(DAY_HOSPITAL).run()
    assert screen.query_params["unite"] == DAY_HOSPITAL
    assert field(screen, "Nombre de places").value == ""


def test_a_refusal_replaces_the_success_of_the_previous_save(page, region):
    screen = page("mise_a_jour", "camille", unite=WARD)
    field(screen, "Nombre de lits").set_value("7")
    press(screen, "Enregistrer")
    assert screen.success
    field(screen, "Nombre de lits").set_value("3,7")
    press(screen, "Enregistrer")
    assert screen.error
    assert not screen.success


@pytest.mark.parametrize("renamed", ["unit", "structure"])
def test_a_name_changed_in_the_registry_leaves_the_form_at_its_unit(page, region, renamed):
    write(region, NURSING, 5, now(days=30))
    screen = page("mise_a_jour", "blanche", unite=WARD)
    form = field(screen, "Nombre de lits").key
    # A browser still sends the name that its list was rendered with.
    drawn = screen._tree.get_widget_states()
    if renamed == "unit":
        change_unit(region, WARD, name="Médecine polyvalente")
    else:
        with region.transaction() as transaction:
            registry.merge(transaction, [replace(STRUCTURES[0], name="Hôpital fictif rebaptisé")])
            registry_changes.record_change(transaction, "tests", datetime.now(UTC))
    for _ in range(2):
        screen._run(drawn)
    assert screen.query_params["unite"] == screen.selectbox[0].value == WARD
    assert {"unit": "polyvalente", "structure": "rebaptisé"}[renamed] in screen.selectbox[0].format_func(WARD)
    assert field(screen, "Nombre de lits").key == form


MASKED = "L'administration a masqué le commentaire de cette unité"


@pytest.mark.parametrize("redrawn", [False, True], ids=["saved at once", "drawn again by a tick"])
def test_a_masked_comment_that_was_being_edited_is_saved_only_knowingly(page, region, redrawn):
    event = declare(region, CAMILLE, DeclarationDraft(WARD, Counts(3), "Monsieur Deux attend"), datetime.now(UTC))
    screen = page("mise_a_jour", "camille", unite=WARD)
    mask(region, ADELE, event.position, datetime.now(UTC))
    if redrawn:
        screen.run()
        assert MASKED in screen.warning[0].value
    # The text typed in a form stays in the browser until the form is saved.
    screen.text_area[0].set_value("Monsieur Deux attend ici")
    press(screen, "Enregistrer")
    assert "a masqué le commentaire" in screen.error[0].value
    assert MASKED in screen.warning[0].value
    assert screen.text_area[0].value == "Monsieur Deux attend ici"
    assert table(screen).set_index("Unité").loc["Médecine interne"]["Commentaire"] == ""
    screen.text_area[0].set_value("Un patient attend ici")
    press(screen, "Enregistrer")
    assert not screen.error
    assert table(screen).set_index("Unité").loc["Médecine interne"]["Commentaire"] == "Un patient attend ici"
    assert MASKED not in texts(screen)


def test_a_mask_empties_an_unedited_comment_and_warns(page, region):
    event = declare(region, CAMILLE, DeclarationDraft(WARD, Counts(3), "Monsieur Deux attend"), datetime.now(UTC))
    screen = page("mise_a_jour", "camille", unite=WARD)
    mask(region, ADELE, event.position, datetime.now(UTC))
    screen.run()
    assert MASKED in screen.warning[0].value
    assert screen.text_area[0].value == ""
    field(screen, "Nombre de lits").set_value("4")
    press(screen, "Enregistrer")
    assert not screen.error


def test_the_table_of_the_sheet_is_rendered_once_it_is_unfolded(page, region):
    write(region, WARD, 5, now(minutes=20, seconds=30))
    screen = page("mise_a_jour", "camille")
    assert not screen.dataframe
    screen.session_state["table"] = True
    line = table(screen.run()).set_index("Unité").loc["Médecine interne"]
    assert (line["Disponible"], line["Mise à jour"]) == ("5 lits", "il y a 20 min")


def test_a_manager_of_one_unit_has_its_form_and_the_others_the_sheet(page, region):
    store_account(region, replace(CLAUDE, perimeter=Perimeter(units=frozenset({DAY_HOSPITAL}))))
    assert field(page("mise_a_jour", "claude"), "Nombre de places")
    assert not page("mise_a_jour", "camille").text_input


def test_the_form_of_one_unit_leads_back_to_the_sheet_of_all(page, region):
    screen = page("mise_a_jour", "camille", unite=WARD)
    assert field(screen, "Nombre de lits")
    screen = press(screen, "Toutes mes unités")
    assert "unite" not in screen.query_params
    assert not screen.text_input
    assert screen.get("bidi_component")


def test_the_units_that_the_sheet_leaves_out_are_counted(page, region):
    assert "dans votre périmètre, dont" in texts(page("mise_a_jour", "claude"))
    assert "au répertoire" not in texts(page("mise_a_jour", "claude"))
    assert "; 1 fermée au répertoire, sans saisie." in texts(page("mise_a_jour", "blanche"))
