"""How likely numbers still hold, on the pages: the answers and the totals of the board, the sheet of a structure."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from ror.web import consultation
from tests import trust_log
from tests.pages.conftest import as_read, texts
from tests.region import DAY_HOSPITAL, HOSPITAL, RESUSCITATION, WARD, write

LISTED = {"vue": "unites"}

ORDERS = {"Fiabilité": WARD, "Disponible": RESUSCITATION, "Inconnu": RESUSCITATION}
"""The order in the address, and the unit of beds that is then first."""


@pytest.fixture
def learnt(region):
    """Learn from a log whose last numbers, two hours old, are 4 beds in the ward, 2 in resuscitation and 5 places."""
    now = datetime.now(UTC)
    log = {WARD: trust_log.STILL, RESUSCITATION: trust_log.MOVING, DAY_HOSPITAL: (6, 5)}
    trust_log.write_log(region, now - timedelta(hours=2, minutes=10), log)
    return trust_log.learn(region, now, totals=True)


def rows(screen):
    """Return the rows of the answers of the board."""
    sent = [json.loads(one.proto.json or "{}") for one in screen.get("bidi_component")]
    (answers,) = (one for one in sent if one.get("label") == "Unités")
    return answers["rows"]


def first_with_beds(screen):
    return next(row["id"] for row in rows(screen) if row["of"].startswith("lit"))


@pytest.mark.usefixtures("learnt")
def test_an_answer_says_how_likely_its_number_still_holds(page):
    shown = {row["id"]: [one["text"] for one in row["trust"]] for row in rows(page("departements", "dominique", **LISTED))}
    assert [text.partition(" %")[0][:-2] for text in shown[WARD]] == ["encore vrai à ", "au moins un : plus de "]
    assert len(shown[DAY_HOSPITAL]) == 2
    assert shown[DAY_HOSPITAL][1].startswith("au moins une : ")
    assert [texts for unit, texts in shown.items() if unit not in (WARD, RESUSCITATION, DAY_HOSPITAL) and texts] == []


@pytest.mark.usefixtures("learnt")
def test_the_totals_say_what_is_expected_of_beds_and_of_places(page):
    shown = texts(page("departements", "dominique"))
    assert "<b>6 lits</b>" in shown
    assert "attendus (" in shown
    assert "attendues (" in shown


def test_nothing_is_said_before_anything_is_learnt(page, region):
    write(region, WARD, 4, datetime.now(UTC) - timedelta(hours=1))
    screen = page("departements", "dominique", **LISTED)
    assert all(row["trust"] == [] for row in rows(screen))
    assert "ror-trust" not in texts(screen)


@pytest.mark.usefixtures("learnt")
def test_nothing_is_said_at_a_past_instant(page):
    past = datetime.now(UTC) - timedelta(days=1)
    screen = page("departements", "dominique", au=f"{past:%Y-%m-%dT%H:%M}", **LISTED)
    assert any(row["figure"] == "4" for row in rows(screen))
    assert all(row["trust"] == [] for row in rows(screen))
    assert "ror-trust" not in texts(screen)


@pytest.mark.usefixtures("learnt")
def test_an_address_with_an_order_is_drawn_in_it_at_once(page, region):
    write(region, RESUSCITATION, 9, datetime.now(UTC) - timedelta(hours=1))
    first = {name: first_with_beds(page("departements", "dominique", ordre=name, **LISTED)) for name in ORDERS}
    assert first == ORDERS


def test_the_order_of_reliability_is_refused_in_words_until_something_is_learnt(page, region):
    write(region, WARD, 4, datetime.now(UTC) - timedelta(hours=1))
    refusal = "rien n'est su de ce que valent ces nombres"
    assert refusal in texts(page("departements", "dominique", ordre="Fiabilité", **LISTED))
    assert refusal not in texts(page("departements", "dominique", **LISTED))


@pytest.mark.usefixtures("learnt")
def test_the_order_of_reliability_is_not_refused_once_something_is_learnt(page):
    assert "rien n'est su" not in texts(page("departements", "dominique", ordre="Fiabilité", **LISTED))


@pytest.mark.usefixtures("learnt")
@pytest.mark.parametrize(("name", "address"), [("structures", {"structure": HOSPITAL}), ("departements", {"unite": WARD})])
def test_a_sheet_has_the_age_first_then_the_probabilities_with_their_intervals(page, name, address):
    shown = texts(page(name, "dominique", **address))
    assert "encore vrai à " in shown
    assert " (entre " in shown
    assert shown.index("il y a 2 h") < shown.index("encore vrai à ") < shown.index("au moins un : ")
    assert "probabilités" in shown


@pytest.mark.usefixtures("learnt")
def test_the_table_of_units_has_both_in_percent_and_leaves_them_out_where_nothing_is_known(page):
    def columns(department):
        screen = page("departements", "dominique", departement=department)
        screen.session_state[consultation.DETAIL_TABS] = consultation.BY_UNIT
        (table,) = (one.value for one in screen.run().dataframe if "Unité" in one.value.columns)
        return table

    known = as_read(columns("75")).set_index("Unité")
    assert known.loc["Médecine interne", "Au moins un"] == 99
    assert "Encore vrai" in known.columns
    assert "Encore vrai" not in columns("94").columns
