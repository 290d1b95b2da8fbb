"""The page « Coordination », section « Afflux »: its result, the ages of the numbers in it, refusals and empty states."""

import html
from datetime import UTC, datetime, timedelta

import pytest

from tests.pages.conftest import texts
from tests.pages.widgets import field
from tests.region import CARDIAC, HOSPITAL, PSYCHIATRY, WARD, write

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PLACE = f"structure:{HOSPITAL}"


@pytest.fixture
def now():
    return datetime.now(UTC)


@pytest.fixture(autouse=True)
def numbers(region, now):
    """Write 2 beds at the hospital, 3 at 3 km, 6 at 11 km."""
    write(region, WARD, 2, now - HOUR / 2)
    write(region, PSYCHIATRY, 3, now - 3 * HOUR)
    write(region, CARDIAC, 6, now - 9 * DAY - HOUR)


@pytest.fixture
def opened(page):
    def open_section(**parameters):
        screen = page("coordination", "coralie", volet="Afflux", **parameters)
        assert not screen.exception
        return screen

    return open_section


def shown_text(screen):
    return html.unescape(texts(screen))


def test_without_a_place_it_says_what_to_choose(opened):
    assert "Indiquez dans « Près de » où sont les patients" in texts(opened())


def test_an_unknown_place_is_refused(opened):
    assert "Ce lieu n'est pas connu" in texts(opened(pres="commune:00000"))


def test_the_result_is_one_sentence_then_its_ages_and_that_nothing_is_reserved(opened):
    shown = shown_text(opened(pres=PLACE, nombre="15", rayon="50 km"))
    assert "15 patients : 11 placés dans 3 structures à 11 km en médiane, 4 sans place à moins de 50 km" in shown
    assert (
        "11 lits pris, dont 5 confirmés depuis moins de 24 h et 6 il y a plus de 7 jours ; le plus ancien, il y a 9 jours"
        in shown
    )
    assert "Rien n'est réservé" in shown
    assert "Départements pleins : Paris après 2 patients, Val-de-Marne après 5 patients" in shown


def test_who_is_left_reads_where_the_next_place_is(opened):
    shown = shown_text(opened(pres=PLACE, nombre="15", rayon="10 km"))
    assert "15 patients : 5 placés dans 2 structures" in shown
    assert "10 sans place à moins de 10 km" in shown
    assert "le lit libre le plus proche est à 10,6 km." in shown


def test_what_is_left_is_told_when_everybody_has_a_place(opened):
    shown = shown_text(opened(pres=PLACE, nombre="1"))
    assert "1 patient : 1 placé dans 1 structure à 100 m en médiane, tous à moins de 50 km" in shown
    assert "Il reste 10 lits dans ce rayon" in shown


def test_nobody_is_placed_where_nothing_is_free(opened):
    shown = shown_text(opened(pres=PLACE, nombre="4", nature="Places"))
    assert "4 patients : aucun placé, 4 sans place" in shown


def test_criteria_that_no_unit_meets_have_a_sentence_of_their_own(opened):
    assert "Aucune unité ne correspond à ces critères" in texts(opened(pres=PLACE, besoin="Handicap"))


def test_the_criteria_of_the_address_apply(opened):
    shown = shown_text(opened(pres=PLACE, nombre="15", reserve="1", reactivables="true", recents="■ moins de 24 h"))
    assert "15 patients : 3 placés dans 2 structures" in shown
    assert "Fermés réactivables : aucun n'est déclaré ici" in shown


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"nombre": "0"}, "nombre de patients en chiffres, de 1 à 5 000"),
        ({"nombre": "5001"}, "nombre de patients en chiffres, de 1 à 5 000"),
        ({"reserve": "-1"}, "réserve par unité en chiffres, de 0 à 99"),
    ],
)
def test_a_number_that_makes_no_sense_is_refused_and_nothing_is_computed(opened, parameters, words):
    shown = shown_text(opened(pres=PLACE, **parameters))
    assert words in shown
    assert "Rien n'est réservé" not in shown


def test_a_field_that_changes_changes_the_result(opened):
    screen = opened(pres=PLACE, nombre="4")
    assert "aucun placé" in texts(field(screen, "Lit ou place").set_value("Places").run())


def test_units_and_what_is_full_are_tables_with_downloads(opened):
    screen = opened(pres=PLACE, nombre="4")
    units, full = (one.value for one in screen.dataframe)
    assert units["Unité"].tolist() == ["Médecine interne", "Psychiatrie", "Soins intensifs de cardiologie"]
    assert units["Placés"].tolist() == [2, 2, 0]
    assert units["Patients n°"].tolist() == ["1 à 2", "3 à 4", ""]
    assert full["Plein"].tolist() == ["Unité", "Structure", "Département"]
    assert full["Après (patients)"].tolist() == [2, 2, 2]
    assert [one.label for one in screen.get("download_button")] == ["Télécharger (CSV)", "Télécharger (Excel)"] * 2


def test_another_account_has_no_section(page):
    assert "ne donne pas accès à cet écran" in texts(page("coordination", "camille", volet="Afflux"))
