"""« Demain » of « Tendances »: bands beside their past coverage, the reason where none is shown, the table and its file."""

import csv
import re
from datetime import UTC, datetime
from io import BytesIO, StringIO

import openpyxl
import pytest

from ror.model import forecast
from ror.model.forecast import HISTORY_DAYS, days_needed
from ror.web import session
from tests.forecast_history import write_history
from tests.pages.conftest import texts
from tests.pages.test_tendances import charts, data
from tests.region import HOSPITAL

TAB = "Demain"


def opened(page, login="dominique", **parameters):
    screen = page("tendances", login, **parameters)
    screen.session_state["volet"] = TAB
    return screen.run()


@pytest.fixture
def expected(region):
    """Write half a year of declarations, and return the forecasts of the beds of Paris."""
    numbers = write_history(region, datetime.now(UTC))
    totals = [number + 3 for number in numbers][-HISTORY_DAYS - 1 :]
    return [forecast.forecast(totals, ahead) for ahead in forecast.AHEAD]


def test_each_band_stands_beside_what_was_announced_and_observed(page, expected):
    screen = opened(page, territoire="75 Paris")
    assert not screen.exception
    shown = texts(screen)
    for prediction in expected:
        band = f"{prediction.band.low} à {prediction.band.high}"
        assert (
            f"<b>{band}</b> <small>80 % annoncés, {round(100 * prediction.held / 56)} % observés sur 8 semaines, 56 jours"
            in shown
        )
    assert "Demain, " in shown
    assert "Après-demain, " in shown
    # The forecast is of declared numbers, some of which are old: the page says so.
    assert re.search(r"nombres déclarés, d'âges divers : \d+ % des unités ouvertes sont à jour", shown)


def test_an_address_leads_straight_to_what_is_foreseen(page, expected):
    screen = page("tendances", "dominique", volet=TAB, territoire="75 Paris")
    assert f"<b>{expected[0].band.low} à {expected[0].band.high}</b>" in texts(screen)
    assert "Demain, " not in texts(page("tendances", "dominique", volet="Hier"))


def test_the_chart_has_the_last_days_then_the_bands(page, expected):
    screen = opened(page, territoire="75 Paris")
    rows = data(charts(screen)[4])
    assert len(rows) == 15 + 2
    assert [row["last"] for row in rows].index(True) == 14
    assert [row["value"] for row in rows[15:]] == [None, None]
    assert [(row["low"], row["middle"], row["high"]) for row in rows[15:]] == [
        (prediction.band.low, prediction.band.middle, prediction.band.high) for prediction in expected
    ]
    assert rows[15]["coverage"] == f"{round(100 * expected[0].held / 56)} % de 56 jours"
    assert {row["coverage"] for row in rows[:15]} == {"—"}
    # One chart for the territory, one for the need that has a band; a need without a band has no chart.
    assert len(charts(screen)) == 4 + 1 + 1


def test_a_need_whose_bands_stray_has_no_band_and_says_what_was_observed(page, expected):
    screen = opened(page, territoire="75 Paris")
    table = screen.dataframe[0].value
    still = table[table["Besoin"] == "Réanimation"].iloc[0]
    assert (still["Demain"], still["Après-demain"]) == ("pas de bande", "pas de bande")
    assert still["Ont tenu, demain"].strip() == "100 % de 56 jours"
    assert "sans bande : le tableau dit ce qui a été observé" in texts(screen)


def test_the_units_are_cut_by_departement_too_and_places_apart(page, expected):
    screen = opened(page, **{"prevu-par": "Département"})
    assert list(screen.dataframe[0].value["Département"]) == ["Paris"]
    assert "Aucune place disponible sur les 26 dernières semaines" in opened(page, prevu="Places").info[0].value
    assert not opened(page, **{"prevu-par": "tout", "prevu": "rien"}).exception


def test_a_territory_that_strays_says_it_in_words(page, expected):
    screen = opened(page, territoire="75 Paris", besoin="Réanimation")
    assert "<b>pas de bande</b> <small>100 % observés sur 56 jours, trop loin de 80 %" in texts(screen)


def test_a_history_too_short_says_what_is_missing(page, region):
    write_history(region, datetime.now(UTC), 70)
    shown = opened(page).info[0].value
    assert "il faut 141 jours d'historique pour demain et 143 pour après-demain, il y en a 70" in shown


def test_a_history_long_enough_for_tomorrow_alone_says_it_of_the_day_after(page, region):
    write_history(region, datetime.now(UTC), days_needed(1))
    screen = opened(page, territoire="75 Paris")
    assert "il faut 143 jours d'historique, il y en a 141" in texts(screen)


def test_recent_misses_are_named_as_the_reason(page, expected, monkeypatch):
    # With a limit below 0 the band is withheld for its misses, and the page says why.
    monkeypatch.setattr(forecast, "MAX_MISSED_LATELY", -1)
    shown = texts(opened(page, territoire="75 Paris"))
    assert f"{expected[0].missed_lately} des 14 derniers jours hors de la bande" in shown


def test_the_file_has_the_bands_the_days_checked_and_why_one_is_missing(page, expected, monkeypatch):
    files, deferred = [], session.deferred_file
    monkeypatch.setattr(session, "deferred_file", lambda *parts: files.append(deferred(*parts)) or files[-1])
    screen = opened(page, "coralie", territoire="75 Paris")
    assert [button.proto.label for button in screen.get("download_button")] == ["Télécharger (CSV)", "Télécharger (Excel)"]
    rows = {row["Besoin"]: row for row in csv.DictReader(StringIO(files[-2]().decode("utf-8-sig")), delimiter=";")}
    still = rows["Réanimation"]
    assert [still[f"Demain, {name}"] for name in ("au plus bas", "prévu", "au plus haut")] == ["", "", ""]
    assert (still["Demain, annoncé (%)"], still["Demain, observé (%)"], still["Demain, jours vérifiés"]) == ("80", "100", "56")
    assert "trop loin de 80 %" in still["Demain, sans bande"]
    moving = rows["Médecine"]
    assert (int(moving["Demain, au plus haut"]), moving["Demain, sans bande"]) == (expected[0].band.high - 3, "")


def test_the_workbook_says_of_which_units_the_bands_are(page, expected, monkeypatch):
    files, deferred = [], session.deferred_file
    monkeypatch.setattr(session, "deferred_file", lambda *parts: files.append(deferred(*parts)) or files[-1])
    opened(page, "coralie", territoire="75 Paris", structure=f"Hôpital fictif des Tilleuls ({HOSPITAL})")
    sheet = openpyxl.load_workbook(BytesIO(files[-1]()))["À propos"]
    about = {str(name): str(value) for name, value in sheet.iter_rows(max_col=2, values_only=True)}
    prediction = [about[f"Filtre : {name}"] for name in ("Territoire", "Structure", "Période")]
    assert prediction == ["75 Paris", HOSPITAL, "26 semaines"]


def test_downloads_are_for_those_who_may(page, expected):
    assert not opened(page).get("download_button")
