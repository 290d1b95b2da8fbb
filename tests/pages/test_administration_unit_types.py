"""The section « Types et besoins » of « Administration »."""

import pytest

from ror.model.needs import published_needs
from ror.model.type_decision import TypeDecision
from ror.services.registry import unit_types
from ror.services.registry.unit_types import TypedDecision
from ror.store import unit_types as stored_types
from tests.pages.conftest import texts
from tests.pages.widgets import field, press
from tests.region import ADELE, BY_ID, NOW, WARD, board_rows, change_unit

SECTION = {"volet": "Types et besoins"}
HOSPITAL_STAY = "16"


@pytest.fixture
def opened(page, region):
    def open_section(**parameters):
        screen = page("administration", "adele", **SECTION, **parameters)
        assert not screen.exception
        return screen

    return open_section


def listed(screen):
    (table,) = (one.value for one in screen.dataframe if "Décision" in one.value.columns)
    return table


def stored_decisions(db):
    with db.reader() as cursor:
        return stored_types.decisions(cursor)


def test_the_types_of_units_come_first_and_the_others_when_asked(opened):
    screen = opened()
    assert len(listed(screen)) == len({unit.unit_type for unit in BY_ID.values()})
    assert set(listed(screen)["Décision"]) == {"comme proposé"}
    assert len(listed(field(screen, "Aussi les types").set_value(True).run())) == 307


@pytest.mark.parametrize(("text", "code"), [("121", "121"), ("REANIMATION neonatale", "287"), ("ssiad", "28")])
def test_a_type_is_found_by_its_code_its_label_or_its_need(opened, text, code):
    assert code in set(listed(opened(types=text))["Code"])


def test_a_search_without_result_says_what_to_do(opened):
    assert "Aucun type ne correspond" in texts(opened(types="dentiste"))


def test_a_type_is_decided_then_goes_back_to_the_proposal(opened, region):
    screen = opened(**{"type-unite": HOSPITAL_STAY})
    field(screen, "Ces unités comptent").set_value("02")
    field(screen, "Délai").set_value("12")
    field(screen, "Besoins").set_value(["HAD", "SMR"])
    screen = press(screen, "Enregistrer")
    assert stored_decisions(region) == (TypeDecision(HOSPITAL_STAY, "02", 12, True, "smr|had"),)
    assert board_rows(region)[WARD]["capacity_type"] == "02"
    (line,) = (row for row in listed(screen).to_dict("records") if row["Code"] == HOSPITAL_STAY)
    assert (line["Compte en"], line["Délai (heures)"], line["Besoins"], line["Décision"]) == (
        "places",
        12,
        "SMR, HAD",
        "de la région",
    )
    press(screen, "Revenir à la proposition")
    assert stored_decisions(region) == ()


def test_a_refused_decision_keeps_what_was_typed(opened, region):
    screen = opened(**{"type-unite": HOSPITAL_STAY})
    field(screen, "Délai").set_value("douze")
    screen = press(screen, "Enregistrer")
    assert "nombre entier d'heures" in screen.error[0].value
    assert field(screen, "Délai").value == "douze"
    assert stored_decisions(region) == ()


def test_a_type_that_is_not_followed_is_on_no_board(opened, region):
    screen = opened(**{"type-unite": HOSPITAL_STAY})
    field(screen, "Suivi dans la région").set_value(False)
    press(screen, "Enregistrer")
    assert WARD not in board_rows(region)


def test_a_decision_taken_by_somebody_else_meanwhile_is_shown_before_it_is_written_over(opened, region):
    screen = opened(**{"type-unite": HOSPITAL_STAY})
    field(screen, "Délai").set_value("12")
    unit_types.decide(region, ADELE, TypeDecision(HOSPITAL_STAY), TypedDecision(duty="24"), NOW)
    screen = press(screen, "Enregistrer")
    assert "Entre-temps" in screen.error[0].value
    assert field(screen, "Délai").value == "12"
    press(screen, "Enregistrer")
    assert stored_decisions(region) == (TypeDecision(HOSPITAL_STAY, duty_hours=12),)


def test_the_words_of_a_need_are_changed_and_restored(opened, region):
    screen = field(opened(), "Besoin").set_value("geriatrie").run()
    field(screen, "Mots").set_value("interne")
    screen = press(screen, "Enregistrer les mots")
    assert "Les mots de « Gériatrie » sont enregistrés." in texts(screen)
    field(screen, "Mots").set_value("日本")
    screen = press(screen, "Enregistrer les mots")
    assert "n'est pas un mot" in screen.error[0].value
    assert board_rows(region)[WARD]["needs"] == "medecine|geriatrie"
    press(screen, "Revenir aux mots proposés")
    assert board_rows(region)[WARD]["needs"] == "medecine"


def test_the_sheet_of_a_unit_says_why_it_does_not_declare(page, region):
    def sheet():
        return texts(page("administration", "adele", volet="Structures et unités", structure=BY_ID[WARD].structure, unite=WARD))

    assert "Compte en lits." in sheet()
    change_unit(region, WARD, unit_type="02")
    assert "Ne déclare pas : nature à préciser." in sheet()
    unit_types.decide(region, ADELE, TypeDecision("02"), TypedDecision("00"), NOW)
    assert "Ne déclare pas : ne compte ni lits ni places." in sheet()


def test_consultations_are_filtered_by_need_first_of_all_filters(page, region):
    screen = page("departements", "coralie", besoin="Réanimation", vue="departements")
    (needs,) = (one for one in screen.get("button_group") if one.key == "besoin")
    assert needs.options == [need.label for need in published_needs().values()]
    (table,) = (one.value for one in screen.dataframe if "Département" in one.value.columns)
    assert table["Unités"].sum() == 1
