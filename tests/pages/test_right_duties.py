"""The right duties in the section « Types et besoins » of « Administration »."""

from datetime import UTC, datetime

from ror.services.registry import unit_types
from tests.learnt import WEEK, declare_regularly, learn
from tests.pages.conftest import as_read, texts
from tests.region import ADELE, PSYCHIATRY, WARD

SECTION = {"volet": "Types et besoins"}


def opened(page, **parameters):
    screen = page("administration", "adele", **SECTION, **parameters)
    screen.session_state["right-duties"] = True
    return screen.run()


def learn_from_log(region):
    """Learn from declarations of a ward, whose number hardly ever changes, and of a psychiatry, whose number always does."""
    now = datetime.now(UTC)
    declare_regularly(region, WARD, [4] * 60 + [3] * 60, since=now - 26 * WEEK, until=now)
    declare_regularly(region, PSYCHIATRY, [4, 3, 4, 5], since=now - 26 * WEEK, until=now)
    learn(region, now)


def table(screen, column):
    (frame,) = (one.value for one in screen.dataframe if column in one.value.columns)
    return as_read(frame)


def test_a_sentence_says_that_nothing_is_learnt_yet(region, page):
    screen = opened(page)
    assert "Rien n'est encore appris" in texts(screen)
    assert set(table(screen, "Décision")["Délai juste (heures)"].isna()) == {True}


def test_the_duty_of_each_type_stands_beside_the_right_one_with_how_many_units_are_known(region, page):
    learn_from_log(region)
    types = table(opened(page), "Décision").set_index("Code")
    assert types.loc["16", ["Délai (heures)", "Délai juste (heures)", "Unités connues"]].tolist() == [168, "12", "1 sur 1"]
    assert types.loc["262", "Unités connues"] == "0 sur 1"
    assert types.isna().loc["262", "Délai juste (heures)"]


def test_each_unit_has_the_duty_of_its_type_its_own_and_the_difference(region, page):
    learn_from_log(region)
    screen = opened(page)
    assert "2 unités connues sur 11" in texts(screen)
    assert "plus long que celui du type pour 0, plus court pour 2" in texts(screen)
    units = table(screen, "Appui").set_index("Unité")
    columns = ["Délai du type (heures)", "Délai juste (heures)", "Écart (heures)", "Appui"]
    assert units.loc["Médecine interne", columns].tolist() == [168, "12", -156, "observé"]
    assert units.loc["Psychiatrie", "Appui"] == "extrapolé"
    assert units.loc["Rééducation"].isna()[columns].tolist() == [False, True, True, True]


def test_the_right_duty_stands_in_the_form_of_a_type_and_changes_nothing_by_itself(region, page):
    learn_from_log(region)
    assert "Délai juste : 12 h, la médiane de 1 unité connue sur 1." in texts(opened(page, **{"type-unite": "16"}))
    assert "par extrapolation" in texts(opened(page, **{"type-unite": "174"}))
    assert "Délai juste :" not in texts(opened(page, **{"type-unite": "262"}))
    assert all(line.decision.is_proposal for line in unit_types.list_types(region, ADELE, datetime.now(UTC)))
