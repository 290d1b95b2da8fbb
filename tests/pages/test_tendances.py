"""The page « Tendances »: its question in the address, its numbers, tables and files, and its sentences without any."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from ror.services.availability import trends
from tests.pages.conftest import texts
from tests.region import ADELE, HOSPITAL, RESUSCITATION, WARD, rows, store_account, write

DAY = timedelta(days=1)


@pytest.fixture
def past(region):
    """Write two months in which the ward had 4 beds, then 9 for the last two days."""
    now = datetime.now(UTC)
    with region.transaction() as transaction:
        transaction.cursor.execute("UPDATE unit SET created_at = ?", [now - 70 * DAY])
    for ago in range(60, 1, -1):
        write(region, WARD, 4, now - ago * DAY)
    write(region, WARD, 9, now - DAY - DAY / 2)
    write(region, RESUSCITATION, 2, now - 3 * DAY)
    return region


def charts(screen):
    return screen.get("vega_lite_chart")


def data(chart):
    with pa.ipc.open_stream(chart.proto.data.data) as reader:
        return reader.read_all().to_pylist()


def test_the_four_measures_have_their_number_and_what_is_usual(page, past):
    screen = page("tendances", "dominique")
    assert not screen.exception
    shown = texts(screen)
    assert "Lits disponibles<b>11</b><small>d'habitude 4 (de 4 à 4)</small>" in shown
    assert "Places disponibles<b>0</b>" in shown
    assert "Unités en retard<b>10</b>" in shown
    assert "comme on le savait alors" in shown
    beds = data(charts(screen)[0])
    assert len(beds) == 31
    assert [row["value"] for row in beds][:2] == [4, 4]
    assert (beds[-1]["value"], beds[-1]["median"], beds[-1]["last"], beds[-1]["words"]) == (11, 4, True, "11")
    assert beds[-1]["usual"] == "4 (de 4 à 4)"


def test_each_departement_has_a_small_chart_and_a_line_of_the_table(page, past):
    screen = page("tendances", "dominique")
    assert len(charts(screen)) == 4 + 3
    table = screen.dataframe[0].value
    assert list(table["Département"]) == ["Paris", "Seine-Saint-Denis", "Val-de-Marne"]
    assert int(str(table["Maintenant"][0]).strip()) == 11
    assert table["Étendue"][0].strip() == "4 à 4"


@pytest.mark.parametrize(
    ("parameters", "beds"),
    [
        ({"territoire": "93 Seine-Saint-Denis"}, 0),
        ({"territoire": "75 Paris"}, 11),
        ({"besoin": "Réanimation"}, 2),
        ({"type": "Unité de réanimation"}, 2),
        ({"territoire": "75 Paris", "structure": f"Hôpital fictif des Tilleuls ({HOSPITAL})"}, 11),
        ({"territoire": "partout", "periode": "10 ans", "par": "couleur", "mesure": "tout"}, 11),
    ],
)
def test_the_question_is_in_the_address_and_meaningless_parameters_are_ignored(page, past, parameters, beds):
    screen = page("tendances", "dominique", **parameters)
    assert not screen.exception
    assert f"Lits disponibles<b>{beds}</b>" in texts(screen)


def test_the_period_decides_the_days(page, past):
    assert len(data(charts(page("tendances", "dominique", periode="7 jours"))[0])) == 8
    assert len(data(charts(page("tendances", "dominique", periode="1 an"))[0])) == 366


def test_two_territories_stand_side_by_side(page, past):
    screen = page("tendances", "dominique", territoire="75 Paris", avec="Région")
    shown = texts(screen)
    assert "Lits disponibles, Paris<b>11</b>" in shown
    assert "Lits disponibles, Région<b>11</b>" in shown
    assert len(charts(screen)) == 8 + 1
    # A territory compared with itself is shown once.
    assert len(charts(page("tendances", "dominique", territoire="75 Paris", avec="75 Paris"))) == 4 + 1


def test_the_small_charts_are_cut_and_measured_as_the_address_says(page, past):
    screen = page("tendances", "dominique", par="Besoin", mesure="En retard")
    assert "Réanimation" in list(screen.dataframe[0].value["Besoin"])
    assert "Les 12 premiers" not in texts(screen)


def opened(page, tab):
    screen = page("tendances", "dominique")
    screen.session_state["volet"] = tab
    return screen.run()


def test_the_days_are_a_table_the_last_one_first(page, past):
    table = opened(page, "Jour par jour").dataframe[0].value
    assert len(table) == 31
    assert [int(str(number).strip()) for number in table["Lits"]][:4] == [11, 11, 6, 4]
    assert list(table["Jour"]) == sorted(table["Jour"], reverse=True)


def test_hours_and_regularity_of_declarations_have_charts_and_a_table(page, past):
    screen = opened(page, "Régularité et heures")
    assert "L'heure la plus chargée est le " in texts(screen)
    table = screen.dataframe[0].value
    ward = table[table["Unité"] == "Médecine interne"].iloc[0]
    assert (int(ward["Semaines à l'heure"]), int(ward["Semaines ouvertes"])) == (8, 8)
    assert sum(row["declarations"] for row in data(charts(screen)[4])) == 31
    assert sum(row["units"] for row in data(charts(screen)[5])) == len(table) == 11


def test_a_territory_in_which_nobody_declared_says_so(page, past):
    screen = page("tendances", "dominique", territoire="93 Seine-Saint-Denis")
    screen.session_state["volet"] = "Régularité et heures"
    assert "Personne n'a déclaré" in screen.run().info[0].value


def test_what_matches_no_unit_says_so(page, past):
    screen = page("tendances", "dominique", besoin="Réanimation", territoire="93 Seine-Saint-Denis")
    assert "Aucune unité ne correspond" in screen.info[0].value
    assert not charts(screen)


def test_a_new_region_says_that_its_history_begins_tomorrow(page, region):
    with region.transaction() as transaction:
        transaction.cursor.execute("UPDATE unit SET created_at = ?", [datetime.now(UTC) + DAY])
    screen = page("tendances", "dominique")
    assert "Pas encore d'historique" in screen.info[0].value
    assert not charts(screen)


def test_too_much_at_once_is_refused_in_words(page, past, monkeypatch):
    monkeypatch.setattr(trends, "MAX_CELLS", 10)
    assert "un département ou une période plus courte" in page("tendances", "dominique").warning[0].value


def test_downloads_are_for_those_who_may_and_are_journalled(page, past):
    assert not page("tendances", "dominique").get("download_button")
    screen = page("tendances", "coralie")
    assert [button.proto.label for button in screen.get("download_button")] == ["Télécharger (CSV)", "Télécharger (Excel)"]


def test_an_administrator_reads_them_without_downloads(page, past):
    screen = page("tendances", "adele")
    assert charts(screen)
    assert not screen.get("download_button")


def test_an_account_that_may_not_consult_is_refused(page, past):
    store_account(past, replace(ADELE, roles=frozenset()))
    screen = page("tendances", "adele")
    assert "ne donne pas accès" in screen.warning[0].value
    assert not charts(screen)
    assert rows(past, "journal")
