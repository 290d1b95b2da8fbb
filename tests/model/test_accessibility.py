import re

import pytest

from ror.model.accessibility import THEMES, Conformity, Criterion, State, conformity, criteria
from scripts import make_accessibility


def criterion(state, barrier=""):
    return Criterion("1.1", "An image has an alternative", state, "Read", barrier)


def test_the_criteria_are_the_106_of_the_thirteen_themes_in_order():
    numbers = [tuple(int(part) for part in one.number.split(".")) for one in criteria()]
    per_theme = (9, 2, 3, 13, 8, 2, 5, 10, 4, 14, 13, 11, 12)
    assert numbers == [(theme, number) for theme, count in enumerate(per_theme, 1) for number in range(1, count + 1)]
    assert len(numbers) == 106
    assert list(dict.fromkeys(one.theme for one in criteria())) == list(THEMES)


def test_a_criterion_says_how_it_was_checked_and_one_that_is_missed_whom_it_stops():
    assert [one.number for one in criteria() if not (one.subject and one.how)] == []
    assert [one.number for one in criteria() if bool(one.barrier) != (one.state is State.NOT_CONFORM)] == []


def test_every_test_that_a_criterion_names_is_there():
    root = make_accessibility.TARGET.parent.parent
    named = {path for one in criteria() for path in re.findall(r"tests/[a-z_/.]*[a-z]", one.how)}
    assert [path for path in sorted(named) if not (root / path).exists()] == []


def test_a_criterion_that_does_not_apply_does_not_count():
    found = conformity([criterion(State.CONFORM), criterion(State.NOT_APPLICABLE), criterion(State.NOT_CONFORM, "La carte.")])
    assert found == Conformity(1, 2, ("La carte.",))


@pytest.mark.parametrize(
    ("conform", "level", "percentage"),
    [
        (80, "totalement conforme", 100),
        (79, "partiellement conforme", 98),
        (40, "partiellement conforme", 50),
        (39, "non conforme", 48),
    ],
)
def test_the_level_is_that_of_the_law(conform, level, percentage):
    found = Conformity(conform, 80, ())
    assert (found.level, found.percentage) == (level, percentage)


def test_the_page_of_the_docs_is_made_from_the_criteria_of_today():
    assert make_accessibility.TARGET.read_text("utf-8") == make_accessibility.page(criteria()), (
        "run: PYTHONPATH=. python scripts/make_accessibility.py"
    )
