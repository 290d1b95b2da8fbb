"""How likely numbers still hold, on the screens."""

import pytest

from ror.model.nomenclature import CapacityType
from ror.model.trust.still_true import Chance, StillTrue
from ror.web import trust_marks
from ror.web.screens import SCREENS

KNOWN = StillTrue(Chance(0.86, 0.81, 0.9), Chance(0.998, 0.997, 0.999))


def test_a_sheet_has_the_interval_unless_it_says_the_same():
    html = trust_marks.lines(KNOWN, CapacityType.PLACE)
    assert ">encore vrai à 86 % (entre 81 et 90 %)</small>" in html
    assert ">au moins une : plus de 99 %</small>" in html


def test_a_sheet_says_nothing_of_what_is_not_known():
    assert trust_marks.lines(StillTrue(), CapacityType.BED) == ""
    assert trust_marks.explanation([StillTrue()]) == ""


@pytest.mark.parametrize("known", [KNOWN, StillTrue(KNOWN.same), StillTrue(None, KNOWN.any_left)])
def test_what_the_numbers_mean_is_said_once_one_is_shown(known):
    assert "probabilités" in trust_marks.explanation([StillTrue(), known])


def test_the_explanation_leads_to_its_screen_once_there_is_one(monkeypatch):
    others = tuple(screen for screen in SCREENS if screen.address != trust_marks.EXPLANATION)
    monkeypatch.setattr(trust_marks, "SCREENS", others)
    assert "href" not in trust_marks.explanation([KNOWN])
    monkeypatch.setattr(trust_marks, "SCREENS", (*others, others[0]._replace(address=trust_marks.EXPLANATION)))
    assert '<a href="/comment-on-le-sait" target="_self">Comment on le sait</a>' in trust_marks.explanation([KNOWN])
