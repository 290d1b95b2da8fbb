"""What is learnt of units, as screens show it: order of the calls, numbers that stay too still, results of past calls."""

from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from ror.model.call_round import Call, CallKind
from ror.model.type_decision import TypeDecision
from ror.services.registry import unit_types
from ror.services.registry.unit_types import TypedDecision
from ror.store import call_round
from tests.learnt import HALF_DAY, WEEK, declare_regularly, learn
from tests.pages import conftest
from tests.region import ADELE, CORALIE, HOSPITAL, PSYCHIATRY, UNITS, WARD, close_for_a_time, write


def texts(screen):
    return unescape(conftest.texts(screen))


MOVING, STEADY = [4, 3, 4, 5], [4] * 10 + [3] * 10
STILL = "n'a pas bougé depuis 7 jours (14 confirmations), ce qui est rare pour"


@pytest.fixture
def now():
    """Return the instant of the last declarations: an hour ago, for ages are counted to half a minute."""
    return datetime.now(UTC) - timedelta(hours=1)


@pytest.fixture
def still(region, now):
    """Return the region, once learnt from, where a ward whose number always changed stands still for a week."""
    declare_regularly(region, WARD, MOVING, since=now - 26 * WEEK, until=now - WEEK - HALF_DAY)
    declare_regularly(region, WARD, [3], since=now - WEEK - HALF_DAY, until=now)
    for unit in UNITS:
        if unit.id != WARD:
            write(region, unit.id, 4, now)
    learn(region, now)
    return region


def test_a_manager_reads_a_word_beside_a_number_that_stays_too_still(still, page, now):
    assert STILL in texts(page("mise_a_jour", "blanche", unite=WARD))
    assert "ce qui est rare" not in texts(page("mise_a_jour", "blanche", unite="990750001-03"))


def test_the_word_goes_with_the_next_declaration_and_with_a_closure(still, page, now):
    write(still, WARD, 7, now)
    assert "ce qui est rare" not in texts(page("mise_a_jour", "blanche", unite=WARD))


def test_a_closed_unit_gets_no_word(still, page, now):
    close_for_a_time(still, WARD, (now + timedelta(days=9)).date(), now)
    learn(still, now + timedelta(hours=1))
    assert "ce qui est rare" not in texts(page("mise_a_jour", "blanche", unite=WARD))


def test_a_coordinator_reads_why_a_still_unit_is_called(still, page):
    assert f"Cette unité {STILL} elle." in texts(page("coordination", "coralie", appel=WARD))


def test_a_coordinator_finds_units_of_an_unusual_rhythm_in_a_list_of_their_own(still, page):
    screen = page("coordination", "coralie")
    (folded,) = (part for part in screen.expander if "Rythmes inhabituels" in part.label)
    assert folded.label == "Rythmes inhabituels (1)"
    screen.session_state["unusual-rhythms"] = True
    (listed,) = (one.value for one in screen.run().dataframe if "Rythme" in one.value.columns)
    assert listed[["Unité", "Nombre", "Rythme"]].to_numpy().tolist() == [["Médecine interne", "3 lits", f"{STILL} elle"]]


def test_without_such_a_unit_there_is_no_such_list(region, page):
    assert not [part for part in page("coordination", "coralie").expander if "Rythmes" in part.label]


@pytest.fixture
def late(region, now):
    """Return the region, once learnt from, where a changing unit and a steady ward are late; the ward had four calls."""
    for code in ("16", "174"):
        unit_types.decide(region, ADELE, TypeDecision(code), TypedDecision(duty="6"), now)
    declare_regularly(region, PSYCHIATRY, MOVING, since=now - 26 * WEEK, until=now - HALF_DAY)
    declare_regularly(region, WARD, STEADY, since=now - 26 * WEEK, until=now - HALF_DAY)
    with region.transaction() as transaction:
        for minutes in range(4):
            number, at = call_round.next_number(transaction), now - HALF_DAY + timedelta(minutes=minutes + 1)
            available = 9 if minutes else 4
            call_round.add(transaction, Call(number, WARD, CallKind.NUMBER, CORALIE.id, at, available=available))
    learn(region, now)
    return region


def order_fields(screen):
    return [one for one in screen.selectbox if one.label == "Ordre des appels"]


def test_the_order_of_the_calls_is_chosen_once_something_is_learnt(late, page):
    screen = page("coordination", "coralie")
    (field,) = order_fields(screen)
    assert field.options == ["Ordre : Urgence", "Ordre : Ce qu'un appel apprend"]
    assert field.value == "urgence"
    screen = page("coordination", "coralie", ordre="apprend")
    assert order_fields(screen)[0].value == "apprend"
    assert "D'abord les nombres qui ont le plus de chances d'avoir changé" in texts(screen)


def test_an_unknown_order_is_that_of_urgency(late, page):
    assert order_fields(page("coordination", "coralie", ordre="hasard"))[0].value == "urgence"


def test_no_order_is_offered_before_something_is_learnt(region, page, now):
    write(region, WARD, 4, now - timedelta(days=9))
    assert not order_fields(page("coordination", "coralie", ordre="apprend"))


RELIABILITY = "1 appel sur 4 a confirmé ce que l'unité déclare (8 à 57 %)"


def test_who_consults_to_call_reads_how_many_calls_confirmed_a_unit(late, page):
    for login in ("dominique", "coralie"):
        assert RELIABILITY in texts(page("structures", login, structure=HOSPITAL))
    assert "appel sur" not in texts(page("structures", "coralie", structure="990940002"))
    assert "appel sur" not in texts(page("structures", "camille", structure=HOSPITAL))
    assert RELIABILITY in texts(page("coordination", "coralie", appel=WARD))
