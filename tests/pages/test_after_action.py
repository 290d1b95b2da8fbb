"""The page « Coordination », section « Retour d'expérience »: totals, then each unit and how its true number was learnt."""

import html
from datetime import UTC, datetime, timedelta

import pytest

from ror.services.region_time import region_zone
from tests.pages.conftest import texts
from tests.pages.widgets import field
from tests.region import CARDIAC, DAY_HOSPITAL, WARD, write

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AT = datetime.now(UTC).replace(second=0, microsecond=0) - DAY
SECTION = "Retour d'expérience"


@pytest.fixture(autouse=True)
def numbers(region):
    """Write a ward with 4 known and 1 true bed, a unit whose known number was true, and places whose true number is unknown."""
    write(region, WARD, 4, AT - 6 * HOUR)
    write(region, WARD, 1, AT - HOUR, recorded_at=AT + 3 * HOUR)
    write(region, CARDIAC, 2, AT - HOUR)
    write(region, CARDIAC, 2, AT + 40 * MINUTE)
    write(region, DAY_HOSPITAL, 7, AT - HOUR)


@pytest.fixture
def opened(page):
    def open_section(at=AT, **parameters):
        if at is not None:
            parameters["au"] = f"{at.astimezone(region_zone()):%Y-%m-%dT%H:%M}"
        screen = page("coordination", "coralie", volet=SECTION, **parameters)
        assert not screen.exception
        return screen

    return open_section


def shown_text(screen):
    return html.unescape(texts(screen))


def test_without_an_instant_it_says_what_to_choose(opened):
    assert "Choisissez dans « État au » le jour et l'heure à revoir" in shown_text(opened(None))


def test_an_instant_to_come_or_before_the_log_is_refused(opened):
    assert "à venir" in shown_text(opened(AT + 3 * DAY))
    assert "La première déclaration a été enregistrée" in shown_text(opened(AT - 30 * DAY))


def test_the_totals_come_first_with_what_differed_and_what_is_unknown(opened):
    shown = shown_text(opened())
    assert "<b>6 lits</b> connus alors, sur 2 unités" in shown
    assert "<b>3 lits</b> vrais alors, sur 2 unités dont on le sait ; 6 connus alors : 3 de moins" in shown
    assert "<b>1 unité</b> différait, de 3 lits en tout" in shown
    assert "<b>0 unité</b> au nombre inconnu" in shown
    assert "<b>7 places</b> connues alors, sur 1 unité" in shown
    assert "vrais alors : on ne le sait d'aucune unité" in shown.lower()
    assert "<b>1 unité</b> au nombre inconnu" in shown


def test_each_unit_has_its_number_and_age_then_the_true_one_and_how_it_was_learnt(opened):
    (table,) = (one.value for one in opened().dataframe)
    lines = table[["Unité", "Mise à jour", "Connu alors", "Vrai alors", "Écart", "Comment"]].map(lambda cell: str(cell).strip())
    assert lines.values.tolist() == [
        ["Médecine interne", "il y a 6 h", "4", "1", "-3", "déclaration tardive"],
        ["Soins intensifs de cardiologie", "il y a 1 h", "2", "2", "0", "déclaration suivante"],
        ["Hôpital de jour", "il y a 1 h", "7", "nan", "nan", "inconnu"],
    ]


def test_an_instant_is_chosen_by_the_slider_and_stands_in_the_address(opened):
    screen = opened(None)
    (slider,) = [one for one in screen.slider if one.label.startswith("Les dernières 24 h")]
    screen = slider.set_value(slider.min).run()
    assert "<b>6 lits</b> connus alors" in shown_text(screen)
    assert "<b>3 lits</b> vrais alors" in shown_text(screen)
    assert screen.query_params["au"].startswith("20")


def test_a_shorter_time_leaves_more_unknown(opened):
    screen = field(opened(), "Observé ensuite en moins de").set_value(30 * MINUTE).run()
    assert "sur 1 unité dont on le sait" in shown_text(screen)


def test_the_filters_of_the_address_apply_and_an_empty_result_has_a_sentence(opened):
    assert "connus alors, sur 1 unité" in shown_text(opened(territoire="93 Seine-Saint-Denis"))
    assert "Aucune unité ne correspond" in shown_text(opened(besoin="Handicap"))


def test_it_is_downloaded_by_coordinators(opened):
    assert [one.label for one in opened().get("download_button")] == ["Télécharger (CSV)", "Télécharger (Excel)"]


def test_another_account_has_no_section(page):
    assert "ne donne pas accès à cet écran" in texts(page("coordination", "camille", volet=SECTION))
