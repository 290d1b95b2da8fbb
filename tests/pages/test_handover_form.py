"""The handover under the form of a unit, for managers who have only one."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ror.model.handover import Shift
from ror.model.rights import Perimeter
from ror.services.availability import handover
from tests.pages.conftest import texts
from tests.pages.widgets import field, press
from tests.region import BLANCHE, CAMILLE, CLAUDE, WARD, rows, store_account


@pytest.fixture
def alone(region):
    """Return Blanche with one unit."""
    return store_account(region, replace(BLANCHE, perimeter=Perimeter(units=frozenset({WARD}))))


def test_the_only_unit_is_handed_over_and_taken_back(page, region, alone):
    screen = page("mise_a_jour", alone.id)
    assert field(screen, "Confier cette unité à").options == [CLAUDE.name]
    screen = press(screen, "Confier")
    assert "Choisissez le collègue à qui confier cette unité." in texts(screen)
    field(screen, "Confier cette unité à").set_value(CLAUDE.id)
    field(screen, "Durée").set_value(Shift.TOMORROW)
    screen = press(screen, "Confier")
    assert not screen.exception
    assert f"Confiée à {CLAUDE.name} jusqu'à demain 8 h" in texts(screen)
    assert not [one for one in screen.selectbox if one.label == "Confier cette unité à"]
    screen = press(screen, "Reprendre")
    assert "Cette unité n'est plus confiée." in texts(screen)
    assert [row[5] is None for row in rows(region, "handover")] == [False]


def test_a_unit_received_is_given_back_and_not_handed_over(page, region, alone):
    handover.give(region, CAMILLE, WARD, CLAUDE.id, Shift.EIGHT_HOURS, datetime.now(UTC))
    screen = page("mise_a_jour", "claude", unite=WARD)
    assert f"Confiée par {CAMILLE.name}" in texts(screen)
    assert not [one for one in screen.selectbox if one.label == "Confier cette unité à"]
    screen = press(screen, "Rendre")
    assert f"Unité rendue à {CAMILLE.name}." in texts(screen)


def test_a_colleague_who_is_no_manager_any_more_is_refused(page, region, alone):
    screen = page("mise_a_jour", alone.id)
    field(screen, "Confier cette unité à").set_value(CLAUDE.id)
    store_account(region, replace(CLAUDE, disabled=True))
    screen = press(screen, "Confier")
    assert "choisissez un nom de la liste" in texts(screen)


def test_a_manager_who_is_no_party_only_reads_it(page, region, alone):
    handover.give(region, CAMILLE, WARD, CLAUDE.id, Shift.EIGHT_HOURS, datetime.now(UTC))
    screen = page("mise_a_jour", alone.id)
    assert f"Confiée à {CLAUDE.name}" in texts(screen)
    assert not [one for one in screen.button if one.label in ("Reprendre", "Rendre", "Confier")]
